//! Expressions in one variable. Whatever a model computes element by element from one tensor and
//! constants becomes one function, and so one table.

use std::sync::Arc;

/// The most operations of one expression.
const MAX_SIZE: usize = 256;

/// Points at which a function is sampled on an interval.
const SAMPLES: u32 = 512;

/// An expression in one variable.
#[derive(Clone, PartialEq, Debug)]
pub enum Formula {
    /// The variable.
    Argument,
    /// A number.
    Constant(f64),
    /// A function of one expression.
    Unary(Unary, Arc<Formula>),
    /// A function of two.
    Binary(Binary, Arc<Formula>, Arc<Formula>),
}

/// Functions of one number.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[allow(missing_docs)]
pub enum Unary {
    Abs,
    Acos,
    Acosh,
    Asin,
    Asinh,
    Atan,
    Atanh,
    Ceil,
    Cos,
    Cosh,
    Erf,
    Exp,
    Floor,
    Ln,
    /// To the nearest integer, halves to the even one.
    Round,
    Sigmoid,
    Sign,
    Sin,
    Sinh,
    /// `ln(1 + e^y)`.
    Softplus,
    Sqrt,
    Tanh,
    /// Towards zero.
    Truncate,
}

/// Functions of two numbers; comparisons are 1 where they hold, else 0.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[allow(missing_docs)]
pub enum Binary {
    Add,
    Sub,
    Mul,
    Div,
    Pow,
    Min,
    Max,
    Above,
    AtLeast,
    Equal,
}

impl Unary {
    /// The value at `y`.
    #[must_use]
    pub fn apply(self, y: f64) -> f64 {
        match self {
            Self::Abs => y.abs(),
            Self::Acos => libm::acos(y),
            Self::Acosh => libm::acosh(y),
            Self::Asin => libm::asin(y),
            Self::Asinh => libm::asinh(y),
            Self::Atan => libm::atan(y),
            Self::Atanh => libm::atanh(y),
            Self::Ceil => y.ceil(),
            Self::Cos => libm::cos(y),
            Self::Cosh => libm::cosh(y),
            Self::Erf => libm::erf(y),
            Self::Exp => libm::exp(y),
            Self::Floor => y.floor(),
            Self::Ln => libm::log(y),
            Self::Round => y.round_ties_even(),
            Self::Sigmoid => 1.0 / (1.0 + libm::exp(-y)),
            Self::Sign if y == 0.0 => 0.0,
            Self::Sign => y.signum(),
            Self::Sin => libm::sin(y),
            Self::Sinh => libm::sinh(y),
            Self::Softplus => y.max(0.0) + libm::log1p(libm::exp(-y.abs())),
            Self::Sqrt => y.sqrt(),
            Self::Tanh => libm::tanh(y),
            Self::Truncate => y.trunc(),
        }
    }

    fn is_integral(self) -> bool {
        matches!(
            self,
            Self::Ceil | Self::Floor | Self::Round | Self::Sign | Self::Truncate
        )
    }
}

impl Binary {
    /// The value at `a` and `b`.
    #[must_use]
    pub fn apply(self, a: f64, b: f64) -> f64 {
        let indicator = |holds: bool| f64::from(u8::from(holds));
        match self {
            Self::Add => a + b,
            Self::Sub => a - b,
            Self::Mul => a * b,
            Self::Div => a / b,
            Self::Pow => libm::pow(a, b),
            Self::Min => a.min(b),
            Self::Max => a.max(b),
            Self::Above => indicator(a > b),
            Self::AtLeast => indicator(a >= b),
            Self::Equal => indicator(a == b),
        }
    }
}

impl Formula {
    /// The variable.
    #[must_use]
    pub fn argument() -> Arc<Self> {
        Arc::new(Self::Argument)
    }

    /// A number.
    #[must_use]
    pub fn constant(number: f64) -> Arc<Self> {
        Arc::new(Self::Constant(number))
    }

    /// `function(of)`.
    #[must_use]
    pub fn unary(function: Unary, of: &Arc<Self>) -> Arc<Self> {
        Arc::new(Self::Unary(function, Arc::clone(of)))
    }

    /// `function(a, b)`.
    #[must_use]
    pub fn binary(function: Binary, a: &Arc<Self>, b: &Arc<Self>) -> Arc<Self> {
        Arc::new(Self::Binary(function, Arc::clone(a), Arc::clone(b)))
    }

    /// The value at `y`; not finite where the expression has none.
    #[must_use]
    pub fn apply(&self, y: f64) -> f64 {
        match self {
            Self::Argument => y,
            Self::Constant(number) => *number,
            Self::Unary(function, of) => function.apply(of.apply(y)),
            Self::Binary(function, a, b) => function.apply(a.apply(y), b.apply(y)),
        }
    }

    /// The expression with `inner` for the variable.
    #[must_use]
    pub fn after(&self, inner: &Arc<Self>) -> Arc<Self> {
        match self {
            Self::Argument => Arc::clone(inner),
            Self::Constant(number) => Self::constant(*number),
            Self::Unary(function, of) => Self::unary(*function, &of.after(inner)),
            Self::Binary(function, a, b) => {
                Self::binary(*function, &a.after(inner), &b.after(inner))
            }
        }
    }

    /// Whether it has few enough operations.
    #[must_use]
    pub fn is_small(&self) -> bool {
        self.size_up_to(MAX_SIZE).is_some()
    }

    /// What is left of `room` after counting the operations; `None` when it runs out.
    fn size_up_to(&self, room: usize) -> Option<usize> {
        let room = room.checked_sub(1)?;
        match self {
            Self::Argument | Self::Constant(_) => Some(room),
            Self::Unary(_, of) => of.size_up_to(room),
            Self::Binary(_, a, b) => b.size_up_to(a.size_up_to(room)?),
        }
    }

    /// Whether it is of the form `a·y + b`.
    #[must_use]
    pub fn is_affine(&self) -> bool {
        let constant = |formula: &Self| !formula.depends();
        match self {
            Self::Argument | Self::Constant(_) => true,
            Self::Unary(_, of) => constant(of),
            Self::Binary(Binary::Add | Binary::Sub, a, b) => a.is_affine() && b.is_affine(),
            Self::Binary(Binary::Mul, a, b) => {
                a.is_affine() && b.is_affine() && (constant(a) || constant(b))
            }
            Self::Binary(Binary::Div, a, b) => a.is_affine() && constant(b),
            Self::Binary(_, a, b) => constant(a) && constant(b),
        }
    }

    fn depends(&self) -> bool {
        match self {
            Self::Argument => true,
            Self::Constant(_) => false,
            Self::Unary(_, of) => of.depends(),
            Self::Binary(_, a, b) => a.depends() || b.depends(),
        }
    }

    /// Whether all values are integers.
    #[must_use]
    pub fn is_integral(&self) -> bool {
        match self {
            Self::Argument => false,
            Self::Constant(number) => number.fract() == 0.0,
            Self::Unary(function, of) => {
                function.is_integral() || *function == Unary::Abs && of.is_integral()
            }
            Self::Binary(Binary::Above | Binary::AtLeast | Binary::Equal, ..) => true,
            Self::Binary(Binary::Div | Binary::Pow, ..) => false,
            Self::Binary(_, a, b) => a.is_integral() && b.is_integral(),
        }
    }

    /// The smallest and largest value on `lo ..= hi`, as far as samples show.
    #[must_use]
    pub fn range(&self, lo: f64, hi: f64) -> (f64, f64) {
        let inside = (0..=SAMPLES).map(|i| lo + (hi - lo) * f64::from(i) / f64::from(SAMPLES));
        let values = inside.chain([0.0f64.clamp(lo, hi)]).map(|y| self.apply(y));
        values.fold((f64::INFINITY, f64::NEG_INFINITY), |(a, b), z| {
            (a.min(z), b.max(z))
        })
    }

    /// An argument on `lo ..= hi` at which the expression has no finite value, as far as samples
    /// show.
    #[must_use]
    pub fn undefined_on(&self, lo: f64, hi: f64) -> Option<f64> {
        let inside = (0..=SAMPLES).map(|i| lo + (hi - lo) * f64::from(i) / f64::from(SAMPLES));
        let mut points = inside.chain([0.0f64.clamp(lo, hi)]);
        points.find(|&y| !self.apply(y).is_finite())
    }

    /// The scale of a table's outputs, `step` being the scale of its argument. It is 1 where all
    /// values are whole numbers; else that of the argument, such that outputs take 8 to 13 bits. The
    /// argument goes up to `reach`.
    #[must_use]
    pub fn output_scale(&self, step: f64, reach: f64) -> f64 {
        if self.is_integral() {
            return 1.0;
        }
        let reach = (step * f64::from(1 << 12)).min(reach);
        let finite = |z: f64| if z.is_finite() { z.abs() } else { 0.0 };
        let values = (0..=SAMPLES).map(|i| reach * (f64::from(2 * i) / f64::from(SAMPLES) - 1.0));
        let largest = values.map(|y| finite(self.apply(y))).fold(0.0, f64::max);
        if largest > 0.0 {
            step.clamp(largest / 8191.0, largest / 255.0)
        } else {
            1.0
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gelu_from_its_parts() {
        let y = Formula::argument();
        let half = Formula::constant(0.5);
        let root = Formula::constant(2.0f64.sqrt());
        let erf = Formula::unary(Unary::Erf, &Formula::binary(Binary::Div, &y, &root));
        let inner = Formula::binary(Binary::Add, &erf, &Formula::constant(1.0));
        let gelu = Formula::binary(
            Binary::Mul,
            &Formula::binary(Binary::Mul, &y, &half),
            &inner,
        );
        assert!((gelu.apply(1.0) - 0.841_344_746).abs() < 1e-8);
        assert!(!gelu.is_affine() && !gelu.is_integral() && gelu.is_small());
        let (lo, hi) = gelu.range(-10.0, 10.0);
        assert!((-0.17..-0.16).contains(&lo) && (hi - 10.0).abs() < 1e-9);
    }

    #[test]
    fn shapes_of_expressions() {
        let y = Formula::argument();
        let shifted = Formula::binary(Binary::Add, &y, &Formula::constant(3.0));
        assert!(shifted.is_affine());
        let rounded = Formula::unary(Unary::Round, &shifted);
        assert!(rounded.is_integral() && rounded.apply(-0.5) == 2.0 && rounded.apply(0.5) == 4.0);
        assert_eq!(
            Formula::unary(Unary::Ln, &y).undefined_on(-1.0, 1.0),
            Some(-1.0)
        );
        assert_eq!(Formula::unary(Unary::Exp, &y).undefined_on(-1.0, 1.0), None);
        let mut square = y;
        for _ in 0..40 {
            square = Formula::binary(Binary::Mul, &square, &square);
        }
        assert!(!square.is_small());
    }
}
