//! The withholding log as courts know it `[format-logs]`: a privilege log (rule 26(b)(5)(A) of the
//! Federal Rules of Civil Procedure) and a Vaughn index (for the exemptions (b)(1) to (b)(9) of the
//! Freedom of Information Act, 5 U.S.C. 552).
//!
//! Every entry of `withholding.csv` is in exactly one of the two, by its basis
//! ([`Entry::rendering`]). Each is there twice, as CSV and as text:
//!
//! ```text
//! number,position,bates,treatment,privilege,description,author
//! 1,17,,withheld,attorney-client privilege,Memorandum to counsel on discharge permit,plant manager
//! ```
//!
//! ```text
//! PRIVILEGE LOG
//! Commitment: 9f86d081…
//! Request: 60303ae2…
//! Entries: 1
//!
//! 1. Position 17, withheld
//!    Privilege: attorney-client privilege
//!    Description: Memorandum to counsel on discharge permit
//!    author: plant manager
//! ```
//!
//! Nothing in them is stated anew: the judge writes them again from the log that it has checked, and
//! compares. Cells have the form that [`super::withholding`] demands, so none is run by a spreadsheet.

use super::bates::BatesNumber;
use super::manifest::Manifest;
use super::names;
use super::withholding::{Entry, Rendering, WithholdingLog};
use std::fmt::Write;

/// What stands before the responding party's own columns; the fifth column is named by the rendering.
const FIXED: [&str; 4] = ["number", "position", "bates", "treatment"];

impl Rendering {
    /// Both.
    pub const ALL: [Self; 2] = [Self::PrivilegeLog, Self::VaughnIndex];

    /// Its title.
    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            Self::PrivilegeLog => "Privilege log",
            Self::VaughnIndex => "Vaughn index",
        }
    }

    /// What a basis is in it, in one word.
    #[must_use]
    pub fn basis(self) -> &'static str {
        match self {
            Self::PrivilegeLog => "privilege",
            Self::VaughnIndex => "exemption",
        }
    }

    /// The names of its files in a production: CSV and text.
    #[must_use]
    pub fn files(self) -> [&'static str; 2] {
        match self {
            Self::PrivilegeLog => [names::PRIVILEGE_LOG, names::PRIVILEGE_LOG_TEXT],
            Self::VaughnIndex => [names::VAUGHN_INDEX, names::VAUGHN_INDEX_TEXT],
        }
    }
}

/// The four files of both logs, by name. `redacted` gives the Bates number of a position of which a
/// redaction was produced.
pub fn render(
    log: &WithholdingLog,
    manifest: &Manifest,
    redacted: impl Fn(u64) -> Option<BatesNumber>,
) -> Vec<(&'static str, Vec<u8>)> {
    let render = |rendering: Rendering| {
        let entries = log.entries().iter();
        let lines: Vec<Line> = entries
            .filter(|entry| entry.rendering() == rendering)
            .zip(1..)
            .map(|(entry, number)| Line {
                number,
                entry,
                bates: redacted(entry.position).map(|bates| bates.to_string()),
            })
            .collect();
        let [csv, text] = rendering.files();
        [
            (csv, to_csv(rendering, log.columns(), &lines)),
            (text, to_text(rendering, log.columns(), &lines, manifest)),
        ]
    };
    Rendering::ALL.into_iter().flat_map(render).collect()
}

/// One line of a log.
struct Line<'a> {
    /// Its number, from 1.
    number: u64,
    entry: &'a Entry,
    /// The Bates number of the redaction; what is withheld as a whole has none.
    bates: Option<String>,
}

impl Line<'_> {
    fn treatment(&self) -> &'static str {
        match self.bates {
            Some(_) => "redacted",
            None => "withheld",
        }
    }
}

fn to_csv(rendering: Rendering, columns: &[String], lines: &[Line]) -> Vec<u8> {
    const IN_MEMORY: &str = "writing to memory does not fail, and all rows have equal length";
    let mut writer = csv::Writer::from_writer(Vec::new());
    let fixed = FIXED.into_iter().chain([rendering.basis(), "description"]);
    let own = columns.iter().map(String::as_str);
    writer.write_record(fixed.chain(own)).expect(IN_MEMORY);
    for line in lines {
        let (number, position) = (line.number.to_string(), line.entry.position.to_string());
        let fixed = [
            &number,
            &position,
            line.bates.as_deref().unwrap_or_default(),
            line.treatment(),
            &line.entry.basis,
            &line.entry.description,
        ];
        let own = line.entry.more.iter().map(String::as_str);
        let record = fixed.into_iter().chain(own);
        writer.write_record(record).expect(IN_MEMORY);
    }
    writer.into_inner().expect(IN_MEMORY)
}

fn to_text(
    rendering: Rendering,
    columns: &[String],
    lines: &[Line],
    manifest: &Manifest,
) -> Vec<u8> {
    const IN_MEMORY: &str = "writing to a string does not fail";
    let mut out = format!(
        "{}\nCommitment: {}\nRequest: {}\nEntries: {}\n",
        rendering.title().to_uppercase(),
        manifest.commitment,
        manifest.request,
        lines.len()
    );
    let basis = match rendering {
        Rendering::PrivilegeLog => "Privilege",
        Rendering::VaughnIndex => "Exemption",
    };
    for line in lines {
        let bates = line.bates.as_ref();
        let bates = bates.map_or_else(String::new, |bates| format!(" in {bates}"));
        let head = (line.number, line.entry.position, line.treatment());
        writeln!(out, "\n{}. Position {}, {}{bates}", head.0, head.1, head.2).expect(IN_MEMORY);
        let fixed = [
            (basis, &line.entry.basis),
            ("Description", &line.entry.description),
        ];
        let own = columns.iter().map(String::as_str).zip(&line.entry.more);
        for (label, cell) in fixed.into_iter().chain(own) {
            if !cell.is_empty() {
                // A line end in a cell cannot begin a line of the log.
                let cell = cell.replace(['\n', '\t'], " ");
                writeln!(out, "   {label}: {cell}").expect(IN_MEMORY);
            }
        }
    }
    out.into_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::digest::Digest;

    fn manifest() -> Manifest {
        Manifest {
            commitment: Digest([0xab; 32]),
            request: Digest([0xcd; 32]),
            items: 60,
            width: 11,
            k: 11,
            lanes: 1,
            bates_prefix: "EPA".parse().unwrap(),
        }
    }

    fn rendered(csv: &str) -> Vec<String> {
        let log = WithholdingLog::draft(csv.as_bytes()).unwrap();
        let bates = |position| (position == 9).then(|| manifest().bates_prefix.number(3));
        render(&log, &manifest(), bates)
            .into_iter()
            .map(|(_, bytes)| String::from_utf8(bytes).unwrap())
            .collect()
    }

    #[test]
    fn every_entry_is_in_one_of_two_logs() {
        let [privilege, privilege_text, vaughn, vaughn_text] = &rendered(
            "position,basis,description,author\n4,attorney-client,\"Memo, two pages\",counsel\n\
             9,5 U.S.C. 552 (B) (6),Personnel record,\n11,FOIA exemption 5,Draft,\n",
        )[..] else {
            panic!("there are four files");
        };
        assert_eq!(
            privilege,
            "number,position,bates,treatment,privilege,description,author\n\
             1,4,,withheld,attorney-client,\"Memo, two pages\",counsel\n"
        );
        assert_eq!(
            vaughn,
            "number,position,bates,treatment,exemption,description,author\n\
             1,9,EPA0000003,redacted,5 U.S.C. 552 (B) (6),Personnel record,\n\
             2,11,,withheld,FOIA exemption 5,Draft,\n"
        );
        let digests = format!(
            "Commitment: {}\nRequest: {}\n",
            "ab".repeat(32),
            "cd".repeat(32)
        );
        assert_eq!(
            *privilege_text,
            format!(
                "PRIVILEGE LOG\n{digests}Entries: 1\n\n1. Position 4, withheld\n   \
                 Privilege: attorney-client\n   Description: Memo, two pages\n   author: counsel\n"
            )
        );
        assert_eq!(
            *vaughn_text,
            format!(
                "VAUGHN INDEX\n{digests}Entries: 2\n\n1. Position 9, redacted in EPA0000003\n   \
                 Exemption: 5 U.S.C. 552 (B) (6)\n   Description: Personnel record\n\n\
                 2. Position 11, withheld\n   Exemption: FOIA exemption 5\n   Description: Draft\n"
            )
        );
    }

    /// No cell is a formula, none begins a line of its own, and an empty log says that it is empty.
    #[test]
    fn hostile_cells_stay_in_their_place() {
        let files = rendered(
            "position,basis,description,=x\n4,=cmd|' /C calc'!A0,\"a\n2. Position 5, withheld\",@SUM(A1)\n",
        );
        let mut reader = csv::Reader::from_reader(files[0].as_bytes());
        let cells = reader.records().map(Result::unwrap).collect::<Vec<_>>();
        assert_eq!(cells.len(), 1);
        let formula = |cell: &str| cell.starts_with(['=', '+', '-', '@']);
        assert!(!cells[0].iter().any(formula) && !reader.headers().unwrap().iter().any(formula));
        let numbered = |line: &&str| line.starts_with(|c: char| c.is_ascii_digit());
        assert_eq!(files[1].lines().filter(numbered).count(), 1);
        assert!(files[1].contains("   Description: a 2. Position 5, withheld\n"));
        assert!(files[3].ends_with("\nEntries: 0\n"));
    }
}
