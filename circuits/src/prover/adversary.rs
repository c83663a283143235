//! A prover that sends any point it likes (docs/protocol.md section 5.6, "Every message of the
//! prover").
//!
//! It claims of a committed view the decision on another one. Every point and every scalar that it
//! sends is tried as the place where the difference could hide: to the honest message it adds a
//! point known by then (a generator, a view commitment, an earlier message, the difference of the
//! two views itself), and goes on from what it really sent, as well as it can. Each attempt has to
//! be refused by the equation that binds the message.

use super::linear_form::{Secret, prove_and_publish};
use super::opening::Writer;
use super::steps::argument::Argument;
use super::steps::{FirstPhase, Masks};
use super::*;
use crate::columns::FirstColumns;
use crate::linear_form::Response;
use crate::refusal::ProofError;
use crate::scheme::ipa;
use crate::{PublicItem, Verifier};
use duces_kit::classifier::four_bytes;
use duces_kit::corpus::Corpus;
use group::Curve;
use halo2_proofs::transcript::{Challenge255, Transcript, TranscriptWrite, TranscriptWriterBuffer};
use halo2curves::bn256::{G1, G1Affine};
use std::io;

/// A message of the prover.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Site {
    /// The first group's mask commitment.
    Mask,
    /// The same, and the opening is made for the sum.
    MaskOpened,
    /// A commitment of the first phase.
    FirstPhase(usize),
    /// A point of the circuit's proof after the first phase.
    Circuit(usize),
    /// `D`, then `L` and `R` of every round.
    Opening(usize),
    /// None: the lie alone.
    Nowhere,
}

/// The statement and the lie about it.
struct Adversary {
    prover: Prover,
    verifier: Verifier,
    corpus: Corpus,
    /// What the first item's view is claimed to be.
    other: Vec<u8>,
}

/// The points that were published before a message, and those that everybody knows.
struct Known<'a> {
    adversary: &'a Adversary,
    published: Vec<G1Affine>,
}

impl Known<'_> {
    const NAMES: [&'static str; 12] = [
        "the difference of the views",
        "its negative",
        "the first view commitment",
        "the last view commitment",
        "the first generator of views",
        "the mask's generator",
        "the last generator of the opening",
        "the opening's generator of blinds",
        "the generator of the form's value",
        "a generator of columns",
        "the columns' generator of blinds",
        "the message before",
    ];

    fn point(&self, number: usize) -> G1 {
        let Adversary {
            prover,
            corpus,
            other,
            ..
        } = self.adversary;
        let bases = &prover.bases;
        let terms = bases.vector.g.iter().zip(other);
        let claimed: G1 = terms
            .map(|(g, &byte)| g * Fr::from(u64::from(byte)))
            .sum::<G1>()
            + bases.vector.w * corpus.blinds[0].scalar();
        let committed = corpus.commitments.iter().map(|p| G1::from(p.point()));
        let committed: Vec<G1> = committed.collect();
        match number {
            0 => claimed - committed[0],
            1 => committed[0] - claimed,
            2 => committed[0],
            3 => committed[committed.len() - 1],
            4 => bases.vector.g[0].into(),
            5 => bases.vector.g[other.len()].into(),
            6 => bases.vector.g[bases.len() - 1].into(),
            7 => bases.vector.w.into(),
            8 => bases.value.into(),
            9 => ipa::value_generators(2)[1].into(),
            10 => ipa::blind_generator().into(),
            _ => self.published.last().map_or(committed[0], |p| (*p).into()),
        }
    }
}

/// A transcript that sends another point, or another scalar, in one place.
struct Tampered<'a> {
    inner: Writer,
    known: Known<'a>,
    points: usize,
    scalars: usize,
    change: Option<(usize, usize)>,
    scalar: Option<usize>,
}

impl Transcript<G1Affine, Challenge255<G1Affine>> for Tampered<'_> {
    fn squeeze_challenge(&mut self) -> Challenge255<G1Affine> {
        self.inner.squeeze_challenge()
    }

    fn common_point(&mut self, point: G1Affine) -> io::Result<()> {
        self.inner.common_point(point)
    }

    fn common_scalar(&mut self, scalar: Fr) -> io::Result<()> {
        self.inner.common_scalar(scalar)
    }
}

impl TranscriptWrite<G1Affine, Challenge255<G1Affine>> for Tampered<'_> {
    fn write_point(&mut self, mut point: G1Affine) -> io::Result<()> {
        if let Some((_, number)) = self.change.filter(|(site, _)| *site == self.points) {
            point = (self.known.point(number) + point).to_affine();
        }
        self.points += 1;
        self.known.published.push(point);
        self.inner.write_point(point)
    }

    fn write_scalar(&mut self, mut scalar: Fr) -> io::Result<()> {
        if self.scalar == Some(self.scalars) {
            scalar += Fr::ONE;
        }
        self.scalars += 1;
        self.inner.write_scalar(scalar)
    }
}

/// What one attempt sent.
struct Attempt {
    proof: BatchProof,
    /// Points of the circuit's proof, and its scalars.
    words: [usize; 2],
}

impl Adversary {
    fn new(items: usize) -> Self {
        let request = duces_kit::request::of(four_bytes());
        let context = Context::of(&request);
        let dimensions = Dimensions::new(11, 11, 1).unwrap();
        // The first matches.
        let views = (0..items).map(|i| vec![255 - 9 * i as u8; 4]);
        Self {
            prover: Prover::new(&request, context, dimensions, None).unwrap(),
            verifier: Verifier::new(&request, context, dimensions, None).unwrap(),
            corpus: Corpus::new(views.collect()),
            other: vec![3, 0, 1, 2],
        }
    }

    /// The items with the views that are claimed, the first false.
    fn claimed(&self) -> Vec<SecretItem<'_>> {
        self.corpus
            .list(|position, view, blind, commitment| SecretItem {
                position,
                view: if position == 0 { &self.other } else { view },
                blind,
                commitment,
            })
    }

    /// Proves the false claim, with a known point added at a site, a scalar of the circuit's proof
    /// changed, or the values `y` made for the committed views.
    fn prove(&self, site: Site, known: usize, scalar: Option<usize>, honest_y: bool) -> Attempt {
        let (prover, items) = (&self.prover, self.claimed());
        let mut rng = ChaCha20Rng::from_rng(OsRng).unwrap();
        let views: Vec<&[u8]> = items.iter().map(|item| item.view).collect();
        let mut messages = Known {
            adversary: self,
            published: Vec::new(),
        };
        let mut masks: Masks = prover.masks(&mut rng);
        if matches!(site, Site::Mask | Site::MaskOpened) {
            masks.points[0] = (messages.point(known) + masks.points[0]).to_affine();
        }
        messages.published.extend(&masks.points);
        let mut first: FirstPhase = prover.first_phase(&views, &masks.values, &mut rng);
        if let Site::FirstPhase(index) = site {
            messages.published.extend(&first.points[..index]);
            first.points[index] = (messages.point(known) + first.points[index]).to_affine();
        }
        let answers = prover.answers(&first, items.len());
        let weights = prover.weights(0, &items, &answers, &masks, &first);
        let mut equation = Equation::new(&prover.classifier, &prover.layout, weights.rho);
        let committed: Vec<&[u8]> = self.corpus.views.iter().map(Vec::as_slice).collect();
        let of = if honest_y { &committed } else { &views };
        let mut y = prover.masked_values(&equation, weights.eta, of, &masks.values);
        // The components that the added point has on the generators of the opening.
        let extra = match known {
            4 => Some((0, equation.input[0])),
            5 => Some((4, Fr::ONE)),
            _ => None,
        };
        if let (Site::MaskOpened, Some((_, value))) = (site, extra) {
            y[0] += value;
        }
        let answers = group_answers(&prover.classifier, &prover.layout, &answers);
        let instance = equation.instance(&prover.layout, weights.eta, &answers, &y);
        let change = match site {
            Site::Circuit(index) => Some((index, known)),
            _ => None,
        };
        let mut transcript = Tampered {
            inner: Writer::init(Vec::new()),
            known: messages,
            points: 0,
            scalars: 0,
            change,
            scalar,
        };
        let argument = Argument {
            layout: &prover.layout,
            params: &prover.params,
            key: &prover.key,
            public: &prover.public,
        };
        argument
            .prove(first, &instance, &mut transcript, &mut rng)
            .unwrap();
        let words = [transcript.points, transcript.scalars];
        let mut messages = transcript.known;
        let circuit = transcript.inner.finalize();
        let (state, theta) = prover.theta(&weights, &y, &circuit);
        let mut folded = prover.fold(&items, &masks, weights.eta, theta);
        if let (Site::MaskOpened, Some((index, _))) = (site, extra) {
            folded.vector[index] += Fr::ONE;
        }
        if (site, known) == (Site::MaskOpened, 7) {
            folded.blind += Fr::ONE;
        }
        let mut form = equation.input;
        form.push(Fr::ONE);
        let secret = Secret {
            vector: &folded.vector,
            blind: folded.blind,
            form: &form,
        };
        let response = Response::choose(4, items.len());
        let mut index = 0;
        let mut publish = |point: G1| {
            let sent = match site {
                Site::Opening(at) if at == index => point + messages.point(known),
                _ => point,
            };
            index += 1;
            messages.published.push(sent.to_affine());
            sent
        };
        let bases = &prover.bases;
        let opening = prove_and_publish(bases, response, &secret, &state, rng, &mut publish);
        Attempt {
            proof: BatchProof::assemble(&masks.points, &y, &opening, &circuit),
            words,
        }
    }

    /// What the judge says of the false claim.
    fn verdict(&self, proof: &BatchProof) -> Result<(), ProofError> {
        let classifier = &self.prover.classifier;
        let items: Vec<PublicItem> = self
            .claimed()
            .iter()
            .map(|item| PublicItem {
                position: item.position,
                commitment: item.commitment,
                matches: classifier.matches(item.view),
            })
            .collect();
        let mut check = self.verifier.start();
        check.add(0, &items, &proof.0)?;
        check.finish()
    }

    fn try_at(&self, site: Site, known: usize) -> Result<(), ProofError> {
        self.verdict(&self.prove(site, known, None, false).proof)
    }
}

/// A false claim with nothing added is refused by the opening alone: the rest of the proof is as
/// good as an honest one.
#[test]
fn the_lie_alone_is_refused_by_the_opening() {
    for items in [3, 20] {
        let adversary = Adversary::new(items);
        let verdict = adversary.try_at(Site::Nowhere, 0);
        assert_eq!(verdict, Err(ProofError::Opening));
    }
}

#[test]
fn no_point_hides_the_lie() {
    // A folded response, and one in full.
    for items in [3, 20] {
        let adversary = Adversary::new(items);
        let first = FirstColumns::<()>::count(&adversary.prover.layout);
        let [points, _] = adversary.prove(Site::Nowhere, 0, None, false).words;
        let opening = match Response::choose(4, items) {
            Response::Plain => 1,
            Response::Folded => 1 + 2 * adversary.prover.bases.len().ilog2() as usize,
        };
        // The circuit's proof is the same for both.
        let of_circuit = if opening == 1 { 0..0 } else { 0..points };
        let of_circuit = of_circuit.map(|point| match point {
            point if point < first => Site::FirstPhase(point),
            point => Site::Circuit(point),
        });
        let sites = of_circuit.chain((0..opening).map(Site::Opening));
        let mut tried = 0;
        let mut refused = |site: Site, known: usize, by: ProofError| {
            let what = format!("{items} items, {site:?}: {}", Known::NAMES[known]);
            assert_eq!(adversary.try_at(site, known), Err(by), "{what}");
            tried += 1;
        };
        for known in 0..Known::NAMES.len() {
            refused(Site::Mask, known, ProofError::Opening);
            // Opened as what it is, a component on a view's generator changes y, which the circuit
            // does not follow; on others the lie remains.
            let by = if known == 4 || known == 5 {
                ProofError::Circuit
            } else {
                ProofError::Opening
            };
            refused(Site::MaskOpened, known, by);
        }
        for (number, site) in sites.enumerate() {
            let by = match site {
                Site::Opening(_) => ProofError::Opening,
                _ => ProofError::Circuit,
            };
            // The difference of the views everywhere, and another known point in turn.
            refused(site, 0, by.clone());
            refused(site, 1 + number % (Known::NAMES.len() - 1), by);
        }
        println!("{items} items: {tried} attempts with points, each refused by its equation");
    }
}

#[test]
fn no_scalar_hides_the_lie() {
    let adversary = Adversary::new(3);
    let attempt = adversary.prove(Site::Nowhere, 0, None, true);
    let verdict = adversary.verdict(&attempt.proof);
    assert_eq!(verdict, Err(ProofError::Circuit), "y of the committed view");
    for scalar in 0..attempt.words[1] {
        let attempt = adversary.prove(Site::Nowhere, 0, Some(scalar), false);
        let verdict = adversary.verdict(&attempt.proof);
        assert_eq!(verdict, Err(ProofError::Circuit), "scalar {scalar}");
    }
    println!("{} scalars tried, each refused", attempt.words[1]);
}
