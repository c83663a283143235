//! Types that are told by their first bytes, or by being well-formed to the last one.

use crate::kind::Kind;

/// The type that the first bytes state.
pub fn by_magic(bytes: &[u8]) -> Option<Kind> {
    picture(bytes)
        .or_else(|| media(bytes))
        .or_else(|| container(bytes))
        .or_else(|| drawing(bytes))
        .or_else(|| program(bytes))
        .or_else(|| document(bytes))
}

/// Whether `magic` stands at that place.
fn at(bytes: &[u8], offset: usize, magic: &[u8]) -> bool {
    bytes
        .get(offset..)
        .is_some_and(|rest| rest.starts_with(magic))
}

fn begins_with_any(bytes: &[u8], magics: &[&[u8]]) -> bool {
    magics.iter().any(|magic| bytes.starts_with(magic))
}

/// Images made of pixels.
fn picture(bytes: &[u8]) -> Option<Kind> {
    Some(match bytes {
        [0x89, b'P', b'N', b'G', b'\r', b'\n', 0x1a, b'\n', ..] => Kind::Png,
        [0xff, 0xd8, 0xff, ..] => Kind::Jpeg,
        [b'I', b'I', 42 | 43, 0, ..] | [b'M', b'M', 0, 42 | 43, ..] => Kind::Tiff,
        [b'G', b'I', b'F', b'8', b'7' | b'9', b'a', ..] => Kind::Gif,
        [b'R', b'I', b'F', b'F', ..] if at(bytes, 8, b"WEBP") => Kind::WebP,
        [b'B', b'M', ..] if is_bitmap(bytes) => Kind::Bmp,
        [b'P', b'1'..=b'6', space, ..] if space.is_ascii_whitespace() && is_pnm(bytes) => Kind::Pnm,
        [0, 0, 1, 0, count, 0, ..] if *count > 0 && bytes.len() > 22 => Kind::Icon,
        [b'8', b'B', b'P', b'S', 0, ..] => Kind::Psd,
        _ if begins_with_any(bytes, &JPEG_2000) => Kind::Jpeg2000,
        _ if HEIF.iter().any(|brand| at(bytes, 4, brand)) => Kind::Heif,
        _ => return None,
    })
}

/// The signature box of a file, and the marker that begins a bare stream.
const JPEG_2000: [&[u8]; 2] = [b"\0\0\0\x0cjP  \r\n\x87\n", b"\xff\x4f\xff\x51"];

/// Brands of still images in the container that video shares.
const HEIF: [&[u8]; 4] = [b"ftypheic", b"ftypheix", b"ftypmif1", b"ftypavif"];

/// The header's size field tells a bitmap from a text that begins with "BM".
fn is_bitmap(bytes: &[u8]) -> bool {
    let size = bytes.get(14);
    size.is_some_and(|size| matches!(size, 12 | 40 | 52 | 56 | 64 | 108 | 124))
        && at(bytes, 15, &[0, 0, 0])
}

/// Sound and video.
fn media(bytes: &[u8]) -> Option<Kind> {
    const MAGICS: [&[u8]; 7] = [
        b"OggS\0",
        b"ID3\x02",
        b"ID3\x03",
        b"ID3\x04",
        b"fLaC\0",
        b"\x1aE\xdf\xa3",
        b"FLV\x01",
    ];
    let riff = at(bytes, 0, b"RIFF") && (at(bytes, 8, b"WAVE") || at(bytes, 8, b"AVI "));
    (riff || at(bytes, 4, b"ftyp") || begins_with_any(bytes, &MAGICS)).then_some(Kind::Media)
}

/// What holds files or messages.
fn container(bytes: &[u8]) -> Option<Kind> {
    Some(match bytes {
        [b'P', b'K', 3 | 5, 4 | 6, ..] => Kind::Zip,
        // A ZIP that is one volume of several begins with this mark.
        [b'P', b'K', 7, 8, b'P', b'K', 3, 4, ..]
        | [b'P', b'K', b'0', b'0', b'P', b'K', 3, 4, ..] => Kind::Zip,
        [0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1, ..] => Kind::Ole,
        [b'!', b'B', b'D', b'N', ..] => Kind::Pst,
        [0x1f, 0x8b, 8, ..] => Kind::Gzip,
        [b'B', b'Z', b'h', b'1'..=b'9', b'1', b'A', b'Y', ..] => Kind::Bzip2,
        _ if at(bytes, 0, b"\xfd7zXZ\0") => Kind::Xz,
        _ if at(bytes, 0, b"7z\xbc\xaf\x27\x1c") => Kind::SevenZip,
        _ if at(bytes, 0, b"Rar!\x1a\x07") => Kind::Rar,
        _ if at(bytes, 257, b"ustar\0") || at(bytes, 257, b"ustar  \0") => Kind::Tar,
        // AppleSingle holds the file itself behind a directory, which has no reader here.
        [0, 5, 0x16, 0 | 7, 0, 2 | 1, 0, 0, ..] => Kind::AppleFile,
        _ => return None,
    })
}

/// Images made of drawing orders, or of measured values.
fn drawing(bytes: &[u8]) -> Option<Kind> {
    Some(match bytes {
        [0xd7, 0xcd, 0xc6, 0x9a, 0, 0, ..] | [1 | 2, 0, 9, 0, 0, 1 | 3, ..] => Kind::Wmf,
        _ if at(bytes, 0, b"\x01\0\0\0") && at(bytes, 40, b" EMF") => Kind::Emf,
        _ if at(bytes, 0, b"SIMPLE  =                    T") => Kind::Fits,
        _ => return None,
    })
}

fn program(bytes: &[u8]) -> Option<Kind> {
    const MAGICS: [&[u8]; 3] = [b"\x7fELF", b"\xca\xfe\xba\xbe\0", b"\0asm\x01\0\0\0"];
    let dos = || {
        let header = bytes.get(2..64).filter(|_| bytes.len() > 64);
        header.is_some_and(|header| header.iter().filter(|&&b| b == 0).count() > 16)
    };
    (begins_with_any(bytes, &MAGICS) || bytes.starts_with(b"MZ") && dos())
        .then_some(Kind::Executable)
}

/// Documents whose header is text.
fn document(bytes: &[u8]) -> Option<Kind> {
    const RTF: [&[u8]; 3] = [b"{\\rtf", b"{\\urtf", b"\xef\xbb\xbf{\\rtf"];
    if super::pdf::is_pdf(bytes) {
        return Some(Kind::Pdf);
    }
    begins_with_any(bytes, &RTF).then_some(Kind::Rtf)
}

/// Whether the header of a portable bitmap goes on with two numbers.
fn is_pnm(bytes: &[u8]) -> bool {
    let head = &bytes[2..bytes.len().min(512)];
    let lines = head.split(|&b| b == b'\n').filter(|l| !l.starts_with(b"#"));
    let words: Vec<u8> = lines
        .flat_map(|l| l.iter().copied().chain([b' ']))
        .collect();
    let mut words = words
        .split(u8::is_ascii_whitespace)
        .filter(|w| !w.is_empty());
    let mut number = || {
        words
            .next()
            .is_some_and(|w| w.len() < 10 && w.iter().all(u8::is_ascii_digit))
    };
    number() && number()
}

/// The type of bytes that are well-formed to the last one.
pub fn by_structure(bytes: &[u8]) -> Option<Kind> {
    if is_der(bytes) {
        Some(Kind::Der)
    } else if is_cbor(bytes) {
        Some(Kind::Cbor)
    } else {
        None
    }
}

/// A DER or BER sequence (X.690) that ends where the file ends.
fn is_der(bytes: &[u8]) -> bool {
    match bytes {
        // Indefinite length, closed by two zero bytes.
        [0x30, 0x80, 0x06 | 0x30, .., 0, 0] => true,
        [0x30, length, rest @ ..] if *length < 0x80 => {
            rest.len() == usize::from(*length) && rest.first().is_some_and(|&tag| is_tag(tag))
        }
        [0x30, length @ 0x81..=0x84, rest @ ..] => {
            let count = usize::from(length & 0x7f);
            let Some((size, content)) = rest.split_at_checked(count) else {
                return false;
            };
            let size = size.iter().fold(0_u64, |n, &b| n << 8 | u64::from(b));
            content.len() as u64 == size && content.first().is_some_and(|&tag| is_tag(tag))
        }
        _ => false,
    }
}

/// Whether a DER sequence is an encrypted envelope (CMS, RFC 5652: id-envelopedData).
pub fn is_enveloped(bytes: &[u8]) -> bool {
    const ENVELOPED: &[u8] = &[
        0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x07, 0x03,
    ];
    bytes[..bytes.len().min(32)]
        .windows(ENVELOPED.len())
        .any(|w| w == ENVELOPED)
}

/// The tags with which a sequence begins: integer, object identifier, sequence, set, context.
fn is_tag(tag: u8) -> bool {
    matches!(tag, 0x02 | 0x06 | 0x30 | 0x31 | 0xa0)
}

/// One CBOR map or array (RFC 8949) that ends where the file ends.
fn is_cbor(bytes: &[u8]) -> bool {
    if !matches!(bytes.first(), Some(0x81..=0xbf | 0xd9)) || std::str::from_utf8(bytes).is_ok() {
        return false;
    }
    let mut at = 0;
    // Items that are still to come; `None` until a break ends an item of indefinite length.
    let mut open: Vec<Option<u64>> = vec![Some(1)];
    while let Some(top) = open.last_mut() {
        match top {
            Some(0) => {
                open.pop();
                continue;
            }
            Some(left) => *left -= 1,
            None if bytes.get(at) == Some(&0xff) => {
                at += 1;
                open.pop();
                continue;
            }
            None => {}
        }
        let Some((&first, rest)) = bytes.get(at..).and_then(<[u8]>::split_first) else {
            return false;
        };
        let (major, info) = (first >> 5, first & 31);
        let width = match info {
            0..=23 | 31 => 0,
            24 => 1,
            25 => 2,
            26 => 4,
            27 => 8,
            _ => return false,
        };
        let Some(number) = rest.get(..width) else {
            return false;
        };
        let number = if width == 0 {
            u64::from(info)
        } else {
            number.iter().fold(0, |n, &b| n << 8 | u64::from(b))
        };
        at += 1 + width;
        match major {
            _ if info == 31 && !matches!(major, 2..=5) => return false,
            2..=5 if info == 31 => open.push(None),
            2 | 3 => {
                let Some(end) = usize::try_from(number).ok().and_then(|n| at.checked_add(n)) else {
                    return false;
                };
                at = end;
            }
            4 => open.push(Some(number)),
            5 => open.push(number.checked_mul(2)),
            6 => open.push(Some(1)),
            _ => {}
        }
        if at > bytes.len() || open.len() > 64 {
            return false;
        }
    }
    at == bytes.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_that_begins_like_a_type_is_text() {
        for text in [
            "BMW is a car maker",
            "MZ",
            "P1 is our first project",
            "SIMPLE = T",
            "PK",
        ] {
            assert_eq!(by_magic(text.as_bytes()), None, "{text}");
        }
    }

    #[test]
    fn well_formed_to_the_last_byte() {
        assert_eq!(by_structure(b"\x30\x03\x02\x01\x05"), Some(Kind::Der));
        assert_eq!(by_structure(b"\x30\x04\x02\x01\x05"), None);
        assert_eq!(by_structure(b"\xa1\x63key\x82\x01\x61x"), Some(Kind::Cbor));
        assert_eq!(by_structure(b"\xa1\x63key\x82\x01\x61xx"), None);
        assert_eq!(by_structure(b"\x9f\x01\xff"), Some(Kind::Cbor));
    }
}
