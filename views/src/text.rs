//! Plain text: from bytes to characters.
//!
//! A byte order mark decides (UTF-8, UTF-16 little or big endian; what is invalid behind one becomes
//! U+FFFD). Without one, valid UTF-8 is UTF-8, and anything else Windows-1252, whose five unassigned
//! bytes become the control characters of the same number. What has more than one ASCII control
//! character other than white space in sixteen characters is no text: a stray NUL in a mail is
//! tolerated, a program is not.
//!
//! # Not proved
//! That the guess is right: an old code page (Shift JIS, EBCDIC) reads as odd Latin letters.

use crate::{Limits, Unreadable};

/// Windows-1252 from 0x80 to 0x9f; the rest of it is Latin-1.
#[rustfmt::skip]
const WINDOWS_1252: [char; 32] = [
    '€', '\u{81}', '‚', 'ƒ', '„', '…', '†', '‡', 'ˆ', '‰', 'Š', '‹', 'Œ', '\u{8d}', 'Ž', '\u{8f}',
    '\u{90}', '‘', '’', '“', '”', '•', '–', '—', '˜', '™', 'š', '›', 'œ', '\u{9d}', 'ž', 'Ÿ',
];

/// The text of a file.
///
/// # Errors
/// [`Unreadable::NotText`] and [`Unreadable::TooLarge`].
pub fn decode(bytes: &[u8], limits: &Limits) -> Result<String, Unreadable> {
    let text = match bytes {
        [0xef, 0xbb, 0xbf, rest @ ..] => String::from_utf8_lossy(rest).into_owned(),
        [0xff, 0xfe, rest @ ..] => utf16(rest, u16::from_le_bytes),
        [0xfe, 0xff, rest @ ..] => utf16(rest, u16::from_be_bytes),
        _ => match std::str::from_utf8(bytes) {
            Ok(text) => text.to_owned(),
            Err(_) => windows_1252(bytes),
        },
    };
    let is_control = |c: &char| c.is_ascii_control() && !matches!(c, '\t'..='\r');
    if 16 * text.chars().filter(is_control).count() > text.chars().count() {
        return Err(Unreadable::NotText);
    }
    within(text, limits)
}

/// The text, unless it is too long.
pub fn within(text: String, limits: &Limits) -> Result<String, Unreadable> {
    if text.len() as u64 > limits.text_bytes {
        Err(Unreadable::TooLarge)
    } else {
        Ok(text)
    }
}

/// Windows-1252: every byte is a character.
fn windows_1252(bytes: &[u8]) -> String {
    let decode = |&byte: &u8| match byte {
        0x80..=0x9f => WINDOWS_1252[usize::from(byte - 0x80)],
        _ => char::from(byte),
    };
    bytes.iter().map(decode).collect()
}

fn utf16(bytes: &[u8], unit: fn([u8; 2]) -> u16) -> String {
    let (pairs, odd) = bytes.as_chunks::<2>();
    let units = pairs.iter().map(|&pair| unit(pair));
    let mut text: String = char::decode_utf16(units)
        .map(|c| c.unwrap_or(char::REPLACEMENT_CHARACTER))
        .collect();
    if !odd.is_empty() {
        text.push(char::REPLACEMENT_CHARACTER);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decoded(bytes: &[u8]) -> Result<String, Unreadable> {
        decode(bytes, &Limits::DEFAULT)
    }

    #[test]
    fn encodings() {
        assert_eq!(decoded(b"caf\xc3\xa9").unwrap(), "café");
        assert_eq!(decoded(b"\xef\xbb\xbfcaf\xc3\xa9").unwrap(), "café");
        assert_eq!(decoded(b"\xff\xfec\0a\0f\0\xe9\0").unwrap(), "café");
        assert_eq!(
            decoded(b"\xfe\xff\0c\0a\0f\0\xe9\xd8\x00").unwrap(),
            "café\u{fffd}"
        );
        assert_eq!(decoded(b"caf\xe9 \x80\x81").unwrap(), "café €\u{81}");
    }

    #[test]
    fn junk_is_no_text() {
        assert_eq!(
            decoded(b"a stray NUL\0 in text").unwrap(),
            "a stray NUL\0 in text"
        );
        assert_eq!(decoded(b"a\0b"), Err(Unreadable::NotText));
        assert_eq!(decoded(b"\xff\x01\x02\x03"), Err(Unreadable::NotText));
        let small = Limits {
            text_bytes: 3,
            ..Limits::DEFAULT
        };
        assert_eq!(decode(b"abcd", &small), Err(Unreadable::TooLarge));
    }
}
