//! `[check-layout]`: the layout and the keys are built here again, from the request and the three
//! numbers that the manifest states.
//!
//! Without it this lie becomes possible: a circuit that proves less than the classifier says.

use super::binding::Bound;
use super::evidence::Evidence;
use crate::fault::{CannotRun, Fault, NotPassed};
use duces_circuits::{Context, Dimensions, SetupError, Srs, Verifier};
use duces_protocol::production::names;
use duces_protocol::request::Scheme;

/// The verifying keys have been built.
pub struct LaidOut {
    pub(super) evidence: Evidence,
    pub(super) verifier: Verifier,
    /// Keeps other modules from making one.
    _checked: (),
}

pub(super) fn check(bound: Bound) -> Result<LaidOut, NotPassed> {
    let Bound { evidence, .. } = bound;
    let Evidence {
        request, manifest, ..
    } = &evidence;
    let dimensions = Dimensions::new(manifest.width, manifest.k, manifest.lanes)
        .map_err(|error| Fault::new(names::MANIFEST, error))?;
    let srs = read_srs(&evidence)?;
    let context = Context {
        commitment: evidence.commitment_digest,
        request: evidence.request_digest,
    };
    let verifier =
        Verifier::any(request, context, dimensions, srs.as_ref()).map_err(unusable_setup)?;
    Ok(LaidOut {
        evidence,
        verifier,
        _checked: (),
    })
}

fn unusable_setup(error: SetupError) -> NotPassed {
    match error {
        SetupError::Layout(error) => Fault::new(names::MANIFEST, error).into(),
        SetupError::Keys(reason) => Fault::new("request", reason).into(),
        SetupError::Scheme(_)
        | SetupError::SrsUnreadable { .. }
        | SetupError::SrsRefused { .. } => CannotRun::new(
            error,
            "give the ceremony file that the request names with --srs",
        )
        .into(),
    }
}

fn read_srs(evidence: &Evidence) -> Result<Option<Srs>, NotPassed> {
    let Scheme::Kzg { srs: expected } = evidence.request.scheme() else {
        return Ok(None);
    };
    let Some(path) = &evidence.srs else {
        return Err(CannotRun::new(
            format!("the request uses KZG with the ceremony file whose SHA-256 is {expected}"),
            "give that file with --srs",
        )
        .into());
    };
    let unusable = |error: SetupError| {
        CannotRun::new(
            format!(
                "the ceremony file {} cannot be used: {error}",
                path.display()
            ),
            format!("give the file whose SHA-256 is {expected}"),
        )
    };
    Ok(Some(Srs::read(path, expected).map_err(unusable)?))
}
