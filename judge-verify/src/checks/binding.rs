//! `[check-binding]`: request and production name this commitment, and the production names this
//! request.
//!
//! Without it this lie becomes possible: an answer to another request, or about another matter.

use super::commitment::Committed;
use super::evidence::Evidence;
use crate::fault::{Fault, NotPassed, ledger_fault};
use duces_circuits::{Dimensions, Layout};
use duces_protocol::answers::{Answer, AnswerKind};
use duces_protocol::commitment::Commitment;
use duces_protocol::digest::Digest;
use duces_protocol::production::ledger::Ledger;
use duces_protocol::production::names;
use duces_protocol::request::AnyRequest;
use duces_protocol::view::View;
use std::collections::BTreeMap;

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

    /// The view that the request reads.
    #[must_use]
    pub fn view(&self) -> View {
        self.evidence.request.view()
    }

    /// How many items a batch holds, by the dimensions that the manifest states.
    ///
    /// # Errors
    /// When these are no dimensions, or one item does not fit.
    pub fn items_per_batch(&self) -> Result<usize, NotPassed> {
        let Evidence {
            request, manifest, ..
        } = &self.evidence;
        let wrong = |error| Fault::new(names::MANIFEST, error);
        let dimensions =
            Dimensions::new(manifest.width, manifest.k, manifest.lanes).map_err(wrong)?;
        let layout = match request {
            AnyRequest::Public(request) => Layout::new(&request.classifier, dimensions),
            AnyRequest::Sealed(request) => {
                Layout::new(request.classifier.architecture(), dimensions)
            }
        };
        Ok(layout.map_err(wrong)?.items_per_batch())
    }

    /// What the ledger says of these positions, which ascend: the answer of each that is provable.
    ///
    /// # Errors
    /// When the ledger cannot be read again.
    pub fn claims(&self, positions: &[u64]) -> Result<BTreeMap<u64, Answer>, NotPassed> {
        let mut claims = BTreeMap::new();
        let mut ordinal = 0;
        for line in self.evidence.ledger.lines() {
            let line = line.map_err(ledger_fault)?;
            if !line.is_provable(self.view()) {
                continue;
            }
            if positions.binary_search(&line.position).is_ok() {
                claims.insert(line.position, self.evidence.answer(&line, ordinal));
            }
            ordinal += 1;
        }
        Ok(claims)
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
