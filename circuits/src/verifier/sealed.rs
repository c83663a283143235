//! The judge's steps for a batch of a sealed classifier (docs/protocol.md section 10, "Sealed
//! classifiers").

use super::{AnsweredItem, Deferred, Verifier, records};
use crate::challenge::State;
use crate::encoding::{linear_combination, scalar};
use crate::equation::{Equation, grouped, relation_weights};
use crate::linear_form::{Opening, Round};
use crate::proof::messages::Pair;
use crate::refusal::ProofError;
use crate::scheme::key_digest;
use crate::sealed::check::{Link, Steps, row_weights};
use crate::sealed::factor::factor;
use crate::sealed::places::Extension;
use crate::sealed::transcript::Transcript;
use crate::sealed::{Parts, Places, SealedKeys, Sizes, slots};
use duces_protocol::bytes::Reader;
use ff::Field;
use halo2curves::bn256::{Fr, G1Affine};

impl Verifier {
    pub(super) fn check_sealed(
        &self,
        keys: &SealedKeys,
        batch: u64,
        items: &[AnsweredItem],
        answers: &[Vec<i32>],
        proof: &[u8],
    ) -> Result<Deferred<'_>, ProofError> {
        let (architecture, layout) = (&keys.architecture, &self.layout);
        let sizes = Sizes::new(architecture, layout, items.len());
        let parts = Parts::read(proof, layout, &sizes, &self.words)?;
        let (mut transcript, first) = Transcript::start(State::sealed_first_phase(
            &self.context,
            layout.digest(),
            &key_digest(&self.key),
            batch,
            &records(items),
            &parts.mask.bytes.as_chunks().0[0],
            parts.circuit.first_phase,
        ));

        let [value, factor_value] = [parts.value.read[0], parts.factor.read[0]];
        transcript.value(parts.value.bytes);
        let rounds = parts.sum.iter();
        let r: Vec<Fr> = rounds.map(|round| transcript.sum(round.bytes)).collect();
        let lambda = transcript.factor(parts.factor.bytes);
        let Some(inverse) = Option::<Fr>::from(factor_value.invert()) else {
            return Err(ProofError::ZeroFactor);
        };

        let places = Places::new(architecture);
        let mut eq = Extension::new(&places, &r);
        let weights = relation_weights(architecture, first.rho);
        let rows = architecture.rows();
        let state = transcript.circuit(parts.y.bytes, parts.circuit.bytes);
        transcript.opening(parts.opening);
        let gammas: Vec<Fr> = parts
            .rows
            .iter()
            .map(|round| transcript.row(round.bytes))
            .collect();
        // F*, one row, and f0.
        let lower: Vec<Fr> = row_weights(&gammas, |gamma| [gamma, Fr::ONE]);
        let mut form = vec![Fr::ZERO; rows.len];
        let constant = factor(architecture, &weights, &eq, first.rho, |at, piece| {
            for (k, value) in (at..).zip(piece) {
                form[k % rows.len] += lower[k / rows.len] * value;
            }
        });
        let c = transcript.weights(parts.first.bytes);
        let (after, x) = transcript.blinds(parts.blinds.bytes);
        let mut from = Reader::new(parts.columns);
        let columns = Round::read_all(&mut from, rows.len.ilog2(), after)?;
        let with = |pairs: &[Pair<'_>], challenges: &[Fr]| {
            let pairs = pairs.iter().map(|pair| pair.read);
            pairs.zip(challenges.iter().copied()).collect()
        };
        let steps = Steps {
            sum: with(&parts.sum, &r),
            value,
            scale: inverse,
            constant,
            rows: with(&parts.rows, &gammas),
            form: &form,
            first: parts.first.read,
            c,
            blinds: parts.blinds.read,
            x,
            columns,
            last: scalar(from.take(32)?)?,
        };
        let sealed = steps.relation(keys.commitments.len());

        let outputs = eq.take_outputs(lambda);
        let mut equation = Equation::sealed(architecture, layout, first.rho, outputs);
        let padding = answers.last().map(Vec::as_slice).unwrap_or_default();
        let answers = grouped(layout, answers, padding);
        let y: Vec<Fr> = parts.y.read.iter().map(|y| -y).collect();
        let instance = equation.instance(layout, first.eta, &answers, &y);
        let circuit = self.circuit(&instance, parts.circuit.bytes)?;

        let link = Link {
            eq: &eq,
            lambda,
            first: &first,
            groups: layout.groups(),
        };
        let opened = Opening::read(
            self.bases.len(),
            sizes.opened,
            sizes.response,
            &state,
            parts.opening,
        )?;
        let slots: Vec<G1Affine> = slots(items, layout.groups())
            .map(|item| item.commitment.point())
            .collect();
        let value = link.value(value, factor_value, &parts.y.read, slots.len());
        let opening = opened.relation(&link.form(), value)?;
        let mut scalars = vec![opening.q];
        scalars.extend(link.slot_weights(opening.q, slots.len()));
        let mut points = vec![parts.mask.read[0]];
        points.extend(slots);
        for (scalar, point) in &opening.points {
            scalars.push(*scalar);
            points.push(*point);
        }
        Ok(Deferred {
            verifier: self,
            circuit,
            opening,
            points: linear_combination(&scalars, &points),
            sealed: Some(sealed),
        })
    }
}
