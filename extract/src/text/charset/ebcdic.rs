//! EBCDIC, in the international code page 500; the line end 0x15 becomes `\n`.

/// The characters of the bytes 0x00 to 0xff, sixteen a line.
#[rustfmt::skip]
const CP500: [&str; 16] = [
    "\u{0}\u{1}\u{2}\u{3}\u{9c}\t\u{86}\u{7f}\u{97}\u{8d}\u{8e}\u{b}\u{c}\r\u{e}\u{f}",
    "\u{10}\u{11}\u{12}\u{13}\u{9d}\n\u{8}\u{87}\u{18}\u{19}\u{92}\u{8f}\u{1c}\u{1d}\u{1e}\u{1f}",
    "\u{80}\u{81}\u{82}\u{83}\u{84}\n\u{17}\u{1b}\u{88}\u{89}\u{8a}\u{8b}\u{8c}\u{5}\u{6}\u{7}",
    "\u{90}\u{91}\u{16}\u{93}\u{94}\u{95}\u{96}\u{4}\u{98}\u{99}\u{9a}\u{9b}\u{14}\u{15}\u{9e}\u{1a}",
    " \u{a0}âäàáãåçñ[.<(+!",
    "&éêëèíîïìß]$*);^",
    "-/ÂÄÀÁÃÅÇÑ¦,%_>?",
    "øÉÊËÈÍÎÏÌ`:#@'=\"",
    "Øabcdefghi«»ðýþ±",
    "°jklmnopqrªºæ¸Æ¤",
    "µ~stuvwxyz¡¿ÐÝÞ®",
    "¢£¥·©§¶¼½¾¬|¯¨´×",
    "{ABCDEFGHI\u{ad}ôöòóõ",
    "}JKLMNOPQR¹ûüùúÿ",
    "\\÷STUVWXYZ²ÔÖÒÓÕ",
    "0123456789³ÛÜÙÚ\u{9f}",
];

/// Decodes every byte.
pub fn decode(bytes: &[u8]) -> String {
    let table: Vec<char> = CP500.iter().flat_map(|row| row.chars()).collect();
    bytes.iter().map(|&byte| table[usize::from(byte)]).collect()
}

/// Whether a text is EBCDIC: 0x40, its space, is one byte in sixteen at least, the bytes of its letters,
/// digits and spaces are three quarters of all, and hardly any is a letter or a space of ASCII. In no
/// other charset do `@` and bytes above 0x80 make a text.
pub fn is_likely(bytes: &[u8]) -> bool {
    let (mut spaces, mut letters, mut ascii) = (0, 0, 0);
    for &byte in bytes {
        match byte {
            0x40 => spaces += 1,
            0x81..=0x89
            | 0x91..=0x99
            | 0xa2..=0xa9
            | 0xc1..=0xc9
            | 0xd1..=0xd9
            | 0xe2..=0xe9
            | 0xf0..=0xf9 => letters += 1,
            b' ' | b'a'..=b'z' => ascii += 1,
            _ => {}
        }
    }
    spaces * 16 >= bytes.len()
        && (spaces + letters) * 4 >= bytes.len() * 3
        && ascii * 50 <= bytes.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn english() {
        let hello = b"\xc8\x85\x93\x93\x96\x40\xa6\x96\x99\x93\x84\x15\xf1\xf2";
        assert!(is_likely(hello));
        assert_eq!(decode(hello), "Hello world\n12");
        assert!(!is_likely(b"Hello world"));
        assert!(CP500.iter().all(|row| row.chars().count() == 16));
    }
}
