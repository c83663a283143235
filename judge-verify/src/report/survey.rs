//! One pass over the ledger of a verified production, for what the HTML form draws and lists.
//!
//! What is kept does not grow with the ledger: [`CELLS`] cells of the picture, [`ROWS`] rows, and one
//! entry for each family of a produced document, which are in memory anyway.

use crate::checks::{Position, Verified};
use crate::fault::NotPassed;
use duces_protocol::answers::Answer;
use duces_protocol::leaf::Status;
use duces_protocol::production::ledger::{Companion, Disposition, Outcome};
use std::collections::BTreeMap;

/// Cells of the picture, at the most.
pub const CELLS: u64 = 1_000;

/// Rows of the list of positions, at the most. A ledger of more positions is listed in runs.
pub const ROWS: usize = 2_000;

/// The dispositions in the order of reports.
pub const ORDER: [Disposition; 7] = [
    Disposition::Produced,
    Disposition::Redacted,
    Disposition::Withheld,
    Disposition::NotResponsive,
    Disposition::Answered,
    Disposition::Exception,
    Disposition::NoView,
];

/// How many positions have each disposition, in the order of [`ORDER`].
pub type Numbers = [u64; ORDER.len()];

/// The place of a disposition in [`ORDER`].
pub fn place(disposition: Disposition) -> usize {
    ORDER
        .iter()
        .position(|other| *other == disposition)
        .expect("ORDER has every disposition")
}

/// A cell of the picture: some positions in a row.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Cell {
    /// The first position.
    pub first: u64,
    /// The last position.
    pub last: u64,
    /// Their dispositions.
    pub numbers: Numbers,
    /// What its family brought, in a cell of one position.
    pub companion: Companion,
}

/// A row of the list: a position, or a run of positions of which the same is to be said.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Row {
    /// The first position.
    pub first: u64,
    /// The last position.
    pub last: u64,
    /// What happened to them.
    pub outcome: Outcome,
    /// What they are.
    pub status: Status,
    /// The head of their family; none where they are of several.
    pub family: Option<u64>,
    /// Their answer, where the request asks for one.
    pub answer: Option<Answer>,
    /// The Bates number of a produced document.
    pub bates: Option<String>,
}

/// What became of the members of a family with a produced document.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Members {
    /// All.
    pub all: u64,
    /// Handed over, as a match or with the family.
    pub produced: u64,
    /// Redacted, likewise.
    pub redacted: u64,
    /// Withheld, likewise.
    pub withheld: u64,
    /// The first Bates number.
    pub begins: String,
    /// The last Bates number.
    pub ends: String,
}

/// What the pass found.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Survey {
    /// Positions of each cell but the last, which may have fewer.
    pub per_cell: u64,
    /// The picture.
    pub cells: Vec<Cell>,
    /// The list.
    pub rows: Vec<Row>,
    /// The positions that the list covers are those below this one.
    pub listed: u64,
    /// All dispositions.
    pub numbers: Numbers,
    /// Families of more than one member, by their head.
    pub families: BTreeMap<u64, Members>,
    /// Positions whose row is kept apart: those of a ledger that fits.
    each: bool,
}

impl Survey {
    /// Reads the ledger again.
    ///
    /// # Errors
    /// When it cannot be read, or has changed.
    pub fn of(verified: &Verified) -> Result<Self, NotPassed> {
        let mut produced = verified.produced().peekable();
        let mut redacted = verified.redacted().iter().peekable();
        let mut survey = Self::new(verified.counts().items);
        let families = verified.produced().map(|document| document.family);
        for family in families.chain(verified.redacted().iter().map(|it| it.family)) {
            survey.families.entry(family).or_default();
        }
        for position in verified.positions() {
            let position = position?;
            let bates = produced
                .next_if(|document| document.position == position.position)
                .map(|document| document.bates)
                .or_else(|| {
                    let own = redacted.next_if(|it| it.position == position.position)?;
                    Some(own.bates.clone())
                });
            survey.add(position, bates);
        }
        survey.families.retain(|_, members| members.all > 1);
        Ok(survey)
    }

    fn new(items: u64) -> Self {
        Self {
            per_cell: items.div_ceil(CELLS).max(1),
            each: items <= ROWS as u64,
            ..Self::default()
        }
    }

    fn add(&mut self, position: Position, bates: Option<String>) {
        let at = place(position.outcome.disposition);
        self.numbers[at] += 1;
        self.cell(&position, at);
        if let Some(members) = self.families.get_mut(&position.family) {
            members.add(position.outcome, bates.as_deref());
        }
        self.row(position, bates);
    }

    fn cell(&mut self, position: &Position, at: usize) {
        let number = position.position;
        if number.is_multiple_of(self.per_cell) {
            self.cells.push(Cell {
                first: number,
                last: number,
                numbers: Numbers::default(),
                companion: position.outcome.companion,
            });
        }
        if let Some(cell) = self.cells.last_mut() {
            cell.last = number;
            cell.numbers[at] += 1;
        }
    }

    fn row(&mut self, position: Position, bates: Option<String>) {
        let number = position.position;
        if self.listed != number {
            return;
        }
        let row = Row {
            first: number,
            last: number,
            outcome: position.outcome,
            status: position.status,
            family: Some(position.family),
            answer: position.answer,
            bates,
        };
        let is_full = self.rows.len() == ROWS;
        match self.rows.last_mut() {
            Some(last) if !self.each && last.goes_on_with(&row) => {
                last.last = number;
                if last.family != row.family {
                    last.family = None;
                }
            }
            _ if is_full => return,
            _ => self.rows.push(row),
        }
        self.listed = number + 1;
    }
}

impl Row {
    /// Whether a run goes on. What is handed over or withheld stands by itself.
    fn goes_on_with(&self, next: &Self) -> bool {
        let alone =
            next.outcome.is_produced() || next.outcome.is_redacted() || next.outcome.is_withheld();
        !alone
            && (self.outcome, self.status, &self.answer)
                == (next.outcome, next.status, &next.answer)
    }
}

impl Members {
    fn add(&mut self, outcome: Outcome, bates: Option<&str>) {
        self.all += 1;
        self.produced += u64::from(outcome.is_produced());
        self.redacted += u64::from(outcome.is_redacted());
        self.withheld += u64::from(outcome.is_withheld());
        if let Some(bates) = bates {
            // Numbers of one production have one width.
            if self.begins.is_empty() || bates < self.begins.as_str() {
                bates.clone_into(&mut self.begins);
            }
            if bates > self.ends.as_str() {
                bates.clone_into(&mut self.ends);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use duces_protocol::exceptions::Reason;

    fn position(number: u64, disposition: Disposition) -> Position {
        Position {
            position: number,
            outcome: disposition.into(),
            status: match disposition {
                Disposition::Exception => Status::Exception(Reason::Damaged),
                _ => Status::Item,
            },
            family: number,
            answer: None,
        }
    }

    fn survey(items: u64, kind: impl Fn(u64) -> Disposition) -> Survey {
        let mut survey = Survey::new(items);
        for number in 0..items {
            let bates = (kind(number) == Disposition::Produced).then(|| format!("A{number:07}"));
            survey.add(position(number, kind(number)), bates);
        }
        survey
    }

    fn sum(numbers: &Numbers) -> u64 {
        numbers.iter().sum()
    }

    #[test]
    fn a_small_ledger_has_a_cell_and_a_row_for_each_position() {
        let survey = survey(70, |number| ORDER[(number % 7) as usize]);
        assert_eq!((survey.per_cell, survey.cells.len()), (1, 70));
        assert_eq!((survey.rows.len(), survey.listed), (70, 70));
        assert_eq!(survey.numbers, [10; 7]);
        assert_eq!(survey.rows[7].bates.as_deref(), Some("A0000007"));
    }

    #[test]
    fn a_million_positions_stay_a_page() {
        let one_in_ten_thousand = |number| match number % 10_000 {
            77 => Disposition::Produced,
            _ => Disposition::NotResponsive,
        };
        let survey = survey(1_000_000, one_in_ten_thousand);
        assert_eq!((survey.per_cell, survey.cells.len()), (1_000, 1_000));
        assert_eq!(survey.cells[3].first, 3_000);
        let cells: u64 = survey.cells.iter().map(|cell| sum(&cell.numbers)).sum();
        assert_eq!((cells, sum(&survey.numbers)), (1_000_000, 1_000_000));
        // A run before each of them, and one behind the last.
        assert_eq!((survey.rows.len(), survey.listed), (201, 1_000_000));
        assert_eq!(survey.rows[1].first, 77);
        assert_eq!(survey.rows[2].last, 10_076);
        assert_eq!(survey.rows[2].family, None);
    }

    #[test]
    fn what_is_beyond_the_last_row_is_left_out_as_a_whole() {
        let every_second = |number| match number % 2 {
            0 => Disposition::NotResponsive,
            _ => Disposition::NoView,
        };
        let survey = survey(10_001, every_second);
        assert_eq!((survey.rows.len(), survey.listed), (ROWS, ROWS as u64));
        assert_eq!(survey.cells.last().unwrap().last, 10_000);
        assert_eq!(sum(&survey.numbers), 10_001);
    }

    #[test]
    fn families_are_counted_and_have_a_first_and_a_last_number() {
        let mut survey = Survey::new(3);
        survey.families.insert(0, Members::default());
        for (number, disposition) in [
            (0, Disposition::NotResponsive),
            (1, Disposition::Produced),
            (2, Disposition::Withheld),
        ] {
            let mut member = position(number, disposition);
            member.family = 0;
            if number == 0 {
                member.outcome.companion = Companion::Produced;
            }
            survey.add(member, (number < 2).then(|| format!("A{}", number + 1)));
        }
        let members = &survey.families[&0];
        assert_eq!((members.all, members.produced, members.withheld), (3, 2, 1));
        assert_eq!(
            (members.begins.as_str(), members.ends.as_str()),
            ("A1", "A2")
        );
    }
}
