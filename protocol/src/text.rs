//! Foreign text before a reader's eyes: names, logs, origins.

/// Text on one line, with characters that would break it or hide in it escaped.
#[must_use]
pub fn one_line(text: &str) -> String {
    let mut line = String::with_capacity(text.len());
    for c in text.chars() {
        if is_unprintable(c) {
            line.extend(c.escape_unicode());
        } else {
            line.push(c);
        }
    }
    line
}

/// Controls, line separators, and marks that are invisible or change the direction of reading.
#[must_use]
pub fn is_unprintable(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{ad}' | '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}')
        || matches!(c, '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hostile_text_stays_on_one_line() {
        assert_eq!(
            one_line("a\nb\u{202e}c\u{1b}[2J"),
            "a\\u{a}b\\u{202e}c\\u{1b}[2J"
        );
        assert_eq!(one_line("Größe 名"), "Größe 名");
    }
}
