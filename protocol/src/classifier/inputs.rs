//! Whether a proof shows that a view is made of bytes (docs/protocol.md section 4, "Views that are not
//! bytes").
//!
//! A view commitment may hold any field elements. A node that looks every element of the view up in a
//! table of `0 … 255` has an argument for none but bytes, whether or not anything reads its output.

use super::{Classifier, ClassifierError, Node, Pointwise, Table, ValueId};

impl Classifier {
    /// Whether a proof of this classifier's decision shows that the view is made of bytes: a table
    /// whose arguments are bytes reads the whole view.
    #[must_use]
    pub fn proves_bytes(&self) -> bool {
        self.nodes.iter().any(|node| match node {
            Node::Linear(_) => false,
            Node::Pointwise(Pointwise {
                source,
                shift,
                table,
            }) => {
                let table = &self.tables[*table as usize];
                let end = (i128::from(table.hi()) + 1) << shift;
                *source == ValueId(0) && table.lo >= 0 && end <= 256
            }
        })
    }

    /// The classifier with a node before all others that looks the view up in the identity on bytes.
    ///
    /// # Errors
    /// When this takes it beyond a limit.
    pub fn proving_bytes(self) -> Result<Self, ClassifierError> {
        let Self {
            input_len,
            nodes,
            mut tables,
            answers,
            ..
        } = self;
        let identity = Pointwise {
            source: ValueId(0),
            shift: 0,
            table: u32::try_from(tables.len()).expect("a classifier has at most 256 tables"),
        };
        tables.push(Table {
            lo: 0,
            outputs: (0..256).collect(),
        });
        let mut all = Vec::with_capacity(nodes.len() + 1);
        all.push(Node::Pointwise(identity));
        all.extend(nodes.into_iter().map(behind));
        Self::answering(answers, input_len, all, tables)
    }
}

/// A node with one more before it: what it reads has moved on, but for the view.
fn behind(mut node: Node) -> Node {
    let moved = |source: &mut ValueId| source.0 += u32::from(source.0 > 0);
    match &mut node {
        Node::Linear(linear) => linear
            .terms
            .iter_mut()
            .for_each(|term| moved(&mut term.source)),
        Node::Pointwise(pointwise) => moved(&mut pointwise.source),
    }
    node
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::classifier::{Linear, Map, Term};

    /// Two layers over four bytes, the second of which reads the first and the view.
    fn layers() -> Classifier {
        let term = |source, map| Term {
            source: ValueId(source),
            map,
        };
        let sum = |terms, bias| {
            Node::Linear(Linear {
                len: 1,
                terms,
                bias: vec![bias],
            })
        };
        let step = |source, table| {
            Node::Pointwise(Pointwise {
                source: ValueId(source),
                shift: 2,
                table,
            })
        };
        let dense = |weights: [i32; 4]| Map::Dense(weights.to_vec());
        let nodes = vec![
            sum(vec![term(0, dense([3, -5, 7, 1]))], -200),
            step(1, 0),
            sum(
                vec![term(2, Map::Scale(100)), term(0, dense([-1, 2, -3, 4]))],
                9,
            ),
            step(3, 0),
        ];
        let table = Table {
            lo: -1000,
            outputs: (-1000..1000).map(|h| i32::from(h >= 0)).collect(),
        };
        Classifier::new(4, nodes, vec![table]).unwrap()
    }

    #[test]
    fn every_decision_stays_and_every_byte_costs_a_row() {
        let plain = layers();
        let proving = plain.clone().proving_bytes().unwrap();
        assert!(proving.proves_bytes() && !plain.proves_bytes());
        assert_eq!(proving.activations(), plain.activations() + 4);
        let mut seen = [false; 2];
        for number in 0..2_000_u32 {
            let view = (number.wrapping_mul(2_654_435_761)).to_le_bytes();
            let matches = plain.matches(&view);
            seen[usize::from(matches)] = true;
            assert_eq!(proving.matches(&view), matches, "{view:?}");
        }
        assert_eq!(seen, [true; 2]);
        assert_eq!(Classifier::decode(&proving.encode()).unwrap(), proving);
    }

    #[test]
    fn only_a_table_of_bytes_over_the_whole_view_proves_them() {
        let with = |shift, table: Table, source| {
            let Classifier {
                mut nodes,
                mut tables,
                ..
            } = layers().proving_bytes().unwrap();
            tables[1] = table;
            nodes[0] = Node::Pointwise(Pointwise {
                source: ValueId(source),
                shift,
                table: 1,
            });
            Classifier::new(4, nodes, tables).map(|classifier| classifier.proves_bytes())
        };
        let table = |lo, len| Table {
            lo,
            outputs: vec![0; len],
        };
        assert_eq!(with(0, table(0, 256), 0), Ok(true));
        assert_eq!(with(4, table(0, 16), 0), Ok(true));
        assert_eq!(with(8, table(0, 1), 0), Ok(true));
        assert_eq!(with(0, table(0, 257), 0), Ok(false));
        assert_eq!(with(0, table(-1, 257), 0), Ok(false));
        assert_eq!(with(4, table(0, 17), 0), Ok(false));
        assert!(with(0, table(0, 255), 0).is_err(), "a byte has no argument");
    }
}
