//! The rule of families: what comes along with a produced match is what the profile says.
//!
//! | the profile | of the family of a produced match |
//! |---|---|
//! | `families = "alone"` | nothing comes along |
//! | `families = "together"` | everything that was read is produced, redacted or withheld; exceptions may be |
//!
//! Elsewhere nothing is a companion.

use super::Counts;
use crate::fault::{Fault, NotPassed, ledger_fault};
use duces_protocol::bits::BitSet;
use duces_protocol::leaf::Status;
use duces_protocol::production::ledger::{Companion, Disposition, Ledger, Line};
use duces_protocol::profile::Families as Rule;

/// What the rule needs to know of all families, by the positions that head them.
pub(super) struct Families {
    /// Those with a produced match.
    produced: BitSet,
    /// Those of more than one member.
    joined: BitSet,
    pages: u64,
}

impl Families {
    pub(super) fn new(items: u64) -> Self {
        Self {
            produced: BitSet::new(items),
            joined: BitSet::new(items),
            pages: 0,
        }
    }

    pub(super) fn add(&mut self, line: &Line) {
        if matches!(
            line.outcome.disposition,
            Disposition::Produced | Disposition::Redacted
        ) {
            self.produced.insert(line.family);
        }
        if line.family != line.position {
            self.joined.insert(line.family);
        }
        self.pages += u64::from(line.status == Status::Page);
    }

    /// Checks the rule, once all lines were added, and counts.
    pub(super) fn check(
        &self,
        ledger: &Ledger,
        rule: Rule,
        counts: &mut Counts,
    ) -> Result<(), NotPassed> {
        counts.families = self.joined.len();
        counts.pages = self.pages;
        for line in ledger.lines() {
            self.companion(&line.map_err(ledger_fault)?, rule, counts)?;
        }
        Ok(())
    }

    fn companion(&self, line: &Line, rule: Rule, counts: &mut Counts) -> Result<(), Fault> {
        let is_brought = rule == Rule::Together && self.produced.contains(line.family);
        match (line.outcome.companion, is_brought) {
            (Companion::Produced, true) => counts.companions_produced += 1,
            (Companion::Redacted, true) => counts.companions_redacted += 1,
            (Companion::Withheld, true) => counts.companions_withheld += 1,
            (Companion::None, true) => left_out(line, counts)?,
            (Companion::None, false) => {}
            (Companion::Produced | Companion::Redacted | Companion::Withheld, false) => {
                let what = match rule {
                    Rule::Alone => {
                        "it is called a companion, but the profile produces matches alone"
                    }
                    Rule::Together => {
                        "it is called a companion, but no match of its family is produced"
                    }
                };
                return Err(fault(line, what));
            }
        }
        Ok(())
    }
}

/// A member of a produced family that is no companion: a match, or an exception.
fn left_out(line: &Line, counts: &mut Counts) -> Result<(), Fault> {
    match line.status {
        Status::Exception(_) => {
            counts.exceptions_left_out += 1;
            Ok(())
        }
        Status::Item | Status::Page if line.outcome.disposition.claims_match() => Ok(()),
        Status::Item | Status::Page => Err(fault(
            line,
            "a match of its family is produced, but it is neither produced nor withheld",
        )),
    }
}

fn fault(line: &Line, what: &str) -> Fault {
    let mut place = format!("position {}", line.position);
    if line.family != line.position {
        place += &format!(" (family {})", line.family);
    }
    Fault::new(place, what)
}

#[cfg(test)]
mod tests {
    use super::*;
    use duces_protocol::digest::Digest;
    use duces_protocol::exceptions::Reason;
    use duces_protocol::leaf::LeafData;
    use duces_protocol::production::ledger::{LedgerWriter, Outcome};

    type Entry = (u64, Status, Disposition, Companion);

    fn counted(rule: Rule, entries: &[Entry]) -> Result<Counts, Fault> {
        let mut writer = LedgerWriter::new(entries.len() as u64, &[]);
        for &(family, status, disposition, companion) in entries {
            let leaf = LeafData {
                status,
                family,
                file: Digest([1; 32]),
                rendition: status.is_read().then_some(Digest([2; 32])),
                views: Vec::new(),
            };
            let redacted = disposition == Disposition::Redacted || companion == Companion::Redacted;
            let outcome = Outcome {
                disposition,
                companion,
                redaction: redacted.then_some(Digest([3; 32])),
            };
            writer.push(&leaf, outcome).unwrap();
        }
        let ledger = Ledger::parse(writer.finish().unwrap()).unwrap();
        let mut counts = Counts::default();
        let mut families = Families::new(ledger.items());
        for line in ledger.lines() {
            families.add(&line.unwrap());
        }
        match families.check(&ledger, rule, &mut counts) {
            Ok(()) => Ok(counts),
            Err(NotPassed::Rejected(fault)) => Err(fault),
            Err(NotPassed::CannotRun(error)) => panic!("{error:?}"),
        }
    }

    /// A family of five (head, match, page, two exceptions), a second of two, and one alone.
    fn matter() -> Vec<Entry> {
        use Disposition::{Exception, NoView, NotResponsive, Produced, Withheld};
        let damaged = Status::Exception(Reason::Damaged);
        vec![
            (0, Status::Item, NotResponsive, Companion::Produced),
            (0, Status::Item, Produced, Companion::None),
            (0, Status::Page, NoView, Companion::Withheld),
            (0, damaged, Exception, Companion::None),
            (0, damaged, Exception, Companion::Produced),
            (5, Status::Item, Withheld, Companion::None),
            (5, Status::Item, NotResponsive, Companion::None),
            (7, Status::Item, Produced, Companion::None),
        ]
    }

    #[test]
    fn companions_are_counted() {
        let counts = counted(Rule::Together, &matter()).unwrap();
        let expected = Counts {
            companions_produced: 2,
            companions_withheld: 1,
            exceptions_left_out: 1,
            families: 2,
            pages: 1,
            ..Counts::default()
        };
        assert_eq!(counts, expected);
    }

    #[test]
    fn what_was_read_comes_along_and_nothing_else_does() {
        for (position, companion) in [
            (0, Companion::None),
            (2, Companion::None),
            (6, Companion::Produced),
            (6, Companion::Withheld),
        ] {
            let mut entries = matter();
            entries[position].3 = companion;
            let fault = counted(Rule::Together, &entries).unwrap_err();
            assert!(fault.place.contains(&format!("position {position}")));
        }
        let mut entries = matter();
        entries[4].3 = Companion::None;
        let counts = counted(Rule::Together, &entries).unwrap();
        assert_eq!(counts.exceptions_left_out, 2);
        // The one match of the first family is withheld: nobody comes along.
        entries[1].2 = Disposition::Withheld;
        assert!(counted(Rule::Together, &entries).is_err());
    }

    /// A redacted match brings its family, and a redacted companion is one.
    #[test]
    fn redactions_are_produced_too() {
        let mut entries = matter();
        entries[1].2 = Disposition::Redacted;
        entries[2].3 = Companion::Redacted;
        let counts = counted(Rule::Together, &entries).unwrap();
        let brought = (counts.companions_produced, counts.companions_redacted);
        assert_eq!((brought, counts.companions_withheld), ((2, 1), 0));
        assert!(counted(Rule::Alone, &entries).is_err());
        entries[0].3 = Companion::None;
        assert!(counted(Rule::Together, &entries).is_err());
    }

    #[test]
    fn where_matches_come_alone_there_are_no_companions() {
        assert!(counted(Rule::Alone, &matter()).is_err());
        let mut entries = matter();
        for entry in &mut entries {
            entry.3 = Companion::None;
        }
        let counts = counted(Rule::Alone, &entries).unwrap();
        assert_eq!((counts.companions_produced, counts.families), (0, 2));
        assert_eq!(counts.exceptions_left_out, 0);
    }
}
