//! What happened to a position.

use crate::bytes::Malformed;
use crate::digest::Digest;

const COMPANION_SHIFT: u8 = 4;
const COMPANION_MASK: u8 = 3 << COMPANION_SHIFT;

/// What happened to the item at a position: exactly one of these.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Disposition {
    /// It is proved not to match.
    NotResponsive,
    /// It is proved to match, and produced.
    Produced,
    /// It is proved to match, and withheld on a stated basis.
    Withheld,
    /// It could not be read when the commitment was made.
    Exception,
    /// It has no view that the classifier reads.
    NoView,
    /// It is proved to have the class or the scores that stand in the file of answers.
    Answered,
    /// It is proved to match, and a redacted rendition of it is produced.
    Redacted,
}

impl Disposition {
    const ALL: [Self; 7] = [
        Self::NotResponsive,
        Self::Produced,
        Self::Withheld,
        Self::Exception,
        Self::NoView,
        Self::Answered,
        Self::Redacted,
    ];

    fn code(self) -> u8 {
        match self {
            Self::NotResponsive => 0,
            Self::Produced => 1,
            Self::Withheld => 2,
            Self::Exception => 3,
            Self::NoView => 4,
            Self::Answered => 5,
            Self::Redacted => 6,
        }
    }

    fn from_code(code: u8) -> Result<Self, Malformed> {
        let found = Self::ALL
            .into_iter()
            .find(|disposition| disposition.code() == code);
        found.ok_or_else(|| Malformed::new(format!("{code} is not the code of a disposition")))
    }

    /// The match bit that this disposition claims, for a provable position.
    #[must_use]
    pub fn claims_match(self) -> bool {
        matches!(self, Self::Produced | Self::Redacted | Self::Withheld)
    }
}

/// What happened to a position that does not match, for the sake of its family.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Companion {
    /// Nothing.
    None,
    /// It is handed over.
    Produced,
    /// It is withheld on a stated basis.
    Withheld,
    /// A redacted rendition of it is handed over.
    Redacted,
}

impl Companion {
    fn code(self) -> u8 {
        match self {
            Self::None => 0,
            Self::Produced => 1,
            Self::Withheld => 2,
            Self::Redacted => 3,
        }
    }

    fn from_code(code: u8) -> Result<Self, Malformed> {
        match code {
            0 => Ok(Self::None),
            1 => Ok(Self::Produced),
            2 => Ok(Self::Withheld),
            3 => Ok(Self::Redacted),
            _ => Err(Malformed::new(format!(
                "{code} is not the code of a companion"
            ))),
        }
    }
}

/// What happened to one position: its disposition, and what its family brought.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Outcome {
    /// What the classifier and the responding party made of it.
    pub disposition: Disposition,
    /// What its family brought. A match is never a companion.
    pub companion: Companion,
    /// The digest of what is produced in its place ([`crate::production::redaction`]), if it is redacted.
    pub redaction: Option<Digest>,
}

impl From<Disposition> for Outcome {
    fn from(disposition: Disposition) -> Self {
        Self {
            disposition,
            companion: Companion::None,
            redaction: None,
        }
    }
}

impl Outcome {
    /// Whether it is handed over as a whole, as a match or as a companion.
    #[must_use]
    pub fn is_produced(self) -> bool {
        self.disposition == Disposition::Produced || self.companion == Companion::Produced
    }

    /// Whether a redacted rendition of it is handed over, of a match or of a companion.
    #[must_use]
    pub fn is_redacted(self) -> bool {
        self.disposition == Disposition::Redacted || self.companion == Companion::Redacted
    }

    /// Whether it is withheld, as a match or as a companion.
    #[must_use]
    pub fn is_withheld(self) -> bool {
        self.disposition == Disposition::Withheld || self.companion == Companion::Withheld
    }

    pub(super) fn code(self) -> u8 {
        self.disposition.code() | self.companion.code() << COMPANION_SHIFT
    }

    pub(super) fn from_code(code: u8) -> Result<Self, Malformed> {
        let outcome = Self {
            disposition: Disposition::from_code(code & !COMPANION_MASK)?,
            companion: Companion::from_code((code & COMPANION_MASK) >> COMPANION_SHIFT)?,
            redaction: None,
        };
        if outcome.disposition.claims_match() && outcome.companion != Companion::None {
            return Err(Malformed::new("a match is called a companion"));
        }
        Ok(outcome)
    }
}
