//! Foreign names before a reader's eyes.

/// Text on one line: characters that would break it, hide in it or turn its direction are escaped.
#[must_use]
pub fn visible(text: &str) -> String {
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

/// JSON whose strings hold the same characters as escapes: it means the same, and shows on one line.
#[must_use]
pub fn visible_json(json: &str) -> String {
    let mut line = String::with_capacity(json.len());
    for c in json.chars() {
        if is_unprintable(c) {
            // All of them have four digits.
            line.push_str(&format!("\\u{:04x}", u32::from(c)));
        } else {
            line.push(c);
        }
    }
    line
}

/// Controls, separators of lines, and marks without a shape of their own.
fn is_unprintable(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{ad}' | '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}')
        || matches!(c, '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_stays_on_its_line() {
        assert_eq!(
            visible("a\r\n\u{202e}gpj.exe"),
            "a\\u{d}\\u{a}\\u{202e}gpj.exe"
        );
        let json = visible_json("{\"name\":\"a\u{202e}b\"}");
        assert_eq!(json, r#"{"name":"a\u202eb"}"#);
        assert_eq!(visible("Straße 名.txt"), "Straße 名.txt");
    }
}
