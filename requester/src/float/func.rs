//! The functions of one variable that become tables.

use super::formula::Formula;
use std::sync::Arc;

/// A function applied element by element.
#[derive(Clone, PartialEq, Debug)]
pub enum Func {
    /// `max(y, 0)`.
    Relu,
    /// `y` for `y ≥ 0`, else `slope·y`.
    LeakyRelu(f64),
    /// `min(max(y, lo), hi)`; either end may be infinite.
    Clip {
        /// Lower end.
        lo: f64,
        /// Upper end.
        hi: f64,
    },
    /// `1 / (1 + e^-y)`.
    Sigmoid,
    /// `tanh y`.
    Tanh,
    /// `min(e^y, cap)`.
    Exp {
        /// Where it saturates; infinite until the decision shows which values matter.
        cap: f64,
    },
    /// `y`, rounded to the resolution of a table: a requantisation between two weighted maps.
    Round,
    /// 1 where `y ≥ 0`, or `y > 0` where the element is marked strict; else 0.
    Step {
        /// One mark per element.
        strict: Vec<bool>,
    },
    /// `outputs[y]` for an integer `y`: a table over packed bits.
    Lookup {
        /// Outputs for `0, 1, …`
        outputs: Arc<[i32]>,
    },
    /// Any other expression.
    Formula {
        /// The expression.
        formula: Arc<Formula>,
        /// The argument is clipped at `±reach`; infinite without calibration data.
        reach: f64,
    },
}

impl Func {
    /// An expression of any argument.
    #[must_use]
    pub fn formula(formula: &Arc<Formula>) -> Self {
        Self::Formula {
            formula: Arc::clone(formula),
            reach: f64::INFINITY,
        }
    }

    /// The value at `y`, element `index`.
    #[must_use]
    pub fn apply(&self, y: f64, index: usize) -> f64 {
        match self {
            Self::Relu => y.max(0.0),
            Self::LeakyRelu(slope) => {
                if y >= 0.0 {
                    y
                } else {
                    slope * y
                }
            }
            Self::Clip { lo, hi } => y.max(*lo).min(*hi),
            Self::Sigmoid => 1.0 / (1.0 + libm::exp(-y)),
            Self::Tanh => libm::tanh(y),
            Self::Exp { cap } => libm::exp(y).min(*cap),
            Self::Round => y,
            Self::Step { strict } => {
                let holds = if strict[index] { y > 0.0 } else { y >= 0.0 };
                f64::from(u8::from(holds))
            }
            Self::Lookup { outputs } => {
                let last = outputs.len().saturating_sub(1);
                outputs
                    .get((y.round().max(0.0) as usize).min(last))
                    .copied()
                    .unwrap_or(0)
                    .into()
            }
            Self::Formula { formula, reach } => formula.apply(y.clamp(-reach, *reach)),
        }
    }

    /// The smallest and largest value on `lo ..= hi`, element `index`.
    #[must_use]
    pub fn range(&self, lo: f64, hi: f64, index: usize) -> (f64, f64) {
        match self {
            Self::Lookup { outputs } => {
                let end = |y: f64| (y.round().max(0.0) as usize).min(outputs.len() - 1);
                let reached = outputs[end(lo)..=end(hi).max(end(lo))].iter();
                let ends = reached.fold((i32::MAX, i32::MIN), |(a, b), &z| (a.min(z), b.max(z)));
                (ends.0.into(), ends.1.into())
            }
            Self::Formula { formula, reach } => {
                formula.range(lo.clamp(-reach, *reach), hi.clamp(-reach, *reach))
            }
            _ => {
                let (a, b) = (self.apply(lo, index), self.apply(hi, index));
                (a.min(b), a.max(b))
            }
        }
    }

    /// Whether its argument is an integer that the table is indexed by.
    #[must_use]
    pub fn is_lookup(&self) -> bool {
        matches!(self, Self::Lookup { .. })
    }

    /// Whether `func(c·y) = c·func(y)` for `c > 0`: then every channel may have its own scale.
    #[must_use]
    pub fn is_homogeneous(&self) -> bool {
        matches!(self, Self::Relu | Self::LeakyRelu(_) | Self::Round)
    }

    /// For a strictly increasing function: the `y` with `func(y) = z`. Infinite where every or no
    /// `y` reaches `z`; `None` where the function is not strictly increasing around `z`.
    #[must_use]
    pub fn inverse(&self, z: f64) -> Option<f64> {
        let between = |lo: f64, hi: f64, inside: f64| {
            Some(if z <= lo {
                f64::NEG_INFINITY
            } else if z >= hi {
                f64::INFINITY
            } else {
                inside
            })
        };
        match self {
            Self::Sigmoid => between(0.0, 1.0, libm::log(z / (1.0 - z))),
            Self::Tanh => between(-1.0, 1.0, libm::atanh(z)),
            Self::Exp { .. } => between(0.0, f64::INFINITY, libm::log(z)),
            Self::Round => Some(z),
            Self::Relu => (z > 0.0).then_some(z),
            Self::LeakyRelu(slope) if *slope > 0.0 => Some(if z >= 0.0 { z } else { z / slope }),
            Self::Clip { lo, hi } => (*lo < z && z < *hi).then_some(z),
            Self::LeakyRelu(_) | Self::Step { .. } | Self::Lookup { .. } | Self::Formula { .. } => {
                None
            }
        }
    }

    /// Whether `func(a) ≥ func(b)` exactly when `a ≥ b`, for all `a` and `b`.
    #[must_use]
    pub fn is_strictly_increasing(&self) -> bool {
        match self {
            Self::Sigmoid | Self::Tanh | Self::Exp { .. } | Self::Round => true,
            Self::LeakyRelu(slope) => *slope > 0.0,
            Self::Relu
            | Self::Clip { .. }
            | Self::Step { .. }
            | Self::Lookup { .. }
            | Self::Formula { .. } => false,
        }
    }

    /// Name in printed tables.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Relu => "relu",
            Self::LeakyRelu(_) => "leaky relu",
            Self::Clip { .. } => "clip",
            Self::Sigmoid => "sigmoid",
            Self::Tanh => "tanh",
            Self::Exp { .. } => "exp",
            Self::Round => "round",
            Self::Step { .. } => "step",
            Self::Lookup { .. } => "packed",
            Self::Formula { .. } => "formula",
        }
    }
}
