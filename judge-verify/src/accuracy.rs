//! `judge-verify accuracy`: labels of documents (`[format-labels]`) against the proven answers.
//!
//! First [`Labelled`]: all that can be checked of the labels without the production. Then the
//! production is verified, all nine checks. Then each labelled position falls into one cell of the
//! confusion table, or has no answer: an exception, or an item without the view. Shares come with
//! their exact 95 % interval (Clopper and Pearson), which is worth something if the labelled positions
//! were drawn at random: with `--record`, they must be those that its nonce draws from all positions for
//! this commitment and request. The request names the model; so model and documents are fixed before
//! anybody can know the draw.

mod confusion;
mod html;
mod labelled;
mod report;
mod table;

pub use confusion::{Confusion, class_of};
pub use html::render as html;
pub use labelled::Labelled;
pub use report::{json, text};
pub use table::{Share, Table};

use crate::checks::Verified;
use crate::fault::{Fault, NotPassed};
use duces_protocol::answers::{Answer, AnswerKind};
use duces_protocol::audit::record::SampleRecord;
use duces_protocol::digest::Digest;
use std::collections::BTreeMap;

/// What was measured.
pub struct Accuracy {
    /// What the commitment is about.
    pub origin: String,
    /// Digest of the commitment.
    pub commitment: Digest,
    /// Digest of the request.
    pub request: Digest,
    /// Digest of the classifier.
    pub classifier: Digest,
    /// Number of positions.
    pub items: u64,
    /// What the labelled positions were drawn by, if that was checked.
    pub record: Option<SampleRecord>,
    /// Whether opened files tie labels to positions.
    pub opened: bool,
    /// The names of the classes, where they are given.
    pub names: Vec<String>,
    /// The counts.
    pub counts: Counts,
}

/// The counts, by what the request asks for.
pub enum Counts {
    /// Matches.
    Matches(Table),
    /// Classes, or of scores the indices of the largest.
    Classes(Confusion),
}

impl Counts {
    /// Positions with a label.
    #[must_use]
    pub fn labelled(&self) -> u64 {
        match self {
            Self::Matches(table) => table.labelled(),
            Self::Classes(confusion) => confusion.labelled(),
        }
    }
}

impl Accuracy {
    /// The name of a class.
    #[must_use]
    pub fn name(&self, class: u32) -> String {
        let index = usize::try_from(class).ok();
        let name = index.and_then(|index| self.names.get(index));
        name.map_or_else(|| class.to_string(), |name| format!("{class} {name}"))
    }
}

/// Counts labels against the answers of a verified production.
///
/// # Errors
/// When a label names no produced file, the positions are not the drawn ones, or the ledger cannot be
/// read again.
pub fn measure(labelled: Labelled, verified: &Verified) -> Result<Accuracy, NotPassed> {
    let other = || {
        Fault::new(
            "the production",
            "it is another one than the labels are for",
        )
    };
    if verified.commitment_digest() != labelled.commitment.digest()
        || verified.request_digest() != labelled.request
    {
        return Err(other().into());
    }
    if let Some(record) = &labelled.record
        && record.ledger != verified.ledger_digest()
    {
        let what = "it is another one than the sample was drawn from";
        return Err(Fault::new("the production", what).into());
    }
    let labels = labelled.resolve(verified)?;
    let is_labelled = |answer: &Result<(u64, Answer), NotPassed>| match answer {
        Ok((position, _)) => labels.contains_key(position),
        Err(_) => true,
    };
    let mut answers: BTreeMap<u64, Answer> = verified
        .answers()
        .filter(is_labelled)
        .collect::<Result<_, _>>()?;
    let mut table = Table::default();
    let mut confusion = Confusion::default();
    let kind = verified.answer_form().kind();
    for (position, label) in labels {
        let class = answers.remove(&position).map(|answer| class_of(&answer));
        match kind {
            AnswerKind::Match => table.count(class.map(|class| class == 1), label == 1, 1),
            AnswerKind::Class | AnswerKind::Scores => confusion.count(class, label),
        }
    }
    Ok(Accuracy {
        origin: labelled.commitment.origin().as_str().to_owned(),
        commitment: verified.commitment_digest(),
        request: verified.request_digest(),
        classifier: verified.classifier_digest(),
        items: verified.counts().items,
        record: labelled.record,
        opened: labelled.opened.is_some(),
        names: labelled.names,
        counts: match kind {
            AnswerKind::Match => Counts::Matches(table),
            AnswerKind::Class | AnswerKind::Scores => Counts::Classes(confusion),
        },
    })
}
