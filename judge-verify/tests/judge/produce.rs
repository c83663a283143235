//! What `responder produce` refuses, and that it then leaves nothing; the judge's checks are what
//! its productions are for, so both are tested side by side.

use crate::support::{MATCHING, Matter, extractor, refused};
use std::fs;
use std::process::ExitCode;

fn produce(matter: &Matter, more: &[&str]) -> ExitCode {
    let words = [
        "produce",
        "--vault",
        "matter/vault",
        "--request",
        "request",
        "--out",
        "new",
        "--extractor",
        extractor().to_str().unwrap(),
    ];
    duces_responder::run(matter.line("responder", &[&words[..], more].concat()))
}

/// The names in the matter's folder.
fn names(matter: &Matter) -> Vec<String> {
    let entries = fs::read_dir(matter.path("")).unwrap();
    let mut names: Vec<String> = entries
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

#[test]
fn produce_checks_before_it_writes() {
    let matter = Matter::new();
    let proofs = ["--proofs", "proofs"];
    let matches = fs::read_to_string(matter.path("matches.csv")).unwrap();
    let position = |decision: &str| {
        let line = matches
            .lines()
            .find(|line| line.contains(decision))
            .unwrap();
        line.split(',').next().unwrap().to_owned()
    };
    let before = names(&matter);

    // The log: a line that is not for a match, twice the same, not a table.
    let header = "position,basis,description\n";
    let (hit, miss) = (position(",match,"), position(",no match,"));
    for log in [
        format!("{header}{miss},work product,Memo\n"),
        format!("{header}999,work product,Memo\n"),
        format!("{header}{hit},work product,Memo\n{hit},work product,Memo\n"),
        format!("{header}{hit},,Memo\n"),
        "position\n".to_owned(),
    ] {
        fs::write(matter.path("bad.csv"), log).unwrap();
        let code = produce(&matter, &[&proofs[..], &["--withhold", "bad.csv"]].concat());
        assert_eq!(code, ExitCode::from(1));
        fs::remove_file(matter.path("bad.csv")).unwrap();
        assert_eq!(names(&matter), before);
    }

    // Arguments.
    for (more, code) in [
        (&["--withhold", "nowhere"][..], 2),
        (&["--bates-prefix", "../x"], 2),
        (&["--bates-prefix", "A1"], 2),
        (&["--srs", "log.csv"], 2),
    ] {
        assert_eq!(
            produce(&matter, &[&proofs[..], more].concat()),
            ExitCode::from(code)
        );
        assert_eq!(names(&matter), before);
    }
    assert_eq!(
        produce(&matter, &["--proofs", "nowhere"]),
        ExitCode::from(2)
    );

    // Proofs: damaged, missing.
    let proof = matter.path("proofs/batch-000000.proof");
    let whole = fs::read(&proof).unwrap();
    let mut flipped = whole.clone();
    flipped[100] ^= 1;
    fs::write(&proof, flipped).unwrap();
    assert_eq!(produce(&matter, &proofs), ExitCode::from(1));
    fs::remove_file(&proof).unwrap();
    assert_eq!(produce(&matter, &proofs), ExitCode::from(2));
    fs::write(&proof, whole).unwrap();
    assert_eq!(names(&matter), before);

    // Files: changed, gone.
    for i in 0..MATCHING {
        let path = matter.path(&format!("corpus/t{i}.txt"));
        let bytes = fs::read(&path).unwrap();
        fs::write(&path, b"another text").unwrap();
        assert_eq!(produce(&matter, &proofs), ExitCode::from(1));
        fs::remove_file(&path).unwrap();
        assert_eq!(produce(&matter, &proofs), ExitCode::from(1));
        fs::write(&path, bytes).unwrap();
        assert_eq!(names(&matter), before);
    }

    // All put right, everything is produced; then only --force replaces it.
    assert_eq!(produce(&matter, &proofs), ExitCode::SUCCESS);
    let outcome = matter.verify(&matter.path("new"));
    assert_eq!(refused(&outcome), None);
    assert_eq!(outcome.counts.unwrap().withheld, 0);
    assert_eq!(produce(&matter, &proofs), ExitCode::from(2));
    let withhold = [&proofs[..], &["--withhold", "log.csv", "--force"]].concat();
    assert_eq!(produce(&matter, &withhold), ExitCode::SUCCESS);
    let outcome = matter.verify(&matter.path("new"));
    assert_eq!(
        (refused(&outcome), outcome.counts.unwrap().withheld),
        (None, 1)
    );
    assert_eq!(names(&matter).len(), before.len() + 1);
}

#[test]
fn nothing_of_unproduced_items_is_in_the_public_files() {
    let matter = Matter::new();
    let mut public = Vec::new();
    for folder in ["", "proofs", "natives", "text", "images"] {
        for entry in fs::read_dir(matter.path("production").join(folder)).unwrap() {
            let path = entry.unwrap().path();
            public.extend(path.to_string_lossy().into_owned().into_bytes());
            if path.is_file() {
                public.extend(fs::read(&path).unwrap());
            }
        }
    }
    for secret in ["lunch", "o1.txt", "t1.txt", "broken.png", "image.bmp"] {
        let found = public
            .windows(secret.len())
            .any(|part| part == secret.as_bytes());
        assert!(!found, "{secret}");
    }
}
