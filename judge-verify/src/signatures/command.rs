//! `judge-verify signature`: one signature, of a commitment, a request, a production or a verdict.

use super::keygen::Keygen;
use super::{Signed, Standing};
use crate::cli::SignatureArgs;
use duces_shell::{Failure, one_line, shown};

/// Runs the command; returns the text to print.
///
/// # Errors
/// When the signature does not stand, or could not be checked.
pub fn run(args: &SignatureArgs) -> Result<String, Failure> {
    super::check_list(&args.signers)?;
    let signed = Signed::new(args.of, &args.file);
    let signature = args
        .signature
        .clone()
        .unwrap_or_else(|| signed.with(".sig"));
    if !signature.is_file() {
        return Err(Failure::unable(
            format!("there is no signature {}", shown(&signature)),
            "name it with --signature, or ask who signed for it",
        ));
    }
    let keygen = Keygen::new(&args.signers);
    let standing = signed.standing(&signature, &keygen, |_| true);
    let text = format!(
        "signature of the {} {}: {}",
        args.of.word(),
        shown(&args.file),
        one_line(&standing.words())
    );
    match standing {
        Standing::Good { .. } => Ok(text),
        Standing::Bad { .. } | Standing::Unknown { .. } => Err(Failure::refused(
            text,
            "ask the signer for the file as it was signed, or for the key by another way",
        )),
        Standing::None | Standing::NotChecked { .. } => Err(Failure::unable(
            text,
            "install OpenSSH, or check with 'ssh-keygen -Y verify' elsewhere",
        )),
    }
}
