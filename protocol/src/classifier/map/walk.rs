//! One walk over the entries of a linear map, for integer and for real weights.
//!
//! Evaluation, its adjoint, interval arithmetic and the quantiser all need the same thing: which
//! input meets which output with which weight. A [`Run`] says it for several outputs at a time.

/// Taps along an axis whose spans are computed once.
const REMEMBERED: usize = 64;

/// Marks an element of a selection that is zero (padding).
pub const ZERO: u32 = u32::MAX;

/// Entries of a map that have one weight: output `output + j` gets `weight ·` input
/// `input + j·input_step`, for `0 ≤ j < count`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Run<W> {
    /// The weight.
    pub weight: W,
    /// The first output.
    pub output: usize,
    /// The first input.
    pub input: usize,
    /// From one input to the next; at least 1.
    pub input_step: usize,
    /// Number of entries.
    pub count: usize,
}

impl<W: Copy> Run<W> {
    /// A single entry.
    #[must_use]
    pub fn entry(weight: W, output: usize, input: usize) -> Self {
        Self {
            weight,
            output,
            input,
            input_step: 1,
            count: 1,
        }
    }

    /// A diagonal that is the same everywhere.
    #[must_use]
    pub fn diagonal(weight: W, count: usize) -> Self {
        Self {
            weight,
            output: 0,
            input: 0,
            input_step: 1,
            count,
        }
    }

    /// The `(output, input)` pairs.
    pub fn pairs(self) -> impl Iterator<Item = (usize, usize)> {
        (0..self.count).map(move |j| (self.output + j, self.input + j * self.input_step))
    }
}

/// Visits the entries other than zero of a row-major matrix with `inputs` columns.
pub fn dense<W: Copy + Default + PartialEq>(
    weights: &[W],
    inputs: usize,
    mut visit: impl FnMut(Run<W>),
) {
    for (output, row) in weights.chunks_exact(inputs).enumerate() {
        for (input, &weight) in row.iter().enumerate() {
            if weight != W::default() {
                visit(Run::entry(weight, output, input));
            }
        }
    }
}

/// Visits the entries of a selection: output `i` is input `index[i]`, with weight `one`.
pub fn select<W: Copy>(index: &[u32], one: W, mut visit: impl FnMut(Run<W>)) {
    for (output, &input) in index.iter().enumerate() {
        if input != ZERO {
            visit(Run::entry(one, output, input as usize));
        }
    }
}

/// Sizes of a two-dimensional convolution, `[vertical, horizontal]` where there are two. Images
/// are stored as `[channels, rows, columns]`.
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
    /// Groups: output channel `o` reads the input channels of group `o / (out_channels/groups)`.
    pub groups: usize,
}

impl Geometry {
    /// Number of weights, `[out_channels, in_channels/groups, kernel rows, kernel columns]`.
    #[must_use]
    pub fn weights(&self) -> usize {
        self.out_channels * (self.in_channels / self.groups) * self.kernel[0] * self.kernel[1]
    }

    /// Elements of the output.
    #[must_use]
    pub fn out_len(&self) -> usize {
        self.out_channels * self.output[0] * self.output[1]
    }

    /// The input channel that weight `index` reads.
    #[must_use]
    pub fn in_channel(&self, index: usize) -> usize {
        let (in_group, out_group) = self.per_group();
        let tap = index / (self.kernel[0] * self.kernel[1]);
        tap / in_group / out_group * in_group + tap % in_group
    }

    /// Output positions `from..to` along `axis` whose tap `kernel` falls inside the input: those
    /// `p` with `0 ≤ p·stride + kernel·dilation − before < input`.
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

    /// The input position along `axis` that tap `kernel` of output position `output` reads, if it falls
    /// inside the input: `output·stride + kernel·dilation − before`.
    #[must_use]
    pub fn input_of(&self, axis: usize, output: usize, kernel: usize) -> Option<usize> {
        let position = output * self.stride[axis] + kernel * self.dilation[axis];
        let input = position.checked_sub(self.before[axis])?;
        (input < self.input[axis]).then_some(input)
    }

    /// Visits the entries, those of one weight in one output row together, or in all rows where they
    /// follow each other without a gap. `weight` gives the weight at an index, or nothing to leave
    /// its entries out.
    pub fn walk<W: Copy>(
        &self,
        weight: impl Fn(usize) -> Option<W>,
        mut visit: impl FnMut(Run<W>),
    ) {
        let [in_height, in_width] = self.input;
        let [out_height, out_width] = self.output;
        let (in_group, out_group) = self.per_group();
        // Computed once where there are few taps; a long kernel could take more memory than its weights.
        let spans = |axis: usize| -> Vec<(usize, usize)> {
            let taps = 0..self.kernel[axis].min(REMEMBERED);
            taps.map(|tap| self.span(axis, tap)).collect()
        };
        let known = [spans(0), spans(1)];
        let span = |axis: usize, tap: usize| match known[axis].get(tap) {
            Some(&span) => span,
            None => self.span(axis, tap),
        };
        let mut index = 0;
        for out_channel in 0..self.out_channels {
            let first = out_channel / out_group * in_group;
            for in_channel in first..first + in_group {
                for kernel_y in 0..self.kernel[0] {
                    let (y_from, y_to) = span(0, kernel_y);
                    for kernel_x in 0..self.kernel[1] {
                        let weight = weight(index);
                        index += 1;
                        let (x_from, x_to) = span(1, kernel_x);
                        let Some(weight) = weight.filter(|_| x_from < x_to) else {
                            continue;
                        };
                        let column =
                            x_from * self.stride[1] + kernel_x * self.dilation[1] - self.before[1];
                        // Whole rows of output meet whole rows of input.
                        let whole = self.stride == [1, 1] && x_to - x_from == in_width;
                        let rows = if whole && in_width == out_width {
                            y_to - y_from
                        } else {
                            1
                        };
                        for y in (y_from..y_to).step_by(rows.max(1)) {
                            let row =
                                y * self.stride[0] + kernel_y * self.dilation[0] - self.before[0];
                            visit(Run {
                                weight,
                                output: (out_channel * out_height + y) * out_width + x_from,
                                input: (in_channel * in_height + row) * in_width + column,
                                input_step: self.stride[1],
                                count: rows * (x_to - x_from),
                            });
                        }
                    }
                }
            }
        }
    }

    /// Input and output channels of one group.
    fn per_group(&self) -> (usize, usize) {
        (
            self.in_channels / self.groups,
            self.out_channels / self.groups,
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The definition of a convolution, one entry at a time.
    fn entries(g: &Geometry) -> Vec<(usize, usize, usize)> {
        let mut entries = Vec::new();
        let (in_group, out_group) = g.per_group();
        for weight in 0..g.weights() {
            let (tap, x) = (weight / g.kernel[1], weight % g.kernel[1]);
            let (tap, y) = (tap / g.kernel[0], tap % g.kernel[0]);
            let (out_channel, in_channel) = (tap / in_group, tap % in_group);
            let in_channel = out_channel / out_group * in_group + in_channel;
            for (row, column) in
                (0..g.output[0]).flat_map(|row| (0..g.output[1]).map(move |column| (row, column)))
            {
                let at = |axis: usize, position: usize, tap: usize| {
                    (position * g.stride[axis] + tap * g.dilation[axis])
                        .checked_sub(g.before[axis])
                        .filter(|&at| at < g.input[axis])
                };
                if let (Some(y), Some(x)) = (at(0, row, y), at(1, column, x)) {
                    let output = (out_channel * g.output[0] + row) * g.output[1] + column;
                    let input = (in_channel * g.input[0] + y) * g.input[1] + x;
                    entries.push((weight, output, input));
                }
            }
        }
        entries
    }

    #[test]
    fn the_walk_visits_what_the_definition_says() {
        let square = Geometry {
            in_channels: 4,
            input: [5, 6],
            out_channels: 6,
            output: [5, 6],
            kernel: [3, 3],
            stride: [1, 1],
            dilation: [1, 1],
            before: [1, 1],
            after: [1, 1],
            groups: 2,
        };
        let strided = Geometry {
            output: [3, 2],
            stride: [2, 3],
            before: [2, 0],
            ..square
        };
        let dilated = Geometry {
            output: [3, 7],
            dilation: [2, 4],
            before: [1, 5],
            after: [1, 4],
            groups: 1,
            ..square
        };
        for geometry in [square, strided, dilated] {
            let mut walked = Vec::new();
            geometry.walk(Some, |run| {
                walked.extend(
                    run.pairs()
                        .map(|(output, input)| (run.weight, output, input)),
                );
            });
            let expected = entries(&geometry);
            assert!(expected.len() > geometry.weights());
            assert_eq!(walked, expected, "{geometry:?}");
            for (weight, _, input) in expected {
                let plane = geometry.input[0] * geometry.input[1];
                assert_eq!(geometry.in_channel(weight), input / plane);
            }
        }
    }
}
