//! Sums of runs of points in affine coordinates, by pairs: the additions of a round share one
//! inversion (Montgomery's trick).

mod lanes;
mod scalar;

use crate::engine::Engine;
use crate::layout::{Points, coordinates, coordinates_mut, integers, prefetch};
use crate::prime::Prime;
use group::Curve;
use group::prime::PrimeCurveAffine;
use halo2curves::bn256::{Fq, G1Affine};
use std::slice::from_mut;

/// The library's identity, for comparisons in variable time.
const IDENTITY: G1Affine = G1Affine {
    x: Fq::zero(),
    y: Fq::zero(),
};

/// Fewer pairs are added one after the other.
const LEAST: usize = 96;
/// How many points ahead a table is read.
const AHEAD: usize = 32;

/// A point of a table, or its negative.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Term(u32);

impl Term {
    const NEGATIVE: u32 = 1 << 31;

    /// The point at `index`, or its negative.
    ///
    /// # Panics
    /// When the index is `2^31` or above.
    #[must_use]
    pub fn new(index: usize, negative: bool) -> Self {
        assert!(index < Self::NEGATIVE as usize, "a table has fewer points");
        Self(index as u32 | if negative { Self::NEGATIVE } else { 0 })
    }

    /// The index.
    #[must_use]
    pub fn index(self) -> usize {
        (self.0 & !Self::NEGATIVE) as usize
    }

    /// Whether it is the negative.
    #[must_use]
    pub fn is_negative(self) -> bool {
        self.0 & Self::NEGATIVE != 0
    }
}

/// A table of points, each at the start of a line of the cache.
#[derive(Clone, Debug, Default)]
pub struct Table {
    points: Points,
    /// Whether the identity is among them.
    identity: bool,
}

impl Table {
    /// More points, on the curve, or the identity as the library writes it.
    pub fn extend(&mut self, points: &[G1Affine]) {
        for point in points {
            self.identity |= is_identity(point);
            self.points.push(point);
        }
    }

    /// The points.
    #[must_use]
    pub fn points(&self) -> &[G1Affine] {
        &self.points
    }
}

/// Points that are to be added up by runs, and room for it: kept, so that nothing is allocated
/// anew.
pub struct Additions {
    engine: Engine,
    points: Points,
    /// Whether the identity is, or was, among the points.
    identity: bool,
    sums: Points,
    round: Round,
    scalar: scalar::Room,
    lanes: lanes::Room,
}

/// What a round adds, and what it copies.
#[derive(Default)]
struct Round {
    /// Where two neighbours begin, and where their sum goes.
    pairs: Vec<Move>,
    /// A last point without a neighbour.
    singles: Vec<Move>,
    /// Points after the round.
    total: usize,
}

#[derive(Clone, Copy)]
struct Move {
    from: u32,
    to: u32,
}

impl Additions {
    /// No points yet.
    #[must_use]
    pub fn new(engine: Engine) -> Self {
        Self {
            engine,
            points: Points::default(),
            identity: false,
            sums: Points::default(),
            round: Round::default(),
            scalar: scalar::Room::default(),
            lanes: lanes::Room::default(),
        }
    }

    /// Takes all points away.
    pub fn clear(&mut self) {
        self.points.clear();
        self.identity = false;
    }

    /// One more point.
    pub fn push(&mut self, point: &G1Affine) {
        self.identity |= is_identity(point);
        self.points.push(point);
    }

    /// The points: after [`Additions::add_runs`] the sums.
    #[must_use]
    pub fn points(&self) -> &[G1Affine] {
        &self.points
    }

    /// Adds up each run of points (`lens[i]` of them) until at most one is left of each; `lens`
    /// then says of which. The points are on the curve, or the identity as the library writes it.
    ///
    /// # Panics
    /// When the lengths do not add up to the number of points, or that is `2^31` or above.
    pub fn add_runs(&mut self, lens: &mut [usize]) {
        check(lens, self.points.len());
        self.rounds(lens, false);
    }

    /// [`Additions::add_runs`] of points of a table, in place of those that were here. They need not be
    /// copied before they are added.
    ///
    /// # Panics
    /// As there, and when the table has no such point.
    pub fn add_terms(&mut self, table: &Table, terms: &[Term], lens: &mut [usize]) {
        check(lens, terms.len());
        self.identity = table.identity;
        let gathered = Gathered {
            table: &table.points,
            terms,
        };
        let pairs = lens.iter().map(|len| len / 2).sum();
        if !self.fills_lanes(pairs) {
            self.points.clear();
            for i in 0..terms.len() {
                gathered.prefetch(i + AHEAD);
                self.points.push(&gathered.point(i));
            }
            return self.rounds(lens, false);
        }
        self.round.plan(lens);
        self.sums.resize(self.round.total);
        for single in &self.round.singles {
            self.sums[single.to as usize] = gathered.point(single.from as usize);
        }
        let (round, room) = (&mut self.round, &mut self.lanes);
        self.identity |= round.in_lanes(self.engine, room, gathered, &mut self.sums, self.identity);
        std::mem::swap(&mut self.points, &mut self.sums);
        self.rounds(lens, true);
    }

    fn fills_lanes(&self, pairs: usize) -> bool {
        self.engine.has_lanes() && pairs >= LEAST
    }

    /// `lazy`: between rounds in lanes coordinates are below `2p`, not `p`.
    fn rounds(&mut self, lens: &mut [usize], mut lazy: bool) {
        while lens.iter().any(|&len| len > 1) {
            self.round.plan(lens);
            self.sums.resize(self.round.total);
            for single in &self.round.singles {
                self.sums[single.to as usize] = self.points[single.from as usize];
            }
            if self.fills_lanes(self.round.pairs.len()) {
                lazy = true;
                let (round, room) = (&mut self.round, &mut self.lanes);
                let points = Placed(&self.points);
                self.identity |=
                    round.in_lanes(self.engine, room, points, &mut self.sums, self.identity);
            } else {
                if std::mem::take(&mut lazy) {
                    canonical(&mut self.points);
                    // What was copied before.
                    canonical(&mut self.sums);
                }
                self.identity |= self
                    .scalar
                    .add(&self.round.pairs, &self.points, &mut self.sums);
            }
            std::mem::swap(&mut self.points, &mut self.sums);
        }
        if lazy {
            canonical(&mut self.points);
        }
    }
}

fn check(lens: &[usize], points: usize) {
    let total: usize = lens.iter().sum();
    assert_eq!(total, points, "every point is in a run");
    assert!(total < 1 << 31, "indices have 31 bits");
}

impl Round {
    /// Pairs neighbours of a run.
    fn plan(&mut self, lens: &mut [usize]) {
        self.pairs.clear();
        self.singles.clear();
        let (mut from, mut to) = (0, 0);
        for len in lens {
            for _ in 0..*len / 2 {
                self.pairs.push(Move { from, to });
                from += 2;
                to += 1;
            }
            if *len % 2 == 1 {
                self.singles.push(Move { from, to });
                from += 1;
                to += 1;
            }
            *len = len.div_ceil(2);
        }
        self.total = to as usize;
    }

    /// Adds the pairs in lanes; says whether a sum is the identity. `identity`: whether it may be
    /// among the points.
    fn in_lanes(
        &mut self,
        engine: Engine,
        room: &mut lanes::Room,
        source: impl Source,
        sums: &mut Points,
        identity: bool,
    ) -> bool {
        let mut found = identity && self.set_apart(source, sums);
        let pairs = &mut self.pairs;
        if !engine.run(lanes::Pairs {
            room,
            pairs,
            source,
            sums,
        }) {
            found |= self.set_apart(source, sums);
            let pairs = &mut self.pairs;
            let added = engine.run(lanes::Pairs {
                room,
                pairs,
                source,
                sums,
            });
            assert!(added, "no abscissas of a pair are equal");
        }
        found
    }

    /// Adds the pairs to which the affine formula does not apply, and takes them out of the list; says
    /// whether a sum is the identity.
    fn set_apart(&mut self, source: impl Source, sums: &mut Points) -> bool {
        let mut found = false;
        self.pairs.retain(|pair| {
            let [a, b] = [0, 1].map(|i| source.point(pair.from as usize + i));
            if a.x != b.x && !is_identity(&a) && !is_identity(&b) {
                return true;
            }
            let sum = (a.to_curve() + b).to_affine();
            found |= is_identity(&sum);
            sums[pair.to as usize] = sum;
            false
        });
        found
    }
}

/// Where the points of a round lie.
trait Source: Copy {
    /// The coordinates as they are stored, below `2p`.
    fn stored(&self, index: usize) -> &[u64; 8];
    /// All bits where the point is the negative of what is stored. Then `y` is below `p`.
    fn negative(&self, index: usize) -> u64;
    /// Whether there are negatives.
    const SIGNED: bool;
    /// Asks for a point ahead of its use.
    fn prefetch(&self, index: usize);

    /// The point, canonical.
    fn point(&self, index: usize) -> G1Affine {
        let mut point = IDENTITY;
        coordinates_mut(from_mut(&mut point))[0] = *self.stored(index);
        canonical(from_mut(&mut point));
        if self.negative(index) == 0 {
            point
        } else {
            -point
        }
    }
}

/// Points in a row.
#[derive(Clone, Copy)]
struct Placed<'a>(&'a Points);

impl Source for Placed<'_> {
    const SIGNED: bool = false;

    #[inline(always)]
    fn stored(&self, index: usize) -> &[u64; 8] {
        &coordinates(self.0)[index]
    }

    #[inline(always)]
    fn negative(&self, _: usize) -> u64 {
        0
    }

    #[inline(always)]
    fn prefetch(&self, _: usize) {}
}

/// Points of a table, as terms list them.
#[derive(Clone, Copy)]
struct Gathered<'a> {
    table: &'a Points,
    terms: &'a [Term],
}

impl Source for Gathered<'_> {
    const SIGNED: bool = true;

    #[inline(always)]
    fn stored(&self, index: usize) -> &[u64; 8] {
        &coordinates(self.table)[self.terms[index].index()]
    }

    #[inline(always)]
    fn negative(&self, index: usize) -> u64 {
        u64::from(self.terms[index].0 >> 31).wrapping_neg()
    }

    #[inline(always)]
    fn prefetch(&self, index: usize) {
        if let Some(term) = self.terms.get(index) {
            prefetch(self.table, term.index());
        }
    }
}

/// No point of the curve has `y = 0`: its order is an odd prime.
fn is_identity(point: &G1Affine) -> bool {
    integers(&[point.y])[0] == [0; 4]
}

/// Makes coordinates below `2p` canonical.
fn canonical(points: &mut [G1Affine]) {
    for point in coordinates_mut(points) {
        let (coordinates, _) = point.as_chunks_mut::<4>();
        coordinates.iter_mut().for_each(less_p);
    }
}

fn less_p(x: &mut [u64; 4]) {
    let mut less = [0; 4];
    let mut borrow = false;
    for i in 0..4 {
        let (part, first) = x[i].overflowing_sub(<Fq as Prime>::INTEGERS[i]);
        let second;
        (less[i], second) = part.overflowing_sub(u64::from(borrow));
        borrow = first | second;
    }
    if !borrow {
        *x = less;
    }
}
