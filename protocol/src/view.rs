//! Views: fixed-shape `u8` tensors computed from a document by integer arithmetic alone.
//!
//! This module gives their names and shapes; the crate `duces-views` computes them from files.

use crate::bytes::Malformed;
use std::fmt;
use std::str::FromStr;

/// The largest number of bytes in a view.
pub const MAX_VIEW_LEN: usize = 1 << 20;

/// A view, named `gray-WxH`, `rgb-WxH` or `text-hash-N`.
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
    /// Counts of hashed tokens (feature hashing as in scikit-learn's `HashingVectorizer`),
    /// clipped to 255, shape `[features]`.
    TextHash {
        /// Number of buckets.
        features: u32,
    },
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
            Self::TextHash { features } => vec![features as usize],
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
            Self::TextHash { .. } => Kind::Text,
        }
    }
}

impl fmt::Display for View {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Gray { width, height } => write!(f, "gray-{width}x{height}"),
            Self::Rgb { width, height } => write!(f, "rgb-{width}x{height}"),
            Self::TextHash { features } => write!(f, "text-hash-{features}"),
        }
    }
}

impl FromStr for View {
    type Err = Malformed;

    fn from_str(name: &str) -> Result<Self, Malformed> {
        let unknown = || {
            Malformed::new(format!(
                "'{name}' is not a view (gray-WxH, rgb-WxH or text-hash-N, at most {MAX_VIEW_LEN} bytes)"
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
        } else if let Some(rest) = name.strip_prefix("text-hash-") {
            Self::TextHash {
                features: number(rest).ok_or_else(unknown)?,
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_round_trip() {
        for name in ["gray-28x28", "rgb-96x64", "text-hash-4096"] {
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
        ] {
            assert!(name.parse::<View>().is_err(), "{name}");
        }
    }
}
