//! The produced documents: read again from the corpus, compared with the commitment, named by their
//! Bates numbers.

use super::decisions::Decisions;
use super::folder::Production;
use crate::again::{Again, read_again};
use crate::vault::{Vault, VaultItem};
use duces_extract::worker::Pool;
use duces_protocol::production::bates::{self, BatesNumber, BatesPrefix, EXTENSIONS, Extension};
use duces_protocol::production::load_file::{Native, Row};
use duces_protocol::production::names;
use duces_protocol::production::openings::{NativeOpening, Opening};
use duces_protocol::rendition::Rendition;
use duces_protocol::view::View;
use duces_shell::Failure;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// What has been written to the production.
pub struct Documents {
    /// The lines of the load file, by Bates number.
    pub rows: Vec<Row>,
    /// The lines of the openings, by position.
    pub openings: Vec<Opening>,
}

impl Documents {
    /// Writes the files and renditions of all that is produced, one family in memory at a time.
    ///
    /// # Errors
    /// When a file is gone or has changed since the commitment, or cannot be written.
    pub fn write_all(
        vault: &Vault,
        pool: &Pool,
        reads: View,
        decisions: &Decisions,
        prefix: &BatesPrefix,
        out: &mut Production,
    ) -> Result<Self, Failure> {
        let mut families: BTreeMap<u64, Vec<VaultItem>> = BTreeMap::new();
        let mut produced = Vec::new();
        for position in decisions.produced() {
            let item = vault.item(position)?;
            produced.push((position, item.family));
            families.entry(item.family).or_default().push(item);
        }
        let order = bates::order(produced);
        let numbers: BTreeMap<u64, BatesNumber> = order
            .iter()
            .zip(1..)
            .map(|(&position, serial)| (position, prefix.number(serial)))
            .collect();
        let mut all = BTreeMap::new();
        for items in families.into_values() {
            let entry = items[0].key.entry;
            let places: BTreeSet<u32> = items.iter().map(|item| item.key.place).collect();
            for again in read_again(vault, pool, entry, &places)? {
                let item = items.iter().find(|item| item.key.place == again.place);
                let item = item.expect("no other places were asked for");
                let position = vault.position(item.key)?;
                let document = Document {
                    vault,
                    reads,
                    position,
                    bates: numbers[&position].clone(),
                };
                all.insert(position, document.write(item, again, out)?);
            }
        }
        let rows = order
            .iter()
            .map(|position| all[position].0.clone())
            .collect();
        let openings = all.into_values().map(|(_, opening)| opening).collect();
        Ok(Self { rows, openings })
    }
}

/// One document to write.
struct Document<'a> {
    vault: &'a Vault,
    reads: View,
    position: u64,
    bates: BatesNumber,
}

impl Document<'_> {
    fn write(
        self,
        item: &VaultItem,
        again: Again,
        out: &mut Production,
    ) -> Result<(Row, Opening), Failure> {
        let Self {
            vault,
            reads,
            position,
            bates,
        } = self;
        let member = again.member;
        let native = match &again.bytes {
            Some(bytes) => {
                let extension = extension(&item.name(), &member.kind);
                let name = format!("{}/{}", names::NATIVES, bates.native(extension));
                out.write(&name, bytes)?;
                Some(Native {
                    extension,
                    size: bytes.len() as u64,
                    sha256: member.sha256,
                })
            }
            None => None,
        };
        if let Some(rendition) = &again.rendition {
            out.write(&bates.rendition(rendition.kind()), &rendition.to_file())?;
        }
        let kind = again.rendition.as_ref().map(Rendition::kind);
        let has_view = member.points.iter().any(|(view, _)| *view == reads);
        let blind = match has_view {
            true => Some(vault.view(reads, position)?.blind),
            false => None,
        };
        let row = Row {
            bates: bates.clone(),
            position,
            family: item.family,
            native,
            rendition: kind,
        };
        let opening = Opening {
            position,
            bates,
            native: native.map(|native| NativeOpening {
                extension: native.extension,
                suffix: member.suffix,
                salt: member.salt,
            }),
            rendition: kind
                .zip(member.rendition)
                .map(|(kind, rendition)| (kind, rendition.salt)),
            blind,
        };
        Ok((row, opening))
    }
}

/// The extension of a produced file, for the programs of who opens it: its own, if it is on the list,
/// else one for its type.
fn extension(name: &Path, kind: &str) -> Extension {
    let own = name.extension().and_then(|end| end.to_str()).unwrap_or("");
    let own = match own.to_ascii_lowercase().as_str() {
        "jpeg" | "jpe" => "jpg".to_owned(),
        "tiff" => "tif".to_owned(),
        other => other.to_owned(),
    };
    let kept = EXTENSIONS.iter().find(|&&known| known == own);
    kept.copied()
        .unwrap_or(by_kind(kind))
        .parse()
        .expect("it is on the list")
}

fn by_kind(kind: &str) -> &'static str {
    match kind {
        "text/plain" => "txt",
        "text/html" => "html",
        "application/xml" => "xml",
        "text/csv" => "csv",
        "text/tab-separated-values" => "tsv",
        "application/rtf" => "rtf",
        "message/rfc822" => "eml",
        "application/mbox" => "mbox",
        "application/vnd.ms-outlook" => "msg",
        "application/vnd.ms-outlook-pst" => "pst",
        "application/pdf" => "pdf",
        "application/msword" => "doc",
        "application/vnd.ms-excel" => "xls",
        "application/vnd.ms-powerpoint" => "ppt",
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document" => "docx",
        "application/vnd.openxmlformats-officedocument.presentationml.presentation" => "pptx",
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet" => "xlsx",
        "application/vnd.oasis.opendocument.text" => "odt",
        "application/vnd.oasis.opendocument.spreadsheet" => "ods",
        "application/vnd.oasis.opendocument.presentation" => "odp",
        "application/zip" => "zip",
        "image/png" => "png",
        "image/jpeg" => "jpg",
        "image/tiff" => "tif",
        "image/gif" => "gif",
        "image/webp" => "webp",
        "image/bmp" => "bmp",
        _ => "bin",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_decides_the_extension_if_it_is_a_known_one() {
        for (name, kind, expected) in [
            ("scan.TIFF", "image/tiff", "tif"),
            ("photo.jpeg", "image/jpeg", "jpg"),
            ("values.csv", "text/csv", "csv"),
            ("memo", "text/plain", "txt"),
            ("memo.doc", "text/plain", "doc"),
            ("setup.exe", "application/octet-stream", "bin"),
            ("letter.old", "application/pdf", "pdf"),
            ("../../=x.html", "text/html", "html"),
        ] {
            assert_eq!(
                extension(Path::new(name), kind).as_str(),
                expected,
                "{name}"
            );
        }
    }

    #[test]
    fn extensions_by_type_are_on_the_list() {
        for kind in duces_extract::Kind::ALL {
            assert!(EXTENSIONS.contains(&by_kind(kind.name())), "{kind}");
        }
    }
}
