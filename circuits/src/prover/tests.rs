//! What only the prover's insides can show: bytes that follow from the seed, and masks that hide.

use super::*;
use crate::scheme::key_digest;
use duces_kit::classifier::four_bytes;
use duces_kit::corpus::Corpus;
use duces_protocol::digest::Digest;

/// Of a step over the sum of four bytes.
fn prover() -> Prover {
    let request = duces_kit::request::of(four_bytes());
    let dimensions = Dimensions::new(11, 11, 1).unwrap();
    Prover::new(&request, Context::of(&request), dimensions, None).unwrap()
}

fn corpus(views: &[[u8; 4]]) -> Corpus {
    Corpus::new(views.iter().map(|view| view.to_vec()).collect())
}

fn items(corpus: &Corpus) -> Vec<SecretItem<'_>> {
    corpus.list(|position, view, blind, commitment| SecretItem {
        position,
        view,
        blind,
        commitment,
    })
}

#[test]
fn bytes_follow_from_the_seed_on_any_number_of_threads() {
    let prover = prover();
    let corpus = corpus(&std::array::from_fn::<_, 60, _>(|i| [i as u8; 4]));
    let prove = |threads: usize, seed: u8| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads);
        pool.build().unwrap().install(|| {
            let rng = ChaCha20Rng::from_seed([seed; 32]);
            prover.prove_from(0, &items(&corpus), rng).unwrap()
        })
    };
    let one = prove(1, 7);
    assert!(one == prove(2, 7) && one == prove(5, 7));
    assert!(one != prove(1, 8));
    let random = || prover.prove(0, &items(&corpus)).unwrap();
    assert!(random() != random());
}

/// Scalar, portable lanes and, where the processor has it, AVX-512 IFMA; with one lane of the layout and with two.
#[test]
fn bytes_are_the_same_on_every_engine() {
    let request = duces_kit::request::of(four_bytes());
    let corpus = corpus(&std::array::from_fn::<_, 60, _>(|i| [i as u8; 4]));
    for lanes in [1, 2] {
        let dimensions = Dimensions::new(10 + lanes, 11, lanes).unwrap();
        let mut prover = Prover::new(&request, Context::of(&request), dimensions, None).unwrap();
        let proofs = params::engines().into_iter().map(|engine| {
            prover.params = prover.params.on(engine, prover.layout.k());
            let rng = ChaCha20Rng::from_seed([7; 32]);
            prover.prove_from(0, &items(&corpus), rng).unwrap()
        });
        let proofs: Vec<BatchProof> = proofs.collect();
        assert!(
            proofs.iter().all(|proof| *proof == proofs[0]),
            "{lanes} lanes"
        );
    }
}

/// Proofs of two corpora with the same matches: every 32-byte word of them is as uniform for the one
/// as for the other, and words of one proof say nothing of each other.
#[test]
fn masked_values_of_different_corpora_are_alike() {
    const PROOFS: usize = 32;
    const CELLS: usize = 4;
    let prover = prover();
    let corpora = [
        corpus(&[[0; 4], [255; 4], [1, 2, 3, 4]]),
        corpus(&[[9, 100, 0, 77], [125; 4], [200, 0, 0, 250]]),
    ];
    let bits = |corpus: &Corpus| -> Vec<bool> {
        let views = corpus.views.iter();
        views.map(|view| prover.classifier.matches(view)).collect()
    };
    assert_eq!(bits(&corpora[0]), bits(&corpora[1]));
    let proofs: Vec<Vec<Vec<u8>>> = corpora
        .iter()
        .map(|corpus| {
            (0..PROOFS)
                .map(|_| prover.prove(0, &items(corpus)).unwrap().0)
                .collect()
        })
        .collect();
    let words = proofs[0][0].len() / 32;
    assert!(
        proofs
            .iter()
            .flatten()
            .all(|proof| proof.len() == 32 * words)
    );
    // The second lowest byte of every word, in four cells: a scalar's are uniform, a point's too.
    let cell = |proof: &[u8], word: usize| usize::from(proof[32 * word + 1]) / (256 / CELLS);
    let chi_square = |counts: &[usize]| {
        let expected = counts.iter().sum::<usize>() as f64 / counts.len() as f64;
        let squares = counts.iter().map(|&n| (n as f64 - expected).powi(2));
        squares.sum::<f64>() / expected
    };
    let (mut worst, mut total) = (0.0f64, 0.0);
    for word in 0..words {
        for corpus in &proofs {
            let mut counts = [0; CELLS];
            for proof in corpus {
                counts[cell(proof, word)] += 1;
            }
            let score = chi_square(&counts);
            worst = worst.max(score);
            total += score;
        }
    }
    // Three degrees of freedom: a score above 40 has probability 1e-8, and the mean is three.
    assert!(worst < 40.0, "a word is not uniform: {worst}");
    let mean = total / (2 * words) as f64;
    assert!((2.2..3.8).contains(&mean), "{mean}");
    // The first published word, M_0, and y_0 beside every other one.
    for other in 2..words {
        let mut counts = [0; 4];
        for proof in proofs.iter().flatten() {
            counts[2 * (cell(proof, 1) / 2) + cell(proof, other) / 2] += 1;
        }
        let score = chi_square(&counts);
        assert!(
            score < 45.0,
            "y_0 and word {other} depend on each other: {score}"
        );
    }
}

/// A change of the circuit, the layout or the library moves these digests: then old proofs no longer
/// verify, and the formats need a new version.
#[test]
fn digests_of_key_and_layout_are_pinned() {
    let prover = prover();
    let key = Digest(key_digest(&prover.key)).to_string();
    let layout = prover.layout.digest().to_string();
    let pinned = [
        "a4667424b98dfd02d3c0a1a45c2bb3ddb08ea0afb91a73dc04ffd9060f993d20",
        "f218a8af4af839f2272777df576fa272843891709cc0c04549902d4ae67d302e",
    ];
    assert_eq!([key, layout], pinned);
}
