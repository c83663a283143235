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

use super::Move;
use crate::engine::Kernel;
use crate::inverse::{CHAINS, GROUP, invert_chains, one};
use crate::lanes::Lanes;
use crate::layout::{Block, coordinates, coordinates_mut};
use crate::packing::{pack, unpack};
use crate::prime::Prime;
use crate::product::{Field, Wide};
use group::Curve;
use group::Group;
use halo2curves::bn256::{Fq, G1, G1Affine};

/// Differences of abscissas, each after the product of those before in its chain.
#[derive(Default)]
pub(super) struct Room {
    chain: Vec<[Block; 2]>,
}

pub(super) struct Pairs<'a> {
    pub(super) room: &'a mut Room,
    pub(super) pairs: &'a mut Vec<Move>,
    pub(super) points: &'a mut Vec<G1Affine>,
    pub(super) sums: &'a mut Vec<G1Affine>,
}

impl Kernel for Pairs<'_> {
    /// Whether the affine formula added all pairs.
    type Output = bool;

    fn scalar(self) -> bool {
        false
    }

    #[inline(always)]
    fn lanes<S: Lanes>(self, s: S) -> bool {
        let field = Field::<S, Fq>::new(s);
        let (points, sums, pairs) = (self.points.len(), self.sums.len(), self.pairs.len());
        // The last group is filled up with a pair whose sum nobody reads.
        let generator = G1::generator();
        let dummy = Move {
            from: points as u32,
            to: sums as u32,
        };
        self.points
            .extend([generator.to_affine(), generator.double().to_affine()]);
        self.sums.push(super::IDENTITY);
        self.pairs.resize(pairs.next_multiple_of(GROUP), dummy);

        let (eights, _) = self.pairs.as_chunks::<8>();
        let chains = forward(
            &field,
            eights,
            coordinates(self.points),
            &mut self.room.chain,
        );
        let inverses = invert_chains(&field, chains);
        if let Some(inverses) = inverses {
            let (from, to) = (coordinates(self.points), coordinates_mut(self.sums));
            backward(&field, eights, from, to, &self.room.chain, inverses);
        }
        self.points.truncate(points);
        self.sums.truncate(sums);
        self.pairs.truncate(pairs);
        inverses.is_some()
    }
}

/// The chains of all differences.
#[inline(always)]
fn forward<S: Lanes>(
    field: &Field<S, Fq>,
    pairs: &[[Move; 8]],
    points: &[[u64; 8]],
    chain: &mut Vec<[Block; 2]>,
) -> [Wide<S>; CHAINS] {
    let s = field.s;
    chain.clear();
    chain.reserve(pairs.len());
    let mut products = [field.splat(&one::<Fq>()); CHAINS];
    for group in pairs.chunks_exact(CHAINS) {
        for c in 0..CHAINS {
            let x_a = unpack(s, abscissas(s, points, &group[c], 0));
            let x_b = unpack(s, abscissas(s, points, &group[c], 1));
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
fn backward<S: Lanes>(
    field: &Field<S, Fq>,
    pairs: &[[Move; 8]],
    points: &[[u64; 8]],
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
            let sum = add(
                field,
                [both(s, points, &group[c], 0), both(s, points, &group[c], 1)],
                inverse,
            );
            let rows = s.transpose(sum);
            for lane in 0..8 {
                s.store(rows[lane], &mut sums[group[c][lane].to as usize]);
            }
        }
    }
}

/// The sum of two points, as integers below `2p`, from the inverse of the difference of their abscissas.
#[inline(always)]
fn add<S: Lanes>(field: &Field<S, Fq>, points: [[S::V; 8]; 2], inverse: Wide<S>) -> [S::V; 8] {
    let s = field.s;
    let [a, b] = points;
    let [x_a, y_a] = [[a[0], a[1], a[2], a[3]], [a[4], a[5], a[6], a[7]]];
    let [x_b, y_b] = [[b[0], b[1], b[2], b[3]], [b[4], b[5], b[6], b[7]]];
    let (x_a, y_a) = (unpack(s, x_a), unpack(s, y_a));
    let (x_b, y_b) = (unpack(s, x_b), unpack(s, y_b));
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
fn abscissas<S: Lanes>(s: S, points: &[[u64; 8]], p: &[Move; 8], second: usize) -> [S::V; 4] {
    s.collect([
        abscissa(points, p[0], second),
        abscissa(points, p[1], second),
        abscissa(points, p[2], second),
        abscissa(points, p[3], second),
        abscissa(points, p[4], second),
        abscissa(points, p[5], second),
        abscissa(points, p[6], second),
        abscissa(points, p[7], second),
    ])
}

#[inline(always)]
fn abscissa(points: &[[u64; 8]], pair: Move, second: usize) -> &[u64; 4] {
    points[pair.from as usize + second]
        .first_chunk()
        .expect("a point has eight integers")
}

/// Both coordinates of the first or the second points of eight pairs.
#[inline(always)]
fn both<S: Lanes>(s: S, points: &[[u64; 8]], p: &[Move; 8], second: usize) -> [S::V; 8] {
    let mut rows = [s.splat(0); 8];
    for lane in 0..8 {
        rows[lane] = s.load(&points[p[lane].from as usize + second]);
    }
    s.transpose(rows)
}
