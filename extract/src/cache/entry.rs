//! The bytes of an entry.
//!
//! | field | bytes | |
//! |---|---|---|
//! | magic | 8 | `DUCESXC` and the version, `01` |
//! | key | 32 | the digest under which it is kept |
//! | length | 8 | bytes of the family before it is compressed |
//! | family | | zlib: count `u32`, then the members |
//! | checksum | 32 | SHA-256 of all before it |
//!
//! A member is a parent (flag, `u32`), a depth (`u32`), a name, a role, a kind and a reading (each but
//! the name behind a flag), bytes (flag, count `u64`, SHA-256) and a rendition, spelled as in an answer.

use super::{CachedMember, ENTRY_BYTES, Key};
use crate::extraction::Role;
use crate::frame::read::Reader;
use crate::frame::{Malformed, put_name, put_rendition, put_short};
use crate::kind::Kind;
use flate2::Compression;
use flate2::read::ZlibDecoder;
use flate2::write::ZlibEncoder;
use sha2::{Digest, Sha256};
use std::io::{Read, Write};

const MAGIC: [u8; 8] = *b"DUCESXC\x01";

/// Bytes before the compressed family.
const HEAD_BYTES: usize = 48;

/// The entry of a family; none if it is too large.
pub fn seal(family: &[CachedMember], key: &Key) -> Option<Vec<u8>> {
    sealed(&spelled(family)?, key)
}

/// The family of an entry; none if it is not sound.
pub fn open(bytes: &[u8], key: &Key) -> Option<Vec<CachedMember>> {
    let (sealed, checksum) = bytes.split_last_chunk::<32>()?;
    let (head, compressed) = sealed.split_at_checked(HEAD_BYTES)?;
    let length = u64::from_le_bytes(*head.last_chunk()?);
    let is_mine = head[..8] == MAGIC && head[8..40] == key.digest;
    if !is_mine || length > ENTRY_BYTES || Sha256::digest(sealed)[..] != checksum[..] {
        return None;
    }
    let mut body = Vec::new();
    let mut decoder = ZlibDecoder::new(compressed);
    // One byte more shows that there is more than was stated.
    let read = decoder.by_ref().take(length + 1).read_to_end(&mut body);
    let is_whole = decoder.total_in() == compressed.len() as u64;
    if read.is_err() || body.len() as u64 != length || !is_whole {
        return None;
    }
    read_family(&body, key).ok()
}

/// The bytes of a family.
pub(super) fn spelled(family: &[CachedMember]) -> Option<Vec<u8>> {
    let mut out = u32::try_from(family.len()).ok()?.to_le_bytes().to_vec();
    for member in family {
        out.push(u8::from(member.parent.is_some()));
        out.extend(member.parent.unwrap_or(0).to_le_bytes());
        out.extend(member.depth.to_le_bytes());
        put_name(&mut out, &member.name);
        let words = [member.role.map(Role::name), member.kind.map(Kind::name)];
        for word in words {
            out.push(u8::from(word.is_some()));
            if let Some(word) = word {
                put_short(&mut out, word);
            }
        }
        out.push(u8::from(member.reading.is_some()));
        if let Some(reading) = &member.reading {
            put_name(&mut out, reading);
        }
        out.push(u8::from(member.bytes.is_some()));
        if let Some((count, digest)) = &member.bytes {
            out.extend(count.to_le_bytes());
            out.extend(digest);
        }
        out.push(u8::from(member.page.is_some()));
        out.extend(member.page.unwrap_or(0).to_le_bytes());
        put_rendition(&mut out, &member.rendition)?;
        if out.len() as u64 > ENTRY_BYTES {
            return None;
        }
    }
    Some(out)
}

/// An entry with this family.
pub(super) fn sealed(body: &[u8], key: &Key) -> Option<Vec<u8>> {
    let mut out = MAGIC.to_vec();
    out.extend(key.digest);
    out.extend((body.len() as u64).to_le_bytes());
    let mut encoder = ZlibEncoder::new(out, Compression::fast());
    encoder.write_all(body).ok()?;
    let mut out = encoder.finish().ok()?;
    let checksum = Sha256::digest(&out);
    out.extend(checksum);
    (out.len() as u64 <= ENTRY_BYTES).then_some(out)
}

pub(super) fn read_family(body: &[u8], key: &Key) -> Result<Vec<CachedMember>, Malformed> {
    let mut reader = Reader::new(body);
    let count = reader.u32()?;
    // Parts, as many lines for further ones, and the file with its own line.
    if u64::from(count) > 2 * (u64::from(key.limits.parts) + 1) {
        return reader.refuse("there are too many members");
    }
    let mut family: Vec<CachedMember> = Vec::new();
    for place in 0..count {
        let member = member(&mut reader, key)?;
        let expected = match member.parent {
            // A holder comes before what it holds.
            Some(parent) if parent < place => Some(family[parent as usize].depth + 1),
            None if place == 0 => Some(0),
            _ => None,
        };
        let is_first_or_part = member.role.is_some() == member.parent.is_some();
        if expected != Some(member.depth) || !is_first_or_part {
            return reader.refuse("this is no order of a family");
        }
        family.push(member);
    }
    reader.end()?;
    Ok(family)
}

fn member(reader: &mut Reader<'_>, key: &Key) -> Result<CachedMember, Malformed> {
    let parent = match (reader.flag()?, reader.u32()?) {
        (true, parent) => Some(parent),
        (false, 0) => None,
        (false, _) => return reader.refuse("a file has no parent"),
    };
    let depth = reader.u32()?;
    let name = reader.name()?.to_owned();
    let role = match reader.flag()? {
        true => Some(reader.role()?),
        false => None,
    };
    let kind = match reader.flag()? {
        true => Some(reader.kind()?),
        false => None,
    };
    let reading = match reader.flag()? {
        true => Some(reader.name()?.to_owned()),
        false => None,
    };
    let bytes = match reader.flag()? {
        true => Some((reader.u64()?, reader.array()?)),
        false => None,
    };
    let page = match (reader.flag()?, reader.u32()?) {
        (true, page) => Some(page),
        (false, 0) => None,
        (false, _) => return reader.refuse("what is no page has a number"),
    };
    Ok(CachedMember {
        parent,
        depth,
        name,
        role,
        kind,
        reading,
        bytes,
        page,
        rendition: reader.rendition(&key.limits)?,
    })
}
