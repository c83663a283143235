//! `--append`: the commitment that the new one extends.

use super::VAULT;
use super::exclusions::Exclusions;
use crate::cli::CommitArgs;
use crate::passphrase;
use crate::vault::Vault;
use duces_shell::{Failure, shown};
use std::fs;
use std::path::Path;

/// Opens the vault of the earlier matter, and keeps it from being written to meanwhile.
///
/// # Errors
/// When there is none, it is not finished, it is the new matter's own, or it names a list of exclusions
/// that was not given again.
pub fn open(matter: &Path, args: &CommitArgs, exclusions: &Exclusions) -> Result<Vault, Failure> {
    let same = |one: &Path, other: &Path| {
        let [one, other] = [one, other].map(|path| fs::canonicalize(path).ok());
        one.is_some() && one == other
    };
    if same(matter, &args.out) {
        return Err(Failure::unable(
            "--append and --out name the same folder",
            "give a new folder for --out: the earlier commitment and its vault stay as they are",
        ));
    }
    let asking = passphrase::asking(args.passphrase_file.as_deref());
    let vault = Vault::unlock(&matter.join(VAULT), &asking)?;
    if args.passphrase && !vault.is_locked() {
        return Err(Failure::unable(
            format!(
                "the vault in {} is under no passphrase, and the new one begins as a copy of it",
                shown(matter)
            ),
            "leave --passphrase out",
        ));
    }
    let listed = vault.commitment().notes().exclusions;
    if listed.is_some() && listed != exclusions.digest() {
        return Err(Failure::unable(
            format!(
                "the commitment in {} has another list of exclusions",
                shown(matter)
            ),
            "give that list again with --exclude-digests: one list holds for all positions",
        ));
    }
    Ok(vault)
}
