//! The messages of a proof, read strictly and in order: what both kinds of proof have in common.

use super::words::{Word, read_strictly};
use crate::columns::FirstColumns;
use crate::encoding::{point, scalar};
use crate::layout::Layout;
use crate::refusal::ProofError;
use duces_protocol::bytes::{Malformed, Reader};
use halo2curves::bn256::{Fr, G1Affine};

/// Points or scalars that are sent together.
pub struct Message<'a, T> {
    /// As they were sent: challenges are drawn from these bytes.
    pub bytes: &'a [u8],
    /// What they are.
    pub read: T,
}

/// A list of points.
pub type Points<'a> = Message<'a, Vec<G1Affine>>;
/// A list of scalars.
pub type Scalars<'a> = Message<'a, Vec<Fr>>;
/// Two points.
pub type Pair<'a> = Message<'a, [G1Affine; 2]>;

impl<'a, T: Copy + Default, const N: usize> Message<'a, [T; N]> {
    fn array(
        from: &mut Reader<'a>,
        one: fn(&[u8]) -> Result<T, Malformed>,
    ) -> Result<Self, ProofError> {
        let bytes = from.take(32 * N)?;
        let mut read = [T::default(); N];
        for (word, value) in bytes.chunks_exact(32).zip(&mut read) {
            *value = one(word)?;
        }
        Ok(Self { bytes, read })
    }
}

impl<'a, T> Message<'a, Vec<T>> {
    fn list(
        from: &mut Reader<'a>,
        count: usize,
        one: fn(&[u8]) -> Result<T, Malformed>,
    ) -> Result<Self, ProofError> {
        let bytes = from.take(32 * count)?;
        let read = bytes.chunks_exact(32).map(one).collect::<Result<_, _>>()?;
        Ok(Self { bytes, read })
    }
}

impl<'a> Points<'a> {
    /// Reads so many points.
    ///
    /// # Errors
    /// When one is not canonical, or the proof ends.
    pub fn read(from: &mut Reader<'a>, count: usize) -> Result<Self, ProofError> {
        Self::list(from, count, point)
    }
}

impl<'a> Scalars<'a> {
    /// Reads so many scalars.
    ///
    /// # Errors
    /// When one is not canonical, or the proof ends.
    pub fn read(from: &mut Reader<'a>, count: usize) -> Result<Self, ProofError> {
        Self::list(from, count, scalar)
    }
}

impl<'a, const N: usize> Message<'a, [G1Affine; N]> {
    /// Reads `N` points.
    ///
    /// # Errors
    /// When one is not canonical, or the proof ends.
    pub fn points(from: &mut Reader<'a>) -> Result<Self, ProofError> {
        Self::array(from, point)
    }

    /// Reads `count` messages of `N` points.
    ///
    /// # Errors
    /// When a point is not canonical, or the proof ends.
    pub fn points_of_rounds(from: &mut Reader<'a>, count: usize) -> Result<Vec<Self>, ProofError> {
        (0..count).map(|_| Self::points(from)).collect()
    }
}

impl<'a, const N: usize> Message<'a, [Fr; N]> {
    /// Reads `N` scalars.
    ///
    /// # Errors
    /// When one is not canonical, or the proof ends.
    pub fn scalars(from: &mut Reader<'a>) -> Result<Self, ProofError> {
        Self::array(from, scalar)
    }
}

/// The circuit's proof, which is the rest of a proof.
pub struct Circuit<'a> {
    /// All of it.
    pub bytes: &'a [u8],
    /// The commitments of the first phase, which stand at its front.
    pub first_phase: &'a [u8],
}

impl<'a> Circuit<'a> {
    /// Takes what is left, and reads every word of it strictly.
    pub(crate) fn read(
        from: &mut Reader<'a>,
        layout: &Layout,
        words: &[Word],
    ) -> Result<Self, ProofError> {
        let bytes = from.take(from.remaining())?;
        read_strictly(words, bytes)?;
        let columns = FirstColumns::<()>::count(layout);
        let first_phase = bytes
            .get(..32 * columns)
            .ok_or_else(|| Malformed::new("it ends too early"))?;
        Ok(Self { bytes, first_phase })
    }
}
