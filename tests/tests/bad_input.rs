//! Bad input: the exit code, an error of two lines, and no half-written output.

#![allow(clippy::unwrap_used, reason = "a test may end at any surprise")]

use duces_tests::matter::{COMMIT, Matter, TOPIC};
use duces_tests::production::Production;
use duces_tests::programs::Programs;
use duces_tests::small::{self, SMALL};
use std::fs;
use std::path::Path;

fn matter() -> Matter {
    Matter::new(Programs::new(env!("CARGO_BIN_EXE_programs")))
}

fn committed() -> Matter {
    let matter = matter();
    let _ = matter.run(COMMIT).done();
    matter
}

/// Runs a line that must fail and leave the folder as it was.
fn fails(matter: &Matter, line: &str, code: i32, needle: &str) {
    let before = listing(&matter.path(""));
    matter.run(line).failed(code, needle);
    assert_eq!(
        listing(&matter.path("")),
        before,
        "'{line}' left something behind"
    );
}

fn listing(folder: &Path) -> Vec<String> {
    let mut list = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            list.extend(listing(&path));
        }
        list.push(path.to_string_lossy().into_owned());
    }
    list.sort();
    list
}

#[test]
fn flags_and_missing_files() {
    let matter = matter();
    for line in [
        "responder",
        "responder burn",
        "responder commit",
        "requester draft --model",
        "judge-verify production",
        "judge-verify production a --commitment b --request c --trust-me",
    ] {
        fails(&matter, line, 2, "");
    }
    for line in [
        "responder commit nowhere --profile fixtures/profile.toml --out matter",
        "responder commit fixtures/corpus --profile nowhere.toml --out matter",
        "responder review --vault nowhere --request nowhere --out x.csv",
        "responder prove --vault nowhere --request nowhere --out proofs",
        "responder produce --vault nowhere --request nowhere --proofs nowhere --out production",
        "requester features nowhere --view gray-8x8 --out x.npy",
        "requester inspect nowhere",
        "requester check nowhere.onnx",
        "judge-verify request nowhere",
        "judge-verify production nowhere --commitment nowhere --request nowhere",
    ] {
        fails(&matter, line, 2, "nowhere");
    }
}

#[test]
fn profiles() {
    let matter = matter();
    for (text, needle) in [
        ("[views]\n", "view"),
        ("[views]\nimages = [\"gray-0x0\"]\n", "gray-0x0"),
        ("[views]\nimages = [\"text-hash-64\"]\n", "text-hash-64"),
        (
            "[views]\nimages = [\"gray-8x8\", \"gray-8x8\"]\n",
            "gray-8x8",
        ),
        ("[veiws]\nimages = [\"gray-8x8\"]\n", "veiws"),
        ("not toml", ""),
    ] {
        fs::write(matter.path("bad.toml"), text).unwrap();
        let line = "responder commit fixtures/corpus --profile bad.toml --out matter";
        fails(&matter, line, 1, needle);
    }
}

#[test]
fn an_empty_folder_and_an_output_that_exists() {
    let matter = committed();
    fs::create_dir(matter.path("empty")).unwrap();
    let line = "responder commit empty --profile fixtures/profile.toml --out nothing";
    let outcome = matter.run(line);
    assert_ne!(outcome.code, Some(0), "{outcome:#?}");
    assert!(!matter.path("nothing/commitment.txt").exists());

    let before = fs::read(matter.path("matter/commitment.txt")).unwrap();
    fails(&matter, COMMIT, 2, "matter");
    assert_eq!(
        fs::read(matter.path("matter/commitment.txt")).unwrap(),
        before
    );
}

#[test]
fn unreadable_files_become_exceptions_with_a_reason() {
    let matter = committed();
    let text = fs::read_to_string(matter.path("matter/exceptions.csv")).unwrap();
    let mut reasons: Vec<&str> = text
        .lines()
        .skip(1)
        .filter_map(|line| line.split(',').nth(1))
        .collect();
    reasons.sort_unstable();
    let expected = fs::read_to_string(matter.path("fixtures/expected.csv")).unwrap();
    let kinds = expected
        .lines()
        .skip(1)
        .filter_map(|line| line.split(',').nth(1));
    let mut kinds: Vec<&str> = kinds
        .filter(|kind| !matches!(*kind, "image" | "text"))
        .collect();
    kinds.sort_unstable();
    assert_eq!(reasons.len(), kinds.len(), "{text}");
    for (reason, kind) in reasons.iter().zip(kinds) {
        assert!(reason.contains(kind), "{reason} instead of {kind}");
    }
    assert!(
        !text.contains("scan") && !text.contains("office"),
        "public: {text}"
    );
}

#[test]
fn models_that_cannot_be_asked_for() {
    let matter = committed();
    // A model of another view, a view that was not committed to, a rule that is none.
    let draft = |view: &str, rule: &str| {
        format!(
            "requester draft --model fixtures/models/topic.onnx --view {view} --match \"{rule}\" \
             --commitment matter/commitment.txt --out bad.request"
        )
    };
    for (view, rule) in [
        ("gray-28x28", "output[1] >= 0.5"),
        ("text-hash-2048", "output[1] >= 0.5"),
        ("text-bytes", "output[1] >= 0.5"),
        ("text-hash-4096", "output[7] >= 0.5"),
        ("text-hash-4096", "outputs"),
        ("text-hash-4096", ""),
    ] {
        let outcome = matter.run(&draft(view, rule));
        let code = outcome.code.unwrap_or_default();
        assert!(code == 1 || code == 2, "{outcome:#?}");
        outcome.failed(code, "");
        assert!(!matter.path("bad.request").exists());
    }
    fs::write(matter.path("bad.onnx"), b"\x08\x07not a model").unwrap();
    fails(&matter, "requester check bad.onnx", 1, "");
    let truncated = fs::read(matter.path("fixtures/models/stamp.onnx")).unwrap();
    fs::write(matter.path("bad.onnx"), &truncated[..truncated.len() / 2]).unwrap();
    fails(&matter, "requester check bad.onnx", 1, "");
    let line = TOPIC
        .draft()
        .replace("fixtures/models/topic.onnx", "bad.onnx");
    fails(&matter, &line, 1, "");
}

#[test]
fn wrong_commitments_views_and_requests() {
    let matter = committed();
    let _ = matter.run(&TOPIC.draft()).done();
    let _ = matter
        .run(&COMMIT.replace("--out matter", "--out other"))
        .done();
    let steps = |vault: &str, request: &str| {
        [
            format!("responder review --vault {vault} --request {request} --out x.csv"),
            format!("responder prove --vault {vault} --request {request} --out proofs"),
        ]
    };
    for line in steps("other/vault", "topic.request") {
        fails(&matter, &line, 1, "commitment");
    }
    let bytes = fs::read(matter.path("topic.request")).unwrap();
    for (name, bytes) in [
        ("short.request", &bytes[..bytes.len() - 1]),
        ("half.request", &bytes[..bytes.len() / 2]),
        ("empty.request", &[]),
    ] {
        fs::write(matter.path(name), bytes).unwrap();
        for line in steps("matter/vault", name) {
            fails(&matter, &line, 1, "");
        }
        fails(&matter, &format!("judge-verify request {name}"), 1, "");
        fails(&matter, &format!("requester inspect {name}"), 1, "");
    }
}

#[test]
fn damaged_vaults() {
    let matter = committed();
    let _ = matter.run(&TOPIC.draft()).done();
    let vault = fs::read_dir(matter.path("matter/vault")).unwrap();
    let file = vault
        .map(|entry| entry.unwrap().path())
        .find(|path| path.extension().is_some_and(|end| end == "redb"))
        .unwrap();
    let whole = fs::read(&file).unwrap();
    let middle = whole.len() / 2;
    let mut zeroed = whole.clone();
    zeroed[..middle].fill(0);
    for damaged in [&whole[..middle], &zeroed[..], &[]] {
        fs::write(&file, damaged).unwrap();
        let outcome = matter.run(&TOPIC.review());
        let code = outcome.code.unwrap_or_default();
        assert!(code == 1 || code == 2, "{outcome:#?}");
        outcome.failed(code, "vault");
        assert!(!matter.path("topic-matches.csv").exists());
    }
}

#[test]
fn withholding_logs() {
    let matter = committed();
    let _ = matter.run(&TOPIC.draft()).done();
    let _ = matter.run(&TOPIC.review()).done();
    let _ = matter.run(&TOPIC.prove()).done();
    let matches = matter.matches(&TOPIC);
    let other = (0..60)
        .find(|p| matches.iter().all(|(found, _)| found != p))
        .unwrap();
    let (first, _) = matches[0];
    for (log, needle) in [
        (
            format!("position,basis,description\n{other},privilege,A memo\n"),
            "",
        ),
        (
            format!("position,basis,description\n{first},privilege,A\n{first},privilege,A\n"),
            "several lines",
        ),
        (
            "position,basis,description\n99,privilege,A memo\n".to_owned(),
            "99",
        ),
        ("position\n1\n".to_owned(), "header"),
        (
            format!("position,basis,description\n{first},,A memo\n"),
            "basis",
        ),
    ] {
        fs::write(matter.path("topic-log.csv"), log).unwrap();
        fails(&matter, &TOPIC.produce(), 1, needle);
    }
    matter.write_log(&TOPIC);
    // A file that changed since the commitment, and one that is gone.
    let (_, path) = &matches[1];
    let native = matter.path("fixtures/corpus").join(path);
    let bytes = fs::read(&native).unwrap();
    fs::write(&native, b"other words").unwrap();
    fails(&matter, &TOPIC.produce(), 1, path);
    fs::remove_file(&native).unwrap();
    fails(&matter, &TOPIC.produce(), 1, path);
    fs::write(&native, bytes).unwrap();
    // A proof that is missing.
    fs::remove_file(matter.path("topic-proofs/batch-000000.proof")).unwrap();
    let outcome = matter.run(&TOPIC.produce());
    outcome.failed(outcome.code.unwrap_or_default(), "batch");
    assert!(!matter.path("topic-production").exists());
}

#[test]
fn the_judge_needs_a_commitment_and_a_production() {
    let matter = committed();
    matter.answer(&TOPIC);
    let line = TOPIC.judge("topic-production");
    let commitment = fs::read_to_string(matter.path("matter/commitment.txt")).unwrap();
    for bad in [
        "",
        "duces-commitment-v1\n",
        &commitment[1..],
        &commitment.replace("60", "060"),
    ] {
        fs::write(matter.path("bad.txt"), bad).unwrap();
        let line = line.replace("matter/commitment.txt", "bad.txt");
        let outcome = matter.run(&format!("{line} --json bad.json --html bad.html"));
        assert_eq!(outcome.code, Some(1), "{outcome:#?}");
        for report in ["bad.json", "bad.html"] {
            fs::remove_file(matter.path(report)).unwrap();
        }
    }
    let outcome = matter.run(&line.replace("topic-production", "fixtures"));
    assert!(matches!(outcome.code, Some(1 | 2)), "{outcome:#?}");
    for report in ["--json topic.json", "--html topic.html"] {
        let name = report.rsplit(' ').next().unwrap();
        fs::write(matter.path(name), b"older").unwrap();
        matter.run(&format!("{line} {report}")).failed(2, name);
        assert_eq!(fs::read(matter.path(name)).unwrap(), b"older");
    }
}

/// Every file that a program is given has ten gigabytes, which are not there: each is refused in
/// two lines under a limit of three on memory.
#[test]
fn files_of_ten_gigabytes() {
    let matter = small::produced(Programs::new(env!("CARGO_BIN_EXE_programs")));
    let big = fs::File::create(matter.path("big")).unwrap();
    if big.set_len(10 << 30).is_err() {
        println!("skipped: no file of ten gigabytes can be made here");
        return;
    }
    let limit = "ulimit -v 3000000; exec \"$0\" \"$@\"";
    let refused = |line: &str, name: &str| {
        let outcome = matter.through("sh", &["-c", limit], line);
        outcome.failed(1, name);
    };
    let responder = "--vault matter/vault --request small.request";
    let files = "--commitment matter/commitment.txt --request small.request";
    for line in [
        "requester check big",
        "requester inspect big",
        "judge-verify request big",
        "responder commit fixtures/corpus --profile big --out other",
        "responder review --vault matter/vault --request big --out x.csv",
        &format!("responder produce {responder} --proofs small-proofs --withhold big --out p"),
        "responder open --vault matter/vault --positions big --out opened",
        &SMALL
            .judge("small-production")
            .replace("small.request", "big"),
        &SMALL
            .judge("small-production")
            .replace("matter/commitment.txt", "big"),
        &format!("judge-verify audit opened {files} --record big"),
    ] {
        refused(line, "big");
    }
    let lie = Production::copy(&matter.path("small-production"), &matter.path("lie"));
    let native = format!("natives/{}", lie.list("natives")[0]);
    for name in [
        "manifest.json",
        "profile.toml",
        "ledger.bin",
        "openings.csv",
        "withholding.csv",
        "sha256sums.txt",
        "loadfile.dat",
        "proofs/batch-000000.proof",
        &native,
    ] {
        let bytes = lie.read(name);
        fs::rename(matter.path("big"), lie.path(name)).unwrap();
        refused(&SMALL.judge("lie"), name);
        fs::rename(lie.path(name), matter.path("big")).unwrap();
        lie.write(name, &bytes);
    }
}
