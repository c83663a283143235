//! How long a value is needed: from the node that defines it to the last node that reads it.
//!
//! Evaluation, bounds and coefficients all free a value then, so that memory follows the widest
//! part of a classifier and not its length.

use super::{Node, ValueId};

/// The values that a node reads.
pub fn sources(node: &Node) -> impl Iterator<Item = ValueId> + '_ {
    let (terms, pointwise) = match node {
        Node::Linear(linear) => (linear.terms.as_slice(), None),
        Node::Pointwise(pointwise) => (&[][..], Some(pointwise.source)),
    };
    terms.iter().map(|term| term.source).chain(pointwise)
}

/// For each node, the values that no later node reads and that it reads itself or defines. The
/// last value is never among them.
pub fn last_read(nodes: &[Node]) -> Vec<Vec<ValueId>> {
    let reads: Vec<Vec<ValueId>> = nodes.iter().map(|node| sources(node).collect()).collect();
    last_read_of(&reads)
}

/// The same, given the values that every node reads.
pub fn last_read_of(reads: &[Vec<ValueId>]) -> Vec<Vec<ValueId>> {
    let mut last: Vec<usize> = (0..=reads.len()).map(|value| value.max(1) - 1).collect();
    for (index, sources) in reads.iter().enumerate() {
        for source in sources {
            last[source.index()] = index;
        }
    }
    let mut freed = vec![Vec::new(); reads.len()];
    for (value, &node) in (0..).zip(&last[..reads.len()]) {
        freed[node].push(ValueId(value));
    }
    freed
}

/// The most elements that are needed at one time, `lens` being the elements of every value.
pub fn peak(nodes: &[Node], lens: &[u32]) -> u64 {
    peak_of(&last_read(nodes), lens)
}

/// The same, given the values that every node frees.
pub fn peak_of(freed: &[Vec<ValueId>], lens: &[u32]) -> u64 {
    let mut live = u64::from(lens[0]);
    let mut peak = live;
    for (freed, len) in freed.iter().zip(&lens[1..]) {
        live += u64::from(*len);
        peak = peak.max(live);
        live -= freed
            .iter()
            .map(|value| u64::from(lens[value.index()]))
            .sum::<u64>();
    }
    peak
}

#[cfg(test)]
mod tests {
    use super::super::{Linear, Map, Pointwise, Term};
    use super::*;

    fn scale(sources: &[u32]) -> Node {
        let term = |&source| Term {
            source: ValueId(source),
            map: Map::Scale(1),
        };
        Node::Linear(Linear {
            len: 1,
            terms: sources.iter().map(term).collect(),
            bias: Vec::new(),
        })
    }

    #[test]
    fn values_are_needed_until_they_are_read_last() {
        let step = Node::Pointwise(Pointwise {
            source: ValueId(4),
            shift: 0,
            table: 0,
        });
        // Value 2 is read by nobody, the view twice.
        let nodes = [
            scale(&[0]),
            scale(&[1]),
            scale(&[1, 0, 1]),
            scale(&[3]),
            step,
        ];
        let freed: Vec<Vec<u32>> = last_read(&nodes)
            .iter()
            .map(|list| list.iter().map(|value| value.0).collect())
            .collect();
        assert_eq!(freed, [vec![], vec![2], vec![0, 1], vec![3], vec![4]]);
        assert_eq!(peak(&nodes, &[100, 10, 1000, 1, 1, 1]), 1110);
        assert_eq!(peak(&nodes, &[100, 10, 1, 1, 1, 1]), 111);
    }
}
