//! The sizes of MobileNet v2 (Sandler et al., CVPR 2018, table 2): depthwise convolutions, inverted
//! residuals, 1,000 classes.

/// An inverted residual: a convolution that multiplies the channels, a depthwise one, and one that
/// brings them down again.
#[derive(Clone, Copy, Debug)]
pub struct Bottleneck {
    /// What the channels are multiplied by.
    pub expansion: u32,
    /// Channels that come out.
    pub outputs: u32,
    /// The stride of the depthwise convolution.
    pub stride: u32,
}

/// A convolution with a square kernel and its usual padding, on square images.
#[derive(Clone, Copy, Debug)]
pub struct Convolution {
    /// Channels in and out.
    pub channels: [u32; 2],
    /// Rows, and columns, that come in.
    pub side: u32,
    /// Rows, and columns, of the kernel.
    pub kernel: u32,
    /// The stride in both directions.
    pub stride: u32,
    /// The groups into which the channels are divided.
    pub groups: u32,
}

impl Convolution {
    /// Rows, and columns, that come out.
    #[must_use]
    pub fn side_out(&self) -> u32 {
        self.side.div_ceil(self.stride)
    }

    /// Elements that come out.
    #[must_use]
    pub fn elements(&self) -> u32 {
        self.channels[1] * self.side_out() * self.side_out()
    }

    /// Number of weights.
    #[must_use]
    pub fn weights(&self) -> u32 {
        self.channels[0] / self.groups * self.channels[1] * self.kernel * self.kernel
    }
}

/// The network: a convolution, the bottlenecks, a convolution, the mean of each channel, a dense
/// layer.
#[derive(Clone, Debug)]
pub struct MobileNet {
    /// Channels of the first convolution, which has a kernel and a stride of 3 and 2.
    pub first: u32,
    /// The inverted residuals.
    pub bottlenecks: Vec<Bottleneck>,
    /// Channels of the last convolution, whose kernel is 1 × 1.
    pub last: u32,
}

/// Number of classes.
pub const CLASSES: u32 = 1000;

/// Expansion, channels, repeats, and the stride of the first of them.
const STAGES: [[u32; 4]; 7] = [
    [1, 16, 1, 1],
    [6, 24, 2, 2],
    [6, 32, 3, 2],
    [6, 64, 4, 2],
    [6, 96, 3, 1],
    [6, 160, 3, 2],
    [6, 320, 1, 1],
];

impl MobileNet {
    /// The network with all channels multiplied by `width` per cent.
    #[must_use]
    pub fn new(width: u32) -> Self {
        // Channels are rounded to multiples of eight, by no more than a tenth down.
        let channels = |full: u32| {
            let scaled = full * width;
            let rounded = ((scaled + 400) / 800 * 8).max(8);
            if rounded * 1000 < scaled * 9 {
                rounded + 8
            } else {
                rounded
            }
        };
        let stage = |[expansion, outputs, repeats, stride]: [u32; 4]| {
            (0..repeats).map(move |repeat| Bottleneck {
                expansion,
                outputs: channels(outputs),
                stride: if repeat == 0 { stride } else { 1 },
            })
        };
        Self {
            first: channels(32),
            bottlenecks: STAGES.into_iter().flat_map(stage).collect(),
            last: if width > 100 { channels(1280) } else { 1280 },
        }
    }

    /// Its convolutions in order, on images of `side` × `side` pixels in three channels.
    #[must_use]
    pub fn convolutions(&self, side: u32) -> Vec<Convolution> {
        let mut list = Vec::new();
        let mut shape = [3, side];
        let mut push = |outputs, kernel, stride, groups| {
            let [inputs, side] = shape;
            let convolution = Convolution {
                channels: [inputs, outputs],
                side,
                kernel,
                stride,
                groups,
            };
            shape = [outputs, convolution.side_out()];
            list.push(convolution);
        };
        push(self.first, 3, 2, 1);
        let mut channels = self.first;
        for bottleneck in &self.bottlenecks {
            let inner = bottleneck.expansion * channels;
            if bottleneck.expansion > 1 {
                push(inner, 1, 1, 1);
            }
            push(inner, 3, bottleneck.stride, inner);
            push(bottleneck.outputs, 1, 1, 1);
            channels = bottleneck.outputs;
        }
        push(self.last, 1, 1, 1);
        list
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The figures that docs/protocol.md and the limits of classifiers name.
    #[test]
    fn weights_and_outputs_are_those_of_the_paper() {
        let network = MobileNet::new(100);
        let list = network.convolutions(224);
        let weights: u32 = list.iter().map(Convolution::weights).sum();
        let outputs: u32 = list.iter().map(Convolution::elements).sum();
        assert_eq!(list.len(), 52);
        assert_eq!(weights + CLASSES * network.last, 3_469_760);
        assert_eq!(outputs, 6_678_112);
        assert_eq!(list[51].side_out(), 7);
        // Rounding: 32 · 0.35 is 11.2, and eight would be more than a tenth less.
        assert_eq!(MobileNet::new(35).first, 16);
    }
}
