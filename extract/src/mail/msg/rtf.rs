//! RTF as Outlook packs it ([MS-OXRTFCP]).

use crate::extraction::{Options, Reason};

/// What the dictionary holds before the first byte.
const START: &[u8] = b"{\\rtf1\\ansi\\mac\\deff0\\deftab720{\\fonttbl;}{\\f0\\fnil \\froman \\fswiss \\fmodern \\fscript \
\\fdecor MS Sans SerifSymbolArialTimes New RomanCourier{\\colortbl\\red0\\green0\\blue0\r\n\\par \\pard\\plain\\f0\\fs20\\b\\i\\u\\tab\\tx";
const DICTIONARY: usize = 4096;
const PACKED: &[u8] = b"LZFu";
const STORED: &[u8] = b"MELA";

/// The RTF.
///
/// # Errors
/// [`Reason::Damaged`], [`Reason::Limit`].
pub fn unpacked(bytes: &[u8], options: &Options) -> Result<Vec<u8>, Reason> {
    let (head, body) = bytes.split_at_checked(16).ok_or(Reason::Damaged)?;
    match &head[8..12] {
        STORED => return Ok(body.to_vec()),
        PACKED => {}
        _ => return Err(Reason::Damaged),
    }
    let mut dictionary = [0; DICTIONARY];
    dictionary[..START.len()].copy_from_slice(START);
    let mut write = START.len();
    let mut out = Vec::new();
    let mut rest = body;
    while let Some((&flags, after)) = rest.split_first() {
        rest = after;
        for bit in 0..8 {
            if flags >> bit & 1 == 0 {
                let Some((&byte, after)) = rest.split_first() else {
                    return Ok(out);
                };
                rest = after;
                dictionary[write] = byte;
                write = (write + 1) % DICTIONARY;
                out.push(byte);
                continue;
            }
            let Some((&[a, b], after)) = rest.split_first_chunk() else {
                return Ok(out);
            };
            rest = after;
            let token = usize::from(u16::from_be_bytes([a, b]));
            let (from, length) = (token >> 4, (token & 15) + 2);
            // A reference to the place that is written next ends the data.
            if from == write {
                return Ok(out);
            }
            for step in 0..length {
                let byte = dictionary[(from + step) % DICTIONARY];
                dictionary[write] = byte;
                write = (write + 1) % DICTIONARY;
                out.push(byte);
            }
        }
        if out.len() as u64 > options.limits.unpacked_bytes {
            return Err(Reason::Limit);
        }
    }
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::extraction::Limits;

    #[test]
    fn the_example_of_the_specification() {
        let packed = b"\x2d\0\0\0\x2b\0\0\0LZFu\xf1\xc5\xc7\xa7\x03\0\x0a\0rcpg125\x42\x32\x0a\xf3 hel\x09\0\x20bw\x05\xb0ld}\x0a\x80\x0f\xa0";
        let options = Options {
            pages: false,
            limits: Limits::DEFAULT,
        };
        assert_eq!(START.len(), 207);
        let rtf = unpacked(packed, &options).unwrap();
        assert_eq!(rtf, b"{\\rtf1\\ansi\\ansicpg1252\\pard hello world}\r\n");
        assert_eq!(unpacked(b"short", &options), Err(Reason::Damaged));
    }
}
