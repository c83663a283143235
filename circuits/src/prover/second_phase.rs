//! What the prover puts into the second-phase columns: inverses of lookups and entries, and the
//! running sum.
//!
//! They follow from the first phase and the challenges; the gates of [`crate::circuit`] bind every
//! cell.

use super::column::Column;
use super::witness::Witness;
use crate::columns::{
    EquationColumns, FirstColumns, LOOKUPS_PER_HELPER, LayoutColumns, SecondColumns, Triple,
};
use crate::layout::Layout;
use crate::logup::{FractionSum, compress};
use duces_arithmetic::{Denominator, Engine};
use ff::Field;
use halo2curves::bn256::Fr;
use rayon::prelude::*;

/// The challenges between the phases: `α`, `β` compress lookups, `w` folds groups.
#[derive(Clone, Copy, Debug)]
pub struct Challenges {
    /// `α`.
    pub alpha: Fr,
    /// `β`.
    pub beta: Fr,
    /// `w`.
    pub w: Fr,
}

impl Challenges {
    /// One field element for a tuple, without its tag and `α`.
    fn untagged(
        &self,
        engine: Engine,
        argument: &Column,
        value: Option<&Column>,
        rows: usize,
    ) -> Vec<Fr> {
        let mut values = vec![Fr::ZERO; rows];
        argument.add_to(engine, &mut values, Fr::ONE);
        if let Some(value) = value {
            value.add_to(engine, &mut values, self.beta);
        }
        values
    }

    /// What lookup number `lookup` compresses, without its tag and `α`: `q + β·z`, or `r`.
    pub(super) fn lookup(
        &self,
        engine: Engine,
        columns: &FirstColumns<Column>,
        lookup: usize,
        rows: usize,
    ) -> Vec<Fr> {
        let Triple { q, r, z } = &columns.triples[lookup / 2];
        if lookup.is_multiple_of(2) {
            self.untagged(engine, q, Some(z), rows)
        } else {
            self.untagged(engine, r, None, rows)
        }
    }

    /// What a tag adds to every lookup under it, with `α`.
    pub(super) fn tagged(&self, tag: Fr) -> Fr {
        compress([self.alpha, self.beta], tag, Fr::ZERO, Fr::ZERO)
    }
}

/// The second-phase columns, and what the linear relations add to the running sum.
pub struct SecondPhase {
    /// The columns, up to the end of the running sum.
    pub columns: SecondColumns<Vec<Fr>>,
    /// `Σ coefficient·fold` over `q, r, z` of every lane, on all rows.
    pub linear: Vec<Fr>,
}

impl SecondPhase {
    /// Computes the columns from the first phase and the instance columns.
    #[must_use]
    pub fn new(
        layout: &Layout,
        witness: &Witness,
        equation: &EquationColumns<Vec<Fr>>,
        public: &LayoutColumns<Vec<Fr>>,
        challenges: Challenges,
    ) -> Self {
        Self::on(
            Engine::detect(),
            layout,
            witness,
            equation,
            public,
            challenges,
        )
    }

    /// [`SecondPhase::new`] on an engine.
    pub(super) fn on(
        engine: Engine,
        layout: &Layout,
        witness: &Witness,
        equation: &EquationColumns<Vec<Fr>>,
        public: &LayoutColumns<Vec<Fr>>,
        challenges: Challenges,
    ) -> Self {
        let mut phase = Self {
            columns: SecondColumns {
                lookup_helpers: lookup_helpers(engine, layout, witness, public, challenges),
                table_helpers: table_helpers(engine, layout, witness, public, challenges),
                sum: Vec::new(),
            },
            linear: linear(engine, layout, witness, equation, challenges.w),
        };
        phase.columns.sum =
            phase.running_sum(engine, layout, witness, &equation.sides, challenges.w);
        phase
    }

    fn running_sum(
        &self,
        engine: Engine,
        layout: &Layout,
        witness: &Witness,
        sides: &[Fr],
        w: Fr,
    ) -> Vec<Fr> {
        let body = layout.body_start()..layout.end_row();
        let mut steps = self.linear[body.clone()].to_vec();
        for helper in &self.columns.lookup_helpers {
            engine.add(&mut steps, &helper[body.clone()]);
        }
        for helper in &self.columns.table_helpers {
            engine.subtract(&mut steps, &helper[body.clone()]);
        }
        let mut sum = vec![Fr::ZERO];
        for (row, side) in sides.iter().enumerate() {
            sum.push(w * (sum[row] - side - witness.columns.mask.get(row)));
        }
        for step in steps {
            sum.push(sum[sum.len() - 1] + step);
        }
        sum
    }
}

/// A column of zeros above the body, then one fraction a row.
fn fractions(
    engine: Engine,
    layout: &Layout,
    [mut numerators, mut denominators]: [Vec<Fr>; 2],
) -> Vec<Fr> {
    engine.invert(&mut denominators);
    engine.multiply(&mut numerators, &denominators);
    let mut column = vec![Fr::ZERO; layout.body_start()];
    column.extend(numerators);
    column
}

fn lookup_helpers(
    engine: Engine,
    layout: &Layout,
    witness: &Witness,
    public: &LayoutColumns<Vec<Fr>>,
    challenges: Challenges,
) -> Vec<Vec<Fr>> {
    let body = layout.body_start()..layout.end_row();
    let tags = [&public.tag_q, &public.tag_r].map(|tags| -> Vec<Fr> {
        let tags = tags[body.clone()].iter();
        tags.map(|&tag| challenges.tagged(tag)).collect()
    });
    let lookups: Vec<usize> = (0..2 * layout.triples()).collect();
    lookups
        .par_chunks(LOOKUPS_PER_HELPER)
        .map(|lookups| {
            let values: Vec<Vec<Fr>> = lookups
                .iter()
                .map(|&lookup| challenges.lookup(engine, &witness.columns, lookup, layout.rows()))
                .collect();
            let denominators: Vec<Denominator<'_>> = lookups
                .iter()
                .zip(&values)
                .map(|(lookup, values)| [&values[body.clone()], &tags[lookup % 2][..]])
                .collect();
            fractions(engine, layout, engine.sum_fractions(&denominators))
        })
        .collect()
}

fn table_helpers(
    engine: Engine,
    layout: &Layout,
    witness: &Witness,
    public: &LayoutColumns<Vec<Fr>>,
    challenges: Challenges,
) -> Vec<Vec<Fr>> {
    let Challenges { alpha, beta, .. } = challenges;
    let body = layout.body_start()..layout.end_row();
    let columns: Vec<_> = public
        .table
        .iter()
        .zip(&witness.columns.multiplicities)
        .collect();
    columns
        .par_chunks(LOOKUPS_PER_HELPER)
        .map(|columns| {
            let sums = body.clone().map(|row| {
                let cell = |column: &Vec<Fr>| column.get(row).copied().unwrap_or(Fr::ZERO);
                let mut terms = columns.iter().map(|(entry, multiplicity)| {
                    let [tag, argument, value] =
                        [&entry.tag, &entry.argument, &entry.value].map(cell);
                    let d = compress([alpha, beta], tag, argument, value);
                    (multiplicity.get(row), d)
                });
                let (m, d) = terms.next().expect("chunks are not empty");
                terms.fold(FractionSum::of(m, d), |sum, (m, d)| sum.plus(m, d))
            });
            let (numerators, denominators) =
                sums.map(|sum| (sum.numerator, sum.denominator)).unzip();
            fractions(engine, layout, [numerators, denominators])
        })
        .collect()
}

/// `Σ_c w^(c+1)·cell` over the groups for a part of a lane's triples, on all rows.
fn fold(
    engine: Engine,
    layout: &Layout,
    witness: &Witness,
    lane: usize,
    part: fn(&Triple<Column>) -> &Column,
    w: Fr,
) -> Vec<Fr> {
    let mut fold = vec![Fr::ZERO; layout.rows()];
    let mut weight = w;
    let triples = witness.columns.triples.iter();
    for triple in triples.skip(lane).step_by(layout.lanes()) {
        part(triple).add_to(engine, &mut fold, weight);
        weight *= w;
    }
    fold
}

/// Hands out the coefficients and the folds of `q, r, z` of every lane, and adds up what `add` makes of
/// them, on all rows. A fold is made when it is needed: those of all lanes take as much memory as the
/// coefficients do.
pub(super) fn sum_over_folds(
    engine: Engine,
    layout: &Layout,
    witness: &Witness,
    equation: &EquationColumns<Vec<Fr>>,
    w: Fr,
    add: impl Fn(&mut [Fr], &[Fr], Vec<Fr>) + Sync,
) -> Vec<Fr> {
    let parts: [fn(&Triple<Column>) -> &Column; 3] = [|t| &t.q, |t| &t.r, |t| &t.z];
    let zero = || vec![Fr::ZERO; layout.rows()];
    equation
        .coefficients
        .par_iter()
        .enumerate()
        .fold(zero, |mut sum, (lane, coefficients)| {
            for (part, coefficients) in parts.into_iter().zip(coefficients.iter()) {
                let fold = fold(engine, layout, witness, lane, part, w);
                add(&mut sum, coefficients, fold);
            }
            sum
        })
        .reduce(zero, |mut a, b| {
            engine.add(&mut a, &b);
            a
        })
}

/// What the linear relations add to the running sum, on all rows.
fn linear(
    engine: Engine,
    layout: &Layout,
    witness: &Witness,
    equation: &EquationColumns<Vec<Fr>>,
    w: Fr,
) -> Vec<Fr> {
    sum_over_folds(
        engine,
        layout,
        witness,
        equation,
        w,
        |sum, coefficients, mut fold| {
            fold.truncate(coefficients.len());
            engine.multiply(&mut fold, coefficients);
            engine.add(&mut sum[..fold.len()], &fold);
        },
    )
}
