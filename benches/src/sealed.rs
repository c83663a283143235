//! What a sealed classifier costs more than a public one: both in turn, in one process. Seconds are
//! those of all cores together, so that other programs on the machine disturb little.

use crate::shapes::Job;
use crate::trial::{core_seconds, corpus, secret};
use duces_circuits::prover::sealed::seal;
use duces_circuits::{AnsweredItem, Context, Prover, Verifier, plan};
use duces_protocol::answers::Answer;
use duces_protocol::request::Request;
use std::time::Instant;

/// What was measured of one classifier: seconds of all cores for all items, without keys, and bytes.
#[derive(Default)]
struct Figures {
    prove: Vec<f64>,
    judge: Vec<f64>,
    bytes: usize,
}

/// Prints the medians of both, and the ratios.
pub fn compare(job: &Job, items: usize, runs: usize) -> Result<(), String> {
    let text = |error: &dyn std::fmt::Display| error.to_string();
    let open = &job.request;
    let classifier = &open.classifier;
    let start = Instant::now();
    let (model, weights) =
        seal(classifier, open.view, open.rule.clone()).map_err(|error| text(&error))?;
    println!(
        "sealing        {:.3} s, {} weights and biases",
        start.elapsed().as_secs_f64(),
        model.architecture().parameters()
    );
    let sealed = Request::sealed(open.commitment, open.scheme, model);
    let layout = plan::cheapest(classifier, items);
    let dimensions = layout.dimensions();
    let corpus = corpus(job, items, classifier.input_len());
    let list = secret(&corpus);
    let public: Vec<AnsweredItem> = list
        .iter()
        .map(|item| AnsweredItem {
            position: item.position,
            commitment: item.commitment,
            answer: Answer::Match(classifier.matches(item.view)),
        })
        .collect();
    let of_sealed = Context {
        commitment: sealed.commitment,
        request: sealed.digest(),
    };
    let provers = [
        Prover::new(open, Context::of(open), dimensions, None).map_err(|error| text(&error))?,
        Prover::sealed(&sealed, &weights, of_sealed, dimensions, None)
            .map_err(|error| text(&error))?,
    ];
    let verifiers = [
        Verifier::new(open, Context::of(open), dimensions, None).map_err(|error| text(&error))?,
        Verifier::sealed(&sealed, of_sealed, dimensions, None).map_err(|error| text(&error))?,
    ];
    let batch = layout.items_per_batch();
    println!("batches        {} of {batch}", items.div_ceil(batch));
    let mut figures = [Figures::default(), Figures::default()];
    for _ in 0..runs {
        for ((prover, verifier), figures) in provers.iter().zip(&verifiers).zip(&mut figures) {
            let start = core_seconds();
            let proofs = (0..).zip(list.chunks(batch));
            let proofs: Vec<Vec<u8>> = proofs
                .map(|(i, items)| prover.prove(i, items).map(|proof| proof.0))
                .collect::<Result<_, _>>()
                .map_err(|error| text(&error))?;
            figures.prove.push(core_seconds() - start);
            figures.bytes = proofs.iter().map(Vec::len).sum();
            let start = core_seconds();
            let mut check = verifier.start();
            for ((i, items), proof) in (0..).zip(public.chunks(batch)).zip(&proofs) {
                check
                    .add_answers(i, items, proof)
                    .map_err(|error| text(&error))?;
            }
            check.finish().map_err(|error| text(&error))?;
            figures.judge.push(core_seconds() - start);
        }
    }
    let [open, sealed] = figures.map(|mut figures| {
        let prove = median(&mut figures.prove);
        [prove, median(&mut figures.judge), figures.bytes as f64]
    });
    for (i, name) in ["prove, core s", "judge, core s", "bytes"]
        .iter()
        .enumerate()
    {
        let ratio = sealed[i] / open[i];
        println!(
            "{name:<14} public {:.3}, sealed {:.3}, ratio {ratio:.3}",
            open[i], sealed[i]
        );
    }
    Ok(())
}

fn median(values: &mut [f64]) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}
