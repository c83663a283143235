//! The coordinates of one item, and the weights by which a multilinear extension takes its value.

use duces_protocol::classifier::Shape;
use ff::Field;
use halo2curves::bn256::Fr;

/// `z_1 … z_T | x_1 … x_N | 1 | n_1 | n_2`, filled with zeros to a power of two.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Places {
    /// Outputs of every pointwise node, in order.
    pub outputs: Vec<usize>,
    /// `T`, the place of the first byte of the view.
    pub input: usize,
    /// The place of the `1`.
    pub one: usize,
}

impl Places {
    /// The places of a classifier.
    #[must_use]
    pub fn new(classifier: &impl Shape) -> Self {
        let outputs: Vec<usize> = classifier
            .pointwise()
            .map(|(value, _)| classifier.len_of(value))
            .collect();
        let input = outputs.iter().sum();
        Self {
            outputs,
            input,
            one: input + classifier.input_len(),
        }
    }

    /// The place of the first mask, `n_1`.
    #[must_use]
    pub fn first_mask(&self) -> usize {
        self.one + 1
    }

    /// The place of the second mask, `n_2`.
    #[must_use]
    pub fn second_mask(&self) -> usize {
        self.one + 2
    }

    /// Places in use.
    #[must_use]
    pub fn len(&self) -> usize {
        self.one + 3
    }

    /// Whether there are none; never so.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        false
    }

    /// `μ`: the variables of the extension.
    #[must_use]
    pub fn variables(&self) -> u32 {
        self.len().next_power_of_two().ilog2()
    }
}

/// The weights `eq_i(r)` by place.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Extension {
    /// Of the outputs of every pointwise node, in order.
    pub outputs: Vec<Vec<Fr>>,
    /// Of the view.
    pub input: Vec<Fr>,
    /// Of the `1`.
    pub one: Fr,
    /// Of `n_1` and `n_2`.
    pub masks: [Fr; 2],
}

impl Extension {
    /// The weights at `r`, which has a challenge for every variable.
    #[must_use]
    pub fn new(places: &Places, r: &[Fr]) -> Self {
        let eq = weights(r);
        let mut rest = eq.as_slice();
        let node = |&len: &usize| {
            let (own, others) = rest.split_at(len);
            rest = others;
            own.to_vec()
        };
        Self {
            outputs: places.outputs.iter().map(node).collect(),
            input: eq[places.input..places.one].to_vec(),
            one: eq[places.one],
            masks: [eq[places.first_mask()], eq[places.second_mask()]],
        }
    }

    /// The weights of the outputs, `scale` times: they are needed no longer after that.
    pub fn take_outputs(&mut self, scale: Fr) -> Vec<Vec<Fr>> {
        let mut outputs = std::mem::take(&mut self.outputs);
        outputs.iter_mut().flatten().for_each(|eq| *eq *= scale);
        outputs
    }
}

/// `eq_i(r)` for `i < 2^μ`: `Π_j (r_j if bit j of i is set, else 1 − r_j)`, `r_1` belonging to the
/// highest bit.
#[must_use]
pub fn weights(r: &[Fr]) -> Vec<Fr> {
    let mut weights = vec![Fr::ONE];
    for r in r {
        weights = weights
            .iter()
            .flat_map(|weight| {
                let upper = *weight * r;
                [*weight - upper, upper]
            })
            .collect();
    }
    weights
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand_core::OsRng;

    #[test]
    fn the_first_variable_is_the_highest_bit() {
        let r: Vec<Fr> = (0..3).map(|_| Fr::random(OsRng)).collect();
        for (i, weight) in weights(&r).iter().enumerate() {
            let factors = r.iter().enumerate().map(|(j, r)| {
                let set = i >> (2 - j) & 1 == 1;
                if set { *r } else { Fr::ONE - r }
            });
            assert_eq!(*weight, factors.product::<Fr>());
        }
        assert_eq!(weights(&[Fr::ONE, Fr::ZERO]), [0, 0, 1, 0].map(Fr::from));
    }
}
