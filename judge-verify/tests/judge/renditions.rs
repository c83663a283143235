//! Produced files are read again: by the agreed extractor, by another version, by none.

use crate::support::{Matter, extractor, refused, with_extractor};
use duces_judge_verify::check::Check;
use duces_judge_verify::checks::Outcome;
use duces_judge_verify::extractor::{Choice, NotCompared, Which};
use duces_judge_verify::report::{About, html, json, sentence, text};
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

/// A program that answers as the extractor does, with one text in place of another of its length.
fn forged(folder: &Path, from: &str, to: &str) -> PathBuf {
    assert_eq!(from.len(), to.len());
    let path = folder.join("forged");
    let real = extractor().display();
    let script = format!("#!/bin/sh\n\"{real}\" \"$@\" | /bin/sed -u 's/{from}/{to}/g'\n");
    fs::write(&path, script).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    path
}

fn files() -> Vec<(String, Vec<u8>)> {
    let text = |i| format!("turbidity turbidity turbidity report {i}").into_bytes();
    (0..2).map(|i| (format!("{i}.txt"), text(i))).collect()
}

fn choice(which: Which) -> Choice {
    Choice {
        which,
        programs: false,
    }
}

/// What the three forms of the report say in one sentence.
fn said(outcome: &Outcome, what: &str) {
    assert!(sentence(outcome).what.contains(what));
    assert!(
        html::render(outcome, &About::default())
            .unwrap()
            .contains(what)
    );
    let plain: Vec<String> = text::rest(outcome, &About::default())
        .split_whitespace()
        .map(str::to_owned)
        .collect();
    assert!(plain.join(" ").contains(what));
}

#[test]
fn a_rendition_that_was_falsified_at_commitment_is_rejected() {
    let folder = tempfile::tempdir().unwrap();
    let forged = forged(folder.path(), "report", "rumour");
    let matter = Matter::made_with(&forged, "", &files(), false);
    let produced = fs::read_to_string(matter.path("production/text/EPA0000001.txt")).unwrap();
    assert!(produced.contains("rumour"), "{produced}");

    let outcome = matter.verify(&matter.path("production"));
    let (check, reason) = refused(&outcome).unwrap();
    assert_eq!(check, Check::Openings);
    assert!(reason.contains("natives/EPA0000001.txt") && reason.contains("another rendition"));
    let report: serde_json::Value =
        serde_json::from_str(&json::render(&outcome, &About::default()).unwrap()).unwrap();
    assert_eq!(report["comparisons"]["different"], 2);
    assert_eq!(report["comparisons"]["confirmed"], 0);

    let none = matter.verify_with(&matter.path("production"), choice(Which::None));
    assert_eq!(refused(&none), None);
    said(
        &none,
        "NONE of the 2 produced renditions was compared with its file (no extractor at hand: 2).",
    );
}

/// Under a profile that takes texts of load files, only a text that was committed to as a stated one may be
/// another than the file's.
#[test]
fn a_falsified_rendition_is_not_excused_by_load_files() {
    let folder = tempfile::tempdir().unwrap();
    let forged = forged(folder.path(), "report", "rumour");
    let more = "[extract]\nload_files = true\n";
    let matter = Matter::made_with(&forged, more, &files(), false);
    let outcome = matter.verify(&matter.path("production"));
    let (check, reason) = refused(&outcome).unwrap();
    assert_eq!(check, Check::Openings);
    assert!(reason.contains("another rendition"), "{reason}");
    let comparisons = outcome.comparisons.as_ref().unwrap();
    assert_eq!((comparisons.different, comparisons.not_compared), (2, 0));
}

#[test]
fn another_version_compares_nothing_and_rejects_nothing() {
    let matter = Matter::of(&files(), false);
    let production = matter.path("production");
    let outcome = matter.verify_with(&production, with_extractor());
    assert_eq!(refused(&outcome), None);
    said(&outcome, "2 confirmed, 0 different, 0 not compared.");

    let folder = tempfile::tempdir().unwrap();
    let version = env!("CARGO_PKG_VERSION");
    let newer = "9".repeat(version.len());
    let program = forged(folder.path(), version, &newer);
    let outcome = matter.verify_with(&production, choice(Which::Program(program)));
    assert_eq!(refused(&outcome), None);
    said(&outcome, "NONE of the 2 produced renditions");
    let comparisons = outcome.comparisons.as_ref().unwrap();
    assert_eq!(comparisons.reasons[NotCompared::OtherVersion.name()], 2);
    assert!(comparisons.extractor.contains(&newer));
}
