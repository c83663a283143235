//! What stands in the place of a redacted document: a text or pages, as the ledger's digest says.
//!
//! Without it these lies become possible: what is shown, or its basis, is exchanged afterwards; a part is
//! withheld without a mark; the document lies beside its redaction.
//!
//! Not proved: that what is shown was taken from the committed document.

use crate::checks::evidence::Evidence;
use crate::checks::listed::{Redacted, Redaction};
use crate::fault::{Fault, NotPassed};
use duces_protocol::digest::Digest;
use duces_protocol::production::bates::BatesNumber;
use duces_protocol::production::ledger::Line;
use duces_protocol::production::load_file::Row;
use duces_protocol::production::{names, redaction};
use duces_protocol::rendition::Rendition;
use duces_protocol::view::Kind;
use std::collections::BTreeSet;

/// The files that stand in the place of a document.
pub(super) struct Shown {
    bates: BatesNumber,
    /// How many pages; of a text none.
    pages: u32,
    /// The text, or the pages in order.
    pub(super) paths: Vec<String>,
}

/// A redaction that is as the ledger says.
pub(super) struct Checked {
    pub(super) listed: Redacted,
    pub(super) row: Row,
    pub(super) files: Vec<(String, Digest)>,
}

/// Finds the files with a Bates number among those that are there.
pub(super) fn shown(bates: &BatesNumber, actual: &BTreeSet<String>) -> Result<Shown, Fault> {
    let own = format!("{}/{bates}.", names::NATIVES);
    if let Some(native) = actual.range(own.clone()..).next()
        && native.starts_with(&own)
    {
        let what = "it is a native file in the place of a redacted document";
        return Err(Fault::new(format!("{native:?}"), what));
    }
    let text = bates.rendition(Kind::Text);
    let pages = (1..=redaction::MAX_PAGES).map(|page| bates.image(page));
    let pages: Vec<String> = pages.take_while(|path| actual.contains(path)).collect();
    match (actual.contains(&text), pages.is_empty()) {
        (true, true) => Ok(Shown {
            bates: bates.clone(),
            pages: 0,
            paths: vec![text],
        }),
        (false, false) => Ok(Shown {
            bates: bates.clone(),
            pages: u32::try_from(pages.len()).expect("there are at most MAX_PAGES"),
            paths: pages,
        }),
        (true, false) => Err(Fault::new(text, "a redaction is a text or pages, not both")),
        (false, true) => Err(Fault::new(
            text,
            "neither a redacted text nor a page is there",
        )),
    }
}

/// Reads what is shown of a redacted position, and compares it with the ledger.
pub(super) fn check(evidence: &Evidence, line: &Line, shown: Shown) -> Result<Checked, NotPassed> {
    let position = line.position;
    let entries = evidence.withholding.of(position);
    let kind = if shown.pages == 0 {
        Kind::Text
    } else {
        Kind::Image
    };
    let mut read = Vec::new();
    for (path, page) in shown.paths.into_iter().zip(1..) {
        let name = shown.bates.image_key(page);
        let (rendition, sha256) = evidence.handed_over(&path, kind, &name)?;
        if let Rendition::Text(text) = &rendition
            && let Some(number) = redaction::unmarked(text, entries.len())
        {
            let what = format!("redaction {number} is not marked in it");
            return Err(Fault::new(format!("{path} (position {position})"), what).into());
        }
        read.push((path, sha256));
    }
    let digests: Vec<Digest> = read.iter().map(|(_, sha256)| *sha256).collect();
    let digest = redaction::digest(position, shown.pages, &digests, entries);
    if line.outcome.redaction != Some(digest) {
        let place = format!("{} (position {position})", read[0].0);
        let what = "files and entries are not the redaction that the ledger names";
        return Err(Fault::new(place, what).into());
    }
    let listed = Redacted {
        position,
        bates: shown.bates.to_string(),
        family: line.family,
        companion: !line.outcome.disposition.claims_match(),
        pages: shown.pages,
        digest: digest.to_string(),
        redactions: entries.iter().map(Redaction::new).collect(),
    };
    let row = Row {
        bates: shown.bates,
        position,
        family: line.family,
        native: None,
        text: shown.pages == 0,
        pages: shown.pages,
        redacted: true,
    };
    Ok(Checked {
        listed,
        row,
        files: read,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use duces_protocol::production::bates::BatesPrefix;

    #[test]
    fn a_redaction_is_a_text_or_pages_without_a_gap() {
        let prefix: BatesPrefix = "EPA".parse().unwrap();
        let files = |names: &[&str]| names.iter().map(|&name| name.to_owned()).collect();
        let of = |names: &[&str]| shown(&prefix.number(2), &files(names));
        let pages = |names: &[&str]| of(names).map(|shown| (shown.pages, shown.paths.len()));
        assert_eq!(pages(&["text/EPA0000002.txt"]), Ok((0, 1)));
        let [one, two, three] = [
            "images/EPA0000002.png",
            "images/EPA0000002.0002.png",
            "images/EPA0000002.0003.png",
        ];
        assert_eq!(pages(&[one, two, three]), Ok((3, 3)));
        // The third is left over, and belongs to nothing.
        assert_eq!(pages(&[one, three]), Ok((1, 1)));
        for names in [
            &[][..],
            &[two],
            &["text/EPA0000002.txt", one],
            &["text/EPA0000002.txt", "natives/EPA0000002.docx"],
            &["natives/EPA0000002.bin"],
            &["text/EPA0000003.txt"],
        ] {
            assert!(of(names).is_err(), "{names:?}");
        }
        assert!(of(&["text/EPA0000002.txt", "natives/EPA00000020.bin"]).is_ok());
    }
}
