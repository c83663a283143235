//! What the judge's steps for a batch of a sealed classifier are made of; `crate::verifier` has their
//! order.

use super::places::Extension;
use super::transcript::First;
use crate::domain::powers;
use crate::encoding::linear_combination;
use crate::equation::place_weights;
use crate::linear_form::Round;
use crate::refusal::ProofError;
use duces_protocol::sealed::{Architecture, Generators, SealedClassifier};
use ff::Field;
use group::Group;
use halo2curves::bn256::{Fr, G1, G1Affine};
use rand_core::OsRng;

/// What a judge needs of a sealed classifier.
pub struct SealedKeys {
    pub(crate) architecture: Architecture,
    /// `T_j` of the rows that hold weights.
    pub(crate) commitments: Vec<G1Affine>,
    pub(crate) generators: Generators,
}

impl SealedKeys {
    /// Derives the generators.
    #[must_use]
    pub fn new(sealed: &SealedClassifier) -> Self {
        let architecture = sealed.architecture().clone();
        Self {
            commitments: sealed.commitments().to_vec(),
            generators: Generators::derive(architecture.rows().len),
            architecture,
        }
    }
}

/// A relation between curve points that must be the identity:
/// `Σ s[i]·S_i + h·H + w·W + Σ t[j]·T_j + points = 0`.
pub struct Relation {
    s: Vec<Fr>,
    h: Fr,
    w: Fr,
    /// Coefficients of the rows that hold weights.
    pub(crate) t: Vec<Fr>,
    /// Points of the proof, with their coefficients.
    pub(crate) points: Vec<(Fr, G1Affine)>,
}

/// `[step-sealed-opening]`: what is opened, and to which value.
pub(crate) struct Link<'a> {
    pub eq: &'a Extension,
    pub lambda: Fr,
    pub first: &'a First,
    pub groups: usize,
}

impl Link<'_> {
    /// `(λ·eq_x(r) | κ^c at N + c | λ·eq_{n_1}(r) | λ·eq_{n_2}(r) − 1)`.
    pub(crate) fn form(&self) -> Vec<Fr> {
        let (lambda, masks) = (self.lambda, self.eq.masks);
        let mut form: Vec<Fr> = self.eq.input.iter().map(|eq| lambda * eq).collect();
        form.extend(powers(Fr::ONE, self.first.kappa, self.groups));
        form.push(lambda * masks[0]);
        form.push(lambda * masks[1] - Fr::ONE);
        form
    }

    /// `κ^c·η^(b+1)` for every slot of the batch, times `scale`.
    pub(crate) fn slot_weights(&self, scale: Fr, slots: usize) -> Vec<Fr> {
        let weights = slot_weights(self.first, self.groups, slots).into_iter();
        weights.map(|weight| scale * weight).collect()
    }

    /// `λ·(b̂ − eq_1(r)·Σ_c κ^c Σ_b η^(b+1)) − v̂ − Σ_c κ^c·ŷ_c`.
    pub(crate) fn value(&self, value: Fr, factor: Fr, y: &[Fr], slots: usize) -> Fr {
        let all: Fr = self.slot_weights(Fr::ONE, slots).iter().sum();
        let kappa = self.first.kappa;
        let y = y.iter().rev().fold(Fr::ZERO, |sum, y| sum * kappa + y);
        self.lambda * (factor - self.eq.one * all) - value - y
    }
}

/// `κ^c·η^(b+1)` for every slot of a batch.
pub(crate) fn slot_weights(first: &First, groups: usize, slots: usize) -> Vec<Fr> {
    let of_groups = powers(Fr::ONE, first.kappa, groups);
    let places = place_weights(first.eta, slots.div_ceil(groups));
    (0..slots)
        .map(|i| of_groups[i % groups] * places[i / groups])
        .collect()
}

/// For every row the product over the rounds of what `factors(γ)` says of the lower and the upper
/// half.
pub(crate) fn row_weights(gammas: &[Fr], factors: impl Fn(Fr) -> [Fr; 2]) -> Vec<Fr> {
    let mut weights = vec![Fr::ONE];
    for gamma in gammas {
        let [lower, upper] = factors(*gamma);
        weights = weights
            .iter()
            .flat_map(|weight| [*weight * lower, *weight * upper])
            .collect();
    }
    weights
}

/// Steps 4, 8 and 9: the points that a prover sends, and all challenges.
pub(crate) struct Steps<'a> {
    /// `[k0]`, `[k2]` of every round, with `r_j`.
    pub sum: Vec<([G1Affine; 2], Fr)>,
    /// `v̂`.
    pub value: Fr,
    /// `b̂^(−1)`.
    pub scale: Fr,
    /// `f0`.
    pub constant: Fr,
    /// `[L]`, `[R]` of every round over rows, with `γ`.
    pub rows: Vec<([G1Affine; 2], Fr)>,
    /// `F*`.
    pub form: &'a [Fr],
    /// `D`, `E`.
    pub first: [G1Affine; 2],
    pub c: Fr,
    /// `α`, `α'`.
    pub blinds: [Fr; 2],
    pub x: Fr,
    /// The rounds within a row.
    pub columns: Vec<Round>,
    /// The last scalar.
    pub last: Fr,
}

impl Steps<'_> {
    /// `A*` as a combination of points of the proof, and its share of `H`.
    fn last_value(&self) -> (Vec<(Fr, G1Affine)>, Fr) {
        let mut points = Vec::new();
        // A ← [L] + γ·A + γ²·[R], unrolled.
        let mut weight = Fr::ONE;
        for ([left, right], gamma) in self.rows.iter().rev() {
            points.push((weight, *left));
            points.push((weight * gamma.square(), *right));
            weight *= gamma;
        }
        let mut h = -weight * self.constant;
        // S ← r·S + (1 − 2r)·[k0] + (r² − r)·[k2], unrolled.
        weight *= self.scale;
        for ([constant, square], r) in self.sum.iter().rev() {
            points.push((weight * (Fr::ONE - r.double()), *constant));
            points.push((weight * (r.square() - r), *square));
            weight *= r;
        }
        h += weight * self.value;
        (points, h)
    }

    /// The relation that is left, `rows` being the rows that hold weights.
    pub(crate) fn relation(&self, rows: usize) -> Relation {
        let (weight, mut points) = Round::unroll(&self.columns);
        let s = Round::last_generator(self.last, &self.columns);
        let value: Fr = s.iter().zip(self.form).map(|(s, f)| *s * f).sum();
        let [first, second] = self.first;
        points.push((-weight, first));
        points.push((-weight * self.x, second));
        let (own, h) = self.last_value();
        let scale = -weight * self.x * self.c;
        points.extend(
            own.into_iter()
                .map(|(scalar, point)| (scale * scalar, point)),
        );
        let [alpha, alpha_value] = self.blinds;
        let gammas: Vec<Fr> = self.rows.iter().map(|(_, gamma)| *gamma).collect();
        let upper = row_weights(&gammas, |gamma| [Fr::ONE, gamma]);
        let upper = upper.iter().take(rows);
        Relation {
            s,
            h: self.x * value + scale * h,
            w: weight * (alpha + self.x * alpha_value),
            t: upper.map(|row| -weight * self.c * row).collect(),
            points,
        }
    }
}

/// A random combination of the relations of all batches.
pub struct WeightSum<'a> {
    keys: &'a SealedKeys,
    blind: G1Affine,
    s: Vec<Fr>,
    h: Fr,
    w: Fr,
    t: Vec<Fr>,
    points: G1,
}

impl<'a> WeightSum<'a> {
    pub(crate) fn new(keys: &'a SealedKeys, blind: G1Affine) -> Self {
        Self {
            keys,
            blind,
            s: vec![Fr::ZERO; keys.generators.s.len()],
            h: Fr::ZERO,
            w: Fr::ZERO,
            t: vec![Fr::ZERO; keys.commitments.len()],
            points: G1::identity(),
        }
    }

    pub(crate) fn add(&mut self, relation: &Relation) {
        let weight = Fr::random(OsRng);
        let add = |sums: &mut [Fr], others: &[Fr]| {
            for (sum, other) in sums.iter_mut().zip(others) {
                *sum += weight * other;
            }
        };
        add(&mut self.s, &relation.s);
        add(&mut self.t, &relation.t);
        self.h += weight * relation.h;
        self.w += weight * relation.w;
        let (scalars, points): (Vec<Fr>, Vec<G1Affine>) = relation.points.iter().copied().unzip();
        self.points += linear_combination(&scalars, &points) * weight;
    }

    pub(crate) fn check(self) -> Result<(), ProofError> {
        let keys = self.keys;
        let sum = linear_combination(&self.s, &keys.generators.s)
            + linear_combination(&self.t, &keys.commitments)
            + keys.generators.h * self.h
            + self.blind * self.w
            + self.points;
        if bool::from(sum.is_identity()) {
            Ok(())
        } else {
            Err(ProofError::Weights)
        }
    }
}
