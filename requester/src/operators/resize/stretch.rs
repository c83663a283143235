//! Which inputs an output of a resized axis reads.

use crate::onnx::Refusal;

/// How one axis is stretched.
pub struct Stretch {
    /// Elements of the input.
    pub from: usize,
    /// Elements of the output.
    pub to: usize,
    /// Output size over input size, as the node gives it.
    pub scale: f64,
    /// The part of the input that `tf_crop_and_resize` looks at.
    pub region: (f64, f64),
}

/// What is the same for all axes.
pub struct Rules {
    /// Whether outputs are means of two inputs; else each is the nearest one.
    pub linear: bool,
    /// `coordinate_transformation_mode`.
    pub coordinates: String,
    /// `nearest_mode`.
    pub nearest: String,
    /// What stands outside the input.
    pub extrapolation: f64,
    /// `exclude_outside`.
    pub exclude_outside: bool,
}

impl Stretch {
    /// The input coordinate of an output, in single precision as runtimes compute it; `None` where
    /// it is outside, and the output is [`Rules::extrapolation`].
    ///
    /// # Errors
    /// When the coordinate mode is unknown.
    pub fn coordinate(&self, output: usize, rules: &Rules) -> Result<Option<f64>, Refusal> {
        let (x, from, to) = (output as f32, self.from as f32, self.to as f32);
        let scale = self.scale as f32;
        Ok(Some(f64::from(match rules.coordinates.as_str() {
            "half_pixel" => (x + 0.5) / scale - 0.5,
            "half_pixel_symmetric" => {
                let adjustment = to / (from * scale);
                let offset = from / 2.0 * (1.0 - adjustment);
                offset + (x + 0.5) / scale - 0.5
            }
            "pytorch_half_pixel" | "align_corners" if self.to == 1 => 0.0,
            "pytorch_half_pixel" => (x + 0.5) / scale - 0.5,
            "align_corners" => x * (from - 1.0) / (to - 1.0),
            "asymmetric" => x / scale,
            "tf_half_pixel_for_nn" => (x + 0.5) / scale,
            "tf_crop_and_resize" => {
                let (start, end) = (self.region.0 as f32, self.region.1 as f32);
                let x = if self.to > 1 {
                    start * (from - 1.0) + x * (end - start) * (from - 1.0) / (to - 1.0)
                } else {
                    0.5 * (start + end) * (from - 1.0)
                };
                if !(0.0..=from - 1.0).contains(&x) {
                    return Ok(None);
                }
                x
            }
            other => {
                return Err(Refusal::malformed(format!("its coordinates are '{other}'")));
            }
        })))
    }

    /// The inputs at a coordinate with their weights.
    ///
    /// # Errors
    /// When the rules are not supported.
    pub fn sources(&self, x: f64, rules: &Rules) -> Result<Vec<(usize, f64)>, Refusal> {
        let last = self.from - 1;
        let inside = |x: f64| (x.max(0.0) as usize).min(last);
        if rules.linear {
            if rules.exclude_outside {
                return Err(Refusal::new(
                    "it excludes what is outside",
                    "export with exclude_outside = 0",
                ));
            }
            let x = x.clamp(0.0, last as f64);
            let below = inside(x.floor());
            let part = x - below as f64;
            return Ok(if part == 0.0 || below == last {
                vec![(below, 1.0)]
            } else {
                vec![(below, 1.0 - part), (below + 1, part)]
            });
        }
        let half_down = if x.fract().abs() == 0.5 {
            x.floor()
        } else {
            x.round()
        };
        let half_up = if x.fract().abs() == 0.5 {
            x.ceil()
        } else {
            x.round()
        };
        let nearest = match rules.nearest.as_str() {
            "round_prefer_floor" => half_down,
            "round_prefer_ceil" => half_up,
            "floor" => x.floor(),
            "ceil" => x.ceil(),
            "simple" if self.scale < 1.0 => x.ceil(),
            "simple" => x.floor(),
            other => {
                return Err(Refusal::malformed(format!("its nearest_mode is '{other}'")));
            }
        };
        Ok(vec![(inside(nearest), 1.0)])
    }
}
