//! From a classifier to an architecture and its weights, and back.

use super::architecture::{Architecture, Hidden, HiddenMap, HiddenTerm};
use crate::classifier::{
    Classifier, ClassifierError, Conv, Linear, Map, Node, Shape, Sparse, Term,
};
use std::collections::BTreeMap;

/// The most entries of a sparse map or selection that is turned into a dense one.
const MAX_DENSE: usize = 1 << 22;

/// The weights of a hidden map, in the order of its form.
type Values = Vec<i32>;

impl Architecture {
    /// Takes a classifier apart: what is public, and the hidden weights and biases in order.
    ///
    /// * Dense maps and convolutions are hidden. Public stays a window of a pooling (one channel a
    ///   group, more than one tap, all weights equal), and, as a matrix, a map of −1, 0 and 1 that reads
    ///   what hidden weights have touched: the comparisons of scores.
    /// * A sparse map becomes a hidden dense one, and so does a selection beside biases that differ:
    ///   what they leave out would speak.
    /// * Scalings and selections are public.
    /// * Biases are hidden wherever there are any: per channel of a convolution where they are so, per
    ///   element beside a dense map.
    ///
    /// # Errors
    /// Names the node and why it cannot be sealed.
    pub fn split(classifier: &Classifier) -> Result<(Self, Vec<i64>), ClassifierError> {
        let mut touched = vec![false; classifier.nodes().len() + 1];
        let mut nodes = Vec::new();
        let mut hidden = BTreeMap::new();
        let mut values = Vec::new();
        for (index, node) in classifier.nodes().iter().enumerate() {
            let Node::Linear(linear) = node else {
                nodes.push(node.clone());
                continue;
            };
            let error = |reason: String| ClassifierError::Node {
                node: index,
                reason,
            };
            let mut parts = Parts::default();
            for term in &linear.terms {
                let inputs = classifier.len_of(term.source);
                let source_touched = touched[term.source.index()];
                parts
                    .add(term, linear, inputs, source_touched)
                    .map_err(error)?;
            }
            let through = linear.terms.iter().any(|term| touched[term.source.index()]);
            let mut public = Linear {
                len: linear.len,
                terms: parts.public,
                bias: Vec::new(),
            };
            let bias = if parts.hidden.is_empty() {
                linear.bias.clone()
            } else {
                beside(&parts.hidden, linear)
            };
            if bias.iter().all(|&b| b == 0) && parts.hidden.is_empty() {
                touched[index + 1] = through;
            } else {
                touched[index + 1] = true;
                values.extend(parts.values);
                let biases = u32::try_from(bias.len()).unwrap_or(u32::MAX);
                values.extend(bias);
                let terms = parts.hidden;
                hidden.insert(index, Hidden { terms, biases });
            }
            public.terms.shrink_to_fit();
            nodes.push(Node::Linear(public));
        }
        let input_len = u32::try_from(classifier.input_len()).unwrap_or(u32::MAX);
        let tables = classifier.tables().to_vec();
        let answers = classifier.answers();
        let architecture = Self::new(answers, input_len, nodes, hidden, tables)?;
        Ok((architecture, values))
    }

    /// The classifier with these hidden weights and biases.
    ///
    /// # Errors
    /// When their number is another one, a weight does not have 32 bits, or the bounds do not hold.
    pub fn open(&self, values: &[i64]) -> Result<Classifier, ClassifierError> {
        let whole = |reason: &str| ClassifierError::Whole(reason.to_owned());
        if values.len() != self.parameters() {
            return Err(whole("there are more or fewer weights than it has"));
        }
        let mut nodes = self.nodes().to_vec();
        for (index, hidden, first) in self.hidden() {
            let Node::Linear(linear) = &mut nodes[index] else {
                continue;
            };
            let mut rest = &values[first..];
            for term in &hidden.terms {
                let count = self.weights_of(term, linear.len as usize);
                let (weights, others) = rest.split_at(count);
                rest = others;
                let weights: Result<Values, _> = weights.iter().map(|&w| w.try_into()).collect();
                let weights = weights.map_err(|_| whole("a weight does not have 32 bits"))?;
                let map = match &term.map {
                    HiddenMap::Dense => Map::Dense(weights),
                    HiddenMap::Conv(conv) => Map::Conv(Conv {
                        weights,
                        ..conv.clone()
                    }),
                };
                let source = term.source;
                linear.terms.push(Term { source, map });
            }
            linear.bias = rest[..hidden.biases as usize].to_vec();
        }
        let input_len = u32::try_from(self.input_len()).unwrap_or(u32::MAX);
        Classifier::answering(self.answers(), input_len, nodes, self.tables().to_vec())
    }
}

/// The terms of one node, sorted.
#[derive(Default)]
struct Parts {
    public: Vec<Term>,
    hidden: Vec<HiddenTerm>,
    values: Vec<i64>,
}

impl Parts {
    fn add(
        &mut self,
        term: &Term,
        linear: &Linear,
        inputs: usize,
        touched: bool,
    ) -> Result<(), String> {
        let (map, weights) = match &term.map {
            Map::Scale(_) => return self.publish(term),
            Map::Select(_) if !differ(&linear.bias) => return self.publish(term),
            Map::Conv(conv) if is_window(conv) => return self.publish(term),
            Map::Dense(weights) if touched && is_signs(weights) => return self.publish(term),
            Map::Conv(conv) if touched && is_signs(&conv.weights) => return self.publish(term),
            Map::Select(_) | Map::Sparse(_) => {
                let weights = dense(&term.map, inputs, linear.len as usize)?;
                let compares = matches!(term.map, Map::Sparse(_)) && !differ(&linear.bias);
                if touched && compares && is_signs(&weights) {
                    let (source, map) = (term.source, Map::Dense(weights));
                    return self.publish(&Term { source, map });
                }
                (HiddenMap::Dense, weights)
            }
            Map::Dense(weights) => (HiddenMap::Dense, weights.clone()),
            Map::Conv(conv) => {
                let form = Conv {
                    weights: Vec::new(),
                    ..conv.clone()
                };
                (HiddenMap::Conv(form), conv.weights.clone())
            }
        };
        self.values.extend(weights.into_iter().map(i64::from));
        let source = term.source;
        self.hidden.push(HiddenTerm { source, map });
        Ok(())
    }

    fn publish(&mut self, term: &Term) -> Result<(), String> {
        self.public.push(term.clone());
        Ok(())
    }
}

/// The biases beside hidden maps: one a channel where all maps are convolutions and the biases are
/// so, else one an element. So their number says nothing of which are equal or zero.
fn beside(terms: &[HiddenTerm], linear: &Linear) -> Vec<i64> {
    let all = linear.bias_vector();
    let mut channels = terms.iter().map(|term| match &term.map {
        HiddenMap::Conv(conv) => Some(conv.out_channels as usize),
        HiddenMap::Dense => None,
    });
    let first = channels.next().flatten();
    if let Some(count) = first.filter(|&count| channels.all(|other| other == Some(count))) {
        let mut planes = all.chunks_exact(all.len() / count);
        if planes.all(|plane| plane.iter().all(|b| *b == plane[0])) {
            return all.chunks_exact(all.len() / count).map(|p| p[0]).collect();
        }
    }
    all
}

fn differ(bias: &[i64]) -> bool {
    bias.iter().any(|b| *b != bias[0])
}

fn is_signs(weights: &[i32]) -> bool {
    weights.iter().all(|w| (-1..=1).contains(w))
}

/// Whether a convolution sums over windows, channel by channel.
fn is_window(conv: &Conv) -> bool {
    let channels = conv.groups == conv.in_channels && conv.groups == conv.out_channels;
    let taps = u64::from(conv.kernel_height) * u64::from(conv.kernel_width);
    channels && taps > 1 && conv.weights.iter().all(|w| *w == conv.weights[0])
}

/// The entries of a sparse map or selection as a matrix.
fn dense(map: &Map, inputs: usize, outputs: usize) -> Result<Values, String> {
    let entries = inputs.saturating_mul(outputs);
    if entries > MAX_DENSE {
        return Err(format!(
            "what its map from {inputs} to {outputs} elements leaves out would speak of the model, \
             and as a whole matrix it is too large"
        ));
    }
    let mut weights = vec![0; entries];
    match map {
        Map::Select(index) => {
            for (row, &column) in index.iter().enumerate() {
                if column != crate::classifier::map::ZERO {
                    weights[row * inputs + column as usize] = 1;
                }
            }
        }
        Map::Sparse(Sparse {
            offsets,
            columns,
            values,
        }) => {
            for (row, span) in offsets.windows(2).enumerate() {
                for entry in span[0] as usize..span[1] as usize {
                    let at = row * inputs + columns[entry] as usize;
                    let sum = i64::from(weights[at]) + i64::from(values[entry]);
                    weights[at] = sum
                        .try_into()
                        .map_err(|_| "a sum of its weights does not have 32 bits".to_owned())?;
                }
            }
        }
        Map::Scale(_) | Map::Dense(_) | Map::Conv(_) => {}
    }
    Ok(weights)
}
