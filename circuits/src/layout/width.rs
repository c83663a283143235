//! The batch width.

use super::Layout;
use crate::work::Work;
use duces_protocol::classifier::Classifier;
use std::fmt;

/// The batch width: a batch has room for up to `2^bits` activations.
///
/// It is the one thing about a batch that the responding party chooses; it is bound in the
/// context of every proof.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Width(u8);

impl Width {
    /// The list to choose from, ascending.
    pub const ALL: [Self; 13] = [
        Self(11),
        Self(12),
        Self(13),
        Self(14),
        Self(15),
        Self(16),
        Self(17),
        Self(18),
        Self(19),
        Self(20),
        Self(21),
        Self(22),
        Self(23),
    ];

    /// The widest batch that is proved without being asked for.
    const REASONABLE: Self = Self(22);

    /// The most bytes of views that such a batch holds.
    const VIEW_BYTES: usize = 1 << 29;

    /// Binary logarithm of the number of activations that a batch has room for.
    #[must_use]
    pub fn bits(self) -> u32 {
        u32::from(self.0)
    }

    /// The width of that many bits, if it is on the list.
    #[must_use]
    pub fn from_bits(bits: u32) -> Option<Self> {
        Self::ALL.into_iter().find(|width| width.bits() == bits)
    }

    /// The width that proves `items` items with the least work in reasonable memory: about half a
    /// gigabyte of columns and half of views at the most, unless a single item needs more.
    #[must_use]
    pub fn default_for(classifier: &Classifier, items: usize) -> Option<Self> {
        let mut fitting = Self::ALL
            .into_iter()
            .filter_map(|width| Some((width, Layout::new(classifier, width).ok()?)))
            .peekable();
        let narrowest = fitting.peek()?.0;
        fitting
            .take_while(|(width, layout)| {
                let views = layout.items_per_batch() * classifier.input_len();
                *width == narrowest || (*width <= Self::REASONABLE && views <= Self::VIEW_BYTES)
            })
            .min_by_key(|(_, layout)| {
                let batches = items.div_ceil(layout.items_per_batch()).max(1) as u64;
                Work::of_batch(layout).times(batches).weight()
            })
            .map(|(width, _)| width)
    }
}

impl fmt::Display for Width {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
