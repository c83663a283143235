//! Every function against integers of any size, at the edges of its bounds and at random.

use super::Field;
use crate::engine::{Engine, Kernel};
use crate::lanes::{LIMB, Lanes};
use crate::layout::Block;
use crate::prime::{Limbs, Prime, low_product, split};
use halo2curves::bn256::{Fq, Fr};
use num_bigint::BigUint;
use proptest::prelude::*;
use rand_chacha::ChaCha8Rng;
use rand_core::{RngCore, SeedableRng};

#[derive(Clone, Copy, Debug)]
enum Function {
    Multiply,
    MultiplyBy,
    Reduce,
    Canonical,
    Sixteenth,
    /// `a − b` with limbs that are not proper, carried.
    Carry,
}

const FUNCTIONS: [Function; 6] = [
    Function::Multiply,
    Function::MultiplyBy,
    Function::Reduce,
    Function::Canonical,
    Function::Sixteenth,
    Function::Carry,
];

struct Apply<'a, F> {
    function: Function,
    blocks: &'a mut [Block; 3],
    field: std::marker::PhantomData<F>,
}

impl<F: Prime> Kernel for Apply<'_, F> {
    type Output = ();

    fn scalar(self) {
        unreachable!("tested in lanes");
    }

    #[inline(always)]
    fn lanes<S: Lanes>(self, s: S) {
        let f = Field::<S, F>::new(s);
        let [a, b, c] = [0, 1, 2].map(|i| self.blocks[i]);
        let (a, b, c) = (f.load(&a.0), f.load(&b.0), f.load(&c.0));
        let result = match self.function {
            Function::Multiply => f.multiply(a, b),
            Function::MultiplyBy => f.multiply_by(a, b, c),
            Function::Reduce => f.reduce(a),
            Function::Canonical => f.canonical(a),
            Function::Sixteenth => f.sixteenth(a),
            Function::Carry => f.carry_signed(f.difference(a, b)),
        };
        f.store(result, &mut self.blocks[0].0);
    }
}

fn engines() -> Vec<Engine> {
    [Some(Engine::portable()), Engine::ifma()]
        .into_iter()
        .flatten()
        .collect()
}

/// The same three inputs in lane 5 among others.
fn apply<F: Prime>(engine: Engine, function: Function, inputs: [Limbs; 3], others: u64) -> Limbs {
    let mut rng = ChaCha8Rng::seed_from_u64(others);
    let mut blocks = [Block::ZERO; 3];
    for (block, input) in blocks.iter_mut().zip(inputs) {
        for (row, limb) in block.0.iter_mut().zip(input) {
            *row = std::array::from_fn(|lane| {
                if lane == 5 {
                    limb
                } else {
                    rng.next_u64() >> 12
                }
            });
        }
    }
    let field = std::marker::PhantomData::<F>;
    engine.run(Apply {
        function,
        blocks: &mut blocks,
        field,
    });
    std::array::from_fn(|i| blocks[0].0[i][5])
}

fn big(limbs: &Limbs) -> BigUint {
    limbs
        .iter()
        .rev()
        .fold(BigUint::ZERO, |sum, &limb| (sum << 52u32) + limb)
}

fn limbs(x: &BigUint) -> Limbs {
    let mask = BigUint::from(LIMB);
    std::array::from_fn(|i| u64::try_from((x >> (52 * i)) & &mask).unwrap())
}

/// What the table in the module's documentation says.
fn check<F: Prime>(engine: Engine, function: Function, a: &BigUint, b: &BigUint, seed: u64) {
    let p = big(&F::P);
    let r = BigUint::from(1u32) << 260u32;
    let say = || format!("{engine:?} {function:?} a = {a:x}, b = {b:x}");
    let (mut x, mut y) = (a % &r, b % &r);
    let mut quotient = [0; 5];
    match function {
        // Factors whose result is proper.
        Function::Multiply if &x * &y / &r + &p >= r => y %= &p,
        Function::MultiplyBy => {
            x %= BigUint::from(84u32) * &p;
            y %= &p;
            quotient = limbs(&((&y * &r) / &p));
            let s = (&y * &r) % &p;
            let computed = low_product(&limbs(&s), &F::NEGATIVE_INVERSE_WIDE);
            assert_eq!(quotient, computed, "the quotient of {y:x}");
        }
        Function::Canonical => x %= BigUint::from(2u32) * &p,
        Function::Carry if x < y => std::mem::swap(&mut x, &mut y),
        _ => {}
    }
    let mut inputs = [limbs(&x), limbs(&y), quotient];
    if matches!(function, Function::Carry) {
        // The same values in limbs that are not proper: 31 units of a limb lie in the one below.
        for i in 0..4 {
            let units = inputs[0][i + 1].min(31);
            inputs[0][i + 1] -= units;
            inputs[0][i] += units << 52;
        }
    }
    let found = apply::<F>(engine, function, inputs, seed);
    assert!(
        found.iter().all(|&limb| limb <= LIMB),
        "{}: limbs {found:x?}",
        say()
    );
    let found = big(&found);
    match function {
        Function::Multiply => {
            assert_eq!((&found * &r) % &p, (&x * &y) % &p, "{}", say());
            assert!(&found * &r < &x * &y + &p * &r, "{}", say());
        }
        Function::MultiplyBy => {
            assert_eq!(&found % &p, (&x * &y) % &p, "{}", say());
            assert!(found < BigUint::from(2u32) * &p, "{}", say());
        }
        Function::Reduce => {
            assert_eq!(&found % &p, &x % &p, "{}", say());
            assert!(found < &p + (&p >> 36u32), "{}", say());
        }
        Function::Canonical => assert_eq!(found, &x % &p, "{}", say()),
        Function::Sixteenth => {
            let sixteen = BigUint::from(16u32);
            assert_eq!((&found * &sixteen) % &p, &x % &p, "{}", say());
            assert!(
                &found * &sixteen <= &x + BigUint::from(15u32) * &p,
                "{}",
                say()
            );
        }
        Function::Carry => assert_eq!(found, x - y, "{}", say()),
    }
}

/// Near zero, near multiples of the prime and powers of two, limbs of ones and zeros.
fn edges<F: Prime>() -> Vec<BigUint> {
    let p = big(&F::P);
    let mut edges = Vec::new();
    let multiples = [0u32, 1, 2, 3, 4, 5, 8, 16, 32, 42, 64, 83, 84];
    let mut bases: Vec<BigUint> = multiples.iter().map(|m| &p * *m).collect();
    bases
        .extend([51, 52, 104, 156, 208, 253, 254, 255, 256, 259].map(|e| BigUint::from(1u32) << e));
    for base in bases {
        for off in 0..3u32 {
            edges.push(&base + off);
            if base > BigUint::from(off) {
                edges.push(&base - off);
            }
        }
    }
    for pattern in 0..32u32 {
        edges.push(big(&std::array::from_fn(|i| {
            if pattern >> i & 1 == 1 { LIMB } else { 0 }
        })));
    }
    edges.push(big(&split(crate::layout::integers(&[F::from(16)])[0])));
    edges.push(big(&F::NEGATIVE_INVERSE_WIDE));
    edges
}

fn all_edges<F: Prime>() {
    let edges = edges::<F>();
    for engine in engines() {
        for function in FUNCTIONS {
            for (i, a) in edges.iter().enumerate() {
                for b in &edges {
                    check::<F>(engine, function, a, b, i as u64);
                }
            }
        }
    }
}

#[test]
fn bounds_hold_at_the_edges_for_scalars() {
    all_edges::<Fr>();
}

#[test]
fn bounds_hold_at_the_edges_for_coordinates() {
    all_edges::<Fq>();
}

/// Limbs that are often all ones or all zeros.
fn number() -> impl Strategy<Value = BigUint> {
    let limb = prop_oneof![Just(0), Just(LIMB), Just(1), 0..=LIMB];
    prop::array::uniform5(limb).prop_map(|limbs| big(&limbs))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn bounds_hold(a in number(), b in number(), seed: u64) {
        for engine in engines() {
            for function in FUNCTIONS {
                check::<Fr>(engine, function, &a, &b, seed);
                check::<Fq>(engine, function, &a, &b, seed);
            }
        }
    }
}
