//! The nine checks of a production, `[check-decode]` to `[check-sums]` in docs/protocol.md, and the
//! verdict.
//!
//! Each check is a function from the type that the check before it returned to its own type, which
//! no other module can make: a program that skips a check does not compile. Whatever can be
//! computed again is computed again; nothing is taken on the responding party's word.
//!
//! Memory: six bits for each position at the most, what is kept of a ledger that is read in parts
//! ([`duces_protocol::production::ledger`]), the openings, one batch with its proof for each thread,
//! and one produced file with its rendition for each thread.
//!
//! Not proved: what [`crate::report::NOT_SHOWN`] lists.

mod binding;
mod commitment;
mod comparisons;
mod coverage;
mod decode;
mod evidence;
mod layout;
mod listed;
mod openings;
mod proofs;
mod sums;
mod withholding;

pub use binding::Bound;
pub use comparisons::Comparisons;
pub use coverage::Counts;
pub use evidence::{Inputs, Matter};
pub use listed::{Exception, LogCounts, Position, Produced, Redacted, Redaction};
pub use sums::Verified;

use crate::check::Check;
use crate::fault::{CannotRun, Fault, NotPassed};
use coverage::Covered;
use std::time::{Duration, Instant};

/// A check that passed, and how long it took.
#[derive(Clone, Copy, Debug)]
pub struct Passed {
    /// Which.
    pub check: Check,
    /// How long.
    pub time: Duration,
}

/// The outcome for a production.
pub enum Verdict {
    /// All nine checks passed. It holds what the last of them returned, so it cannot be stated
    /// without them.
    Verified(Box<Verified>),
    /// A check failed. Those before it passed, and those after it were not made.
    Rejected(Check, Fault),
    /// A check could not be made, so the program says nothing about the production.
    NotChecked(Check, CannotRun),
}

impl Verdict {
    /// `VERIFIED`, `REJECTED` or `NOT CHECKED`.
    #[must_use]
    pub fn word(&self) -> &'static str {
        match self {
            Self::Verified(_) => "VERIFIED",
            Self::Rejected(..) => "REJECTED",
            Self::NotChecked(..) => "NOT CHECKED",
        }
    }
}

/// The verdict, with all that was learned on the way.
pub struct Outcome {
    /// The verdict.
    pub verdict: Verdict,
    /// The checks that passed, in order.
    pub passed: Vec<Passed>,
    /// Known once `[check-decode]` has passed.
    pub matter: Option<Matter>,
    /// Known once `[check-coverage]` has passed.
    pub counts: Option<Counts>,
    /// What came of reading produced files again, if `[check-openings]` came so far.
    pub comparisons: Option<Comparisons>,
    /// How long all checks took.
    pub time: Duration,
}

/// Runs all checks; calls `each` after every one that passed.
pub fn verify(inputs: &Inputs, each: impl FnMut(&Passed)) -> Outcome {
    let start = Instant::now();
    let mut run = Run::new(each);
    let verdict = match run.all(inputs) {
        Ok(verified) => Verdict::Verified(Box::new(verified)),
        Err(NotPassed::Rejected(fault)) => Verdict::Rejected(run.check, fault),
        Err(NotPassed::CannotRun(error)) => Verdict::NotChecked(run.check, error),
    };
    let Run {
        passed,
        matter,
        counts,
        comparisons,
        ..
    } = run;
    Outcome {
        verdict,
        passed,
        matter,
        counts,
        comparisons,
        time: start.elapsed(),
    }
}

/// The check at which a production was stopped, and why.
pub struct Stopped {
    /// The check.
    pub check: Check,
    /// Why it did not pass.
    pub why: NotPassed,
}

/// Runs the checks that tie a production to commitment and request: `[check-decode]` to
/// `[check-binding]`.
///
/// # Errors
/// The check that did not pass.
pub fn until_bound(inputs: &Inputs) -> Result<Bound, Stopped> {
    let at = |check| move |why| Stopped { check, why };
    let decoded = decode::check(inputs).map_err(at(Check::Decode))?;
    let committed = commitment::check(decoded).map_err(at(Check::Commitment))?;
    binding::check(committed).map_err(at(Check::Binding))
}

/// Runs the checks that account for every position, `[check-decode]` to `[check-coverage]`, and calls
/// `each` after every one that passed. What the proofs prove is not looked at.
///
/// # Errors
/// The check that did not pass.
pub fn until_covered(inputs: &Inputs, each: impl FnMut(&Passed)) -> Result<Counts, Stopped> {
    let mut run = Run::new(each);
    match run.covered(inputs) {
        Ok(covered) => Ok(covered.counts()),
        Err(why) => Err(Stopped {
            check: run.check,
            why,
        }),
    }
}

struct Run<F> {
    each: F,
    check: Check,
    passed: Vec<Passed>,
    matter: Option<Matter>,
    counts: Option<Counts>,
    comparisons: Option<Comparisons>,
}

impl<F: FnMut(&Passed)> Run<F> {
    fn new(each: F) -> Self {
        Self {
            each,
            check: Check::Decode,
            passed: Vec::new(),
            matter: None,
            counts: None,
            comparisons: None,
        }
    }

    /// The checks that account for every position.
    fn covered(&mut self, inputs: &Inputs) -> Result<Covered, NotPassed> {
        let decoded = self.step(Check::Decode, || decode::check(inputs))?;
        self.matter = Some(decoded.matter());
        let committed = self.step(Check::Commitment, || commitment::check(decoded))?;
        let bound = self.step(Check::Binding, || binding::check(committed))?;
        let laid_out = self.step(Check::Layout, || layout::check(bound))?;
        let covered = self.step(Check::Coverage, || coverage::check(laid_out))?;
        self.counts = Some(covered.counts());
        Ok(covered)
    }

    fn all(&mut self, inputs: &Inputs) -> Result<Verified, NotPassed> {
        let covered = self.covered(inputs)?;
        let proved = self.step(Check::Proofs, || proofs::check(covered))?;
        let mut comparisons = None;
        let matched = self.step(Check::Openings, || {
            openings::check(proved, &mut comparisons)
        });
        self.comparisons = comparisons;
        let matched = matched?;
        let logged = self.step(Check::Withholding, || withholding::check(matched))?;
        self.step(Check::Sums, || sums::check(logged))
    }

    fn step<T>(
        &mut self,
        check: Check,
        run: impl FnOnce() -> Result<T, NotPassed>,
    ) -> Result<T, NotPassed> {
        self.check = check;
        let start = Instant::now();
        let result = run()?;
        let passed = Passed {
            check,
            time: start.elapsed(),
        };
        (self.each)(&passed);
        self.passed.push(passed);
        Ok(result)
    }
}
