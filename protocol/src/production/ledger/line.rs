//! One record of a ledger.

use super::outcome::Outcome;
use super::{HAS_FAMILY, MAX_VIEWS};
use crate::bytes::{Malformed, Reader};
use crate::digest::Digest;
use crate::leaf::{LeafData, Status};
use crate::pedersen::ViewCommitment;
use crate::view::View;

/// One record of a ledger.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Line {
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
    /// The commitments to its views, compressed, ascending by view.
    points: Vec<(View, [u8; 32])>,
}

/// The most bytes of a record over that many views.
pub(super) fn max_bytes(views: usize) -> usize {
    let views = views.min(MAX_VIEWS);
    106 + views.div_ceil(8) + 32 * views
}

impl Line {
    /// Reads the record of a position; anything but the points is checked.
    pub(super) fn read(
        from: &mut Reader<'_>,
        position: u64,
        views: &[View],
    ) -> Result<Self, Malformed> {
        let code = from.u8()?;
        let mut outcome = Outcome::from_code(code & !HAS_FAMILY)?;
        let status = Status::from_code(from.u8()?)?;
        let mask = from.take(views.len().div_ceil(8))?;
        let spare = mask.len() * 8 - views.len();
        if spare > 0 && mask[mask.len() - 1] >> (8 - spare) != 0 {
            return Err(Malformed::new(
                "it has a view that the header does not name",
            ));
        }
        if !status.is_read() && mask.iter().any(|byte| *byte != 0) {
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
        let has = |index: &usize| mask[index / 8] >> (index % 8) & 1 == 1;
        let points = (0..views.len())
            .filter(has)
            .map(|index| Ok((views[index], from.array()?)))
            .collect::<Result<_, Malformed>>()?;
        if outcome.is_redacted() {
            outcome.redaction = Some(Digest(from.array()?));
        }
        Ok(Self {
            position,
            outcome,
            status,
            family,
            file,
            rendition,
            points,
        })
    }

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
        let found = self.points.iter().find(|(name, _)| *name == view);
        found.map(|(_, bytes)| self.point(bytes)).transpose()
    }

    /// The leaf data.
    ///
    /// # Errors
    /// When the bytes of a view commitment are not a point.
    pub fn leaf(&self) -> Result<LeafData, Malformed> {
        let views = self.points.iter();
        let views = views
            .map(|(name, bytes)| Ok((*name, self.point(bytes)?)))
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
        self.points.iter().map(|(name, _)| *name)
    }

    fn point(&self, bytes: &[u8; 32]) -> Result<ViewCommitment, Malformed> {
        ViewCommitment::from_bytes(bytes).map_err(|error| at(self.position, &error))
    }
}

/// An error at a position.
pub(super) fn at(position: u64, error: &Malformed) -> Malformed {
    Malformed::new(format!("position {position}: {error}"))
}
