//! What the responding party states of a layout, and its ranges.

use super::LayoutError;
use std::fmt;

/// The batch width: a batch has room for up to `2^bits` activations.
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
}

impl fmt::Display for Width {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// The three numbers that the responding party chooses. They are stated in the manifest and bound
/// in every proof; the layout follows from them and from the classifier.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Dimensions {
    width: Width,
    k: u32,
    lanes: u32,
}

impl Dimensions {
    /// Sizes of a column, as powers of two. The judge hashes as many generators.
    pub const COLUMN_BITS: std::ops::RangeInclusive<u32> = 11..=14;

    /// Reads stated numbers.
    ///
    /// # Errors
    /// When one lies outside its range.
    pub fn new(width: u32, k: u32, lanes: u32) -> Result<Self, LayoutError> {
        let inside = |name, value: u32, least: u32, most: u32| {
            if (least..=most).contains(&value) {
                Ok(())
            } else {
                Err(LayoutError::Range {
                    name,
                    value,
                    least,
                    most,
                })
            }
        };
        let [first, .., last] = Width::ALL;
        inside("width", width, first.bits(), last.bits())?;
        let (least, most) = Self::COLUMN_BITS.into_inner();
        inside("k", k, least, most.min(width))?;
        inside("lanes", lanes, 1, 1 << (width - k))?;
        Ok(Self {
            width: Width(width as u8),
            k,
            lanes,
        })
    }

    /// The dimensions of a width in which one item has the most room: all triples are its lanes.
    pub fn roomiest(width: Width) -> impl Iterator<Item = Self> {
        let of = move |k| Self::new(width.bits(), k, 1 << width.bits().saturating_sub(k)).ok();
        Self::COLUMN_BITS.filter_map(of)
    }

    /// The width.
    #[must_use]
    pub fn width(self) -> Width {
        self.width
    }

    /// Binary logarithm of the rows of a column.
    #[must_use]
    pub fn k(self) -> u32 {
        self.k
    }

    /// Column triples that one item takes side by side.
    #[must_use]
    pub fn lanes(self) -> usize {
        self.lanes as usize
    }

    /// Column triples that there is room for.
    #[must_use]
    pub fn triples(self) -> usize {
        1 << (self.width.bits() - self.k)
    }
}

impl fmt::Display for Dimensions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { width, k, lanes } = self;
        write!(f, "width {width}, k {k}, lanes {lanes}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_numbers_in_their_ranges_are_dimensions() {
        for (width, k, lanes) in [(11, 11, 1), (12, 11, 2), (23, 14, 512), (13, 11, 4)] {
            let dimensions = Dimensions::new(width, k, lanes).unwrap();
            assert_eq!(dimensions.triples(), 1 << (width - k));
            let text = format!("width {width}, k {k}, lanes {lanes}");
            assert_eq!(dimensions.to_string(), text);
        }
        let refused = [
            ((10, 11, 1), "width is 10, which is not from 11 to 23"),
            ((24, 14, 1), "width is 24, which is not from 11 to 23"),
            ((12, 10, 1), "k is 10, which is not from 11 to 12"),
            ((12, 13, 1), "k is 13, which is not from 11 to 12"),
            ((23, 15, 1), "k is 15, which is not from 11 to 14"),
            ((11, 11, 0), "lanes is 0, which is not from 1 to 1"),
            ((12, 11, 3), "lanes is 3, which is not from 1 to 2"),
            ((23, 14, 513), "lanes is 513, which is not from 1 to 512"),
        ];
        for ((width, k, lanes), text) in refused {
            let error = Dimensions::new(width, k, lanes).unwrap_err();
            assert_eq!(error.to_string(), text);
        }
    }
}
