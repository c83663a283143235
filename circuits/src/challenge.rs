//! What every challenge is the hash of (docs/protocol.md section 5.4, "Steps").
//!
//! The states form a chain: each is the hash of the one before and of everything published since.
//! A challenge is a scalar drawn from a state under a label.

use duces_protocol::answers::Answer;
use duces_protocol::digest::{Digest, TaggedHash};
use duces_protocol::request::Request;
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

impl Context {
    /// The context of a proof that answers this request, under the commitment that it names.
    #[must_use]
    pub fn of(request: &Request) -> Self {
        Self {
            commitment: request.commitment,
            request: request.digest(),
        }
    }
}

/// The public part of one item, as the challenge sees it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ItemRecord {
    /// Position in the commitment.
    pub position: u64,
    /// The compressed view commitment.
    pub commitment: [u8; 32],
    /// What the classifier says of it.
    pub answer: Answer,
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
        Self::of(
            "duces/batch/v2",
            context,
            layout,
            key,
            batch,
            items,
            masks,
            first_phase,
        )
    }

    /// The same for a sealed classifier, with one mask commitment for all groups.
    #[must_use]
    pub fn sealed_first_phase(
        context: &Context,
        layout: Digest,
        key: &[u8; 32],
        batch: u64,
        items: &[ItemRecord],
        mask: &[u8; 32],
        first_phase: &[u8],
    ) -> Self {
        let (tag, masks) = ("duces/sealed-batch/v1", std::slice::from_ref(mask));
        Self::of(tag, context, layout, key, batch, items, masks, first_phase)
    }

    #[allow(clippy::too_many_arguments, reason = "the parts of one hash, in order")]
    fn of(
        tag: &str,
        context: &Context,
        layout: Digest,
        key: &[u8; 32],
        batch: u64,
        items: &[ItemRecord],
        masks: &[[u8; 32]],
        first_phase: &[u8],
    ) -> Self {
        let mut hash = TaggedHash::new(tag)
            .part(&context.commitment.0)
            .part(&context.request.0)
            .part(&layout.0)
            .part(key)
            .number(batch)
            .number(items.len() as u64);
        for item in items {
            hash = hash.number(item.position).part(&item.commitment);
            hash = match &item.answer {
                Answer::Match(bit) => hash.number(u64::from(*bit)),
                Answer::Class(class) => hash.number(u64::from(*class)),
                Answer::Scores(scores) => {
                    let bytes: Vec<u8> = scores.iter().flat_map(|z| z.to_le_bytes()).collect();
                    hash.part(&bytes)
                }
            };
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

/// Step 3: `ρ` and `η`, and the state that they were drawn from.
#[derive(Clone, Copy, Debug)]
pub struct Weights {
    /// The state of the chain.
    pub state: State,
    /// `ρ`, whose powers weigh the relations of an item.
    pub rho: Fr,
    /// `η`, whose powers weigh the items of a group.
    pub eta: Fr,
}

impl Weights {
    /// Draws them after everything that they weigh; the arguments are those of
    /// [`State::first_phase`].
    #[must_use]
    pub fn draw(
        context: &Context,
        layout: Digest,
        key: &[u8; 32],
        batch: u64,
        items: &[ItemRecord],
        masks: &[[u8; 32]],
        first_phase: &[u8],
    ) -> Self {
        let state = State::first_phase(context, layout, key, batch, items, masks, first_phase);
        Self {
            state,
            rho: state.scalar("rho"),
            eta: state.scalar("eta"),
        }
    }
}

/// Step 6: `θ`, whose powers weigh the groups in the opening, and the state that the opening goes on
/// from. It follows the masked values `y` and the circuit's proof.
#[must_use]
pub fn theta(weights: &Weights, y: &[u8], circuit: &[u8]) -> (State, Fr) {
    let state = weights.state.absorb("y", y).absorb("circuit", circuit);
    (state, state.scalar("theta"))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Everything that the first state hashes.
    #[derive(Clone)]
    struct Inputs {
        context: Context,
        layout: Digest,
        key: [u8; 32],
        batch: u64,
        items: Vec<ItemRecord>,
        masks: Vec<[u8; 32]>,
        first_phase: Vec<u8>,
    }

    impl Inputs {
        fn state(&self) -> State {
            State::first_phase(
                &self.context,
                self.layout,
                &self.key,
                self.batch,
                &self.items,
                &self.masks,
                &self.first_phase,
            )
        }
    }

    #[test]
    fn every_field_moves_the_challenge() {
        let item = ItemRecord {
            position: 5,
            commitment: [6; 32],
            answer: Answer::Match(false),
        };
        let inputs = Inputs {
            context: Context {
                commitment: Digest([1; 32]),
                request: Digest([2; 32]),
            },
            layout: Digest([3; 32]),
            key: [4; 32],
            batch: 0,
            items: vec![item.clone(), item],
            masks: vec![[7; 32], [7; 32]],
            first_phase: vec![8; 64],
        };
        let changes: [fn(&mut Inputs); 14] = [
            |i| i.context.commitment.0[0] ^= 1,
            |i| i.context.request.0[31] ^= 1,
            |i| i.layout.0[3] ^= 1,
            |i| i.key[3] ^= 1,
            |i| i.batch = 1,
            |i| i.items[0].position = 4,
            |i| i.items[1].commitment[9] ^= 1,
            |i| i.items[1].answer = Answer::Match(true),
            |i| i.items.truncate(1),
            |i| i.items.push(i.items[0].clone()),
            |i| i.masks[1][0] ^= 1,
            |i| i.masks.truncate(1),
            |i| i.first_phase[63] ^= 1,
            |i| i.first_phase.truncate(63),
        ];
        let mut seen = vec![inputs.state().scalar("rho"), inputs.state().scalar("eta")];
        for change in changes {
            let mut other = inputs.clone();
            change(&mut other);
            seen.push(other.state().scalar("rho"));
        }
        let next = inputs.state().absorb("y", b"1");
        seen.extend([
            next.scalar("rho"),
            inputs.state().absorb("y", b"2").scalar("rho"),
        ]);
        seen.push(inputs.state().absorb("z", b"1").scalar("rho"));
        for (i, challenge) in seen.iter().enumerate() {
            assert!(
                !seen[..i].contains(challenge),
                "change {i} does not move the challenge"
            );
        }
    }
}
