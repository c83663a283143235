//! Every kernel against the library, on edge cases and random ones.

#[path = "source.rs"]
mod source;

pub use source::Source;

use duces_arithmetic::{Additions, Engine, Table, Term, Transform};
use ff::Field;
use group::prime::PrimeCurveAffine;
use group::{Curve, Group};
use halo2curves::bn256::{Fr, G1, G1Affine};
use halo2curves::serde::SerdeObject;
use rand_core::RngCore;
use std::time::Instant;

fn raw(x: &Fr) -> String {
    x.to_raw_bytes()
        .iter()
        .rev()
        .map(|b| format!("{b:02x}"))
        .collect()
}

/// The first place where two lists differ, with what went in.
fn compare(found: &[Fr], expected: &[Fr], inputs: &[&[Fr]]) -> Result<(), String> {
    match found.iter().zip(expected).position(|(a, b)| a != b) {
        None if found.len() == expected.len() => Ok(()),
        None => Err("another length".to_owned()),
        Some(i) => {
            let mut message = format!(
                "index {i}\n  found    {}\n  expected {}",
                raw(&found[i]),
                raw(&expected[i])
            );
            for input in inputs {
                if let Some(x) = input.get(i).or(input.first()) {
                    message += &format!("\n  input    {}", raw(x));
                }
            }
            Err(message)
        }
    }
}

type Check = fn(Engine, &mut Source, usize) -> Result<(), String>;

fn each(
    source: &mut Source,
    len: usize,
    run: impl Fn(&mut [Fr], Fr, &[Fr]),
    meaning: impl Fn(Fr, Fr, Fr) -> Fr,
) -> Result<(), String> {
    let (a, b, factor) = (source.elements(len), source.elements(len), source.element());
    let expected: Vec<Fr> = a
        .iter()
        .zip(&b)
        .map(|(a, b)| meaning(*a, factor, *b))
        .collect();
    let mut found = a.clone();
    run(&mut found, factor, &b);
    compare(&found, &expected, &[&a, &b, &[factor]])
}

fn multiply(e: Engine, s: &mut Source, len: usize) -> Result<(), String> {
    each(s, len, |a, _, b| e.multiply(a, b), |a, _, b| a * b)
}

fn scale(e: Engine, s: &mut Source, len: usize) -> Result<(), String> {
    each(s, len, |a, f, _| e.scale(a, f), |a, f, _| a * f)
}

fn add_scaled(e: Engine, s: &mut Source, len: usize) -> Result<(), String> {
    each(s, len, |a, f, b| e.add_scaled(a, f, b), |a, f, b| a + f * b)
}

fn scale_and_add(e: Engine, s: &mut Source, len: usize) -> Result<(), String> {
    each(
        s,
        len,
        |a, f, b| e.scale_and_add(a, f, b),
        |a, f, b| a * f + b,
    )
}

fn add(e: Engine, s: &mut Source, len: usize) -> Result<(), String> {
    each(s, len, |a, _, b| e.add(a, b), |a, _, b| a + b)
}

fn subtract(e: Engine, s: &mut Source, len: usize) -> Result<(), String> {
    each(s, len, |a, _, b| e.subtract(a, b), |a, _, b| a - b)
}

fn invert(e: Engine, s: &mut Source, len: usize) -> Result<(), String> {
    let a = s.elements(len);
    let mut found = a.clone();
    e.invert(&mut found);
    let mut expected = a.clone();
    Engine::scalar().invert(&mut expected);
    for (a, inverse) in a.iter().zip(&expected).take(20) {
        assert_eq!(a.invert().unwrap_or(Fr::ZERO), *inverse);
    }
    compare(&found, &expected, &[&a])
}

fn transforms(e: Engine, s: &mut Source, len: usize) -> Result<(), String> {
    let least = len.next_power_of_two().ilog2().clamp(1, 15);
    let k = s.0.next_u32() % least + 1;
    let shifts =
        [Fr::ONE, s.element() + Fr::from(5)].map(|x| if x == Fr::ZERO { Fr::ONE } else { x });
    let (lanes, scalar) = (
        Transform::new(e, k, &shifts),
        Transform::new(Engine::scalar(), k, &shifts),
    );
    // Some with one element throughout: the largest sums.
    let a = match s.0.next_u32() % 4 {
        0 => vec![-Fr::ONE; 1 << k],
        1 => vec![s.element(); 1 << k],
        _ => s.elements(1 << k),
    };
    let (mut found, mut expected) = (a.clone(), a.clone());
    lanes.interpolate(&mut found);
    scalar.interpolate(&mut expected);
    compare(&found, &expected, &[&a]).map_err(|m| format!("k = {k}: interpolation: {m}"))?;
    if lanes.evaluate(&found, 0) != a {
        return Err(format!("k = {k}: evaluation of what was interpolated"));
    }
    let (found, expected) = (lanes.evaluate(&a, 1), scalar.evaluate(&a, 1));
    compare(&found, &expected, &[&a, &shifts[1..]]).map_err(|m| format!("k = {k}: evaluation: {m}"))
}

fn additions(e: Engine, s: &mut Source, len: usize) -> Result<(), String> {
    let bases: Vec<G1> = (0..64).map(|_| G1::random(&mut s.0)).collect();
    let mut table: Vec<G1> = bases.clone();
    for i in 0..len {
        table.push(table[i] + bases[i % 64]);
    }
    let mut affine = vec![G1Affine::identity(); table.len()];
    G1::batch_normalize(&table, &mut affine);
    if s.0.next_u32().is_multiple_of(4) {
        affine[5] = G1Affine::identity();
    }
    // With exceptions in half of the cases: equal, opposite points, identities.
    let exceptions = s.0.next_u32().is_multiple_of(2);
    let terms: Vec<Term> = (0..len)
        .map(|i| {
            let range = if exceptions { 64 } else { affine.len() };
            let index = if exceptions {
                s.0.next_u32() as usize % range
            } else {
                i
            };
            Term::new(index, s.0.next_u32().is_multiple_of(2))
        })
        .collect();
    let mut lens = Vec::new();
    let mut left = len;
    while left > 0 {
        let run = (s.0.next_u32() as usize % 40).min(left);
        lens.push(run);
        left -= run;
    }
    let mut table = Table::default();
    table.extend(&affine);
    // As `Term` means it.
    let points: Vec<G1Affine> = terms
        .iter()
        .map(|term| {
            let point = affine[term.index()];
            if term.is_negative() { -point } else { point }
        })
        .collect();
    let mut rest = points.as_slice();
    let mut direct = Vec::new();
    for len in lens.iter().filter(|len| **len > 0) {
        let (run, others) = rest.split_at(*len);
        rest = others;
        direct.push(run.iter().fold(G1::identity(), |a, b| a + b).to_affine());
    }
    let left: Vec<usize> = lens.iter().map(|len| (*len).min(1)).collect();
    for engine in [e, Engine::scalar()] {
        let mut additions = Additions::new(engine);
        for gather in [true, false] {
            let mut lens = lens.clone();
            if gather {
                additions.add_terms(&table, &terms, &mut lens);
            } else {
                additions.clear();
                points.iter().for_each(|point| additions.push(point));
                additions.add_runs(&mut lens);
            }
            if additions.points() != direct || lens != left {
                return Err(format!(
                    "sums of {len} points with {engine:?}, exceptions: {exceptions}, gathered: {gather}"
                ));
            }
        }
    }
    Ok(())
}

fn small(e: Engine, s: &mut Source, len: usize) -> Result<(), String> {
    let (a, weight, cells) = (s.elements(len), s.element(), s.cells(len));
    let as_field: Vec<Fr> = cells
        .iter()
        .map(|&cell| {
            let magnitude = Fr::from(u64::from(cell.unsigned_abs()));
            if cell < 0 { -magnitude } else { magnitude }
        })
        .collect();
    let terms = a.iter().zip(&as_field);
    let expected: Vec<Fr> = terms.clone().map(|(a, cell)| a + weight * cell).collect();
    let mut found = a.clone();
    e.add_small(&mut found, &cells, weight);
    compare(&found, &expected, &[&a, &as_field, &[weight]])?;
    let dot: Fr = terms.map(|(a, cell)| a * cell).sum();
    compare(&[e.dot_small(&a, &cells)], &[dot], &[])
}

fn dot(e: Engine, s: &mut Source, len: usize) -> Result<(), String> {
    let (mut a, mut b) = (s.elements(len), s.elements(len));
    if s.0.next_u32().is_multiple_of(4) {
        // The largest sums.
        let largest = s.largest();
        a.fill(largest);
        b.fill(largest);
    }
    let expected: Fr = a.iter().zip(&b).map(|(a, b)| a * b).sum();
    compare(&[e.dot(&a, &b)], &[expected], &[])
}

fn fractions(e: Engine, s: &mut Source, len: usize) -> Result<(), String> {
    let count = 1 + s.0.next_u32() as usize % 6;
    let mut slices: Vec<[Vec<Fr>; 2]> = (0..count)
        .map(|_| [s.elements(len), s.elements(len)])
        .collect();
    let (mut sum, mut helper, weight) = (s.elements(len), s.elements(len), s.element());
    if s.0.next_u32().is_multiple_of(4) {
        let largest = s.largest();
        let all = slices.iter_mut().flatten().chain([&mut sum, &mut helper]);
        all.for_each(|slice| slice.fill(largest));
    }
    let denominators: Vec<[&[Fr]; 2]> = slices.iter().map(|[a, b]| [&a[..], &b[..]]).collect();
    let (mut numerators, mut products, mut sums) = (Vec::new(), Vec::new(), Vec::new());
    for row in 0..len {
        let d: Vec<Fr> = slices.iter().map(|[a, b]| a[row] + b[row]).collect();
        let product: Fr = d.iter().product();
        let others = (0..count).map(|j| {
            let others = d.iter().enumerate().filter(|(i, _)| *i != j);
            others.map(|(_, d)| d).product::<Fr>()
        });
        let numerator: Fr = others.sum();
        numerators.push(numerator);
        products.push(product);
        sums.push(sum[row] + weight * (helper[row] * product - numerator));
    }
    let [found_numerators, found_products] = e.sum_fractions(&denominators);
    compare(&found_numerators, &numerators, &[])?;
    compare(&found_products, &products, &[])?;
    e.add_claims(&mut sum, weight, &helper, &denominators);
    compare(&sum, &sums, &[])
}

const CHECKS: [(&str, Check, u64); 12] = [
    ("a·b", multiply, 1),
    ("a·factor", scale, 1),
    ("a + factor·b", add_scaled, 1),
    ("a·factor + b", scale_and_add, 1),
    ("a + b", add, 1),
    ("a − b", subtract, 1),
    ("1/a", invert, 2),
    ("small integers", small, 2),
    ("inner products", dot, 1),
    ("sums of fractions", fractions, 8),
    ("transforms", transforms, 4),
    ("additions of points", additions, 50),
];

/// The number of kernels that disagree with the library.
pub fn all(engine: Engine, cases: u64, threads: usize) -> usize {
    let mut failures = 0;
    for (name, check, cost) in CHECKS {
        let start = Instant::now();
        let cases = cases / cost / threads as u64 + 1;
        let results: Vec<Result<u64, String>> = std::thread::scope(|scope| {
            let thread = |thread: u64| move || one(engine, check, cases, thread);
            let handles: Vec<_> = (0..threads as u64)
                .map(|t| scope.spawn(thread(t)))
                .collect();
            handles
                .into_iter()
                .map(|handle| {
                    handle
                        .join()
                        .unwrap_or_else(|_| Err("it panicked".to_owned()))
                })
                .collect()
        });
        let done: u64 = results.iter().flatten().sum();
        let errors: Vec<&String> = results.iter().filter_map(|r| r.as_ref().err()).collect();
        failures += usize::from(!errors.is_empty());
        match errors.first() {
            None => println!(
                "{name}: {done} cases agree ({:.1} s)",
                start.elapsed().as_secs_f64()
            ),
            Some(error) => println!("{name}: DISAGREES: {error}"),
        }
    }
    failures
}

fn one(engine: Engine, check: Check, cases: u64, thread: u64) -> Result<u64, String> {
    let (mut done, mut round) = (0, 0);
    while done < cases {
        let seed = round * 1000 + thread;
        let mut source = Source::new(seed);
        // Lengths of all remainders, short and long.
        let len = match round % 4 {
            0 => 1 + (round / 4 % 70) as usize,
            1 => 4096,
            _ => 600 + (round % 97) as usize,
        };
        check(engine, &mut source, len)
            .map_err(|error| format!("seed {seed}, length {len}: {error}"))?;
        done += len as u64;
        round += 1;
    }
    Ok(done)
}
