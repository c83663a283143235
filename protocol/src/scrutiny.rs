//! What is unusual about a classifier: whether it matches nearly everything, or reads next to
//! nothing.
//!
//! The trial documents and the weights of the count of bytes follow from the digests of request
//! and commitment: all parties see the same warnings, and a classifier that is made to pass one
//! set of trials meets another, because it is part of the request. A requester may still draft
//! many requests and send the one that looks best.
//!
//! Not shown: that the classifier finds what the rule's words suggest. This finds crude extraction,
//! not fine one.

mod influence;

use crate::answers::AnswerKind;
use crate::classifier::{Classifier, Map, Node, limits, live};
use crate::digest::{Digest, TaggedHash};
use crate::request::Request;
use crate::view::Kind;
use influence::Influence;
use rayon::prelude::*;

/// So few bytes dominate a classifier that it is said.
const DOMINATED: f64 = 3.0;

/// Views that look like nothing in particular, on which the decision is tried: the most, and the
/// least where one evaluation takes long.
const TRIALS: (u64, u64) = (32, 3);

/// What a court should know of a request's classifier, as sentences.
#[must_use]
pub fn warnings(request: &Request) -> Vec<String> {
    let classifier = &request.classifier;
    let seed = Seed::new(request);
    let (tried, (read, effective)) = rayon::join(
        || matching_trials(classifier, request.view.kind(), &seed),
        || {
            let influence = Influence::new(classifier);
            (
                inputs_read(classifier, &influence, &seed),
                influence.effective_inputs(),
            )
        },
    );
    let mut warnings = Vec::new();
    let asks_for_matches = classifier.answers() == AnswerKind::Match;
    match decided(classifier) {
        _ if !asks_for_matches => {}
        Some(true) => warnings.push("every possible document matches this request".to_owned()),
        Some(false) => warnings.push("no possible document matches this request".to_owned()),
        None => {
            let (matching, trials) = tried;
            if matching * 10 >= trials * 9 {
                warnings.push(format!(
                    "{matching} of {trials} meaningless documents (blank, full, noise) match: the \
                     request may match nearly everything"
                ));
            }
        }
    }
    let all = classifier.input_len();
    let few = all.div_ceil(100).max(8);
    if read < few {
        warnings.push(format!(
            "the decision depends on {read} of the {all} bytes of the view: it may extract single \
             features of documents rather than find a kind of document"
        ));
    }
    if read >= few && effective < DOMINATED {
        warnings.push(format!(
            "single bytes outweigh all others: by the size of its weights the decision depends on \
             about {effective:.1} of the {all} bytes of the view"
        ));
    }
    warnings
}

/// The decision, where bounds alone fix it for all documents.
fn decided(classifier: &Classifier) -> Option<bool> {
    match classifier.bounds().values.last() {
        Some((1, 1)) => Some(true),
        Some((0, 0)) => Some(false),
        _ => None,
    }
}

/// Tries the decision on meaningless documents: how many match, and how many there were.
fn matching_trials(classifier: &Classifier, kind: Kind, seed: &Seed) -> (u64, u64) {
    let (most, least) = TRIALS;
    let trials = (limits::WORK / classifier.work().max(1)).clamp(least, most);
    // So many at a time that their values take 64 MB.
    let live = live::peak(classifier.nodes(), &classifier.lens);
    let together = ((1 << 23) / live.max(1)).clamp(1, trials);
    let matching = (0..trials).step_by(together as usize).map(|first| {
        (first..trials.min(first + together))
            .into_par_iter()
            .filter(|&trial| {
                let view = trial_view(classifier.input_len(), kind, trial, trials, seed);
                classifier.matches(&view)
            })
            .count() as u64
    });
    (matching.sum(), trials)
}

/// A blank page, a full one, and noise: of rising brightness for images; for texts of a rising
/// number of words, each counted once or twice.
fn trial_view(len: usize, kind: Kind, trial: u64, trials: u64, seed: &Seed) -> Vec<u8> {
    let full = match kind {
        Kind::Image => 255,
        Kind::Text => 1,
    };
    let (Some(level), levels) = ((trial + 1).checked_sub(2), trials - 2) else {
        return vec![0; len];
    };
    if level == 0 {
        return vec![full; len];
    }
    let top = 255 * level / levels + 1;
    let words = 2 * (30 * level / levels).max(1);
    let mut stream = seed.stream(1 + trial);
    let mut byte = || {
        let random = stream.next();
        match kind {
            Kind::Image => u8::try_from(random % top).unwrap_or(u8::MAX),
            Kind::Text if random % 1024 < words => 1 + u8::from(random >> 63 == 1),
            Kind::Text => 0,
        }
    };
    (0..len).map(|_| byte()).collect()
}

/// Number of bytes of the view that reach a pre-activation which can move the decision: a random
/// combination of these has a zero coefficient elsewhere, and only there but for a chance of about
/// `2^-61`.
///
/// It is computed modulo the prime `2^61 − 1`. As no accumulator leaves `±2^62` whatever a byte
/// is, the coefficient of a byte in a pre-activation is below `2^56`: it is zero as an integer
/// where it is zero modulo the prime.
fn inputs_read(classifier: &Classifier, influence: &Influence, seed: &Seed) -> usize {
    // Whether a value is computed from the view by linear nodes alone.
    let mut linear_in_view = vec![true];
    for node in classifier.nodes() {
        let Node::Linear(linear) = node else {
            linear_in_view.push(false);
            continue;
        };
        let mut sources = linear.terms.iter().map(|term| term.source.index());
        linear_in_view.push(sources.any(|source| linear_in_view[source]));
    }
    let mut sums: Vec<Vec<i128>> = vec![Vec::new(); linear_in_view.len()];
    let mut moves = influence.moves.iter().rev();
    let mut stream = seed.stream(0);
    for (index, node) in classifier.nodes().iter().enumerate().rev() {
        match node {
            Node::Pointwise(pointwise) => {
                let moves = moves.next().expect("one list for each pointwise node");
                let source = pointwise.source.index();
                if !linear_in_view[source] {
                    continue;
                }
                sums[source].resize(moves.len(), 0);
                for (sum, _) in sums[source].iter_mut().zip(moves).filter(|(_, m)| **m) {
                    *sum += i128::from(stream.next() >> 3);
                }
            }
            Node::Linear(linear) => {
                let own = std::mem::take(&mut sums[index + 1]);
                let own: Vec<i64> = own.into_iter().map(reduced).collect();
                if own.is_empty() {
                    continue;
                }
                for term in &linear.terms {
                    let source = term.source.index();
                    if linear_in_view[source] {
                        sums[source].resize(classifier.len_of(term.source), 0);
                        let target = &mut sums[source];
                        add_transposed(&term.map, &own, target, |sum, own, weight| {
                            *sum += i128::from(*own) * i128::from(weight);
                        });
                    }
                }
            }
        }
    }
    let read = sums[0].iter().filter(|&&v| reduced(v) != 0);
    read.count()
}

/// Modulo `2^61 − 1`, where `2^61` is 1.
fn reduced(v: i128) -> i64 {
    const PRIME: i128 = (1 << 61) - 1;
    let fold = |v: i128| (v & PRIME) + (v >> 61);
    // The first sum is below 2^67 in magnitude, the second in −64 ..= 2^61 + 63.
    let v = fold(fold(v));
    let v = if v < 0 { v + PRIME } else { v };
    (if v >= PRIME { v - PRIME } else { v }) as i64
}

/// `g += Aᵀ·h` on one core, while others try documents.
fn add_transposed<H, G>(map: &Map, h: &[H], g: &mut [G], add: impl Fn(&mut G, &H, i32)) {
    map.walk(g.len(), h.len(), |run| {
        let h = &h[run.output..run.output + run.count];
        let g = g[run.input..].iter_mut().step_by(run.input_step);
        g.zip(h).for_each(|(g, h)| add(g, h, run.weight));
    });
}

/// What the random choices of one request follow from.
struct Seed(Digest);

impl Seed {
    fn new(request: &Request) -> Self {
        let hash = TaggedHash::new("duces/scrutiny/v1")
            .part(&request.digest().0)
            .part(&request.commitment.0);
        Self(hash.finish())
    }

    /// An independent stream for each purpose.
    fn stream(&self, purpose: u64) -> SplitMix {
        let hash = TaggedHash::new("duces/scrutiny/stream/v1")
            .part(&self.0.0)
            .number(purpose)
            .finish();
        let mut first = [0; 8];
        first.copy_from_slice(&hash.0[..8]);
        SplitMix(u64::from_le_bytes(first))
    }
}

/// The generator SplitMix64: the same trials on every machine. No secret depends on it.
struct SplitMix(u64);

impl SplitMix {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }
}

#[cfg(test)]
mod tests;
