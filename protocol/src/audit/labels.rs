//! `labels.csv` `[format-labels]`: what a person says of documents, to be compared with the proven
//! answers.
//!
//! ```text
//! position,label
//! 3,yes
//! 17,no
//! ```
//!
//! `yes` says that the document is what a request for matches looks for. Where the request asks for
//! classes or scores the label is the number of a class. In place of `position` the column may be
//! `sha256`, with the digest of a file as `sha256sum` prints it. [`parse`] takes any order and further
//! columns.

use super::sample::{position, read_columns};
use crate::bytes::Malformed;
use crate::digest::Digest;
use std::collections::BTreeMap;

/// The longest label or name of a class, in bytes.
pub const MAX_LABEL: usize = 200;

/// Labels, by what names their documents.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Labels<T> {
    /// By position.
    Positions(BTreeMap<u64, T>),
    /// By SHA-256 of the file.
    Files(BTreeMap<Digest, T>),
}

/// Which labels there are.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum LabelForm<'a> {
    /// `yes` or `no`: 1 or 0.
    YesOrNo,
    /// The number of a class, or its name where names are given in the order of classes.
    Class(&'a [String]),
}

impl LabelForm<'_> {
    /// The label of a cell.
    fn read(self, cell: &str) -> Result<u32, &'static str> {
        if cell.len() > MAX_LABEL {
            return Err("the label is too long");
        }
        match self {
            Self::YesOrNo => match cell.to_ascii_lowercase().as_str() {
                "yes" => Ok(1),
                "no" => Ok(0),
                _ => Err("the label is neither yes nor no"),
            },
            Self::Class(names) => {
                let named = (0..).zip(names).find(|(_, name)| *name == cell);
                let number: Option<u32> = cell.parse().ok();
                let number = number.filter(|number| number.to_string() == cell);
                named
                    .map(|(class, _)| class)
                    .or(number)
                    .ok_or("the label is not the number or the name of a class")
            }
        }
    }
}

/// Reads a file of labels.
///
/// # Errors
/// When the first columns are not `position` or `sha256`, and `label`; a label is not of the form; a
/// document is not named as it should be, or is named twice; there are none, or more than a sample
/// may have.
pub fn parse(bytes: &[u8], form: LabelForm<'_>) -> Result<Labels<u32>, Malformed> {
    let named = |names: &[&str]| read_columns(bytes, names);
    if let Ok(rows) = named(&["sha256", "label"]) {
        let digest = |cell: &str, line: u64| {
            Digest::from_hex(cell)
                .ok_or_else(|| Malformed::new(format!("line {line}: that is no SHA-256 digest")))
        };
        return Ok(Labels::Files(collect(&rows, form, digest)?));
    }
    let rows = named(&["position", "label"])?;
    Ok(Labels::Positions(collect(&rows, form, position)?))
}

fn collect<K: Ord>(
    rows: &[(Vec<String>, u64)],
    form: LabelForm<'_>,
    key: impl Fn(&str, u64) -> Result<K, Malformed>,
) -> Result<BTreeMap<K, u32>, Malformed> {
    let mut labels = BTreeMap::new();
    for (cells, line) in rows {
        let at_line = |what: &str| Malformed::new(format!("line {line}: {what}"));
        let label = form.read(&cells[1]).map_err(at_line)?;
        if labels.insert(key(&cells[0], *line)?, label).is_some() {
            return Err(at_line("that document was labelled before"));
        }
    }
    Ok(labels)
}

/// Reads the names of classes, one a line, the first that of class 0.
///
/// # Errors
/// When it is not UTF-8, a name is empty, too long or a number, occurs twice, or there are more than
/// an answer has integers.
pub fn parse_names(bytes: &[u8]) -> Result<Vec<String>, Malformed> {
    let text = std::str::from_utf8(bytes).map_err(|_| Malformed::new("it is not UTF-8"))?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut names: Vec<String> = Vec::new();
    let mut seen = std::collections::BTreeSet::new();
    for (line, number) in text.lines().zip(1..) {
        let name = line.trim();
        let at_line = |what: &str| Malformed::new(format!("line {number}: {what}"));
        if name.is_empty() || name.len() > MAX_LABEL {
            return Err(at_line("the name of a class is empty or too long"));
        }
        if name.bytes().all(|b| b.is_ascii_digit()) {
            return Err(at_line(
                "a number names no class: it would be taken for one",
            ));
        }
        if names.len() == crate::classifier::limits::ANSWER_LEN {
            return Err(at_line("there are too many names"));
        }
        if !seen.insert(name) {
            return Err(at_line("two classes have this name"));
        }
        names.push(name.to_owned());
    }
    Ok(names)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_are_read_by_position_and_by_file() {
        let yes_or_no = LabelForm::YesOrNo;
        let read = parse(b"position,label,who\n17,Yes,a\n3,no,b\n", yes_or_no).unwrap();
        let expected = BTreeMap::from([(3, 0), (17, 1)]);
        assert_eq!(read, Labels::Positions(expected));
        let hex = "ab".repeat(32);
        let read = parse(format!("sha256,label\n{hex},yes\n").as_bytes(), yes_or_no).unwrap();
        let expected = BTreeMap::from([(Digest([0xab; 32]), 1)]);
        assert_eq!(read, Labels::Files(expected));
        let names = parse_names(b"ham\r\nspam <b>\r\n").unwrap();
        let labels = b"position,label\n3,spam <b>\n4,0\n5,7\n";
        let read = parse(labels, LabelForm::Class(&names)).unwrap();
        let expected = BTreeMap::from([(3, 1), (4, 0), (5, 7)]);
        assert_eq!(read, Labels::Positions(expected));
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
            (format!("position,label\n3,{}\n", "y".repeat(201)), "long"),
        ] {
            let error = parse(text.as_bytes(), LabelForm::YesOrNo).unwrap_err();
            assert!(error.to_string().contains(why), "{text}: {error}");
        }
        for label in ["yes", "-1", "01", "4294967296", "", "spam "] {
            let text = format!("position,label\n3,{label}\n");
            let error = parse(text.as_bytes(), LabelForm::Class(&[])).unwrap_err();
            assert!(error.to_string().contains("class"), "{label}: {error}");
        }
        for names in ["a\n\nb\n", "a\na\n", "7\n", "\u{0}\n7\n"] {
            assert!(parse_names(names.as_bytes()).is_err(), "{names:?}");
        }
        assert!(parse_names(&[0xff]).is_err());
        assert!(parse_names("a\n".repeat(5000).as_bytes()).is_err());
    }
}
