//! `[check-binding]`: request and production name this commitment, and the production names this
//! request.
//!
//! Without it this lie becomes possible: an answer to another request, or about another matter.

use super::commitment::Committed;
use super::evidence::Evidence;
use crate::fault::{Fault, NotPassed};
use duces_protocol::answers::AnswerKind;
use duces_protocol::commitment::Commitment;
use duces_protocol::digest::Digest;
use duces_protocol::production::ledger::Ledger;
use duces_protocol::production::names;

/// Commitment, request and production belong together.
pub struct Bound {
    pub(super) evidence: Evidence,
    /// Keeps other modules from making one.
    _checked: (),
}

impl Bound {
    /// The commitment.
    #[must_use]
    pub fn commitment(&self) -> &Commitment {
        &self.evidence.commitment
    }

    /// Digest of the request.
    #[must_use]
    pub fn request_digest(&self) -> Digest {
        self.evidence.request_digest
    }

    /// What the request asks for.
    #[must_use]
    pub fn answers(&self) -> AnswerKind {
        self.evidence.request.answer_form().kind()
    }

    /// The ledger. Its leaves are the committed ones; its dispositions are not proved yet.
    #[must_use]
    pub fn ledger(&self) -> &Ledger {
        &self.evidence.ledger
    }
}

pub(super) fn check(committed: Committed) -> Result<Bound, NotPassed> {
    let Committed { evidence, .. } = committed;
    let Evidence {
        commitment,
        commitment_digest,
        request,
        request_digest,
        manifest,
        ..
    } = &evidence;
    let reject = |place: &str, what: String| Err(Fault::new(place, what).into());
    if request.commitment() != *commitment_digest {
        let named = request.commitment();
        return reject(
            "request",
            format!("it is directed at another commitment ({named})"),
        );
    }
    if manifest.commitment != *commitment_digest {
        let named = manifest.commitment;
        return reject(
            names::MANIFEST,
            format!("it names another commitment ({named})"),
        );
    }
    if manifest.request != *request_digest {
        let named = manifest.request;
        return reject(
            names::MANIFEST,
            format!("it answers another request ({named})"),
        );
    }
    if !commitment.views().contains(&request.view()) {
        return reject(
            "request",
            format!("the commitment has no view {}", request.view()),
        );
    }
    Ok(Bound {
        evidence,
        _checked: (),
    })
}
