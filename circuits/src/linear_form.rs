//! Zero-knowledge opening of a linear form on a Pedersen vector commitment
//! (docs/protocol.md section 5.7, "Opening of a linear form").
//!
//! Statement: the prover knows `a` and `σ` with `Q = Σ a_i·G_i + σ·W` and `⟨l, a⟩ = t`, for public
//! `Q`, `l` and `t`. The proof is a sigma protocol made non-interactive. Its response is sent as it
//! is (`N` scalars), or replaced by a proof of knowledge of it in `2·log2 N` points: the compressed
//! sigma protocol of Attema and Cramer (CRYPTO 2020, section 4).
//!
//! Not proved: that `a` is zero on the generators past the form. Why the rest is enough stands in
//! docs/protocol.md section 5.6, "Soundness".

mod verify;

pub use verify::{Answer, Opening, Relation, Round};

use duces_protocol::hash_to_curve::hash_to_curve;
use duces_protocol::pedersen::Generators;
use halo2curves::bn256::{Fr, G1Affine};

/// The generators of a linear-form opening: those of the views, and one for the form's value.
#[derive(Clone, Debug)]
pub struct Bases {
    /// `G_0 …`, a power of two of them, and `W`.
    pub vector: Generators,
    /// `U`, the generator of the value of the form.
    pub value: G1Affine,
}

impl Bases {
    /// Derives the bases for views of `len` bytes: room for the view and its mask at index `len`.
    #[must_use]
    pub fn derive(len: usize) -> Self {
        Self::derive_for(len, 1)
    }

    /// Derives the bases for views of `len` bytes and so many masks after them.
    #[must_use]
    pub fn derive_for(len: usize, masks: usize) -> Self {
        Self {
            vector: Generators::derive((len + masks).next_power_of_two()),
            value: hash_to_curve("duces/linear-form/v1", &[0]),
        }
    }

    /// Length of the vectors: a power of two.
    #[must_use]
    pub fn len(&self) -> usize {
        self.vector.g.len()
    }

    /// Whether there are no bases; never so for derived ones.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.vector.g.is_empty()
    }
}

/// Which form of the response a batch uses: it follows from sizes that both sides know.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Response {
    /// The scalars as they are.
    Plain,
    /// Folded to `2·log2 N` points.
    Folded,
}

impl Response {
    /// Plain where its scalars cost at most 8 bytes an item, folded otherwise.
    #[must_use]
    pub fn choose(view_len: usize, items: usize) -> Self {
        if view_len <= items / 4 {
            Self::Plain
        } else {
            Self::Folded
        }
    }

    /// Bytes of an opening over vectors of which the first `used` entries are in use.
    #[must_use]
    pub fn byte_len(self, used: usize) -> usize {
        match self {
            Self::Plain => 32 * (3 + used),
            Self::Folded => 32 * (4 + 2 * used.next_power_of_two().ilog2() as usize),
        }
    }
}

/// `⟨a, b⟩`.
pub(crate) fn inner_product(a: &[Fr], b: &[Fr]) -> Fr {
    a.iter().zip(b).map(|(a, b)| *a * b).sum()
}
