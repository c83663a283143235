//! Pictures and embedded objects, in hexadecimal digits or in bytes.

use crate::extraction::{Content, Part, Reason, Role};
use crate::office::ole;

/// Data that is being read.
#[derive(Clone, Debug)]
pub struct Binary {
    bytes: Vec<u8>,
    /// The first digit of a byte.
    high: Option<u8>,
    object: bool,
    extension: Option<&'static str>,
}

impl Binary {
    /// Nothing yet of an object, or of a picture.
    pub fn new(object: bool) -> Self {
        Self {
            bytes: Vec::new(),
            high: None,
            object,
            extension: None,
        }
    }

    /// The type of a picture, by its control word.
    pub fn kind(&mut self, word: &[u8]) {
        self.extension = Some(match word {
            b"pngblip" => "png",
            b"jpegblip" => "jpg",
            b"emfblip" => "emf",
            _ => "wmf",
        });
    }

    /// A hexadecimal digit; anything else is left out.
    pub fn digit(&mut self, byte: u8) {
        let Some(digit) = char::from(byte)
            .to_digit(16)
            .and_then(|d| u8::try_from(d).ok())
        else {
            return;
        };
        match self.high.take() {
            Some(high) => self.bytes.push(high << 4 | digit),
            None => self.high = Some(digit),
        }
    }

    /// Bytes as they are.
    pub fn raw(&mut self, data: &[u8]) {
        self.bytes.extend_from_slice(data);
    }

    /// The part; nothing where there is no data. `left` bytes may still be kept.
    pub fn part(self, number: usize, left: &mut u64) -> Option<Part> {
        if self.bytes.is_empty() {
            return None;
        }
        let length = self.bytes.len() as u64;
        let name = match self.extension {
            Some(extension) => format!("picture {number}.{extension}"),
            None => format!("object {number}"),
        };
        let unread = |reason| Part {
            name: name.clone(),
            role: Role::Embedded,
            content: Content::Unread(reason),
        };
        if length > *left {
            return Some(unread(Reason::Limit));
        }
        *left -= length;
        if !self.object {
            return Some(Part {
                name,
                role: Role::Embedded,
                content: Content::Bytes(self.bytes),
            });
        }
        match native(&self.bytes) {
            Some((b"Package", data)) => {
                // Its size stands before the data of a package elsewhere; here it was taken off.
                let sized = [&[0; 4], data].concat();
                Some(ole::packed(&sized))
            }
            Some((_, data)) => Some(Part {
                name,
                role: Role::Embedded,
                content: Content::Bytes(data.to_vec()),
            }),
            None => Some(unread(Reason::UnsupportedType)),
        }
    }
}

/// The class and the data of an embedded object ([MS-OLEDS] 2.2.5); nothing for a link.
fn native(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let (format, rest) = bytes.get(4..)?.split_first_chunk::<4>()?;
    if u32::from_le_bytes(*format) != 2 {
        return None;
    }
    let (class, rest) = counted(rest)?;
    let (_, rest) = counted(rest)?;
    let (_, rest) = counted(rest)?;
    let (data, _) = counted(rest)?;
    Some((class.strip_suffix(&[0]).unwrap_or(class), data))
}

fn counted(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let (length, rest) = bytes.split_first_chunk::<4>()?;
    rest.split_at_checked(u32::from_le_bytes(*length) as usize)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn embedded_data_and_links() {
        let mut object = vec![1, 5, 0, 0, 2, 0, 0, 0, 4, 0, 0, 0];
        object.extend(b"Doc\0\0\0\0\0\0\0\0\0\x03\0\0\0gas");
        assert_eq!(native(&object), Some((&b"Doc"[..], &b"gas"[..])));
        object[4] = 1;
        assert_eq!(native(&object), None);
    }
}
