//! The withholding log that a review begins: what is in it, and what leaves of it.

#![allow(clippy::unwrap_used, reason = "a test may end at any surprise")]

use duces_tests::matter::Matter;
use duces_tests::production::FOLDERS;
use duces_tests::programs::Programs;
use duces_tests::small::{self, SMALL};
use std::fs;
use std::os::unix::fs::PermissionsExt;

/// Names that a spreadsheet would run, that end a line, and that hide.
const NAMES: [&str; 3] = [
    "=HYPERLINK(\"x\"),discharge.txt",
    "two\nlines, \"quoted\".txt",
    "left\u{202e}right.txt",
];

fn reviewed() -> Matter {
    let matter = Matter::new(Programs::new(env!("CARGO_BIN_EXE_programs")));
    fs::create_dir(matter.path("own")).unwrap();
    for name in NAMES {
        let text = format!("A discharge, in {} letters.", name.len());
        fs::write(matter.path("own").join(name), text).unwrap();
    }
    fs::write(matter.path("own/lunch.txt"), "A memo on lunch.").unwrap();
    small::commit(&matter, "own", 1);
    let _ = matter
        .run(&format!("{} --log begun.csv", SMALL.review()))
        .done();
    let _ = matter.run(&SMALL.prove()).done();
    matter
}

#[test]
fn a_review_begins_a_log_that_the_officer_fills_in() {
    let matter = reviewed();
    let path = matter.path("begun.csv");
    let mode = fs::metadata(&path).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600, "it names documents");
    let begun = fs::read_to_string(&path).unwrap();
    let mut lines = begun.lines();
    let header = lines.next().unwrap();
    assert_eq!(
        header,
        "position,basis,description,date,author,recipients,file"
    );
    let lines: Vec<&str> = lines.collect();
    assert_eq!(lines.len(), NAMES.len(), "what does not match is not in it");
    for line in &lines {
        let (_, file) = line.split_once(",,,,,,").unwrap();
        assert!(file.starts_with('"') && file.ends_with('"'), "{line}");
        assert!(!file.starts_with("\"="), "{line}");
    }

    // As it is, nothing can be produced with it.
    let produce = |log: &str, out: &str| {
        let line = SMALL.produce().replace("small-log.csv", log);
        line.replace("small-production", out)
    };
    matter
        .run(&produce("begun.csv", "unfilled"))
        .failed(1, "the basis is empty");
    assert!(!matter.path("unfilled").exists());

    // Two lines are filled in, the third is deleted.
    let fill =
        |line: &str, basis: &str| line.replacen(",,,,,,", &format!(",{basis},A memo,,x,,"), 1);
    let filled = format!(
        "{header}\n{}\n{}\n",
        fill(lines[0], "attorney-client"),
        fill(lines[1], "5 U.S.C. 552(b)(5)")
    );
    fs::write(matter.path("filled.csv"), filled).unwrap();
    let _ = matter.run(&produce("filled.csv", "filled")).done();
    let judged = matter.run(&SMALL.judge("filled")).done().stdout;
    assert!(judged.contains("Privilege log: withheld"), "{judged}");
    assert!(judged.contains("Vaughn index: withheld"), "{judged}");

    let log = fs::read_to_string(matter.path("filled/withholding.csv")).unwrap();
    assert!(log.starts_with("position,basis,description,date,author,recipients\n"));
    let mut public = Vec::new();
    for folder in FOLDERS {
        for entry in fs::read_dir(matter.path("filled").join(folder)).unwrap() {
            let path = entry.unwrap().path();
            public.extend(path.to_string_lossy().into_owned().into_bytes());
            public.extend(fs::read(path).unwrap_or_default());
        }
    }
    for secret in ["HYPERLINK", "quoted", "right.txt", "lunch"] {
        let found = public
            .windows(secret.len())
            .any(|part| part == secret.as_bytes());
        assert!(!found, "{secret}");
    }
}

#[test]
fn a_log_is_not_written_over() {
    let matter = reviewed();
    let again = format!("{} --log begun.csv", SMALL.review());
    matter.run(&again).failed(2, "exists");
    fs::remove_file(matter.path("small-matches.csv")).unwrap();
    matter.run(&again).failed(2, "begun.csv");
    assert!(!matter.path("small-matches.csv").exists());
    let _ = matter.run(&format!("{again} --force")).done();
}
