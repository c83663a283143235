//! The one lookup table: the functions of the classifier and the ranges of remainders, told apart
//! by a tag.
//!
//! An entry is `(tag, argument, value)`. Tags start at 1, so that no lookup of an active row can
//! meet the all-zero entries that pad the table's columns.

use duces_protocol::classifier::{Shape, Table};
use std::collections::BTreeMap;

/// The widest range table, in bits.
pub const RANGE_BITS: u8 = 13;

/// Which part of the table a lookup may use.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Part {
    /// A function table of the classifier, by its index there.
    Function(u32),
    /// The integers `0 .. 2^bits`, with value 0.
    Range(u8),
}

/// One entry of the table.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Entry {
    /// The tag of the entry's part, from 1.
    pub tag: u32,
    /// The argument.
    pub argument: i32,
    /// The value.
    pub value: i32,
}

/// All parts that a classifier needs, in one list.
#[derive(Clone, Debug)]
pub struct Tables {
    parts: BTreeMap<Part, Span>,
    entries: Vec<Entry>,
}

#[derive(Clone, Copy, Debug)]
struct Span {
    tag: u32,
    start: usize,
    lo: i64,
}

impl Tables {
    /// Lists the parts that the pointwise nodes of a classifier need.
    #[must_use]
    pub fn new(classifier: &impl Shape) -> Self {
        let mut needed = BTreeMap::new();
        for (_, pointwise) in classifier.pointwise() {
            needed.insert(Part::Function(pointwise.table), ());
            for limb in limbs(pointwise.shift) {
                needed.insert(Part::Range(limb), ());
            }
        }
        needed.insert(Part::Range(0), ());
        let mut tables = Self {
            parts: BTreeMap::new(),
            entries: Vec::new(),
        };
        for (part, tag) in needed.into_keys().zip(1..) {
            tables.push(part, tag, classifier.tables());
        }
        tables
    }

    fn push(&mut self, part: Part, tag: u32, functions: &[Table]) {
        let start = self.entries.len();
        let lo = match part {
            Part::Function(index) => {
                let table = &functions[index as usize];
                let arguments = table.lo..=i32::MAX;
                let entries = table.outputs.iter().zip(arguments);
                self.entries.extend(entries.map(|(&value, argument)| Entry {
                    tag,
                    argument,
                    value,
                }));
                i64::from(table.lo)
            }
            Part::Range(bits) => {
                self.entries.extend((0..1 << bits).map(|argument| Entry {
                    tag,
                    argument,
                    value: 0,
                }));
                0
            }
        };
        self.parts.insert(part, Span { tag, start, lo });
    }

    /// All entries.
    #[must_use]
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// The tag of a part.
    ///
    /// # Panics
    /// When the classifier does not need the part.
    #[must_use]
    pub fn tag(&self, part: Part) -> u32 {
        self.span(part).tag
    }

    /// The index of an argument's entry.
    ///
    /// # Panics
    /// When the classifier does not need the part. An argument outside the part yields the index
    /// of an entry with another tag or argument, or an index past the end.
    #[must_use]
    pub fn index(&self, part: Part, argument: i64) -> usize {
        let span = self.span(part);
        usize::try_from(span.start as i64 + argument - span.lo).unwrap_or(usize::MAX)
    }

    /// The first entry of a part: what rows without an activation hold.
    ///
    /// # Panics
    /// When the classifier does not need the part.
    #[must_use]
    pub fn filler(&self, part: Part) -> Entry {
        self.entries[self.span(part).start]
    }

    fn span(&self, part: Part) -> &Span {
        self.parts
            .get(&part)
            .expect("the tables hold every part that the classifier needs")
    }
}

/// The widths, in bits, of the limbs of a remainder below `2^shift`, the highest first.
///
/// One limb stands beside the quotient; further limbs come in pairs, a row each pair, so that
/// their number is odd. The widths add up to `shift`.
#[must_use]
pub fn limbs(shift: u8) -> Vec<u8> {
    let extra_rows = shift.saturating_sub(RANGE_BITS).div_ceil(2 * RANGE_BITS);
    let count = 1 + 2 * extra_rows;
    (0..count)
        .map(|i| shift / count + u8::from(i < shift % count))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use duces_kit::classifier::{lookup, sum, term};
    use duces_protocol::classifier::{Classifier, Map};

    #[test]
    fn a_table_may_reach_to_the_last_argument() {
        let table = Table {
            lo: i32::MAX - 255,
            outputs: (0..256).map(|i| i32::from(i >= 100)).collect(),
        };
        let bias = vec![i64::from(table.lo)];
        let nodes = vec![sum(1, vec![term(0, Map::Scale(1))], bias), lookup(1, 0, 0)];
        let tables = Tables::new(&Classifier::new(1, nodes, vec![table]).unwrap());
        let last = tables.index(Part::Function(0), i64::from(i32::MAX));
        let entry = tables.entries()[last];
        assert_eq!((entry.argument, entry.value), (i32::MAX, 1));
    }

    #[test]
    fn limbs_add_up_and_fit() {
        for shift in 0..=64 {
            let limbs = limbs(shift);
            assert_eq!(limbs.iter().sum::<u8>(), shift);
            assert!(limbs.iter().all(|&limb| limb <= RANGE_BITS) && limbs.len() % 2 == 1);
        }
        assert_eq!(limbs(13), [13]);
        assert_eq!(limbs(14), [5, 5, 4]);
    }
}
