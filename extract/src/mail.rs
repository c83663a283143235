//! E-mail, mailboxes and Outlook items.
//!
//! The text of a message is its headers `From`, `To`, `Cc`, `Bcc`, `Date` and `Subject`, a line each and
//! decoded, an empty line, and its body: the texts of its parts in order, HTML reduced to text.
//! Of alternatives the first is read, and each further one that holds a word which those before it do
//! not: an HTML body behind a stub of plain text is read, one that repeats it is not.
//!
//! Everything else is a part: attachments, also of text, pictures, forwarded messages. Multiparts within
//! multiparts deeper than 32 levels are a part that is not read.

mod entity;
mod item;
pub mod mailbox;
pub mod msg;
pub mod store;

use crate::extraction::{Content, Extraction, Options, Part, Reason, Role};
use crate::kind::Kind;
use crate::text::{charset, html, plain};
use entity::{Entity, Shape};
use mail_parser::{Address, Message, MessageParser};
use std::collections::BTreeSet;

/// Levels of multiparts in one message.
const MAX_DEPTH: u32 = 32;

/// Reads a message.
pub fn read(bytes: &[u8], options: &Options) -> Extraction {
    match parse(bytes, options) {
        Ok(Body {
            text,
            parts,
            charset: Some(charset),
            ..
        }) => Extraction::new(Kind::Email, plain::rendition(&text, options))
            .with_parts(parts)
            .with_reading(charset),
        Ok(Body { text, parts, .. }) => {
            Extraction::new(Kind::Email, plain::rendition(&text, options)).with_parts(parts)
        }
        Err(reason) => Extraction::unread(Kind::Email, reason),
    }
}

fn parse(bytes: &[u8], options: &Options) -> Result<Body, Reason> {
    let bytes =
        crate::detect::without_from_line(bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes));
    let parser = MessageParser::default();
    let message = parser.parse_headers(bytes).ok_or(Reason::Damaged)?;
    let mut body = Body {
        text: headers(&message),
        parts: Vec::new(),
        charset: None,
        left: options.limits.unpacked_bytes,
    };
    body.text.push('\n');
    body.add(&Entity::of(bytes), 0, options)?;
    Ok(body)
}

/// The lines of the headers.
fn headers(message: &Message) -> String {
    let mut out = String::new();
    for (name, address) in [
        ("From", message.from()),
        ("To", message.to()),
        ("Cc", message.cc()),
        ("Bcc", message.bcc()),
    ] {
        if let Some(address) = address {
            header(&mut out, name, &addresses(address));
        }
    }
    if let Some(date) = message.header_raw("Date") {
        header(&mut out, "Date", date);
    }
    if let Some(subject) = message.subject() {
        header(&mut out, "Subject", subject);
    }
    out
}

/// Adds a header on a line of its own.
fn header(out: &mut String, name: &str, value: &str) {
    out.push_str(name);
    out.push_str(": ");
    out.push_str(&value.split_whitespace().collect::<Vec<_>>().join(" "));
    out.push('\n');
}

fn addresses(list: &Address) -> String {
    let one = |address: &mail_parser::Addr| match (address.name(), address.address()) {
        (Some(name), Some(address)) => format!("{name} <{address}>"),
        (name, address) => name.or(address).unwrap_or_default().to_owned(),
    };
    list.iter().map(one).collect::<Vec<_>>().join(", ")
}

/// What has been read of a message.
struct Body {
    text: String,
    parts: Vec<Part>,
    /// The charset of the first text whose charset was not certain.
    charset: Option<String>,
    /// Bytes that parts may still have.
    left: u64,
}

impl Body {
    /// Adds an entity: its text, or its parts.
    fn add(&mut self, entity: &Entity, depth: u32, options: &Options) -> Result<(), Reason> {
        match &entity.shape {
            Shape::Multipart {
                boundary,
                alternative,
            } => {
                let children = entity::children(entity.body, boundary);
                if children.is_empty() {
                    // A multipart without its boundary is read as the text that it is.
                    return self.text(entity, false, options);
                }
                if depth == MAX_DEPTH {
                    return self.part(
                        "too deep".to_owned(),
                        Role::Attachment,
                        Err(Reason::Limit),
                        options,
                    );
                }
                let begin = self.text.len();
                for child in children {
                    let before = self.text.len();
                    self.add(&Entity::of(child), depth + 1, options)?;
                    if *alternative && !says_more(&self.text[begin..before], &self.text[before..]) {
                        self.text.truncate(before);
                    }
                }
                Ok(())
            }
            Shape::Text { html } => self.text(entity, *html, options),
            Shape::Message => {
                let name = entity
                    .name
                    .clone()
                    .unwrap_or_else(|| forwarded(&entity.decoded()));
                self.part(as_mail(name), Role::Message, Ok(entity.decoded()), options)
            }
            Shape::File { role } => {
                let name = entity.name.clone().unwrap_or_else(|| {
                    format!("part {}{}", self.parts.len() + 1, entity.extension())
                });
                self.part(name, *role, Ok(entity.decoded()), options)
            }
        }
    }

    fn text(&mut self, entity: &Entity, html: bool, options: &Options) -> Result<(), Reason> {
        let bytes = entity.decoded();
        let decoded = charset::decode(&bytes, entity.charset.as_deref().map(str::as_bytes));
        if let Some(charset) = decoded.guessed.filter(|_| self.charset.is_none()) {
            self.charset = Some(format!("charset {charset}"));
        }
        if html {
            let shown = html::shown(&decoded.text, options)?;
            self.text.push_str(&shown.text);
            for part in shown.parts {
                let content = match part.content {
                    Content::Bytes(bytes) => Ok(bytes),
                    Content::Unread(reason) => Err(reason),
                    Content::Page(_) => continue,
                };
                self.part(part.name, part.role, content, options)?;
            }
        } else {
            self.text.push_str(&decoded.text);
        }
        if !self.text.ends_with('\n') {
            self.text.push('\n');
        }
        if self.text.len() as u64 > options.limits.text_bytes {
            return Err(Reason::Limit);
        }
        Ok(())
    }

    fn part(
        &mut self,
        name: String,
        role: Role,
        content: Result<Vec<u8>, Reason>,
        options: &Options,
    ) -> Result<(), Reason> {
        if self.parts.len() as u64 >= u64::from(options.limits.parts) {
            return Err(Reason::Limit);
        }
        let content = match content {
            Ok(bytes) if bytes.len() as u64 <= self.left => {
                self.left -= bytes.len() as u64;
                Content::Bytes(bytes)
            }
            Ok(_) => Content::Unread(Reason::Limit),
            Err(reason) => Content::Unread(reason),
        };
        self.parts.push(Part {
            name,
            role,
            content,
        });
        Ok(())
    }
}

/// The name of a message that has none: its subject.
fn forwarded(bytes: &[u8]) -> String {
    let message = MessageParser::default().parse_headers(bytes);
    message
        .as_ref()
        .and_then(|m| m.subject())
        .unwrap_or("message")
        .to_owned()
}

/// A name that says that a part is a message, where its few headers would not.
fn as_mail(name: String) -> String {
    if name.to_ascii_lowercase().ends_with(".eml") {
        name
    } else {
        name + ".eml"
    }
}

/// Whether an alternative holds a word that those before it do not.
fn says_more(before: &str, text: &str) -> bool {
    let words = |text: &str| -> BTreeSet<String> {
        let parted = text
            .split(|c: char| !c.is_alphanumeric())
            .filter(|word| !word.is_empty());
        parted.map(str::to_lowercase).collect()
    };
    !words(text).is_subset(&words(before))
}
