//! MIME entities (RFC 2045, 2046): headers, body, and the parts of a multipart, in one pass each and
//! without nesting.

use crate::extraction::Role;
use mail_parser::decoders::base64::base64_decode;
use mail_parser::decoders::quoted_printable::quoted_printable_decode;
use mail_parser::{Message, MessageParser, MimeHeaders};

/// What an entity is.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Shape {
    /// Parts between lines of `--boundary`.
    Multipart {
        /// The boundary without its dashes.
        boundary: Vec<u8>,
        /// Whether the parts are alternatives of each other.
        alternative: bool,
    },
    /// A text of the body.
    Text {
        /// Whether it is HTML.
        html: bool,
    },
    /// A message.
    Message,
    /// A file.
    File {
        /// Attached, or embedded in the body.
        role: Role,
    },
}

/// Headers and a body.
#[derive(Clone, Debug)]
pub struct Entity<'a> {
    /// What it is.
    pub shape: Shape,
    /// The name of a file.
    pub name: Option<String>,
    /// The charset that a text declares.
    pub charset: Option<String>,
    /// What follows the headers.
    pub body: &'a [u8],
    subtype: String,
    encoding: String,
}

impl<'a> Entity<'a> {
    /// Reads the headers.
    pub fn of(bytes: &'a [u8]) -> Self {
        let parser = MessageParser::new().with_mime_headers();
        let head = &bytes[..bytes.len() - body(bytes).len()];
        let plain = Self {
            shape: Shape::Text { html: false },
            name: None,
            charset: None,
            body: body(bytes),
            subtype: "plain".to_owned(),
            encoding: String::new(),
        };
        match parser.parse_headers(head) {
            Some(message) => plain.described(&message),
            None => plain,
        }
    }

    fn described(self, head: &Message) -> Self {
        let encoding = head
            .content_transfer_encoding()
            .unwrap_or_default()
            .trim()
            .to_ascii_lowercase();
        let name = head.attachment_name().map(str::to_owned);
        let attached = head
            .content_disposition()
            .is_some_and(|d| d.is_attachment());
        let file = Shape::File {
            role: if head.content_id().is_some() && !attached {
                Role::Embedded
            } else {
                Role::Attachment
            },
        };
        let Some(declared) = head.content_type() else {
            let shape = if attached {
                file
            } else {
                Shape::Text { html: false }
            };
            return Self {
                shape,
                name,
                encoding,
                ..self
            };
        };
        let is = |kind: &str| declared.ctype().eq_ignore_ascii_case(kind);
        let subtype = declared.subtype().unwrap_or_default().to_ascii_lowercase();
        let boundary = declared.attribute("boundary").filter(|b| !b.is_empty());
        let shape = if let Some(boundary) = boundary.filter(|_| is("multipart")) {
            Shape::Multipart {
                boundary: boundary.as_bytes().to_vec(),
                alternative: subtype == "alternative",
            }
        } else if is("message") && matches!(subtype.as_str(), "rfc822" | "global" | "news") {
            Shape::Message
        } else if attached || name.is_some() {
            file
        } else if is("text") || is("message") || is("multipart") {
            Shape::Text {
                html: matches!(subtype.as_str(), "html" | "xhtml" | "enriched" | "richtext"),
            }
        } else {
            file
        };
        let charset = declared.attribute("charset").map(str::to_owned);
        Self {
            shape,
            name,
            charset,
            encoding,
            subtype,
            ..self
        }
    }

    /// The body without its transfer encoding; as it is where that is broken.
    pub fn decoded(&self) -> Vec<u8> {
        let decoded = match self.encoding.as_str() {
            "base64" => base64_decode(self.body),
            "quoted-printable" => quoted_printable_decode(self.body),
            _ => None,
        };
        decoded.unwrap_or_else(|| self.body.to_vec())
    }

    /// An extension for a file without a name.
    pub fn extension(&self) -> String {
        match self.subtype.as_str() {
            "" | "octet-stream" => String::new(),
            subtype => format!(".{subtype}"),
        }
    }
}

/// What follows the first empty line.
fn body(bytes: &[u8]) -> &[u8] {
    let mut at = 0;
    while at < bytes.len() {
        let end = bytes[at..]
            .iter()
            .position(|&b| b == b'\n')
            .map_or(bytes.len(), |n| at + n + 1);
        if matches!(&bytes[at..end], b"\n" | b"\r\n") {
            return &bytes[end..];
        }
        at = end;
    }
    &[]
}

/// The entities between the boundary's lines, the preamble and what follows the closing line left
/// out. Without a closing line the last one ends with the input.
pub fn children<'a>(body: &'a [u8], boundary: &[u8]) -> Vec<&'a [u8]> {
    let mut found = Vec::new();
    let mut begin = None;
    let mut at = 0;
    while at < body.len() {
        let end = body[at..]
            .iter()
            .position(|&b| b == b'\n')
            .map_or(body.len(), |n| at + n + 1);
        let delimiter = body[at..end]
            .strip_prefix(b"--")
            .and_then(|l| l.strip_prefix(boundary));
        let rest = delimiter.map(<[u8]>::trim_ascii);
        if let Some(rest) = rest.filter(|rest| rest.is_empty() || rest.starts_with(b"--")) {
            if let Some(begin) = begin {
                found.push(without_line_end(&body[begin..at]));
            }
            begin = rest.is_empty().then_some(end);
            if !rest.is_empty() {
                return found;
            }
        }
        at = end;
    }
    found.extend(begin.map(|begin| &body[begin..]));
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
        assert_eq!(children(body, b"a"), [&b"x\r\n--ab"[..], b"\ny"]);
        assert_eq!(children(b"--a\nopen end\n", b"a"), [b"open end\n"]);
        assert!(children(b"nothing", b"a").is_empty());
        assert_eq!(children(b"--a\n--a--", b"a"), [b""]);
    }

    #[test]
    fn shapes() {
        let shape = |head: &str| Entity::of(format!("{head}\n\nx").as_bytes()).shape;
        assert_eq!(shape("Content-Type: text/html"), Shape::Text { html: true });
        assert_eq!(shape("Subject: none"), Shape::Text { html: false });
        assert_eq!(
            shape("Content-Type: text/plain; name=a.txt"),
            Shape::File {
                role: Role::Attachment
            }
        );
        assert_eq!(
            shape("Content-Type: image/png\nContent-ID: <a>"),
            Shape::File {
                role: Role::Embedded
            }
        );
        assert_eq!(shape("Content-Type: message/rfc822"), Shape::Message);
        let entity = Entity::of(
            b"Content-Type: image/gif\r\nContent-Transfer-Encoding: base64\r\n\r\nR0lG\r\n",
        );
        assert_eq!(
            (entity.decoded(), entity.extension()),
            (b"GIF".to_vec(), ".gif".to_owned())
        );
    }
}
