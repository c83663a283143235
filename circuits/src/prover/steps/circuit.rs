//! `[step-circuit]`: the circuit's proof.

use super::FirstPhase;
use super::argument::Argument;
use crate::columns::EquationColumns;
use crate::prover::Prover;
use crate::prover::opening::Writer;
use halo2_proofs::transcript::TranscriptWriterBuffer;
use halo2curves::bn256::Fr;
use rand_core::RngCore;
use std::io;

impl Prover {
    /// The proof, given the instance columns of [`crate::equation`].
    ///
    /// # Errors
    /// Never in practice: the transcript writes to memory.
    pub fn circuit(
        &self,
        first: FirstPhase,
        equation: &EquationColumns<Vec<Fr>>,
        rng: &mut impl RngCore,
    ) -> io::Result<Vec<u8>> {
        let argument = Argument {
            layout: &self.layout,
            params: &self.params,
            key: &self.key,
            public: &self.public,
        };
        let mut transcript = Writer::init(Vec::new());
        argument.prove(first, equation, &mut transcript, rng)?;
        Ok(transcript.finalize())
    }
}
