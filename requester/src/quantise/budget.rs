//! The limits that the choice of scales keeps to, each with its unit and where it comes from.
//!
//! Sources: *bound* (it follows from the format or the circuit), *share* (a part of such a bound),
//! *convention* (a usual value in quantisation), *by hand* (no measurement of it is kept). None of
//! them touches soundness: the bounds of a classifier are proved on its integers.

use duces_circuits::tables::RANGE_BITS;

use duces_protocol::classifier::limits;

/// Tables, accumulators and weights.
pub mod size {
    use super::{RANGE_BITS, limits};

    /// Bits: the largest shift whose remainder fits the row of its quotient. Bound: the widest range
    /// table of the circuit.
    pub const SHIFT: u8 = RANGE_BITS;
    /// Bits: the largest shift whose remainder takes one further row. Bound: a row holds two limbs
    /// beside the first.
    pub const WIDE_SHIFT: u8 = 3 * SHIFT;
    /// Entries of one table. Share: as many as the widest range table.
    pub const TABLE: usize = 1 << SHIFT;
    /// Entries of all tables together, range tables included. Share: functions get as many as
    /// the widest range table.
    pub const TABLES: usize = 2 << SHIFT;
    /// Entries of all tables together where accumulators saturate. Share: as many again for the
    /// tables of excesses.
    pub const SATURATED_TABLES: usize = 3 << SHIFT;
    /// Entries of all functions' tables together where many documents share their price, in ascending
    /// order. Bound: the last one, with the tables of excesses and of steps, is what a classifier
    /// may have.
    pub const LARGE: [usize; 6] = [
        1 << 15,
        1 << 16,
        1 << 17,
        1 << 18,
        1 << 19,
        limits::ALL_ENTRIES - (2 << SHIFT),
    ];
    /// Entries on each side of zero of the step function's table, beside other tables. By hand.
    pub const STEP: usize = 64;
    /// Cells from zero to saturation, in the window of a saturated accumulator; one more cell on each
    /// side holds what lies outside. More cells waste less of the function's table on that, but need
    /// a larger table of excesses. By hand.
    pub const CELLS: i32 = 4;
    /// The largest magnitude of a weight.
    pub const WEIGHT: f64 = crate::float::multiples::LARGEST;
    /// The largest magnitude of a table's output, where a function has a pole beside the values that
    /// it meets. Bound: as [`WEIGHT`], one bit wider.
    pub const OUTPUT: f64 = (1 << 24) as f64;
    /// Different functions: their tables share [`TABLES`]. By hand: at eight, each has about
    /// 1,000 entries.
    pub const FUNCTIONS: usize = 8;
}

/// Precision: clipping, rounding and calibration.
pub mod precision {
    /// Factor on a real interval that makes room for the rounding of weights. By hand: with less,
    /// more candidates need a second attempt.
    pub const ROUNDING_MARGIN: f64 = 1.02;
    /// Divisor: a saturated table takes a small shift only while the noise of rounded weights is
    /// below this share of the window. By hand.
    pub const QUIET: f64 = 4096.0;
    /// A saturated accumulator's window in calibrated ranges. By hand: documents that were not seen
    /// go further.
    pub const HEADROOM: f64 = 2.0;
    /// The smallest window of an element of a saturated layer, as a share of the layer's calibrated
    /// range. By hand.
    pub const LEAST_SHARE: f64 = 1.0 / 8.0;
    /// The argument at which a table of the sigmoid ends. Convention: it is within 5·10⁻⁵ of 1
    /// there.
    pub const SIGMOID_RANGE: f64 = 10.0;
    /// The argument at which a table of tanh ends. It is within 10⁻⁴ of 1 there.
    pub const TANH_RANGE: f64 = 5.0;
    /// The argument below zero at which a table of the exponential ends. It is below 10⁻⁵ there.
    pub const EXP_RANGE: f64 = 12.0;
    /// The same where the accumulator saturates.
    pub const SATURATED_EXP_RANGE: f64 = 10.0;
}

/// Which step functions may take a further row for a wide shift.
pub mod steps {
    /// Elements: as many may be wide in any case. By hand.
    pub const FEW: usize = 16;
    /// Activations: more may be wide when they are at most one in so many. Bound on the price:
    /// 3 % more rows.
    pub const WIDE_SHARE: usize = 32;
    /// Without calibration data, steps become wide when no weight is as large as this. By hand:
    /// rounding may then move the largest weight by about 0.4 % or more.
    pub const COARSE_WEIGHT: u32 = 1 << 7;
}

/// The search over table sizes.
pub mod search {
    /// Attempts at one candidate. By hand: each coarsens at least one scale.
    pub const ATTEMPTS: usize = 60;
    /// Multiplications of one evaluation above which fewer table sizes are tried. By hand.
    pub const HEAVY: u64 = 1 << 24;
    /// Error of the scores (root mean square, relative to their size) that is small enough. By
    /// hand.
    pub const ENOUGH: f64 = 0.02;
    /// Error that a further row for each step would not improve in a way that matters. By hand.
    pub const NEGLIGIBLE: f64 = 0.0001;
    /// Error that other table sizes will not mend. By hand.
    pub const HOPELESS: f64 = 0.25;
    /// Calibrated values that a table tells apart: layers below the first number saturate first,
    /// then those below the second, and so on. By hand.
    pub const RESOLUTIONS: [f64; 6] = [16.0, 32.0, 64.0, 128.0, 256.0, 1024.0];
    /// Multiplications that measuring the error of one candidate may take. By hand.
    pub const ERROR_EFFORT: u64 = 1 << 27;
    /// Multiplications that counting decisions of one candidate may take. By hand.
    pub const AGREEMENT_EFFORT: u64 = 1 << 31;
    /// Rows of the widest batch that is proved without being asked for, as a power of two. Bound: the
    /// prover's plan.
    pub const BATCH_BITS: u32 = 22;
    /// Documents, where nobody says how many there will be: when a model is sealed. By hand.
    pub const ITEMS: u64 = 1000;
    /// Views that are evaluated at most, whatever they take. By hand.
    pub const VIEWS: usize = 1 << 12;
    /// Views on which the error of a candidate is measured at least. By hand: each has as many scores as
    /// there are classes.
    pub const ERROR_VIEWS: usize = 4;
    /// Views on which decisions are counted at least. By hand.
    pub const AGREEMENT_VIEWS: usize = 16;
    /// Multiplications that measuring the ranges of all values may take, and views that are evaluated in any
    /// case. By hand: about ten seconds of one core.
    pub const RANGES_EFFORT: u64 = 1 << 34;
    /// As [`RANGES_EFFORT`].
    pub const RANGES_VIEWS: usize = 32;
}
