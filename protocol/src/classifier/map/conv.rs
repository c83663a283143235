//! Two-dimensional convolutions with integer weights.

use super::walk::{Geometry, Run};

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

    pub(super) fn check(&self, inputs: usize, outputs: usize) -> Result<(), String> {
        let weights = self.check_sizes(inputs, outputs)?;
        if weights == self.weights.len() as u128 {
            Ok(())
        } else {
            Err(format!("the convolution needs {weights} weights"))
        }
    }

    /// Checks everything but the weights, and says how many there must be.
    pub(crate) fn check_sizes(&self, inputs: usize, outputs: usize) -> Result<u128, String> {
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
        if product(&sizes[..3]) != inputs as u128 {
            return Err("the convolution does not fit its input".to_owned());
        }
        let (height, width) = self
            .out_size()
            .ok_or_else(|| "the kernel is larger than the input".to_owned())?;
        if self.out_channels as u128 * height as u128 * width as u128 != outputs as u128 {
            return Err("the convolution does not fit its output".to_owned());
        }
        Ok(weights)
    }

    /// The sizes, or `None` when the kernel does not fit.
    #[must_use]
    pub fn geometry(&self) -> Option<Geometry> {
        let (height, width) = self.out_size()?;
        let size = |size: u32| size as usize;
        let pad = &self.padding;
        Some(Geometry {
            in_channels: size(self.in_channels),
            input: [self.in_height, self.in_width].map(size),
            out_channels: size(self.out_channels),
            output: [height, width],
            kernel: [self.kernel_height, self.kernel_width].map(size),
            stride: self.stride.map(size),
            dilation: self.dilation.map(size),
            before: [pad.top, pad.left].map(size),
            after: [pad.bottom, pad.right].map(size),
            groups: size(self.groups),
        })
    }

    /// Visits the entries whose weight is not zero.
    pub(super) fn walk(&self, visit: impl FnMut(Run<i32>)) {
        let geometry = self
            .geometry()
            .expect("checked when the classifier was built");
        let weight = |index: usize| Some(self.weights[index]).filter(|&weight| weight != 0);
        geometry.walk(weight, visit);
    }
}
