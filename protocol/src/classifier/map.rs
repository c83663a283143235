//! Integer linear maps that keep their structure: a convolution stays a convolution.
//!
//! Each map has three operations, all exact: [`Map::add_forward`] (`y += A·z`),
//! [`Map::add_adjoint`] (`g += Aᵀ·h`, over a field) and interval arithmetic.

use rayon::prelude::*;

/// Marks an element of [`Map::Select`] that is zero (padding).
pub const ZERO: u32 = u32::MAX;

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

/// Zero padding on the four sides of an image, in elements.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Padding {
    /// Above.
    pub top: u32,
    /// To the left.
    pub left: u32,
    /// Below.
    pub bottom: u32,
    /// To the right.
    pub right: u32,
}

/// A grouped, strided, padded, dilated 2-D convolution from `[in_channels, in_height, in_width]`
/// to `[out_channels, out_height, out_width]`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Conv {
    /// Input channels.
    pub in_channels: u32,
    /// Input rows.
    pub in_height: u32,
    /// Input columns.
    pub in_width: u32,
    /// Output channels.
    pub out_channels: u32,
    /// Kernel rows.
    pub kernel_height: u32,
    /// Kernel columns.
    pub kernel_width: u32,
    /// Vertical and horizontal stride.
    pub stride: [u32; 2],
    /// Vertical and horizontal dilation.
    pub dilation: [u32; 2],
    /// Zero padding.
    pub padding: Padding,
    /// Groups: output channel `o` reads the input channels of group `o / (out_channels/groups)`.
    pub groups: u32,
    /// `[out_channels, in_channels/groups, kernel_height, kernel_width]`.
    pub weights: Vec<i32>,
}

impl Conv {
    /// Rows and columns of the output, or `None` when the kernel does not fit.
    #[must_use]
    pub fn out_size(&self) -> Option<(usize, usize)> {
        let axis =
            |input: u32, before: u32, after: u32, kernel: u32, stride: u32, dilation: u32| {
                let padded = u64::from(input) + u64::from(before) + u64::from(after);
                let extent = u64::from(dilation) * u64::from(kernel.checked_sub(1)?) + 1;
                let steps = padded.checked_sub(extent)?.checked_div(u64::from(stride))?;
                usize::try_from(steps + 1).ok()
            };
        let p = &self.padding;
        let height = axis(
            self.in_height,
            p.top,
            p.bottom,
            self.kernel_height,
            self.stride[0],
            self.dilation[0],
        )?;
        let width = axis(
            self.in_width,
            p.left,
            p.right,
            self.kernel_width,
            self.stride[1],
            self.dilation[1],
        )?;
        Some((height, width))
    }

    fn check(&self, inputs: usize, outputs: usize) -> Result<(), String> {
        let sizes = [
            self.in_channels,
            self.in_height,
            self.in_width,
            self.out_channels,
        ];
        let kernel = [self.kernel_height, self.kernel_width, self.groups];
        let steps = [
            self.stride[0],
            self.stride[1],
            self.dilation[0],
            self.dilation[1],
        ];
        let p = &self.padding;
        let pads = [p.top, p.left, p.bottom, p.right];
        let small = |list: &[u32], from: u32| list.iter().all(|n| (from..1 << 24).contains(n));
        if !(small(&sizes, 1) && small(&kernel, 1) && small(&steps, 1) && small(&pads, 0)) {
            return Err("the convolution has a size of zero or out of range".to_owned());
        }
        if !self.in_channels.is_multiple_of(self.groups)
            || !self.out_channels.is_multiple_of(self.groups)
        {
            return Err("the groups do not divide the channels".to_owned());
        }
        let product = |list: &[u32]| list.iter().map(|&n| u128::from(n)).product::<u128>();
        let weights = product(&[
            self.out_channels,
            self.in_channels / self.groups,
            self.kernel_height,
            self.kernel_width,
        ]);
        if weights != self.weights.len() as u128 {
            return Err(format!("the convolution needs {weights} weights"));
        }
        if product(&sizes[..3]) != inputs as u128 {
            return Err("the convolution does not fit its input".to_owned());
        }
        let (height, width) = self
            .out_size()
            .ok_or_else(|| "the kernel is larger than the input".to_owned())?;
        if self.out_channels as u128 * height as u128 * width as u128 != outputs as u128 {
            return Err("the convolution does not fit its output".to_owned());
        }
        Ok(())
    }

    /// Calls `visit(weight, output_row_start, input_row_start, input_step, count)` for every run
    /// of output elements in one row that meet one weight: output `output_row_start + j` meets
    /// input `input_row_start + j·input_step`, `j < count`.
    fn for_each_run(&self, mut visit: impl FnMut(i32, usize, usize, usize, usize)) {
        let (out_h, out_w) = self
            .out_size()
            .expect("checked when the classifier was built");
        let (in_h, in_w) = (self.in_height as usize, self.in_width as usize);
        let in_per_group = (self.in_channels / self.groups) as usize;
        let out_per_group = (self.out_channels / self.groups) as usize;
        let (kernel_h, kernel_w) = (self.kernel_height as usize, self.kernel_width as usize);
        let [stride_h, stride_w] = self.stride.map(|s| s as usize);
        let [dilation_h, dilation_w] = self.dilation.map(|d| d as usize);
        let (top, left) = (self.padding.top as usize, self.padding.left as usize);
        let mut index = 0;
        for out_channel in 0..self.out_channels as usize {
            let first_in = out_channel / out_per_group * in_per_group;
            for in_channel in first_in..first_in + in_per_group {
                for kernel_y in 0..kernel_h {
                    for kernel_x in 0..kernel_w {
                        let weight = self.weights[index];
                        index += 1;
                        if weight == 0 {
                            continue;
                        }
                        // Columns x with 0 <= x·stride + kernel_x·dilation - left < in_w.
                        let offset = kernel_x * dilation_w;
                        let from = left.saturating_sub(offset).div_ceil(stride_w);
                        let to = (in_w + left)
                            .saturating_sub(offset)
                            .div_ceil(stride_w)
                            .min(out_w);
                        if from >= to {
                            continue;
                        }
                        for y in 0..out_h {
                            let row = y * stride_h + kernel_y * dilation_h;
                            if row < top || row >= in_h + top {
                                continue;
                            }
                            let input = (in_channel * in_h + row - top) * in_w
                                + (from * stride_w + offset - left);
                            let output = (out_channel * out_h + y) * out_w + from;
                            visit(weight, output, input, stride_w, to - from);
                        }
                    }
                }
            }
        }
    }
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

    /// Calls `visit(weight, output, input, input_step, count)` for runs of entries: output
    /// `output + j·out_step` gets `weight ·` input `input + j·input_step`.
    pub(super) fn for_each_run(
        &self,
        inputs: usize,
        outputs: usize,
        mut visit: impl FnMut(i32, usize, usize, usize, usize),
    ) {
        match self {
            Self::Scale(factor) => visit(*factor, 0, 0, 1, outputs),
            Self::Select(index) => {
                for (output, &input) in index.iter().enumerate() {
                    if input != ZERO {
                        visit(1, output, input as usize, 1, 1);
                    }
                }
            }
            Self::Dense(weights) => {
                for (output, row) in weights.chunks_exact(inputs).enumerate() {
                    for (input, &weight) in row.iter().enumerate() {
                        if weight != 0 {
                            visit(weight, output, input, 1, 1);
                        }
                    }
                }
            }
            Self::Sparse(sparse) => {
                for (output, span) in sparse.offsets.windows(2).enumerate() {
                    for entry in span[0] as usize..span[1] as usize {
                        let input = sparse.columns[entry] as usize;
                        visit(sparse.values[entry], output, input, 1, 1);
                    }
                }
            }
            Self::Conv(conv) => conv.for_each_run(visit),
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
        self.for_each_run(z.len(), y.len(), |weight, output, input, step, count| {
            let weight = i64::from(weight);
            let outputs = &mut y[output..output + count];
            if step == 1 {
                for (y, z) in outputs.iter_mut().zip(&z[input..input + count]) {
                    *y += weight * (*z).into();
                }
            } else {
                for (y, z) in outputs.iter_mut().zip(z[input..].iter().step_by(step)) {
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
        self.for_each_run(
            lo.len(),
            y_lo.len(),
            |weight, output, input, step, count| {
                let weight = i64::from(weight);
                for j in 0..count {
                    let (a, b) = (lo[input + j * step], hi[input + j * step]);
                    let (a, b) = if weight < 0 { (b, a) } else { (a, b) };
                    add(&mut y_lo[output + j], weight, a);
                    add(&mut y_hi[output + j], weight, b);
                }
            },
        );
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
            self.for_each_run(inputs, h.len(), |weight, output, input, step, count| {
                // The elements of the run that lie in this part.
                let before = |end: usize| end.saturating_sub(input).div_ceil(step).min(count);
                for j in before(start)..before(end) {
                    add(&mut own[input + j * step - start], &h[output + j], weight);
                }
            });
        });
    }
}
