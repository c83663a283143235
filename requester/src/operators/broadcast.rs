//! Multidirectional broadcasting of shapes, as in numpy.

use crate::onnx::Refusal;
use duces_protocol::classifier::limits;

/// Two shapes stretched to a common one.
#[derive(Debug)]
pub struct Broadcast {
    /// The common shape.
    pub shape: Vec<usize>,
    /// For each element of the common shape, its place in the left operand.
    pub left: Vec<u32>,
    /// The same for the right operand.
    pub right: Vec<u32>,
}

impl Broadcast {
    /// Stretches two shapes.
    ///
    /// # Errors
    /// When they do not fit.
    pub fn new(left: &[usize], right: &[usize]) -> Result<Self, Refusal> {
        let rank = left.len().max(right.len());
        let size = |shape: &[usize], axis: usize| {
            (axis + shape.len())
                .checked_sub(rank)
                .map_or(1, |axis| shape[axis])
        };
        let mut shape = Vec::with_capacity(rank);
        for axis in 0..rank {
            shape.push(match (size(left, axis), size(right, axis)) {
                (a, b) if a == b || b == 1 => a,
                (1, b) => b,
                _ => {
                    return Err(Refusal::malformed(format!(
                        "shapes {left:?} and {right:?} do not fit"
                    )));
                }
            });
        }
        let len = shape.iter().try_fold(1usize, |n, &d| n.checked_mul(d));
        if len.is_none_or(|len| len > limits::VALUE_LEN) {
            return Err(Refusal::new(
                "its output is too large",
                "use a smaller network",
            ));
        }
        Ok(Self {
            left: stretch(left, &shape),
            right: stretch(right, &shape),
            shape,
        })
    }
}

/// For each element of `to`, its place in a tensor of shape `from`, which is stretched to it.
pub fn stretch(from: &[usize], to: &[usize]) -> Vec<u32> {
    let skipped = to.len() - from.len();
    let mut index = vec![0u32];
    // From the outermost axis inwards: the index of a prefix, times the size, plus the next.
    for (axis, &size) in to.iter().enumerate() {
        let own = axis.checked_sub(skipped).map_or(1, |axis| from[axis]);
        let mut next = Vec::with_capacity(index.len() * size);
        for &prefix in &index {
            for i in 0..size as u32 {
                next.push(prefix * own as u32 + if own == 1 { 0 } else { i });
            }
        }
        index = next;
    }
    index
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn channels_and_scalars() {
        let both = Broadcast::new(&[1, 2, 2], &[2, 1]).unwrap();
        assert_eq!(both.shape, [1, 2, 2]);
        assert_eq!(both.left, [0, 1, 2, 3]);
        assert_eq!(both.right, [0, 0, 1, 1]);
        assert_eq!(Broadcast::new(&[], &[3]).unwrap().left, [0, 0, 0]);
        assert!(Broadcast::new(&[2], &[3]).is_err());
    }
}
