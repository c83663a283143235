//! Foreign text before a reader's eyes: names, logs, origins. What may be in it is said here once.
//!
//! Two texts that differ must not look the same for a blank's sake. So [`is_unprintable`]
//! characters are refused where a text is committed, and escaped where it is shown.
//!
//! Not shown: that letters of two scripts which look alike (Latin `a`, Cyrillic `а`) are one letter.
//! What names a commitment is its digest.

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

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

/// Characters that are not what a reader sees: controls and line separators; blanks other than the
/// space; what is invisible or changes the direction of reading; and codes without a common
/// meaning (private use, no character).
#[must_use]
pub fn is_unprintable(c: char) -> bool {
    c.is_control() || (c.is_whitespace() && c != ' ') || is_ignorable(c) || is_blank(c) || {
        let private = matches!(c, '\u{e000}'..='\u{f8ff}' | '\u{f0000}'..);
        private || matches!(c, '\u{fdd0}'..='\u{fdef}') || c as u32 & 0xfffe == 0xfffe
    }
}

/// The property `Default_Ignorable_Code_Point` of Unicode 16, and the interlinear marks.
fn is_ignorable(c: char) -> bool {
    matches!(c,
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}'..='\u{1160}' | '\u{17b4}'..='\u{17b5}'
        | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}'
        | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}' | '\u{1bca0}'..='\u{1bca3}'
        | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}')
}

/// Letters and symbols without ink: the empty Braille cell, the place of an object, a note without a
/// head, a filler, and blanks of hieroglyphs.
fn is_blank(c: char) -> bool {
    matches!(
        c,
        '\u{2800}' | '\u{fffc}' | '\u{1d159}' | '\u{16fe4}' | '\u{13441}'..='\u{13442}'
    )
}

/// Whether a reader sees anything: a character that is neither a space, nor unprintable, nor a mark
/// that needs a letter to stand on.
#[must_use]
pub fn has_ink(text: &str) -> bool {
    text.chars()
        .any(|c| c != ' ' && !is_unprintable(c) && !is_combining_mark(c))
}

/// Whether a text is the one spelling of what it looks like, as far as blanks and accents go: all
/// printable, no space at either end and none after another, every mark on a character, in Unicode
/// form NFC, and not empty.
#[must_use]
pub fn is_one_spelling(text: &str) -> bool {
    let adrift = |word: &str| word.chars().next().is_none_or(is_combining_mark);
    !text.chars().any(is_unprintable) && !text.split(' ').any(adrift) && text.nfc().eq(text.chars())
}

/// Blanks that a reader takes for a space, as spaces: for text that was typed elsewhere.
#[must_use]
pub fn plain_spaces(text: &str) -> String {
    let plain = |c: char| match c {
        '\n' | '\t' => c,
        _ if c.is_whitespace() && !c.is_control() => ' ',
        _ => c,
    };
    text.chars().map(plain).collect()
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
    fn blanks_are_told_from_the_space() {
        let blanks = "\u{200b}\u{3164}\u{2800}\u{feff}\u{ad}\u{2060}\u{115f}\u{180e}\u{fe0f}\
                      \u{e0041}\u{a0}\u{3000}\u{2003}\u{202e}\u{34f}\u{ffa0}\u{e000}\u{10ffff}";
        for blank in blanks.chars() {
            assert!(is_unprintable(blank), "{blank:?}");
            let word = format!("A{blank}B");
            assert!(!is_one_spelling(&word), "{blank:?}");
            assert_ne!(one_line(&word), word);
            assert!(!has_ink(&format!(" {blank} ")), "{blank:?}");
        }
        assert!(!has_ink("\u{301} \u{302}\u{303}") && has_ink("e\u{301}"));
    }

    #[test]
    fn one_look_has_one_spelling() {
        for text in ["Case 1", "Größe 名", "Ωμέγα", "नमस्ते", "a\u{338}"] {
            assert!(is_one_spelling(text), "{text:?}");
        }
        for text in [
            "",
            " ",
            "Case  1",
            " Case",
            "Case ",
            "Gro\u{308}ße",
            "\u{301}a",
            "a \u{301}b",
            "a\tb",
        ] {
            assert!(!is_one_spelling(text), "{text:?}");
        }
    }

    #[test]
    fn spaces_from_elsewhere_become_plain() {
        assert_eq!(plain_spaces("§\u{a0}552\u{2003}(b)\n\tx"), "§ 552 (b)\n\tx");
        assert_eq!(plain_spaces("a\u{200b}"), "a\u{200b}");
    }
}
