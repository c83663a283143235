//! Where a nonce comes from: as the judge chooses, and as reports say it.

use crate::fault::CannotRun;
use clap::{ArgGroup, Args};
use duces_protocol::audit::nonce::{Beacon, Nonce, Revealed, Source};
use duces_protocol::digest::Digest;

/// The source of the nonce: one of four.
#[derive(Args, Clone, Debug, Default)]
#[command(group(
    ArgGroup::new("chosen").args(["draw_nonce", "beacon", "share", "nonce"]).required(true)
))]
pub struct Nonces {
    /// Draw the nonce at random here
    #[arg(long)]
    pub draw_nonce: bool,
    /// Take it from a round of a public beacon that was named before the round: its value in hexadecimal
    /// digits, as it is published
    #[arg(long, value_name = "NAME:ROUND:VALUE")]
    pub beacon: Option<Beacon>,
    /// Take it from the shares of several parties ('judge-verify share'): the hash that a party handed over
    /// first, and the share that it showed then. Give the option for each party
    #[arg(long, value_name = "HASH:SHARE")]
    pub share: Vec<Revealed>,
    /// Take these 64 hexadecimal digits. Reports say that the nonce was typed in: who can choose it,
    /// can try many
    #[arg(long, value_name = "HEX")]
    pub nonce: Option<Nonce>,
}

impl Nonces {
    /// The nonce and its source.
    ///
    /// # Errors
    /// When a share is not the one whose hash was handed over, or there are too few or too many.
    pub fn choose(
        &self,
        commitment: Digest,
        request: Digest,
    ) -> Result<(Nonce, Source), CannotRun> {
        let source = match (&self.nonce, &self.beacon, &self.share[..]) {
            (Some(_), ..) => Source::Typed,
            (None, Some(beacon), _) => Source::Beacon(beacon.clone()),
            (None, None, []) => Source::Drawn,
            (None, None, shares) => Source::shares(shares.to_vec())
                .map_err(|error| CannotRun::new(error, "give --share once for each party"))?,
        };
        let given = source.nonce(commitment, request).map_err(|error| {
            CannotRun::new(
                error,
                "ask that party for the share that it committed to for this commitment and request; \
                 without it, use --draw-nonce",
            )
        })?;
        let nonce = self.nonce.or(given).unwrap_or_else(Nonce::random);
        Ok((nonce, source))
    }
}

/// Where a nonce comes from, and what the reader has to look at: one sentence.
#[must_use]
pub fn sentence(source: &Source) -> String {
    match source {
        Source::Drawn => {
            "The nonce was drawn by 'judge-verify sample', as the judge's record says.".to_owned()
        }
        Source::Typed => {
            "WARNING: the nonce was TYPED IN. Whoever could choose it could try many until no false \
             position was drawn."
                .to_owned()
        }
        Source::Beacon(beacon) => format!(
            "The nonce is round {} of the beacon {}. Look up that the value is {}. See that this round \
             was named, and the production made, before the value was published.",
            beacon.round(),
            beacon.name(),
            beacon.value()
        ),
        Source::Shares(shares) => {
            let hashes: Vec<String> = shares.iter().map(|share| share.hash.to_string()).collect();
            format!(
                "The nonce was made from the shares of {} parties. See that these hashes were handed over \
                 before any share was shown, and the production made before: {}.",
                shares.len(),
                hashes.join(", ")
            )
        }
    }
}
