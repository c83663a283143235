//! The audit sample (docs/protocol.md section 8, "Audit sample"): drawn, opened, checked, and lied
//! about.

#![allow(clippy::unwrap_used, reason = "a test may end at any surprise")]

use duces_kit::folder::copy_folder;
use duces_protocol::audit::opened::{self, Opened};
use duces_protocol::leaf::Salt;
use duces_protocol::pedersen::ViewBlind;
use duces_protocol::production::ledger::Disposition;
use duces_protocol::tree::MerklePath;
use duces_tests::matter::{COMMIT, Matter, TOPIC};
use duces_tests::production::Production;
use duces_tests::programs::Programs;
use std::fs;
use std::path::PathBuf;
use std::sync::LazyLock;

const NONCE: &str = "6b1d2c7f3a90455e8d13f0c2b7a64e19d5087f3c1a2b4e6d9f80716253443526";
const FILES: &str = "--commitment matter/commitment.txt --request topic.request";

/// One matter for all tests, answered and with a sample of 20 positions opened.
fn matter() -> &'static Matter {
    static MATTER: LazyLock<Matter> = LazyLock::new(|| {
        let matter = Matter::new(Programs::new(env!("CARGO_BIN_EXE_programs")));
        let _ = matter.run(COMMIT).done();
        matter.answer(&TOPIC);
        let _ = matter.run(&sample("--size 20", "sample.csv")).done();
        let _ = matter.run(&open("sample.csv", "opened")).done();
        matter
    });
    &MATTER
}

fn sample(more: &str, out: &str) -> String {
    let record = out.replace("csv", "txt");
    format!(
        "judge-verify sample topic-production {FILES} --nonce {NONCE} {more} --out {out} --record {record}"
    )
}

fn open(positions: &str, out: &str) -> String {
    format!("responder open --vault matter/vault --positions {positions} --out {out}")
}

fn audit(opened: &str, record: &str, more: &str) -> String {
    format!("judge-verify audit {opened} {FILES} --record {record} {more}")
}

#[test]
fn an_honest_sample_has_no_fault_and_gives_a_bound() {
    let outcome = matter().run(&audit("opened", "sample.txt", "")).done();
    assert!(outcome.stdout.contains("NO FAULT"), "{outcome:#?}");
    // 1 − 0.05^(1/20) = 13.911 %, of 60 positions.
    let bound = "at most 13.92 % of the positions of the commitment have a fault or cannot be verified: 8 of 60";
    assert!(outcome.stdout.contains(bound), "{outcome:#?}");
}

#[test]
fn a_folder_of_opened_files_is_the_owners() {
    use std::os::unix::fs::PermissionsExt;
    let mode = fs::metadata(matter().path("opened"))
        .unwrap()
        .permissions()
        .mode();
    assert_eq!(mode & 0o777, 0o700);
}

/// A copy of the opened sample.
struct Lie {
    name: String,
    folder: PathBuf,
}

impl Lie {
    fn new(name: &str) -> Self {
        let folder = matter().path(name);
        copy_folder(&matter().path("opened"), &folder);
        Self {
            name: name.to_owned(),
            folder,
        }
    }

    fn openings(&self) -> Vec<Opened> {
        opened::parse(&fs::read(self.folder.join("opened.csv")).unwrap()).unwrap()
    }

    fn write(&self, openings: &[Opened]) {
        fs::write(self.folder.join("opened.csv"), opened::render(openings)).unwrap();
    }

    /// Demands that this audit check, and no other, finds the lie, at this position if there is one.
    fn found(&self, check: u8, position: Option<u64>) {
        let outcome = matter().run(&audit(&self.name, "sample.txt", ""));
        let check = format!("audit check {check} (");
        outcome.failed(
            1,
            if position.is_some() {
                "1 of 20"
            } else {
                &check
            },
        );
        if let Some(position) = position {
            let line = format!("position {position}: {check}");
            assert!(outcome.stdout.contains(&line), "{line} {outcome:#?}");
        }
    }
}

/// The first opened item with a file and a view.
fn first(openings: &[Opened]) -> usize {
    let found = openings.iter().position(|opened| !opened.blinds.is_empty());
    found.unwrap()
}

#[test]
fn lies_about_one_position_are_found_there() {
    type Change = fn(&mut Opened);
    let changes: [(&str, u8, Change); 9] = [
        ("another-salt", 4, |o| o.salt = Salt::from_bytes([7; 32])),
        ("another-rendition-salt", 5, |o| {
            let kind = o.rendition.as_ref().unwrap().0;
            o.rendition = Some((kind, Salt::from_bytes([7; 32])));
        }),
        ("another-blind", 7, |o| o.blinds[0] = ViewBlind::random()),
        ("short-path", 3, |o| {
            o.path = MerklePath::new(o.path.siblings()[1..].to_vec());
        }),
        ("long-path", 3, |o| {
            let mut path = o.path.siblings().to_vec();
            path.push(path[0]);
            o.path = MerklePath::new(path);
        }),
        ("other-path", 3, |o| {
            let mut path = o.path.siblings().to_vec();
            path.reverse();
            o.path = MerklePath::new(path);
        }),
        ("other-family", 3, |o| o.leaf.family ^= 1),
        ("other-file-commitment", 3, |o| o.leaf.file.0[0] ^= 1),
        ("other-rendition-commitment", 3, |o| {
            o.leaf.rendition.as_mut().unwrap().0[0] ^= 1;
        }),
    ];
    for (name, check, change) in changes {
        let lie = Lie::new(name);
        let mut openings = lie.openings();
        let index = first(&openings);
        change(&mut openings[index]);
        lie.write(&openings);
        lie.found(check, Some(openings[index].position));
    }
}

#[test]
fn lies_about_files_are_found() {
    let lie = Lie::new("another-file");
    let openings = lie.openings();
    let opened = &openings[first(&openings)];
    let path = lie.folder.join("files").join(opened.file().unwrap());
    let mut bytes = fs::read(&path).unwrap();
    *bytes.last_mut().unwrap() ^= 1;
    fs::write(&path, &bytes).unwrap();
    lie.found(4, Some(opened.position));
    fs::remove_file(&path).unwrap();
    lie.found(2, None);
    std::os::unix::fs::symlink(matter().path("fixtures/profile.toml"), &path).unwrap();
    lie.found(4, Some(opened.position));

    let lie = Lie::new("extra-file");
    fs::write(lie.folder.join("files/99.txt"), b"more").unwrap();
    lie.found(2, None);
    fs::remove_file(lie.folder.join("files/99.txt")).unwrap();
    fs::write(lie.folder.join("note.txt"), b"more").unwrap();
    lie.found(2, None);
}

#[test]
fn positions_that_change_places_are_found() {
    let lie = Lie::new("swapped");
    let mut openings = lie.openings();
    let with_views: Vec<usize> = (0..openings.len())
        .filter(|i| !openings[*i].blinds.is_empty())
        .collect();
    let (one, other) = (with_views[0], with_views[1]);
    let (files, renditions) = (lie.folder.join("files"), lie.folder.join("renditions"));
    let shown = |opened: &Opened| {
        [
            files.join(opened.file().unwrap()),
            renditions.join(opened.rendition_file().unwrap()),
        ]
    };
    let contents = [one, other].map(|i| shown(&openings[i]).map(|path| fs::read(path).unwrap()));
    for path in [one, other].iter().flat_map(|i| shown(&openings[*i])) {
        fs::remove_file(path).unwrap();
    }
    openings.swap(one, other);
    let (first, second) = (openings[one].position, openings[other].position);
    (openings[one].position, openings[other].position) = (second, first);
    for (i, contents) in [(one, &contents[1]), (other, &contents[0])] {
        for (path, bytes) in shown(&openings[i]).iter().zip(contents) {
            fs::write(path, bytes).unwrap();
        }
    }
    lie.write(&openings);
    let outcome = matter().run(&audit("swapped", "sample.txt", ""));
    outcome.failed(1, "2 of 20");
    for i in [one, other] {
        let line = format!("position {}: audit check 3 (path)", openings[i].position);
        assert!(outcome.stdout.contains(&line), "{outcome:#?}");
    }
}

#[test]
fn folders_that_open_something_else_are_refused() {
    let lie = Lie::new("one-fewer");
    let mut openings = lie.openings();
    let gone = openings.pop().unwrap();
    if let Some(name) = gone.file() {
        fs::remove_file(lie.folder.join("files").join(name)).unwrap();
    }
    lie.write(&openings);
    lie.found(2, None);

    let lie = Lie::new("other-profile");
    fs::write(
        lie.folder.join("profile.toml"),
        "[views]\ntexts = [\"text-hash-64\"]\n",
    )
    .unwrap();
    lie.found(2, None);

    let lie = Lie::new("malformed");
    fs::write(lie.folder.join("opened.csv"), b"position\n1\n").unwrap();
    lie.found(2, None);
}

#[test]
fn a_sample_that_was_not_drawn_is_refused() {
    let matter = matter();
    let honest = fs::read_to_string(matter.path("sample.txt")).unwrap();
    let other = "0".repeat(64);
    let digest = |name: &str| {
        let line = honest.lines().find(|line| line.starts_with(name)).unwrap();
        line.split_once(": ").unwrap().1.to_owned()
    };
    let [commitment, request] = ["commitment", "request"].map(digest);
    for (name, text, more, needle) in [
        (
            "nonce.txt",
            honest.replace(NONCE, &other),
            "",
            "audit check 2",
        ),
        (
            "longer.txt",
            honest.replace("all 20", "all 21"),
            "",
            "audit check 2",
        ),
        (
            "shorter.txt",
            honest.replace("all 20", "all 19"),
            "",
            "audit check 2",
        ),
        (
            "fewer.txt",
            honest.replace("of 60", "of 59"),
            "",
            "audit check 1 (draw)",
        ),
        (
            "matter.txt",
            honest.replace(&commitment, &other),
            "",
            "audit check 1 (draw)",
        ),
        (
            "request.txt",
            honest.replace(&request, &other),
            "",
            "audit check 1 (draw)",
        ),
        (
            "production.txt",
            honest.replace(&digest("ledger"), &other),
            "--production topic-production",
            "audit check 1 (draw)",
        ),
        (
            "scope.txt",
            honest.replace("all 20", "pages 1"),
            "",
            "--production",
        ),
        (
            "twice.txt",
            format!("{honest}draw: all 20 of 60\n"),
            "",
            "twice",
        ),
    ] {
        fs::write(matter.path(name), text).unwrap();
        let code = if needle == "--production" { 2 } else { 1 };
        matter
            .run(&audit("opened", name, more))
            .failed(code, needle);
    }
}

#[test]
fn the_elusion_test_draws_from_what_is_listed_as_not_responsive() {
    let matter = matter();
    let _ = matter
        .run(&sample("--draw not-responsive=12", "elusion.csv"))
        .done();
    let list = fs::read_to_string(matter.path("elusion.csv")).unwrap();
    let production = Production::copy(&matter.path("topic-production"), &matter.path("look"));
    let records = production.records();
    for line in list.lines().skip(1) {
        let position: usize = line.parse().unwrap();
        assert_eq!(records[position].1.disposition, Disposition::NotResponsive);
    }
    let _ = matter.run(&open("elusion.csv", "elusion")).done();
    let line = audit("elusion", "elusion.txt", "--production topic-production");
    let outcome = matter.run(&line).done();
    assert!(
        outcome.stdout.contains("Elusion: not stated"),
        "{outcome:#?}"
    );

    let mark = |yes: usize| {
        let mut lines = list.lines();
        let header = format!("{},relevant\n", lines.next().unwrap());
        lines.enumerate().fold(header, |table, (i, position)| {
            let mark = if i < yes { "yes" } else { "no" };
            format!("{table}{position},{mark}\n")
        })
    };
    fs::write(matter.path("reviewed.csv"), mark(1)).unwrap();
    let outcome = matter
        .run(&format!("{line} --reviewed reviewed.csv"))
        .done();
    assert!(
        outcome
            .stdout
            .contains("Elusion: 1 of 12 reviewed documents are relevant."),
        "{outcome:#?}"
    );
    fs::write(matter.path("partial.csv"), "position,relevant\n0,no\n").unwrap();
    matter
        .run(&format!("{line} --reviewed partial.csv"))
        .failed(1, "exactly the positions");
    matter
        .run(&line.replace("--production topic-production", ""))
        .failed(2, "not-responsive");
    matter
        .run(&audit("opened", "sample.txt", "--reviewed reviewed.csv"))
        .failed(2, "not-responsive");
}

/// A production whose ledger calls a match not responsive is refused by its proofs; a sample drawn
/// from it nevertheless shows the match.
#[test]
fn a_match_among_the_not_responsive_is_found() {
    let matter = matter();
    let lie = Production::copy(&matter.path("topic-production"), &matter.path("hidden"));
    let position = lie.first(Disposition::Produced);
    lie.forget_produced(position);
    lie.set_disposition(position, Disposition::NotResponsive);
    lie.seal();
    let all = lie
        .records()
        .iter()
        .filter(|(_, outcome)| outcome.disposition == Disposition::NotResponsive)
        .count();
    let draw = sample("--draw not-responsive=all", "hidden.csv");
    let _ = matter
        .run(&draw.replace("topic-production", "hidden"))
        .done();
    let _ = matter.run(&open("hidden.csv", "hidden-opened")).done();
    let outcome = matter.run(&audit("hidden-opened", "hidden.txt", "--production hidden"));
    outcome.failed(1, &format!("1 of {all}"));
    let line = format!("position {position}: audit check 9 (decision)");
    assert!(outcome.stdout.contains(&line), "{outcome:#?}");
}

#[test]
fn what_cannot_be_drawn_or_opened_is_said_in_two_lines() {
    let matter = matter();
    for (more, code, needle) in [
        ("--size 0", 2, "sample of 0"),
        ("--size 61", 2, "sample of 61"),
        ("--size x", 2, "--size"),
        ("--size 5 --draw-nonce", 2, "--draw-nonce"),
    ] {
        matter.run(&sample(more, "bad.csv")).failed(code, needle);
        assert!(!matter.path("bad.csv").exists());
    }
    let line = sample("--size 5", "bad.csv");
    let without = line.replace(&format!("--nonce {NONCE}"), "");
    matter.run(&without).failed(2, "--nonce");
    matter.run(&line.replace(NONCE, "12")).failed(2, "64");
    matter
        .run(&line.replace("topic-production", "nowhere"))
        .failed(2, "nowhere");
    matter
        .run(&line.replace("bad.csv", "sample.csv"))
        .failed(2, "sample.csv");
    let foreign = line.replace("topic-production", "fixtures");
    matter.run(&foreign).failed(1, "check 1 (decode)");
    let drawn = matter
        .run(&without.replace("--out", "--draw-nonce --force --out"))
        .done();
    assert!(drawn.stdout.contains("nonce: "), "{drawn:#?}");

    for (list, needle) in [
        ("position\n60\n", "60"),
        ("position\n1\n1\n", "twice"),
        ("1\n2\n", "position"),
        ("", "position"),
    ] {
        fs::write(matter.path("list.csv"), list).unwrap();
        matter
            .run(&open("list.csv", "bad-opened"))
            .failed(1, needle);
        assert!(!matter.path("bad-opened").exists());
    }
    matter
        .run(&open("nowhere.csv", "bad-opened"))
        .failed(2, "nowhere");
    matter
        .run(&open("sample.csv", "opened"))
        .failed(2, "opened");
    matter
        .run(&audit("nowhere", "sample.txt", ""))
        .failed(2, "nowhere");
    matter
        .run(&audit("opened", "nowhere", ""))
        .failed(2, "nowhere");
}
