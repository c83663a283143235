//! Properties of messages in a store.

use crate::extraction::{Options, Reason};
use crate::mail::item::{Attached, Held, Item, iso, narrow};
use crate::mail::msg::unpacked;
use outlook_pst::ltp::prop_context::PropertyValue;
use outlook_pst::ltp::table_context::{TableContext, TableRowColumnValue, TableRowData};
use outlook_pst::messaging::attachment::{Attachment, AttachmentData};
use outlook_pst::messaging::message::Message;
use outlook_pst::ndb::node_id::NodeId;
use std::io;
use std::rc::Rc;

/// The nodes that the rows of a table stand for.
pub fn nodes(table: &dyn TableContext) -> Vec<NodeId> {
    table
        .rows_matrix()
        .map(|row| NodeId::from(u32::from(row.id())))
        .collect()
}

fn text(value: &PropertyValue, code_page: Option<u32>) -> Option<String> {
    match value {
        PropertyValue::Unicode(text) => Some(text.to_string()),
        PropertyValue::String8(text) => Some(narrow(text.buffer(), code_page)),
        _ => None,
    }
    .map(|text| text.trim_end_matches('\0').to_owned())
    .filter(|text| !text.is_empty())
}

/// A name and an address, as far as they are there.
fn person(name: Option<String>, address: Option<String>) -> Option<String> {
    match (name, address.filter(|address| address.contains('@'))) {
        (Some(name), Some(address)) if name != address => Some(format!("{name} <{address}>")),
        (name, address) => address.or(name),
    }
}

/// A message without its attachments.
///
/// # Errors
/// [`Reason::Limit`].
pub fn item(message: &dyn Message, options: &Options) -> Result<Item, Reason> {
    let properties = message.properties();
    let code_page = [0x3ffd, 0x3fde]
        .into_iter()
        .find_map(|id| match properties.get(id) {
            Some(PropertyValue::Integer32(page)) => u32::try_from(*page).ok(),
            _ => None,
        });
    let string = |id: u16| properties.get(id).and_then(|value| text(value, code_page));
    let bytes = |id: u16| match properties.get(id) {
        Some(PropertyValue::Binary(bytes)) => Some(bytes.buffer().to_vec()),
        Some(value) => text(value, code_page).map(String::into_bytes),
        None => None,
    };
    let time = |id: u16| match properties.get(id) {
        Some(PropertyValue::Time(time)) => u64::try_from(*time).ok().map(iso),
        _ => None,
    };
    let mut item = Item::default();
    let from = person(string(0xc1a), string(0x5d01).or_else(|| string(0xc1f)));
    item.headers.extend(from.map(|from| ("From", from)));
    let mut lists = message
        .recipient_table()
        .map(|table| recipients(&**table, code_page))
        .unwrap_or_default();
    for (at, (name, shown)) in [("To", 0xe04), ("Cc", 0xe03), ("Bcc", 0xe02)]
        .into_iter()
        .enumerate()
    {
        let list = std::mem::take(&mut lists[at]);
        let value = if list.is_empty() {
            string(shown)
        } else {
            Some(list.join(", "))
        };
        item.headers.extend(value.map(|value| (name, value)));
    }
    let date = time(0x39).or_else(|| time(0xe06)).or_else(|| time(0x3007));
    item.headers.extend(date.map(|date| ("Date", date)));
    // A mark and a length stand before a subject with a prefix, such as `Re: `.
    let subject = string(0x37).map(|s| {
        s.strip_prefix('\u{1}')
            .map_or(s.clone(), |rest| rest.chars().skip(1).collect())
    });
    item.headers
        .extend(subject.map(|subject| ("Subject", subject)));
    item.plain = string(0x1000);
    item.html = bytes(0x1013);
    item.rtf = bytes(0x1009)
        .map(|packed| unpacked(&packed, options))
        .transpose()
        .or_else(|reason| match reason {
            Reason::Limit => Err(reason),
            _ => Ok(None),
        })?;
    Ok(item)
}

/// Those of a message, as To, Cc and Bcc.
fn recipients(table: &dyn TableContext, code_page: Option<u32>) -> [Vec<String>; 3] {
    let mut lists = [const { Vec::new() }; 3];
    let context = table.context();
    for row in table.rows_matrix() {
        let Ok(values) = row.columns(context) else {
            continue;
        };
        let (mut kind, mut name, mut address, mut other) = (1, None, None, None);
        for (column, value) in context.columns().iter().zip(values) {
            let wanted = matches!(column.prop_id(), 0xc15 | 0x3001 | 0x3003 | 0x39fe);
            let Some(value) = value
                .filter(|_| wanted)
                .and_then(|value| table.read_column(&value, column.prop_type()).ok())
            else {
                continue;
            };
            match (column.prop_id(), &value) {
                (0xc15, PropertyValue::Integer32(number)) => kind = *number,
                (0x3001, value) => name = text(value, code_page),
                (0x3003, value) => other = text(value, code_page),
                (_, value) => address = text(value, code_page),
            }
        }
        let list = usize::try_from(kind)
            .ok()
            .and_then(|kind| lists.get_mut(kind.wrapping_sub(1)));
        if let (Some(list), Some(person)) = (list, person(name, address.or(other))) {
            list.push(person);
        }
    }
    lists
}

/// The attachments that a table lists, each with the method by which it is attached ([MS-OXCMSG] 2.2.2.9).
pub fn listed(table: &dyn TableContext) -> Vec<(NodeId, Option<i32>)> {
    let context = table.context();
    let method = |row: &TableRowData| {
        let values = row.columns(context).ok()?;
        let mut columns = context.columns().iter().zip(values);
        columns.find_map(|(column, value)| match (column.prop_id(), value) {
            (0x3705, Some(TableRowColumnValue::Small(PropertyValue::Integer32(number)))) => {
                Some(number)
            }
            _ => None,
        })
    };
    table
        .rows_matrix()
        .map(|row| (NodeId::from(u32::from(row.id())), method(row)))
        .collect()
}

/// The method of an attachment that is a message.
const IS_MESSAGE: i32 = 5;

/// An attachment of a message, which `read` opens unless it is a message itself.
pub fn attached(
    method: Option<i32>,
    read: impl FnOnce() -> io::Result<Rc<dyn Attachment>>,
) -> Attached {
    let unread = |name: &str, reason| Attached {
        name: name.to_owned(),
        content: Err(reason),
    };
    match method {
        Some(IS_MESSAGE) => return unread("attached message", Reason::UnsupportedType),
        Some(_) => {}
        None => return unread("attachment", Reason::Damaged),
    }
    let Ok(attachment) = read() else {
        return unread("attachment", Reason::Damaged);
    };
    let properties = attachment.properties();
    let name = [0x3707, 0x3704, 0x3001]
        .into_iter()
        .find_map(|id| properties.get(id).and_then(|v| text(v, None)));
    let content = match attachment.data() {
        Some(AttachmentData::Binary(bytes)) => Ok(Held::File(bytes.buffer().to_vec())),
        Some(AttachmentData::Message(_)) | None => Err(Reason::UnsupportedType),
    };
    Attached {
        name: name.unwrap_or_else(|| "attachment".to_owned()),
        content,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_attached_message_is_not_opened() {
        let opened = || -> io::Result<Rc<dyn Attachment>> { panic!("it would wait for ever") };
        let message = attached(Some(IS_MESSAGE), opened);
        assert_eq!(message.content.err(), Some(Reason::UnsupportedType));
        let unknown = attached(None, opened);
        assert_eq!(unknown.content.err(), Some(Reason::Damaged));
        let file = attached(Some(1), || Err(io::ErrorKind::NotFound.into()));
        assert_eq!(file.content.err(), Some(Reason::Damaged));
    }
}
