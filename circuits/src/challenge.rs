//! What every challenge is the hash of (docs/protocol.md section 5.4).
//!
//! The states form a chain: each is the hash of the one before and of everything published since.
//! A challenge is a scalar drawn from a state under a label.

use duces_protocol::digest::{Digest, TaggedHash};
use ff::FromUniformBytes;
use halo2curves::bn256::Fr;

/// What a proof is bound to besides its batch.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Context {
    /// Digest of the commitment: root, number of items, profile.
    pub commitment: Digest,
    /// Digest of the request: view, scheme, classifier.
    pub request: Digest,
}

/// The public part of one item, as the challenge sees it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ItemRecord {
    /// Position in the commitment.
    pub position: u64,
    /// The compressed view commitment.
    pub commitment: [u8; 32],
    /// The decision.
    pub matches: bool,
}

/// A state of the chain.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct State(Digest);

impl State {
    /// The state after the first phase: everything that `ρ` and `η` must follow.
    ///
    /// * `layout`: digest of the layout; `key`: the library's digest of the verifying key;
    /// * `batch`: number of the batch; `items`: its items in order;
    /// * `masks`: the compressed mask commitments `M_c`;
    /// * `first_phase`: the compressed commitments to the first-phase columns.
    #[must_use]
    pub fn first_phase(
        context: &Context,
        layout: Digest,
        key: &[u8; 32],
        batch: u64,
        items: &[ItemRecord],
        masks: &[[u8; 32]],
        first_phase: &[u8],
    ) -> Self {
        let mut hash = TaggedHash::new("duces/batch/v1")
            .part(&context.commitment.0)
            .part(&context.request.0)
            .part(&layout.0)
            .part(key)
            .number(batch)
            .number(items.len() as u64);
        for item in items {
            hash = hash
                .number(item.position)
                .part(&item.commitment)
                .number(u64::from(item.matches));
        }
        hash = hash.number(masks.len() as u64);
        for mask in masks {
            hash = hash.part(mask);
        }
        Self(hash.part(first_phase).finish())
    }

    /// The state after more was published.
    #[must_use]
    pub fn absorb(&self, label: &str, published: &[u8]) -> Self {
        let hash = TaggedHash::new("duces/absorb/v1")
            .part(&self.0.0)
            .part(label.as_bytes());
        Self(hash.part(published).finish())
    }

    /// The challenge of this state under a label: 64 bytes of hash output, reduced.
    #[must_use]
    pub fn scalar(&self, label: &str) -> Fr {
        let mut wide = [0; 64];
        for (half, chunk) in (0..).zip(wide.chunks_exact_mut(32)) {
            let hash = TaggedHash::new("duces/challenge/v1").part(&self.0.0);
            chunk.copy_from_slice(&hash.part(label.as_bytes()).number(half).finish().0);
        }
        Fr::from_uniform_bytes(&wide)
    }
}
