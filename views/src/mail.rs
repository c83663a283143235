//! The text of an e-mail: its headers `Subject`, `From`, `To`, `Cc` and `Date`, a line each and
//! decoded, an empty line, and the text of its body.
//!
//! The body is the text of its parts in order, HTML reduced to text; of a `multipart/alternative`
//! the plain text, or else the last alternative that has text. Attachments (also attached
//! messages, and everything that is not text) are left out: they are items of their own.
//!
//! The parts are taken apart here, level by level and at most [`MAX_DEPTH`] deep, so that neither
//! stack nor time grows with hostile nesting; `mail-parser` reads headers and single parts.

mod html;
mod parts;

use crate::sniff::without_from_line;
use crate::text::within;
use crate::{Limits, Unreadable};
use mail_parser::{Address, Message, MessageParser, PartType};
use parts::{Shape, parts};

/// Levels of multiparts in one e-mail.
pub const MAX_DEPTH: usize = 16;

/// The text of an e-mail.
///
/// # Errors
/// [`Unreadable::Damaged`] where multiparts nest deeper than [`MAX_DEPTH`], or no header can be
/// read; [`Unreadable::TooLarge`].
pub fn text(bytes: &[u8], limits: &Limits) -> Result<String, Unreadable> {
    if u32::try_from(bytes.len()).is_err() {
        return Err(Unreadable::TooLarge);
    }
    let bytes = without_from_line(bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes));
    let message = MessageParser::default()
        .parse_headers(bytes)
        .ok_or(Unreadable::Damaged)?;
    let mut text = headers(&message);
    text.push('\n');
    let reader = MessageParser::new().with_mime_headers();
    for part in (Body { reader: &reader }).texts(bytes, 0)? {
        text.push_str(&part);
        if !part.ends_with('\n') {
            text.push('\n');
        }
    }
    within(text, limits)
}

fn headers(message: &Message) -> String {
    let mut out = String::new();
    let mut line = |name: &str, value: &str| {
        let value = value.split_whitespace().collect::<Vec<_>>().join(" ");
        out.push_str(&format!("{name}: {value}\n"));
    };
    if let Some(subject) = message.subject() {
        line("Subject", subject);
    }
    for (name, address) in [
        ("From", message.from()),
        ("To", message.to()),
        ("Cc", message.cc()),
    ] {
        if let Some(address) = address {
            line(name, &addresses(address));
        }
    }
    if let Some(date) = message.header_raw("Date") {
        line("Date", date);
    }
    out
}

fn addresses(list: &Address) -> String {
    let one = |address: &mail_parser::Addr| match (address.name(), address.address()) {
        (Some(name), Some(address)) => format!("{name} <{address}>"),
        (name, address) => name.or(address).unwrap_or_default().to_owned(),
    };
    list.iter().map(one).collect::<Vec<_>>().join(", ")
}

struct Body<'p> {
    reader: &'p MessageParser,
}

impl Body<'_> {
    /// The texts of an entity (headers and body), in order.
    fn texts(&self, entity: &[u8], depth: usize) -> Result<Vec<String>, Unreadable> {
        let (boundary, alternative) = match self.shape(entity) {
            Shape::Other => return Ok(Vec::new()),
            Shape::Text { .. } => return Ok(self.leaf(entity).into_iter().collect()),
            Shape::Multipart {
                boundary,
                alternative,
            } => (boundary, alternative),
        };
        if depth == MAX_DEPTH {
            return Err(Unreadable::Damaged);
        }
        let children = parts(entity, &boundary);
        if children.is_empty() {
            return Ok(self.leaf(entity).into_iter().collect());
        }
        let mut shown = Vec::new();
        for child in children {
            let mut texts = self.texts(child, depth + 1)?;
            if !alternative {
                shown.append(&mut texts);
            } else if !texts.is_empty() {
                shown = texts;
                if matches!(self.shape(child), Shape::Text { plain: true }) {
                    return Ok(shown);
                }
            }
        }
        Ok(shown)
    }

    fn shape(&self, entity: &[u8]) -> Shape {
        let head = self.reader.parse_headers(entity);
        head.as_ref().map_or(Shape::Text { plain: true }, Shape::of)
    }

    /// The text of an entity without parts.
    fn leaf(&self, entity: &[u8]) -> Option<String> {
        let Some(message) = self.reader.parse(entity) else {
            return Some(String::from_utf8_lossy(entity).into_owned());
        };
        match message.parts.into_iter().next()?.body {
            PartType::Text(text) => Some(text.into_owned()),
            PartType::Html(text) => Some(html::text(&text)),
            _ => None,
        }
    }
}
