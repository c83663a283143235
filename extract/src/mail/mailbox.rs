//! Mailboxes (MBOX): messages one after the other, each behind a line that begins with `From `.
//!
//! Such a line counts at the beginning of the file and behind an empty line, if a header follows it.
//! The bytes of a message are those between, as they are: a quoted `>From ` stays quoted. The text of a
//! mailbox is the names of its messages: their numbers and subjects.

use crate::archive::zip::container;
use crate::extraction::{Content, Extraction, Options, Part, Reason, Role};
use crate::kind::Kind;
use mail_parser::MessageParser;

/// Reads a mailbox.
pub fn read(bytes: &[u8], options: &Options) -> Extraction {
    let messages = messages(bytes);
    if messages.len() as u64 > u64::from(options.limits.parts) {
        return Extraction::unread(Kind::Mailbox, Reason::Limit);
    }
    let parser = MessageParser::default();
    let parts = messages.into_iter().enumerate().map(|(number, message)| {
        let head = parser.parse_headers(message);
        let subject = head.as_ref().and_then(|m| m.subject()).unwrap_or_default();
        let name = format!("{} {subject}", number + 1);
        Part {
            name: format!("{}.eml", name.trim()),
            role: Role::Message,
            content: Content::Bytes(message.to_vec()),
        }
    });
    container(Kind::Mailbox, parts.collect(), options)
}

/// The messages, without the lines before them.
fn messages(bytes: &[u8]) -> Vec<&[u8]> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let mut found = Vec::new();
    let mut begin = None;
    let mut at = 0;
    let mut behind_empty = true;
    while at < bytes.len() {
        let end = bytes[at..]
            .iter()
            .position(|&b| b == b'\n')
            .map_or(bytes.len(), |n| at + n + 1);
        let line = &bytes[at..end];
        if behind_empty && line.starts_with(b"From ") && (at == 0 || is_header(&bytes[end..])) {
            found.extend(begin.map(|begin| &bytes[begin..at]));
            begin = Some(end);
        }
        behind_empty = line.trim_ascii_end().is_empty();
        at = end;
    }
    found.extend(begin.map(|begin| &bytes[begin..]));
    found
}

/// Whether the next line is a header field.
fn is_header(rest: &[u8]) -> bool {
    let line = rest.split(|&b| b == b'\n').next().unwrap_or_default();
    let name = line.split(|&b| b == b':').next().unwrap_or_default();
    name.len() < line.len() && !name.is_empty() && name.iter().all(u8::is_ascii_graphic)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_marks_of_mailboxes_part_messages() {
        let mailbox = b"From a@b Mon\nSubject: x\n\nFrom here it is prose.\n>From quoted: y\n\nFrom c@d Tue\r\nSubject: z\r\n\r\nend";
        let found = messages(mailbox);
        assert_eq!(found.len(), 2);
        assert!(found[0].ends_with(b">From quoted: y\n\n"));
        assert_eq!(found[1], b"Subject: z\r\n\r\nend");
    }
}
