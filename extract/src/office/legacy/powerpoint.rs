//! PowerPoint 97 to 2003 ([MS-PPT]): the texts of its records.
//!
//! Records nest; those that hold text are taken in the order of the stream, whatever they belong to:
//! slides, notes, masters, comments, headers. A file that was saved by appending holds earlier states of its
//! slides, and they are read, too. Embedded OLE objects, which are compressed, and embedded files are parts.

use crate::extraction::{Content, Extraction, Options, Part, Reason, Role};
use crate::kind::Kind;
use crate::office::ole::Compound;
use crate::text::lines::Lines;
use crate::text::plain;
use encoding_rs::{UTF_16LE, WINDOWS_1252};
use flate2::read::ZlibDecoder;
use std::io::Read;

const TEXT_CHARS: u16 = 0x0fa0;
const TEXT_BYTES: u16 = 0x0fa8;
const STRING: u16 = 0x0fba;
const OLE_OBJECT: u16 = 0x1011;
/// The header token of a current user whose document is encrypted.
const ENCRYPTED: u32 = 0xf3d1_c4df;

/// Reads a presentation.
pub fn read(bytes: &[u8], options: &Options) -> Extraction {
    match parse(bytes, options) {
        Ok((text, parts)) => {
            Extraction::new(Kind::Ppt, plain::rendition(&text, options)).with_parts(parts)
        }
        Err(reason) => Extraction::unread(Kind::Ppt, reason),
    }
}

fn parse(bytes: &[u8], options: &Options) -> Result<(String, Vec<Part>), Reason> {
    let mut file = Compound::open(bytes, options)?;
    let user = file.read("/Current User")?.unwrap_or_default();
    let token = user
        .get(12..16)
        .and_then(|b| b.first_chunk())
        .map(|b| u32::from_le_bytes(*b));
    if token == Some(ENCRYPTED) || file.has("/EncryptedSummary") {
        return Err(Reason::Encrypted);
    }
    let stream = file.read("/PowerPoint Document")?.ok_or(Reason::Damaged)?;
    let mut lines = Lines::new(options);
    let mut parts = Vec::new();
    let mut left = options.limits.unpacked_bytes;
    walk(&stream, |kind, instance, data| {
        match kind {
            TEXT_CHARS | STRING => put(&UTF_16LE.decode_without_bom_handling(data).0, &mut lines),
            TEXT_BYTES => put(
                &WINDOWS_1252.decode_without_bom_handling(data).0,
                &mut lines,
            ),
            OLE_OBJECT => {
                if parts.len() as u64 >= u64::from(options.limits.parts) {
                    return Err(Reason::Limit);
                }
                let content =
                    object(data, instance, &mut left).map_or_else(Content::Unread, Content::Bytes);
                parts.push(Part {
                    name: format!("object {}", parts.len() + 1),
                    role: Role::Embedded,
                    content,
                });
            }
            _ => {}
        }
        lines.check()
    })?;
    Ok((lines.finish(), parts))
}

/// Calls `visit` with the kind, instance and data of every record that is no container, in order.
fn walk(
    stream: &[u8],
    mut visit: impl FnMut(u16, u16, &[u8]) -> Result<(), Reason>,
) -> Result<(), Reason> {
    let mut at = 0;
    while let Some(&[a, b, c, d, e, f, g, h]) = stream.get(at..).and_then(<[u8]>::first_chunk) {
        let options = u16::from_le_bytes([a, b]);
        let kind = u16::from_le_bytes([c, d]);
        let length = u32::from_le_bytes([e, f, g, h]) as usize;
        at += 8;
        // A container's records follow its header: going on there visits them.
        if options & 0xf == 0xf {
            continue;
        }
        let Some(data) = stream.get(at..).and_then(|s| s.get(..length)) else {
            return Err(Reason::Damaged);
        };
        visit(kind, options >> 4, data)?;
        at += length;
    }
    Ok(())
}

fn put(text: &str, lines: &mut Lines) {
    // An asterisk alone is a placeholder of a number or a date.
    if text != "*" {
        lines.verbatim(&text.replace(['\r', '\u{b}'], "\n"));
        lines.line();
    }
}

/// An object's compound file; of instance 1 it is compressed behind its size.
fn object(data: &[u8], instance: u16, left: &mut u64) -> Result<Vec<u8>, Reason> {
    let mut bytes = Vec::new();
    if instance == 1 {
        // Some writers leave out the end of the compressed stream: what counts is the stated size.
        let (size, packed) = data.split_first_chunk::<4>().ok_or(Reason::Damaged)?;
        let size = u64::from(u32::from_le_bytes(*size));
        if size > *left {
            return Err(Reason::Limit);
        }
        ZlibDecoder::new(packed)
            .take(size)
            .read_to_end(&mut bytes)
            .map_err(|_| Reason::Damaged)?;
    } else {
        bytes.extend_from_slice(data);
    }
    let length = bytes.len() as u64;
    if length > *left {
        return Err(Reason::Limit);
    }
    *left -= length;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(options: u16, kind: u16, data: &[u8]) -> Vec<u8> {
        let length = u32::try_from(data.len()).unwrap();
        [
            &options.to_le_bytes()[..],
            &kind.to_le_bytes(),
            &length.to_le_bytes(),
            data,
        ]
        .concat()
    }

    #[test]
    fn texts_within_containers() {
        let inner = [record(0, TEXT_BYTES, b"caf\xe9"), record(0, 1, b"x")].concat();
        let stream = [
            record(0xf, 1000, &inner),
            record(0x10, TEXT_CHARS, b"\xac\x20"),
        ]
        .concat();
        let mut found = Vec::new();
        walk(&stream, |kind, instance, data| {
            found.push((kind, instance, data.to_vec()));
            Ok(())
        })
        .unwrap();
        let wanted = [
            (TEXT_BYTES, 0, b"caf\xe9".to_vec()),
            (1, 0, b"x".to_vec()),
            (TEXT_CHARS, 1, b"\xac\x20".to_vec()),
        ];
        assert_eq!(found, wanted);
        assert_eq!(
            walk(&stream[..stream.len() - 1], |_, _, _| Ok(())),
            Err(Reason::Damaged)
        );
    }
}
