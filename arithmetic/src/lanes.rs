//! Eight 64-bit lanes, and the few operations on them that the kernels need.
//!
//! A value of a type that implements [`Lanes`] is the right to use it: that of the AVX-512 lanes
//! exists only where the processor was asked. Kernels are written once, for any lanes.

#[cfg(target_arch = "x86_64")]
mod ifma;
mod portable;

#[cfg(target_arch = "x86_64")]
pub(crate) use ifma::Ifma;
pub(crate) use portable::Portable;

/// The low 52 bits of a lane: a limb.
pub(crate) const LIMB: u64 = (1 << 52) - 1;

/// Operations on vectors of eight unsigned 64-bit integers. Sums and differences wrap.
pub(crate) trait Lanes: Copy {
    /// Eight integers.
    type V: Copy;

    /// The same integer in every lane.
    fn splat(self, value: u64) -> Self::V;
    /// Reads eight integers.
    fn load(self, from: &[u64; 8]) -> Self::V;
    /// Writes eight integers.
    fn store(self, value: Self::V, to: &mut [u64; 8]);
    /// `sum + (a·b mod 2^52)`, of the low 52 bits of `a` and `b`.
    fn madd_lo(self, sum: Self::V, a: Self::V, b: Self::V) -> Self::V;
    /// `sum + ⌊a·b / 2^52⌋`, of the low 52 bits of `a` and `b`.
    fn madd_hi(self, sum: Self::V, a: Self::V, b: Self::V) -> Self::V;
    /// `a + b`.
    fn add(self, a: Self::V, b: Self::V) -> Self::V;
    /// `a − b`.
    fn sub(self, a: Self::V, b: Self::V) -> Self::V;
    /// Bits of both.
    fn and(self, a: Self::V, b: Self::V) -> Self::V;
    /// Bits of either.
    fn or(self, a: Self::V, b: Self::V) -> Self::V;
    /// `⌊a / 2^N⌋`.
    fn shr<const N: u32>(self, a: Self::V) -> Self::V;
    /// `a·2^N`.
    fn shl<const N: u32>(self, a: Self::V) -> Self::V;
    /// `⌊a / 2^N⌋` of signed integers.
    fn sar<const N: u32>(self, a: Self::V) -> Self::V;
    /// `yes` in the lanes where `sign` is negative, `no` in the others.
    fn if_negative(self, sign: Self::V, yes: Self::V, no: Self::V) -> Self::V;
    /// `yes` in the lanes where `value` is zero, `no` in the others.
    fn if_zero(self, value: Self::V, yes: Self::V, no: Self::V) -> Self::V;
    /// Lane `i` of vector `j` becomes lane `j` of vector `i`.
    fn transpose(self, rows: [Self::V; 8]) -> [Self::V; 8];
    /// Vector `i` holds integer `i` of the eight elements.
    fn spread(self, elements: &[[u64; 4]; 8]) -> [Self::V; 4];
    /// Vector `i` holds integer `i` of the eight elements.
    fn collect(self, elements: [&[u64; 4]; 8]) -> [Self::V; 4];
    /// The reverse of [`Lanes::spread`].
    fn join(self, integers: [Self::V; 4], elements: &mut [[u64; 4]; 8]);
}
