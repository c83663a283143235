//! Eight pairs at a time, in four chains of products.
//!
//! Coordinates stay in the library's form `x·2^256`, below `2p` between rounds; those given are below `p`.
//! Montgomery's product in lanes, `a∘b = a·b/R`, makes the residues a field; in it
//! the slope `(y_b − y_a) / (x_b − x_a)` is `λ·R`, whatever form the coordinates have. Then
//! `λ·R ∘ λ·R` is `λ²·R`, sixteen times too large, and `λ·R ∘ (x_a − x)` is in the form of the
//! coordinates.
//!
//! Bounds, in `p`: differences 4, chains and inverses 1.1, slope `4·1.1/84 + 1 < 1.06`, its square
//! `1.06²/84 + 1 < 1.02`, a sixteenth of it `1.02/16 + 15/16 < 1.01`, `x` before reduction `1.01 + 4`, after it
//! 1.01; `y` before reduction `1.06·4/84 + 1 + 2 < 3.06`, after it 2.

use super::{AHEAD, Move, Source};
use crate::engine::Kernel;
use crate::inverse::{CHAINS, GROUP, invert_chains, one};
use crate::lanes::Lanes;
use crate::layout::{Block, coordinates_mut};
use crate::packing::{pack, unpack};
use crate::prime::Prime;
use crate::product::{Field, Wide};
use halo2curves::bn256::{Fq, G1Affine};

/// Differences of abscissas, each after the product of those before in its chain.
#[derive(Default)]
pub(super) struct Room {
    chain: Vec<[Block; 2]>,
}

pub(super) struct Pairs<'a, P> {
    pub(super) room: &'a mut Room,
    pub(super) pairs: &'a mut Vec<Move>,
    pub(super) source: P,
    pub(super) sums: &'a mut [G1Affine],
}

impl<P: Source> Kernel for Pairs<'_, P> {
    /// Whether the affine formula added all pairs.
    type Output = bool;

    fn scalar(self) -> bool {
        unreachable!("without lanes there is another way");
    }

    #[inline(always)]
    fn lanes<S: Lanes>(self, s: S) -> bool {
        let Some(&last) = self.pairs.last() else {
            return true;
        };
        let field = Field::<S, Fq>::new(s);
        // The last pair is added as often as it takes to fill its group.
        let pairs = self.pairs.len();
        self.pairs.resize(pairs.next_multiple_of(GROUP), last);
        let (eights, _) = self.pairs.as_chunks::<8>();
        let chain = &mut self.room.chain;
        let chains = forward(&field, eights, self.source, chain);
        let inverses = invert_chains(&field, chains);
        if let Some(inverses) = inverses {
            let sums = coordinates_mut(self.sums);
            backward(&field, eights, self.source, sums, chain, inverses);
        }
        self.pairs.truncate(pairs);
        inverses.is_some()
    }
}

/// The chains of all differences.
#[inline(always)]
fn forward<S: Lanes, P: Source>(
    field: &Field<S, Fq>,
    pairs: &[[Move; 8]],
    source: P,
    chain: &mut Vec<[Block; 2]>,
) -> [Wide<S>; CHAINS] {
    let s = field.s;
    chain.clear();
    chain.reserve(pairs.len());
    let mut products = [field.splat(&one::<Fq>()); CHAINS];
    for group in pairs.chunks_exact(CHAINS) {
        for c in 0..CHAINS {
            for pair in &group[c] {
                source.prefetch(pair.from as usize + AHEAD);
                source.prefetch(pair.from as usize + AHEAD + 1);
            }
            let x_a = unpack(s, abscissas(s, source, &group[c], 0));
            let x_b = unpack(s, abscissas(s, source, &group[c], 1));
            let run = field.carry_signed(field.difference_plus::<2>(x_b, x_a));
            let mut blocks = [Block::ZERO; 2];
            field.store(products[c], &mut blocks[0].0);
            field.store(run, &mut blocks[1].0);
            chain.push(blocks);
            products[c] = field.multiply(products[c], run);
        }
    }
    products
}

/// The sums, from the inverses of the chains.
#[inline(always)]
fn backward<S: Lanes, P: Source>(
    field: &Field<S, Fq>,
    pairs: &[[Move; 8]],
    source: P,
    sums: &mut [[u64; 8]],
    chain: &[[Block; 2]],
    mut inverses: [Wide<S>; CHAINS],
) {
    let s = field.s;
    let groups = pairs.chunks_exact(CHAINS).zip(chain.chunks_exact(CHAINS));
    for (group, chain) in groups.rev() {
        for c in 0..CHAINS {
            let [before, run] = &chain[c];
            let inverse = field.multiply(inverses[c], field.load(&before.0));
            inverses[c] = field.multiply(inverses[c], field.load(&run.0));
            let a = both(field, source, &group[c], 0);
            let b = both(field, source, &group[c], 1);
            let sum = add(field, a, b, inverse);
            let rows = s.transpose(sum);
            for lane in 0..8 {
                s.store(rows[lane], &mut sums[group[c][lane].to as usize]);
            }
        }
    }
}

/// The sum of two points, as integers below `2p`, from the inverse of the difference of their abscissas.
#[inline(always)]
fn add<S: Lanes>(
    field: &Field<S, Fq>,
    [x_a, y_a]: [Wide<S>; 2],
    [x_b, y_b]: [Wide<S>; 2],
    inverse: Wide<S>,
) -> [S::V; 8] {
    let s = field.s;
    let rise = field.carry_signed(field.difference_plus::<2>(y_b, y_a));
    let slope = field.multiply(rise, inverse);
    let square = field.sixteenth(field.multiply(slope, slope));
    let x = field.difference_plus::<4>(square, field.sum(x_a, x_b));
    let x = field.reduce(field.carry_signed(x));
    let back = field.carry_signed(field.difference_plus::<2>(x_a, x));
    let y = field.difference_plus::<2>(field.multiply(slope, back), y_a);
    let y = field.less(field.carry_signed(y), field.splat(&Fq::P2));
    let (x, y) = (pack(s, x), pack(s, y));
    [x[0], x[1], x[2], x[3], y[0], y[1], y[2], y[3]]
}

/// The abscissas of the first or the second points of eight pairs.
#[inline(always)]
fn abscissas<S: Lanes, P: Source>(s: S, source: P, p: &[Move; 8], second: usize) -> [S::V; 4] {
    s.collect([
        abscissa(&source, p[0], second),
        abscissa(&source, p[1], second),
        abscissa(&source, p[2], second),
        abscissa(&source, p[3], second),
        abscissa(&source, p[4], second),
        abscissa(&source, p[5], second),
        abscissa(&source, p[6], second),
        abscissa(&source, p[7], second),
    ])
}

#[inline(always)]
fn abscissa<P: Source>(source: &P, pair: Move, second: usize) -> &[u64; 4] {
    let stored = source.stored(pair.from as usize + second);
    stored.first_chunk().expect("a point has eight integers")
}

/// Both coordinates of the first or the second points of eight pairs.
#[inline(always)]
fn both<S: Lanes, P: Source>(
    field: &Field<S, Fq>,
    source: P,
    p: &[Move; 8],
    second: usize,
) -> [Wide<S>; 2] {
    let s = field.s;
    let mut rows = [s.splat(0); 8];
    let mut signs = [0; 8];
    for lane in 0..8 {
        let index = p[lane].from as usize + second;
        rows[lane] = s.load(source.stored(index));
        signs[lane] = source.negative(index);
    }
    let [x0, x1, x2, x3, y0, y1, y2, y3] = s.transpose(rows);
    let (x, mut y) = (unpack(s, [x0, x1, x2, x3]), unpack(s, [y0, y1, y2, y3]));
    if P::SIGNED {
        let sign = s.load(&signs);
        let opposite = field.difference(field.splat(&Fq::P), y);
        let opposite = field.carry_signed(opposite);
        for i in 0..5 {
            y[i] = s.if_negative(sign, opposite[i], y[i]);
        }
    }
    [x, y]
}
