//! `labels.csv` `[format-labels]`: what a person says of documents, to be compared with the proven
//! decisions.
//!
//! ```text
//! position,label
//! 3,yes
//! 17,no
//! ```
//!
//! `yes` says that the document is what the request looks for. In place of `position` the column may be
//! `sha256`, with the digest of a produced file as `sha256sum` prints it. [`parse`] takes any order and
//! further columns.

use super::sample::{position, read_columns};
use crate::bytes::Malformed;
use crate::digest::Digest;
use std::collections::BTreeMap;

/// Labels, by what names their documents.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Labels {
    /// By position.
    Positions(BTreeMap<u64, bool>),
    /// By SHA-256 of the file.
    Files(BTreeMap<Digest, bool>),
}

/// Reads a file of labels.
///
/// # Errors
/// When the first columns are not `position` or `sha256`, and `label`; a label is neither yes nor no; a
/// document is not named as it should be, or is named twice; there are none, or more than a sample
/// may have.
pub fn parse(bytes: &[u8]) -> Result<Labels, Malformed> {
    let named = |names: &[&str]| read_columns(bytes, names);
    if let Ok(rows) = named(&["sha256", "label"]) {
        let digest = |cell: &str, line: u64| {
            Digest::from_hex(cell)
                .ok_or_else(|| Malformed::new(format!("line {line}: that is no SHA-256 digest")))
        };
        return Ok(Labels::Files(collect(&rows, digest)?));
    }
    let rows = named(&["position", "label"])?;
    Ok(Labels::Positions(collect(&rows, position)?))
}

fn collect<K: Ord>(
    rows: &[(Vec<String>, u64)],
    key: impl Fn(&str, u64) -> Result<K, Malformed>,
) -> Result<BTreeMap<K, bool>, Malformed> {
    let mut labels = BTreeMap::new();
    for (cells, line) in rows {
        let label = match cells[1].to_ascii_lowercase().as_str() {
            "yes" => true,
            "no" => false,
            _ => {
                return Err(Malformed::new(format!(
                    "line {line}: the label is neither yes nor no"
                )));
            }
        };
        if labels.insert(key(&cells[0], *line)?, label).is_some() {
            return Err(Malformed::new(format!(
                "line {line}: that document was labelled before"
            )));
        }
    }
    Ok(labels)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_are_read_by_position_and_by_file() {
        let read = parse(b"position,label,who\n17,Yes,a\n3,no,b\n").unwrap();
        let expected = BTreeMap::from([(3, false), (17, true)]);
        assert_eq!(read, Labels::Positions(expected));
        let hex = "ab".repeat(32);
        let read = parse(format!("sha256,label\n{hex},yes\n").as_bytes()).unwrap();
        let expected = BTreeMap::from([(Digest([0xab; 32]), true)]);
        assert_eq!(read, Labels::Files(expected));
    }

    #[test]
    fn bad_labels_are_refused() {
        let hex = "ab".repeat(32);
        for (text, why) in [
            ("position,label\n3,yes\n3,yes\n".to_owned(), "before"),
            ("position,label\n3,maybe\n".to_owned(), "neither"),
            ("position,label\n-3,yes\n".to_owned(), "number"),
            ("position,relevant\n3,yes\n".to_owned(), "position, label"),
            ("position,label\n".to_owned(), "no positions"),
            (format!("sha256,label\n{hex},yes\n{hex},no\n"), "before"),
            ("sha256,label\nabc,yes\n".to_owned(), "SHA-256"),
        ] {
            let error = parse(text.as_bytes()).unwrap_err().to_string();
            assert!(error.contains(why), "{text}: {error}");
        }
    }
}
