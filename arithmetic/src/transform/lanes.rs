//! Eight butterflies at a time.
//!
//! The transform is linear, and so it works on the library's integers as they are. Values begin
//! below `p`; a butterfly adds a product below `2p` to one value, or subtracts it with `2p` added. After
//! `l` levels values are below `(1 + 2l)·p ≤ 57·p`, as the field has roots of order `2^28` at most: no reduction
//! is needed on the way. Limbs are not carried either, but for the factor of a product: after `l`
//! levels they are below `(2l + 2)·2^52 < 2^58` in absolute value.
//!
//! Eight neighbours lie in one block. For the three levels on which both halves of a butterfly would
//! lie in one, tiles of 64 elements are transposed: then lane `j` of vector `i` is element `8·j + i`.

use super::factors::{ByLane, Factor, Factors};
use super::{inverse, levels, powers, root};
use crate::engine::Kernel;
use crate::lanes::Lanes;
use crate::layout::{Block, integers, integers_mut};
use crate::packing::{pack, unpack};
use crate::product::{Field, Wide};
use halo2curves::bn256::Fr;

/// The least `k` whose values fill a tile.
pub(super) const LEAST: u32 = 6;
/// Elements of a tile.
const TILE: usize = 64;
/// Blocks whose levels are finished before the next ones are begun: what fits the nearest cache.
const NEAR: usize = 64;

#[derive(Debug)]
pub(super) struct Tables {
    /// The factor of block `b`, on any level: `ω^-b'` where the bits of `b'` are those of `b` in reverse order.
    blocks: Vec<Factor>,
    /// For each tile the factors of the last three levels.
    tiles: Vec<[Factors; 7]>,
    /// `1/n`.
    scale: Factor,
    cosets: Vec<Coset>,
}

/// The factors of an evaluation, by place in a block.
#[derive(Debug)]
pub(super) struct Coset {
    /// Of the first three levels.
    tile: [Factor; 7],
    /// Of the other levels.
    levels: Vec<Vec<Factors>>,
}

impl Tables {
    pub(super) fn new(k: u32, shifts: &[Fr]) -> Self {
        let n = 1usize << k;
        let omega = inverse(root(k));
        let roots = powers(ff::Field::ONE, omega, n / 2);
        let of_block = |block: usize| roots[block.reverse_bits() >> (usize::BITS - (k - 1))];
        let tiles = (0..n / TILE).map(|tile| {
            std::array::from_fn(|i| {
                // Factor i of 7: level 0 has one, level 1 two, level 2 four.
                let level = (i + 1).ilog2();
                let first = i + 1 - (1 << level);
                Factors::new(std::array::from_fn(|lane| {
                    of_block(((8 * tile + lane) << level) + first)
                }))
            })
        });
        Self {
            blocks: (0..n / 16)
                .map(|block| Factor::new(of_block(block)))
                .collect(),
            tiles: tiles.collect(),
            scale: Factor::new(inverse(Fr::from(n as u64))),
            cosets: shifts.iter().map(|shift| Coset::new(*shift, k)).collect(),
        }
    }

    pub(super) fn coset(&self, coset: usize) -> &Coset {
        &self.cosets[coset]
    }
}

impl Coset {
    fn new(shift: Fr, k: u32) -> Self {
        let mut levels = levels(shift, k);
        let tile: Vec<Factor> = levels.by_ref().take(3).flatten().map(Factor::new).collect();
        Self {
            tile: tile.try_into().expect("three levels have seven factors"),
            levels: levels
                .map(|level| {
                    let (eights, _) = level.as_chunks::<8>();
                    eights.iter().map(|eight| Factors::new(*eight)).collect()
                })
                .collect(),
        }
    }
}

/// `a + w·b` and `a − w·b`.
#[inline(always)]
fn butterfly<S: Lanes>(
    field: &Field<S, Fr>,
    a: Wide<S>,
    b: Wide<S>,
    [w, quotient]: [Wide<S>; 2],
) -> [Wide<S>; 2] {
    let product = field.multiply_by(field.carry_signed(b), w, quotient);
    [
        field.sum(a, product),
        field.difference_plus::<2>(a, product),
    ]
}

/// Butterflies between the blocks of two halves with one factor.
#[inline(always)]
fn halves<S: Lanes>(field: &Field<S, Fr>, low: &mut [Block], high: &mut [Block], factor: &Factor) {
    let factor = factor.wide(field);
    for (a, b) in low.iter_mut().zip(high) {
        let [sum, difference] = butterfly(field, field.load(&a.0), field.load(&b.0), factor);
        field.store(sum, &mut a.0);
        field.store(difference, &mut b.0);
    }
}

/// [`halves`] with the factor one: what is added must be below `2p`.
#[inline(always)]
fn halves_with_one<S: Lanes>(field: &Field<S, Fr>, low: &mut [Block], high: &mut [Block]) {
    for (a, b) in low.iter_mut().zip(high) {
        let (x, y) = (field.load(&a.0), field.load(&b.0));
        let y = field.reduce(field.carry_signed(y));
        field.store(field.sum(x, y), &mut a.0);
        field.store(field.difference_plus::<2>(x, y), &mut b.0);
    }
}

/// Three levels of butterflies between eight vectors, factors by block.
#[inline(always)]
fn descend<S: Lanes>(field: &Field<S, Fr>, v: &mut [Wide<S>; 8], factors: &[Factors; 7]) {
    for i in 0..4 {
        [v[i], v[i + 4]] = butterfly(field, v[i], v[i + 4], factors[0].wide(field));
    }
    for i in [0, 1, 4, 5] {
        [v[i], v[i + 2]] = butterfly(field, v[i], v[i + 2], factors[1 + i / 4].wide(field));
    }
    for i in [0, 2, 4, 6] {
        [v[i], v[i + 1]] = butterfly(field, v[i], v[i + 1], factors[3 + i / 2].wide(field));
    }
}

/// Three levels of butterflies between eight vectors, factors by place.
#[inline(always)]
fn ascend<S: Lanes>(field: &Field<S, Fr>, v: &mut [Wide<S>; 8], factors: &[Factor; 7]) {
    for i in [0, 2, 4, 6] {
        [v[i], v[i + 1]] = butterfly(field, v[i], v[i + 1], factors[0].wide(field));
    }
    for i in [0, 1, 4, 5] {
        [v[i], v[i + 2]] = butterfly(field, v[i], v[i + 2], factors[1 + i % 4].wide(field));
    }
    for i in 0..4 {
        [v[i], v[i + 4]] = butterfly(field, v[i], v[i + 4], factors[3 + i].wide(field));
    }
}

/// Lane `i` of vector `j` becomes lane `j` of vector `i`.
#[inline(always)]
fn transpose<S: Lanes>(field: &Field<S, Fr>, v: &mut [Wide<S>; 8]) {
    for limb in 0..5 {
        let rows = field.s.transpose([
            v[0][limb], v[1][limb], v[2][limb], v[3][limb], v[4][limb], v[5][limb], v[6][limb],
            v[7][limb],
        ]);
        for i in 0..8 {
            v[i][limb] = rows[i];
        }
    }
}

pub(super) struct Interpolate<'a> {
    pub(super) tables: &'a Tables,
    pub(super) values: &'a mut [Fr],
}

impl Kernel for Interpolate<'_> {
    type Output = ();

    fn scalar(self) {
        unreachable!("tables for lanes are used with lanes");
    }

    #[inline(always)]
    fn lanes<S: Lanes>(self, s: S) {
        let field = Field::<S, Fr>::new(s);
        let tables = self.tables;
        let (eights, _) = integers(self.values).as_chunks::<8>();
        let mut blocks = Vec::with_capacity(eights.len());
        for eight in eights {
            let mut block = Block::ZERO;
            field.store(unpack(s, s.spread(eight)), &mut block.0);
            blocks.push(block);
        }
        // Levels on which a block is larger than the cache, then all others part by part.
        let mut len = blocks.len();
        while len > NEAR {
            for (b, block) in blocks.chunks_exact_mut(len).enumerate() {
                level(&field, b, block, tables);
            }
            len /= 2;
        }
        let (out, _) = integers_mut(self.values).as_chunks_mut::<TILE>();
        for (p, part) in blocks.chunks_exact_mut(len).enumerate() {
            let mut inner = len;
            while inner >= 2 {
                let first = p * (len / inner);
                for (b, block) in part.chunks_exact_mut(inner).enumerate() {
                    level(&field, first + b, block, tables);
                }
                inner /= 2;
            }
            let first = p * (len / 8);
            for (t, tile) in part.chunks_exact(8).enumerate() {
                last(&field, tables, first + t, tile, &mut out[first + t]);
            }
        }
    }
}

/// One level of a block of the transform, the `b`-th of its size.
#[inline(always)]
fn level<S: Lanes>(field: &Field<S, Fr>, b: usize, block: &mut [Block], tables: &Tables) {
    let (low, high) = block.split_at_mut(block.len() / 2);
    if b == 0 {
        halves_with_one(field, low, high);
    } else {
        halves(field, low, high, &tables.blocks[b]);
    }
}

/// The last three levels of a tile, and the division by `n`.
#[inline(always)]
fn last<S: Lanes>(
    field: &Field<S, Fr>,
    tables: &Tables,
    index: usize,
    tile: &[Block],
    out: &mut [[u64; 4]; TILE],
) {
    let s = field.s;
    let mut v = [field.splat(&[0; 5]); 8];
    for i in 0..8 {
        v[i] = field.load(&tile[i].0);
    }
    transpose(field, &mut v);
    descend(field, &mut v, &tables.tiles[index]);
    let [w, quotient] = tables.scale.wide(field);
    for i in 0..8 {
        let scaled = field.multiply_by(field.carry_signed(v[i]), w, quotient);
        let mut elements = [[0; 4]; 8];
        s.join(pack(s, field.canonical(scaled)), &mut elements);
        for (j, element) in elements.into_iter().enumerate() {
            out[8 * j + i] = element;
        }
    }
}

pub(super) struct Evaluate<'a> {
    pub(super) tables: &'a Coset,
    pub(super) coefficients: &'a [Fr],
    pub(super) values: &'a mut [Fr],
}

impl Kernel for Evaluate<'_> {
    type Output = ();

    fn scalar(self) {
        unreachable!("tables for lanes are used with lanes");
    }

    #[inline(always)]
    fn lanes<S: Lanes>(self, s: S) {
        let field = Field::<S, Fr>::new(s);
        let (tiles, _) = integers(self.coefficients).as_chunks::<TILE>();
        let mut blocks = Vec::with_capacity(self.values.len() / 8);
        for tile in tiles {
            first(&field, &self.tables.tile, tile, &mut blocks);
        }
        // Levels that stay in the cache part by part, then the others.
        let near = blocks.len().min(NEAR);
        let near_levels = near.ilog2() as usize;
        let (inner, outer) = self.tables.levels.split_at(near_levels);
        for part in blocks.chunks_exact_mut(near) {
            for factors in inner {
                places(&field, part, factors);
            }
        }
        for factors in outer {
            places(&field, &mut blocks, factors);
        }
        let (out, _) = integers_mut(self.values).as_chunks_mut::<8>();
        for (block, out) in blocks.iter().zip(out) {
            let value = field.reduce(field.carry_signed(field.load(&block.0)));
            s.join(pack(s, field.canonical(value)), out);
        }
    }
}

/// The first three levels of a tile.
#[inline(always)]
fn first<S: Lanes>(
    field: &Field<S, Fr>,
    factors: &[Factor; 7],
    tile: &[[u64; 4]; TILE],
    blocks: &mut Vec<Block>,
) {
    let s = field.s;
    let mut v = [field.splat(&[0; 5]); 8];
    for i in 0..8 {
        let elements = s.collect([
            &tile[i],
            &tile[8 + i],
            &tile[16 + i],
            &tile[24 + i],
            &tile[32 + i],
            &tile[40 + i],
            &tile[48 + i],
            &tile[56 + i],
        ]);
        v[i] = unpack(s, elements);
    }
    ascend(field, &mut v, factors);
    transpose(field, &mut v);
    for v in v {
        let mut block = Block::ZERO;
        field.store(v, &mut block.0);
        blocks.push(block);
    }
}

/// One level of the transform, with factors by place.
#[inline(always)]
fn places<S: Lanes>(field: &Field<S, Fr>, blocks: &mut [Block], factors: &[Factors]) {
    for block in blocks.chunks_exact_mut(2 * factors.len()) {
        let (low, high) = block.split_at_mut(factors.len());
        for ((a, b), factor) in low.iter_mut().zip(high).zip(factors) {
            let factor = factor.wide(field);
            let [sum, difference] = butterfly(field, field.load(&a.0), field.load(&b.0), factor);
            field.store(sum, &mut a.0);
            field.store(difference, &mut b.0);
        }
    }
}
