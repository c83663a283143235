//! The folder of redacted renditions that `--redact` names: `17.txt` is shown in the place of position 17,
//! or the pages of `17.png`, `17.tif` or another picture.
//!
//! A redaction is taken over as text or as pixels. So what else a file may hold of the original (text under
//! a black box, earlier versions, metadata, a thumbnail) does not reach the production. A document that
//! stores text, such as a PDF, is refused.

use crate::vault::Vault;
use duces_extract::worker::{Pool, walk};
use duces_protocol::digest::Digest;
use duces_protocol::leaf::FileHasher;
use duces_protocol::production::redaction::{self, MAX_PAGES};
use duces_protocol::production::withholding::Entry;
use duces_protocol::rendition::{MAX_TEXT_BYTES, Rendition};
use duces_shell::{Failure, extractor, read, shown};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// The files of the folder, by position. None of them has been read.
#[derive(Default)]
pub struct Redactions(BTreeMap<u64, PathBuf>);

/// What is shown in the place of a document, in the form that a production has.
pub struct Redaction {
    /// The text, or the pages in order.
    pub shown: Vec<Rendition>,
}

impl Redactions {
    /// Lists the folder.
    ///
    /// # Errors
    /// When it cannot be listed, or a file is not named by a position.
    pub fn list(folder: Option<&Path>) -> Result<Self, Failure> {
        let Some(folder) = folder else {
            return Ok(Self::default());
        };
        let cannot = |error| Failure::io("list", folder, &error);
        let mut files = BTreeMap::new();
        for entry in fs::read_dir(folder).map_err(cannot)? {
            let path = entry.map_err(cannot)?.path();
            let stem = path.file_stem().and_then(|stem| stem.to_str());
            let position = stem.and_then(|stem| {
                let position: u64 = stem.parse().ok()?;
                (position.to_string() == stem && path.is_file()).then_some(position)
            });
            let Some(position) = position else {
                return Err(Failure::refused(
                    format!("{} is not named by a position", shown(&path)),
                    "the folder holds redacted files alone, such as 17.txt or 17.png",
                ));
            };
            if files.insert(position, path).is_some() {
                return Err(Failure::refused(
                    format!("position {position} has two files in {}", shown(folder)),
                    "keep one of them: a text, or a picture with all pages",
                ));
            }
        }
        Ok(Self(files))
    }

    /// The positions that have a file, ascending.
    pub fn positions(&self) -> impl Iterator<Item = u64> {
        self.0.keys().copied()
    }

    /// Whether a position has a file.
    #[must_use]
    pub fn contains(&self, position: u64) -> bool {
        self.0.contains_key(&position)
    }

    /// Reads the file of a position.
    ///
    /// # Errors
    /// When it has none, or one that is no text and no picture, shows the whole document, or does not
    /// mark each redaction.
    pub fn read(
        &self,
        vault: &Vault,
        pictures: &Pool,
        position: u64,
        entries: &[Entry],
    ) -> Result<Redaction, Failure> {
        let path = self.0.get(&position).ok_or_else(|| {
            Failure::refused(
                format!("position {position} has no redacted file"),
                "put one into the folder of --redact, named by the position",
            )
        })?;
        let is_text = path.extension().is_some_and(|end| end == "txt");
        let shown = match is_text {
            true => vec![text(path, entries.len())?],
            false => pages(vault, pictures, path)?,
        };
        let member = vault.item(position)?.member;
        let original = member.rendition.as_ref().map(|original| original.digest);
        if shown.len() == 1 && Some(shown[0].digest()) == original {
            return Err(Failure::refused(
                format!(
                    "{} shows the whole of position {position}",
                    self::shown(path)
                ),
                "redact it, or produce it: remove its lines from the log and its file from the folder",
            ));
        }
        Ok(Redaction { shown })
    }
}

impl Redaction {
    /// How many pages; of a text none.
    #[must_use]
    pub fn pages(&self) -> u32 {
        match &self.shown[..] {
            [Rendition::Text(_)] => 0,
            pages => u32::try_from(pages.len()).expect("there are at most MAX_PAGES"),
        }
    }

    /// The digest for the ledger, from what its files have.
    #[must_use]
    pub fn digest(&self, position: u64, files: &[Digest], entries: &[Entry]) -> Digest {
        redaction::digest(position, self.pages(), files, entries)
    }
}

fn text(path: &Path, redactions: usize) -> Result<Rendition, Failure> {
    let bytes = read::named(path, MAX_TEXT_BYTES, "redacted text")?;
    let rendition = Rendition::from_text_file(bytes).map_err(|error| {
        Failure::refused(
            format!("the redacted text {} is refused: {error}", shown(path)),
            "save it as UTF-8 with line feeds alone",
        )
    })?;
    if let Rendition::Text(text) = &rendition
        && let Some(number) = redaction::unmarked(text, redactions)
    {
        return Err(Failure::refused(
            format!(
                "the redacted text {} has no '{}'",
                shown(path),
                redaction::mark(number)
            ),
            "mark each redaction with the number of its line in the log, counted for this position",
        ));
    }
    Ok(rendition)
}

fn pages(vault: &Vault, pictures: &Pool, path: &Path) -> Result<Vec<Rendition>, Failure> {
    let limit = vault.profile().limits().max_file_bytes;
    let bytes = read::named(path, limit, "redacted picture")?;
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let mut pages = Vec::new();
    for member in walk(pictures, bytes, &name) {
        let member = member.map_err(extractor::failure)?;
        let is_picture = member
            .kind
            .is_none_or(|kind| kind.name().starts_with("image/"));
        match member.rendition.map(extractor::rendition) {
            Ok(page @ Rendition::Image(_)) if is_picture && pages.len() < MAX_PAGES as usize => {
                pages.push(page);
            }
            _ => {
                return Err(Failure::refused(
                    format!(
                        "{} is not a picture, or a page of it cannot be read",
                        shown(path)
                    ),
                    "give a text as .txt, or the pages as one picture: PNG, JPEG or TIFF; no PDF, which \
                     can keep the text under a black box",
                ));
            }
        }
    }
    Ok(pages)
}

/// What a production must not hold beside what is withheld or redacted.
pub struct Hidden<'a> {
    vault: &'a Vault,
    /// Positions that are withheld as a whole.
    pub withheld: Vec<u64>,
    /// Positions that are redacted.
    pub redacted: Vec<u64>,
    /// Positions that are produced as a whole.
    pub produced: BTreeSet<u64>,
}

impl<'a> Hidden<'a> {
    /// The hidden positions of a vault, and those that are produced.
    pub fn new(
        vault: &'a Vault,
        withheld: Vec<u64>,
        redacted: Vec<u64>,
        produced: impl IntoIterator<Item = u64>,
    ) -> Self {
        Self {
            vault,
            withheld,
            redacted,
            produced: produced.into_iter().collect(),
        }
    }

    /// Checks that nothing that is produced as a whole holds something hidden: not the file that it is a
    /// part of, not a page of it, and of what is redacted no copy.
    ///
    /// # Errors
    /// Names the two positions.
    pub fn check(&self) -> Result<(), Failure> {
        for (positions, word) in [(&self.withheld, "withheld"), (&self.redacted, "redacted")] {
            for &position in positions {
                self.check_containers(position, word)?;
                self.check_pages(position, word)?;
            }
        }
        self.check_copies()
    }

    /// The files that a hidden part lies in.
    fn check_containers(&self, hidden: u64, word: &str) -> Result<(), Failure> {
        let mut key = self.vault.item(hidden)?.key;
        while let Some(parent) = self.vault.member(key)?.parent {
            key.place = parent;
            let holder = self.vault.position(key)?;
            if self.produced.contains(&holder) {
                let what = format!(
                    "is {word}, but the file of position {holder}, which holds it, is produced"
                );
                return Err(refused(hidden, &what, holder));
            }
        }
        Ok(())
    }

    /// The pages of a hidden document.
    fn check_pages(&self, hidden: u64, word: &str) -> Result<(), Failure> {
        let key = self.vault.item(hidden)?.key;
        for position in self.vault.family(key.entry)? {
            let member = self.vault.item(position)?.member;
            let is_page = member.page.is_some() && member.parent == Some(key.place);
            if is_page && self.produced.contains(&position) {
                let what = format!("is {word}, but its page at position {position} is produced");
                return Err(refused(hidden, &what, position));
            }
        }
        Ok(())
    }

    /// Copies of what is redacted: the same bytes, or the same rendition.
    fn check_copies(&self) -> Result<(), Failure> {
        let mut of_redacted = BTreeMap::new();
        for &position in &self.redacted {
            for digest in self.digests(position)? {
                of_redacted.insert(digest, position);
            }
        }
        if of_redacted.is_empty() {
            return Ok(());
        }
        for &position in &self.produced {
            for digest in self.digests(position)? {
                if let Some(&redacted) = of_redacted.get(&digest) {
                    let what =
                        format!("is redacted, but position {position}, a copy of it, is produced");
                    return Err(refused(redacted, &what, position));
                }
            }
        }
        Ok(())
    }

    /// SHA-256 of the file, and the digest of the rendition. Pages have that of their document's file; an
    /// empty file is no copy of another.
    fn digests(&self, position: u64) -> Result<Vec<Digest>, Failure> {
        let member = self.vault.item(position)?.member;
        let file = (member.page.is_none() && member.sha256 != FileHasher::of(b""))
            .then_some(member.sha256);
        let rendition = member.rendition.map(|rendition| rendition.digest);
        Ok(file.into_iter().chain(rendition).collect())
    }
}

fn refused(hidden: u64, what: &str, other: u64) -> Failure {
    Failure::refused(
        format!("position {hidden} {what} as a whole"),
        format!("withhold or redact position {other} too, or produce both"),
    )
}
