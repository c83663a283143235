//! From bytes to characters.
//!
//! 1. A byte order mark decides: UTF-8, UTF-16, UTF-32.
//! 2. Text with a zero in nearly every second byte, on one side only, is UTF-16.
//! 3. Valid UTF-8 is UTF-8, unless it holds the shifts of ISO-2022-JP.
//! 4. A charset that the text declares (HTML, XML, mail) is taken, if it can be what it declares.
//! 5. EBCDIC is told by its spaces and letters, which are no text in any other charset.
//! 6. Anything else is guessed by `chardetng`, the detector of Firefox; its fallback is Windows-1252.
//!
//! A reading by 2, 5 or 6 is a guess, and recorded.
//!
//! # Not proved
//! That a guess is right. A short text in an old charset can be read as another one.

pub mod dos;
mod ebcdic;

use chardetng::{EncodingDetector, Iso2022JpDetection, Utf8Detection};
use encoding_rs::{Encoding, ISO_2022_JP, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1252};

/// Characters, and the charset where it was not certain.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Decoded {
    /// The text as it stands in the file.
    pub text: String,
    /// The charset that was taken, unless a mark or the bytes leave only one.
    pub guessed: Option<&'static str>,
}

/// How the bytes are to be read.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Charset {
    Certain(&'static Encoding),
    Declared(&'static Encoding),
    Guessed(&'static Encoding),
    Utf32 { big: bool },
    Ebcdic,
}

/// Decodes a text; `declared` is the label of a charset that the text itself states.
pub fn decode(bytes: &[u8], declared: Option<&[u8]>) -> Decoded {
    let encoding = match find(bytes, declared) {
        Charset::Ebcdic => {
            return Decoded {
                text: ebcdic::decode(bytes),
                guessed: Some("cp500"),
            };
        }
        Charset::Utf32 { big } => {
            return Decoded {
                text: utf32(bytes, big),
                guessed: None,
            };
        }
        Charset::Certain(encoding) | Charset::Declared(encoding) | Charset::Guessed(encoding) => {
            encoding
        }
    };
    let certain = matches!(find(bytes, declared), Charset::Certain(_));
    let (text, _) = encoding.decode_with_bom_removal(bytes);
    Decoded {
        text: text.into_owned(),
        guessed: (!certain).then(|| encoding.name()),
    }
}

/// The beginning of a text, for a look at how it opens.
pub fn head(bytes: &[u8], length: usize) -> String {
    if bytes.len() <= length {
        return decode(bytes, None).text;
    }
    let part = &bytes[..length & !3];
    // A sequence of UTF-8 that is cut says nothing against UTF-8.
    let whole = match std::str::from_utf8(part) {
        Err(error) if error.error_len().is_none() => error.valid_up_to(),
        _ => part.len(),
    };
    decode(&part[..whole], None).text
}

fn find(bytes: &[u8], declared: Option<&[u8]>) -> Charset {
    match bytes {
        [0xff, 0xfe, 0, 0, ..] => return Charset::Utf32 { big: false },
        [0, 0, 0xfe, 0xff, ..] => return Charset::Utf32 { big: true },
        _ => {}
    }
    if let Some((encoding, _)) = Encoding::for_bom(bytes) {
        return Charset::Certain(encoding);
    }
    if let Some(encoding) = utf16_without_mark(bytes) {
        return Charset::Guessed(encoding);
    }
    let shifts = memchr_escape(bytes);
    if !shifts && std::str::from_utf8(bytes).is_ok() {
        return Charset::Certain(UTF_8);
    }
    if let Some(encoding) = declared.and_then(Encoding::for_label)
        && can_be(encoding, bytes)
    {
        return Charset::Declared(encoding);
    }
    if ebcdic::is_likely(bytes) {
        return Charset::Ebcdic;
    }
    let mut detector = EncodingDetector::new(Iso2022JpDetection::Allow);
    detector.feed(bytes, true);
    let encoding = detector.guess(None, Utf8Detection::Deny);
    if encoding == ISO_2022_JP && ISO_2022_JP.decode_without_bom_handling(bytes).1 {
        return Charset::Guessed(WINDOWS_1252);
    }
    if bytes.is_ascii() && encoding != ISO_2022_JP {
        return Charset::Certain(UTF_8);
    }
    // A few bytes that are broken in an otherwise valid UTF-8 do not make it another charset.
    if mostly_utf8(bytes) {
        return Charset::Guessed(UTF_8);
    }
    Charset::Guessed(encoding)
}

/// Whether a declaration can be true: of UTF-16 it cannot, where the declaration was read as ASCII;
/// of UTF-8 it is not, where most of what is not ASCII is invalid.
fn can_be(encoding: &'static Encoding, bytes: &[u8]) -> bool {
    if encoding == UTF_16LE || encoding == UTF_16BE {
        return false;
    }
    if encoding == UTF_8 {
        return mostly_utf8(bytes);
    }
    encoding.is_single_byte() || !encoding.decode_without_bom_handling(bytes).1
}

/// Whether sequences of UTF-8 outnumber what is invalid ten to one.
fn mostly_utf8(bytes: &[u8]) -> bool {
    let (mut valid, mut invalid) = (0_usize, 0_usize);
    for chunk in bytes.utf8_chunks() {
        valid += chunk.valid().chars().filter(|c| !c.is_ascii()).count();
        invalid += usize::from(!chunk.invalid().is_empty());
    }
    valid > 10 * invalid
}

fn memchr_escape(bytes: &[u8]) -> bool {
    bytes
        .windows(2)
        .any(|pair| pair == b"\x1b$" || pair == b"\x1b(")
}

/// How much is looked at to tell UTF-16 without a mark.
const UTF16_SAMPLE: usize = 4096;

fn utf16_without_mark(bytes: &[u8]) -> Option<&'static Encoding> {
    let sample = &bytes[..bytes.len().min(UTF16_SAMPLE)];
    let (pairs, rest) = sample.as_chunks::<2>();
    if pairs.len() < 2 || !rest.is_empty() {
        return None;
    }
    let first = pairs.iter().filter(|pair| pair[0] == 0).count();
    let second = pairs.iter().filter(|pair| pair[1] == 0).count();
    let most = pairs.len() - pairs.len() / 4;
    if second >= most && first * 50 <= pairs.len() {
        Some(UTF_16LE)
    } else if first >= most && second * 50 <= pairs.len() {
        Some(UTF_16BE)
    } else {
        None
    }
}

fn utf32(bytes: &[u8], big: bool) -> String {
    let (units, rest) = bytes[4..].as_chunks::<4>();
    let unit = if big {
        u32::from_be_bytes
    } else {
        u32::from_le_bytes
    };
    let mut text: String = units
        .iter()
        .map(|&u| char::from_u32(unit(u)).unwrap_or(char::REPLACEMENT_CHARACTER))
        .collect();
    if !rest.is_empty() {
        text.push(char::REPLACEMENT_CHARACTER);
    }
    text
}

/// Whether bytes are a text: after decoding, at most one control character other than white space in
/// fifty characters, one in a short text, and at most one replaced or unassigned character in twenty.
pub fn is_text(bytes: &[u8]) -> bool {
    let text = decode(bytes, None).text;
    let (mut all, mut controls, mut odd) = (0_usize, 0_usize, 0_usize);
    for c in text.chars() {
        all += 1;
        controls += usize::from(
            c.is_ascii_control() && !matches!(c, '\t'..='\r' | '\u{1a}' | '\u{1b}' | '\u{14}'),
        );
        odd += usize::from(matches!(c, '\u{fffd}' | '\u{80}'..='\u{9f}' | '\u{e000}'..='\u{f8ff}'));
    }
    controls <= (all / 50).max(1) && odd * 20 <= all.max(20)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decoded(bytes: &[u8]) -> (String, Option<&'static str>) {
        let Decoded { text, guessed } = decode(bytes, None);
        (text, guessed)
    }

    #[test]
    fn marks_and_valid_utf8_are_certain() {
        assert_eq!(decoded(b"caf\xc3\xa9"), ("café".into(), None));
        assert_eq!(decoded(b"\xef\xbb\xbfcaf\xc3\xa9"), ("café".into(), None));
        assert_eq!(decoded(b"\xff\xfec\0a\0f\0\xe9\0"), ("café".into(), None));
        assert_eq!(decoded(b"\xfe\xff\0c\0a\0f\0\xe9"), ("café".into(), None));
        assert_eq!(
            decoded(b"\xff\xfe\0\0c\0\0\0\xe9\0\0\0"),
            ("cé".into(), None)
        );
    }

    #[test]
    fn others_are_guessed_and_recorded() {
        assert_eq!(
            decoded(b"c\0o\0n\0t\0r\0a\0c\0t\0"),
            ("contract".into(), Some("UTF-16LE"))
        );
        assert_eq!(
            decoded(b"na\xefve caf\xe9 fa\xe7ade").1,
            Some("windows-1252")
        );
        let japanese = "これは日本語の文章です。契約書を確認してください。";
        for encoding in [encoding_rs::SHIFT_JIS, encoding_rs::EUC_JP, ISO_2022_JP] {
            let (bytes, _, _) = encoding.encode(japanese);
            assert_eq!(decoded(&bytes), (japanese.into(), Some(encoding.name())));
        }
        let russian = "Настоящий договор вступает в силу со дня подписания.";
        for encoding in [encoding_rs::KOI8_U, encoding_rs::WINDOWS_1251] {
            let (bytes, _, _) = encoding.encode(russian);
            assert_eq!(decoded(&bytes).0, russian);
        }
    }

    #[test]
    fn a_declaration_is_taken_if_it_can_be_true() {
        let polish = b"za\xbf\xf3\xb3\xe6 g\xea\xb6l\xb1 ja\xbc\xf1";
        let read = decode(polish, Some(b"iso-8859-2"));
        assert_eq!(
            (read.text.as_str(), read.guessed),
            ("zażółć gęślą jaźń", Some("ISO-8859-2"))
        );
        assert_eq!(
            decode(b"caf\xe9 au lait", Some(b"utf-8")).text,
            "café au lait"
        );
        assert_eq!(decode(b"plain", Some(b"utf-16")).text, "plain");
    }

    #[test]
    fn junk_is_no_text() {
        assert!(is_text(b"a stray NUL\0 in text"));
        assert!(is_text("Настоящий договор".as_bytes()));
        assert!(!is_text(b"\x01\x02\x03\x04"));
        assert!(!is_text(b"II\x1a\0\0\0HEAPCCDR\x02\0\x01\0\0\0\0\0"));
        let noise: Vec<u8> = (0..4096_u32)
            .map(|n| (n.wrapping_mul(2_654_435_761) >> 13) as u8)
            .collect();
        assert!(!is_text(&noise));
    }
}
