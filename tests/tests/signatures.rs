//! Signatures in the form of `ssh-keygen -Y sign`: made with that program, checked by the judge's program
//! through it, and tampered with. Where `ssh-keygen` is not there, the tests say so.

#![allow(clippy::unwrap_used, reason = "a test may end at any surprise")]

use duces_tests::matter::Matter;
use duces_tests::programs::Programs;
use duces_tests::small::{self, SMALL};
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

/// Who signs, and what.
const SIGNERS: [(&str, &str, &str); 2] = [
    (
        "records@agency.example",
        "agency",
        "duces-commitment,duces-production",
    ),
    (
        "counsel@requester.example",
        "counsel",
        "duces-request,duces-verdict",
    ),
];

/// Runs `ssh-keygen` in a folder; what it printed.
fn keygen(folder: &Path, words: &[&str], input: Option<&Path>) -> Option<String> {
    let input = input.map_or(Stdio::null(), |path| fs::File::open(path).unwrap().into());
    let mut command = Command::new("ssh-keygen");
    let output = command
        .args(words)
        .current_dir(folder)
        .stdin(input)
        .output()
        .ok()?;
    assert!(output.status.success(), "ssh-keygen {words:?}: {output:?}");
    Some(String::from_utf8(output.stdout).unwrap())
}

/// A production, keys and signatures of both parties, and their list.
fn signed() -> Option<Matter> {
    let matter = small::produced(Programs::new(env!("CARGO_BIN_EXE_programs")));
    let folder = matter.path("");
    let mut list = String::new();
    for (name, key, spaces) in SIGNERS {
        let words = ["-q", "-t", "ed25519", "-N", "", "-C", "", "-f", key];
        if keygen(&folder, &words, None).is_none() {
            println!("skipped: there is no ssh-keygen here");
            return None;
        }
        let public = fs::read_to_string(matter.path(&format!("{key}.pub"))).unwrap();
        list += &format!("{name} namespaces=\"{spaces}\" {public}");
    }
    fs::write(matter.path("signers"), list).unwrap();
    sign(
        &matter,
        "agency",
        "duces-commitment",
        "matter/commitment.txt",
    );
    sign(&matter, "counsel", "duces-request", "small.request");
    sign(
        &matter,
        "agency",
        "duces-production",
        "small-production/sha256sums.txt",
    );
    fs::rename(
        matter.path("small-production/sha256sums.txt.sig"),
        matter.path("small-production.sig"),
    )
    .unwrap();
    Some(matter)
}

fn sign(matter: &Matter, key: &str, namespace: &str, file: &str) {
    let _ = fs::remove_file(matter.path(&format!("{file}.sig")));
    let words = ["-q", "-Y", "sign", "-f", key, "-n", namespace, file];
    keygen(&matter.path(""), &words, None).unwrap();
}

/// A text without its line ends.
fn words(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn judge() -> String {
    format!("{} --signers signers", SMALL.judge("small-production"))
}

#[test]
fn good_signatures_are_named_in_every_report() {
    let Some(matter) = signed() else { return };
    let line = format!("{} --json v.json --html v.html", judge());
    let said = words(&matter.run(&line).done().stdout);
    let html = fs::read_to_string(matter.path("v.html")).unwrap();
    for (name, ..) in SIGNERS {
        assert!(
            said.contains(&format!("GOOD, by {name} (ED25519 key")),
            "{said}"
        );
        assert!(html.contains(&format!("GOOD, by {name} (ED25519 key")));
    }
    let json: serde_json::Value =
        serde_json::from_slice(&fs::read(matter.path("v.json")).unwrap()).unwrap();
    let found = json["signatures"]["signatures"].as_array().unwrap();
    assert_eq!(found.len(), 3);
    assert!(
        found.iter().all(|signature| signature["result"] == "good"),
        "{found:?}"
    );
    assert!(html.contains("The commitment is older than this request"));
    assert!(html.contains("no time stamp lies beside it"));

    // The tool that people have says the same, of what the judge's program was given.
    for (name, namespace, signature, file) in [
        (
            SIGNERS[0].0,
            "duces-commitment",
            "matter/commitment.txt.sig",
            "matter/commitment.txt",
        ),
        (
            SIGNERS[0].0,
            "duces-production",
            "small-production.sig",
            "small-production/sha256sums.txt",
        ),
        (
            SIGNERS[1].0,
            "duces-request",
            "small.request.sig",
            "small.request",
        ),
    ] {
        let words = [
            "-Y", "verify", "-f", "signers", "-I", name, "-n", namespace, "-s", signature,
        ];
        let said = keygen(&matter.path(""), &words, Some(&matter.path(file))).unwrap();
        assert!(said.starts_with("Good"), "{said}");
    }

    // The verdict, signed in turn.
    sign(&matter, "counsel", "duces-verdict", "v.json");
    let check = "judge-verify signature v.json --as verdict --signers signers";
    assert!(
        matter
            .run(check)
            .done()
            .stdout
            .contains("GOOD, by counsel@")
    );
    let report = fs::read_to_string(matter.path("v.json")).unwrap();
    fs::write(
        matter.path("v.json"),
        report.replace("VERIFIED", "REJECTED"),
    )
    .unwrap();
    matter.run(check).failed(1, "BAD");
}

#[test]
fn signatures_that_do_not_stand_are_refused_by_name() {
    let Some(matter) = signed() else { return };
    let original = fs::read(matter.path("small.request.sig")).unwrap();
    // Another file's signature; one for another purpose; one of a key that nobody allowed.
    fs::copy(
        matter.path("small-production.sig"),
        matter.path("small.request.sig"),
    )
    .unwrap();
    matter.run(&judge()).failed(1, "small.request.sig: BAD");
    sign(&matter, "counsel", "duces-verdict", "small.request");
    matter.run(&judge()).failed(1, "small.request.sig: BAD");
    sign(&matter, "agency", "duces-request", "small.request");
    matter
        .run(&judge())
        .failed(1, "small.request.sig: NOT BY AN ALLOWED SIGNER");
    let mut changed = String::from_utf8(original.clone()).unwrap();
    let at = changed.len() / 2;
    let other = if &changed[at..=at] == "A" { "B" } else { "A" };
    changed.replace_range(at..=at, other);
    fs::write(matter.path("small.request.sig"), changed).unwrap();
    matter.run(&judge()).failed(1, "small.request.sig: BAD");
    for bytes in [&b""[..], b"-----BEGIN SSH SIGNATURE-----\n", &[0xff; 4_000]] {
        fs::write(matter.path("small.request.sig"), bytes).unwrap();
        matter.run(&judge()).failed(1, "small.request.sig: BAD");
    }
    // What was not asked for is said, and is no verdict.
    let said = words(&matter.run(&SMALL.judge("small-production")).done().stdout);
    assert!(
        said.contains("NOT CHECKED: no list of allowed signers"),
        "{said}"
    );
    // A list that is not there, and one without the key.
    fs::write(matter.path("small.request.sig"), original).unwrap();
    let line = judge().replace("--signers signers", "--signers nobody");
    matter.run(&line).failed(2, "there is no list");
    fs::write(matter.path("nobody"), "").unwrap();
    matter.run(&line).failed(1, "NOT BY AN ALLOWED SIGNER");
}

#[test]
fn a_time_stamp_is_said_to_be_unchecked() {
    let matter = small::produced(Programs::new(env!("CARGO_BIN_EXE_programs")));
    fs::write(matter.path("matter/commitment.txt.tsr"), b"no token at all").unwrap();
    let line = format!("{} --html v.html", SMALL.judge("small-production"));
    let said = words(&matter.run(&line).done().stdout);
    assert!(said.contains("Time stamp of the commitment: matter/commitment.txt.tsr: NOT CHECKED"));
    let command = "openssl ts -verify -data matter/commitment.txt -in matter/commitment.txt.tsr \
                   -CAfile CERTIFICATES";
    assert!(said.contains(command), "{said}");
    let html = fs::read_to_string(matter.path("v.html")).unwrap();
    assert!(html.contains(command) && html.contains("was NOT CHECKED here"));
}
