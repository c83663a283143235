//! `exceptions.csv` `[format-exceptions]`: the public list of positions that could not be read, with
//! the reason.
//!
//! A header line `position,reason`, then one line for each exception in ascending order of
//! position, every line ended by a line feed:
//!
//! ```text
//! position,reason
//! 7,damaged
//! 31,unsupported-type
//! ```
//!
//! There are no file names: positions are a random permutation of the corpus. The list restates
//! what the leaves bind; a reader compares it with them.
//!
//! Not proved: that the file of an exception is unreadable. Its bytes are committed wherever they
//! could be read, so a court can have it opened.

use crate::bytes::Malformed;
use std::fmt;
use std::str::FromStr;

const HEADER: &str = "position,reason";

/// Writes the closed vocabulary: name, code and word of each reason, and whether an exception of it
/// can hold parts.
macro_rules! reasons {
    ($($(#[$doc:meta])* $reason:ident = $code:literal, $name:literal, $opened:literal;)*) => {
        /// Why a position has no rendition. The vocabulary is closed; codes are stored in leaves.
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
        #[repr(u8)]
        pub enum Reason {
            $($(#[$doc])* $reason = $code,)*
        }

        impl Reason {
            /// All reasons, by code.
            pub const ALL: &'static [Self] = &[$(Self::$reason,)*];

            /// The word that stands for it in files.
            #[must_use]
            pub fn name(self) -> &'static str {
                match self {
                    $(Self::$reason => $name,)*
                }
            }

            /// Whether such a file was opened, so that it can head a family: a scan without text
            /// has pages, a folder that was not listed has nothing.
            #[must_use]
            pub fn can_head(self) -> bool {
                match self {
                    $(Self::$reason => $opened,)*
                }
            }
        }
    };
}

reasons! {
    /// No reader for its type, its compression or its colours.
    UnsupportedType = 1, "unsupported-type", true;
    /// It breaks the rules of its type.
    Damaged = 2, "damaged", true;
    /// It exceeds a limit of the profile, or a counted limit of the extractor.
    Limit = 3, "limit", true;
    /// It has no bytes.
    Empty = 4, "empty", false;
    /// It was read to its end, and holds no text and is no image.
    NoText = 5, "no-text", true;
    /// The operating system did not give its bytes, or they changed while they were read.
    ReadError = 6, "read-error", false;
    /// A symbolic link: never followed.
    SymbolicLink = 7, "symbolic-link", false;
    /// Neither a file nor a folder: a pipe, socket or device.
    SpecialFile = 8, "special-file", false;
    /// It is readable with a password or a key only.
    Encrypted = 9, "encrypted", true;
    /// Its reader failed by its own fault.
    ReaderFailed = 10, "reader-failed", true;
    /// Its reader did not end in time.
    TimedOut = 11, "timed-out", true;
    /// A page that is drawn, and whose words are not all in the text of its document.
    NotAnImage = 12, "not-an-image", false;
    /// A folder that could not be listed.
    UnlistedFolder = 13, "unlisted-folder", false;
    /// Its digest is on the list of known files that the commitment names.
    Excluded = 14, "excluded", false;
    /// A load file names it, and it is not there.
    Missing = 15, "missing", false;
}

impl Reason {
    /// The byte that stands for it in a leaf, 1 or more.
    #[must_use]
    pub fn code(self) -> u8 {
        self as u8
    }

    /// The reason of a code.
    #[must_use]
    pub fn from_code(code: u8) -> Option<Self> {
        Self::ALL
            .iter()
            .copied()
            .find(|reason| reason.code() == code)
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Reason {
    type Err = Malformed;

    fn from_str(name: &str) -> Result<Self, Malformed> {
        Self::ALL
            .iter()
            .copied()
            .find(|reason| reason.name() == name)
            .ok_or_else(|| Malformed::new(format!("{name:?} is not a reason for an exception")))
    }
}

/// The exceptions of a commitment, ascending by position.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Exceptions(Vec<(u64, Reason)>);

impl Exceptions {
    /// Takes a list.
    ///
    /// # Errors
    /// When positions are not strictly ascending.
    pub fn new(list: Vec<(u64, Reason)>) -> Result<Self, Malformed> {
        if list.windows(2).all(|pair| pair[0].0 < pair[1].0) {
            Ok(Self(list))
        } else {
            Err(Malformed::new("its positions are not in ascending order"))
        }
    }

    /// Positions and reasons, ascending.
    #[must_use]
    pub fn list(&self) -> &[(u64, Reason)] {
        &self.0
    }

    /// Reads the canonical text.
    ///
    /// # Errors
    /// When it differs from the canonical form anywhere.
    pub fn parse(text: &str) -> Result<Self, Malformed> {
        let body = text
            .strip_suffix('\n')
            .ok_or_else(|| Malformed::new("its last line is not ended by a line feed"))?;
        let mut lines = body.split('\n');
        if lines.next() != Some(HEADER) {
            return Err(Malformed::new(format!("its first line is not '{HEADER}'")));
        }
        let list = lines
            .map(|line| {
                let (position, reason) = line
                    .split_once(',')
                    .ok_or_else(|| Malformed::new("a line has no comma"))?;
                Ok((canonical_number(position)?, reason.parse()?))
            })
            .collect::<Result<Vec<_>, Malformed>>()?;
        Self::new(list)
    }
}

/// Reads decimal digits without sign or leading zeros.
pub(crate) fn canonical_number(text: &str) -> Result<u64, Malformed> {
    match text.parse::<u64>() {
        Ok(number) if number.to_string() == text => Ok(number),
        _ => Err(Malformed::new(format!(
            "{text:?} is not a number in canonical form"
        ))),
    }
}

impl fmt::Display for Exceptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{HEADER}")?;
        self.0
            .iter()
            .try_for_each(|(position, reason)| writeln!(f, "{position},{reason}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_round_trips() {
        let list = vec![
            (0, Reason::Damaged),
            (7, Reason::SymbolicLink),
            (u64::MAX, Reason::Empty),
        ];
        let exceptions = Exceptions::new(list).unwrap();
        let text = exceptions.to_string();
        assert_eq!(
            text,
            "position,reason\n0,damaged\n7,symbolic-link\n18446744073709551615,empty\n"
        );
        assert_eq!(Exceptions::parse(&text), Ok(exceptions));
        assert_eq!(
            Exceptions::parse("position,reason\n"),
            Ok(Exceptions::default())
        );
    }

    #[test]
    fn codes_and_names_are_distinct() {
        for &reason in Reason::ALL {
            assert_eq!(Reason::from_code(reason.code()), Some(reason));
            assert_eq!(reason.name().parse(), Ok(reason));
        }
        assert_eq!(Reason::from_code(0), None);
        assert_eq!(Reason::from_code(16), None);
    }

    #[test]
    fn other_forms_are_refused() {
        for text in [
            "",
            "position,reason",
            "position,reason\r\n7,damaged\r\n",
            "position,reason\n7,damaged",
            "position,reason\n07,damaged\n",
            "position,reason\n+7,damaged\n",
            "position,reason\n7,lost\n",
            "position,reason\n7\n",
            "position,reason\n7,damaged\n7,empty\n",
            "position,reason\n7,damaged\n6,empty\n",
            "position,reason\n7,damaged\n\n",
            "position,reason\n18446744073709551616,empty\n",
        ] {
            assert!(Exceptions::parse(text).is_err(), "{text:?}");
        }
    }
}
