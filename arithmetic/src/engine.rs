//! Which lanes are used.

use crate::lanes::{Lanes, Portable};

#[cfg(target_arch = "x86_64")]
use crate::lanes::Ifma;

/// How arithmetic is done: chosen once, then passed along. All engines give the same results.
#[derive(Clone, Copy, Debug)]
pub struct Engine(Path);

#[derive(Clone, Copy, Debug)]
enum Path {
    Scalar,
    Portable,
    #[cfg(target_arch = "x86_64")]
    Ifma(Ifma),
}

impl Engine {
    /// The fastest for this processor.
    #[must_use]
    pub fn detect() -> Self {
        Self::ifma().unwrap_or_else(Self::scalar)
    }

    /// AVX-512 IFMA, where the processor has it.
    #[must_use]
    pub fn ifma() -> Option<Self> {
        #[cfg(target_arch = "x86_64")]
        return Ifma::detect().map(|lanes| Self(Path::Ifma(lanes)));
        #[cfg(not(target_arch = "x86_64"))]
        None
    }

    /// One element after the other.
    #[must_use]
    pub fn scalar() -> Self {
        Self(Path::Scalar)
    }

    /// The kernels for lanes on any processor: slow, for tests.
    #[must_use]
    pub fn portable() -> Self {
        Self(Path::Portable)
    }

    /// Whether the kernels for lanes are used.
    pub(crate) fn has_lanes(self) -> bool {
        !matches!(self.0, Path::Scalar)
    }

    /// Runs a kernel.
    pub(crate) fn run<K: Kernel>(self, kernel: K) -> K::Output {
        match self.0 {
            Path::Scalar => kernel.scalar(),
            Path::Portable => kernel.lanes(Portable),
            #[cfg(target_arch = "x86_64")]
            Path::Ifma(lanes) => lanes.run(kernel),
        }
    }
}

/// Work that is done one element after the other, or in lanes.
pub(crate) trait Kernel {
    /// What comes of it.
    type Output;
    /// One element after the other.
    fn scalar(self) -> Self::Output;
    /// In lanes; to be inlined, so that it is compiled for the instructions of the lanes.
    fn lanes<S: Lanes>(self, lanes: S) -> Self::Output;
}
