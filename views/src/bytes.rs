//! `text-bytes-N`: the first `N` bytes of the normalised text, then zeros.
//!
//! 1. The text in lower case, as in [`crate::hashing`].
//! 2. Each run of white space (`White_Space` of Unicode 14.0) becomes one space; none stands at the
//!    beginning or at the end.
//! 3. Its UTF-8, cut after `N` bytes, within a character if it falls so; zeros up to `N`.
//!
//! The alphabet: a byte is 0 only behind the end of the text. 1 to 127 are ASCII characters without
//! capital letters; of white space only the space occurs. 128 to 244 belong to characters of more
//! than one byte.

use crate::unicode::lowered;

/// The view of `length` bytes.
pub fn beginning(text: &str, length: usize) -> Vec<u8> {
    let mut out = Vec::with_capacity(length + 4);
    let mut space = false;
    for (at, c) in text.char_indices() {
        if is_white_space(c) {
            space = !out.is_empty();
            continue;
        }
        if out.len() >= length {
            break;
        }
        if space {
            out.push(b' ');
            space = false;
        }
        let mut utf8 = [0; 4];
        for c in lowered(text, at, c) {
            out.extend_from_slice(c.encode_utf8(&mut utf8).as_bytes());
        }
    }
    out.resize(length, 0);
    out
}

/// `White_Space` of Unicode 14.0 (`PropList.txt`).
fn is_white_space(c: char) -> bool {
    matches!(
        c,
        '\t'..='\r'
            | ' '
            | '\u{85}'
            | '\u{a0}'
            | '\u{1680}'
            | '\u{2000}'..='\u{200a}'
            | '\u{2028}'
            | '\u{2029}'
            | '\u{202f}'
            | '\u{205f}'
            | '\u{3000}'
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_answers() {
        assert_eq!(beginning("  Gas\n\tPRICE \n", 12), b"gas price\0\0\0");
        assert_eq!(beginning("Gas PRICE", 4), b"gas ");
        assert_eq!(beginning("Gas PRICE", 3), b"gas");
        assert_eq!(beginning("aÜ", 2), [b'a', 0xc3]);
        assert_eq!(beginning("ΟΔΟΣ", 8), "οδος".as_bytes());
        assert_eq!(beginning("\u{130}x", 4), "i\u{307}x".as_bytes());
        assert_eq!(beginning("a\u{a0}\u{3000}b", 3), b"a b");
        assert_eq!(beginning("", 2), [0, 0]);
    }

    #[test]
    fn every_length_is_the_beginning_of_a_longer_one() {
        let text = "From: Ärger <a@b>\r\n\r\nΣΑΣ und \u{1f600} mehr";
        let whole = beginning(text, 100);
        for length in 0..100 {
            assert_eq!(beginning(text, length), whole[..length], "{length}");
        }
    }
}
