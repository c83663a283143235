//! XML: a walk over its elements and texts, and its text without tags.
//!
//! The text of an XML file is its character data and the values of its attributes (but namespaces),
//! an element's or a value's on lines of its own: which elements part words is not known, and
//! formats such as message backups keep everything in attributes. Comments and processing
//! instructions are left out. Entities that a document type defines are not expanded; their names stand.

use crate::extraction::{Extraction, Options, Reason};
use crate::kind::Kind;
use crate::text::lines::Lines;
use crate::text::{charset, plain};
use quick_xml::Reader;
use quick_xml::escape::{resolve_predefined_entity, unescape};
use quick_xml::events::{BytesStart, Event};
use std::borrow::Cow;

/// What a walk meets. An empty element is opened and closed.
#[derive(Debug)]
pub enum Node<'a> {
    /// A start tag.
    Open(&'a Element<'a>),
    /// An end tag: the name with its prefix.
    Close(&'a str),
    /// Character data, references resolved.
    Text(&'a str),
}

/// A start tag.
#[derive(Debug)]
pub struct Element<'a> {
    tag: &'a BytesStart<'a>,
}

impl Element<'_> {
    /// The name with its prefix.
    pub fn name(&self) -> &str {
        self.tag.name().0
    }

    /// The value of the attribute with that name, its prefix left out.
    pub fn attribute(&self, local: &str) -> Option<String> {
        self.attributes()
            .find(|(name, _)| name.rsplit(':').next() == Some(local))
            .map(|(_, value)| value)
    }

    /// Names with prefixes and values; what is malformed is left out.
    pub fn attributes(&self) -> impl Iterator<Item = (String, String)> {
        let mut attributes = self.tag.attributes();
        attributes.with_checks(false);
        attributes.flatten().map(|a| {
            let value = unescape(&a.value)
                .unwrap_or(Cow::Borrowed(&a.value))
                .into_owned();
            (a.key.0.to_owned(), value)
        })
    }
}

/// Goes through a document, however deep it is nested.
///
/// # Errors
/// [`Reason::Damaged`] where it is not XML; what `visit` returns.
pub fn walk(xml: &str, mut visit: impl FnMut(Node) -> Result<(), Reason>) -> Result<(), Reason> {
    let mut reader = Reader::from_str(xml);
    let config = reader.config_mut();
    config.check_end_names = false;
    config.allow_unmatched_ends = true;
    config.allow_dangling_amp = true;
    loop {
        match reader.read_event().map_err(|_| Reason::Damaged)? {
            Event::Start(tag) => visit(Node::Open(&Element { tag: &tag }))?,
            Event::Empty(tag) => {
                visit(Node::Open(&Element { tag: &tag }))?;
                visit(Node::Close(tag.name().0))?;
            }
            Event::End(tag) => visit(Node::Close(tag.name().0))?,
            Event::Text(text) => visit(Node::Text(&text.xml10_content()))?,
            Event::CData(text) => visit(Node::Text(&text.xml10_content()))?,
            Event::GeneralRef(reference) => {
                let character = reference.resolve_char_ref().ok().flatten();
                let name = reference.xml10_content();
                match (character, resolve_predefined_entity(&name)) {
                    (Some(c), _) => visit(Node::Text(c.encode_utf8(&mut [0; 4])))?,
                    (None, Some(text)) => visit(Node::Text(text))?,
                    (None, None) => visit(Node::Text(&format!("&{name};")))?,
                }
            }
            Event::Comment(_) | Event::Decl(_) | Event::PI(_) | Event::DocType(_) => {}
            Event::Eof => return Ok(()),
        }
    }
}

/// The characters of an XML file: by its mark, or by the encoding that it declares.
pub fn decode(bytes: &[u8]) -> charset::Decoded {
    charset::decode(bytes, declared(bytes))
}

/// The label of the encoding in an XML declaration.
fn declared(bytes: &[u8]) -> Option<&[u8]> {
    let head = &bytes[..bytes.len().min(256)];
    let end = head.windows(2).position(|w| w == b"?>")?;
    let at = head[..end].windows(8).position(|w| w == b"encoding")?;
    let mut quoted = head[at..end].split(|b| matches!(b, b'"' | b'\''));
    quoted.next()?;
    quoted.next()
}

/// Reads an XML file.
pub fn read(bytes: &[u8], options: &Options) -> Extraction {
    let decoded = decode(bytes);
    let rendition = text(&decoded.text, options).and_then(|text| plain::rendition(&text, options));
    let extraction = Extraction::new(Kind::Xml, rendition);
    match decoded.guessed {
        Some(charset) => extraction.with_reading(format!("charset {charset}")),
        None => extraction,
    }
}

fn text(xml: &str, options: &Options) -> Result<String, Reason> {
    let mut lines = Lines::new(options);
    walk(xml, |node| {
        match node {
            Node::Open(element) => {
                lines.line();
                for (name, value) in element.attributes() {
                    if name != "xmlns" && !name.starts_with("xmlns:") {
                        lines.words(&value);
                        lines.line();
                    }
                }
            }
            Node::Close(_) => lines.line(),
            Node::Text(text) => lines.words(text),
        }
        lines.check()
    })?;
    Ok(lines.finish())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::extraction::Limits;

    const OPTIONS: Options = Options {
        pages: false,
        limits: Limits::DEFAULT,
    };

    #[test]
    fn text_and_values_without_tags() {
        let xml = "<?xml version='1.0'?><!DOCTYPE a [<!ENTITY e 'x'>]><a xmlns='u' t='v &amp; w'>\
                   one<b>two &#233;&lt;</b><![CDATA[<three>]]><!-- no --> &e;</a>";
        assert_eq!(
            text(xml, &OPTIONS).unwrap(),
            "v & w\none\ntwo é<\n<three> &e;\n"
        );
        assert_eq!(text("<a><b", &OPTIONS), Err(Reason::Damaged));
    }

    #[test]
    fn the_declared_encoding_is_read() {
        let extraction = read(
            b"<?xml version='1.0' encoding='iso-8859-2'?><a>\xb3\xf3d\xbc</a>",
            &OPTIONS,
        );
        assert_eq!(extraction.text(), Some("łódź\n"));
        assert_eq!(extraction.reading.as_deref(), Some("charset ISO-8859-2"));
    }

    #[test]
    fn depth_costs_no_stack() {
        let deep = "<a>".repeat(200_000) + "core" + &"</a>".repeat(200_000);
        assert_eq!(text(&deep, &OPTIONS).unwrap(), "core\n");
    }
}
