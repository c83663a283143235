//! `judge-verify accuracy`: labels of documents (`[format-labels]`) against the proven decisions.
//!
//! The production is verified first, all nine checks. Then each labelled position falls into one of
//! four cells, or has no decision: an exception, or an item without the view. Shares come with their
//! exact 95 % interval (Clopper and Pearson), which is worth something if the labelled positions were
//! drawn at random: with `--nonce`, they must be those that the nonce draws from all positions for
//! this commitment and request. The request names the model; so model and documents are fixed before
//! anybody can know the draw.

mod report;
mod table;

pub use report::{json, text};
pub use table::{Share, Table};

use crate::checks::Verified;
use crate::cli::AccuracyArgs;
use crate::fault::{Fault, NotPassed};
use crate::files::{self, malformed};
use duces_protocol::audit::draw::{Draw, Nonce, Scope};
use duces_protocol::audit::labels::{self, Labels};
use duces_protocol::audit::sample;
use duces_protocol::digest::Digest;
use std::collections::BTreeMap;

/// What was measured.
pub struct Accuracy {
    /// Digest of the commitment.
    pub commitment: Digest,
    /// Digest of the request.
    pub request: Digest,
    /// Digest of the classifier.
    pub classifier: Digest,
    /// Number of positions.
    pub items: u64,
    /// What the labelled positions were drawn with, if that was checked.
    pub nonce: Option<Nonce>,
    /// The counts.
    pub table: Table,
}

/// Reads the labels.
///
/// # Errors
/// When the file cannot be read or is malformed.
pub fn read_labels(args: &AccuracyArgs) -> Result<Labels, NotPassed> {
    let bytes = files::read_named(&args.labels, sample::MAX_BYTES, "file of labels")?;
    Ok(labels::parse(&bytes).map_err(malformed(&args.labels.display()))?)
}

/// Counts the labels against the decisions of a verified production.
///
/// # Errors
/// When a label names no position of the commitment or no produced file, or the positions are not the
/// drawn ones.
pub fn measure(
    args: &AccuracyArgs,
    labels: Labels,
    verified: &Verified,
) -> Result<Accuracy, NotPassed> {
    let fault = |what: String| NotPassed::from(Fault::new(args.labels.display().to_string(), what));
    let labels = match labels {
        Labels::Positions(labels) => labels,
        Labels::Files(labels) => by_position(&labels, verified).map_err(fault)?,
    };
    let items = verified.counts().items;
    if let Some(position) = labels.keys().find(|position| **position >= items) {
        return Err(fault(format!(
            "there is no position {position}: the commitment has {items}"
        )));
    }
    if let Some(nonce) = args.nonce {
        let draw = Draw {
            root: verified.root(),
            request: verified.request_digest(),
            nonce,
            scope: Scope::All,
            population: items,
        };
        let drawn = draw.sample(labels.len() as u64);
        let drawn = drawn.map_err(|error| fault(error.to_string()))?;
        if !drawn.iter().eq(labels.keys()) {
            return Err(fault(
                "its positions are not those that the nonce draws for this commitment and request"
                    .to_owned(),
            ));
        }
    }
    let mut table = Table::default();
    for (position, relevant) in labels {
        table.count(verified.decision(position)?, relevant);
    }
    Ok(Accuracy {
        commitment: verified.commitment_digest(),
        request: verified.request_digest(),
        classifier: verified.classifier_digest(),
        items,
        nonce: args.nonce,
        table,
    })
}

/// The labels of files, by the positions that produced them. A file that was committed to twice has
/// two.
fn by_position(
    labels: &BTreeMap<Digest, bool>,
    verified: &Verified,
) -> Result<BTreeMap<u64, bool>, String> {
    let mut positions: BTreeMap<Digest, Vec<u64>> = BTreeMap::new();
    for (position, digest) in verified.native_digests() {
        positions.entry(digest).or_default().push(position);
    }
    let mut found = BTreeMap::new();
    for (digest, relevant) in labels {
        let of_file = positions.get(digest).ok_or_else(|| {
            format!("no produced file has the digest {digest}: name other documents by position")
        })?;
        found.extend(of_file.iter().map(|position| (*position, *relevant)));
    }
    Ok(found)
}
