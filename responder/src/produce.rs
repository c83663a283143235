//! `produce`: put together what the other side receives.
//!
//! Before anything is written, the decisions are made, and all proofs must be there and hold. Each
//! produced file must still be the committed one. The production is made beside its place under
//! another name, and renamed when it is whole.
//!
//! Privacy: of an item that is not produced, the production holds what its leaf holds (its status
//! and hiding commitments) and its disposition, nothing else. The original names and the order of
//! files stay in the vault, for produced items too.

mod decisions;
mod documents;
mod folder;
mod proofs;
mod redactions;

pub use decisions::Decisions;
pub use redactions::Redactions;

use crate::asked::Asked;
use crate::cli::ProduceArgs;
use crate::review::check_commitment;
use crate::vault::{Vault, VaultError};
use documents::Documents;
use duces_extract::worker::{Isolation, Pool};
use duces_protocol::answers::AnswerKind;
use duces_protocol::bytes::Malformed;
use duces_protocol::leaf::LeafData;
use duces_protocol::production::bates::BatesPrefix;
use duces_protocol::production::ledger::{Companion, Disposition, LedgerError, LedgerWriter};
use duces_protocol::production::manifest::Manifest;
use duces_protocol::production::withholding::{self, WithholdingLog};
use duces_protocol::production::{load_file, logs, names, openings, opticon};
use duces_shell::{Failure, extractor, read, say, shown};
use folder::Production;
use rayon::prelude::*;
use std::io::Write;
use std::path::Path;

/// Leaves computed in parallel before they are written.
const CHUNK: u64 = 1 << 14;

/// Runs the command.
///
/// # Errors
/// When an argument is wrong, an item is neither produced nor withheld, a redaction has no basis, what is
/// withheld would be produced with something else, a proof is missing or does not hold, a file has
/// changed since the commitment, or the production cannot be written.
pub fn run(args: &ProduceArgs) -> Result<(), Failure> {
    folder::check_target(&args.out, args.force)?;
    let prefix = bates_prefix(&args.bates_prefix)?;
    let log = withholding_log(args.withhold.as_deref())?;
    let vault = args.vault.open()?;
    let request = Asked::read(&args.request, args.weights.as_deref())?;
    check_commitment(&vault, &request)?;
    let redactions = Redactions::list(args.redact.as_deref())?;
    let mut decisions = Decisions::make(&vault, &request, &log, &redactions)?;
    let proofs = proofs::Proofs::check(args, &vault, &request, &decisions)?;

    let extractor = extractor::agreed(args.extractor.as_deref(), vault.profile())?;
    let pool = Pool::new(extractor, Isolation::Each);
    let pictures = extractor::of_pictures(args.extractor.as_deref(), vault.profile())?;

    let mut out = Production::create(&args.out)?;
    let writer = Documents {
        vault: &vault,
        pool: &pool,
        pictures: &Pool::new(pictures, Isolation::Each),
        reads: request.view(),
        log: &log,
        redactions: &redactions,
    };
    let documents = writer.write_all(&mut decisions, &prefix, &mut out)?;
    proofs.copy(&mut out)?;
    out.write_with(names::LEDGER, |file| ledger(&vault, &decisions, file))?;
    if request.kind() != AnswerKind::Match {
        let answers = request.form().encode(request.digest(), decisions.answers());
        let answers = answers.map_err(|error| {
            Failure::refused(
                format!("the request cannot be answered: {error}"),
                "ask for classes, or for fewer scores",
            )
        })?;
        out.write(names::ANSWERS, &answers)?;
    }
    let opened = openings::render(&documents.openings);
    out.write(names::OPENINGS, opened.as_bytes())?;
    out.write(names::LOAD_FILE, &load_file::render(&documents.rows))?;
    out.write(names::IMAGE_FILE, &opticon::render(&documents.rows))?;
    out.write(names::WITHHOLDING, &log.to_csv())?;
    out.write(names::PROFILE, vault.profile().to_string().as_bytes())?;
    let dimensions = proofs.dimensions();
    let manifest = Manifest {
        commitment: vault.commitment().digest(),
        request: request.digest(),
        items: vault.len(),
        width: dimensions.width().bits(),
        k: dimensions.k(),
        lanes: dimensions.lanes() as u32,
        bates_prefix: prefix,
    };
    let bates = |position| documents.redacted.get(&position).cloned();
    for (name, bytes) in logs::render(&log, &manifest, bates) {
        out.write(name, &bytes)?;
    }
    out.write(names::MANIFEST, manifest.to_json().as_bytes())?;
    out.publish(args.force)?;

    for (label, disposition) in [
        ("produced", Disposition::Produced),
        ("produced with redactions", Disposition::Redacted),
        ("withheld", Disposition::Withheld),
        ("not responsive", Disposition::NotResponsive),
        ("unreadable", Disposition::Exception),
        ("without the view", Disposition::NoView),
        ("answered", Disposition::Answered),
    ] {
        let count = decisions.count(|outcome| outcome.disposition == disposition);
        say(format_args!("{label}: {count}"))?;
    }
    for (label, companion) in [
        ("brought along by their families", Companion::Produced),
        ("brought along with redactions", Companion::Redacted),
    ] {
        let brought = decisions.count(|outcome| outcome.companion == companion);
        if brought > 0 {
            say(format_args!("{label}: {brought}"))?;
        }
    }
    say(format_args!("items: {}", vault.len()))?;
    say(format_args!("wrote {}: hand it over", shown(&args.out)))
}

fn bates_prefix(text: &str) -> Result<BatesPrefix, Failure> {
    text.parse().map_err(|error: Malformed| {
        Failure::unable(
            format!("'{text}' is not a Bates prefix: {error}"),
            "choose another --bates-prefix, for example EPA or EPA-2024_",
        )
    })
}

fn withholding_log(path: Option<&Path>) -> Result<WithholdingLog, Failure> {
    let Some(path) = path else {
        return Ok(WithholdingLog::default());
    };
    let bytes = read::named(path, withholding::MAX_BYTES, "withholding log")?;
    WithholdingLog::draft(&bytes).map_err(|error| {
        Failure::refused(
            format!("the withholding log {} is refused: {error}", shown(path)),
            "correct that line; the columns are position, basis, description, and any others that you add",
        )
    })
}

/// Writes the ledger, chunk after chunk.
fn ledger(vault: &Vault, decisions: &Decisions, out: &mut impl Write) -> Result<(), Failure> {
    let n = vault.len();
    let failed = |error: LedgerError| {
        Failure::from(match error {
            LedgerError::Io(error) => VaultError::Io(error),
            LedgerError::Malformed(error) => VaultError::from(error),
            LedgerError::Changed => VaultError::Damaged(error.to_string()),
        })
    };
    let mut writer = LedgerWriter::onto(out, n, vault.commitment().views()).map_err(failed)?;
    for from in (0..n).step_by(CHUNK as usize) {
        let leaves: Vec<LeafData> = (from..n.min(from + CHUNK))
            .into_par_iter()
            .map(|position| Ok(vault.item(position)?.leaf()?))
            .collect::<Result<_, VaultError>>()?;
        for (leaf, position) in leaves.iter().zip(from..) {
            writer.push(leaf, decisions.of(position)).map_err(failed)?;
        }
    }
    writer.finish().map_err(failed)?;
    Ok(())
}
