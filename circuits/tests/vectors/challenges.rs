//! The challenges that are pinned: docs/protocol.md section 5.4, "Steps", and docs/protocol.md
//! section 5.7, "Opening of a linear form".

use duces_circuits::Context;
use duces_circuits::challenge::{ItemRecord, Weights, theta};
use duces_circuits::encoding::compress;
use duces_circuits::linear_form::{Answer as Sent, Opening, Response};
use duces_protocol::answers::Answer;
use duces_protocol::digest::Digest;
use duces_protocol::hash_to_curve::hash_to_curve;
use ff::PrimeField;
use halo2curves::bn256::Fr;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

/// The label under which an opening absorbs the blind of its response.
const LABEL_OF_BLIND: &str = "blind";

/// The `i`th of some fixed points.
fn point(i: u8) -> [u8; 32] {
    compress(&hash_to_curve("duces/vectors/v1", &[i]))
}

/// The `i`th of some fixed scalars, near the group order.
fn scalar(i: u8) -> [u8; 32] {
    (-Fr::from(u64::from(i) << 56)).to_repr()
}

/// One vector of challenges: a batch of `items` views of `view_len` bytes in two groups.
fn chain(name: &str, view_len: usize, items: u8) -> Value {
    let context = Context {
        commitment: Digest([0x11; 32]),
        request: Digest(Sha256::digest(name).into()),
    };
    let layout = crate::layouts::example().digest();
    let (key, batch) = (scalar(1), 3);
    let records: Vec<ItemRecord> = (0..items)
        .map(|i| ItemRecord {
            position: u64::from(i) * 0x0123_4567_89ab,
            commitment: point(i),
            answer: Answer::Match(i % 3 == 1),
        })
        .collect();
    let masks = [point(40), point(41)];
    let first_phase: Vec<u8> = (50..58).flat_map(point).collect();
    let circuit = [first_phase.clone(), (60..65).flat_map(scalar).collect()].concat();
    let y = [scalar(42), scalar(43)].concat();
    let response = Response::choose(view_len, usize::from(items));
    let bases = (view_len + 1).next_power_of_two();
    let rest: Vec<[u8; 32]> = match response {
        Response::Plain => (0..=view_len as u8).map(|i| scalar(80 + i)).collect(),
        Response::Folded => {
            let rounds = 2 * bases.ilog2() as u8;
            (80..80 + rounds).map(point).chain([scalar(79)]).collect()
        }
    };
    let opening = [vec![point(70), scalar(71), scalar(72)], rest]
        .concat()
        .concat();

    let weights = Weights::draw(
        &context,
        layout,
        &key,
        batch,
        &records,
        &masks,
        &first_phase,
    );
    let (state, theta) = theta(&weights, &y, &circuit);
    let read = Opening::read(bases, view_len + 1, response, &state, &opening).unwrap();
    let (x, gammas) = match read.answer {
        Sent::Plain(_) => (None, vec![]),
        Sent::Folded { x, rounds, .. } => {
            (Some(x), rounds.iter().map(|round| round.gamma).collect())
        }
    };
    let text = |scalar: Fr| hex(&scalar.to_repr());
    let item = |record: &ItemRecord| {
        let bit = u8::from(record.answer == Answer::Match(true));
        json!({"position": record.position, "P": hex(&record.commitment), "bit": bit})
    };
    json!({
        "name": name,
        "input": {
            "view_len": view_len,
            "batch": batch,
            "items": records.iter().map(item).collect::<Vec<_>>(),
            "bytes": {
                "commitment": hex(&context.commitment.0),
                "request": hex(&context.request.0),
                "layout": hex(&layout.0),
                "key": hex(&key),
                "masks": hex(&masks.concat()),
                "first_phase": hex(&first_phase),
                "y": hex(&y),
                "circuit": hex(&circuit),
                "opening": hex(&opening),
            },
            "label_of_blind": LABEL_OF_BLIND,
        },
        "output": {
            "rho": text(weights.rho),
            "eta": text(weights.eta),
            "theta": text(theta),
            "c": text(read.c),
            "x": x.map(text),
            "gamma": gammas.into_iter().map(text).collect::<Vec<_>>(),
        },
    })
}

/// The challenges that are pinned: both forms of the response, on both sides of the rule.
pub fn vectors() -> Vec<Value> {
    vec![
        chain("a response in full: 4 items for each byte", 2, 8),
        chain("a folded response: one item less", 2, 7),
        chain("a folded response of three rounds", 7, 3),
        chain("a folded response of four rounds", 8, 1),
    ]
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
