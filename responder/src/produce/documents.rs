//! The produced documents: read again from the corpus, compared with the commitment, named by their
//! Bates numbers.

use super::decisions::Decisions;
use super::folder::Production;
use super::redactions::Redactions;
use crate::again::{Again, read_again};
use crate::vault::{Vault, VaultItem};
use duces_extract::worker::Pool;
use duces_protocol::leaf::FileHasher;
use duces_protocol::production::bates::{self, BatesNumber, BatesPrefix, EXTENSIONS, Extension};
use duces_protocol::production::load_file::{Native, Row};
use duces_protocol::production::names;
use duces_protocol::production::openings::{NativeOpening, Opening};
use duces_protocol::production::stamp::stamp;
use duces_protocol::production::withholding::WithholdingLog;
use duces_protocol::rendition::{Rendition, png};
use duces_protocol::view::{Kind, View};
use duces_shell::Failure;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// What the documents of a production are written from.
pub struct Documents<'a> {
    /// The vault.
    pub vault: &'a Vault,
    /// Reads files again as they were committed to.
    pub pool: &'a Pool,
    /// Reads redacted pictures.
    pub pictures: &'a Pool,
    /// The view of the request.
    pub reads: View,
    /// The bases of what is withheld and redacted.
    pub log: &'a WithholdingLog,
    /// What stands in the place of what is redacted.
    pub redactions: &'a Redactions,
}

/// What has been written to the production.
pub struct Written {
    /// The lines of the load files, by Bates number.
    pub rows: Vec<Row>,
    /// The lines of the openings, by position.
    pub openings: Vec<Opening>,
    /// The Bates numbers of what is redacted, by position.
    pub redacted: BTreeMap<u64, BatesNumber>,
}

impl Documents<'_> {
    /// Writes the files and renditions of all that is produced, one family in memory at a time, and what is
    /// shown of redacted documents.
    ///
    /// # Errors
    /// When a file is gone or has changed since the commitment, a redaction is refused, or a file cannot be
    /// written.
    pub fn write_all(
        &self,
        decisions: &mut Decisions,
        prefix: &BatesPrefix,
        out: &mut Production,
    ) -> Result<Written, Failure> {
        let vault = self.vault;
        let mut families: BTreeMap<u64, Vec<VaultItem>> = BTreeMap::new();
        let mut numbered = Vec::new();
        for position in decisions.produced() {
            let item = vault.item(position)?;
            numbered.push((position, item.family));
            families.entry(item.family).or_default().push(item);
        }
        for position in decisions.redacted() {
            numbered.push((position, vault.item(position)?.family));
        }
        let order = bates::order(numbered);
        let numbers: BTreeMap<u64, BatesNumber> = order
            .iter()
            .zip(1..)
            .map(|(&position, serial)| (position, prefix.number(serial)))
            .collect();
        let mut rows = BTreeMap::new();
        let mut openings = BTreeMap::new();
        for items in families.into_values() {
            let entry = items[0].key.entry;
            let places: BTreeSet<u32> = items.iter().map(|item| item.key.place).collect();
            for again in read_again(vault, self.pool, entry, &places)? {
                let item = items.iter().find(|item| item.key.place == again.place);
                let item = item.expect("no other places were asked for");
                let position = vault.position(item.key)?;
                let document = Document {
                    vault,
                    reads: self.reads,
                    position,
                    bates: numbers[&position].clone(),
                };
                let (row, opening) = document.write(item, again, out)?;
                rows.insert(position, row);
                openings.insert(position, opening);
            }
        }
        let mut redacted = BTreeMap::new();
        for position in decisions.redacted() {
            let bates = numbers[&position].clone();
            let row = self.redact(decisions, position, bates.clone(), out)?;
            rows.insert(position, row);
            redacted.insert(position, bates);
        }
        Ok(Written {
            rows: order
                .iter()
                .map(|position| rows[position].clone())
                .collect(),
            openings: openings.into_values().collect(),
            redacted,
        })
    }

    /// Writes what is shown of a redacted document.
    fn redact(
        &self,
        decisions: &mut Decisions,
        position: u64,
        bates: BatesNumber,
        out: &mut Production,
    ) -> Result<Row, Failure> {
        let entries = self.log.of(position);
        let redactions = self.redactions;
        let redaction = redactions.read(self.vault, self.pictures, position, entries)?;
        let pages = redaction.pages();
        let mut files = Vec::new();
        for (shown, page) in redaction.shown.iter().zip(1..) {
            let path = match shown.kind() {
                Kind::Text => bates.rendition(Kind::Text),
                Kind::Image => bates.image(page),
            };
            let bytes = produced(shown, &bates.image_key(page));
            files.push(FileHasher::of(&bytes));
            out.write(&path, &bytes)?;
        }
        decisions.set_redaction(position, redaction.digest(position, &files, entries));
        Ok(Row {
            bates,
            position,
            family: self.vault.item(position)?.family,
            native: None,
            text: pages == 0,
            pages,
            redacted: true,
        })
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
            let path = bates.rendition(rendition.kind());
            out.write(&path, &produced(rendition, &bates.image_key(1)))?;
        }
        let kind = again.rendition.as_ref().map(Rendition::kind);
        let has_view = member.points.iter().any(|(view, _)| *view == reads);
        let blind = match has_view {
            true => Some(vault.view(reads, position)?.blind),
            false => None,
        };
        let row = Row::opened(bates.clone(), position, item.family, native, kind);
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

/// The file of a rendition: of an image with the name of the page below it.
fn produced(rendition: &Rendition, page: &str) -> Vec<u8> {
    match rendition {
        Rendition::Text(_) => rendition.to_file(),
        Rendition::Image(picture) => png::encode(&stamp(picture, page)),
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
