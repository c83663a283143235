//! Views, `[format-view]`: fixed-shape `u8` tensors computed from a rendition by integer arithmetic
//! alone.
//!
//! This module gives their names and shapes; the crate `duces-views` computes them.

use crate::bytes::Malformed;
use std::fmt;
use std::str::FromStr;

/// The largest number of bytes in a view.
pub const MAX_VIEW_LEN: usize = 1 << 20;

/// A view, named `gray-WxH`, `rgb-WxH`, `text-bytes-N` or `text-hash-N`, the last with `-nA-B` for
/// runs of `A` to `B` tokens and `-binary` for presence in place of counts.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum View {
    /// Luma of the decoded image, shape `[1, height, width]`.
    Gray {
        /// Pixels in a row.
        width: u32,
        /// Rows.
        height: u32,
    },
    /// Red, green and blue planes of the decoded image, shape `[3, height, width]`.
    Rgb {
        /// Pixels in a row.
        width: u32,
        /// Rows.
        height: u32,
    },
    /// The first bytes of the normalised text, then zeros, shape `[bytes]`.
    TextBytes {
        /// Number of bytes.
        bytes: u32,
    },
    /// Counts of hashed n-grams of tokens (feature hashing as in scikit-learn's
    /// `HashingVectorizer`), clipped to 255 or to 1, shape `[features]`.
    TextHash {
        /// Number of buckets.
        features: u32,
        /// Which n-grams are counted.
        ngrams: Ngrams,
        /// Whether presence stands in place of the count.
        binary: bool,
    },
}

/// The lengths of n-grams: from `1 ≤ shortest ≤ longest ≤ MAX` tokens.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Ngrams {
    shortest: u8,
    longest: u8,
}

impl Ngrams {
    /// The greatest length.
    pub const MAX: u8 = 5;
    /// Single tokens.
    pub const UNIGRAMS: Self = Self {
        shortest: 1,
        longest: 1,
    };

    /// Lengths from `shortest` to `longest`, if allowed.
    #[must_use]
    pub fn new(shortest: u8, longest: u8) -> Option<Self> {
        let allowed = 1 <= shortest && shortest <= longest && longest <= Self::MAX;
        allowed.then_some(Self { shortest, longest })
    }

    /// The smallest length.
    #[must_use]
    pub fn shortest(self) -> usize {
        self.shortest.into()
    }

    /// The greatest length.
    #[must_use]
    pub fn longest(self) -> usize {
        self.longest.into()
    }
}

/// What kind of document a view reads.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Kind {
    /// A decoded raster image.
    Image,
    /// A text: plain text, or an e-mail with its decoded headers and body.
    Text,
}

impl View {
    /// The tensor's shape without a batch axis: `[channels, height, width]` or `[features]`.
    #[must_use]
    pub fn shape(&self) -> Vec<usize> {
        match *self {
            Self::Gray { width, height } => vec![1, height as usize, width as usize],
            Self::Rgb { width, height } => vec![3, height as usize, width as usize],
            Self::TextHash { features, .. } => vec![features as usize],
            Self::TextBytes { bytes } => vec![bytes as usize],
        }
    }

    /// Number of bytes: the product of the shape.
    #[must_use]
    pub fn byte_len(&self) -> usize {
        self.shape().iter().product()
    }

    /// The kind of document it reads.
    #[must_use]
    pub fn kind(&self) -> Kind {
        match self {
            Self::Gray { .. } | Self::Rgb { .. } => Kind::Image,
            Self::TextHash { .. } | Self::TextBytes { .. } => Kind::Text,
        }
    }
}

impl fmt::Display for View {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Gray { width, height } => write!(f, "gray-{width}x{height}"),
            Self::Rgb { width, height } => write!(f, "rgb-{width}x{height}"),
            Self::TextBytes { bytes } => write!(f, "text-bytes-{bytes}"),
            Self::TextHash {
                features,
                ngrams,
                binary,
            } => {
                write!(f, "text-hash-{features}")?;
                if *ngrams != Ngrams::UNIGRAMS {
                    write!(f, "-n{}-{}", ngrams.shortest, ngrams.longest)?;
                }
                f.write_str(if *binary { "-binary" } else { "" })
            }
        }
    }
}

impl FromStr for View {
    type Err = Malformed;

    fn from_str(name: &str) -> Result<Self, Malformed> {
        let unknown = || {
            Malformed::new(format!(
                "'{name}' is not a view (gray-WxH, rgb-WxH, text-bytes-N, text-hash-N or text-hash-N-nA-B[-binary], at most {MAX_VIEW_LEN} bytes)"
            ))
        };
        let number = |text: &str| {
            text.parse::<u32>()
                .ok()
                .filter(|n| (1..=1 << 20).contains(n))
        };
        let size = |text: &str| {
            let (width, height) = text.split_once('x')?;
            Some((number(width)?, number(height)?))
        };
        let view = if let Some(rest) = name.strip_prefix("gray-") {
            let (width, height) = size(rest).ok_or_else(unknown)?;
            Self::Gray { width, height }
        } else if let Some(rest) = name.strip_prefix("rgb-") {
            let (width, height) = size(rest).ok_or_else(unknown)?;
            Self::Rgb { width, height }
        } else if let Some(rest) = name.strip_prefix("text-bytes-") {
            let bytes = number(rest).ok_or_else(unknown)?;
            Self::TextBytes { bytes }
        } else if let Some(rest) = name.strip_prefix("text-hash-") {
            let (rest, binary) = match rest.strip_suffix("-binary") {
                Some(rest) => (rest, true),
                None => (rest, false),
            };
            let (features, ngrams) = match rest.split_once("-n") {
                Some((features, lengths)) => (features, ngrams(lengths).ok_or_else(unknown)?),
                None => (rest, Ngrams::UNIGRAMS),
            };
            Self::TextHash {
                features: number(features).ok_or_else(unknown)?,
                ngrams,
                binary,
            }
        } else {
            return Err(unknown());
        };
        let len = view.shape().iter().map(|&d| d as u64).product::<u64>();
        if view.to_string() != name || len > MAX_VIEW_LEN as u64 {
            return Err(unknown());
        }
        Ok(view)
    }
}

/// `A-B`.
fn ngrams(text: &str) -> Option<Ngrams> {
    let (shortest, longest) = text.split_once('-')?;
    Ngrams::new(shortest.parse().ok()?, longest.parse().ok()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_round_trip() {
        for name in [
            "gray-28x28",
            "rgb-96x64",
            "text-hash-4096",
            "text-hash-65536-n1-2",
            "text-hash-1000-n3-3-binary",
            "text-hash-7-binary",
            "text-bytes-512",
        ] {
            assert_eq!(name.parse::<View>().unwrap().to_string(), name);
        }
        assert_eq!("rgb-96x64".parse::<View>().unwrap().shape(), [3, 64, 96]);
        for name in [
            "gray-0x1",
            "gray-028x28",
            "rgb-5",
            "text-hash-",
            "grey-1x1",
            "rgb-2000x2000",
            "text-hash-4096-n1-1",
            "text-hash-4096-n2-1",
            "text-hash-4096-n1-6",
            "text-hash-4096-n0-2",
            "text-hash-4096-n01-2",
            "text-hash-4096-n1",
            "text-hash-4096-binary-n1-2",
            "text-hash-4096-Binary",
            "text-bytes-0",
            "text-bytes-1048577",
        ] {
            assert!(name.parse::<View>().is_err(), "{name}");
        }
    }
}
