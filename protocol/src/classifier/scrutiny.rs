//! What is unusual about a classifier: whether it matches nearly everything, or reads next to
//! nothing.
//!
//! Not shown: that the classifier finds what the rule's words suggest. This finds crude extraction,
//! not fine one.

use super::adjoint::small;
use super::{Classifier, Node, ValueId};
use crate::view::Kind;
use halo2curves::bn256::Fr;

/// So few bytes dominate a classifier that it is said.
const DOMINATED: f64 = 3.0;

/// Views that look like nothing in particular, on which the decision is tried.
const TRIALS: usize = 32;

/// What a court should know of a classifier, as sentences.
#[must_use]
pub fn warnings(classifier: &Classifier, kind: Kind) -> Vec<String> {
    let mut warnings = Vec::new();
    match decided(classifier) {
        Some(true) => warnings.push("every possible document matches this request".to_owned()),
        Some(false) => warnings.push("no possible document matches this request".to_owned()),
        None => {
            let matching = trial_views(classifier.input_len(), kind)
                .iter()
                .filter(|view| classifier.matches(view))
                .count();
            if matching * 10 >= TRIALS * 9 {
                warnings.push(format!(
                    "{matching} of {TRIALS} meaningless documents (blank, full, noise) match: the \
                     request may match nearly everything"
                ));
            }
        }
    }
    let (read, all) = (inputs_read(classifier), classifier.input_len());
    let few = all.div_ceil(100).max(8);
    if read < few {
        warnings.push(format!(
            "the decision depends on {read} of the {all} bytes of the view: it may extract single \
             features of documents rather than find a kind of document"
        ));
    }
    let effective = effective_inputs(classifier);
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

/// Number of bytes of the view that reach a linear node or table with a weight other than zero:
/// a random combination of all rows has a zero coefficient elsewhere, and but for a chance of
/// about 2^-190 only there.
fn inputs_read(classifier: &Classifier) -> usize {
    let mut state = 1u64;
    let mut random = || small::<Fr>((splitmix(&mut state) >> 1).cast_signed());
    let weights: Vec<Vec<Fr>> = classifier
        .pointwise()
        .map(|(value, _)| (0..classifier.len_of(value)).map(|_| random()).collect())
        .collect();
    let adjoint = classifier.adjoint(&weights);
    adjoint
        .input
        .iter()
        .filter(|coefficient| **coefficient != Fr::zero())
        .count()
}

/// How many bytes would have the same concentration of influence if all counted alike:
/// `(Σ v)² / Σ v²`. The influence `v` of a byte is the sum over all paths to the decision of the
/// products of absolute weights, a table counting with its average slope. A rough measure: it sees
/// one weight that dwarfs the others, and not what weights cancel.
fn effective_inputs(classifier: &Classifier) -> f64 {
    let bounds = &classifier.bounds().values;
    let lens = (0..bounds.len()).map(|value| classifier.len_of(ValueId(value as u32)));
    let mut influence: Vec<Vec<f64>> = lens.map(|len| vec![0.0; len]).collect();
    if let Some(decision) = influence.last_mut() {
        decision.fill(1.0);
    }
    for (index, node) in classifier.nodes().iter().enumerate().rev() {
        let mut own = std::mem::take(&mut influence[index + 1]);
        // Only proportions count; products of many weights must stay finite. Every value is looked
        // at once: hostile classifiers have many nodes beside long values.
        let largest = own.iter().copied().fold(0.0, f64::max);
        if largest > 1e100 {
            let all = influence.iter_mut().flatten().chain(&mut own);
            all.for_each(|v| *v *= 1e-100 / largest);
        }
        match node {
            Node::Pointwise(pointwise) => {
                let (lo, hi) = bounds[pointwise.source.index()];
                let (low, high) = bounds[index + 1];
                let slope = (high - low) as f64 / (hi - lo).max(1) as f64;
                let source = &mut influence[pointwise.source.index()];
                source
                    .iter_mut()
                    .zip(&own)
                    .for_each(|(v, o)| *v += slope * o);
            }
            Node::Linear(linear) => {
                for term in &linear.terms {
                    let source = &mut influence[term.source.index()];
                    term.map.add_adjoint(&own, source, |v, o, weight| {
                        *v += f64::from(weight).abs() * o;
                    });
                }
            }
        }
    }
    let largest = influence[0]
        .iter()
        .copied()
        .fold(f64::MIN_POSITIVE, f64::max);
    let (sum, squares) = influence[0]
        .iter()
        .map(|v| v / largest)
        .fold((0.0, 0.0), |(sum, squares), v| (sum + v, squares + v * v));
    sum * sum / f64::max(squares, f64::MIN_POSITIVE)
}

/// A blank page, a full one, and noise: of rising brightness for images; for texts of a rising
/// number of words, each counted once or twice.
fn trial_views(len: usize, kind: Kind) -> Vec<Vec<u8>> {
    let mut state = 2u64;
    let full = match kind {
        Kind::Image => 255,
        Kind::Text => 1,
    };
    let mut views = vec![vec![0; len], vec![full; len]];
    let levels = (TRIALS - 2) as u64;
    for level in 1..=levels {
        let top = 255 * level / levels + 1;
        let mut byte = || {
            let random = splitmix(&mut state);
            match kind {
                Kind::Image => u8::try_from(random % top).unwrap_or(u8::MAX),
                Kind::Text if random % 1024 < 2 * level => 1 + u8::from(random >> 63 == 1),
                Kind::Text => 0,
            }
        };
        views.push((0..len).map(|_| byte()).collect());
    }
    views
}

/// The generator SplitMix64: the same trials on every machine. No secret depends on it.
fn splitmix(state: &mut u64) -> u64 {
    *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mut z = *state;
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::classifier::{Linear, Map, Pointwise, Table, Term};

    /// One dense row of weights, then a step at zero.
    fn linear(weights: Vec<i32>, bias: i64) -> Classifier {
        let len = u32::try_from(weights.len()).unwrap();
        let term = Term {
            source: ValueId::INPUT,
            map: Map::Dense(weights),
        };
        let sum = Linear {
            len: 1,
            terms: vec![term],
            bias: vec![bias],
        };
        let step = Pointwise {
            source: ValueId(1),
            shift: 12,
            table: 0,
        };
        let outputs = (-4096..4096).map(|q| i32::from(q >= 0)).collect();
        let table = Table { lo: -4096, outputs };
        Classifier::new(
            len,
            vec![Node::Linear(sum), Node::Pointwise(step)],
            vec![table],
        )
        .unwrap()
    }

    #[test]
    fn extraction_is_shown() {
        let weights: Vec<i32> = (0..200).map(|i| if i % 2 == 0 { 3 } else { -3 }).collect();
        assert_eq!(
            warnings(&linear(weights.clone(), -100), Kind::Image),
            Vec::<String>::new()
        );
        let everything = warnings(&linear(weights.clone(), 1_000_000), Kind::Image);
        assert!(
            everything[0].contains("every possible document"),
            "{everything:?}"
        );
        let nothing = warnings(&linear(weights.clone(), -1_000_000), Kind::Image);
        assert!(nothing[0].contains("no possible document"), "{nothing:?}");
        let nearly = warnings(&linear(weights, 70_000), Kind::Image);
        assert!(nearly[0].contains("nearly everything"), "{nearly:?}");
        let mut pixel = vec![0; 200];
        pixel[17] = 1;
        let pixel = warnings(&linear(pixel, -100), Kind::Image);
        assert!(
            pixel.iter().any(|w| w.contains("1 of the 200 bytes")),
            "{pixel:?}"
        );
        let mut hidden: Vec<i32> = (0..200).map(|i| i % 3 - 1).collect();
        hidden[17] = 10_000;
        let hidden = warnings(&linear(hidden, -100), Kind::Image);
        assert!(hidden.iter().any(|w| w.contains("outweigh")), "{hidden:?}");
    }
}
