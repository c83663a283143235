//! What the circuits refuse, for the user.

use duces_circuits::{LayoutError, ProveError, SetupError};
use duces_shell::Failure;

/// The keys cannot be built.
pub fn setup_failed(error: SetupError) -> Failure {
    let what = error.to_string();
    match error {
        SetupError::Layout(error) => layout_failed(error),
        SetupError::Scheme(_) | SetupError::SrsUnreadable { .. } => Failure::unable(
            what,
            "give the ceremony file that the request names with --srs",
        ),
        SetupError::SrsRefused { .. } => Failure::refused(
            what,
            "give the ceremony file that the request names with --srs",
        ),
        SetupError::Keys(_) => Failure::refused(
            what,
            "report it with the request file, and ask the requesting party for another draft",
        ),
    }
}

/// The width does not fit.
pub fn layout_failed(error: LayoutError) -> Failure {
    Failure::unable(
        error.to_string(),
        "choose a larger --width, or leave --width out",
    )
}

/// A proof cannot be made.
pub fn prove_failed(error: ProveError) -> Failure {
    Failure::refused(
        error.to_string(),
        "restore the vault from a copy and run the command again",
    )
}
