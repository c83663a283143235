//! Whether a file is a PDF.
//!
//! A PDF begins with its header, `%PDF-` and a digit (ISO 32000-1, 7.5.2), or with a byte order mark and
//! the header. Readers also accept one behind other bytes, such as a header of HTTP or of an
//! older file system, within the first 1,024 bytes. There, a text that speaks of PDF looks the same. So
//! such a file has to go on as a PDF does: behind the header and comments stands an indirect object
//! (7.5.3). If all of the file could be text, its `startxref` must also lead to a cross-reference section
//! (7.5.5), which a sample in prose does not have.

use crate::text::charset;

/// How far the header may stand from the beginning, as readers accept it.
const HEADER_BYTES: usize = 1024;
/// How far from the end `startxref` is looked for, as readers accept it.
const TRAILER_BYTES: usize = 1024;

/// Whether the bytes are those of a PDF.
pub fn is_pdf(bytes: &[u8]) -> bool {
    if is_header(bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes)) {
        return true;
    }
    let last = bytes.len().min(HEADER_BYTES + 1);
    let Some(start) = (0..last).find(|&at| is_header(&bytes[at..])) else {
        return false;
    };
    is_object(behind_comments(&bytes[start..]))
        && (leads_to_a_section(bytes, start) || !charset::is_text(bytes))
}

fn is_header(bytes: &[u8]) -> bool {
    let digit = bytes.strip_prefix(b"%PDF-").and_then(<[u8]>::first);
    digit.is_some_and(u8::is_ascii_digit)
}

/// What follows lines that begin with `%`.
fn behind_comments(mut bytes: &[u8]) -> &[u8] {
    loop {
        bytes = bytes.trim_ascii_start();
        if !bytes.starts_with(b"%") {
            return bytes;
        }
        let end = bytes.iter().position(|b| matches!(b, b'\r' | b'\n'));
        bytes = &bytes[end.unwrap_or(bytes.len())..];
    }
}

/// Whether the bytes go on with `12 0 obj`.
fn is_object(bytes: &[u8]) -> bool {
    let number = |bytes| number(bytes).map(|(_, rest): (_, &[u8])| rest.trim_ascii_start());
    let rest = number(bytes).and_then(number);
    rest.is_some_and(|rest| rest.starts_with(b"obj"))
}

/// A decimal number of at most ten digits, and what follows it.
fn number(bytes: &[u8]) -> Option<(usize, &[u8])> {
    let digits = bytes.iter().take_while(|b| b.is_ascii_digit()).count();
    let (digits, rest) = bytes.split_at(digits);
    let digits = std::str::from_utf8(digits).ok().filter(|d| d.len() <= 10)?;
    Some((digits.parse().ok()?, rest))
}

/// Whether the last `startxref` names the place of a table or of an object, counted from the beginning
/// of the file or from the header.
fn leads_to_a_section(bytes: &[u8], header: usize) -> bool {
    const WORD: &[u8] = b"startxref";
    let tail = &bytes[bytes.len().saturating_sub(TRAILER_BYTES)..];
    let last = tail.windows(WORD.len()).rposition(|window| window == WORD);
    let place = last.and_then(|at| number(tail[at + WORD.len()..].trim_ascii_start()));
    let Some((place, _)) = place else {
        return false;
    };
    [0, header].iter().any(|from| {
        let section = bytes.get(from + place..).unwrap_or_default();
        let section = section.trim_ascii_start();
        section.starts_with(b"xref") || is_object(section)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A PDF of one object, in ASCII; `shift` is added to the place that it states.
    fn document(shift: usize) -> Vec<u8> {
        let body = "%PDF-1.4\n% made by hand\n1 0 obj\n<< /Type /Catalog >>\nendobj\n";
        let trailer =
            "xref\n0 1\n0000000000 65535 f \ntrailer\n<< /Size 1 /Root 1 0 R >>\nstartxref\n";
        format!("{body}{trailer}{}\n%%EOF\n", body.len() + shift).into_bytes()
    }

    fn behind(junk: &[u8], document: &[u8]) -> Vec<u8> {
        [junk, document].concat()
    }

    #[test]
    fn a_header_at_the_beginning_is_enough() {
        assert!(is_pdf(b"%PDF-1.4"));
        assert!(is_pdf(b"\xef\xbb\xbf%PDF-2.0\n"));
        assert!(!is_pdf(b"%PDF-"));
        assert!(!is_pdf(b"%PDF-x"));
    }

    #[test]
    fn a_document_behind_other_bytes() {
        let http = b"HTTP/1.1 200 OK\r\nContent-Type: application/pdf\r\n\r\n";
        // Places are counted from the header, or from the beginning.
        assert!(is_pdf(&behind(http, &document(0))));
        assert!(is_pdf(&behind(http, &document(http.len()))));
        assert!(is_pdf(&behind(&[b'\n'; HEADER_BYTES], &document(0))));
        assert!(!is_pdf(&behind(&[b'\n'; HEADER_BYTES + 1], &document(0))));
        // Bytes that are no text need no table: readers search for the objects.
        let mut binary = behind(&[0; 128], b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n1 0 obj\nstream\n");
        binary.extend((0..=255).cycle().take(4096));
        assert!(is_pdf(&binary));
    }

    #[test]
    fn a_text_that_speaks_of_it_is_text() {
        for text in [
            "the header %PDF-1.4 in prose",
            "A file begins with %PDF-1.7, and each object ends with endobj.",
            "if data[:5] == b'%PDF-1': parse(data)  # 1 0 obj ... endobj",
        ] {
            assert!(!is_pdf(text.as_bytes()), "{text}");
        }
        // A whole document as a sample, whose place is that of another file; and without one.
        let prose = b"This is what the smallest file looks like:\n\n";
        assert!(!is_pdf(&behind(prose, &document(20))));
        let sample = b"Write this:\n%PDF-1.4\n1 0 obj\n<< >>\nendobj\nand go on with a table.\n";
        assert!(!is_pdf(sample));
        // No text, but nothing of a PDF either.
        let mut program = b"\x01\x02\0\0%PDF-1.4\0endobj\0".to_vec();
        program.extend((0..=255).cycle().take(4096));
        assert!(!is_pdf(&program));
    }
}
