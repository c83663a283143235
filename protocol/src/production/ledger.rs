//! `ledger.bin` `[format-ledger]`: the public leaf data and the disposition of every position.
//!
//! Header: `duces-ledger-v1\n`; number of positions (8 bytes); number of views (4 bytes); each
//! view's name (length in 4 bytes, ASCII), in ascending order. Then one record for each position:
//!
//! | field | bytes |
//! |---|---|
//! | [`Disposition`] code; plus 16 or 32 for a [`Companion`]; plus 128 where a family follows | 1 |
//! | status: 0 for an item, 255 for a page, a reason's code for an exception | 1 |
//! | which views the leaf has: bit `i` of byte `i / 8` for view `i` of the header | ⌈views / 8⌉ |
//! | family, where it is not the position itself | 8 |
//! | file commitment | 32 |
//! | rendition commitment, unless it is an exception | 32 |
//! | a view commitment for each bit that is set | 32 each |
//!
//! Integers are little-endian. With one view an item takes 99 bytes. Each content has one
//! spelling: unused bits are zero, a family equal to the position is left out, nothing follows.
//!
//! A family has one head, which names its own position. Every other member names the head, so
//! that families have no chains and no cycles. An exception that was never opened heads nobody
//! ([`Reason::can_head`](crate::exceptions::Reason::can_head)).
//!
//! A *companion* is no match: it is handed over, or withheld, because it belongs to the family of an
//! item that matches and is produced. Which families come together, the profile says.
//!
//! [`Ledger::parse`] checks everything but the points, which [`Line::leaf`] and
//! [`Line::commitment`] read: so a ledger takes its own bytes and 8 more for each position.

mod outcome;

pub use outcome::{Companion, Disposition, Outcome};

use crate::bytes::{Malformed, Reader, Writer};
use crate::digest::Digest;
use crate::leaf::{LeafData, Status};
use crate::pedersen::ViewCommitment;
use crate::tree::MAX_ITEMS;
use crate::view::View;

const MAGIC: &[u8; 16] = b"duces-ledger-v1\n";
const MAX_VIEWS: usize = 64;
const MAX_VIEW_NAME: usize = 64;
const HAS_FAMILY: u8 = 128;

/// Writes a ledger record by record.
pub struct LedgerWriter {
    views: Vec<View>,
    out: Writer,
    items: u64,
    written: u64,
}

impl LedgerWriter {
    /// Starts a ledger of `items` positions over the profile's views, in ascending order.
    #[must_use]
    pub fn new(items: u64, views: &[View]) -> Self {
        let mut out = Writer::new();
        out.raw(MAGIC).u64(items).length(views.len());
        for view in views {
            out.string(&view.to_string());
        }
        Self {
            views: views.to_vec(),
            out,
            items,
            written: 0,
        }
    }

    /// Appends the record of the next position.
    ///
    /// # Errors
    /// When the leaf breaks its invariant or has a view that the header does not name.
    pub fn push(&mut self, leaf: &LeafData, outcome: impl Into<Outcome>) -> Result<(), Malformed> {
        leaf.check()?;
        let mut mask = vec![0u8; self.views.len().div_ceil(8)];
        for (view, _) in &leaf.views {
            let index = self.views.binary_search(view).map_err(|_| {
                Malformed::new(format!("the leaf of position {} has {view}", self.written))
            })?;
            mask[index / 8] |= 1 << (index % 8);
        }
        let stands_alone = leaf.family == self.written;
        let flag = if stands_alone { 0 } else { HAS_FAMILY };
        self.out
            .u8(outcome.into().code() | flag)
            .u8(leaf.status.code())
            .raw(&mask);
        if !stands_alone {
            self.out.u64(leaf.family);
        }
        self.out.raw(&leaf.file.0);
        if let Some(rendition) = &leaf.rendition {
            self.out.raw(&rendition.0);
        }
        for (_, commitment) in &leaf.views {
            self.out.raw(&commitment.to_bytes());
        }
        self.written += 1;
        Ok(())
    }

    /// The file's bytes.
    ///
    /// # Errors
    /// When another number of records was written than announced.
    pub fn finish(self) -> Result<Vec<u8>, Malformed> {
        if self.written == self.items {
            Ok(self.out.finish())
        } else {
            Err(Malformed::new(format!(
                "{} of {} records are there",
                self.written, self.items
            )))
        }
    }
}

/// A ledger whose structure has been checked.
pub struct Ledger {
    views: Vec<View>,
    bytes: Vec<u8>,
    offsets: Vec<u64>,
}

/// One record of a ledger.
pub struct Line<'a> {
    /// Its position.
    pub position: u64,
    /// What happened to it.
    pub outcome: Outcome,
    /// Item, page or exception.
    pub status: Status,
    /// The position that heads its family.
    pub family: u64,
    /// Commitment to the file's bytes, or to the page.
    pub file: Digest,
    /// Commitment to the rendition, unless it is an exception.
    pub rendition: Option<Digest>,
    views: &'a [View],
    mask: &'a [u8],
    commitments: &'a [u8],
}

impl Ledger {
    /// The largest ledger of `items` positions over `views` views, in bytes.
    #[must_use]
    pub fn max_bytes(items: u64, views: usize) -> u64 {
        let views = views.min(MAX_VIEWS) as u64;
        let header = 28 + views * (4 + MAX_VIEW_NAME as u64);
        header.saturating_add(items.saturating_mul(74 + views.div_ceil(8) + 32 * views))
    }

    /// Reads a ledger's bytes.
    ///
    /// # Errors
    /// When anything but a view commitment is malformed; names the position where there is one.
    pub fn parse(bytes: Vec<u8>) -> Result<Self, Malformed> {
        let mut from = Reader::new(&bytes);
        if &from.array::<16>()? != MAGIC {
            return Err(Malformed::new("it does not begin with 'duces-ledger-v1'"));
        }
        let items = from.u64()?;
        let count = from.length(MAX_VIEWS, 4, "the list of views")?;
        let mut views: Vec<View> = Vec::with_capacity(count);
        for _ in 0..count {
            views.push(from.string(MAX_VIEW_NAME, "a view's name")?.parse()?);
        }
        if views.windows(2).any(|pair| pair[0] >= pair[1]) {
            return Err(Malformed::new("its views are not in ascending order"));
        }
        let shortest = 34 + views.len().div_ceil(8) as u64;
        if items > MAX_ITEMS || items.saturating_mul(shortest) > from.remaining() as u64 {
            return Err(Malformed::new(format!("{items} records do not fit in it")));
        }
        let mut offsets = Vec::with_capacity(usize::try_from(items).expect("they fit in a file"));
        for position in 0..items {
            offsets.push((bytes.len() - from.remaining()) as u64);
            read_line(&mut from, position, &views).map_err(|error| at(position, &error))?;
        }
        from.finish()?;
        let ledger = Self {
            views,
            bytes,
            offsets,
        };
        ledger.check_families()?;
        Ok(ledger)
    }

    fn check_families(&self) -> Result<(), Malformed> {
        let members = self.lines().filter(|line| line.family != line.position);
        for member in members {
            let fault = |what| Err(at(member.position, &Malformed::new(what)));
            if member.family >= self.items() {
                return fault("its family is not a position");
            }
            let head = self.line(member.family);
            if head.family != head.position {
                return fault("the position that heads its family belongs to another family");
            }
            if matches!(head.status, Status::Exception(reason) if !reason.can_head()) {
                return fault("what was never opened heads its family");
            }
        }
        Ok(())
    }

    /// Number of positions.
    #[must_use]
    pub fn items(&self) -> u64 {
        self.offsets.len() as u64
    }

    /// The views that leaves can have, in ascending order.
    #[must_use]
    pub fn views(&self) -> &[View] {
        &self.views
    }

    /// The record at a position.
    ///
    /// # Panics
    /// When the position is not below [`Self::items`].
    #[must_use]
    pub fn line(&self, position: u64) -> Line<'_> {
        let index = usize::try_from(position).expect("positions fit in memory");
        let offset = usize::try_from(self.offsets[index]).expect("offsets fit in memory");
        read_line(
            &mut Reader::new(&self.bytes[offset..]),
            position,
            &self.views,
        )
        .expect("every record was read when the ledger was parsed")
    }

    /// All records in order of position.
    pub fn lines(&self) -> impl Iterator<Item = Line<'_>> {
        (0..self.items()).map(|position| self.line(position))
    }
}

impl Line<'_> {
    /// Whether the leaf has this view: the position is *provable*.
    #[must_use]
    pub fn is_provable(&self, view: View) -> bool {
        self.status.is_read() && self.names().any(|name| name == view)
    }

    /// The commitment to one view, if the leaf has it.
    ///
    /// # Errors
    /// When its bytes are not a point.
    pub fn commitment(&self, view: View) -> Result<Option<ViewCommitment>, Malformed> {
        let Some(index) = self.names().position(|name| name == view) else {
            return Ok(None);
        };
        self.commitment_at(index).map(Some)
    }

    /// The leaf data.
    ///
    /// # Errors
    /// When the bytes of a view commitment are not a point.
    pub fn leaf(&self) -> Result<LeafData, Malformed> {
        let views = self
            .names()
            .enumerate()
            .map(|(index, name)| Ok((name, self.commitment_at(index)?)))
            .collect::<Result<_, Malformed>>()?;
        Ok(LeafData {
            status: self.status,
            family: self.family,
            file: self.file,
            rendition: self.rendition,
            views,
        })
    }

    /// The views that the leaf has, in ascending order.
    pub fn names(&self) -> impl Iterator<Item = View> {
        let has = |index: &usize| self.mask[index / 8] >> (index % 8) & 1 == 1;
        (0..self.views.len())
            .filter(has)
            .map(|index| self.views[index])
    }

    fn commitment_at(&self, index: usize) -> Result<ViewCommitment, Malformed> {
        let mut bytes = [0; 32];
        bytes.copy_from_slice(&self.commitments[32 * index..32 * (index + 1)]);
        ViewCommitment::from_bytes(&bytes).map_err(|error| at(self.position, &error))
    }
}

fn at(position: u64, error: &Malformed) -> Malformed {
    Malformed::new(format!("position {position}: {error}"))
}

fn read_line<'a>(
    from: &mut Reader<'a>,
    position: u64,
    views: &'a [View],
) -> Result<Line<'a>, Malformed> {
    let code = from.u8()?;
    let outcome = Outcome::from_code(code & !HAS_FAMILY)?;
    let status = Status::from_code(from.u8()?)?;
    let mask = from.take(views.len().div_ceil(8))?;
    let spare = mask.len() * 8 - views.len();
    if spare > 0 && mask[mask.len() - 1] >> (8 - spare) != 0 {
        return Err(Malformed::new(
            "it has a view that the header does not name",
        ));
    }
    let count: u32 = mask.iter().map(|byte| byte.count_ones()).sum();
    if !status.is_read() && count > 0 {
        return Err(Malformed::new("an exception has a view"));
    }
    let family = if code & HAS_FAMILY == 0 {
        position
    } else {
        from.u64()?
    };
    if code & HAS_FAMILY != 0 && family == position {
        return Err(Malformed::new("its family is not in the canonical form"));
    }
    let file = Digest(from.array()?);
    let rendition = match status {
        Status::Exception(_) => None,
        Status::Item | Status::Page => Some(Digest(from.array()?)),
    };
    let commitments = from.take(32 * count as usize)?;
    Ok(Line {
        position,
        outcome,
        status,
        family,
        file,
        rendition,
        views,
        mask,
        commitments,
    })
}

#[cfg(test)]
mod tests;
