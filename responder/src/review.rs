//! `review`: the classifier applied to every document that it reads, without proofs, for privilege
//! review, or to see which answers would become public. It can begin the withholding log.

use crate::asked::Asked;
use crate::cli::ReviewArgs;
use crate::produce::{Decisions, Redactions};
use crate::vault::{Vault, VaultError};
use duces_protocol::answers::{Answer, AnswerKind};
use duces_protocol::production::withholding::{FILE_COLUMN, FIXED, WithholdingLog};
use duces_shell::output::{Access, NewFile, check_file};
use duces_shell::progress::Progress;
use duces_shell::{Failure, one_line, say, shown};
use rayon::prelude::*;
use std::collections::BTreeMap;
use std::path::Path;

/// Documents decided in parallel before their rows are written.
const CHUNK: usize = 1024;

/// Runs the command.
///
/// # Errors
/// When the request is not for this vault, the vault is damaged, or the table cannot be written.
pub fn run(args: &ReviewArgs) -> Result<(), Failure> {
    for path in std::iter::once(&args.out).chain(&args.log) {
        check_file(path, args.force)?;
    }
    let vault = args.vault.open()?;
    let request = Asked::read(&args.request, args.weights.as_deref())?;
    check_commitment(&vault, &request)?;
    if args.log.is_some() && request.kind() != AnswerKind::Match {
        return Err(Failure::unable(
            "the request asks for answers: nothing is produced, so nothing is withheld",
            "leave out --log",
        ));
    }
    let positions = vault.provable(request.view())?;
    let mut table = NewFile::create(&args.out, args.force, Access::Owner)?;
    let column = match request.kind() {
        AnswerKind::Match => "decision",
        kind @ (AnswerKind::Class | AnswerKind::Scores) => kind.name(),
    };
    table.write(format!("position,{column},file\n").as_bytes())?;
    let progress = Progress::new("reviewing", "documents", Some(positions.len() as u64));
    let mut counts: BTreeMap<u32, usize> = BTreeMap::new();
    for chunk in positions.chunks(CHUNK) {
        let rows = chunk
            .par_iter()
            .map(|&position| row(&vault, &request, position))
            .collect::<Result<Vec<_>, VaultError>>()?;
        for row in rows {
            if let Some(number) = row.counted {
                *counts.entry(number).or_default() += 1;
            }
            table.write(row.line.as_bytes())?;
        }
        progress.add(chunk.len() as u64);
    }
    table.publish()?;
    if let Some(path) = &args.log {
        begin_log(&vault, &request, path, args.force)?;
    }
    let seconds = progress.finish().as_secs_f64();
    say(format_args!(
        "read by the request: {} of {} items",
        positions.len(),
        vault.len()
    ))?;
    summarise(request.kind(), &counts)?;
    say(format_args!("time: {seconds:.1} s"))
}

/// Columns that a log begins with, beside the fixed ones: what courts expect, and the file.
const SUGGESTED: [&str; 4] = ["date", "author", "recipients", FILE_COLUMN];

/// Writes a log with a line for everything that would be handed over, families included.
fn begin_log(vault: &Vault, request: &Asked, path: &Path, force: bool) -> Result<(), Failure> {
    let (log, redactions) = (WithholdingLog::default(), Redactions::default());
    let decisions = Decisions::make(vault, request, &log, &redactions)?;
    let columns: Vec<&str> = FIXED.into_iter().chain(SUGGESTED).collect();
    let mut log = NewFile::create(path, force, Access::Owner)?;
    log.write(format!("{}\n", columns.join(",")).as_bytes())?;
    let empty = ",".repeat(columns.len() - 1);
    let produced = decisions.produced();
    for &position in &produced {
        let file = csv_field(&vault.item(position)?.name());
        log.write(format!("{position}{empty}{file}\n").as_bytes())?;
    }
    log.publish()?;
    say(format_args!(
        "began {}: {} lines; fill in those of documents that you withhold, delete the others",
        shown(path),
        produced.len()
    ))
}

/// How often each answer occurs.
fn summarise(kind: AnswerKind, counts: &BTreeMap<u32, usize>) -> Result<(), Failure> {
    match kind {
        AnswerKind::Match => {
            let matching = counts.get(&1).copied().unwrap_or(0);
            say(format_args!("matches: {matching}"))
        }
        AnswerKind::Class => counts
            .iter()
            .try_for_each(|(class, count)| say(format_args!("class {class}: {count}"))),
        AnswerKind::Scores => Ok(()),
    }
}

/// Checks that the request is directed at the vault's commitment.
///
/// # Errors
/// When it names another commitment: exit code 1.
pub fn check_commitment(vault: &Vault, request: &Asked) -> Result<(), Failure> {
    if request.commitment() == vault.commitment().digest() {
        return Ok(());
    }
    Err(Failure::refused(
        format!(
            "the request is directed at the commitment {}, but the vault belongs to {}",
            request.commitment(),
            vault.commitment().digest()
        ),
        "use the vault of that commitment, or ask for a request drafted with this vault's commitment.txt",
    ))
}

/// The answer for one document.
struct Row {
    /// A match as 0 or 1, or the class.
    counted: Option<u32>,
    /// Its line in the table.
    line: String,
}

fn row(vault: &Vault, request: &Asked, position: u64) -> Result<Row, VaultError> {
    let opening = vault.view(request.view(), position)?;
    let answer = request.answer(&opening.tensor);
    let counted = match &answer {
        Answer::Match(bit) => Some(u32::from(*bit)),
        Answer::Class(class) => Some(*class),
        Answer::Scores(_) => None,
    };
    let file = csv_field(&vault.item(position)?.name());
    let line = format!("{position},{answer},{file}\n");
    Ok(Row { counted, line })
}

/// A path as a quoted field: characters that break or hide escaped, and an apostrophe before a first
/// character that a spreadsheet would take for a formula.
fn csv_field(path: &Path) -> String {
    let text = path.to_string_lossy();
    let guard = if text.starts_with(['=', '+', '-', '@']) {
        "'"
    } else {
        ""
    };
    format!("\"{guard}{}\"", one_line(&text).replace('"', "\"\""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hostile_names_stay_in_their_field() {
        let field = |name: &str| csv_field(Path::new(name));
        assert_eq!(field("a/b.txt"), "\"a/b.txt\"");
        assert_eq!(field("a\"b,\nc"), "\"a\"\"b,\\u{a}c\"");
        assert_eq!(field("=HYPERLINK(1)"), "\"'=HYPERLINK(1)\"");
    }
}
