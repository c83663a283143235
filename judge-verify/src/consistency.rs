//! `consistency`: that a commitment extends an earlier one, from the two and a proof.

use crate::cli::ConsistencyArgs;
use crate::fault::{Fault, NotPassed};
use crate::files::{self, malformed};
use duces_protocol::commitment::{Consistency, MAX_CONSISTENCY_BYTES};

/// Runs the command; returns the text to print.
///
/// # Errors
/// When a file cannot be read or is malformed, or the one commitment does not extend the other.
pub fn run(args: &ConsistencyArgs) -> Result<String, NotPassed> {
    let earlier = files::read_commitment(&args.earlier)?;
    let later = files::read_commitment(&args.commitment)?;
    let text = files::read_text(&args.proof, MAX_CONSISTENCY_BYTES as u64, "proof")?;
    let proof = Consistency::parse(&text).map_err(malformed(&args.proof.display()))?;
    proof
        .check(&earlier, &later)
        .map_err(|error| Fault::new(args.proof.display().to_string(), error))?;
    Ok(format!(
        "Earlier            {}, {} positions\n\
         Later              {}, {} positions\n\n\
         EXTENDED. The first {} positions of the later commitment are those of the earlier one,\n\
         unchanged: their files, texts and images, families and exceptions.\n\n\
         What this does not show\n\
         - That the later positions fit the profile, and stand in families of their own: that is\n  \
           checked in a production ('judge-verify production … --earlier').\n\
         - That the earlier commitment is the one that was filed. Compare it.",
        earlier.digest(),
        earlier.items(),
        later.digest(),
        later.items(),
        earlier.items(),
    ))
}
