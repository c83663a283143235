//! The adjoint of the classifier's linear part: `u = −Aᵀs` for `s_t = ρ^t`, without expanding `A`.
//!
//! With the weight `s_t` on every pre-activation, the linear relations of one item are together
//! one equation: `Σ s_t·Y_t + Σ u_t·z_t + ⟨u_in, x⟩ = ⟨s, bias⟩`, where `u` is what this module
//! computes (docs/protocol.md section 5.3, "The equation"). It is reverse-mode differentiation of the
//! linear nodes. What a pointwise node asks of its pre-activations is geometric, and stays so through
//! sums and scalings: such a gradient is one number, and a convolution takes it in the time of its
//! weights and inputs (`adjoint/geometric.rs`).

mod geometric;
pub mod sum;

use super::{Classifier, Linear, Map, Node, live};
use ff::{Field, PrimeField};
use halo2curves::bn256::Fr;
use rayon::prelude::*;
use sum::{Limbs, Sum};

/// The coefficients of one item's equation.
#[derive(Clone, Debug)]
pub struct Adjoint {
    /// For each pointwise node in order: the coefficient of each of its outputs.
    pub outputs: Vec<Vec<Fr>>,
    /// What does not belong to an output.
    pub rest: Rest,
}

/// The coefficients of one item's equation beside those of outputs.
#[derive(Clone, Debug)]
pub struct Rest {
    /// The coefficient of each byte of the view.
    pub input: Vec<Fr>,
    /// `⟨s, bias⟩`.
    pub bias: Fr,
}

impl Classifier {
    /// The most memory of one call of [`Self::adjoint_in_turn`] in bytes, what it hands out and returns
    /// included: 32 for each element that is needed at one time, and 144 for each of the longest node.
    #[must_use]
    pub fn adjoint_bytes(&self) -> u64 {
        let longest = self.lens.iter().copied().max().unwrap_or_default();
        32 * live::peak(&self.nodes, &self.lens) + 144 * u64::from(longest)
    }

    /// Computes the adjoint for the weights `s_t = ρ^t`.
    #[must_use]
    pub fn adjoint(&self, rho: Fr) -> Adjoint {
        let mut outputs = Vec::new();
        let rest = self.adjoint_in_turn(rho, |_, coefficients| outputs.push(coefficients));
        outputs.reverse();
        Adjoint { outputs, rest }
    }

    /// The same on as many cores as there are, in [`Self::adjoint_bytes`] of memory: `visit(number,
    /// coefficients)` gets the coefficients of each pointwise node's outputs, the last node first. Two
    /// calls at a time take twice as much.
    pub fn adjoint_in_turn(&self, rho: Fr, visit: impl FnMut(usize, Vec<Fr>)) -> Rest {
        backward(&self.nodes, &self.lens, rho, visit, |_, _| {})
    }
}

/// Walks from the last node to the first; `visit` sees the coefficients of every pointwise node's outputs,
/// `keep` the gradient of every linear node that is read, with its index.
pub(crate) fn backward(
    nodes: &[Node],
    lens: &[u32],
    rho: Fr,
    mut visit: impl FnMut(usize, Vec<Fr>),
    mut keep: impl FnMut(usize, &Gradient),
) -> Rest {
    let mut gradients = Gradients {
        rho,
        lens,
        values: vec![Gradient::Zero; lens.len()],
    };
    let pointwise = nodes
        .iter()
        .zip(&lens[1..])
        .filter_map(|(node, len)| match node {
            Node::Pointwise(_) => Some(u64::from(*len)),
            Node::Linear(_) => None,
        });
    let (mut number, mut relations) =
        pointwise.fold((0, 0), |(number, total), len| (number + 1, total + len));
    let mut bias = Fr::ZERO;
    for (index, node) in nodes.iter().enumerate().rev() {
        let gradient = std::mem::take(&mut gradients.values[index + 1]);
        match node {
            Node::Pointwise(pointwise) => {
                let len = lens[index + 1];
                visit(number - 1, gradient.elements(rho, len as usize));
                number -= 1;
                relations -= u64::from(len);
                // Element i of the node is relation number `relations + 1 + i`.
                let first = -rho.pow_vartime([relations + 1]);
                gradients.add(pointwise.source.index(), Gradient::Geometric(first));
            }
            // Nobody reads it.
            Node::Linear(_) if matches!(gradient, Gradient::Zero) => {}
            Node::Linear(linear) => {
                keep(index, &gradient);
                bias -= gradients.of_bias(linear, &gradient);
                gradients.linear(linear, gradient);
            }
        }
    }
    let input = std::mem::take(&mut gradients.values[0]);
    Rest {
        input: input.elements(rho, lens[0] as usize),
        bias,
    }
}

/// The gradient of a value.
#[derive(Clone, Debug, Default)]
pub(crate) enum Gradient {
    /// Nothing has added to it.
    #[default]
    Zero,
    /// `first·ρ^i` for element `i`.
    Geometric(Fr),
    /// Any other, element by element.
    Elements(Vec<Fr>),
}

impl Gradient {
    /// All `len` elements.
    pub(crate) fn elements(self, rho: Fr, len: usize) -> Vec<Fr> {
        match self {
            Self::Zero => vec![Fr::ZERO; len],
            Self::Geometric(first) => {
                let mut elements = vec![Fr::ZERO; len];
                for_each_power(&mut elements, first, rho, |element, power| *element = power);
                elements
            }
            Self::Elements(elements) => elements,
        }
    }

    fn scaled(self, factor: i32) -> Self {
        let factor: Fr = to_field(i64::from(factor));
        match self {
            Self::Zero => Self::Zero,
            Self::Geometric(first) => Self::Geometric(first * factor),
            Self::Elements(mut elements) => {
                if factor != Fr::ONE {
                    elements
                        .par_iter_mut()
                        .for_each(|element| *element *= factor);
                }
                Self::Elements(elements)
            }
        }
    }
}

/// Elements that are worth a task of their own.
const PART: usize = 1 << 12;

/// Hands out `first·ρ^i` beside each element.
fn for_each_power(elements: &mut [Fr], first: Fr, rho: Fr, visit: impl Fn(&mut Fr, Fr) + Sync) {
    let parts = elements.len().div_ceil(PART);
    let starts = geometric::powers(first, rho.pow_vartime([PART as u64]), parts);
    let parts = elements.par_chunks_mut(PART).zip(starts);
    parts.for_each(|(part, start)| {
        let mut power = start;
        for element in part {
            visit(element, power);
            power *= rho;
        }
    });
}

/// The gradient of every value, from the last node that reads it to the node that defines it.
struct Gradients<'a> {
    rho: Fr,
    lens: &'a [u32],
    values: Vec<Gradient>,
}

impl Gradients<'_> {
    /// `⟨gradient, bias⟩`.
    fn of_bias(&self, linear: &Linear, gradient: &Gradient) -> Fr {
        let Some(width) = (linear.len as usize).checked_div(linear.bias.len()) else {
            return Fr::ZERO;
        };
        let biases = linear.bias.iter().map(|&bias| to_field::<Fr>(bias));
        match gradient {
            Gradient::Zero => Fr::ZERO,
            Gradient::Geometric(first) => {
                let step = self.rho.pow_vartime([width as u64]);
                let weighted = biases.rev().fold(Fr::ZERO, |sum, bias| sum * step + bias);
                *first * powers_sum(self.rho, width) * weighted
            }
            Gradient::Elements(elements) => {
                let parts = elements.chunks_exact(width);
                let terms = biases
                    .zip(parts)
                    .map(|(bias, part)| part.iter().sum::<Fr>() * bias);
                terms.sum()
            }
        }
    }

    /// Hands the gradient of a linear node on to what it reads.
    fn linear(&mut self, linear: &Linear, gradient: Gradient) {
        let mut others = Vec::new();
        for term in &linear.terms {
            let source = term.source.index();
            match (&term.map, &gradient) {
                (Map::Scale(factor), _) => self.add(source, gradient.clone().scaled(*factor)),
                (Map::Conv(conv), Gradient::Geometric(first)) => match geometric::fits(conv) {
                    Some(geometry) => {
                        let rho = self.rho;
                        geometric::add(conv, &geometry, *first, rho, self.elements(source));
                    }
                    None => others.push(term),
                },
                _ => others.push(term),
            }
        }
        if others.is_empty() {
            return;
        }
        let elements = gradient.elements(self.rho, linear.len as usize);
        let limbs: Vec<Limbs> = elements.par_iter().map(Limbs::from).collect();
        drop(elements);
        for term in others {
            let source = term.source.index();
            let mut sums = vec![Sum::default(); self.lens[source] as usize];
            term.map.add_adjoint(&limbs, &mut sums, Sum::add);
            let target = self.elements(source).par_iter_mut();
            target
                .zip(&sums)
                .for_each(|(element, sum)| *element += sum.reduce());
        }
    }

    /// Adds to the gradient of a value.
    fn add(&mut self, value: usize, gradient: Gradient) {
        let own = &mut self.values[value];
        match (own, gradient) {
            (_, Gradient::Zero) => {}
            (own @ Gradient::Zero, gradient) => *own = gradient,
            (Gradient::Geometric(own), Gradient::Geometric(first)) => *own += first,
            (_, Gradient::Geometric(first)) => {
                let rho = self.rho;
                for_each_power(self.elements(value), first, rho, |own, power| *own += power);
            }
            (_, Gradient::Elements(elements)) => {
                let own = self.elements(value).par_iter_mut();
                own.zip(elements).for_each(|(own, element)| *own += element);
            }
        }
    }

    /// The gradient of a value, element by element.
    fn elements(&mut self, value: usize) -> &mut [Fr] {
        let own = &mut self.values[value];
        let gradient = std::mem::take(own);
        *own = Gradient::Elements(gradient.elements(self.rho, self.lens[value] as usize));
        match own {
            Gradient::Elements(elements) => elements,
            Gradient::Zero | Gradient::Geometric(_) => unreachable!("it was written a line above"),
        }
    }
}

/// `1 + ρ + … + ρ^(len − 1)`.
fn powers_sum(rho: Fr, len: usize) -> Fr {
    // From the highest bit of `len` on: the sum and the power for its leading bits.
    let (mut sum, mut power) = (Fr::ZERO, Fr::ONE);
    for bit in (0..usize::BITS - len.leading_zeros()).rev() {
        sum += sum * power;
        power = power.square();
        if len >> bit & 1 == 1 {
            sum += power;
            power *= rho;
        }
    }
    sum
}

/// A signed integer as a field element.
#[must_use]
pub fn to_field<F: PrimeField>(value: i64) -> F {
    let magnitude = F::from(value.unsigned_abs());
    if value < 0 { -magnitude } else { magnitude }
}

#[cfg(test)]
mod tests;
