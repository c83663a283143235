//! AppleSingle (RFC 1740): a file, its name and its attributes in one. AppleDouble holds the attributes only.

use crate::archive::zip::container;
use crate::extraction::{Content, Extraction, Options, Part, Reason, Role};
use crate::kind::Kind;
use crate::text::charset;

const DATA_FORK: u32 = 1;
const REAL_NAME: u32 = 3;

/// Reads the file in it.
pub fn read(bytes: &[u8], options: &Options) -> Extraction {
    let Some(data) = entry(bytes, DATA_FORK).filter(|data| !data.is_empty()) else {
        return Extraction::unread(Kind::AppleFile, Reason::UnsupportedType);
    };
    let name =
        entry(bytes, REAL_NAME).map_or("file".to_owned(), |name| charset::decode(name, None).text);
    let part = Part {
        name,
        role: Role::Entry,
        content: Content::Bytes(data.to_vec()),
    };
    container(Kind::AppleFile, vec![part], options)
}

/// The bytes of an entry, by its number.
fn entry(bytes: &[u8], wanted: u32) -> Option<&[u8]> {
    let count = usize::from(u16::from_be_bytes(*bytes.get(24..)?.first_chunk()?));
    let (entries, _) = bytes.get(26..)?.as_chunks::<12>();
    let number =
        |entry: &[u8; 12], at: usize| entry[at..].first_chunk().map(|b| u32::from_be_bytes(*b));
    let entry = entries
        .iter()
        .take(count)
        .find(|entry| number(entry, 0) == Some(wanted))?;
    bytes
        .get(number(entry, 4)? as usize..)?
        .get(..number(entry, 8)? as usize)
}
