//! What each kernel takes on one thread, scalar beside lanes.

use crate::check::Source;
use duces_arithmetic::{Additions, Engine, Table, Term, Transform};
use group::{Curve, Group};
use halo2curves::bn256::{Fr, G1, G1Affine};
use nix::time::{ClockId, clock_gettime};
use rand_core::{RngCore, SeedableRng};
use std::hint::black_box;
use std::time::{Duration, Instant};

/// What this thread had of a core, so that other programs count little.
fn core_time() -> Duration {
    clock_gettime(ClockId::CLOCK_THREAD_CPUTIME_ID).map_or(Duration::ZERO, Duration::from)
}

/// Nanoseconds of the fastest of some runs, by the number of operations of one.
fn least(operations: usize, mut run: impl FnMut()) -> f64 {
    run();
    let mut least = f64::INFINITY;
    let begin = Instant::now();
    let mut runs = 0;
    while runs < 20 || begin.elapsed().as_millis() < 300 {
        let start = core_time();
        run();
        least = least.min((core_time() - start).as_secs_f64());
        runs += 1;
    }
    least * 1e9 / operations as f64
}

fn line(name: &str, engine: Engine, measure: impl Fn(Engine) -> f64) {
    let (scalar, lanes) = (measure(Engine::scalar()), measure(engine));
    println!(
        "{name}: {scalar:.2} ns scalar, {lanes:.2} ns in lanes, {:.2} times",
        scalar / lanes
    );
}

pub fn elements(engine: Engine) {
    let mut source = Source::new(1);
    let (a, b) = (source.elements(512), source.elements(512));
    let factor = source.element();
    let slices = |name: &str, run: fn(Engine, &mut [Fr], Fr, &[Fr])| {
        line(name, engine, |engine| {
            let mut a = a.clone();
            least(32 * 512, || {
                for _ in 0..32 {
                    run(engine, black_box(&mut a), factor, black_box(&b));
                }
            })
        });
    };
    slices("a·b", |e, a, _, b| e.multiply(a, b));
    slices("a·factor", |e, a, f, _| e.scale(a, f));
    slices("a + factor·b", |e, a, f, b| e.add_scaled(a, f, b));
    slices("a·factor + b", |e, a, f, b| e.scale_and_add(a, f, b));
    slices("a + b", |e, a, _, b| e.add(a, b));
    slices("a − b", |e, a, _, b| e.subtract(a, b));
    line("1/a, of 4096", engine, |engine| {
        let mut a = source_elements(4096);
        least(4096, || engine.invert(black_box(&mut a)))
    });
    for k in [8, 10, 12, 13, 14, 15, 16] {
        let n = 1 << k;
        let butterflies = n / 2 * k;
        line(
            &format!("butterfly, interpolation of 2^{k}"),
            engine,
            |engine| {
                let transform = Transform::new(engine, k as u32, &[]);
                let mut a = source_elements(n);
                least(butterflies, || transform.interpolate(black_box(&mut a)))
            },
        );
        line(
            &format!("butterfly, evaluation of 2^{k}"),
            engine,
            |engine| {
                let transform = Transform::new(engine, k as u32, &[Fr::from(7)]);
                let a = source_elements(n);
                least(butterflies, || {
                    black_box(transform.evaluate(black_box(&a), 0));
                })
            },
        );
    }
}

fn source_elements(len: usize) -> Vec<Fr> {
    Source::new(2).elements(len)
}

/// As the multi-scalar multiplication does it: 16 terms of a table in each bucket. The table has
/// `2^i·G`, so that sums do not meet.
pub fn points(engine: Engine) {
    let mut random = rand_chacha::ChaCha8Rng::seed_from_u64(3);
    for (buckets, bits) in [(256, 12), (2048, 15), (2048, 18)] {
        let mut table = vec![G1::random(&mut random); 1 << bits];
        for i in 1..table.len() {
            table[i] = table[i - 1].double();
        }
        let mut affine = vec![G1Affine::default(); table.len()];
        G1::batch_normalize(&table, &mut affine);
        // No term twice, in no order.
        let mut order: Vec<usize> = (0..affine.len()).collect();
        for i in (1..order.len()).rev() {
            order.swap(i, random.next_u64() as usize % (i + 1));
        }
        order.truncate(16 * buckets);
        let terms: Vec<Term> = order
            .into_iter()
            .map(|index| Term::new(index, random.next_u32().is_multiple_of(2)))
            .collect();
        let mut table = Table::default();
        table.extend(&affine);
        let name = format!("addition of points, {buckets} buckets, table of 2^{bits}");
        line(&name, engine, |engine| {
            let mut additions = Additions::new(engine);
            least(15 * buckets, || {
                additions.add_terms(&table, &terms, &mut vec![16; buckets]);
                black_box(additions.points());
            })
        });
    }
}
