//! A production in the hands of a dishonest responder: files can be changed, and the sums sealed
//! again, so that a lie is refused by the check that is meant for it and not by a stale digest.

use duces_kit::folder::copy_folder;
use duces_protocol::digest::Digest;
use duces_protocol::leaf::LeafData;
use duces_protocol::production::bates::{self, BatesNumber};
use duces_protocol::production::ledger::{
    Disposition, Ledger, LedgerError, LedgerWriter, Line, Outcome,
};
use duces_protocol::production::logs;
use duces_protocol::production::manifest::Manifest;
use duces_protocol::production::names;
use duces_protocol::production::openings::{self, Opening};
use duces_protocol::production::redaction;
use duces_protocol::production::sums::Sums;
use duces_protocol::production::withholding::WithholdingLog;
use duces_protocol::view::Kind;
use sha2::Digest as _;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// The folders of a production, itself first.
pub const FOLDERS: [&str; 5] = [
    "",
    names::PROOFS,
    names::NATIVES,
    names::TEXT,
    names::IMAGES,
];

/// The files of a produced document, in the production.
#[must_use]
pub fn files(opening: &Opening) -> Vec<String> {
    let native = opening.native_file();
    let native = native.map(|name| format!("{}/{name}", names::NATIVES));
    native.into_iter().chain(opening.rendition_file()).collect()
}

/// A folder that holds a production.
pub struct Production {
    folder: PathBuf,
}

impl Production {
    /// Copies the production at `from` to `to`, which does not exist yet.
    ///
    /// # Panics
    /// When a file cannot be copied.
    #[must_use]
    pub fn copy(from: &Path, to: &Path) -> Self {
        copy_folder(from, to);
        Self {
            folder: to.to_owned(),
        }
    }

    /// A file or folder of the production.
    #[must_use]
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    /// The bytes of a file.
    ///
    /// # Panics
    /// When it cannot be read.
    #[must_use]
    pub fn read(&self, name: &str) -> Vec<u8> {
        fs::read(self.path(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
    }

    /// Replaces a file.
    ///
    /// # Panics
    /// When it cannot be written.
    pub fn write(&self, name: &str, bytes: &[u8]) {
        fs::write(self.path(name), bytes).unwrap_or_else(|error| panic!("{name}: {error}"));
    }

    /// Deletes a file.
    ///
    /// # Panics
    /// When it cannot be deleted.
    pub fn remove(&self, name: &str) {
        fs::remove_file(self.path(name)).unwrap_or_else(|error| panic!("{name}: {error}"));
    }

    /// The names in a folder of the production, in order.
    ///
    /// # Panics
    /// When it cannot be read.
    #[must_use]
    pub fn list(&self, folder: &str) -> Vec<String> {
        let entries = fs::read_dir(self.path(folder)).expect("the folder can be read");
        let name = |entry: fs::DirEntry| entry.file_name().to_string_lossy().into_owned();
        let mut list: Vec<String> = entries
            .map(|entry| name(entry.expect("the folder can be read")))
            .collect();
        list.sort();
        list
    }

    /// The ledger's records.
    ///
    /// # Panics
    /// When the ledger is malformed.
    #[must_use]
    pub fn records(&self) -> Vec<(LeafData, Outcome)> {
        let ledger = self.ledger();
        let record = |line: Result<Line, LedgerError>| {
            let line = line.expect("it is in memory, as it was read");
            (
                line.leaf().expect("an honest ledger has points"),
                line.outcome,
            )
        };
        ledger.lines().map(record).collect()
    }

    /// The ledger.
    ///
    /// # Panics
    /// When it is malformed.
    #[must_use]
    pub fn ledger(&self) -> Ledger {
        Ledger::parse(self.read(names::LEDGER)).expect("the ledger is well formed")
    }

    /// Writes a ledger with these records.
    ///
    /// # Panics
    /// When they are not a ledger.
    pub fn write_records(&self, records: &[(LeafData, Outcome)]) {
        let views = self.ledger().views().to_vec();
        let mut writer = LedgerWriter::new(records.len() as u64, &views);
        for (leaf, outcome) in records {
            writer.push(leaf, *outcome).expect("the leaf is in order");
        }
        self.write(
            names::LEDGER,
            &writer.finish().expect("all records are there"),
        );
    }

    /// Changes what became of one position.
    pub fn set_disposition(&self, position: usize, outcome: impl Into<Outcome>) {
        let mut records = self.records();
        records[position].1 = outcome.into();
        self.write_records(&records);
    }

    /// The first position with this disposition.
    ///
    /// # Panics
    /// When there is none.
    #[must_use]
    pub fn first(&self, disposition: Disposition) -> usize {
        let found = self
            .records()
            .iter()
            .position(|(_, outcome)| outcome.disposition == disposition);
        found.unwrap_or_else(|| panic!("no position is {disposition:?}"))
    }

    /// The openings.
    ///
    /// # Panics
    /// When they are malformed.
    #[must_use]
    pub fn openings(&self) -> Vec<Opening> {
        openings::parse(&self.read(names::OPENINGS)).expect("the openings are well formed")
    }

    /// Writes the openings.
    pub fn write_openings(&self, list: &[Opening]) {
        self.write(names::OPENINGS, openings::render(list).as_bytes());
    }

    /// Deletes every trace of a produced position but its record: opening, native file, rendition,
    /// line of the load file.
    ///
    /// # Panics
    /// When the position is not produced.
    pub fn forget_produced(&self, position: usize) {
        let (gone, kept): (Vec<Opening>, Vec<Opening>) = self
            .openings()
            .into_iter()
            .partition(|opening| opening.position == position as u64);
        let gone = gone.first().expect("the position is produced");
        self.write_openings(&kept);
        for file in files(gone) {
            self.remove(&file);
        }
        let number = gone.bates.to_string();
        let load_file = self.read(names::LOAD_FILE);
        let lines = load_file.split_inclusive(|&byte| byte == b'\n');
        let names_it = |line: &&[u8]| {
            line.windows(number.len())
                .any(|part| part == number.as_bytes())
        };
        let rest: Vec<u8> = lines
            .filter(|line| !names_it(line))
            .flatten()
            .copied()
            .collect();
        self.write(names::LOAD_FILE, &rest);
    }

    /// The withholding log as text, one line an entry, the header first.
    ///
    /// # Panics
    /// When it is malformed.
    #[must_use]
    pub fn withholding(&self) -> WithholdingLog {
        WithholdingLog::parse(&self.read(names::WITHHOLDING), u64::MAX, 0)
            .expect("the log is well formed")
    }

    /// Writes a withholding log in its canonical form, and both its renderings.
    ///
    /// # Panics
    /// When it is malformed.
    pub fn write_withholding(&self, csv: &str) {
        let log = WithholdingLog::draft(csv.as_bytes()).expect("the log is well formed");
        self.write(names::WITHHOLDING, &log.to_csv());
        let redacted = self.redacted();
        let bates = |position| redacted.get(&position).cloned();
        for (name, bytes) in logs::render(&log, &self.manifest(), bates) {
            self.write(name, &bytes);
        }
    }

    /// The Bates numbers of what is redacted, by position.
    ///
    /// # Panics
    /// When ledger or manifest are malformed.
    #[must_use]
    pub fn redacted(&self) -> BTreeMap<u64, BatesNumber> {
        let records = self.records();
        let outcomes: BTreeMap<u64, Outcome> = (0..)
            .zip(&records)
            .map(|(position, (_, outcome))| (position, *outcome))
            .collect();
        let handed = (0..).zip(&records).filter(|(_, (_, outcome))| {
            let outcome = *outcome;
            outcome.is_produced() || outcome.is_redacted()
        });
        let order = bates::order(handed.map(|(at, (leaf, _))| (at, leaf.family)).collect());
        let prefix = self.manifest().bates_prefix;
        let numbered = order.into_iter().zip(1..);
        numbered
            .filter(|(position, _)| outcomes[position].is_redacted())
            .map(|(position, serial)| (position, prefix.number(serial)))
            .collect()
    }

    /// Has the ledger name the redactions as they now are.
    ///
    /// # Panics
    /// When ledger, manifest or log are malformed.
    pub fn bind_redactions(&self) {
        let log = self.withholding();
        let mut records = self.records();
        for (position, bates) in self.redacted() {
            let sha256 = |path: &String| Digest(sha2::Sha256::digest(self.read(path)).into());
            let text = bates.rendition(Kind::Text);
            let pages = (1..).map(|page| bates.image(page));
            let pages: Vec<String> = pages.take_while(|path| self.path(path).exists()).collect();
            let files: Vec<Digest> = match self.path(&text).exists() {
                true => vec![sha256(&text)],
                false => pages.iter().map(sha256).collect(),
            };
            let pages = u32::try_from(pages.len()).expect("there are few");
            let digest = redaction::digest(position, pages, &files, log.of(position));
            let index = usize::try_from(position).expect("it fits");
            records[index].1.redaction = Some(digest);
        }
        self.write_records(&records);
    }

    /// The manifest.
    ///
    /// # Panics
    /// When it is malformed.
    #[must_use]
    pub fn manifest(&self) -> Manifest {
        Manifest::parse(&self.read(names::MANIFEST)).expect("the manifest is well formed")
    }

    /// Writes a manifest.
    pub fn write_manifest(&self, manifest: &Manifest) {
        self.write(names::MANIFEST, manifest.to_json().as_bytes());
    }

    /// Recomputes `sha256sums.txt` over all files as they now are.
    ///
    /// # Panics
    /// When a file cannot be read or has a name that no production has.
    pub fn seal(&self) {
        let mut sums = Sums::new();
        for folder in FOLDERS {
            if !self.path(folder).exists() {
                continue;
            }
            for name in self.list(folder) {
                let path = if folder.is_empty() {
                    name
                } else {
                    format!("{folder}/{name}")
                };
                if path == names::SUMS || self.path(&path).is_dir() {
                    continue;
                }
                let digest = Digest(sha2::Sha256::digest(self.read(&path)).into());
                sums.insert(path.parse().expect("a name of a production"), digest);
            }
        }
        self.write(names::SUMS, sums.to_text().as_bytes());
    }
}
