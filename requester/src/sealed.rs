//! What can be said of a sealed model, and what cannot.

use duces_circuits::Layout;
use duces_circuits::tables::Tables;
use duces_protocol::classifier::{Shape, limits};
use duces_protocol::sealed::SealedClassifier;
use duces_shell::{Failure, one_line, read, say, shown};
use std::path::Path;

/// Reads `model.sealed`.
///
/// # Errors
/// When it cannot be read or is malformed.
pub fn read(path: &Path) -> Result<SealedClassifier, Failure> {
    let bytes = read::named(path, limits::BYTES as u64, "sealed model")?;
    SealedClassifier::decode(&bytes).map_err(|error| {
        Failure::refused(
            format!("{} is not a sealed model: {error}", shown(path)),
            "ask its owner for the file model.sealed as 'responder seal' wrote it",
        )
    })
}

/// Prints its head, its activations, its tables, and what nobody but its owner knows.
///
/// # Errors
/// When nothing can be printed.
pub fn describe(sealed: &SealedClassifier) -> Result<(), Failure> {
    let architecture = sealed.architecture();
    say(format_args!("sealed      {}", sealed.digest()))?;
    say("known of the model")?;
    for line in sealed.head().lines().skip(1).filter(|l| !l.is_empty()) {
        say(format_args!("  {}", one_line(line)))?;
    }
    for (value, pointwise) in architecture.pointwise() {
        say(format_args!(
            "  node {}: table {} of {} values, shift {}",
            value.0 - 1,
            pointwise.table,
            architecture.len_of(value),
            pointwise.shift
        ))?;
    }
    say(format_args!(
        "tables      {} entries, remainders included",
        Tables::new(architecture).entries().len()
    ))?;
    say(format_args!(
        "batches     {} is the smallest width that has room for one document",
        Layout::narrowest(architecture)
    ))?;
    say(format_args!(
        "not known   its {} weights and biases; so nobody but its owner can say which documents match, \
         or whether the rule's words describe them",
        architecture.parameters()
    ))?;
    say(
        "            proofs show that one and the same model decides every document; how good it is, \
         a labelled sample measures",
    )
}
