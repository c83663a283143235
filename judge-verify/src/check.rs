//! The nine checks by number, name and label.

use std::fmt;

/// A check of a production, in the order of docs/protocol.md.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Check {
    /// Every file is there and well formed, and there is no other.
    Decode,
    /// The ledger's leaves are the committed ones.
    Commitment,
    /// Request and production name this commitment, and the production this request.
    Binding,
    /// The layout and the keys are built again from the request and three stated numbers.
    Layout,
    /// Every position has exactly one disposition, and every batch has its proof.
    Coverage,
    /// Every proof holds for the ledger's view commitments and match bits, or for the listed answers.
    Proofs,
    /// Every produced document opens its position, and is what the ledger says.
    Openings,
    /// Every withheld item has an entry in the log, and no other item has.
    Withholding,
    /// The list of digests and the load files agree with the files.
    Sums,
}

impl Check {
    /// All checks in order.
    pub const ALL: [Self; 9] = [
        Self::Decode,
        Self::Commitment,
        Self::Binding,
        Self::Layout,
        Self::Coverage,
        Self::Proofs,
        Self::Openings,
        Self::Withholding,
        Self::Sums,
    ];

    /// Its number, from 1.
    #[must_use]
    pub fn number(self) -> usize {
        1 + Self::ALL
            .iter()
            .position(|check| *check == self)
            .expect("ALL has every check")
    }

    /// Its label in the specification. It stays, whatever number the check has.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::Decode => "[check-decode]",
            Self::Commitment => "[check-commitment]",
            Self::Binding => "[check-binding]",
            Self::Layout => "[check-layout]",
            Self::Coverage => "[check-coverage]",
            Self::Proofs => "[check-proofs]",
            Self::Openings => "[check-openings]",
            Self::Withholding => "[check-withholding]",
            Self::Sums => "[check-sums]",
        }
    }

    /// Its name in reports.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Decode => "decode",
            Self::Commitment => "commitment",
            Self::Binding => "binding",
            Self::Layout => "layout and keys",
            Self::Coverage => "coverage",
            Self::Proofs => "proofs",
            Self::Openings => "openings",
            Self::Withholding => "withholding",
            Self::Sums => "sums",
        }
    }

    /// What holds once it has passed, as a sentence for a report.
    #[must_use]
    pub fn claim(self) -> &'static str {
        match self {
            Self::Decode => {
                "Every file of the production is there and well formed, and there is no other."
            }
            Self::Commitment => "The ledger holds exactly the committed items, in their order.",
            Self::Binding => "The production answers this request, about this commitment.",
            Self::Layout => {
                "The verifying keys were built here, from the request and the stated layout."
            }
            Self::Coverage => {
                "Every item has exactly one disposition, families come along as the profile says, and \
                 no proof is missing."
            }
            Self::Proofs => {
                "Every item is cryptographically proved to match, or not to match, or to have the class \
                 or the scores that are listed."
            }
            Self::Openings => {
                "Every produced document is the committed one; a match matches the request, and what \
                 comes along with it does not. (Of a sealed classifier the proofs alone say that.)"
            }
            Self::Withholding => {
                "Every withheld item has an entry in the log, and no other item has; privilege log and Vaughn \
                 index say what the entries say."
            }
            Self::Sums => "The list of digests and the load files agree with the files.",
        }
    }
}

impl fmt::Display for Check {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "check {} ({})", self.number(), self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn numbers_labels_and_names_are_one_for_one() {
        let numbers: Vec<usize> = Check::ALL.iter().map(|check| check.number()).collect();
        assert_eq!(numbers, [1, 2, 3, 4, 5, 6, 7, 8, 9]);
        let labels: BTreeSet<&str> = Check::ALL.iter().map(|check| check.label()).collect();
        let names: BTreeSet<&str> = Check::ALL.iter().map(|check| check.name()).collect();
        assert_eq!((labels.len(), names.len()), (9, 9));
        for check in Check::ALL {
            let inner = check.label().strip_prefix("[check-").unwrap();
            let word = inner.strip_suffix(']').unwrap();
            assert!(check.name().starts_with(word), "{check}");
        }
        assert_eq!(Check::Proofs.to_string(), "check 6 (proofs)");
    }
}
