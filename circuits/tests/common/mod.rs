//! Small classifiers and corpora for the tests.
#![allow(dead_code, missing_docs, clippy::unwrap_used)]

pub mod liar;
pub mod sealed;
pub mod simulation;

use duces_circuits::{Context, Dimensions, PublicItem, SecretItem, Width, plan};
use duces_protocol::classifier::{
    Classifier, Conv, Linear, Map, Node, Padding, Pointwise, Table, Term, ValueId,
};
use duces_protocol::digest::Digest;
use duces_protocol::pedersen::{Committer, Generators, ViewBlind, ViewCommitment};
use duces_protocol::request::{Request, Scheme};

pub fn term(source: u32, map: Map) -> Term {
    Term {
        source: ValueId(source),
        map,
    }
}

pub fn step() -> Table {
    Table {
        lo: -256,
        outputs: (-256..256).map(|q| i32::from(q >= 0)).collect(),
    }
}

pub fn relu(lo: i32, hi: i32, max: i32) -> Table {
    Table {
        lo,
        outputs: (lo..=hi).map(|q| q.clamp(0, max)).collect(),
    }
}

/// One step over a weighted sum of `weights.len()` bytes.
pub fn linear(weights: Vec<i32>, bias: i64, shift: u8) -> Classifier {
    let node = Linear {
        len: 1,
        terms: vec![term(0, Map::Dense(weights.clone()))],
        bias: vec![bias],
    };
    let decision = Pointwise {
        source: ValueId(1),
        shift,
        table: 0,
    };
    Classifier::new(
        weights.len() as u32,
        vec![Node::Linear(node), Node::Pointwise(decision)],
        vec![step()],
    )
    .unwrap()
}

/// A convolution, a residual connection, a dense layer and a step, on 6 × 6 bytes.
pub fn network() -> Classifier {
    let conv = |channels: u32, weights: Vec<i32>| {
        Map::Conv(Conv {
            in_channels: channels,
            in_height: 6,
            in_width: 6,
            out_channels: 2,
            kernel_height: 3,
            kernel_width: 3,
            stride: [1, 1],
            dilation: [1, 1],
            padding: Padding {
                top: 1,
                left: 1,
                bottom: 1,
                right: 1,
            },
            groups: 1,
            weights,
        })
    };
    let weights = |n: usize, m: i32| (0..n).map(|i| (i as i32 * 37 + 11) % m - m / 2).collect();
    let nodes = vec![
        Node::Linear(Linear {
            len: 72,
            terms: vec![term(0, conv(1, weights(18, 9)))],
            bias: vec![100, -50],
        }),
        Node::Pointwise(Pointwise {
            source: ValueId(1),
            shift: 5,
            table: 1,
        }),
        Node::Linear(Linear {
            len: 72,
            terms: vec![term(2, conv(2, weights(36, 7))), term(2, Map::Scale(3))],
            bias: vec![],
        }),
        Node::Pointwise(Pointwise {
            source: ValueId(3),
            shift: 4,
            table: 1,
        }),
        Node::Linear(Linear {
            len: 1,
            terms: vec![term(4, Map::Dense(weights(72, 61)))],
            bias: vec![-300],
        }),
        Node::Pointwise(Pointwise {
            source: ValueId(5),
            shift: 15,
            table: 0,
        }),
    ];
    Classifier::new(36, nodes, vec![step(), relu(-1024, 1024, 255)]).unwrap()
}

pub fn request(classifier: Classifier) -> Request {
    let view = format!("text-hash-{}", classifier.input_len());
    Request {
        commitment: Digest([7; 32]),
        view: view.parse().unwrap(),
        scheme: Scheme::Ipa,
        rule: "output[0] >= 0".to_owned(),
        model: Digest([8; 32]),
        classifier,
    }
}

/// The dimensions that the responding party would choose.
pub fn dimensions(classifier: &Classifier, bits: u32) -> Dimensions {
    let width = Width::from_bits(bits).unwrap();
    plan::best(classifier, width).unwrap().dimensions()
}

pub fn context(request: &Request) -> Context {
    Context {
        commitment: request.commitment,
        request: request.digest(),
    }
}

/// Views with their commitments, from a fixed pseudo-random sequence.
pub struct Corpus {
    pub views: Vec<Vec<u8>>,
    pub blinds: Vec<ViewBlind>,
    pub commitments: Vec<ViewCommitment>,
}

impl Corpus {
    pub fn new(view_len: usize, items: usize) -> Self {
        let mut state = 12345u64;
        let mut byte = || {
            state = state
                .wrapping_mul(6364136223846793005)
                .wrapping_add(1442695040888963407);
            (state >> 56) as u8
        };
        let views: Vec<Vec<u8>> = (0..items)
            .map(|_| (0..view_len).map(|_| byte()).collect())
            .collect();
        let blinds: Vec<ViewBlind> = (0..items).map(|_| ViewBlind::random()).collect();
        let committer = Committer::new(&Generators::derive(view_len), view_len);
        let pairs: Vec<(&[u8], &ViewBlind)> =
            views.iter().map(Vec::as_slice).zip(&blinds).collect();
        let commitments = committer.commit_many(&pairs);
        Self {
            views,
            blinds,
            commitments,
        }
    }

    pub fn secret(&self) -> Vec<SecretItem<'_>> {
        (0..self.views.len())
            .map(|i| SecretItem {
                position: i as u64,
                view: &self.views[i],
                blind: &self.blinds[i],
                commitment: self.commitments[i],
            })
            .collect()
    }

    pub fn public(&self, classifier: &Classifier) -> Vec<PublicItem> {
        (0..self.views.len())
            .map(|i| PublicItem {
                position: i as u64,
                commitment: self.commitments[i],
                matches: classifier.matches(&self.views[i]),
            })
            .collect()
    }
}
