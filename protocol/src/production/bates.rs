//! Bates numbers, and the names of produced files: `[format-natives]`.
//!
//! What is produced is numbered `1, 2, …`, one number a document: family after family by the position
//! of the head, in a family the head first, then ascending by position ([`order`]). So a family has
//! consecutive numbers. A native file is named by its Bates number with an extension from a closed
//! list, so no name of the responder's reaches the production, and no name can leave its folder.

use super::names;
use crate::bytes::Malformed;
use crate::view::Kind;
use std::fmt;
use std::str::FromStr;

/// The extensions that a produced file can have; `bin` for what none of the others names.
pub const EXTENSIONS: [&str; 35] = [
    "bin", "bmp", "csv", "dat", "doc", "docx", "eml", "gif", "htm", "html", "ico", "jpg", "mbox",
    "mht", "mhtml", "msg", "odp", "ods", "odt", "pdf", "png", "pnm", "ppt", "pptx", "pst", "rtf",
    "tif", "tsv", "txt", "webp", "xls", "xlsb", "xlsx", "xml", "zip",
];

/// Positions in the order of their Bates numbers; each is given with the position that heads its family.
#[must_use]
pub fn order(mut produced: Vec<(u64, u64)>) -> Vec<u64> {
    produced.sort_by_key(|&(position, head)| (head, position != head, position));
    produced.into_iter().map(|(position, _)| position).collect()
}

/// Digits of a Bates number; larger numbers take more.
const DIGITS: usize = 7;

/// The letters before the digits: 1 to 24 ASCII letters, digits, `-` and `_`, beginning with a
/// letter or digit and not ending in a digit, so that the number begins where the prefix ends.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct BatesPrefix(String);

impl FromStr for BatesPrefix {
    type Err = Malformed;

    fn from_str(text: &str) -> Result<Self, Malformed> {
        let allowed = |b: u8| b.is_ascii_alphanumeric() || b == b'-' || b == b'_';
        let bytes = text.as_bytes();
        let fits = (1..=24).contains(&bytes.len())
            && bytes.iter().all(|&b| allowed(b))
            && bytes[0].is_ascii_alphanumeric()
            && !bytes[bytes.len() - 1].is_ascii_digit();
        if fits {
            Ok(Self(text.to_owned()))
        } else {
            Err(Malformed::new(
                "a Bates prefix has 1 to 24 ASCII letters, digits, '-' and '_', begins with a \
                 letter or digit and does not end in a digit",
            ))
        }
    }
}

impl fmt::Display for BatesPrefix {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl BatesPrefix {
    /// The Bates number with this prefix and serial number (the first is 1).
    #[must_use]
    pub fn number(&self, serial: u64) -> BatesNumber {
        BatesNumber(format!("{}{serial:0DIGITS$}", self.0))
    }
}

/// A prefix and at least seven digits.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct BatesNumber(String);

impl BatesNumber {
    /// The name of the native file with this number.
    #[must_use]
    pub fn native(&self, extension: Extension) -> String {
        format!("{}.{extension}", self.0)
    }

    /// The path of the rendition with this number, in the production; of an image the first page.
    #[must_use]
    pub fn rendition(&self, kind: Kind) -> String {
        match kind {
            Kind::Text => format!("{}/{}.txt", names::TEXT, self.0),
            Kind::Image => self.image(1),
        }
    }

    /// The path of a page, in the production; pages are numbered from 1.
    #[must_use]
    pub fn image(&self, page: u32) -> String {
        format!("{}/{}.png", names::IMAGES, self.image_key(page))
    }

    /// What load files call a page: the first by the number alone, the others with their own behind it.
    #[must_use]
    pub fn image_key(&self, page: u32) -> String {
        match page {
            0 | 1 => self.0.clone(),
            _ => format!("{}.{page:04}", self.0),
        }
    }
}

impl fmt::Display for BatesNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for BatesNumber {
    type Err = Malformed;

    fn from_str(text: &str) -> Result<Self, Malformed> {
        let malformed = || Malformed::new("a Bates number is a prefix and at least 7 digits");
        let prefix = text.trim_end_matches(|c: char| c.is_ascii_digit());
        let serial = &text[prefix.len()..];
        let number = Self(text.to_owned());
        let serial = serial.parse::<u64>().map_err(|_| malformed())?;
        let canonical = prefix.parse::<BatesPrefix>()?.number(serial) == number;
        if canonical && serial > 0 {
            Ok(number)
        } else {
            Err(malformed())
        }
    }
}

/// The extension of a produced file, one of [`EXTENSIONS`].
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Extension(&'static str);

impl Extension {
    /// As text, without a dot.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        self.0
    }
}

impl fmt::Display for Extension {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

impl FromStr for Extension {
    type Err = Malformed;

    fn from_str(text: &str) -> Result<Self, Malformed> {
        EXTENSIONS
            .iter()
            .find(|&&known| known == text)
            .map(|known| Self(known))
            .ok_or_else(|| {
                Malformed::new(format!(
                    "the extension is none of {}",
                    EXTENSIONS.join(", ")
                ))
            })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_canonical() {
        let prefix: BatesPrefix = "EPA-24_".parse().unwrap();
        assert_eq!(prefix.number(12).to_string(), "EPA-24_0000012");
        assert_eq!(prefix.number(123_456_789).to_string(), "EPA-24_123456789");
        for good in ["A0000001", "EPA-24_0000012", "A123456789"] {
            assert_eq!(good.parse::<BatesNumber>().unwrap().to_string(), good);
        }
        for bad in [
            "",
            "A",
            "0000001",
            "A0000000",
            "A001",
            "A00000001",
            "../0000001",
            "-A0000001",
        ] {
            assert!(bad.parse::<BatesNumber>().is_err(), "{bad}");
        }
    }

    #[test]
    fn prefixes_cannot_leave_the_folder() {
        for bad in [
            "",
            "A1",
            "..",
            "a/b",
            "a\\b",
            "a b",
            "-a",
            "é",
            "a\n",
            &"a".repeat(25),
        ] {
            assert!(bad.parse::<BatesPrefix>().is_err(), "{bad}");
        }
    }

    #[test]
    fn extensions_are_a_closed_list() {
        assert_eq!("png".parse::<Extension>().unwrap().as_str(), "png");
        for bad in ["", "PNG", "exe", "svg", "png.exe", "../png"] {
            assert!(bad.parse::<Extension>().is_err(), "{bad}");
        }
        assert!(EXTENSIONS.is_sorted());
    }

    #[test]
    fn families_have_consecutive_numbers() {
        let produced = vec![(0, 7), (2, 2), (3, 9), (7, 7), (8, 7), (9, 9)];
        assert_eq!(order(produced), [2, 7, 0, 8, 9, 3]);
    }
}
