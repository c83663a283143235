//! Check 4, layout and keys: both are rebuilt here from the request, for a width of the fixed list.
//!
//! Which lie becomes possible without it: a circuit that proves less than the classifier says.

use super::Evidence;
use super::binding::Bound;
use crate::verdict::{CannotRun, Failure, Fault};
use duces_circuits::{Context, SetupError, Srs, Verifier, Width};
use duces_protocol::production::names;
use duces_protocol::request::Scheme;

/// The verifying key has been built.
pub struct Keyed {
    pub(super) evidence: Evidence,
    pub(super) verifier: Verifier,
}

pub(super) fn check(bound: Bound) -> Result<Keyed, Failure> {
    let Bound { evidence } = bound;
    let Evidence {
        request, manifest, ..
    } = &evidence;
    let width = Width::from_bits(manifest.width).ok_or_else(|| {
        Fault::new(
            names::MANIFEST,
            format!("{} is not a batch width", manifest.width),
        )
    })?;
    let srs = read_srs(&evidence)?;
    let context = Context {
        commitment: evidence.commitment_digest,
        request: evidence.request_digest,
    };
    let verifier = Verifier::new(request, context, width, srs.as_ref()).map_err(unusable_setup)?;
    Ok(Keyed { evidence, verifier })
}

fn unusable_setup(error: SetupError) -> Failure {
    match error {
        SetupError::Layout(error) => Fault::new(names::MANIFEST, error).into(),
        SetupError::Keys(reason) => Fault::new("request", reason).into(),
        SetupError::Scheme(_)
        | SetupError::SrsUnreadable { .. }
        | SetupError::SrsRefused { .. } => CannotRun::new(
            error,
            "give with --srs the ceremony file that the request names",
        )
        .into(),
    }
}

fn read_srs(evidence: &Evidence) -> Result<Option<Srs>, Failure> {
    let Scheme::Kzg { srs: expected } = evidence.request.scheme else {
        return Ok(None);
    };
    let Some(path) = &evidence.srs else {
        return Err(CannotRun::new(
            format!("the request is under KZG with the ceremony file {expected}"),
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
