//! `[audit-decode]`: the folder has what opens the drawn positions, and nothing else.

use super::finding::{AuditCheck, refused};
use crate::fault::NotPassed;
use crate::files;
use duces_protocol::audit::names;
use duces_protocol::audit::opened::{self, Opened};
use duces_protocol::commitment::Commitment;
use duces_protocol::profile::{self, Profile};
use std::collections::BTreeSet;
use std::fmt;
use std::path::Path;

/// A folder that is well formed.
pub struct OpenedFolder {
    /// The profile of the commitment.
    pub profile: Profile,
    /// What opens each drawn position, ascending.
    pub openings: Vec<Opened>,
}

/// Reads the folder.
///
/// # Errors
/// When it is malformed, lacks a drawn position, or has something else.
pub fn check(
    folder: &Path,
    commitment: &Commitment,
    drawn: &[u64],
) -> Result<OpenedFolder, NotPassed> {
    let refuse = |place: &dyn fmt::Display, what: &dyn fmt::Display| -> NotPassed {
        refused(AuditCheck::Decode, place, what).into()
    };
    let rejected = |why: NotPassed| match why {
        NotPassed::Rejected(fault) => refuse(&fault.place, &fault.what),
        cannot_run @ NotPassed::CannotRun(_) => cannot_run,
    };
    let mut expected = [
        names::FILES,
        names::OPENED,
        names::PROFILE,
        names::RENDITIONS,
    ]
    .map(str::to_owned);
    expected.sort();
    let top = files::list(folder, "", 8).map_err(rejected)?;
    same_names(&top, &expected).map_err(|found| refuse(&found.name, &found.what))?;

    let limit = profile::MAX_BYTES as u64;
    let bytes = files::read_produced(folder, names::PROFILE, limit).map_err(rejected)?;
    let text = String::from_utf8(bytes).map_err(|_| refuse(&names::PROFILE, &"it is not UTF-8"))?;
    let profile = Profile::parse(&text).map_err(|error| refuse(&names::PROFILE, &error))?;
    if profile.digest() != commitment.profile() || profile.views() != commitment.views() {
        let what = "it is not the profile of the commitment";
        return Err(refuse(&names::PROFILE, &what));
    }
    let limit = opened::max_bytes(drawn.len() as u64);
    let bytes = files::read_produced(folder, names::OPENED, limit).map_err(rejected)?;
    let openings = opened::parse(&bytes).map_err(|error| refuse(&names::OPENED, &error))?;
    let opened: Vec<u64> = openings.iter().map(|opened| opened.position).collect();
    if let Some(missing) = drawn.iter().find(|p| opened.binary_search(p).is_err()) {
        let what = format!("position {missing} was drawn, but is not opened");
        return Err(refuse(&names::OPENED, &what));
    }
    if let Some(extra) = opened.iter().find(|p| drawn.binary_search(p).is_err()) {
        let what = format!("position {extra} is opened, but was not drawn");
        return Err(refuse(&names::OPENED, &what));
    }
    type NameOf = fn(&Opened) -> Option<String>;
    let names: [(&str, NameOf); 2] = [
        (names::FILES, Opened::file),
        (names::RENDITIONS, Opened::rendition_file),
    ];
    for (inner, name) in names {
        let expected: BTreeSet<String> = openings.iter().filter_map(name).collect();
        let expected: Vec<String> = expected.into_iter().collect();
        let actual = files::list(folder, inner, drawn.len() as u64).map_err(rejected)?;
        same_names(&actual, &expected).map_err(|found| {
            let place = format!("{inner}/{}", found.name);
            refuse(&place, &found.what)
        })?;
    }
    Ok(OpenedFolder { profile, openings })
}

/// A name that one of two lists has, and the other has not.
struct NameFault {
    name: String,
    what: &'static str,
}

/// Compares two ascending lists of names.
fn same_names(actual: &[String], expected: &[String]) -> Result<(), NameFault> {
    let lacks = |list: &[String], name: &String| list.binary_search(name).is_err();
    if let Some(missing) = expected.iter().find(|name| lacks(actual, name)) {
        return Err(NameFault {
            name: missing.clone(),
            what: "it is missing",
        });
    }
    match actual.iter().find(|name| lacks(expected, name)) {
        Some(extra) => Err(NameFault {
            name: format!("{extra:?}"),
            what: "no such file belongs here",
        }),
        None => Ok(()),
    }
}
