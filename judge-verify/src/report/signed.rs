//! What the reports say of signatures, and of the order in which things were made.

use super::About;
use crate::check::Check;
use crate::checks::Outcome;
use crate::signatures::{Of, Stamp, Standing};

/// Labels and values: a line for each file whose signature was looked for, and for each time stamp.
pub(super) fn rows(about: &About) -> Vec<(String, String)> {
    let Some(found) = &about.signatures else {
        return Vec::new();
    };
    let none = found
        .signatures
        .iter()
        .all(|it| it.standing == Standing::None);
    let mut rows = Vec::new();
    if found.checked_by.is_some() || !none {
        rows.extend(found.signatures.iter().map(|signature| {
            let label = format!("Signature of the {}", signature.of.word());
            let value = match &signature.standing {
                Standing::None => "none".to_owned(),
                standing => format!("{}: {}", signature.file, standing.words()),
            };
            (label, value)
        }));
        let by = found.checked_by.clone();
        rows.extend(by.map(|by| ("Checked by".to_owned(), by)));
    }
    rows.extend(found.stamps.iter().map(|stamp: &Stamp| {
        let label = format!("Time stamp of the {}", stamp.of.word());
        let value = format!(
            "{}: NOT CHECKED. To check it: {}",
            stamp.file, stamp.command
        );
        (label, value)
    }));
    rows
}

/// What is shown of the order of commitment, request and draw, and what is not.
pub(super) fn order(outcome: &Outcome, about: &About) -> Vec<String> {
    let is_bound = outcome
        .passed
        .iter()
        .any(|passed| passed.check == Check::Binding);
    let older = if is_bound {
        "The commitment is older than this request: the request holds the commitment's digest (check 3), \
         and could not be written before it. That the responding party did not know earlier what would be \
         asked, this does not show."
    } else {
        "Nothing here shows that the commitment is older than the request: check 3 did not pass."
    };
    let stamps = about.signatures.iter().flat_map(|found| &found.stamps);
    let stamped = stamps.map(|stamp| stamp.of).any(|of| of == Of::Commitment);
    let dated = if stamped {
        "A time stamp lies beside the commitment, and was NOT CHECKED here: until it is, nothing shows on \
         which day the commitment was made."
    } else {
        "Nothing here shows on which day the commitment was made: no time stamp lies beside it. A \
         signature has no date that anybody but the signer vouches for."
    };
    let draw = "The draw of an audit sample is later than commitment and request if nobody could know its \
        nonce before them. No draw is a part of this report, and nothing here shows when one was made.";
    [older, dated, draw].map(str::to_owned).to_vec()
}
