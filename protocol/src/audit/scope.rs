//! Which positions are drawn from, by a name that is part of the draw.
//!
//! | name | positions |
//! |---|---|
//! | `all` | all positions of the commitment |
//! | `not-produced` | all that are not handed over |
//! | `not-responsive` | those that the ledger lists as proved not to match: the elusion test |
//! | `withheld` | those that it lists as withheld, with companions of families |
//! | `redacted` | those in whose place it lists a redacted rendition, with companions |
//! | `exceptions`, `exceptions/damaged` | exceptions that are not handed over; those with one reason |
//! | `no-view` | those that lack the view which the classifier reads, and are not handed over |
//! | `pages` | pages that are not handed over |
//! | `view/gray-64x64` | those with this view that are not handed over |
//! | `batch/12` | the positions of one batch |
//!
//! All but `all` depend on a production's ledger; `batch` on its dimensions too.

use crate::bytes::Malformed;
use crate::exceptions::Reason;
use crate::leaf::Status;
use crate::production::ledger::{Disposition, Line};
use crate::view::View;
use std::fmt;
use std::str::FromStr;

/// Which positions are drawn from.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Scope {
    /// All positions of the commitment.
    All,
    /// All that are not handed over.
    NotProduced,
    /// Those that a production lists as proved not to match.
    NotResponsive,
    /// Those that it lists as withheld.
    Withheld,
    /// Those that it lists as redacted.
    Redacted,
    /// Exceptions that are not handed over: all, or those with one reason.
    Exceptions(Option<Reason>),
    /// Those without the view that the classifier reads.
    NoView,
    /// Pages that are not handed over.
    Pages,
    /// Those with a view that are not handed over.
    View(View),
    /// The positions of one batch.
    Batch(u64),
}

impl Scope {
    /// Whether a position is in the scope; a batch by its number, the position's own if it is provable.
    #[must_use]
    pub fn has(&self, line: &Line, batch: Option<u64>) -> bool {
        let hidden = !line.outcome.is_produced();
        match *self {
            Self::All => true,
            Self::NotProduced => hidden,
            Self::NotResponsive => line.outcome.disposition == Disposition::NotResponsive,
            Self::Withheld => line.outcome.is_withheld(),
            Self::Redacted => line.outcome.is_redacted(),
            Self::Exceptions(None) => hidden && !line.status.is_read(),
            Self::Exceptions(Some(reason)) => hidden && line.status == Status::Exception(reason),
            Self::NoView => hidden && line.outcome.disposition == Disposition::NoView,
            Self::Pages => hidden && line.status == Status::Page,
            Self::View(view) => hidden && line.is_provable(view),
            Self::Batch(number) => batch == Some(number),
        }
    }

    /// The scope in words that follow "positions".
    #[must_use]
    pub fn words(&self) -> String {
        match self {
            Self::All => "of the commitment".to_owned(),
            Self::NotProduced => "that are not handed over".to_owned(),
            Self::NotResponsive => "listed as not responsive".to_owned(),
            Self::Withheld => "listed as withheld".to_owned(),
            Self::Redacted => "listed as redacted".to_owned(),
            Self::Exceptions(None) => "listed as exceptions".to_owned(),
            Self::Exceptions(Some(reason)) => format!("listed as exceptions ({reason})"),
            Self::NoView => "listed as lacking the view".to_owned(),
            Self::Pages => "that are pages".to_owned(),
            Self::View(view) => format!("with the view {view}"),
            Self::Batch(number) => format!("of batch {number}"),
        }
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::All => f.write_str("all"),
            Self::NotProduced => f.write_str("not-produced"),
            Self::NotResponsive => f.write_str("not-responsive"),
            Self::Withheld => f.write_str("withheld"),
            Self::Redacted => f.write_str("redacted"),
            Self::Exceptions(None) => f.write_str("exceptions"),
            Self::Exceptions(Some(reason)) => write!(f, "exceptions/{reason}"),
            Self::NoView => f.write_str("no-view"),
            Self::Pages => f.write_str("pages"),
            Self::View(view) => write!(f, "view/{view}"),
            Self::Batch(number) => write!(f, "batch/{number}"),
        }
    }
}

impl FromStr for Scope {
    type Err = Malformed;

    fn from_str(text: &str) -> Result<Self, Malformed> {
        let unknown = || {
            Malformed::new(
                "a scope is all, not-produced, not-responsive, withheld, redacted, exceptions, \
                 exceptions/REASON, no-view, pages, view/VIEW or batch/NUMBER",
            )
        };
        let scope = match text.split_once('/') {
            None => match text {
                "all" => Self::All,
                "not-produced" => Self::NotProduced,
                "not-responsive" => Self::NotResponsive,
                "withheld" => Self::Withheld,
                "redacted" => Self::Redacted,
                "exceptions" => Self::Exceptions(None),
                "no-view" => Self::NoView,
                "pages" => Self::Pages,
                _ => return Err(unknown()),
            },
            Some(("exceptions", reason)) => {
                Self::Exceptions(Some(reason.parse().map_err(|_| unknown())?))
            }
            Some(("view", view)) => Self::View(view.parse().map_err(|_| unknown())?),
            Some(("batch", number)) => Self::Batch(number.parse().map_err(|_| unknown())?),
            Some(_) => return Err(unknown()),
        };
        if scope.to_string() == text {
            Ok(scope)
        } else {
            Err(unknown())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scopes_have_one_spelling() {
        for text in [
            "all",
            "not-produced",
            "not-responsive",
            "withheld",
            "redacted",
            "exceptions",
            "exceptions/damaged",
            "no-view",
            "pages",
            "view/gray-64x64",
            "batch/12",
        ] {
            let scope: Scope = text.parse().unwrap();
            assert_eq!(scope.to_string(), text);
            assert!(!scope.words().is_empty());
        }
        for text in [
            "",
            "ALL",
            "all/",
            "exceptions/",
            "exceptions/tired",
            "view/",
            "view/gray-064x64",
            "batch",
            "batch/",
            "batch/012",
            "batch/-1",
            "batch/1/2",
        ] {
            assert!(text.parse::<Scope>().is_err(), "{text}");
        }
    }
}
