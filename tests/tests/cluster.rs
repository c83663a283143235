//! `cluster/step.sh`, which all engines call: every step, in parts, each started again after it is
//! done. What needs an engine is tried by `cluster/slurm/try.sh`.

#![allow(clippy::unwrap_used, reason = "a test may end at any surprise")]

use duces_protocol::commitment::Commitment;
use duces_tests::matter::{Matter, workspace};
use duces_tests::programs::{Program, Programs};
use duces_tests::small::{PROFILE, committed, request};
use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::process::{Command, Output};

/// Two matters that share what is public and secret, but not the folders of proofs and production.
const SETTINGS: &str = "CORPUS=fixtures/corpus PROFILE=small.toml CACHE=cache MATTER=matter\n\
    ORIGIN='Records request 2024-117' REQUEST=small.request PRODUCTION=production\n\
    VERDICT=verdict.json LOGS=logs SHARDS=3 PROOFS=proofs WIDTH=11 BIN=$PWD/bin\n";

/// The programs under their own names, in the folder `bin`.
fn programs(matter: &Matter) {
    fs::create_dir(matter.path("bin")).unwrap();
    let script = |name: &str, arguments: &str| {
        let path = matter.path(&format!("bin/{name}"));
        let executable = env!("CARGO_BIN_EXE_programs");
        fs::write(
            &path,
            format!("#!/bin/sh\nexec '{executable}' {arguments} \"$@\"\n"),
        )
        .unwrap();
        fs::set_permissions(&path, Permissions::from_mode(0o755)).unwrap();
    };
    for program in Program::ALL {
        script(program.name(), program.name());
    }
    script("extract", "");
}

fn step(matter: &Matter, name: &str, part: &str) -> Output {
    let output = Command::new("sh")
        .arg(workspace().join("cluster/step.sh"))
        .args(["matter.conf", name, part])
        .current_dir(matter.path("."))
        .output();
    output.unwrap()
}

fn done(matter: &Matter, name: &str, part: &str) -> String {
    let output = step(matter, name, part);
    assert_eq!(output.status.code(), Some(0), "{name} {part}: {output:?}");
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn steps_in_parts_end_in_a_verdict_and_do_nothing_twice() {
    let matter = Matter::new(Programs::new(env!("CARGO_BIN_EXE_programs")));
    programs(&matter);
    fs::write(matter.path("matter.conf"), SETTINGS).unwrap();
    fs::write(matter.path("small.toml"), PROFILE).unwrap();
    // Nothing is there yet: the steps that need it could not run.
    assert_eq!(step(&matter, "prove", "1/3").status.code(), Some(2));
    assert_eq!(step(&matter, "status", "1/1").status.code(), Some(2));
    assert_eq!(step(&matter, "other", "1/1").status.code(), Some(2));
    for _ in 0..2 {
        for part in ["1/3", "3/3", "2/3"] {
            done(&matter, "extract", part);
        }
        done(&matter, "commit", "1/1");
    }
    let text = fs::read_to_string(matter.path("matter/commitment.txt")).unwrap();
    let commitment = Commitment::parse(&text).unwrap().digest();
    fs::write(
        matter.path("small.request"),
        request(commitment, 200).encode(),
    )
    .unwrap();
    done(&matter, "prove", "2/3");
    let status = |part: &str| -> serde_json::Value {
        serde_json::from_str(&done(&matter, "status", part)).unwrap()
    };
    let all = status("1/1");
    assert_eq!(all["finished"], false);
    assert_eq!(status("2/3")["finished"], true);
    assert!(!all["missing"].as_array().unwrap().is_empty());
    // A production is not made of a part of the proofs.
    assert_eq!(step(&matter, "produce", "1/1").status.code(), Some(2));
    done(&matter, "prove", "1/3");
    done(&matter, "prove", "3/3");
    assert_eq!(status("1/1")["finished"], true);
    let again = done(&matter, "prove", "1/1");
    assert!(again.contains("proved in this run: 0 documents"), "{again}");
    for _ in 0..2 {
        done(&matter, "produce", "1/1");
        done(&matter, "judge", "1/1");
    }
    let verdict = fs::read_to_string(matter.path("verdict.json")).unwrap();
    assert!(verdict.contains("\"verdict\": \"VERIFIED\""), "{verdict}");
}

/// The programs are stood in for by one that repeats its arguments.
#[test]
fn steps_pass_the_passphrase_on() {
    let matter = Matter::new(Programs::new(env!("CARGO_BIN_EXE_programs")));
    fs::create_dir(matter.path("bin")).unwrap();
    let responder = matter.path("bin/responder");
    fs::write(&responder, "#!/bin/sh\necho \"$@\"\n").unwrap();
    fs::set_permissions(&responder, Permissions::from_mode(0o755)).unwrap();
    let steps = ["commit", "prove", "produce"];
    fs::write(matter.path("matter.conf"), SETTINGS).unwrap();
    for name in steps {
        let line = done(&matter, name, "1/1");
        assert!(!line.contains("passphrase"), "{line}");
    }
    let settings = format!("{SETTINGS}PASSPHRASE_FILE='pass phrase'\n");
    fs::write(matter.path("matter.conf"), settings).unwrap();
    for name in steps {
        let line = done(&matter, name, "1/1");
        assert!(line.contains(" --passphrase-file pass phrase"), "{line}");
        assert_eq!(line.contains(" --passphrase "), name == "commit", "{line}");
    }
}

/// NFS without its lock service refuses every lock with `ENOLCK`, other mounts with `ENOSYS`.
#[test]
fn a_vault_is_read_where_the_system_refuses_locks() {
    let matter = committed(Programs::new(env!("CARGO_BIN_EXE_programs")));
    let line = "responder status --vault matter/vault --json";
    let expected = matter.run(line).done().stdout;
    for error in ["ENOLCK", "ENOSYS"] {
        let inject = format!("inject=fcntl,flock:error={error}");
        let arguments = [
            "-f",
            "-qq",
            "-o",
            "trace",
            "-e",
            "trace=fcntl,flock",
            "-e",
            &inject,
        ];
        let outcome = matter.through("strace", &arguments, line);
        let refused = fs::read_to_string(matter.path("trace")).unwrap_or_default();
        if !refused.contains("INJECTED") {
            println!(
                "skipped: strace is not installed, or may not trace: {}",
                outcome.stderr
            );
            return;
        }
        assert!(
            refused.contains("F_OFD_SETLK"),
            "no lock was asked for: {refused}"
        );
        assert_eq!(outcome.done().stdout, expected, "{error}");
    }
}
