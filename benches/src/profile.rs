//! Where the time of a batch goes: operations counted, and what each costs here and in the library.

use crate::shapes::Job;
use duces_circuits::{Speed, Work, plan};
use duces_protocol::pedersen::Generators;
use ff::Field;
use halo2_proofs::arithmetic::best_multiexp;
use halo2_proofs::poly::EvaluationDomain;
use halo2curves::bn256::Fr;
use rand_chacha::ChaCha20Rng;
use rand_core::SeedableRng;
use std::hint::black_box;
use std::time::Instant;

/// Prints the profile of full batches of a shape at its default width for many items.
pub fn print(job: &Job) -> Result<(), String> {
    let classifier = &job.request.classifier;
    let layout = plan::cheapest(classifier, 100_000);
    let items = layout.items_per_batch() as f64;
    let work = Work::of_batch(&layout);
    let used = (layout.stack() * layout.item_rows()) as f64 / layout.body_rows() as f64;
    println!(
        "width {}: 2^{} rows, {} triples, {} lanes, {items} items a batch, {:.1} % of rows used",
        layout.dimensions().width(),
        layout.k(),
        layout.triples(),
        layout.lanes(),
        100.0 * used
    );
    let speed = Speed::measure();
    let rows = [
        (
            "butterflies of transforms",
            work.butterflies,
            speed.butterfly,
        ),
        ("additions of points", work.additions, speed.addition),
        ("other multiplications", work.products, speed.product),
    ];
    for (name, count, nanoseconds) in rows {
        println!(
            "{name:<26} {:>9.0} an item at {nanoseconds:>5.1} ns of a core: {:>7.2} ms of a core",
            count as f64 / items,
            count as f64 / items * nanoseconds / 1e6
        );
    }
    library(layout.k());
    Ok(())
}

/// The library's own transform and multi-scalar multiplication, in the same units.
fn library(k: u32) {
    let n = 1usize << k;
    let cores = std::thread::available_parallelism().map_or(1, usize::from) as f64;
    let mut rng = ChaCha20Rng::seed_from_u64(1);
    let values: Vec<Fr> = (0..n).map(|_| Fr::random(&mut rng)).collect();
    let domain = EvaluationDomain::<Fr>::new(2, k);
    let butterfly = least(|| {
        let values = domain.lagrange_from_vec(values.clone());
        black_box(domain.lagrange_to_coeff(values));
    }) * cores
        / (n / 2 * k as usize) as f64;
    let bases = Generators::derive(n).g;
    let multiplication = least(|| {
        black_box(best_multiexp(&values, &bases));
    }) * cores
        / n as f64;
    println!(
        "the library, for comparison: {butterfly:.1} ns a butterfly; {multiplication:.0} ns a term of a"
    );
    println!("multi-scalar multiplication, which takes 22 additions here");
}

/// Nanoseconds of the fastest of five calls.
fn least(mut call: impl FnMut()) -> f64 {
    let runs = (0..5).map(|_| {
        let start = Instant::now();
        call();
        start.elapsed().as_secs_f64() * 1e9
    });
    runs.fold(f64::INFINITY, f64::min)
}
