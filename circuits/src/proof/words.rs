//! The words of the circuit's proof (docs/protocol.md section 5.9, "Proof bytes"): which are points,
//! which are scalars.
//!
//! The library's transcript reads points leniently: it takes several spellings of one, and the
//! identity. All words are therefore read strictly before anything else is done with a proof.

use crate::encoding::{compress, point, scalar};
use crate::refusal::ProofError;
use duces_protocol::bytes::Malformed;
use group::prime::PrimeCurveAffine;
use halo2_proofs::plonk::VerifyingKey;
use halo2curves::bn256::G1Affine;
use rayon::prelude::*;

/// One word of a proof: 32 bytes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Word {
    /// A canonical point other than the identity.
    Point,
    /// A canonical point, or the identity in its one spelling.
    PointOrIdentity,
    /// A scalar below the group order.
    Scalar,
}

/// How columns are opened at the end of a circuit's proof.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Ending {
    /// The multi-opening of the Halo paper and its inner-product argument in `k` rounds.
    InnerProduct {
        /// The rounds.
        k: u32,
    },
    /// SHPLONK.
    Pairing,
}

/// The words of a proof under this key, in order.
pub(crate) fn words(key: &VerifyingKey<G1Affine>, ending: Ending) -> Vec<Word> {
    let mut words = Vec::new();
    let mut push = |word, count: usize| words.extend(std::iter::repeat_n(word, count));
    let cs = key.cs();
    // The columns of both phases, the random polynomial, the pieces of the quotient. A commitment of
    // KZG has no blind, so that the last pieces, where they are zero, are the identity.
    let piece = match ending {
        Ending::InnerProduct { .. } => Word::Point,
        Ending::Pairing => Word::PointOrIdentity,
    };
    push(Word::Point, cs.num_advice_columns() + 1);
    push(piece, key.get_domain().get_quotient_poly_degree());
    // The values of the columns, and of the random polynomial.
    push(Word::Scalar, cs.advice_queries().len() + 1);
    match ending {
        Ending::InnerProduct { k } => {
            // q', its values on the two sets of points, S, the rounds, c and the blind.
            push(Word::Point, 1);
            push(Word::Scalar, 2);
            push(Word::Point, 1 + 2 * k as usize);
            push(Word::Scalar, 2);
        }
        Ending::Pairing => push(Word::Point, 2),
    }
    words
}

/// Reads every word strictly.
///
/// # Errors
/// When the length or a word is not as it must be.
pub(crate) fn read_strictly(words: &[Word], proof: &[u8]) -> Result<(), ProofError> {
    if proof.len() != 32 * words.len() {
        let (expected, actual) = (32 * words.len(), proof.len());
        let what = format!("the circuit's proof has {actual} bytes in place of {expected}");
        return Err(Malformed::new(what).into());
    }
    let pairs = words.par_iter().zip(proof.par_chunks_exact(32));
    pairs.try_for_each(|(word, bytes)| {
        match word {
            Word::PointOrIdentity if bytes == compress(&G1Affine::identity()) => {}
            Word::Point | Word::PointOrIdentity => drop(point(bytes)?),
            Word::Scalar => drop(scalar(bytes)?),
        }
        Ok(())
    })
}
