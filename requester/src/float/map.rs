//! Linear maps with real weights that keep their structure.

/// Marks an element of [`Map::Select`] that is zero (padding).
pub const ZERO: u32 = u32::MAX;

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

/// Sizes of a two-dimensional convolution, `[vertical, horizontal]` where there are two.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Geometry {
    /// Input channels.
    pub in_channels: usize,
    /// Input rows and columns.
    pub input: [usize; 2],
    /// Output channels.
    pub out_channels: usize,
    /// Output rows and columns.
    pub output: [usize; 2],
    /// Kernel rows and columns.
    pub kernel: [usize; 2],
    /// Stride.
    pub stride: [usize; 2],
    /// Dilation.
    pub dilation: [usize; 2],
    /// Zeros above and to the left.
    pub before: [usize; 2],
    /// Zeros below and to the right.
    pub after: [usize; 2],
    /// Groups.
    pub groups: usize,
}

impl Geometry {
    /// Weights of a convolution of these sizes.
    #[must_use]
    pub fn weights(&self) -> usize {
        self.out_channels * (self.in_channels / self.groups) * self.kernel[0] * self.kernel[1]
    }

    /// Elements of the output.
    #[must_use]
    pub fn out_len(&self) -> usize {
        self.out_channels * self.output[0] * self.output[1]
    }

    /// Output positions `from..to` along `axis` whose tap `kernel` falls inside the input.
    #[must_use]
    pub fn span(&self, axis: usize, kernel: usize) -> (usize, usize) {
        let offset = kernel * self.dilation[axis];
        let (before, stride) = (self.before[axis], self.stride[axis]);
        let from = before.saturating_sub(offset).div_ceil(stride);
        let to = (self.input[axis] + before)
            .saturating_sub(offset)
            .div_ceil(stride);
        (from, to.min(self.output[axis]).max(from))
    }

    /// Calls `visit(weight index, output, input, input step, count)` for each run of outputs in a
    /// row that meet one weight.
    fn for_each_run(&self, mut visit: impl FnMut(usize, usize, usize, usize, usize)) {
        let [in_h, in_w] = self.input;
        let [out_h, out_w] = self.output;
        let (in_group, out_group) = (
            self.in_channels / self.groups,
            self.out_channels / self.groups,
        );
        let mut weight = 0;
        for out_channel in 0..self.out_channels {
            let first = out_channel / out_group * in_group;
            for in_channel in first..first + in_group {
                for ky in 0..self.kernel[0] {
                    let (y_from, y_to) = self.span(0, ky);
                    for kx in 0..self.kernel[1] {
                        let (x_from, x_to) = self.span(1, kx);
                        for y in (y_from..y_to).filter(|_| x_to > x_from) {
                            let row = y * self.stride[0] + ky * self.dilation[0] - self.before[0];
                            let column =
                                x_from * self.stride[1] + kx * self.dilation[1] - self.before[1];
                            visit(
                                weight,
                                (out_channel * out_h + y) * out_w + x_from,
                                (in_channel * in_h + row) * in_w + column,
                                self.stride[1],
                                x_to - x_from,
                            );
                        }
                        weight += 1;
                    }
                }
            }
        }
    }
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

    /// Calls `visit(weight, output, input, input step, count)` for runs of entries: output
    /// `output + j` gets `weight ·` input `input + j·step`, `j < count`.
    pub fn for_each_run(
        &self,
        inputs: usize,
        outputs: usize,
        mut visit: impl FnMut(f64, usize, usize, usize, usize),
    ) {
        match self {
            Self::Identity => visit(1.0, 0, 0, 1, outputs),
            Self::Diagonal(factors) => {
                for (i, &factor) in factors.iter().enumerate() {
                    visit(factor, i, i, 1, 1);
                }
            }
            Self::Select(index) => {
                for (output, &input) in index.iter().enumerate() {
                    if input != ZERO {
                        visit(1.0, output, input as usize, 1, 1);
                    }
                }
            }
            Self::Window(g) => {
                g.for_each_run(|_, output, input, step, n| visit(1.0, output, input, step, n));
            }
            Self::Conv(g, weights) => g.for_each_run(|weight, output, input, step, count| {
                if weights[weight] != 0.0 {
                    visit(weights[weight], output, input, step, count);
                }
            }),
            Self::Dense(weights) => {
                for (output, row) in weights.chunks_exact(inputs).enumerate() {
                    for (input, &weight) in row.iter().enumerate() {
                        if weight != 0.0 {
                            visit(weight, output, input, 1, 1);
                        }
                    }
                }
            }
            Self::Sparse(rows) => {
                for (output, row) in rows.iter().enumerate() {
                    for &(input, weight) in row {
                        visit(weight, output, input as usize, 1, 1);
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
        self.for_each_run(z.len(), y.len(), |weight, output, input, step, count| {
            let weight = factor * weight;
            let inputs = z[input..].iter().step_by(step);
            for (y, z) in y[output..output + count].iter_mut().zip(inputs) {
                *y += weight * z;
            }
        });
    }

    /// `g += factor·Aᵀ·h`.
    pub fn add_adjoint(&self, factor: f64, h: &[f64], g: &mut [f64]) {
        self.for_each_run(g.len(), h.len(), |weight, output, input, step, count| {
            for j in 0..count {
                g[input + j * step] += factor * weight * h[output + j];
            }
        });
    }
}
