//! An earlier production as a corpus: a review platform's load file, and one of this program's own.

#![allow(clippy::unwrap_used, reason = "a test may end at any surprise")]

use duces_protocol::exceptions::Reason;
use duces_protocol::leaf::Status;
use duces_responder::vault::{Vault, VaultItem};
use duces_tests::matter::Matter;
use duces_tests::programs::Programs;
use duces_tests::small::{self, PROFILE, SMALL};
use std::fs;

fn programs() -> Programs {
    Programs::new(env!("CARGO_BIN_EXE_programs"))
}

fn profile() -> String {
    format!("{PROFILE}[extract]\nload_files = true\npages = false\n")
}

fn items(matter: &Matter) -> Vec<VaultItem> {
    let vault = Vault::open(&matter.path("matter/vault")).unwrap();
    let all = 0..vault.len();
    all.map(|position| vault.item(position).unwrap()).collect()
}

fn status(items: &[VaultItem], path: &str) -> Status {
    let item = items.iter().find(|item| item.path.as_os_str() == path);
    item.unwrap_or_else(|| panic!("{path}")).member.status
}

/// A platform's volume: a native whose text says more, one without a text, a text without a native, links
/// to nothing, and an image.
#[test]
fn texts_of_a_load_file_are_searched_and_what_is_missing_is_said() {
    let matter = Matter::new(programs());
    for folder in ["volume/DATA", "volume/NATIVES", "volume/TEXT"] {
        fs::create_dir_all(matter.path(folder)).unwrap();
    }
    let write = |path: &str, bytes: &[u8]| fs::write(matter.path(path), bytes).unwrap();
    write("volume/NATIVES/a.txt", b"what the platform could not read");
    write("volume/TEXT/a.txt", b"a discharge into caf\xe9\r\n");
    write("volume/NATIVES/b.txt", b"a letter");
    write("volume/TEXT/c.txt", b"a text alone");
    let rows = [
        "DOCID,NATIVE PATH,TEXT PATH",
        "A-1,.\\natives\\a.txt,.\\text\\a.txt",
        "A-2,natives\\b.txt,text\\lost.txt",
        "A-3,,text\\c.txt",
        "A-4,natives\\gone.doc,",
        "A-5,,",
    ];
    let line = |row: &str| format!("þ{}þ\r\n", row.replace(',', "þ\u{14}þ"));
    let file: String = rows.iter().map(|row| line(row)).collect();
    let bytes: Vec<u8> = file.chars().map(|c| u8::try_from(c).unwrap()).collect();
    write("volume/DATA/load.dat", &bytes);

    let flags = "volume --load-file volume/DATA/load.dat";
    fs::write(matter.path("small.toml"), PROFILE).unwrap();
    let line = format!("responder commit {flags} --profile small.toml --out matter");
    matter
        .run(&line)
        .failed(2, "does not take texts from load files");
    small::commit_under(&matter, &profile(), flags, 1);
    let all = items(&matter);
    // Two natives, a text, the load file, and three that are missing.
    assert_eq!(all.len(), 7);
    let missing = Status::Exception(Reason::Missing);
    for (path, expected) in [
        ("NATIVES/a.txt", Status::Item),
        ("NATIVES/b.txt", Status::Item),
        ("TEXT/c.txt", Status::Item),
        ("DATA/load.dat", Status::Item),
        ("text/lost.txt", missing),
        ("natives/gone.doc", missing),
        ("A-5", missing),
    ] {
        assert_eq!(status(&all, path), expected, "{path}");
    }
    let _ = matter.run(&SMALL.review()).done();
    let matches = matter.matches(&SMALL);
    assert_eq!(matches.len(), 1);
    assert_eq!(matches[0].1, "NATIVES/a.txt");
    let _ = matter.run(&SMALL.prove()).done();
    let produce = SMALL.produce().replace("--withhold small-log.csv ", "");
    let _ = matter.run(&produce).done();
    let text = fs::read_to_string(matter.path("small-production/text/SMALL0000001.txt"));
    assert_eq!(text.unwrap(), "a discharge into café\n");
    let outcome = matter.run(&SMALL.judge("small-production")).done();
    let words: Vec<&str> = outcome.stdout.split_whitespace().collect();
    let said = "NOT compared with its file (a text that a load file stated, which is not the \
                file's own: 1)";
    assert!(words.join(" ").contains(said), "{outcome:#?}");
}

/// What this program produced can be committed to by who received it.
#[test]
fn a_production_of_this_program_reads_back() {
    let matter = small::produced(programs());
    let rendered = fs::read(matter.path("small-production/loadfile.dat")).unwrap();
    fs::create_dir(matter.path("received")).unwrap();
    for folder in ["natives", "text", "images"] {
        let to = matter.path(&format!("received/{folder}"));
        fs::rename(matter.path(&format!("small-production/{folder}")), to).unwrap();
    }
    fs::write(matter.path("received/loadfile.dat"), &rendered).unwrap();
    let natives = fs::read_dir(matter.path("received/natives"))
        .unwrap()
        .count();
    fs::remove_dir_all(matter.path("matter")).unwrap();
    let flags = "received --load-file received/loadfile.dat";
    small::commit_under(&matter, &profile(), flags, 1);
    let all = items(&matter);
    let of_rows = all
        .iter()
        .filter(|item| item.key.place == 0 && item.path.starts_with("natives"));
    assert_eq!(of_rows.count(), natives);
    assert!(all.iter().all(|item| !item.path.starts_with("text")));
    let missing = Status::Exception(Reason::Missing);
    assert!(all.iter().all(|item| item.member.status != missing));
    // What was responsive is found again.
    let _ = matter.run(&format!("{} --force", SMALL.review())).done();
    assert!(!matter.matches(&SMALL).is_empty());
}
