//! Taking a MIME multipart apart (RFC 2046 section 5.1): in one pass, without nesting.

use mail_parser::{Message, MimeHeaders};

/// What an entity's headers make of it.
pub enum Shape {
    /// Parts between lines of `--boundary`.
    Multipart {
        /// The boundary without its dashes.
        boundary: Vec<u8>,
        /// Whether the parts are alternatives of each other.
        alternative: bool,
    },
    /// A text to show.
    Text {
        /// Whether it is `text/plain`, declared or by default.
        plain: bool,
    },
    /// An attachment, or anything else without text to show.
    Other,
}

impl Shape {
    /// Reads it from parsed headers.
    pub fn of(head: &Message) -> Self {
        if head
            .content_disposition()
            .is_some_and(|d| d.is_attachment())
        {
            return Self::Other;
        }
        let Some(declared) = head.content_type() else {
            return Self::Text { plain: true };
        };
        let is = |kind: &str| declared.ctype().eq_ignore_ascii_case(kind);
        if is("multipart") {
            let subtype = declared.subtype().unwrap_or_default();
            return match declared.attribute("boundary").filter(|b| !b.is_empty()) {
                // The parts of a digest are messages: attachments here.
                _ if subtype.eq_ignore_ascii_case("digest") => Self::Other,
                Some(boundary) => Self::Multipart {
                    boundary: boundary.as_bytes().to_vec(),
                    alternative: subtype.eq_ignore_ascii_case("alternative"),
                },
                None => Self::Text { plain: false },
            };
        }
        if !is("text") {
            return Self::Other;
        }
        Self::Text {
            plain: declared
                .subtype()
                .is_some_and(|s| s.eq_ignore_ascii_case("plain")),
        }
    }
}

/// The entities between the boundary's lines, the preamble and what follows the closing line left
/// out. Without a closing line the last one ends with the input.
pub fn parts<'a>(entity: &'a [u8], boundary: &[u8]) -> Vec<&'a [u8]> {
    let mut found = Vec::new();
    let mut begin = None;
    let mut at = 0;
    while at < entity.len() {
        let end = entity[at..]
            .iter()
            .position(|&b| b == b'\n')
            .map_or(entity.len(), |n| at + n + 1);
        let delimiter = entity[at..end]
            .strip_prefix(b"--")
            .and_then(|l| l.strip_prefix(boundary));
        let rest = delimiter.map(<[u8]>::trim_ascii);
        if let Some(rest) = rest.filter(|rest| rest.is_empty() || rest.starts_with(b"--")) {
            if let Some(begin) = begin {
                found.push(without_line_end(&entity[begin..at]));
            }
            begin = rest.is_empty().then_some(end);
            if !rest.is_empty() {
                return found;
            }
        }
        at = end;
    }
    if let Some(begin) = begin {
        found.push(&entity[begin..]);
    }
    found
}

/// The line end before a delimiter belongs to the delimiter.
fn without_line_end(part: &[u8]) -> &[u8] {
    let part = part.strip_suffix(b"\n").unwrap_or(part);
    part.strip_suffix(b"\r").unwrap_or(part)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_end_where_the_boundary_stands() {
        let body = b"head\n\npreamble\n--a\nx\r\n--ab\n--a  \r\n\ny\n--a--\nepilogue\n--a\nz";
        assert_eq!(parts(body, b"a"), [&b"x\r\n--ab"[..], b"\ny"]);
        assert_eq!(parts(b"--a\nopen end\n", b"a"), [b"open end\n"]);
        assert!(parts(b"nothing", b"a").is_empty());
        assert_eq!(parts(b"--a\n--a--", b"a"), [b""]);
    }
}
