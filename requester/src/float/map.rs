//! Linear maps with real weights that keep their structure.

use duces_protocol::classifier::map::walk;
pub use duces_protocol::classifier::map::{Geometry, Run, ZERO};

/// A linear map between flat vectors.
#[derive(Clone, PartialEq, Debug)]
pub enum Map {
    /// `y = z`.
    Identity,
    /// `y[i] = d[i]·z[i]`.
    Diagonal(Vec<f64>),
    /// `y[i] = z[index[i]]`, or 0 where the index is [`ZERO`].
    Select(Vec<u32>),
    /// Sums over the windows of a pooling: a convolution with one channel per group and weights 1.
    Window(Geometry),
    /// `y[o] = Σ_i w[o·inputs + i]·z[i]`.
    Dense(Vec<f64>),
    /// Rows of `(column, weight)`.
    Sparse(Vec<Vec<(u32, f64)>>),
    /// Convolution with weights `[out_channels, in_channels/groups, kernel_h, kernel_w]`.
    Conv(Geometry, Vec<f64>),
}

impl Map {
    /// Multiplications of one application into `len` elements.
    #[must_use]
    pub fn multiplications(&self, len: usize) -> u64 {
        match self {
            Self::Identity | Self::Diagonal(_) | Self::Select(_) => len as u64,
            Self::Window(g) | Self::Conv(g, _) => (g.weights() * g.output[0] * g.output[1]) as u64,
            Self::Dense(weights) => weights.len() as u64,
            Self::Sparse(rows) => rows.iter().map(|row| row.len() as u64).sum(),
        }
    }

    /// Bytes that weights and indices take in a classifier at least.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        let numbers = match self {
            // One for all elements may be enough.
            Self::Identity | Self::Diagonal(_) => 1,
            Self::Select(index) => index.len(),
            Self::Window(g) => g.weights(),
            Self::Dense(weights) | Self::Conv(_, weights) => weights.len(),
            Self::Sparse(rows) => rows.iter().map(|row| 1 + 2 * row.len()).sum(),
        };
        4 * numbers as u64
    }

    /// Whether all weights are finite numbers.
    #[must_use]
    pub fn is_finite(&self) -> bool {
        match self {
            Self::Identity | Self::Select(_) | Self::Window(_) => true,
            Self::Diagonal(list) | Self::Dense(list) | Self::Conv(_, list) => {
                list.iter().all(|w| w.is_finite())
            }
            Self::Sparse(rows) => rows.iter().flatten().all(|(_, w)| w.is_finite()),
        }
    }

    /// Whether all entries are 0 or 1.
    #[must_use]
    pub fn is_exact(&self) -> bool {
        matches!(self, Self::Identity | Self::Select(_) | Self::Window(_))
    }

    /// Visits the entries, all but those that are zero in a matrix or a convolution.
    pub fn walk(&self, inputs: usize, outputs: usize, mut visit: impl FnMut(Run<f64>)) {
        match self {
            Self::Identity => visit(Run::diagonal(1.0, outputs)),
            Self::Diagonal(factors) => {
                for (i, &factor) in factors.iter().enumerate() {
                    visit(Run::entry(factor, i, i));
                }
            }
            Self::Select(index) => walk::select(index, 1.0, visit),
            Self::Window(geometry) => geometry.walk(|_| Some(1.0), visit),
            Self::Conv(geometry, weights) => {
                let weight = |index: usize| Some(weights[index]).filter(|&weight| weight != 0.0);
                geometry.walk(weight, visit);
            }
            Self::Dense(weights) => walk::dense(weights, inputs, visit),
            Self::Sparse(rows) => {
                for (output, row) in rows.iter().enumerate() {
                    for &(input, weight) in row {
                        visit(Run::entry(weight, output, input as usize));
                    }
                }
            }
        }
    }

    /// `y += factor·A·z`.
    pub fn add_forward(&self, factor: f64, z: &[f64], y: &mut [f64]) {
        if let Self::Dense(weights) = self {
            // Most counts of a text are zero.
            let present = z.iter().copied().enumerate();
            let present: Vec<(usize, f64)> = present.filter(|&(_, z)| z != 0.0).collect();
            for (y, row) in y.iter_mut().zip(weights.chunks_exact(z.len())) {
                *y += factor * present.iter().map(|&(i, z)| row[i] * z).sum::<f64>();
            }
            return;
        }
        self.walk(z.len(), y.len(), |run| {
            let weight = factor * run.weight;
            let outputs = &mut y[run.output..run.output + run.count];
            let inputs = z[run.input..].iter();
            if run.input_step == 1 {
                outputs
                    .iter_mut()
                    .zip(inputs)
                    .for_each(|(y, z)| *y += weight * z);
            } else {
                let inputs = inputs.step_by(run.input_step);
                outputs
                    .iter_mut()
                    .zip(inputs)
                    .for_each(|(y, z)| *y += weight * z);
            }
        });
    }

    /// `g += factor·Aᵀ·h`.
    pub fn add_adjoint(&self, factor: f64, h: &[f64], g: &mut [f64]) {
        self.walk(g.len(), h.len(), |run| {
            for (output, input) in run.pairs() {
                g[input] += factor * run.weight * h[output];
            }
        });
    }
}
