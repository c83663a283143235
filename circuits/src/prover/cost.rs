//! What proving a batch costs, counted from its layout, and how fast this machine is.
//!
//! By the count the responding party chooses the dimensions of its layout ([`super::plan`]), so it is
//! in integers; the measured speed only serves to tell people how long it will take.

use super::msm::{DIGIT_BITS, DIGITS, FixedBases};
use super::transform::{COSETS, Transform};
use crate::columns::LOOKUPS_PER_HELPER;
use crate::layout::Layout;
use duces_arithmetic::Engine;
use duces_protocol::classifier::Classifier;
use duces_protocol::pedersen::Generators;
use ff::Field;
use halo2curves::bn256::Fr;
use rand_chacha::ChaCha20Rng;
use rand_core::SeedableRng;
use std::hint::black_box;
use std::time::{Duration, Instant};

/// Operations of the prover of one batch.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Work {
    /// Butterflies of transforms: a multiplication, an addition and a subtraction in the field.
    pub butterflies: u64,
    /// Additions of points.
    pub additions: u64,
    /// Other multiplications in the field, of slices: in lanes where the processor has them.
    pub products: u64,
    /// Multiplications one after the other.
    pub multiplications: u64,
}

/// Nanoseconds of one core for an operation.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Speed {
    /// A butterfly.
    pub butterfly: f64,
    /// An addition of points.
    pub addition: f64,
    /// A multiplication of slices, element by element.
    pub product: f64,
    /// A multiplication in the field on its own.
    pub multiplication: f64,
}

impl Work {
    /// Counts a full batch.
    #[must_use]
    pub fn of_batch(layout: &Layout) -> Self {
        let (rows, k) = (layout.rows() as u64, u64::from(layout.k()));
        let (triples, lanes) = (layout.triples() as u64, layout.lanes() as u64);
        let tables = layout.table_columns() as u64;
        let (per_helper, cosets) = (LOOKUPS_PER_HELPER as u64, COSETS as u64);
        let helpers = (2 * triples).div_ceil(per_helper);
        let table_helpers = tables.div_ceil(per_helper);
        // Interpolated once and evaluated on every coset: lookups, helpers, the table, and what the
        // running sum is made of. Coefficients and folds of the lanes: on one coset.
        let columns = 2 * triples + helpers + 2 * tables + table_helpers + 12;
        // Polynomials that are committed to by their coefficients.
        let opened = 2 * k + cosets + 4;
        let transforms = columns * (1 + cosets) + 12 * lanes + cosets + opened + 4;
        // A small cell takes one digit or two, a large one all digits; each commitment ends with a
        // sum over the buckets.
        let small = 3 * triples + tables;
        let large = helpers + table_helpers + 1 + opened;
        let additions = small * (3 * rows / 2 + 4096) + large * (DIGITS as u64 * rows + 8192);
        // Gates on all cosets; inverses, folds and openings on the rows.
        let gates = cosets * (4 * 2 * triples + 2 * helpers + 8 * tables);
        let lookups = 3 * 2 * triples + 6 * 3 * triples + 8 * helpers;
        let products = rows * (gates + 6 * lanes + 3 * triples + lookups);
        Self {
            butterflies: transforms * rows / 2 * k,
            additions,
            products,
            multiplications: 0,
        }
    }

    /// What a prover prepares: generators and their multiples.
    #[must_use]
    pub fn of_keys(layout: &Layout) -> Self {
        let doublings = (DIGITS * DIGIT_BITS) as u64;
        Self {
            multiplications: layout.rows() as u64 * (9 * doublings + 1000),
            ..Self::default()
        }
    }

    /// What `items` items take besides: evaluation, and the terms of their views.
    #[must_use]
    pub fn of_items(classifier: &Classifier, items: u64) -> Self {
        let integer_multiplications = classifier.cost().multiplications;
        let view = classifier.input_len() as u64;
        Self {
            multiplications: items * (integer_multiplications / 16 + view / 2),
            ..Self::default()
        }
    }

    /// A single number for comparisons: tenths of a field multiplication, about. It is the same on every
    /// processor, and so are the dimensions that are chosen by it; in lanes all operations gain alike.
    #[must_use]
    pub fn weight(&self) -> u64 {
        let multiplications = self.products + self.multiplications;
        12 * self.butterflies + 65 * self.additions + 10 * multiplications
    }

    /// How often this work is done in `times` batches.
    #[must_use]
    pub fn times(&self, times: u64) -> Self {
        Self {
            butterflies: self.butterflies * times,
            additions: self.additions * times,
            products: self.products * times,
            multiplications: self.multiplications * times,
        }
    }

    /// How long it takes on all cores of a machine of that speed.
    #[must_use]
    pub fn duration(&self, speed: &Speed) -> Duration {
        let nanoseconds = self.butterflies as f64 * speed.butterfly
            + self.additions as f64 * speed.addition
            + self.products as f64 * speed.product
            + self.multiplications as f64 * speed.multiplication;
        let cores = rayon::current_num_threads() as f64;
        Duration::from_secs_f64(nanoseconds / cores / 1e9)
    }
}

impl Speed {
    /// Measures this machine, with all its cores at work.
    #[must_use]
    pub fn measure() -> Self {
        let k = 12;
        let n = 1usize << k;
        let engine = Engine::detect();
        let transform = Transform::new(engine, k as u32);
        let bases = FixedBases::new(engine, &Generators::derive(n).g);
        let measured = rayon::broadcast(|_| {
            // Any field elements will do, but they must be long.
            let mut rng = ChaCha20Rng::seed_from_u64(1);
            let values: Vec<Fr> = (0..n).map(|_| Fr::random(&mut rng)).collect();
            let mut sums = bases.sums();
            let butterfly = nanoseconds(8, || transform.values(&values)) / (n / 2 * k) as f64;
            let addition = nanoseconds(1, || sums.of_values(0, &values)) / (n * DIGITS) as f64;
            let mut slices = [values.clone(), values.clone()];
            let [a, b] = &mut slices;
            let product = nanoseconds(32, || engine.multiply(a, b)) / n as f64;
            let all = || {
                values
                    .iter()
                    .fold(Fr::ONE, |product, value| product * value)
            };
            let multiplication = nanoseconds(32, all) / n as f64;
            [butterfly, addition, product, multiplication]
        });
        let mean = |i: usize| measured.iter().map(|m| m[i]).sum::<f64>() / measured.len() as f64;
        Self {
            butterfly: mean(0),
            addition: mean(1),
            product: mean(2),
            multiplication: mean(3),
        }
    }
}

/// The least time of some runs of `count` calls, for one call.
fn nanoseconds<T>(count: u32, mut call: impl FnMut() -> T) -> f64 {
    let runs = (0..3).map(|_| {
        let start = Instant::now();
        for _ in 0..count {
            black_box(call());
        }
        start.elapsed().as_secs_f64() * 1e9 / f64::from(count)
    });
    runs.fold(f64::INFINITY, f64::min)
}
