//! Which reader a file gets: by its first bytes, and by its extension where those leave it open.
//!
//! An e-mail is a file with the extension `.eml` and at least one header field, or any text whose
//! header block holds `Received` or `Return-Path`, or `From`, `Date` and `Message-ID`. A text that
//! begins with one field and goes on in prose is plain text.

use image::ImageFormat;

/// What a file is taken for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Format {
    Jpeg,
    Raster(ImageFormat),
    Mail,
    Text,
    /// A type that is known and has no reader.
    Unsupported,
}

/// How far a header block is searched, in bytes.
const HEADER_BYTES: usize = 64 << 10;

/// Types of text without a reader of their own, which cannot always be told by content.
const MARKUP_EXTENSIONS: [&str; 7] = ["html", "htm", "xhtml", "mht", "mhtml", "mbox", "mbx"];

/// Decides the reader; `extension` in lower case.
pub fn sniff(bytes: &[u8], extension: &str) -> Format {
    if let Some(format) = by_magic(bytes) {
        return format;
    }
    let head = bytes
        .strip_prefix(b"\xef\xbb\xbf")
        .unwrap_or(bytes)
        .trim_ascii_start();
    let begins = |tag: &[u8]| {
        head.get(..tag.len())
            .is_some_and(|h| h.eq_ignore_ascii_case(tag))
    };
    if begins(b"%pdf-") || begins(b"{\\rtf") {
        return Format::Unsupported;
    }
    let mail = is_mail(without_from_line(bytes), extension == "eml");
    if mail && (extension == "eml" || !bytes.starts_with(b"From ")) {
        return Format::Mail;
    }
    let mailbox = bytes.starts_with(b"From ") && is_mail(without_from_line(bytes), true);
    if mailbox
        || begins(b"<!doctype html")
        || begins(b"<html")
        || MARKUP_EXTENSIONS.contains(&extension)
    {
        return Format::Unsupported;
    }
    Format::Text
}

fn by_magic(bytes: &[u8]) -> Option<Format> {
    let raster = |format| Some(Format::Raster(format));
    match bytes {
        [0x89, b'P', b'N', b'G', b'\r', b'\n', 0x1a, b'\n', ..] => raster(ImageFormat::Png),
        [0xff, 0xd8, 0xff, ..] => Some(Format::Jpeg),
        [b'I', b'I', 42 | 43, 0, ..] | [b'M', b'M', 0, 42 | 43, ..] => raster(ImageFormat::Tiff),
        [b'G', b'I', b'F', b'8', b'7' | b'9', b'a', ..] => raster(ImageFormat::Gif),
        [
            b'R',
            b'I',
            b'F',
            b'F',
            _,
            _,
            _,
            _,
            b'W',
            b'E',
            b'B',
            b'P',
            ..,
        ] => raster(ImageFormat::WebP),
        // The header's size field tells a bitmap from a text that begins with "BM".
        [
            b'B',
            b'M',
            _,
            _,
            _,
            _,
            _,
            _,
            _,
            _,
            _,
            _,
            _,
            _,
            12 | 40 | 52 | 56 | 64 | 108 | 124,
            0,
            0,
            0,
            ..,
        ] => raster(ImageFormat::Bmp),
        // ZIP (and so DOCX; 7, 8 begins one in parts), compound files (MSG, DOC), 7z, message
        // stores, gzip, AppleSingle and AppleDouble, signed or encrypted messages in DER.
        [b'P', b'K', 3 | 5 | 7, 4 | 6 | 8, ..]
        | [b'7', b'z', 0xbc, 0xaf, ..]
        | [b'!', b'B', b'D', b'N', ..]
        | [0x30, 0x82, _, _, 6, 9, 0x2a, 0x86, 0x48, ..]
        | [0x30, 0x83, _, _, _, 6, 9, 0x2a, 0x86, 0x48, ..]
        | [0x30, 0x80, 6, 9, 0x2a, 0x86, 0x48, ..]
        | [0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1, ..]
        | [0x1f, 0x8b, 8, ..]
        | [0, 5, 0x16, 0 | 7, ..] => Some(Format::Unsupported),
        _ => None,
    }
}

/// Leaves out the line `From sender date` that mailbox files put before a message.
pub fn without_from_line(bytes: &[u8]) -> &[u8] {
    if !bytes.starts_with(b"From ") {
        return bytes;
    }
    let end = bytes
        .iter()
        .position(|&b| b == b'\n')
        .map_or(bytes.len(), |at| at + 1);
    &bytes[end..]
}

/// Whether the text begins with an e-mail's header block; `any` field is enough where the
/// extension says so already.
fn is_mail(bytes: &[u8], any: bool) -> bool {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let [mut from, mut date, mut id] = [false; 3];
    for line in bytes[..bytes.len().min(HEADER_BYTES)].split(|&b| b == b'\n') {
        if line.first().is_some_and(|b| matches!(b, b' ' | b'\t')) {
            continue;
        }
        let Some(name) = field_name(line) else {
            return false;
        };
        let is = |wanted: &str| name.eq_ignore_ascii_case(wanted.as_bytes());
        from |= is("From");
        date |= is("Date");
        id |= is("Message-ID");
        if any || is("Received") || is("Return-Path") || (from && date && id) {
            return true;
        }
    }
    false
}

/// The name of a header field (RFC 5322 section 3.6.8), if the line is one.
fn field_name(line: &[u8]) -> Option<&[u8]> {
    let name = line
        .split(|&b| b == b':')
        .next()
        .filter(|name| name.len() < line.len())?;
    (!name.is_empty() && name.iter().all(u8::is_ascii_graphic)).then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn content_decides_before_the_name() {
        assert_eq!(
            sniff(b"\x89PNG\r\n\x1a\n", "txt"),
            Format::Raster(ImageFormat::Png)
        );
        assert_eq!(sniff(b"%PDF-1.4", "txt"), Format::Unsupported);
        assert_eq!(sniff(b"BMW is a car maker", ""), Format::Text);
        assert_eq!(sniff(b"  <!DOCTYPE HTML>", "txt"), Format::Unsupported);
        assert_eq!(sniff(b"anything", "html"), Format::Unsupported);
        assert_eq!(
            sniff(b"From here on it is prose.\nReally.", "txt"),
            Format::Text
        );
    }

    #[test]
    fn mail_is_told_from_prose() {
        let transport = b"Return-Path: <a@b>\nSubject: x\n\nbody";
        assert_eq!(sniff(transport, "txt"), Format::Mail);
        let fields = b"From: a\nTo: b\nDate: c\nMessage-ID: <d>\n\nbody";
        assert_eq!(sniff(fields, ""), Format::Mail);
        assert_eq!(
            sniff(b"Subject: gas\nplease confirm\nReceived: no\n", "txt"),
            Format::Text
        );
        assert_eq!(sniff(b"Subject: gas\n\nbody", "eml"), Format::Mail);
        assert_eq!(sniff(b"no field here", "eml"), Format::Text);
        assert_eq!(
            sniff(b"From a@b Mon Jan 1\nReceived: x\n\nbody", "txt"),
            Format::Unsupported
        );
        assert_eq!(
            sniff(b"From a@b Mon Jan 1\nReceived: x\n\nbody", "eml"),
            Format::Mail
        );
    }
}
