//! The rule of families: every member names a head, which names itself and was opened.

use super::line::{Line, at};
use crate::bits::BitSet;
use crate::bytes::Malformed;
use crate::leaf::Status;

/// What is known of heads, three bits for each position.
pub(super) struct Heads {
    items: u64,
    /// Positions that name themselves.
    own: BitSet,
    /// Those of them that can head a family.
    able: BitSet,
    /// Positions that others name.
    named: BitSet,
    /// Whether a member names what is no position.
    out_of_range: bool,
}

impl Heads {
    pub(super) fn new(items: u64) -> Self {
        Self {
            items,
            own: BitSet::new(items),
            able: BitSet::new(items),
            named: BitSet::new(items),
            out_of_range: false,
        }
    }

    pub(super) fn add(&mut self, line: &Line) {
        if line.family != line.position {
            self.out_of_range |= line.family >= self.items;
            self.named.insert(line.family);
            return;
        }
        self.own.insert(line.position);
        if !matches!(line.status, Status::Exception(reason) if !reason.can_head()) {
            self.able.insert(line.position);
        }
    }

    /// Whether every family has a head, once all positions were added.
    pub(super) fn all_fit(&self) -> bool {
        !self.out_of_range && self.named.is_within(&self.able)
    }

    /// What is wrong with the family of one position.
    pub(super) fn check(&self, line: &Line) -> Result<(), Malformed> {
        let fault = |what| Err(at(line.position, &Malformed::new(what)));
        match line.family {
            family if family == line.position => Ok(()),
            family if family >= self.items => fault("its family is not a position"),
            family if !self.own.contains(family) => {
                fault("the position that heads its family belongs to another family")
            }
            family if !self.able.contains(family) => {
                fault("what was never opened heads its family")
            }
            _ => Ok(()),
        }
    }
}
