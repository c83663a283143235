//! Integer linear maps that keep their structure: a convolution stays a convolution.
//!
//! Each map has three operations, all exact: [`Map::add_forward`] (`y += A·z`),
//! [`Map::add_adjoint`] (`g += Aᵀ·h`, over a field) and interval arithmetic.

mod conv;
pub mod walk;

pub use conv::{Conv, Padding};
pub use walk::{Geometry, Run, ZERO};

use rayon::prelude::*;

/// A sparse integer linear map with the structure that its operator gives it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Map {
    /// `y[i] = c·z[i]`.
    Scale(i32),
    /// `y[i] = z[index[i]]`, or 0 where the index is [`ZERO`]: slices, pads, transposes,
    /// concatenations, gathers, broadcasts, nearest resizing.
    Select(Vec<u32>),
    /// `y[o] = Σ_i w[o·inputs + i]·z[i]`, row-major.
    Dense(Vec<i32>),
    /// Compressed sparse rows.
    Sparse(Sparse),
    /// Two-dimensional convolution (cross-correlation, as in ONNX `Conv`).
    Conv(Conv),
}

/// Compressed sparse rows: row `o` has the entries `offsets[o] .. offsets[o + 1]`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Sparse {
    /// One more than rows, from 0 to the number of entries, never falling.
    pub offsets: Vec<u32>,
    /// Column of each entry.
    pub columns: Vec<u32>,
    /// Value of each entry.
    pub values: Vec<i32>,
}

impl Sparse {
    fn check(&self, inputs: usize, outputs: usize) -> Result<(), String> {
        let entries = self.values.len();
        let rows = self.offsets.len() == outputs + 1
            && self.offsets[0] == 0
            && self.offsets[outputs] as usize == entries
            && self.offsets.windows(2).all(|pair| pair[0] <= pair[1]);
        let columns = self.columns.len() == entries
            && self
                .columns
                .iter()
                .all(|&column| (column as usize) < inputs);
        if rows && columns {
            Ok(())
        } else {
            Err("the sparse rows are malformed".to_owned())
        }
    }
}

impl Map {
    /// Checks that the map goes from `inputs` to `outputs` elements.
    pub(super) fn check(&self, inputs: usize, outputs: usize) -> Result<(), String> {
        match self {
            Self::Scale(_) if inputs != outputs => {
                Err(format!("it scales {inputs} elements into {outputs}"))
            }
            Self::Scale(_) => Ok(()),
            Self::Select(index) => {
                let fits = index.len() == outputs
                    && index.iter().all(|&i| i == ZERO || (i as usize) < inputs);
                if fits {
                    Ok(())
                } else {
                    Err("its selection does not fit".to_owned())
                }
            }
            Self::Dense(weights) if Some(weights.len()) != inputs.checked_mul(outputs) => Err(
                format!("it has {} weights for {inputs} × {outputs}", weights.len()),
            ),
            Self::Dense(_) => Ok(()),
            Self::Sparse(sparse) => sparse.check(inputs, outputs),
            Self::Conv(conv) => conv.check(inputs, outputs),
        }
    }

    /// The largest magnitude of a weight, 1 for a selection.
    #[must_use]
    pub fn largest_weight(&self) -> u32 {
        let largest = |weights: &[i32]| {
            let magnitudes = weights.iter().map(|weight| weight.unsigned_abs());
            magnitudes.max().unwrap_or(0)
        };
        match self {
            Self::Scale(factor) => factor.unsigned_abs(),
            Self::Select(_) => 1,
            Self::Dense(weights) => largest(weights),
            Self::Sparse(sparse) => largest(&sparse.values),
            Self::Conv(conv) => largest(&conv.weights),
        }
    }

    /// Number of stored weights or indices.
    #[must_use]
    pub fn weights(&self) -> usize {
        match self {
            Self::Scale(_) => 1,
            Self::Select(index) => index.len(),
            Self::Dense(weights) => weights.len(),
            Self::Sparse(sparse) => sparse.values.len() + sparse.offsets.len(),
            Self::Conv(conv) => conv.weights.len(),
        }
    }

    /// Multiplications of one application, `len` being the elements of the output.
    #[must_use]
    pub fn multiplications(&self, len: usize) -> u64 {
        match self {
            Self::Scale(_) | Self::Select(_) => len as u64,
            Self::Dense(weights) => weights.len() as u64,
            Self::Sparse(sparse) => sparse.values.len() as u64,
            Self::Conv(conv) => {
                conv.weights.len() as u64 * (len as u64 / u64::from(conv.out_channels))
            }
        }
    }

    /// Visits the entries, all but those that are zero in a matrix or a convolution.
    pub fn walk(&self, inputs: usize, outputs: usize, mut visit: impl FnMut(Run<i32>)) {
        match self {
            Self::Scale(factor) => visit(Run::diagonal(*factor, outputs)),
            Self::Select(index) => walk::select(index, 1, visit),
            Self::Dense(weights) => walk::dense(weights, inputs, visit),
            Self::Sparse(sparse) => {
                for (output, span) in sparse.offsets.windows(2).enumerate() {
                    for entry in span[0] as usize..span[1] as usize {
                        let input = sparse.columns[entry] as usize;
                        visit(Run::entry(sparse.values[entry], output, input));
                    }
                }
            }
            Self::Conv(conv) => conv.walk(visit),
        }
    }

    /// `y += A·z` in 64-bit integers. Bounds analysis has shown that nothing overflows.
    pub fn add_forward<T: Copy + Into<i64>>(&self, z: &[T], y: &mut [i64]) {
        if let Self::Dense(weights) = self {
            // Most counts of a text are zero.
            let present = z.iter().map(|&z| z.into()).enumerate();
            let present: Vec<(usize, i64)> = present.filter(|&(_, z)| z != 0).collect();
            for (y, row) in y.iter_mut().zip(weights.chunks_exact(z.len())) {
                *y = present
                    .iter()
                    .fold(*y, |y, &(input, z)| y + i64::from(row[input]) * z);
            }
            return;
        }
        self.walk(z.len(), y.len(), |run| {
            let weight = i64::from(run.weight);
            let outputs = &mut y[run.output..run.output + run.count];
            let inputs = &z[run.input..];
            if run.input_step == 1 {
                for (y, z) in outputs.iter_mut().zip(&inputs[..run.count]) {
                    *y += weight * (*z).into();
                }
            } else {
                for (y, z) in outputs
                    .iter_mut()
                    .zip(inputs.iter().step_by(run.input_step))
                {
                    *y += weight * (*z).into();
                }
            }
        });
    }

    /// Interval arithmetic: adds `[A·z]` for `z` in `[lo, hi]`, in the order of
    /// [`Self::add_forward`]. `false` when a product or a partial sum can leave `i64`; what is
    /// added then means nothing.
    #[must_use]
    pub(super) fn add_interval(
        &self,
        lo: &[i64],
        hi: &[i64],
        y_lo: &mut [i64],
        y_hi: &mut [i64],
    ) -> bool {
        let mut left = false;
        let mut add = |sum: &mut i64, weight: i64, z: i64| {
            let (product, beyond) = weight.overflowing_mul(z);
            let (total, past) = sum.overflowing_add(product);
            *sum = total;
            left |= beyond | past;
        };
        self.walk(lo.len(), y_lo.len(), |run| {
            let weight = i64::from(run.weight);
            for (output, input) in run.pairs() {
                let (a, b) = (lo[input], hi[input]);
                let (a, b) = if weight < 0 { (b, a) } else { (a, b) };
                add(&mut y_lo[output], weight, a);
                add(&mut y_hi[output], weight, b);
            }
        });
        !left
    }

    /// `g += Aᵀ·h`: `add` adds an element of `h` times a weight to one of `g`. Every core takes a
    /// part of `g`.
    pub fn add_adjoint<H: Sync, G: Send>(
        &self,
        h: &[H],
        g: &mut [G],
        add: impl Fn(&mut G, &H, i32) + Sync,
    ) {
        let inputs = g.len();
        let part = inputs.div_ceil(rayon::current_num_threads()).max(1);
        g.par_chunks_mut(part).enumerate().for_each(|(i, own)| {
            let start = i * part;
            let end = start + own.len();
            self.walk(inputs, h.len(), |run| {
                // The elements of the run that lie in this part.
                let before = |end: usize| {
                    let inputs = end.saturating_sub(run.input).div_ceil(run.input_step);
                    inputs.min(run.count)
                };
                let whole = start <= run.input && run.input + run.count * run.input_step <= end;
                let inside = if whole {
                    0..run.count
                } else {
                    before(start)..before(end)
                };
                for j in inside {
                    let input = run.input + j * run.input_step - start;
                    add(&mut own[input], &h[run.output + j], run.weight);
                }
            });
        });
    }
}
