//! Bates numbers, and which files belong to which position.

use super::redaction::{self, Shown};
use crate::checks::evidence::Evidence;
use crate::fault::{Fault, NotPassed, ledger_fault};
use duces_protocol::production::bates::BatesNumber;
use duces_protocol::production::ledger::Line;
use duces_protocol::production::openings::Opening;
use duces_protocol::production::{bates, names};
use std::collections::BTreeSet;

/// The lines of what is handed over, ascending by position.
pub(super) struct Lines {
    /// As a whole: in the order of the openings.
    pub(super) produced: Vec<Line>,
    /// With redactions.
    pub(super) redacted: Vec<Line>,
}

/// A document with a Bates number.
pub(super) struct Numbered {
    pub(super) bates: BatesNumber,
    pub(super) what: What,
}

/// Where what belongs to a number is.
#[derive(Clone, Copy)]
pub(super) enum What {
    /// The index of its opening, and of its line.
    Opened(usize),
    /// The index of its line among those that are redacted.
    Redacted(usize),
}

/// One opening for each position that is produced as a whole, none for others.
pub(super) fn check_positions(evidence: &Evidence) -> Result<Lines, NotPassed> {
    let mut lines = Lines {
        produced: Vec::with_capacity(evidence.openings.len()),
        redacted: Vec::new(),
    };
    let mut openings = evidence
        .openings
        .iter()
        .map(|opening| opening.position)
        .peekable();
    for line in evidence.ledger.lines() {
        let line = line.map_err(ledger_fault)?;
        let position = line.position;
        let expected = line.outcome.is_produced();
        if expected {
            lines.produced.push(line);
        } else if line.outcome.is_redacted() {
            lines.redacted.push(line);
        }
        match (expected, openings.next_if_eq(&position).is_some()) {
            (true, false) => {
                return Err(Fault::new(
                    format!("position {position}"),
                    format!(
                        "it is listed as produced, but has no line in {}",
                        names::OPENINGS
                    ),
                )
                .into());
            }
            (false, true) => {
                return Err(Fault::new(
                    format!("{}, position {position}", names::OPENINGS),
                    "the item is opened, but not listed as produced",
                )
                .into());
            }
            _ => {}
        }
    }
    match openings.next() {
        None => Ok(lines),
        Some(position) => Err(Fault::new(
            format!("{}, position {position}", names::OPENINGS),
            "there is no such position",
        )
        .into()),
    }
}

/// All that is handed over, in the order of Bates numbers.
pub(super) fn in_order(evidence: &Evidence) -> Vec<Numbered> {
    let (produced, redacted) = (&evidence.produced_lines, &evidence.redacted_lines);
    let lines = produced.iter().chain(redacted);
    let order = bates::order(lines.map(|line| (line.position, line.family)).collect());
    let find = |lines: &[Line], position: u64| {
        let found = lines.binary_search_by_key(&position, |line| line.position);
        found.ok()
    };
    let what = |position: u64| match find(produced, position) {
        Some(index) => What::Opened(index),
        None => What::Redacted(
            find(redacted, position).expect("the order has the positions of the lines"),
        ),
    };
    let prefix = &evidence.manifest.bates_prefix;
    let numbered = order.into_iter().zip(1..);
    numbered
        .map(|(position, serial)| Numbered {
            bates: prefix.number(serial),
            what: what(position),
        })
        .collect()
}

/// Bates numbers without a gap, and exactly their files in the folders; returns what is shown of each
/// redacted position, with its place in the order.
pub(super) fn check(
    evidence: &Evidence,
    ordered: &[Numbered],
) -> Result<Vec<(usize, Shown)>, Fault> {
    for Numbered { bates, what } in ordered {
        let What::Opened(index) = what else { continue };
        let opening = &evidence.openings[*index];
        if opening.bates != *bates {
            return Err(Fault::new(
                format!("{}, position {}", names::OPENINGS, opening.position),
                format!("its Bates number is {}; {bates} is expected", opening.bates),
            ));
        }
    }
    let in_folder = |folder: &str, name: &String| format!("{folder}/{name}");
    let actual: BTreeSet<String> = evidence
        .document_files
        .iter()
        .flat_map(|(folder, files)| files.iter().map(move |name| in_folder(folder, name)))
        .collect();
    let redacted = |(number, one): (usize, &Numbered)| match one.what {
        What::Redacted(_) => Some(redaction::shown(&one.bates, &actual).map(|it| (number, it))),
        What::Opened(_) => None,
    };
    let shown = ordered.iter().enumerate().filter_map(redacted);
    let shown: Vec<(usize, Shown)> = shown.collect::<Result<_, _>>()?;
    let redactions = shown.iter().map(|(_, shown)| shown);
    check_files(&evidence.openings, redactions, &actual)?;
    Ok(shown)
}

/// The files of the openings and of redactions are there, and no others.
fn check_files<'a>(
    openings: &[Opening],
    redactions: impl Iterator<Item = &'a Shown>,
    actual: &BTreeSet<String>,
) -> Result<(), Fault> {
    let native = |opening: &Opening| {
        let name = opening.native_file()?;
        Some(format!("{}/{name}", names::NATIVES))
    };
    let expected: BTreeSet<String> = openings
        .iter()
        .flat_map(|opening| native(opening).into_iter().chain(opening.rendition_file()))
        .chain(redactions.flat_map(|shown| shown.paths.iter().cloned()))
        .collect();
    if let Some(missing) = expected.difference(actual).next() {
        return Err(Fault::new(missing.clone(), "the file is missing"));
    }
    if let Some(extra) = actual.difference(&expected).next() {
        return Err(Fault::new(
            format!("{extra:?}"),
            "the file belongs to no produced document",
        ));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use duces_protocol::leaf::{Salt, Suffix};
    use duces_protocol::production::bates::BatesPrefix;
    use duces_protocol::production::openings::NativeOpening;
    use duces_protocol::view::Kind;

    #[test]
    fn exactly_the_files_of_the_openings_are_accepted() {
        let prefix: BatesPrefix = "EPA".parse().unwrap();
        let opening = |serial, native: bool, kind| Opening {
            position: serial,
            bates: prefix.number(serial),
            native: native.then(|| NativeOpening {
                extension: "pdf".parse().unwrap(),
                suffix: Suffix::of("a.pdf"),
                salt: Salt::random(),
            }),
            rendition: Some((kind, Salt::random())),
            blind: None,
        };
        let openings = [opening(1, true, Kind::Text), opening(2, false, Kind::Image)];
        let all = [
            "natives/EPA0000001.pdf",
            "text/EPA0000001.txt",
            "images/EPA0000002.png",
        ];
        let set = |names: &[&str]| names.iter().map(|&name| name.to_owned()).collect();
        let none = || std::iter::empty();
        assert_eq!(check_files(&openings, none(), &set(&all)), Ok(()));
        for left_out in all {
            let mut fewer: BTreeSet<String> = set(&all);
            fewer.remove(left_out);
            let fault = check_files(&openings, none(), &fewer).unwrap_err();
            assert_eq!(fault.place, left_out);
        }
        for extra in ["natives/EPA0000002.pdf", "text/EPA0000002.txt", "images/x"] {
            let mut more: BTreeSet<String> = set(&all);
            more.insert(extra.to_owned());
            let fault = check_files(&openings, none(), &more).unwrap_err();
            assert!(fault.place.contains(extra), "{fault:?}");
        }
    }
}
