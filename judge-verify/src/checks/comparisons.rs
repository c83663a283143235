//! What came of reading produced files again: how many renditions were confirmed, and how many not.

use super::listed::Produced;
use crate::extractor::NotCompared;
use serde::Serialize;
use std::collections::BTreeMap;

/// What came of reading one produced document again.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Comparison {
    /// The extractor makes the produced rendition of the file.
    Confirmed,
    /// It makes something else: a clause that says what.
    Different(String),
    /// The file was not read again.
    NotCompared(NotCompared),
    /// The file of an exception, which can be read.
    Readable,
    /// The file of an exception, of which nothing is claimed here.
    Exception,
}

/// The comparisons of a production.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize)]
pub struct Comparisons {
    /// What is said of the extractor: a clause.
    pub extractor: String,
    /// Renditions that the extractor makes of the produced file.
    pub confirmed: u64,
    /// Renditions of which it makes something else.
    pub different: u64,
    /// Renditions that were not compared.
    pub not_compared: u64,
    /// Why, and how many each.
    pub reasons: BTreeMap<&'static str, u64>,
    /// Produced exceptions whose file the extractor reads.
    pub readable_exceptions: Vec<Produced>,
    #[serde(skip)]
    words: BTreeMap<NotCompared, u64>,
}

impl Comparisons {
    pub(super) fn new(extractor: &str) -> Self {
        Self {
            extractor: extractor.to_owned(),
            ..Self::default()
        }
    }

    pub(super) fn count(&mut self, comparison: &Comparison, produced: Produced) {
        match comparison {
            Comparison::Confirmed => self.confirmed += 1,
            Comparison::Different(_) => self.different += 1,
            Comparison::NotCompared(why) => {
                self.not_compared += 1;
                *self.reasons.entry(why.name()).or_default() += 1;
                *self.words.entry(*why).or_default() += 1;
            }
            Comparison::Readable => self.readable_exceptions.push(produced),
            Comparison::Exception => {}
        }
    }

    /// Produced renditions.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.confirmed + self.different + self.not_compared
    }

    /// The three counts in one sentence; empty where no rendition was produced.
    #[must_use]
    pub fn sentence(&self) -> String {
        let reasons: Vec<String> = self
            .words
            .iter()
            .map(|(why, count)| format!("{}: {count}", why.words()))
            .collect();
        let reasons = reasons.join("; ");
        let total = self.total();
        match (total, self.confirmed + self.different) {
            (0, _) => String::new(),
            (1, 0) => {
                format!("The one produced rendition was NOT compared with its file ({reasons}).")
            }
            (_, 0) => format!(
                "NONE of the {total} produced renditions was compared with its file ({reasons})."
            ),
            _ => {
                let reasons = if reasons.is_empty() {
                    String::new()
                } else {
                    format!(" ({reasons})")
                };
                format!(
                    "Renditions read again from the produced files: {} confirmed, {} different, {} \
                     not compared{reasons}.",
                    self.confirmed, self.different, self.not_compared
                )
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn produced() -> Produced {
        Produced {
            position: 3,
            bates: "EPA0000001".to_owned(),
            family: 3,
            companion: true,
        }
    }

    fn counted(all: &[Comparison]) -> Comparisons {
        let mut comparisons = Comparisons::new("version 0.1.0");
        for comparison in all {
            comparisons.count(comparison, produced());
        }
        comparisons
    }

    #[test]
    fn the_sentence_has_the_three_counts_and_the_reasons() {
        let different = || Comparison::Different("x".to_owned());
        let all = [
            Comparison::Confirmed,
            Comparison::Confirmed,
            different(),
            Comparison::NotCompared(NotCompared::Page),
            Comparison::Exception,
            Comparison::Readable,
        ];
        let comparisons = counted(&all);
        assert_eq!(
            comparisons.sentence(),
            "Renditions read again from the produced files: 2 confirmed, 1 different, 1 not \
             compared (a page without its document: 1)."
        );
        assert_eq!(comparisons.readable_exceptions, [produced()]);
        assert_eq!(comparisons.reasons[NotCompared::Page.name()], 1);
    }

    #[test]
    fn a_production_that_nobody_compared_says_so() {
        let none = || Comparison::NotCompared(NotCompared::NoExtractor);
        let sentence = counted(&[none(), none()]).sentence();
        assert_eq!(
            sentence,
            "NONE of the 2 produced renditions was compared with its file (no extractor at hand: 2)."
        );
        assert!(counted(&[none()]).sentence().contains("NOT compared"));
        assert_eq!(counted(&[Comparison::Exception]).sentence(), "");
    }
}
