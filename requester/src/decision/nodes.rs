//! The nodes that a decision is made of.

use super::rows::Row;
use crate::float::compose::DENSE_LIMIT;
use crate::float::{Func, Linear, Map, Node, Pointwise, Program, Term, ValueId};
use std::collections::BTreeMap;

/// What messages call these nodes.
pub const ORIGIN: &str = "the rule for a match";

/// For each sum of steps, a step of `sign·sum + constant`.
pub fn counted(
    program: &mut Program,
    source: ValueId,
    sums: Vec<Vec<(u32, f64)>>,
    sign: f64,
    constant: f64,
) -> ValueId {
    let len = sums.len();
    let linear = Linear {
        len,
        channels: len,
        terms: vec![Term {
            source,
            factor: sign,
            map: Map::Sparse(sums),
        }],
        bias: vec![constant; len],
        origin: ORIGIN.to_owned(),
    };
    let sums = program.push(Node::Linear(linear));
    step(program, sums, vec![false; len])
}

/// A step of each element.
pub fn step(program: &mut Program, source: ValueId, strict: Vec<bool>) -> ValueId {
    let func = Func::Step { strict };
    program.push(Node::Pointwise(Pointwise {
        source,
        func,
        origin: ORIGIN.to_owned(),
    }))
}

/// One linear node with the given rows.
pub fn linear_rows(program: &mut Program, rows: &[Row]) -> ValueId {
    let mut sources: BTreeMap<ValueId, usize> = BTreeMap::new();
    for row in rows {
        for (&source, weights) in &row.terms {
            *sources.entry(source).or_default() += weights.iter().filter(|w| **w != 0.0).count();
        }
    }
    let map = |(&source, &entries): (&ValueId, &usize)| {
        let len = program.len_of(source);
        let size = len * rows.len();
        let own = rows.iter().map(|row| row.terms.get(&source));
        let map = if entries * 3 > size && size <= DENSE_LIMIT {
            let zeros = vec![0.0; len];
            Map::Dense(own.flat_map(|w| w.unwrap_or(&zeros).clone()).collect())
        } else {
            let entries = |weights: &Vec<f64>| {
                let entries = weights.iter().zip(0u32..).filter(|(w, _)| **w != 0.0);
                entries.map(|(&w, i)| (i, w)).collect()
            };
            Map::Sparse(own.map(|w| w.map(entries).unwrap_or_default()).collect())
        };
        Term {
            source,
            factor: 1.0,
            map,
        }
    };
    let terms = sources.iter().map(map).collect();
    let bias = rows.iter().map(|row| row.constant).collect();
    let (len, origin) = (rows.len(), ORIGIN.to_owned());
    program.push(Node::Linear(Linear {
        len,
        channels: len,
        terms,
        bias,
        origin,
    }))
}
