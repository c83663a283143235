//! OLE compound files: which document one is, its streams, and embedded objects.
//!
//! An object without a reader of its own is a container: what Windows packed as a file
//! (`\x01Ole10Native`), an Office document (`Package`), or the file of another program (`CONTENTS`).

mod compound;

use crate::archive::zip::container;
use crate::extraction::{Content, Extraction, Options, Part, Reason, Role};
use crate::kind::Kind;
use crate::text::charset;

/// An open compound file whose streams are read within a limit.
pub struct Compound<'a> {
    file: compound::Compound<'a>,
    left: u64,
}

impl<'a> Compound<'a> {
    /// Reads the directory.
    ///
    /// # Errors
    /// [`Reason::Damaged`].
    pub fn open(bytes: &'a [u8], options: &Options) -> Result<Self, Reason> {
        Ok(Self {
            file: compound::Compound::open(bytes)?,
            left: options.limits.unpacked_bytes,
        })
    }

    /// Whether there is a stream at that path.
    pub fn has(&self, path: &str) -> bool {
        self.file.size(path).is_some()
    }

    /// The bytes of a stream, if it is there.
    ///
    /// # Errors
    /// [`Reason::Limit`].
    pub fn read(&mut self, path: &str) -> Result<Option<Vec<u8>>, Reason> {
        match self.file.size(path) {
            Some(size) if size > self.left => Err(Reason::Limit),
            Some(size) => {
                self.left -= size;
                Ok(self.file.read(path))
            }
            None => Ok(None),
        }
    }

    /// The names of the entries of a storage, in the order of the directory's tree; and whether each
    /// is a storage.
    pub fn list(&self, storage: &str) -> Vec<(String, bool)> {
        self.file.list(storage).to_vec()
    }
}

/// The document that a compound file is, by its streams.
pub fn kind(bytes: &[u8]) -> Kind {
    let Ok(file) = compound::Compound::open(bytes) else {
        return Kind::Ole;
    };
    let has = |name: &str| file.size(name).is_some();
    match () {
        () if has("/__properties_version1.0") => Kind::Msg,
        () if has("/WordDocument") => Kind::Doc,
        () if has("/Workbook") || has("/Book") => Kind::Xls,
        () if has("/PowerPoint Document") => Kind::Ppt,
        () => Kind::Ole,
    }
}

/// Reads a compound file without a reader of its own.
pub fn read(bytes: &[u8], options: &Options) -> Extraction {
    let mut file = match Compound::open(bytes, options) {
        Ok(file) => file,
        Err(reason) => return Extraction::unread(Kind::Ole, reason),
    };
    // An Office document behind a password or a rights service.
    if file.has("/EncryptedPackage") {
        return Extraction::unread(Kind::Ole, Reason::Encrypted);
    }
    match objects(&mut file, "") {
        Ok(parts) if parts.is_empty() => Extraction::unread(Kind::Ole, Reason::UnsupportedType),
        Ok(parts) => container(Kind::Ole, parts, options),
        Err(reason) => Extraction::unread(Kind::Ole, reason),
    }
}

/// The files in a storage that holds an embedded object.
///
/// # Errors
/// [`Reason::Limit`].
pub fn objects(file: &mut Compound, storage: &str) -> Result<Vec<Part>, Reason> {
    let mut parts = Vec::new();
    if let Some(native) = file.read(&format!("{storage}/\u{1}Ole10Native"))? {
        parts.push(packed(&native));
    }
    for name in ["Package", "CONTENTS"] {
        if let Some(bytes) = file.read(&format!("{storage}/{name}"))?
            && !bytes.is_empty()
        {
            parts.push(Part {
                name: name.to_owned(),
                role: Role::Embedded,
                content: Content::Bytes(bytes),
            });
        }
    }
    Ok(parts)
}

/// A file that Windows packed: a label and two paths before its bytes. Other programs write their data
/// at once behind the size.
pub fn packed(native: &[u8]) -> Part {
    let whole = |bytes: &[u8]| Part {
        name: "Ole10Native".to_owned(),
        role: Role::Embedded,
        content: Content::Bytes(bytes.to_vec()),
    };
    let Some(after_size) = native.get(4..) else {
        return whole(native);
    };
    let parse = || {
        let rest = after_size.strip_prefix(&[2, 0])?;
        let (label, rest) = zero_ended(rest)?;
        let (_, rest) = zero_ended(rest)?;
        let (_, rest) = rest.split_at_checked(4)?;
        let (length, rest) = rest.split_first_chunk::<4>()?;
        let (_, rest) = rest.split_at_checked(u32::from_le_bytes(*length) as usize)?;
        let (length, rest) = rest.split_first_chunk::<4>()?;
        let bytes = rest.get(..u32::from_le_bytes(*length) as usize)?;
        Some((charset::decode(label, None).text, bytes))
    };
    match parse() {
        Some((name, bytes)) => Part {
            name,
            role: Role::Embedded,
            content: Content::Bytes(bytes.to_vec()),
        },
        None => whole(after_size),
    }
}

fn zero_ended(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let end = bytes.iter().position(|&b| b == 0)?;
    Some((&bytes[..end], &bytes[end + 1..]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_packed_file_keeps_its_label() {
        let mut native = vec![0; 4];
        native.extend(
            b"\x02\0notes.txt\0C:\\notes.txt\0\0\0\x03\0\x05\0\0\0C:\\n\0\x04\0\0\0gas!tail",
        );
        let part = packed(&native);
        assert_eq!(part.name, "notes.txt");
        assert_eq!(part.content, Content::Bytes(b"gas!".to_vec()));
        assert_eq!(
            packed(b"\x02\0\0\0hi").content,
            Content::Bytes(b"hi".to_vec())
        );
    }
}
