//! What the file commitment binds of a file's name.
//!
//! Where bytes leave open what they are, the extractor goes by the end of the name: values with commas
//! under `.csv`, a message under `.eml`. So this end is committed to with the bytes, and a judge who
//! reads the file again reads it under the same one. Nothing else of a name is bound.

use crate::bytes::Malformed;
use std::fmt;
use std::str::FromStr;

/// The most characters.
const MAX: usize = 8;

/// What follows the last dot of a file's name, in lower case, if it is 1 to 8 ASCII letters and digits;
/// else empty.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug, Default)]
pub struct Suffix(String);

impl Suffix {
    /// The suffix of a name; folders before it, parted by `/` or `\`, do not count.
    #[must_use]
    pub fn of(name: &str) -> Self {
        let file = name.rsplit(['/', '\\']).next().unwrap_or(name);
        let (_, end) = file.rsplit_once('.').unwrap_or_default();
        end.to_ascii_lowercase().parse().unwrap_or_default()
    }

    /// As text, without a dot; may be empty.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// A name of a file that ends in it.
    #[must_use]
    pub fn file(&self, stem: impl fmt::Display) -> String {
        match self.0.as_str() {
            "" => stem.to_string(),
            end => format!("{stem}.{end}"),
        }
    }
}

impl fmt::Display for Suffix {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for Suffix {
    type Err = Malformed;

    /// Reads the form in which it is committed to, which may be empty.
    fn from_str(text: &str) -> Result<Self, Malformed> {
        let plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit();
        if text.len() <= MAX && text.bytes().all(plain) {
            Ok(Self(text.to_owned()))
        } else {
            Err(Malformed::new(
                "the end of a name is not up to 8 lower-case letters and digits",
            ))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn suffixes_are_short_and_plain() {
        for (name, suffix) in [
            ("a/b.EML", "eml"),
            ("a.csv/b", ""),
            ("a.csv\\b", ""),
            ("b", ""),
            ("b.", ""),
            (".eml", "eml"),
            ("x.tar.gz", "gz"),
            ("x.p\u{202e}g", ""),
            ("x.=cmd", ""),
            ("x.extension", ""),
        ] {
            assert_eq!(Suffix::of(name).as_str(), suffix, "{name}");
        }
        assert_eq!(Suffix::of("b.TXT").file(17), "17.txt");
        assert_eq!(Suffix::of("b").file(17), "17");
        for bad in ["TXT", "ninechars", "a.b", " ", "é"] {
            assert!(bad.parse::<Suffix>().is_err(), "{bad}");
        }
    }
}
