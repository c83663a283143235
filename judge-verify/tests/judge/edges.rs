//! The smallest commitments, and decisions at the cutoff.

use crate::support::{Matter, refused};
use duces_judge_verify::check::Check;
use duces_protocol::production::ledger::{Disposition, Ledger, LedgerWriter};
use std::fs;
use std::path::Path;

fn texts(counts: &[usize]) -> Vec<(String, Vec<u8>)> {
    let text = |count: usize| format!("{} report", "turbidity ".repeat(count)).into_bytes();
    let names = (0..counts.len()).map(|i| format!("{i}.txt"));
    names.zip(counts.iter().map(|count| text(*count))).collect()
}

fn counts(matter: &Matter) -> [u64; 5] {
    let outcome = matter.verify(&matter.path("production"));
    assert_eq!(refused(&outcome), None);
    let counts = outcome.counts.unwrap();
    [
        counts.items,
        counts.produced,
        counts.withheld,
        counts.not_responsive,
        counts.exceptions,
    ]
}

#[test]
fn one_item_is_proved_withheld_or_excepted() {
    assert_eq!(counts(&Matter::of(&texts(&[0]), false)), [1, 0, 0, 1, 0]);
    assert_eq!(counts(&Matter::of(&texts(&[3]), true)), [1, 0, 1, 0, 0]);
    // Nothing is provable, so there is no batch.
    let empty = [("empty.txt".to_owned(), Vec::new())];
    assert_eq!(counts(&Matter::of(&empty, false)), [1, 0, 0, 0, 1]);
}

#[test]
fn a_power_of_two_has_no_padding() {
    assert_eq!(counts(&Matter::of(&texts(&[0, 9]), false)), [2, 1, 0, 1, 0]);
}

/// The classifier says match from three on. Two, three and four words are decided as they are, and
/// the opposite of each is refused by the proof.
#[test]
fn decisions_at_the_cutoff() {
    let matter = Matter::of(&texts(&[2, 3, 4]), false);
    assert_eq!(counts(&matter), [3, 2, 0, 1, 0]);
    let ledger = fs::read(matter.path("production/ledger.bin")).unwrap();
    let ledger = Ledger::parse(ledger).unwrap();
    for position in 0..3 {
        let copy = matter.copy(&format!("flipped-{position}"));
        flip(&ledger, position, &copy);
        let (check, reason) = refused(&matter.verify(&copy)).unwrap();
        assert_eq!(check, Check::Proofs, "position {position}: {reason}");
    }
}

/// Claims the opposite decision. Check 6 comes before those that miss an opening or an entry.
fn flip(ledger: &Ledger, position: u64, production: &Path) {
    let mut writer = LedgerWriter::new(ledger.items(), ledger.views());
    for line in ledger.lines() {
        let line = line.unwrap();
        let disposition = match (line.position == position, line.outcome.disposition) {
            (true, Disposition::NotResponsive) => Disposition::Withheld,
            (true, _) => Disposition::NotResponsive,
            (false, honest) => honest,
        };
        writer.push(&line.leaf().unwrap(), disposition).unwrap();
    }
    fs::write(production.join("ledger.bin"), writer.finish().unwrap()).unwrap();
}
