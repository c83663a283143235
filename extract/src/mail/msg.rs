//! Outlook items in a file of their own ([MS-OXMSG]): messages, appointments, contacts, notes.
//!
//! Read are the addresses, dates and subject as headers, the bodies (see [`Item::text`]), the fields of
//! a contact, and all attachments: files, messages within the message, and OLE objects. Custom fields
//! of an organisation are left out.

use crate::extraction::{Extraction, Options, Reason};
use crate::kind::Kind;
use crate::mail::item::{Attached, Held, Item, iso, narrow};
use crate::office::ole::{self, Compound};
use crate::text::plain;
use encoding_rs::UTF_16LE;

mod rtf;

pub use rtf::unpacked;

/// Reads an item.
pub fn read(bytes: &[u8], options: &Options) -> Extraction {
    let read = || -> Result<_, Reason> {
        let mut file = Compound::open(bytes, options)?;
        item(&mut file, "", 0, options)?.text(options)
    };
    match read() {
        Ok((text, parts)) => {
            Extraction::new(Kind::Msg, plain::rendition(&text, options)).with_parts(parts)
        }
        Err(reason) => Extraction::unread(Kind::Msg, reason),
    }
}

/// The properties of a storage.
struct Properties<'f, 'b> {
    file: &'f mut Compound<'b>,
    storage: String,
    /// Those of fixed size: sixteen bytes each.
    fixed: Vec<u8>,
    code_page: Option<u32>,
}

impl<'f, 'b> Properties<'f, 'b> {
    fn open(file: &'f mut Compound<'b>, storage: &str) -> Result<Self, Reason> {
        let stream = file
            .read(&format!("{storage}/__properties_version1.0"))?
            .unwrap_or_default();
        // A header of 32, 24 or 8 bytes precedes them: at the top, within a message, elsewhere.
        let header = match (storage.is_empty(), stream.len() % 16) {
            (true, _) => 32,
            (false, 8) if storage.ends_with("3701000D") => 24,
            _ => 8,
        };
        let fixed = stream.get(header..).unwrap_or_default().to_vec();
        let mut properties = Self {
            file,
            storage: storage.to_owned(),
            fixed,
            code_page: None,
        };
        properties.code_page = properties
            .number(0x3ffd)
            .or_else(|| properties.number(0x3fde));
        Ok(properties)
    }

    fn value(&self, id: u16, kind: u16) -> Option<[u8; 8]> {
        let (entries, _) = self.fixed.as_chunks::<16>();
        let found = entries
            .iter()
            .find(|e| e[..2] == kind.to_le_bytes() && e[2..4] == id.to_le_bytes())?;
        found[8..].first_chunk().copied()
    }

    fn number(&self, id: u16) -> Option<u32> {
        self.value(id, 3)
            .and_then(|v| v.first_chunk().map(|v| u32::from_le_bytes(*v)))
    }

    fn time(&self, id: u16) -> Option<String> {
        self.value(id, 0x40).map(|v| iso(u64::from_le_bytes(v)))
    }

    fn bytes(&mut self, id: u16) -> Result<Option<Vec<u8>>, Reason> {
        self.file
            .read(&format!("{}/__substg1.0_{id:04X}0102", self.storage))
    }

    fn string(&mut self, id: u16) -> Result<Option<String>, Reason> {
        let path = format!("{}/__substg1.0_{id:04X}", self.storage);
        if let Some(wide) = self.file.read(&format!("{path}001F"))? {
            return Ok(Some(
                UTF_16LE.decode_without_bom_handling(&wide).0.into_owned(),
            ));
        }
        Ok(self
            .file
            .read(&format!("{path}001E"))?
            .map(|bytes| narrow(&bytes, self.code_page)))
    }

    /// A name and an address, as far as they are there.
    fn person(&mut self, name: u16, addresses: [u16; 2]) -> Result<Option<String>, Reason> {
        let name = self.string(name)?.filter(|n| !n.is_empty());
        let mut address = None;
        for id in addresses {
            address = address.or(self.string(id)?.filter(|a| a.contains('@')));
        }
        Ok(match (name, address) {
            (Some(name), Some(address)) if name != address => Some(format!("{name} <{address}>")),
            (name, address) => address.or(name),
        })
    }
}

/// Properties that hold text of contacts.
const CONTACT: std::ops::Range<u16> = 0x3a00..0x3a60;

/// Reads the item in a storage, which is `level` messages deep.
fn item(file: &mut Compound, storage: &str, level: u32, options: &Options) -> Result<Item, Reason> {
    let entries = file.list(if storage.is_empty() { "/" } else { storage });
    let mut recipients = [const { Vec::new() }; 3];
    for (name, _) in entries
        .iter()
        .filter(|(name, _)| name.starts_with("__recip_version1.0_"))
    {
        let mut recipient = Properties::open(file, &format!("{storage}/{name}"))?;
        let kind = recipient.number(0xc15).unwrap_or(1);
        let person = recipient.person(0x3001, [0x39fe, 0x3003])?;
        let list = usize::try_from(kind)
            .ok()
            .and_then(|kind| recipients.get_mut(kind.wrapping_sub(1)));
        if let (Some(list), Some(person)) = (list, person) {
            list.push(person);
        }
    }
    let mut properties = Properties::open(file, storage)?;
    let mut item = Item::default();
    let from = properties
        .person(0xc1a, [0x5d01, 0xc1f])?
        .or(properties.person(0x42, [0x5d02, 0x65])?);
    item.headers.extend(from.map(|from| ("From", from)));
    for ((name, shown), list) in [("To", 0xe04), ("Cc", 0xe03), ("Bcc", 0xe02)]
        .into_iter()
        .zip(recipients)
    {
        let value = if list.is_empty() {
            properties.string(shown)?.unwrap_or_default()
        } else {
            list.join(", ")
        };
        if !value.is_empty() {
            item.headers.push((name, value));
        }
    }
    let date = properties
        .time(0x39)
        .or_else(|| properties.time(0xe06))
        .or_else(|| properties.time(0x3007));
    item.headers.extend(date.map(|date| ("Date", date)));
    item.headers
        .extend(properties.string(0x37)?.map(|subject| ("Subject", subject)));
    let mut plain = properties.string(0x1000)?.unwrap_or_default();
    for id in CONTACT {
        if let Some(value) = properties.string(id)?.filter(|value| !value.is_empty()) {
            plain.push_str(if plain.is_empty() || plain.ends_with('\n') {
                ""
            } else {
                "\n"
            });
            plain.push_str(&value);
        }
    }
    item.plain = Some(plain).filter(|plain| !plain.is_empty());
    item.html = properties
        .bytes(0x1013)?
        .or(properties.string(0x1013)?.map(String::into_bytes));
    let packed = properties.bytes(0x1009)?;
    item.rtf = packed
        .map(|packed| unpacked(&packed, options))
        .transpose()?;
    for (name, _) in entries
        .iter()
        .filter(|(name, _)| name.starts_with("__attach_version1.0_"))
    {
        item.attachments.extend(attached(
            file,
            &format!("{storage}/{name}"),
            level,
            options,
        )?);
    }
    Ok(item)
}

/// The attachments in a storage: one file or message, or what an OLE object holds.
fn attached(
    file: &mut Compound,
    storage: &str,
    level: u32,
    options: &Options,
) -> Result<Vec<Attached>, Reason> {
    let mut properties = Properties::open(file, storage)?;
    let mut name = None;
    for id in [0x3707, 0x3704, 0x3001] {
        name = name.or(properties.string(id)?.filter(|name| !name.is_empty()));
    }
    let name = name.unwrap_or_else(|| "attachment".to_owned());
    if let Some(bytes) = properties.bytes(0x3701)? {
        return Ok(vec![Attached {
            name,
            content: Ok(Held::File(bytes)),
        }]);
    }
    let inner = format!("{storage}/__substg1.0_3701000D");
    if !file.has(&format!("{inner}/__properties_version1.0")) {
        let objects = ole::objects(file, &inner)?;
        let held = objects.into_iter().map(|part| match part.content {
            crate::Content::Bytes(bytes) => Attached {
                name: part.name,
                content: Ok(Held::File(bytes)),
            },
            _ => Attached {
                name: part.name,
                content: Err(Reason::Damaged),
            },
        });
        let held: Vec<_> = held.collect();
        // A link, or an object that only its own program reads.
        let none = vec![Attached {
            name,
            content: Err(Reason::UnsupportedType),
        }];
        return Ok(if held.is_empty() { none } else { held });
    }
    let content = if level >= options.limits.depth {
        Err(Reason::Limit)
    } else {
        item(file, &inner, level + 1, options).map(|item| Held::Message(Box::new(item)))
    };
    Ok(vec![Attached { name, content }])
}
