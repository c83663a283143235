//! Redactions `[format-redaction]`: what is produced in the place of a document of which parts are
//! withheld.
//!
//! A redacted position has either one text, `text/EPA0000003.txt`, or pages, `images/EPA0000003.png`,
//! `images/EPA0000003.0002.png` and so on. It has no native file, no opening and no salt. Each redaction
//! has an entry in the withholding log, and a text marks where each is: `[REDACTED 1]` for the first entry
//! of the position. The ledger binds files and entries by [`digest`].
//!
//! Not proved: that what is shown was taken from the committed document.

use super::withholding::Entry;
use crate::digest::{Digest, TaggedHash};

/// The most pages of a redaction.
pub const MAX_PAGES: u32 = 9_999;

/// The most redactions of a position.
pub const MAX_REDACTIONS: usize = 1_000;

/// The digest that stands in the ledger: of the position, the number of pages (0 of a text), the SHA-256
/// of the text or of each page, and basis and description of each entry.
#[must_use]
pub fn digest(position: u64, pages: u32, files: &[Digest], entries: &[Entry]) -> Digest {
    let mut hash = TaggedHash::new("duces/redaction/v1")
        .number(position)
        .number(pages.into());
    for file in files {
        hash = hash.part(&file.0);
    }
    for entry in entries {
        hash = hash
            .part(entry.basis.as_bytes())
            .part(entry.description.as_bytes());
    }
    hash.finish()
}

/// What stands in a text where a redaction is; numbers are from 1.
#[must_use]
pub fn mark(number: usize) -> String {
    format!("[REDACTED {number}]")
}

/// The first of so many redactions that a text does not mark.
#[must_use]
pub fn unmarked(text: &str, redactions: usize) -> Option<usize> {
    (1..=redactions).find(|number| !text.contains(&mark(*number)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    fn entry(basis: &str, description: &str) -> Entry {
        Entry {
            position: 3,
            basis: basis.to_owned(),
            description: description.to_owned(),
            more: Vec::new(),
        }
    }

    #[test]
    fn everything_is_in_the_digest() {
        let (one, two) = (Digest([1; 32]), Digest([2; 32]));
        let both = [entry("a", "b"), entry("c", "d")];
        let all = [
            digest(3, 0, &[one], &both),
            digest(4, 0, &[one], &both),
            digest(3, 1, &[one], &both),
            digest(3, 0, &[two], &both),
            digest(3, 2, &[one, two], &both),
            digest(3, 2, &[two, one], &both),
            digest(3, 0, &[one], &both[..1]),
            digest(3, 0, &[one], &[entry("ab", ""), entry("c", "d")]),
            digest(3, 0, &[one], &[entry("c", "d"), entry("a", "b")]),
        ];
        assert_eq!(all.iter().collect::<BTreeSet<_>>().len(), all.len());
    }

    #[test]
    fn every_redaction_has_its_mark() {
        let text = "To [REDACTED 1]: the [REDACTED 3] is [REDACTED 10].";
        assert_eq!(unmarked(text, 1), None);
        assert_eq!(unmarked(text, 3), Some(2));
        assert_eq!(unmarked("", 0), None);
    }
}
