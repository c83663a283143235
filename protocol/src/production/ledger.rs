//! `ledger.bin` `[format-ledger]`: the public leaf data and the disposition of every position.
//!
//! Header: `duces-ledger-v1\n`; number of positions (8 bytes); number of views (4 bytes); each
//! view's name (length in 4 bytes, ASCII), in ascending order. Then one record for each position:
//!
//! | field | bytes |
//! |---|---|
//! | [`Disposition`] code; plus 16, 32 or 48 for a [`Companion`]; plus 128 where a family follows | 1 |
//! | status: 0 for an item, 255 for a page, a reason's code for an exception | 1 |
//! | which views the leaf has: bit `i` of byte `i / 8` for view `i` of the header | ⌈views / 8⌉ |
//! | family, where it is not the position itself | 8 |
//! | file commitment | 32 |
//! | rendition commitment, unless it is an exception | 32 |
//! | a view commitment for each bit that is set | 32 each |
//! | the digest of what is produced in its place, where it is redacted | 32 |
//!
//! Integers are little-endian. With one view an item takes 99 bytes. Each content has one
//! spelling: unused bits are zero, a family equal to the position is left out, nothing follows.
//!
//! A family has one head, which names its own position. Every other member names the head, so
//! that families have no chains and no cycles. An exception that was never opened heads nobody
//! ([`Reason::can_head`](crate::exceptions::Reason::can_head)).
//!
//! A *companion* is no match: it is handed over, redacted or withheld, because it belongs to the family of an
//! item that matches and is produced. Which families come together, the profile says.
//!
//! [`Ledger::parse`] and [`Ledger::read`] check everything but the points, which [`Line::leaf`] and
//! [`Line::commitment`] read.

mod heads;
mod line;
mod outcome;
mod read;

pub use line::Line;
pub use outcome::{Companion, Disposition, Outcome};
pub use read::{Ledger, LedgerError};

use crate::bytes::{Malformed, Writer};
use crate::leaf::LeafData;
use crate::view::View;
use std::io::Write;

const MAGIC: &[u8; 16] = b"duces-ledger-v1\n";
const MAX_VIEWS: usize = 64;
const MAX_VIEW_NAME: usize = 64;
const HAS_FAMILY: u8 = 128;

/// Writes a ledger record by record.
pub struct LedgerWriter<W = Vec<u8>> {
    views: Vec<View>,
    out: W,
    items: u64,
    written: u64,
}

impl LedgerWriter {
    /// Starts a ledger of `items` positions over the profile's views, in ascending order.
    #[must_use]
    pub fn new(items: u64, views: &[View]) -> Self {
        Self::onto(Vec::new(), items, views).expect("memory takes what is written to it")
    }
}

impl<W: Write> LedgerWriter<W> {
    /// Starts a ledger that goes to `out`, which should have a buffer.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn onto(mut out: W, items: u64, views: &[View]) -> Result<Self, LedgerError> {
        let mut header = Writer::new();
        header.raw(MAGIC).u64(items).length(views.len());
        for view in views {
            header.string(&view.to_string());
        }
        out.write_all(&header.finish())?;
        Ok(Self {
            views: views.to_vec(),
            out,
            items,
            written: 0,
        })
    }

    /// Appends the record of the next position.
    ///
    /// # Errors
    /// When the leaf breaks its invariant or has a view that the header does not name, a redaction has no
    /// digest or something else has one, or the record cannot be written.
    pub fn push(
        &mut self,
        leaf: &LeafData,
        outcome: impl Into<Outcome>,
    ) -> Result<(), LedgerError> {
        let outcome = outcome.into();
        leaf.check()?;
        if outcome.is_redacted() != outcome.redaction.is_some() {
            let what = format!(
                "position {}: a redaction has a digest, and nothing else has one",
                self.written
            );
            return Err(Malformed::new(what).into());
        }
        let mut mask = vec![0u8; self.views.len().div_ceil(8)];
        for (view, _) in &leaf.views {
            let index = self.views.binary_search(view).map_err(|_| {
                Malformed::new(format!("the leaf of position {} has {view}", self.written))
            })?;
            mask[index / 8] |= 1 << (index % 8);
        }
        let stands_alone = leaf.family == self.written;
        let flag = if stands_alone { 0 } else { HAS_FAMILY };
        let mut record = Writer::new();
        record
            .u8(outcome.code() | flag)
            .u8(leaf.status.code())
            .raw(&mask);
        if !stands_alone {
            record.u64(leaf.family);
        }
        record.raw(&leaf.file.0);
        if let Some(rendition) = &leaf.rendition {
            record.raw(&rendition.0);
        }
        for (_, commitment) in &leaf.views {
            record.raw(&commitment.to_bytes());
        }
        if let Some(redaction) = &outcome.redaction {
            record.raw(&redaction.0);
        }
        self.out.write_all(&record.finish())?;
        self.written += 1;
        Ok(())
    }

    /// What it was written to.
    ///
    /// # Errors
    /// When another number of records was written than announced.
    pub fn finish(self) -> Result<W, LedgerError> {
        if self.written == self.items {
            Ok(self.out)
        } else {
            let (written, items) = (self.written, self.items);
            Err(Malformed::new(format!("{written} of {items} records are there")).into())
        }
    }
}

#[cfg(test)]
mod tests;
