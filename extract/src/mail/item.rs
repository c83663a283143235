//! A message of Outlook: its text and its parts, and its form as an e-mail.
//!
//! A message within a message or a store is handed on as the e-mail that says the same (RFC 5322, MIME):
//! its own form cannot stand alone. Its bytes follow from the message alone.

use crate::extraction::{Content, Options, Part, Reason, Role};
use crate::office::rtf;
use crate::text::{charset, html};

/// What is read of a message.
#[derive(Clone, Default, Debug)]
pub struct Item {
    /// Names and values, in the order in which they are shown.
    pub headers: Vec<(&'static str, String)>,
    /// Plain text.
    pub plain: Option<String>,
    /// HTML, in the charset that it declares.
    pub html: Option<Vec<u8>>,
    /// RTF, unpacked.
    pub rtf: Option<Vec<u8>>,
    /// What is attached.
    pub attachments: Vec<Attached>,
}

/// An attachment.
#[derive(Clone, Debug)]
pub struct Attached {
    /// Its name.
    pub name: String,
    /// A file, a message, or why there is neither.
    pub content: Result<Held, Reason>,
}

impl Attached {
    /// It as a part of its message.
    fn part(&self) -> Part {
        let name = self.name.clone();
        let (name, role, content) = match &self.content {
            Ok(Held::File(bytes)) => (name, Role::Attachment, Content::Bytes(bytes.clone())),
            Ok(Held::Message(item)) => (
                super::as_mail(name),
                Role::Message,
                Content::Bytes(item.mail(1)),
            ),
            Err(reason) => (name, Role::Attachment, Content::Unread(*reason)),
        };
        Part {
            name,
            role,
            content,
        }
    }
}

/// What an attachment holds.
#[derive(Clone, Debug)]
pub enum Held {
    /// The bytes of a file.
    File(Vec<u8>),
    /// A message.
    Message(Box<Item>),
}

impl Item {
    /// The lines of the headers, an empty line and the body: the plain text, and the HTML or, without any, the RTF
    /// where it holds a word that the plain text does not.
    ///
    /// # Errors
    /// [`Reason::Limit`].
    pub fn text(&self, options: &Options) -> Result<(String, Vec<Part>), Reason> {
        let mut text = String::new();
        for (name, value) in &self.headers {
            super::header(&mut text, name, value);
        }
        text.push('\n');
        let (rich, mut parts) = self.rich(options)?;
        text.push_str(&self.body(&rich));
        parts.extend(self.attachments.iter().map(Attached::part));
        Ok((text, parts))
    }

    /// The text of the HTML or, without any, of the RTF, and the parts in it.
    fn rich(&self, options: &Options) -> Result<(String, Vec<Part>), Reason> {
        match (&self.html, &self.rtf) {
            (Some(bytes), _) => {
                let shown = html::shown(&html::decode(bytes).text, options)?;
                Ok((shown.text, shown.parts))
            }
            (None, Some(bytes)) => rtf::parse(bytes, options),
            (None, None) => Ok((String::new(), Vec::new())),
        }
    }

    /// The plain text, and behind it the other where it says more.
    fn body(&self, rich: &str) -> String {
        let mut body = self.plain.clone().unwrap_or_default();
        if super::says_more(&body, rich) {
            if !body.is_empty() && !body.ends_with('\n') {
                body.push('\n');
            }
            body.push_str(rich);
        }
        body
    }

    /// The same as an e-mail; `level` tells messages within messages apart.
    pub fn mail(&self, level: u32) -> Vec<u8> {
        let mut out = Vec::new();
        for (name, value) in &self.headers {
            let value = value.split_whitespace().collect::<Vec<_>>().join(" ");
            out.extend(format!("{name}: {value}\r\n").bytes());
        }
        let boundary = format!("=_{level}");
        out.extend(
            format!(
                "MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=\"{boundary}\"\r\n"
            )
            .bytes(),
        );
        let mut part = |head: &str, body: &[u8]| {
            out.extend(format!("\r\n--{boundary}\r\n{head}\r\n\r\n").bytes());
            out.extend_from_slice(body);
        };
        if let Some(plain) = &self.plain {
            part(
                "Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: base64",
                &base64(plain.as_bytes()),
            );
        }
        if let Some(html) = &self.html {
            let html = html::decode(html).text;
            part(
                "Content-Type: text/html; charset=utf-8\r\nContent-Transfer-Encoding: base64",
                &base64(html.as_bytes()),
            );
        } else if let Some(rtf) = self.rtf.as_ref().filter(|_| self.plain.is_none()) {
            part(&file("application/rtf", "body.rtf"), &base64(rtf));
        }
        for attached in &self.attachments {
            match &attached.content {
                Ok(Held::File(bytes)) => part(
                    &file("application/octet-stream", &attached.name),
                    &base64(bytes),
                ),
                Ok(Held::Message(item)) => {
                    part("Content-Type: message/rfc822", &item.mail(level + 1))
                }
                // An attachment of an unknown content is an entity that says so.
                Err(reason) => part(
                    &file(
                        "application/octet-stream",
                        &format!("{} ({reason})", attached.name),
                    ),
                    b"",
                ),
            }
        }
        out.extend(format!("\r\n--{boundary}--\r\n").bytes());
        out
    }
}

/// The headers of an attached file. Its name is percent-encoded (RFC 2231).
fn file(media_type: &str, name: &str) -> String {
    let mut encoded = String::new();
    for byte in name.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            encoded.push_str(&format!("%{byte:02X}"));
        }
    }
    format!(
        "Content-Type: {media_type}\r\nContent-Transfer-Encoding: base64\r\n\
         Content-Disposition: attachment; filename*=utf-8''{encoded}"
    )
}

/// Base64 in lines of 76 characters (RFC 2045).
fn base64(bytes: &[u8]) -> Vec<u8> {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = Vec::with_capacity(bytes.len() / 3 * 4 + bytes.len() / 28 + 4);
    for (line, chunk) in bytes.chunks(57).enumerate() {
        if line > 0 {
            out.extend(b"\r\n");
        }
        for group in chunk.chunks(3) {
            let byte = |at: usize| u32::from(group.get(at).copied().unwrap_or(0));
            let bits = byte(0) << 16 | byte(1) << 8 | byte(2);
            for digit in 0..4 {
                let index = bits >> (18 - 6 * digit) & 63;
                out.push(if digit > group.len() as u32 {
                    b'='
                } else {
                    DIGITS[index as usize]
                });
            }
        }
    }
    out
}

/// A string of 8-bit characters in the code page of that number, if it is known.
pub fn narrow(bytes: &[u8], code_page: Option<u32>) -> String {
    let bytes = bytes.strip_suffix(&[0]).unwrap_or(bytes);
    let label = match code_page {
        Some(65_001) => Some("utf-8".to_owned()),
        Some(932) => Some("shift_jis".to_owned()),
        Some(936) => Some("gbk".to_owned()),
        Some(949) => Some("euc-kr".to_owned()),
        Some(950) => Some("big5".to_owned()),
        Some(page) => Some(format!("windows-{page}")),
        None => None,
    };
    charset::decode(bytes, label.as_ref().map(String::as_bytes)).text
}

/// A time in units of 100 ns since 1601, in its ISO form.
pub fn iso(time: u64) -> String {
    let seconds = time / 10_000_000;
    let (days, rest) = (seconds / 86_400, seconds % 86_400);
    // Days since 1 March of year 0, in cycles of 400 years (Gregorian calendar).
    let days = days + 584_694;
    let (era, day) = (days / 146_097, days % 146_097);
    let year = (day - day / 1_460 + day / 36_524 - day / 146_096) / 365;
    let day = day - (365 * year + year / 4 - year / 100);
    let month = (5 * day + 2) / 153;
    let (day, month) = (
        day - (153 * month + 2) / 5 + 1,
        if month < 10 { month + 3 } else { month - 9 },
    );
    let year = year + era * 400 + u64::from(month <= 2);
    let (hour, minute, second) = (rest / 3_600, rest / 60 % 60, rest % 60);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::extraction::Limits;

    #[test]
    fn times() {
        assert_eq!(iso(0), "1601-01-01T00:00:00Z");
        assert_eq!(iso(116_444_736_000_000_000), "1970-01-01T00:00:00Z");
        assert_eq!(
            iso(133_536_384_000_000_000 + 863_990_000_000),
            "2024-02-29T23:59:59Z"
        );
    }

    #[test]
    fn an_item_and_its_mail_say_the_same() {
        let inner = Item {
            plain: Some("inner".into()),
            headers: vec![("Subject", "in".into())],
            ..Item::default()
        };
        let item = Item {
            headers: vec![
                ("From", "Ann <ann@example.com>".into()),
                ("Subject", "Gas für €".into()),
            ],
            plain: Some("see below".into()),
            html: Some(b"<meta charset=utf-8><p>see caf\xc3\xa9".to_vec()),
            attachments: vec![
                Attached {
                    name: "a b.txt".into(),
                    content: Ok(Held::File(b"file".to_vec())),
                },
                Attached {
                    name: "in".into(),
                    content: Ok(Held::Message(Box::new(inner))),
                },
            ],
            ..Item::default()
        };
        let options = Options {
            pages: false,
            limits: Limits::DEFAULT,
        };
        let (text, parts) = item.text(&options).unwrap();
        let mail = super::super::read(&item.mail(0), &options);
        assert_eq!(
            text,
            "From: Ann <ann@example.com>\nSubject: Gas für €\n\nsee below\nsee café\n"
        );
        let text = text
            .replace("\nsee café", "\nsee below\nsee café")
            .replacen("see below\n", "", 1);
        assert_eq!(mail.text(), Some(text.as_str()));
        assert_eq!(
            (&mail.parts[0], parts[0].name.as_str()),
            (&parts[0], "a b.txt")
        );
        let nested = super::super::read(
            match &mail.parts[1].content {
                Content::Bytes(b) => b,
                _ => panic!(),
            },
            &options,
        );
        assert_eq!(nested.text(), Some("Subject: in\n\ninner\n"));
    }
}
