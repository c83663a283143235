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

/// Whether a character can break a line, change the direction of reading, or stand in a text
/// without being seen: controls, separators of lines and paragraphs, whatever Unicode lets a
/// renderer ignore (the property `Default_Ignorable_Code_Point`: zero-width and direction marks,
/// fillers, variation selectors, tags), annotation marks, and the empty Braille pattern.
#[must_use]
pub fn is_unprintable(c: char) -> bool {
    c.is_control() || is_ignorable(c) || matches!(c, '\u{2028}' | '\u{2029}' | '\u{2800}')
}

/// `Default_Ignorable_Code_Point` of Unicode 16 (`DerivedCoreProperties.txt`), and the annotation
/// marks U+FFF9 to U+FFFB behind one of its ranges.
fn is_ignorable(c: char) -> bool {
    matches!(
        c,
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}'
    ) || matches!(c, '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}')
        || matches!(c, '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}')
        || matches!(c, '\u{ffa0}' | '\u{fff0}'..='\u{fffb}' | '\u{1bca0}'..='\u{1bca3}')
        || matches!(c, '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}')
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

    #[test]
    fn what_cannot_be_seen_is_escaped() {
        let ranges = [
            0..=0x1f,
            0x7f..=0x9f,
            0xad..=0xad,
            0x200b..=0x200f,
            0x2028..=0x202e,
            0x2060..=0x206f,
            0x2800..=0x2800,
            0x3164..=0x3164,
            0xfeff..=0xfeff,
            0xe0000..=0xe007f,
        ];
        for code in ranges.into_iter().flatten() {
            let c = char::from_u32(code).unwrap();
            assert_eq!(one_line(&c.to_string()), format!("\\u{{{code:x}}}"));
        }
        // Blanks that are seen as blanks, and marks that stand on a letter.
        for text in ["a b", "a\u{a0}b", "\u{3000}", "e\u{301}", "\u{5d0}\u{627}"] {
            assert_eq!(one_line(text), text);
        }
    }
}
