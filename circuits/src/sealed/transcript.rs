//! The chain of hashes after the first phase, one function a message (docs/protocol.md section
//! 10.3, "Steps"). Prover and judge draw through it alone.

use crate::challenge::State;
use halo2curves::bn256::Fr;

/// The chain at some message.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Transcript(State);

/// What is drawn after the first phase.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct First {
    /// `ρ`, whose powers weigh the relations of an item.
    pub rho: Fr,
    /// `η`, whose powers weigh the items of a group.
    pub eta: Fr,
    /// `κ`, whose powers weigh the groups.
    pub kappa: Fr,
}

impl Transcript {
    /// Begins at [`State::sealed_first_phase`].
    #[must_use]
    pub fn start(state: State) -> (Self, First) {
        let [rho, eta, kappa] = ["rho", "eta", "kappa"].map(|label| state.scalar(label));
        (Self(state), First { rho, eta, kappa })
    }

    /// `[step-sealed-value]`: absorbs `v̂`.
    pub fn value(&mut self, value: &[u8]) {
        self.0 = self.0.absorb("value", value);
    }

    /// `[step-sealed-sum]`: absorbs `[k0] ‖ [k2]`, draws `r_j`.
    pub fn sum(&mut self, round: &[u8]) -> Fr {
        self.0 = self.0.absorb("sum", round);
        self.0.scalar("r")
    }

    /// `[step-sealed-factor]`: absorbs `b̂`, draws `λ`.
    pub fn factor(&mut self, factor: &[u8]) -> Fr {
        self.0 = self.0.absorb("factor", factor);
        self.0.scalar("lambda")
    }

    /// `[step-sealed-circuit]`: absorbs `ŷ` and the circuit's proof; the state that the opening goes
    /// on from.
    pub fn circuit(&mut self, y: &[u8], circuit: &[u8]) -> State {
        self.0 = self.0.absorb("y", y).absorb("circuit", circuit);
        self.0
    }

    /// `[step-sealed-opening]`: absorbs the opening.
    pub fn opening(&mut self, opening: &[u8]) {
        self.0 = self.0.absorb("link", opening);
    }

    /// `[step-sealed-rows]`: absorbs `[L] ‖ [R]`, draws `γ`.
    pub fn row(&mut self, round: &[u8]) -> Fr {
        self.0 = self.0.absorb("row", round);
        self.0.scalar("gamma")
    }

    /// `[step-sealed-weights]`: absorbs `D ‖ E`, draws `c`.
    pub fn weights(&mut self, first: &[u8]) -> Fr {
        self.0 = self.0.absorb("weights", first);
        self.0.scalar("c")
    }

    /// `[step-sealed-weights]`: absorbs `α ‖ α'`, draws `x`; the state that the rounds go on from.
    pub fn blinds(&mut self, blinds: &[u8]) -> (State, Fr) {
        self.0 = self.0.absorb("blinds", blinds);
        (self.0, self.0.scalar("x"))
    }
}
