//! The public interface on arbitrary input: every engine gives what the scalar one gives, and refuses what it refuses.

use duces_arithmetic::{Additions, Engine, Table, Term, Transform};
use ff::FromUniformBytes;
use group::prime::PrimeCurveAffine;
use group::{Curve, Group};
use halo2curves::bn256::{Fr, G1, G1Affine};
use halo2curves::serde::SerdeObject;
use proptest::prelude::*;
use std::panic::catch_unwind;

/// Any element: by its value, or by the integer that the library stores.
fn element() -> impl Strategy<Value = Fr> {
    prop_oneof![
        any::<[u64; 8]>().prop_map(|words| {
            let bytes: Vec<u8> = words.iter().flat_map(|word| word.to_le_bytes()).collect();
            Fr::from_uniform_bytes(&bytes.try_into().expect("eight words have 64 bytes"))
        }),
        any::<[u64; 4]>().prop_map(|words| {
            let bytes: Vec<u8> = words.iter().flat_map(|word| word.to_le_bytes()).collect();
            Fr::from_raw_bytes(&bytes).unwrap_or(Fr::zero())
        }),
        (-3i64..4).prop_map(|small| {
            let magnitude = Fr::from(small.unsigned_abs());
            if small < 0 { -magnitude } else { magnitude }
        }),
    ]
}

fn elements() -> impl Strategy<Value = Vec<Fr>> {
    (0usize..200).prop_flat_map(|len| prop::collection::vec(element(), len))
}

fn others() -> Vec<Engine> {
    [Some(Engine::portable()), Engine::ifma()]
        .into_iter()
        .flatten()
        .collect()
}

/// What an engine makes of slices of any lengths; nothing where it refuses them.
fn slices(engine: Engine, a: &[Fr], b: &[Fr], cells: &[i32], factor: Fr) -> Vec<Option<Vec<Fr>>> {
    let change = |change: &(dyn Fn(&mut [Fr]) + std::panic::RefUnwindSafe)| {
        catch_unwind(|| {
            let mut a = a.to_vec();
            change(&mut a);
            a
        })
        .ok()
    };
    vec![
        change(&|a| engine.multiply(a, b)),
        change(&|a| engine.scale(a, factor)),
        change(&|a| engine.add_scaled(a, factor, b)),
        change(&|a| engine.scale_and_add(a, factor, b)),
        change(&|a| engine.add(a, b)),
        change(&|a| engine.subtract(a, b)),
        change(&|a| engine.invert(a)),
        change(&|a| engine.add_small(a, cells, factor)),
        change(&|sum| engine.add_claims(sum, factor, b, &[[a, b], [b, a], [a, a]])),
        catch_unwind(|| engine.sum_fractions(&[[a, b], [b, b]]).concat()).ok(),
        catch_unwind(|| vec![engine.dot(a, b)]).ok(),
        catch_unwind(|| vec![engine.dot_small(a, cells)]).ok(),
    ]
}

fn transforms(engine: Engine, values: &[Fr], k: u32, shift: Fr) -> Option<Vec<Fr>> {
    catch_unwind(|| {
        let transform = Transform::new(engine, k, &[shift]);
        let mut coefficients = values.to_vec();
        transform.interpolate(&mut coefficients);
        [transform.evaluate(&coefficients, 0), coefficients].concat()
    })
    .ok()
}

/// Multiples of the generator from −4 to 4, the identity among them, so that all exceptions occur.
fn table() -> Vec<G1Affine> {
    let g = G1::generator();
    let double = g.double();
    let points = [g, double, double + g, double.double()];
    let mut table: Vec<G1Affine> = points.iter().map(Curve::to_affine).collect();
    table.extend(points.iter().map(|point| (-point).to_affine()));
    table.push(G1Affine::identity());
    // And points that differ.
    let mut point = double;
    for _ in 0..300 {
        point = point.double() + g;
        table.push(point.to_affine());
    }
    table
}

fn additions(
    engine: Engine,
    points: &[G1Affine],
    terms: &[(usize, bool)],
    lens: &[usize],
) -> Option<(Vec<G1Affine>, Vec<usize>)> {
    let terms: Vec<Term> = terms.iter().map(|&(i, sign)| Term::new(i, sign)).collect();
    catch_unwind(|| {
        let mut table = Table::default();
        table.extend(points);
        let mut additions = Additions::new(engine);
        let mut lens = lens.to_vec();
        additions.add_terms(&table, &terms, &mut lens);
        (additions.points().to_vec(), lens)
    })
    .ok()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn slices_of_any_lengths(
        a in elements(),
        b in elements(),
        same in any::<bool>(),
        cells in prop::collection::vec(any::<i32>(), 0..200),
        factor in element(),
    ) {
        let (mut b, mut cells) = (b, cells);
        if same {
            b.resize(a.len(), factor);
            cells.resize(a.len(), 7);
        }
        let expected = slices(Engine::scalar(), &a, &b, &cells, factor);
        for engine in others() {
            prop_assert_eq!(&slices(engine, &a, &b, &cells, factor), &expected);
        }
    }

    #[test]
    fn transforms_of_any_length(k in 1u32..9, values in prop::collection::vec(element(), 300), shift in element(), right in prop::bool::weighted(0.9)) {
        let len = if right { 1 << k } else { 37 };
        let shift = if shift == Fr::zero() { Fr::one() } else { shift };
        let expected = transforms(Engine::scalar(), &values[..len], k, shift);
        prop_assert_eq!(expected.is_some(), right);
        for engine in others() {
            prop_assert_eq!(&transforms(engine, &values[..len], k, shift), &expected);
        }
    }

    #[test]
    fn runs_of_any_points(
        terms in prop::collection::vec((prop_oneof![0usize..9, 0usize..309], any::<bool>()), 0..700),
        cuts in prop::collection::vec(0usize..20, 0..100),
    ) {
        let points = table();
        let mut lens = Vec::new();
        let mut left = terms.len();
        for cut in cuts {
            lens.push(cut.min(left));
            left -= cut.min(left);
        }
        lens.push(left);
        let expected = additions(Engine::scalar(), &points, &terms, &lens);
        prop_assert!(expected.is_some());
        for engine in others() {
            prop_assert_eq!(&additions(engine, &points, &terms, &lens), &expected);
        }
        // Lengths that do not add up, and a term that is not in the table, are refused.
        lens.push(1);
        prop_assert!(additions(Engine::detect(), &points, &terms, &lens).is_none());
        let beyond = [(points.len(), false); 2];
        prop_assert!(additions(Engine::detect(), &points, &beyond, &[2]).is_none());
    }
}
