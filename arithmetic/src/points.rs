//! Sums of runs of points in affine coordinates, by pairs: the additions of a round share one
//! inversion (Montgomery's trick).

mod lanes;
mod scalar;

use crate::engine::Engine;
use crate::layout::{coordinates_mut, integers, prefetch};
use crate::prime::Prime;
use halo2curves::bn256::{Fq, G1Affine};

/// The library's identity, for comparisons in variable time.
const IDENTITY: G1Affine = G1Affine {
    x: Fq::zero(),
    y: Fq::zero(),
};

/// Fewer pairs are added one after the other.
const LEAST: usize = 96;
/// How many points ahead a table is read.
const AHEAD: usize = 16;

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

    fn index(self) -> usize {
        (self.0 & !Self::NEGATIVE) as usize
    }
}

/// Points that are to be added up by runs, and room for it: kept, so that nothing is allocated
/// anew.
pub struct Additions {
    engine: Engine,
    points: Vec<G1Affine>,
    /// Whether the identity is among the points.
    identity: bool,
    sums: Vec<G1Affine>,
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
            points: Vec::new(),
            identity: false,
            sums: Vec::new(),
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
    pub fn push(&mut self, point: G1Affine) {
        self.identity |= is_identity(&point);
        self.points.push(point);
    }

    /// More points, from a table.
    ///
    /// # Panics
    /// When the table has no such point.
    pub fn extend(&mut self, table: &[G1Affine], terms: &[Term]) {
        for (i, term) in terms.iter().enumerate() {
            if let Some(later) = terms.get(i + AHEAD).and_then(|t| table.get(t.index())) {
                prefetch(later);
            }
            let point = table[term.index()];
            let negative = term.0 & Term::NEGATIVE != 0;
            self.push(if negative { -point } else { point });
        }
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
        let total: usize = lens.iter().sum();
        assert_eq!(total, self.points.len(), "every point is in a run");
        assert!(total < 1 << 31, "indices have 31 bits");
        // Between rounds in lanes coordinates are below 2p, not p.
        let mut lazy = false;
        while lens.iter().any(|&len| len > 1) {
            self.round.plan(lens);
            self.sums.resize(self.round.total, IDENTITY);
            for single in &self.round.singles {
                self.sums[single.to as usize] = self.points[single.from as usize];
            }
            if self.in_lanes() {
                lazy = true;
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

    /// Adds the pairs in lanes, unless there are few, or one to which the affine formula does not
    /// apply.
    fn in_lanes(&mut self) -> bool {
        if !self.engine.has_lanes() || self.identity || self.round.pairs.len() < LEAST {
            return false;
        }
        self.engine.run(lanes::Pairs {
            room: &mut self.lanes,
            pairs: &mut self.round.pairs,
            points: &mut self.points,
            sums: &mut self.sums,
        })
    }
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
