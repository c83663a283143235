//! Text strings of PDF (ISO 32000-2, 7.9.2.2): UTF-16 or UTF-8 behind a mark, or PDFDocEncoding.

/// PDFDocEncoding from 0x80 to 0xa0 and from 0x18 to 0x1f; the rest of it is Latin-1.
const HIGH: [char; 33] = [
    '•', '†', '‡', '…', '—', '–', 'ƒ', '⁄', '‹', '›', '−', '‰', '„', '“', '”', '‘', '’', '‚', '™',
    'ﬁ', 'ﬂ', 'Ł', 'Œ', 'Š', 'Ÿ', 'Ž', 'ı', 'ł', 'œ', 'š', 'ž', '\u{fffd}', '€',
];
const LOW: [char; 8] = ['˘', 'ˇ', 'ˆ', '˙', '˝', '˛', '˚', '˜'];

/// The characters of a string, its line ends as `\n`.
pub fn decode(bytes: &[u8]) -> String {
    let text = match bytes {
        [0xfe, 0xff, ..] | [0xff, 0xfe, ..] | [0xef, 0xbb, 0xbf, ..] => {
            crate::text::charset::decode(bytes, None).text
        }
        _ => bytes.iter().map(|&b| character(b)).collect(),
    };
    text.replace("\r\n", "\n").replace('\r', "\n")
}

fn character(byte: u8) -> char {
    match byte {
        0x80..=0xa0 => HIGH[usize::from(byte - 0x80)],
        0x18..=0x1f => LOW[usize::from(byte - 0x18)],
        _ => char::from(byte),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn three_encodings() {
        assert_eq!(decode(b"\xfe\xff\0c\0a\0f\0\xe9"), "café");
        assert_eq!(decode(b"\xef\xbb\xbfcaf\xc3\xa9"), "café");
        assert_eq!(decode(b"caf\xe9 \xa0 \x84\r\nx"), "café € —\nx");
    }
}
