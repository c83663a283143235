//! Saturation of an accumulator to the arguments that its table tells apart (docs/protocol.md
//! section 4, "Request").
//!
//! The worst case over all views can exceed what documents reach by orders of magnitude. A table
//! over the worst case then has too little resolution for documents. One *stage* is two nodes:
//! `x = X(Y >> s)` with `X(h) = h − clamp(h, lo, hi)`, and `Y' = Y − 2^s·x`. Inside
//! `lo·2^s .. (hi + 1)·2^s`, `Y'` equals `Y`. Every other `Y` is moved into the first or the last
//! `2^s` of that interval, where the function that follows is constant. Where the worst case is
//! wider than one table `X` can be, coarser stages come first.

use duces_protocol::classifier::{Linear, Map, Table, Term, ValueId, limits};

/// Bits: the largest power of two that a weight holds. Bound: weights are 32-bit integers with a sign.
const WEIGHT_BITS: u8 = 30;

/// One stage of saturation.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct SaturationStage {
    /// `s`.
    pub shift: u8,
    lo: i64,
    hi: i64,
}

/// The stages that saturate the integers `range.0 ..= range.1` to `window` (a half-open range of
/// multiples of `2^shift`) and one cell of `2^shift` on each side, the coarsest first. `entries` is
/// the size of a table of excesses. `None` when no allowed shift is coarse enough for the range.
pub fn stages(
    range: (f64, f64),
    window: (i32, i32),
    shift: u8,
    entries: usize,
) -> Option<Vec<SaturationStage>> {
    let half = (entries / 2) as f64;
    let cell = |shift: u8| libm::exp2(shift.into());
    let fits = |shift: u8| range.1.max(-range.0) / cell(shift) + 2.0 < half;
    let (first, last) = (
        f64::from(window.0) * cell(shift),
        f64::from(window.1) * cell(shift),
    );
    let mut list: Vec<SaturationStage> = Vec::new();
    let mut next = shift;
    loop {
        // The outer cells hold only what lies outside the window.
        let (lo, hi) = (
            (first / cell(next)).floor() - 1.0,
            (last / cell(next)).ceil(),
        );
        list.insert(
            0,
            SaturationStage {
                shift: next,
                lo: lo as i64,
                hi: hi as i64,
            },
        );
        if fits(next) {
            return Some(list);
        }
        // The cells that this stage may read: those that the stage before it leaves.
        let width = libm::log2(half / (hi + 1.0).max(-lo)).floor() as i32;
        next = u8::try_from(i32::from(next) + width.max(1)).ok()?;
        if next > limits::SHIFT {
            return None;
        }
    }
}

impl SaturationStage {
    /// The table of excesses `X` with `entries` entries, and the factor with which it counts.
    pub fn table(&self, entries: usize) -> (Table, i32) {
        let above = self.shift.saturating_sub(WEIGHT_BITS);
        let half = (entries / 2) as i64;
        let excess = |h: i64| ((h - h.clamp(self.lo, self.hi)) << above) as i32;
        let table = Table {
            lo: -half as i32,
            outputs: (-half..half).map(excess).collect(),
        };
        (table, -(1 << (self.shift - above)))
    }

    /// The smallest and the largest integer that `Y'` can be.
    pub fn ends(&self) -> (f64, f64) {
        let cell = libm::exp2(self.shift.into());
        (self.lo as f64 * cell, (self.hi + 1) as f64 * cell - 1.0)
    }

    /// `Y' = Y + factor·x`, `len` elements.
    pub fn rest(y: ValueId, x: ValueId, factor: i32, len: usize) -> Linear {
        let term = |source, factor| Term {
            source,
            map: Map::Scale(factor),
        };
        Linear {
            len: len as u32,
            terms: vec![term(y, 1), term(x, factor)],
            bias: Vec::new(),
        }
    }
}
