//! The nonce of a draw, and where it comes from.
//!
//! Whoever can choose the nonce chooses the sample: they try nonces until no false position is drawn.
//! So the source is part of the record, and a nonce that was typed in is marked in every report.
//!
//! | source | nonce | what keeps it from being chosen |
//! |---|---|---|
//! | `drawn` | 32 bytes of the operating system | the judge, on whose machine they were drawn |
//! | `beacon` | `H("duces/audit-beacon/v1", name, round, value)` | the round is named before its value is known; anybody can look it up |
//! | `shares` | `H("duces/audit-shares/v1", commitment, request, share, share, …)` | each share's hash is handed over before any share is shown; one that was drawn at random suffices |
//! | `typed` | any | nothing |
//!
//! Not shown: that a round was named in time, that its value is the published one, and that the hashes
//! of shares were exchanged before the shares. These are on the parties' record.

use crate::bytes::Malformed;
use crate::digest::{Digest, TaggedHash};
use rand_core::{OsRng, RngCore};
use std::fmt;
use std::str::FromStr;

/// What is added to the draw: 32 bytes, as 64 lower-case hexadecimal digits.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Nonce([u8; 32]);

impl Nonce {
    /// Draws a nonce from the operating system.
    #[must_use]
    pub fn random() -> Self {
        let mut bytes = [0; 32];
        OsRng.fill_bytes(&mut bytes);
        Self(bytes)
    }

    pub(super) fn bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Display for Nonce {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&Digest(self.0), f)
    }
}

impl FromStr for Nonce {
    type Err = Malformed;

    fn from_str(text: &str) -> Result<Self, Malformed> {
        Digest::from_hex(text)
            .map(|digest| Self(digest.0))
            .ok_or_else(|| Malformed::new("a nonce is 64 lower-case hexadecimal digits"))
    }
}

/// A round of a public beacon and its value: `NAME:ROUND:VALUE`.
///
/// The name is 1 to 64 lower-case letters, digits, dots and hyphens (`drand-quicknet`, `nist-2.0`), the
/// value an even number of lower-case hexadecimal digits, 32 to 512 of them, as the beacon publishes it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Beacon {
    name: String,
    round: u64,
    value: String,
}

impl Beacon {
    /// The beacon's name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The number of the round.
    #[must_use]
    pub fn round(&self) -> u64 {
        self.round
    }

    /// The value, in hexadecimal digits.
    #[must_use]
    pub fn value(&self) -> &str {
        &self.value
    }

    fn nonce(&self) -> Nonce {
        let hash = TaggedHash::new("duces/audit-beacon/v1")
            .part(self.name.as_bytes())
            .number(self.round)
            .part(self.value.as_bytes());
        Nonce(hash.finish().0)
    }
}

impl fmt::Display for Beacon {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{}", self.name, self.round, self.value)
    }
}

impl FromStr for Beacon {
    type Err = Malformed;

    fn from_str(text: &str) -> Result<Self, Malformed> {
        let unknown =
            || Malformed::new("a round of a beacon is NAME:ROUND:VALUE, the value in hexadecimal");
        let mut parts = text.splitn(3, ':');
        let (Some(name), Some(round), Some(value)) = (parts.next(), parts.next(), parts.next())
        else {
            return Err(unknown());
        };
        let named = name
            .bytes()
            .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || matches!(b, b'.' | b'-'));
        let hexadecimal = value
            .bytes()
            .all(|b| b.is_ascii_digit() || matches!(b, b'a'..=b'f'));
        let long = (32..=512).contains(&value.len()) && value.len().is_multiple_of(2);
        if !(1..=64).contains(&name.len()) || !named || !hexadecimal || !long {
            return Err(unknown());
        }
        let beacon = Self {
            name: name.to_owned(),
            round: round.parse().map_err(|_| unknown())?,
            value: value.to_owned(),
        };
        if beacon.to_string() == text {
            Ok(beacon)
        } else {
            Err(unknown())
        }
    }
}

/// A party's share of the nonce: 32 random bytes, kept secret until all hashes are exchanged.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Share([u8; 32]);

impl Share {
    /// Draws a share from the operating system.
    #[must_use]
    pub fn random() -> Self {
        Self(Nonce::random().0)
    }

    /// The hash that is handed over first: of this share for this commitment and request alone.
    #[must_use]
    pub fn hash(&self, commitment: Digest, request: Digest) -> Digest {
        TaggedHash::new("duces/audit-share/v1")
            .part(&commitment.0)
            .part(&request.0)
            .part(&self.0)
            .finish()
    }

    /// Its 64 hexadecimal digits, to be shown when all hashes are exchanged.
    #[must_use]
    pub fn reveal(&self) -> String {
        Digest(self.0).to_string()
    }
}

impl fmt::Debug for Share {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Share(..)")
    }
}

/// The hash of a share, and the share: `HASH:SHARE`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Revealed {
    /// What was handed over first.
    pub hash: Digest,
    /// What was shown then.
    pub share: Share,
}

impl fmt::Display for Revealed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.hash, self.share.reveal())
    }
}

impl FromStr for Revealed {
    type Err = Malformed;

    fn from_str(text: &str) -> Result<Self, Malformed> {
        let parts = text.split_once(':');
        let digests = parts.and_then(|(hash, share)| {
            Some((Digest::from_hex(hash)?, Share(Digest::from_hex(share)?.0)))
        });
        let (hash, share) = digests.ok_or_else(|| {
            Malformed::new("a share is HASH:SHARE, each of 64 lower-case hexadecimal digits")
        })?;
        Ok(Self { hash, share })
    }
}

/// The most parties that share a nonce.
pub const MAX_SHARES: usize = 16;

/// Where a nonce comes from.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Source {
    /// The judge's program drew it.
    Drawn,
    /// It was typed in.
    Typed,
    /// A round of a public beacon.
    Beacon(Beacon),
    /// Shares of several parties, ascending by hash.
    Shares(Vec<Revealed>),
}

impl Source {
    /// The shares of several parties.
    ///
    /// # Errors
    /// When there is one only, or more than [`MAX_SHARES`], or two have one hash.
    pub fn shares(mut shares: Vec<Revealed>) -> Result<Self, Malformed> {
        shares.sort_unstable();
        if !(2..=MAX_SHARES).contains(&shares.len()) {
            let what = format!("a nonce has the shares of 2 to {MAX_SHARES} parties");
            return Err(Malformed::new(what));
        }
        if shares.windows(2).any(|pair| pair[0].hash == pair[1].hash) {
            let what = "two shares have one hash: one party repeats the other's";
            return Err(Malformed::new(what));
        }
        Ok(Self::Shares(shares))
    }

    /// The nonce that follows; `None` where the source is a person or a machine.
    ///
    /// # Errors
    /// When a share is not the one whose hash was handed over for this commitment and request.
    pub fn nonce(&self, commitment: Digest, request: Digest) -> Result<Option<Nonce>, Malformed> {
        match self {
            Self::Drawn | Self::Typed => Ok(None),
            Self::Beacon(beacon) => Ok(Some(beacon.nonce())),
            Self::Shares(shares) => {
                let mut hash = TaggedHash::new("duces/audit-shares/v1")
                    .part(&commitment.0)
                    .part(&request.0);
                for revealed in shares {
                    if revealed.share.hash(commitment, request) != revealed.hash {
                        return Err(Malformed::new(format!(
                            "the share that was shown for the hash {} is another one",
                            revealed.hash
                        )));
                    }
                    hash = hash.part(&revealed.share.0);
                }
                Ok(Some(Nonce(hash.finish().0)))
            }
        }
    }
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Drawn => f.write_str("drawn"),
            Self::Typed => f.write_str("typed"),
            Self::Beacon(beacon) => write!(f, "beacon {beacon}"),
            Self::Shares(shares) => {
                f.write_str("shares")?;
                shares.iter().try_for_each(|share| write!(f, " {share}"))
            }
        }
    }
}

impl FromStr for Source {
    type Err = Malformed;

    fn from_str(text: &str) -> Result<Self, Malformed> {
        match text.split_once(' ') {
            None if text == "drawn" => Ok(Self::Drawn),
            None if text == "typed" => Ok(Self::Typed),
            Some(("beacon", round)) => round.parse().map(Self::Beacon),
            Some(("shares", shares)) => {
                let shares = shares.split(' ').map(str::parse);
                Self::shares(shares.collect::<Result<_, _>>()?)
            }
            _ => Err(Malformed::new(
                "the source of a nonce is drawn, typed, a beacon or shares",
            )),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const COMMITMENT: Digest = Digest([1; 32]);
    const REQUEST: Digest = Digest([2; 32]);

    fn revealed(byte: u8) -> Revealed {
        let share = Share([byte; 32]);
        Revealed {
            hash: share.hash(COMMITMENT, REQUEST),
            share,
        }
    }

    fn nonce(source: &Source) -> Nonce {
        source.nonce(COMMITMENT, REQUEST).unwrap().unwrap()
    }

    #[test]
    fn nonces_and_sources_have_one_spelling() {
        let drawn = Nonce::random();
        assert_eq!(drawn.to_string().parse(), Ok(drawn));
        for text in ["", "00", &"A".repeat(64), &"0".repeat(65)] {
            assert!(text.parse::<Nonce>().is_err());
        }
        let value = "0f".repeat(32);
        let beacon: Beacon = format!("drand-quicknet:17:{value}").parse().unwrap();
        for source in [
            Source::Drawn,
            Source::Typed,
            Source::Beacon(beacon),
            Source::shares(vec![revealed(7), revealed(9)]).unwrap(),
        ] {
            assert_eq!(source.to_string().parse(), Ok(source));
        }
        for text in [
            "",
            "drawn ",
            "picked",
            "shares",
            "beacon",
            "beacon a:1",
            &format!("beacon :1:{value}"),
            &format!("beacon A:1:{value}"),
            &format!("beacon a:01:{value}"),
            &format!("beacon a:1:{value}0"),
            &format!("beacon a:1:{}", "0".repeat(30)),
            &format!("beacon a:1:{}", value.to_uppercase()),
            &format!("shares {}", revealed(7)),
            &format!("shares {}", vec![revealed(7).to_string(); 17].join(" ")),
        ] {
            assert!(text.parse::<Source>().is_err(), "{text}");
        }
    }

    #[test]
    fn every_part_of_a_round_moves_the_nonce() {
        let of = |text: String| nonce(&Source::Beacon(text.parse().unwrap()));
        let value = "0f".repeat(32);
        let base = of(format!("a:1:{value}"));
        assert_ne!(base, of(format!("b:1:{value}")));
        assert_ne!(base, of(format!("a:2:{value}")));
        assert_ne!(base, of(format!("a:1:{value}00")));
    }

    #[test]
    fn every_share_moves_the_nonce_and_their_order_does_not() {
        let of = |shares: &[u8]| {
            let shares = shares.iter().map(|byte| revealed(*byte)).collect();
            nonce(&Source::shares(shares).unwrap())
        };
        assert_eq!(of(&[7, 9]), of(&[9, 7]));
        assert_ne!(of(&[7, 9]), of(&[7, 8]));
        assert_ne!(of(&[7, 9]), of(&[7, 8, 9]));
    }

    /// A party that waits for the other's share, and shows one that suits it, is refused; so is a share
    /// of another matter, and a party that repeats what the other handed over.
    #[test]
    fn a_share_that_was_not_committed_to_is_refused() {
        let mut late = revealed(7);
        late.share = Share([8; 32]);
        let source = Source::shares(vec![late, revealed(9)]).unwrap();
        assert!(source.nonce(COMMITMENT, REQUEST).is_err());
        let honest = Source::shares(vec![revealed(7), revealed(9)]).unwrap();
        assert!(honest.nonce(COMMITMENT, Digest([3; 32])).is_err());
        assert!(honest.nonce(Digest([3; 32]), REQUEST).is_err());
        assert!(Source::shares(vec![revealed(7), revealed(7)]).is_err());
        assert!(!format!("{:?}", revealed(7)).contains("0707"));
    }
}
