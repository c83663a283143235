//! Types of text, told by how the text opens.

use super::found::Found;
use crate::kind::Kind;
use crate::text::charset;

/// How far a header block is searched, in bytes.
const HEADER_BYTES: usize = 64 << 10;
/// How much of a text is looked at for markup.
const HEAD_BYTES: usize = 4 << 10;

/// Decides between the types of text.
pub fn find(bytes: &[u8], extension: &str) -> Found {
    let head = charset::head(bytes, HEAD_BYTES);
    let head = head.trim_start_matches('\u{feff}').trim_start();
    if head.starts_with("{\\rtf") {
        return Kind::Rtf.into();
    }
    if let Some(found) = mail(bytes, extension) {
        return found;
    }
    if is_load_file(head) {
        return Kind::LoadFile.into();
    }
    if let Some(kind) = markup(head) {
        return kind.into();
    }
    by_name(extension, head)
}

/// What the extension alone decides.
fn by_name(extension: &str, head: &str) -> Found {
    let named = |kind, by_name| Found {
        kind,
        by_name: Some(by_name),
    };
    match extension {
        "csv" => named(Kind::Csv, ".csv"),
        "tsv" | "tab" => named(Kind::Tsv, ".tsv"),
        "html" | "htm" | "xhtml" if head.contains('<') => named(Kind::Html, ".html"),
        "xml" if head.starts_with('<') => named(Kind::Xml, ".xml"),
        _ => Kind::Text.into(),
    }
}

/// An e-mail or a mailbox.
fn mail(bytes: &[u8], extension: &str) -> Option<Found> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let rest = without_from_line(bytes);
    let mailbox = rest.len() < bytes.len();
    if is_mail(rest, mailbox) {
        let kind = if mailbox { Kind::Mailbox } else { Kind::Email };
        return Some(kind.into());
    }
    if mailbox && matches!(extension, "mbox" | "mbx") {
        return Some(Found {
            kind: Kind::Mailbox,
            by_name: Some(".mbox"),
        });
    }
    let by_name = match extension {
        "eml" => ".eml",
        "mht" => ".mht",
        "mhtml" => ".mhtml",
        _ => return None,
    };
    is_mail(bytes, true).then_some(Found {
        kind: Kind::Email,
        by_name: Some(by_name),
    })
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
/// extension or a line `From ` says so already.
fn is_mail(bytes: &[u8], any: bool) -> bool {
    let [mut from, mut date, mut id, mut mime] = [false; 4];
    for (number, line) in bytes[..bytes.len().min(HEADER_BYTES)]
        .split(|&b| b == b'\n')
        .enumerate()
    {
        if number > 0 && line.first().is_some_and(|b| matches!(b, b' ' | b'\t')) {
            continue;
        }
        let Some(name) = field_name(line) else {
            return false;
        };
        let is = |wanted: &str| name.eq_ignore_ascii_case(wanted.as_bytes());
        from |= is("From");
        date |= is("Date");
        id |= is("Message-ID");
        mime |= is("MIME-Version");
        let transport = is("Received") || is("Return-Path") || is("Delivered-To");
        if any || transport || (from && date && (id || mime)) {
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

/// A first line of names between thorns, the delimiters of Concordance.
fn is_load_file(head: &str) -> bool {
    let line = head.lines().next().unwrap_or_default();
    line.starts_with('þ') && line.trim_end().ends_with('þ') && line.contains("þ\u{14}þ")
}

/// HTML and XML by their first tag.
fn markup(head: &str) -> Option<Kind> {
    let mut rest = head;
    let mut declared = false;
    // What may stand before the first tag: declarations, instructions, comments.
    while let Some(more) = rest
        .strip_prefix("<?")
        .map(|r| (r, "?>"))
        .or_else(|| rest.strip_prefix("<!--").map(|r| (r, "-->")))
    {
        let (inside, end) = more;
        declared |= inside.starts_with("xml");
        match inside.split_once(end) {
            Some((_, after)) => rest = after.trim_start(),
            None => return declared.then_some(Kind::Xml),
        }
    }
    let lower = rest
        .get(..rest.floor_char_boundary(64))
        .unwrap_or_default()
        .to_ascii_lowercase();
    if let Some(doctype) = lower.strip_prefix("<!doctype") {
        let html = doctype.trim_start().starts_with("html");
        return Some(if html { Kind::Html } else { Kind::Xml });
    }
    let tag = lower.strip_prefix('<')?;
    let end = tag
        .find(|c: char| !c.is_ascii_alphanumeric())
        .unwrap_or(tag.len());
    let html = [
        "html", "head", "body", "title", "meta", "script", "style", "table", "div", "p", "h1", "a",
        "link", "font", "center", "br", "span",
    ];
    match tag.get(..end) {
        _ if declared => Some(if &tag[..end] == "html" {
            Kind::Html
        } else {
            Kind::Xml
        }),
        Some(name)
            if html.contains(&name)
                && tag[end..].starts_with([' ', '>', '/', '\n', '\r', '\t']) =>
        {
            Some(Kind::Html)
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kind(text: &str, extension: &str) -> Kind {
        find(text.as_bytes(), extension).kind
    }

    #[test]
    fn content_decides_before_the_name() {
        assert_eq!(kind("  <!DOCTYPE HTML>", "txt"), Kind::Html);
        assert_eq!(
            kind("<?xml version='1.0'?><!-- c --><html xmlns='x'>", ""),
            Kind::Html
        );
        assert_eq!(kind("<?xml version='1.0'?><a/>", "html"), Kind::Xml);
        assert_eq!(kind("<svg xmlns='x'/>", "xml"), Kind::Xml);
        assert_eq!(kind("a < b", "txt"), Kind::Text);
        assert_eq!(kind("a;b", "csv"), Kind::Csv);
        assert_eq!(kind("anything", "html"), Kind::Text);
        assert_eq!(kind("þBEGDOCþ\u{14}þENDDOCþ\r\n", ""), Kind::LoadFile);
    }

    #[test]
    fn mail_is_told_from_prose() {
        assert_eq!(
            kind("Return-Path: <a@b>\nSubject: x\n\nbody", "txt"),
            Kind::Email
        );
        assert_eq!(
            kind("From: a\nTo: b\nDate: c\nMessage-ID: <d>\n\nbody", ""),
            Kind::Email
        );
        assert_eq!(
            kind("Subject: gas\nplease confirm\nReceived: no\n", "txt"),
            Kind::Text
        );
        assert_eq!(kind("Subject: gas\n\nbody", "eml"), Kind::Email);
        assert_eq!(kind("no field here", "eml"), Kind::Text);
        assert_eq!(
            kind("From a@b Mon Jan 1\nReceived: x\n\nbody", "txt"),
            Kind::Mailbox
        );
        assert_eq!(
            kind("From here on it is prose.\nReally.", "txt"),
            Kind::Text
        );
    }
}
