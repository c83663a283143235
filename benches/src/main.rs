//! Measures proving and verifying for classifiers of given shapes.
//!
//! Every figure in `docs/performance.md` comes from this program.

mod shapes;

use clap::Parser;
use duces_circuits::{Context, Prover, PublicItem, SecretItem, Verifier, Width};
use duces_protocol::digest::Digest;
use duces_protocol::pedersen::{Committer, Generators, ViewBlind};
use duces_protocol::request::{Request, Scheme};
use std::time::Instant;

/// Proves and verifies pseudo-random items and prints what it took.
#[derive(Parser)]
struct Arguments {
    /// linear, network or mnist.
    shape: String,
    /// Number of items.
    items: usize,
    /// Batch width in bits; the responder's default if absent.
    #[arg(long)]
    width: Option<u32>,
}

fn main() {
    let arguments = Arguments::parse();
    let (classifier, view, density) = match arguments.shape.as_str() {
        "linear" => (shapes::linear(), "text-hash-4096", 40),
        "network" => (shapes::network(), "text-hash-4096", 40),
        "mnist" => (shapes::mnist(), "gray-28x28", 5),
        other => {
            eprintln!("error: '{other}' is not a shape\n  fix: use linear, network or mnist");
            std::process::exit(2);
        }
    };
    let request = Request {
        commitment: Digest([1; 32]),
        view: view.parse().expect("a view of this program"),
        scheme: Scheme::Ipa,
        rule: "output[0] >= 0".to_owned(),
        model: Digest([2; 32]),
        classifier,
    };
    let classifier = &request.classifier;
    let context = Context {
        commitment: request.commitment,
        request: request.digest(),
    };
    let width = match arguments.width {
        Some(bits) => Width::from_bits(bits),
        None => Width::default_for(classifier, arguments.items),
    }
    .expect("a width that holds an item");

    let time = Instant::now();
    let prover = Prover::new(&request, context, width, None).expect("keys");
    let layout = prover.layout();
    println!(
        "{} activations; width {width}: k = {}, {} triples, {} lanes, {} items a batch, {} table columns; keys {:.2?}",
        classifier.activations(),
        layout.k(),
        layout.triples(),
        layout.lanes(),
        layout.items_per_batch(),
        layout.table_columns(),
        time.elapsed()
    );

    let len = classifier.input_len();
    let mut state = 1u64;
    let mut random = || {
        state = state
            .wrapping_mul(6364136223846793005)
            .wrapping_add(1442695040888963407);
        state >> 33
    };
    let views: Vec<Vec<u8>> = (0..arguments.items)
        .map(|_| {
            (0..len)
                .map(|_| {
                    if random() % density == 0 {
                        random() as u8
                    } else {
                        0
                    }
                })
                .collect()
        })
        .collect();
    let blinds: Vec<ViewBlind> = views.iter().map(|_| ViewBlind::random()).collect();
    let committer = Committer::new(&Generators::derive(len), len);
    let time = Instant::now();
    let pairs: Vec<(&[u8], &ViewBlind)> = views.iter().map(Vec::as_slice).zip(&blinds).collect();
    let commitments = committer.commit_many(&pairs);
    println!("commit  {:>8.4} ms/item", per_item(time, arguments.items));

    let items: Vec<SecretItem<'_>> = (0..views.len())
        .map(|i| SecretItem {
            position: i as u64,
            view: &views[i],
            blind: &blinds[i],
            commitment: commitments[i],
        })
        .collect();
    let public: Vec<PublicItem> = items
        .iter()
        .map(|item| PublicItem {
            position: item.position,
            commitment: item.commitment,
            matches: classifier.matches(item.view),
        })
        .collect();
    let batch = layout.items_per_batch();
    let time = Instant::now();
    let proofs: Vec<_> = (0..)
        .zip(items.chunks(batch))
        .map(|(i, items)| prover.prove(i, items).expect("an honest proof"))
        .collect();
    println!("prove   {:>8.4} ms/item", per_item(time, arguments.items));
    let bytes: usize = proofs.iter().map(|proof| proof.0.len()).sum();
    println!(
        "proof   {:>8.1} B/item ({} batches)",
        bytes as f64 / arguments.items as f64,
        proofs.len()
    );
    drop(prover);

    let time = Instant::now();
    let verifier = Verifier::new(&request, context, width, None).expect("keys");
    println!("judge's keys {:.2?}", time.elapsed());
    let time = Instant::now();
    let mut batches = verifier.start();
    for ((i, items), proof) in (0..).zip(public.chunks(batch)).zip(&proofs) {
        batches.add(i, items, &proof.0).expect("an honest proof");
    }
    batches.finish().expect("honest proofs");
    println!("judge   {:>8.4} ms/item", per_item(time, arguments.items));
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    if let Some(line) = status.lines().find(|line| line.starts_with("VmHWM")) {
        println!("memory  {}", line.trim_start_matches("VmHWM:").trim());
    }
}

fn per_item(since: Instant, items: usize) -> f64 {
    since.elapsed().as_secs_f64() * 1000.0 / items as f64
}
