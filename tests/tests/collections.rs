//! Collections as they are: messages with what they hold, links, folders that cannot be listed, real
//! documents of many types. Every file and every part is an item or an exception with a reason.

#![allow(clippy::unwrap_used, reason = "a test may end at any surprise")]

use duces_kit::classifier::decision;
use duces_protocol::exceptions::Reason;
use duces_protocol::leaf::Status;
use duces_protocol::profile::Families;
use duces_protocol::rendition::Rendition;
use duces_protocol::request::Request;
use duces_responder::vault::{Vault, VaultItem};
use duces_tests::corpora::shared;
use duces_tests::families::{
    self, IN_ATTACHMENT, IN_FORWARDED, IN_HTML, ITEMS, MESSAGE, MESSAGE_FAMILY,
};
use duces_tests::matter::Matter;
use duces_tests::programs::Programs;
use duces_tests::small::{self, SMALL};
use duces_views::derive;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};

fn programs() -> Programs {
    Programs::new(env!("CARGO_BIN_EXE_programs"))
}

/// All positions of a matter.
fn items(matter: &Matter) -> Vec<VaultItem> {
    let vault = Vault::open(&matter.path("matter/vault")).unwrap();
    let all = 0..vault.len();
    all.map(|position| vault.item(position).unwrap()).collect()
}

/// What the matter's responder finds for a word, by the names of the items.
fn found(matter: &Matter, word: &str) -> Vec<String> {
    let served = Request::decode(&fs::read(matter.path("small.request")).unwrap()).unwrap();
    let view = "text-hash-4096".parse().unwrap();
    let counts = derive(&Rendition::Text(word.to_owned()), view).unwrap();
    let weights = counts.into_iter().map(i32::from).collect();
    let request = Request {
        view,
        classifier: decision(weights, -1, 0, -256..256),
        ..served
    };
    fs::write(matter.path("word.request"), request.encode()).unwrap();
    let line =
        "responder review --vault matter/vault --request word.request --out word.csv --force";
    let _ = matter.run(line).done();
    let table = fs::read_to_string(matter.path("word.csv")).unwrap();
    let matches = table.lines().filter(|line| line.contains(",match,"));
    let name = |line: &str| {
        line.splitn(3, ',')
            .nth(2)
            .unwrap()
            .trim_matches('"')
            .to_owned()
    };
    matches.map(name).collect()
}

/// A message with an HTML alternative, attachments, a scan and a forwarded message.
#[test]
fn every_part_of_a_message_is_a_position_and_is_searched() {
    let matter = Matter::new(programs());
    families::write(&matter);
    let profile =
        "[views]\nimages = [\"gray-8x8\"]\ntexts = [\"text-hash-64\", \"text-hash-4096\"]\n";
    small::commit_under(&matter, profile, "families", 1);
    let items = items(&matter);
    assert_eq!(items.len(), ITEMS);
    let of_message: Vec<&VaultItem> = items
        .iter()
        .filter(|item| item.path.as_os_str() == MESSAGE)
        .collect();
    assert_eq!(of_message.len(), MESSAGE_FAMILY);
    let heads: BTreeSet<u64> = of_message.iter().map(|item| item.family).collect();
    assert_eq!(heads.len(), 1, "one family");
    let exceptions = of_message
        .iter()
        .filter(|item| matches!(item.member.status, Status::Exception(_)));
    let exceptions: Vec<&str> = exceptions.map(|item| item.member.name.as_str()).collect();
    assert_eq!(exceptions, ["reading.dat"]);

    assert_eq!(found(&matter, IN_HTML), [MESSAGE]);
    let report = format!("{MESSAGE} > report.txt");
    assert_eq!(found(&matter, IN_ATTACHMENT), [report]);
    let forwarded = format!("{MESSAGE} > outfall.eml");
    assert_eq!(found(&matter, IN_FORWARDED), [forwarded]);
}

/// The production of a family, under the extractor of this release, and under none.
#[test]
fn a_family_is_produced_and_its_renditions_are_confirmed() {
    let matter = families::produced(programs(), Families::Together);
    let outcome = families::judged(&matter).done();
    assert!(outcome.stdout.contains("VERIFIED"), "{outcome:#?}");
    let said = |text: &str, what: &str| {
        let words: Vec<&str> = text.split_whitespace().collect();
        assert!(words.join(" ").contains(what), "{text}");
    };
    // The message, the report, the scan, the forwarded message and the plan; a page has no file.
    said(
        &outcome.stdout,
        "5 confirmed, 0 different, 1 not compared (a page without its document: 1)",
    );
    let line = format!("{} --no-extractor", SMALL.judge("small-production"));
    let outcome = matter.run(&line).done();
    assert!(outcome.stdout.contains("VERIFIED"), "{outcome:#?}");
    said(
        &outcome.stdout,
        "NONE of the 6 produced renditions was compared",
    );
}

#[test]
fn links_are_refused_by_their_path_or_left_out_and_said() {
    let matter = Matter::new(programs());
    fs::create_dir_all(matter.path("linked/sub")).unwrap();
    fs::create_dir(matter.path("elsewhere")).unwrap();
    fs::write(matter.path("elsewhere/hidden.txt"), "a discharge").unwrap();
    fs::write(matter.path("linked/memo.txt"), "a discharge").unwrap();
    fs::write(matter.path("linked/other.txt"), "another discharge").unwrap();
    symlink(matter.path("elsewhere"), matter.path("linked/sub/folder")).unwrap();
    fs::write(matter.path("small.toml"), small::PROFILE).unwrap();
    let line = "responder commit linked --profile small.toml --out matter";
    matter
        .run(line)
        .failed(2, "'sub/folder' is a symbolic link");
    assert!(!matter.path("matter").exists(), "a refusal leaves nothing");

    small::commit(&matter, "linked --leave-out", 1);
    let commitment = fs::read_to_string(matter.path("matter/commitment.txt")).unwrap();
    assert!(commitment.contains("links not followed: 1"), "{commitment}");
    let _ = matter.run(&SMALL.review()).done();
    matter.write_log(&SMALL);
    let _ = matter.run(&SMALL.prove()).done();
    let _ = matter.run(&SMALL.produce()).done();
    let line = format!("{} --json links.json", SMALL.judge("small-production"));
    let outcome = matter.run(&line).done();
    assert!(outcome.stdout.contains("symbolic links"), "{outcome:#?}");
    let report = fs::read_to_string(matter.path("links.json")).unwrap();
    let report: serde_json::Value = serde_json::from_str(&report).unwrap();
    assert!(
        report.to_string().contains("\"links_not_followed\":1"),
        "{report:#}"
    );
}

/// Who may read everything, as root may, is not kept out of a folder: then there is nothing to see.
#[test]
fn a_folder_that_cannot_be_listed_is_refused_by_its_path_or_left_out_and_said() {
    let matter = Matter::new(programs());
    let closed = matter.path("shut/closed");
    fs::create_dir_all(&closed).unwrap();
    fs::write(closed.join("hidden.txt"), "a discharge").unwrap();
    fs::write(matter.path("shut/memo.txt"), "a discharge").unwrap();
    fs::write(matter.path("small.toml"), small::PROFILE).unwrap();
    fs::set_permissions(&closed, fs::Permissions::from_mode(0o000)).unwrap();
    if fs::read_dir(&closed).is_ok() {
        println!("skipped: this user may list every folder");
        return;
    }
    let line = "responder commit shut --profile small.toml --out matter";
    matter
        .run(line)
        .failed(2, "the folder 'closed' cannot be listed");
    small::commit(&matter, "shut --leave-out", 1);
    fs::set_permissions(&closed, fs::Permissions::from_mode(0o700)).unwrap();
    let exceptions = fs::read_to_string(matter.path("matter/exceptions.csv")).unwrap();
    assert!(
        exceptions.contains(Reason::UnlistedFolder.name()),
        "{exceptions}"
    );
    let commitment = fs::read_to_string(matter.path("matter/commitment.txt")).unwrap();
    assert!(commitment.contains("folders not listed: 1"), "{commitment}");
}

/// Files of the documents, and why nothing is read of them.
const REASONS: [(&str, Reason); 4] = [
    ("testWORD_truncated.docx", Reason::Damaged),
    ("testPDF_Version.5.x.pdf", Reason::NoText),
    ("testPDF_AdobeIllustrator.pdf", Reason::NoText),
    ("testRTFEmbeddedLink.rtf", Reason::NoText),
];

/// Types without a reader, and what nobody reads without a key, do not count.
#[test]
fn nearly_all_real_documents_are_items_and_the_others_say_why() {
    let Some(shared) = shared() else { return };
    let folder = shared.join("data/documents");
    if !folder.is_dir() {
        println!("skipped: ../shared/data/documents is not here");
        return;
    }
    let matter = Matter::new(programs());
    let corpus = folder.to_str().unwrap();
    small::commit(&matter, &format!("\"{corpus}\""), 1);
    let mut table: BTreeMap<(String, &str, String), usize> = BTreeMap::new();
    let mut reasons: BTreeMap<String, Reason> = BTreeMap::new();
    let (mut files, mut readable, mut read) = (0, 0, 0);
    for item in items(&matter) {
        let is_file = item.key.place == 0;
        let outcome = match item.member.status {
            Status::Item | Status::Page => "rendition".to_owned(),
            Status::Exception(reason) => reason.name().to_owned(),
        };
        if is_file {
            files += 1;
            match item.member.status {
                Status::Exception(Reason::Encrypted | Reason::UnsupportedType) => {}
                Status::Exception(_) => readable += 1,
                Status::Item | Status::Page => {
                    readable += 1;
                    read += 1;
                }
            }
            if let Status::Exception(reason) = item.member.status {
                reasons.insert(item.path.to_string_lossy().into_owned(), reason);
            }
        }
        let kind = match (item.member.page, item.member.kind.as_str()) {
            (Some(_), _) => "page",
            (None, "") => "not opened",
            (None, kind) => kind,
        };
        let what = if is_file { "file" } else { "part" };
        *table.entry((kind.to_owned(), what, outcome)).or_default() += 1;
    }
    for ((kind, what, outcome), count) in &table {
        println!("{count:4} {what} {outcome:17} {kind}");
    }
    println!("{read} of {readable} readable files, {files} in all");
    assert_eq!(files, fs::read_dir(&folder).unwrap().count());
    assert!(read * 100 >= readable * 93, "{read} of {readable}");
    for (name, reason) in REASONS {
        assert_eq!(reasons.get(name), Some(&reason), "{name}");
    }
}
