//! `[check-commitment]`: the leaves of the ledger hash to the root that the judge holds.
//!
//! Without it these lies become possible: an item left out, added, moved or exchanged after the
//! commitment was made. What is checked of earlier commitments, and of what commitments count, is in
//! [`stretches`].

mod stretches;

use super::decode::Decoded;
use super::evidence::{Evidence, KEPT_VIEWS};
use crate::fault::{Fault, NotPassed, ledger_fault};
use duces_protocol::digest::Digest;
use duces_protocol::leaf::{LeafData, Status};
use duces_protocol::pedersen::ViewCommitment;
use duces_protocol::production::ledger::Line;
use duces_protocol::production::names;
use duces_protocol::profile::Profile;
use duces_protocol::tree::TreeBuilder;
use duces_protocol::view::Kind;
use rayon::prelude::*;
use stretches::Stretches;

/// The ledger holds the committed items.
pub struct Committed {
    pub(super) evidence: Evidence,
    /// Keeps other modules from making one.
    _checked: (),
}

/// Leaves hashed in parallel before they enter the tree.
const CHUNK: usize = 1 << 14;

pub(super) fn check(decoded: Decoded) -> Result<Committed, NotPassed> {
    let Decoded { mut evidence, .. } = decoded;
    let Evidence {
        commitment,
        earlier,
        manifest,
        profile,
        ledger,
        request,
        ..
    } = &evidence;
    let n = commitment.items();
    for (place, items) in [
        (names::MANIFEST, manifest.items),
        (names::LEDGER, ledger.items()),
    ] {
        if items != n {
            let what = format!("it has {items} items, the commitment has {n}");
            return Err(Fault::new(place, what).into());
        }
    }
    if profile.digest() != commitment.profile() {
        return Err(Fault::new(names::PROFILE, "it is not the profile of the commitment").into());
    }
    if profile.views() != commitment.views() || ledger.views() != commitment.views() {
        return Err(Fault::new(names::LEDGER, "its views are not those of the commitment").into());
    }
    let mut stretches = Stretches::new(commitment, earlier)?;
    let mut tree = TreeBuilder::new();
    let mut views = Vec::new();
    let mut lines = ledger.lines();
    loop {
        let chunk: Vec<Line> = lines
            .by_ref()
            .take(CHUNK)
            .collect::<Result<_, _>>()
            .map_err(ledger_fault)?;
        if chunk.is_empty() {
            break;
        }
        let leaves: Vec<Result<Leaf, Fault>> = chunk
            .par_iter()
            .map(|line| {
                let data = leaf(line, profile, n)?;
                Ok(Leaf {
                    hash: data.hash(line.position),
                    view: data.view(request.view()),
                    status: data.status,
                    family: data.family,
                })
            })
            .collect();
        for (leaf, line) in leaves.into_iter().zip(&chunk) {
            let leaf = leaf?;
            tree.push(leaf.hash);
            if views.len() < KEPT_VIEWS {
                views.push(leaf.view);
            }
            stretches.take(line.position, leaf.status, leaf.family, &tree)?;
        }
    }
    stretches.finish()?;
    drop(lines);
    evidence.views = views;
    Ok(Committed {
        evidence,
        _checked: (),
    })
}

/// What later checks need of one leaf.
struct Leaf {
    hash: Digest,
    /// The commitment to the view that the request reads.
    view: Option<ViewCommitment>,
    status: Status,
    family: u64,
}

/// The leaf of one position, which has the views that the profile names for one kind of rendition; a
/// page is an image.
fn leaf(line: &Line, profile: &Profile, items: u64) -> Result<LeafData, Fault> {
    let fault = |what: String| Fault::new(format!("position {}", line.position), what);
    let names: Vec<_> = line.names().collect();
    let fits = |kind: Kind| profile.views_of(kind) == names;
    let allowed = match line.status {
        Status::Item => fits(Kind::Image) || fits(Kind::Text),
        Status::Page => fits(Kind::Image),
        Status::Exception(_) => names.is_empty(),
    };
    if !allowed {
        return Err(fault(
            "its views are not those that the profile names".to_owned(),
        ));
    }
    if line.family >= items {
        return Err(fault("its family is not a position".to_owned()));
    }
    line.leaf().map_err(|error| fault(error.to_string()))
}
