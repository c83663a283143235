//! The produced files: read again from the corpus, compared with the commitment, named by their
//! Bates numbers.

use super::decisions::Decisions;
use super::folder::Production;
use crate::corpus::{changed, lost};
use crate::vault::{Vault, ViewOpening};
use duces_protocol::leaf::FileHasher;
use duces_protocol::production::bates::{BatesPrefix, Extension};
use duces_protocol::production::load_file::Row;
use duces_protocol::production::names;
use duces_protocol::production::openings::Opening;
use duces_protocol::request::Request;
use duces_shell::{Failure, shown};
use duces_views::{Document, Limits, derive, read_bytes};
use std::path::Path;

/// A file that has been written to the production.
pub struct Native {
    /// Its line in the load file.
    pub row: Row,
    /// Its line in the openings.
    pub opening: Opening,
}

impl Native {
    /// Writes the files of all produced positions, one in memory at a time.
    ///
    /// # Errors
    /// When a file is gone or has changed since the commitment, or cannot be written.
    pub fn write_all(
        vault: &Vault,
        request: &Request,
        decisions: &Decisions,
        prefix: &BatesPrefix,
        out: &mut Production,
    ) -> Result<Vec<Self>, Failure> {
        let limits = Limits::from(vault.profile().limits());
        let mut natives = Vec::new();
        for (position, serial) in decisions.produced().zip(1..) {
            let item = vault.item(position)?;
            let bytes = read_bytes(&vault.corpus().join(&item.path), &limits)
                .map_err(|error| lost(&item.path, &error))?;
            let sha256 = FileHasher::of(&bytes);
            if sha256 != item.sha256 {
                return Err(changed(&item.path));
            }
            let ViewOpening { tensor, blind } = vault.view(request.view, position)?;
            let extension = extension(&bytes, &item.path);
            let bates = prefix.number(serial);
            let native = bates.native(extension);
            // The judge derives the view from these bytes under this name.
            let derived = Document::parse(&bytes, Path::new(&native), &limits)
                .ok()
                .and_then(|document| derive(&document, request.view));
            if derived.as_ref() != Some(&*tensor) {
                return Err(Failure::refused(
                    format!("the view of {} is not the committed one", shown(&item.path)),
                    "use the version of this program that made the commitment",
                ));
            }
            out.write(&format!("{}/{native}", names::NATIVES), &bytes)?;
            let size = bytes.len() as u64;
            natives.push(Self {
                row: Row {
                    bates: bates.clone(),
                    position,
                    extension,
                    size,
                    sha256,
                },
                opening: Opening {
                    position,
                    bates,
                    extension,
                    salt: item.salt,
                    blind,
                },
            });
        }
        Ok(natives)
    }
}

/// The extension by content; a text is an e-mail if its name says so. Under this extension the file
/// is read as it was under its own name.
fn extension(bytes: &[u8], name: &Path) -> Extension {
    let extension = match bytes {
        [0x89, b'P', b'N', b'G', b'\r', b'\n', 0x1a, b'\n', ..] => "png",
        [0xff, 0xd8, 0xff, ..] => "jpg",
        [b'I', b'I', 42 | 43, 0, ..] | [b'M', b'M', 0, 42 | 43, ..] => "tif",
        [b'G', b'I', b'F', b'8', b'7' | b'9', b'a', ..] => "gif",
        [
            b'R',
            b'I',
            b'F',
            b'F',
            _,
            _,
            _,
            _,
            b'W',
            b'E',
            b'B',
            b'P',
            ..,
        ] => "webp",
        _ if has_extension(name, "eml") => "eml",
        [b'B', b'M', ..] if has_extension(name, "bmp") || bytes.contains(&0) => "bmp",
        _ => "txt",
    };
    extension.parse().expect("it is on the list")
}

fn has_extension(name: &Path, wanted: &str) -> bool {
    name.extension()
        .is_some_and(|extension| extension.eq_ignore_ascii_case(wanted))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn content_decides_the_extension() {
        for (bytes, name, expected) in [
            (&b"\x89PNG\r\n\x1a\n"[..], "scan.txt", "png"),
            (b"\xff\xd8\xff\xe0", "a", "jpg"),
            (b"II*\0", "a", "tif"),
            (b"GIF89a", "a", "gif"),
            (b"RIFF\0\0\0\0WEBP", "a", "webp"),
            (b"BM\0\0\0\0", "a", "bmp"),
            (b"BMW is a car maker", "a.doc", "txt"),
            (b"Subject: x\n\nbody", "mail.EML", "eml"),
            // Mail by its name, whatever its first field looks like.
            (b"GIF8: x\n\nbody", "mail.eml", "eml"),
            (b"BM-Id: x\n\nb\0dy", "mail.eml", "eml"),
            (b"Subject: x\n\nbody", "../../=x.html", "txt"),
        ] {
            assert_eq!(
                extension(bytes, Path::new(name)).as_str(),
                expected,
                "{name}"
            );
        }
    }
}
