//! `sample.txt` `[format-sample]`: what a sample was drawn from, and with which nonce.
//!
//! ```text
//! duces-sample-v1
//! commitment: 9f86d081…
//! request: 60303ae2…
//! ledger: 5f0cb0f1…
//! nonce: 6b1d2c7f…
//! source: drawn
//! draw: not-produced 299 of 2586
//! draw: exceptions/encrypted 20 of 31
//! ```
//!
//! `ledger` is the SHA-256 of the production's ledger: a production that was exchanged after the nonce
//! was known is another one. Each line `draw` is a draw of its own, a *stratum*, with its own seed.

use super::draw::{Draw, MAX_SIZE};
use super::nonce::{Nonce, Source};
use super::scope::Scope;
use crate::bytes::Malformed;
use crate::digest::Digest;
use std::fmt;

/// The largest record, in bytes.
pub const MAX_BYTES: u64 = 1 << 16;

/// The most draws of one sample.
pub const MAX_DRAWS: usize = 256;

const HEADER: &str = "duces-sample-v1";

/// One draw of a sample.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Stratum {
    /// Which positions are drawn from.
    pub scope: Scope,
    /// How many are drawn.
    pub size: u64,
    /// How many there are.
    pub population: u64,
}

/// What a sample is.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SampleRecord {
    /// Digest of the commitment.
    pub commitment: Digest,
    /// Digest of the request.
    pub request: Digest,
    /// SHA-256 of the ledger of the production.
    pub ledger: Digest,
    /// The nonce.
    pub nonce: Nonce,
    /// Where the nonce comes from.
    pub source: Source,
    /// The draws: at least one, and no scope twice.
    pub strata: Vec<Stratum>,
}

impl SampleRecord {
    /// The draw of one stratum from the tree of this root.
    #[must_use]
    pub fn draw(&self, root: Digest, stratum: &Stratum) -> Draw {
        Draw {
            root,
            request: self.request,
            nonce: self.nonce,
            scope: stratum.scope,
            population: stratum.population,
        }
    }

    /// Reads the file.
    ///
    /// # Errors
    /// When it is not in the canonical form, its nonce is not the one that its source gives, a scope
    /// occurs twice, or a size is 0, larger than its population or than [`MAX_SIZE`].
    pub fn parse(text: &str) -> Result<Self, Malformed> {
        let mut lines = text.split('\n');
        if lines.next() != Some(HEADER) {
            return Err(Malformed::new(format!("its first line is not {HEADER}")));
        }
        let mut field = |name: &str| {
            let line = lines.next().unwrap_or_default();
            line.strip_prefix(name)
                .and_then(|rest| rest.strip_prefix(": "))
                .ok_or_else(|| Malformed::new(format!("the line '{name}' is missing")))
        };
        let digest = |text: &str| {
            Digest::from_hex(text)
                .ok_or_else(|| Malformed::new("a digest is not 64 lower-case hexadecimal digits"))
        };
        let mut record = Self {
            commitment: digest(field("commitment")?)?,
            request: digest(field("request")?)?,
            ledger: digest(field("ledger")?)?,
            nonce: field("nonce")?.parse()?,
            source: field("source")?.parse()?,
            strata: Vec::new(),
        };
        for line in lines.filter(|line| !line.is_empty()) {
            record.strata.push(stratum(line)?);
            if record.strata.len() > MAX_DRAWS {
                return Err(Malformed::new(format!(
                    "it has more than {MAX_DRAWS} draws"
                )));
            }
        }
        record.check()?;
        if record.to_string() == text {
            Ok(record)
        } else {
            Err(Malformed::new("it is not in the canonical form"))
        }
    }

    /// Checks what [`Self::parse`] checks of the values.
    ///
    /// # Errors
    /// As there.
    pub fn check(&self) -> Result<(), Malformed> {
        let given = self.source.nonce(self.commitment, self.request)?;
        if given.is_some_and(|nonce| nonce != self.nonce) {
            let what = "its nonce is not the one that its source gives";
            return Err(Malformed::new(what));
        }
        if self.strata.is_empty() {
            return Err(Malformed::new("it has no draw"));
        }
        for (index, stratum) in self.strata.iter().enumerate() {
            let Stratum {
                scope,
                size,
                population,
            } = stratum;
            if self.strata[..index]
                .iter()
                .any(|other| other.scope == *scope)
            {
                return Err(Malformed::new(format!("it draws twice from {scope}")));
            }
            if *size == 0 || *size > (*population).min(MAX_SIZE) {
                return Err(Malformed::new(format!(
                    "{size} of {population} cannot be drawn"
                )));
            }
        }
        Ok(())
    }
}

fn stratum(line: &str) -> Result<Stratum, Malformed> {
    let malformed = || Malformed::new("a draw is not 'draw: SCOPE SIZE of POPULATION'");
    let rest = line.strip_prefix("draw: ").ok_or_else(malformed)?;
    let parts: Vec<&str> = rest.split(' ').collect();
    let [scope, size, "of", population] = parts[..] else {
        return Err(malformed());
    };
    Ok(Stratum {
        scope: scope.parse()?,
        size: size.parse().map_err(|_| malformed())?,
        population: population.parse().map_err(|_| malformed())?,
    })
}

impl fmt::Display for SampleRecord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{HEADER}")?;
        writeln!(f, "commitment: {}", self.commitment)?;
        writeln!(f, "request: {}", self.request)?;
        writeln!(f, "ledger: {}", self.ledger)?;
        writeln!(f, "nonce: {}", self.nonce)?;
        writeln!(f, "source: {}", self.source)?;
        self.strata.iter().try_for_each(|stratum| {
            let Stratum {
                scope,
                size,
                population,
            } = stratum;
            writeln!(f, "draw: {scope} {size} of {population}")
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record() -> SampleRecord {
        SampleRecord {
            commitment: Digest([1; 32]),
            request: Digest([2; 32]),
            ledger: Digest([3; 32]),
            nonce: Nonce::random(),
            source: Source::Drawn,
            strata: vec![
                Stratum {
                    scope: Scope::NotProduced,
                    size: 299,
                    population: 2586,
                },
                Stratum {
                    scope: Scope::Batch(3),
                    size: 7,
                    population: 7,
                },
            ],
        }
    }

    #[test]
    fn round_trips_and_no_other_spelling_is_read() {
        let text = record().to_string();
        assert_eq!(SampleRecord::parse(&text).unwrap().to_string(), text);
        for case in [
            String::new(),
            text.trim_end().to_owned(),
            format!("{text}\n"),
            text.replace('\n', "\r\n"),
            text.replace("-v1", "-v2"),
            text.replace("0101", "010"),
            text.replace("source: drawn", "source: picked"),
            text.replace("299 of", "0299 of"),
            text.replace("299 of", "0 of"),
            text.replace("299 of", "2587 of"),
            text.replace("batch/3", "not-produced"),
            text.replace("draw: ", "draw:"),
            text.lines()
                .take(6)
                .fold(String::new(), |all, line| all + line + "\n"),
        ] {
            assert!(SampleRecord::parse(&case).is_err(), "{case}");
        }
    }

    /// A nonce beside a round that does not give it was chosen by someone.
    #[test]
    fn a_nonce_that_its_source_does_not_give_is_refused() {
        let source: Source = format!("beacon a:1:{}", "0f".repeat(16)).parse().unwrap();
        let given = source.nonce(Digest([1; 32]), Digest([2; 32])).unwrap();
        let honest = SampleRecord {
            nonce: given.unwrap(),
            source,
            ..record()
        };
        assert!(SampleRecord::parse(&honest.to_string()).is_ok());
        let chosen = SampleRecord {
            nonce: Nonce::random(),
            ..honest
        };
        assert!(SampleRecord::parse(&chosen.to_string()).is_err());
    }
}
