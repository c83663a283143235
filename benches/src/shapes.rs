//! Classifiers of given shapes with pseudo-random weights: speed does not depend on training.

mod builder;

use builder::Builder;
use duces_kit::mobilenet::{CLASSES, MobileNet};
use duces_protocol::classifier::{Classifier, Map, Sparse};
use duces_protocol::request::{AnyRequest, Request};
use rand_core::RngCore;

/// A shape of the harness: its name, what it reads, and its classifier.
pub struct Shape {
    pub name: &'static str,
    pub view: &'static str,
    pub views: Views,
    pub classifier: fn() -> Classifier,
}

/// What is proved: the request of a shape, or one from a file.
pub struct Job {
    /// The shape's name, or the file's.
    pub name: String,
    /// What its views look like.
    pub views: Views,
    pub request: Request,
}

impl Job {
    /// A shape, or a request in a file whose name ends in `.request`.
    pub fn read(name: &str) -> Result<Self, String> {
        if name.ends_with(".request") {
            let bytes = std::fs::read(name).map_err(|error| format!("{name}: {error}"))?;
            return Ok(Self {
                name: name.to_owned(),
                views: Views::Photograph,
                request: match AnyRequest::decode(&bytes) {
                    Ok(AnyRequest::Public(request)) => *request,
                    Ok(AnyRequest::Sealed(_)) => return Err(format!("{name} is sealed")),
                    Err(error) => return Err(format!("{name}: {error}")),
                },
            });
        }
        let shape = ALL.iter().find(|shape| shape.name == name);
        let shape = shape.ok_or_else(|| format!("'{name}' is not a shape"))?;
        Ok(Self {
            name: name.to_owned(),
            views: shape.views,
            request: Request {
                view: shape.view.parse().expect("a view of this program"),
                ..duces_kit::request::of((shape.classifier)())
            },
        })
    }
}

/// What pseudo-random views look like.
#[derive(Clone, Copy)]
pub enum Views {
    /// One byte in 40 is a small count: a message of a hundred different words.
    Text,
    /// One byte in five is ink.
    Digits,
    /// Every byte is a pixel.
    Photograph,
}

/// All shapes.
pub const ALL: [Shape; 6] = [
    Shape {
        name: "linear",
        view: "text-hash-4096",
        views: Views::Text,
        classifier: linear,
    },
    Shape {
        name: "network",
        view: "text-hash-4096",
        views: Views::Text,
        classifier: network,
    },
    Shape {
        name: "forest",
        view: "text-hash-4096",
        views: Views::Text,
        classifier: forest,
    },
    Shape {
        name: "mnist",
        view: "gray-28x28",
        views: Views::Digits,
        classifier: mnist,
    },
    Shape {
        name: "mobilenet-0.35",
        view: "rgb-96x96",
        views: Views::Photograph,
        classifier: || mobilenet(35, 96),
    },
    Shape {
        name: "mobilenet-0.75",
        view: "rgb-192x192",
        views: Views::Photograph,
        classifier: || mobilenet(75, 192),
    },
];

/// A linear classifier on `text-hash-4096`.
fn linear() -> Classifier {
    Builder::new([4096, 1, 1]).dense(1).decide()
}

/// A network 4096-64-1.
fn network() -> Classifier {
    Builder::new([4096, 1, 1])
        .dense(64)
        .relu()
        .dense(1)
        .decide()
}

/// The layers of zkml's MNIST example.
fn mnist() -> Classifier {
    Builder::new([1, 28, 28])
        .conv(8, 3, 1, 0, 1)
        .relu()
        .pool(2)
        .conv(16, 3, 1, 0, 1)
        .relu()
        .pool(2)
        .conv(16, 3, 1, 0, 1)
        .relu()
        .conv(4, 1, 1, 0, 1)
        .relu()
        .dense(64)
        .relu()
        .dense(10)
        .relu()
        .dense(1)
        .decide()
}

/// A random forest of 100 trees as they grow on the counts of words: depth 8, but thin, because most
/// words are rare. One row for each different pair of a word and a threshold, then one for each leaf.
fn forest() -> Classifier {
    const TREES: u32 = 100;
    const WORDS: u32 = 900;
    const LEAVES: u32 = 28;
    let mut builder = Builder::new([4096, 1, 1]);
    let words: Vec<u32> = (0..WORDS).map(|i| i * 4 + 1).collect();
    builder = builder.select(words);
    builder = builder.pointwise(1);
    let mut leaves = Sparse {
        offsets: vec![0],
        columns: Vec::new(),
        values: Vec::new(),
    };
    let mut bias = Vec::new();
    for _ in 0..TREES * (LEAVES - 1) {
        // A path: distinct literals, all of which must hold.
        let depth = 3 + builder.rng.next_u32() % 6;
        let first = builder.rng.next_u32() % (WORDS - 8);
        let mut needed = 0;
        for literal in 0..depth {
            let sign = if builder.rng.next_u32().is_multiple_of(2) {
                1
            } else {
                -1
            };
            needed += i64::from(sign == 1);
            leaves.columns.push(first + literal);
            leaves.values.push(sign);
        }
        leaves.offsets.push(leaves.columns.len() as u32);
        bias.push(-needed);
    }
    builder.shape = [bias.len() as u32, 1, 1];
    builder = builder.linear_with(Map::Sparse(leaves), bias);
    builder.pointwise(1).dense(1).decide()
}

/// MobileNet v2 with a width multiplier in per cents, for square images; five is the class.
fn mobilenet(width: u32, side: u32) -> Classifier {
    let network = MobileNet::new(width);
    let mut builder = Builder::new([3, side, side])
        .conv(network.first, 3, 2, 1, 1)
        .relu();
    for bottleneck in network.bottlenecks {
        builder = builder.bottleneck(bottleneck);
    }
    let last = builder.shape[1];
    builder
        .conv(network.last, 1, 1, 0, 1)
        .relu()
        .pool(last)
        .dense(CLASSES)
        .argmax(5)
}
