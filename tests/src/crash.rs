//! Killed processes, full disks, folders that cannot be written, and two processes at once: nothing
//! that was committed or proved is lost, and nothing half-written has the name of an output.

use crate::matter::Matter;
use crate::programs::{Outcome, Programs};
use crate::small::{PROFILE, SMALL, request};
use duces_protocol::commitment::Commitment;
use duces_responder::vault::Vault;
use duces_shell::{Failure, say};
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// What came of a campaign.
#[derive(Debug, Default)]
pub struct Report {
    /// Processes killed, by command.
    pub kills: Vec<(String, usize)>,
    /// Writes that a limit or a full disk refused.
    pub full: usize,
    /// Commands that could not write, because they lacked permission.
    pub read_only: usize,
    /// Pairs of processes on one vault.
    pub pairs: usize,
    /// What was not tried, and why.
    pub skipped: Vec<String>,
}

const COMMIT: &str = "responder commit many --profile small.toml --out matter";

/// `cargo campaign crash`: kills each command `kills` times, and prints what came of it.
///
/// # Errors
/// When standard output takes no more.
///
/// # Panics
/// When anything is lost.
pub fn run(programs: Programs, kills: usize, seed: u64) -> Result<(), Failure> {
    let report = campaign(&Matter::new(programs), seed, kills, 3_000);
    for (command, count) in &report.kills {
        say(format!("{command}: killed {count} times, nothing lost"))?;
    }
    say(format!(
        "refused because the disk was full: {}",
        report.full
    ))?;
    say(format!("refused without permission: {}", report.read_only))?;
    say(format!("pairs of processes: {}", report.pairs))?;
    for what in &report.skipped {
        say(format!("skipped: {what}"))?;
    }
    Ok(())
}

/// Runs the campaign in a fresh matter; `kills` of each command at the least.
///
/// # Panics
/// When anything is lost.
#[must_use]
pub fn campaign(matter: &Matter, seed: u64, kills: usize, files: usize) -> Report {
    let mut random = StdRng::seed_from_u64(seed);
    let mut report = Report::default();
    fs::create_dir(matter.path("many")).expect("the folder can be made");
    for i in 0..files {
        let word = if i % 3 == 0 { "discharge" } else { "lunch" };
        fs::write(matter.path(&format!("many/{i}.txt")), format!("{word} {i}"))
            .expect("the file can be written");
    }
    fs::write(matter.path("small.toml"), PROFILE).expect("the profile is written");
    commit(matter, &mut random, kills, files, &mut report);
    answer(matter, &mut random, kills, &mut report);
    full_disks(matter, &mut report);
    read_only(matter, &mut report);
    pairs(matter, &mut report);
    let outcome = matter.run(&SMALL.judge("small-production")).done();
    assert!(outcome.stdout.contains("VERIFIED"), "{outcome:#?}");
    report
}

/// Kills `commit` at random times; the commitment that comes out in the end has every file once.
fn commit(matter: &Matter, random: &mut StdRng, kills: usize, files: usize, report: &mut Report) {
    let check = || {
        let there = matter.path("matter/commitment.txt").exists();
        if there {
            let vault = Vault::open(&matter.path("matter/vault")).expect("the vault is whole");
            assert_eq!(&commitment(matter), vault.commitment());
        }
        there
    };
    let discard = || {
        if matter.path("matter").exists() {
            fs::remove_dir_all(matter.path("matter")).expect("it can be removed");
        }
    };
    let count = kill(matter, COMMIT, random, kills, &check, &discard);
    report.kills.push(("commit".to_owned(), count));
    let vault = Vault::open(&matter.path("matter/vault")).expect("the vault is whole");
    let items = vault.items(0..vault.len()).expect("every record is whole");
    let mut paths: Vec<_> = items.into_iter().map(|item| item.path).collect();
    paths.sort();
    paths.dedup();
    assert_eq!(paths.len(), files, "every file has one position");
    no_parts(&matter.path("matter"));
}

/// Kills `prove` and `produce` at random times.
fn answer(matter: &Matter, random: &mut StdRng, kills: usize, report: &mut Report) {
    let encoded = request(commitment(matter).digest(), 1).encode();
    fs::write(matter.path("small.request"), encoded).expect("the request is written");
    let _ = matter.run(&SMALL.review()).done();
    matter.write_log(&SMALL);
    let discard = |name: &'static str| {
        move || {
            if matter.path(name).exists() {
                fs::remove_dir_all(matter.path(name)).expect("it can be removed");
            }
        }
    };
    let (line, nothing) = (SMALL.prove(), || false);
    let count = kill(
        matter,
        &line,
        random,
        kills,
        &nothing,
        &discard("small-proofs"),
    );
    report.kills.push(("prove".to_owned(), count));
    // A proof that has its name holds: nothing is proved again.
    let outcome = matter.run(&line).done();
    assert!(!outcome.stdout.contains("does not verify"), "{outcome:#?}");
    no_parts(&matter.path("small-proofs"));

    let judge = SMALL.judge("small-production");
    let whole = || {
        let there = matter.path("small-production").exists();
        if there {
            let _ = matter.run(&judge).done();
        }
        there
    };
    let line = SMALL.produce();
    let count = kill(
        matter,
        &line,
        random,
        kills,
        &whole,
        &discard("small-production"),
    );
    report.kills.push(("produce".to_owned(), count));
    no_parts(&matter.path(""));
}

/// Starts a command and kills it at a random time, again and again. After each, `whole` checks what
/// there is, and says whether it is the output; then, and when the command has come to its end,
/// `discard` removes it. In the end the command runs undisturbed.
fn kill(
    matter: &Matter,
    line: &str,
    random: &mut StdRng,
    kills: usize,
    whole: &dyn Fn() -> bool,
    discard: &dyn Fn(),
) -> usize {
    let started = Instant::now();
    let _ = matter.run(line).done();
    let longest = started.elapsed().as_micros().max(1000);
    discard();
    let mut killed = 0;
    while killed < kills {
        let mut child = matter
            .command(line)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("the executable starts");
        let delay = random.gen_range(0..longest);
        std::thread::sleep(Duration::from_micros(u64::try_from(delay).unwrap_or(1000)));
        let ended = child.try_wait().expect("the child can be asked").is_some();
        if !ended {
            child.kill().expect("the child can be killed");
            killed += 1;
        }
        let status = child.wait().expect("the child ends");
        if ended {
            assert_eq!(status.code(), Some(0), "'{line}' after {killed} kills");
        }
        if whole() || ended {
            discard();
        }
    }
    let _ = matter.run(line).done();
    let _ = whole();
    killed
}

/// Commands under a limit on the size of files, and on a small file system where one can be made.
fn full_disks(matter: &Matter, report: &mut Report) {
    for blocks in [1, 64] {
        let limit = format!("trap '' XFSZ; ulimit -f {blocks}; exec \"$0\" \"$@\"");
        for (line, output) in outputs("limited") {
            let outcome = matter.through("sh", &["-c", &limit], &line);
            refused_or_done(matter, &outcome, output, report);
        }
    }
    let disk = matter.path("disk");
    fs::create_dir(&disk).expect("the folder can be made");
    for size in ["64k", "1m"] {
        let option = format!("size={size}");
        let mount = Command::new("mount")
            .args(["-t", "tmpfs", "-o", &option, "none"])
            .arg(&disk)
            .output();
        if !mount.is_ok_and(|output| output.status.success()) {
            report
                .skipped
                .push("a full disk: no file system can be made here".to_owned());
            return;
        }
        for (line, output) in outputs("disk/full") {
            let outcome = matter.run(&line);
            refused_or_done(matter, &outcome, output, report);
        }
        let unmount = Command::new("umount").arg(&disk).status();
        assert!(unmount.is_ok_and(|status| status.success()));
    }
}

/// Each command that writes, with the output that must be whole or absent.
fn outputs(out: &str) -> [(String, String); 4] {
    let vault = "--vault matter/vault --request small.request";
    let output = |ending: &str| format!("{out}{ending}");
    [
        (
            format!("responder commit many --profile small.toml --out {out}-matter"),
            output("-matter/commitment.txt"),
        ),
        (
            format!("responder review {vault} --out {out}.csv"),
            output(".csv"),
        ),
        (
            format!("responder prove {vault} --out {out}-proofs --width 11"),
            output("-proofs/batch-000000.proof"),
        ),
        (
            format!("responder produce {vault} --proofs small-proofs --out {out}-production"),
            output("-production"),
        ),
    ]
}

/// A command that met the end of the disk says so in two lines and has no output; one that did
/// not has a whole one. Then everything it wrote is removed.
fn refused_or_done(matter: &Matter, outcome: &Outcome, output: String, report: &mut Report) {
    let there = matter.path(&output).exists();
    match outcome.code {
        Some(0) => assert!(there, "{outcome:#?}"),
        _ => {
            outcome.failed(2, "");
            assert!(!there, "{outcome:#?}");
            report.full += 1;
        }
    }
    let top = output
        .rsplit_once('/')
        .map_or(output.as_str(), |(top, file)| {
            if file.starts_with("full") {
                &output
            } else {
                top
            }
        });
    let top = matter.path(top);
    if top.is_dir() {
        fs::remove_dir_all(top).expect("it can be removed");
    } else if top.exists() {
        fs::remove_file(top).expect("it can be removed");
    }
}

/// Commands of a user who may not write the folder; the owner of all files may, so that it needs
/// another user.
fn read_only(matter: &Matter, report: &mut Report) {
    use std::os::unix::fs::PermissionsExt;
    let set = |path: &Path, mode| {
        fs::set_permissions(path, fs::Permissions::from_mode(mode)).expect("it is our file");
    };
    let user = ["--reuid", "65534", "--regid", "65534", "--clear-groups"];
    let may = matter.through("setpriv", &user, "responder --help");
    if may.code != Some(0) {
        report
            .skipped
            .push("a folder that cannot be written: no other user here".to_owned());
        return;
    }
    set(&matter.path(""), 0o755);
    set(&matter.path("matter/vault"), 0o755);
    set(&matter.path("matter/vault/vault.redb"), 0o644);
    for (line, output) in outputs("forbidden") {
        let outcome = matter.through("setpriv", &user, &line);
        outcome.failed(2, "");
        assert!(!matter.path(&output).exists(), "{outcome:#?}");
        report.read_only += 1;
    }
    set(&matter.path("matter/vault/vault.redb"), 0o600);
    let (line, _) = &outputs("forbidden")[1];
    matter.through("setpriv", &user, line).failed(2, "");
    report.read_only += 1;
    set(&matter.path("matter/vault"), 0o700);
    set(&matter.path(""), 0o700);
}

/// Two processes at a time on one vault: each ends well, or says in two lines why not.
fn pairs(matter: &Matter, report: &mut Report) {
    let prove =
        "responder prove --vault matter/vault --request small.request --out both --width 11";
    let review = "responder review --vault matter/vault --request small.request --out both.csv";
    let again = format!("{COMMIT} --force");
    let produce = "responder produce --vault matter/vault --request small.request \
                   --proofs small-proofs --out both-production";
    // The last pair makes another commitment: none of its steps may mix with the old vault.
    for (one, other) in [(prove, prove), (prove, review), (produce, produce)] {
        let mut children = [one, other].map(|line| {
            let mut command = matter.command(line);
            command.stdout(Stdio::null()).stderr(Stdio::piped());
            command.spawn().expect("the executable starts")
        });
        for child in &mut children {
            let status = child.wait().expect("the child ends");
            assert!(
                matches!(status.code(), Some(0 | 2)),
                "{one} beside {other}: {status}"
            );
        }
        report.pairs += 1;
        for name in ["both", "both-production"] {
            if name == "both" && matter.path(name).exists() {
                let outcome = matter.run(prove).done();
                assert!(!outcome.stdout.contains("does not verify"), "{outcome:#?}");
            }
            if matter.path(name).exists() {
                fs::remove_dir_all(matter.path(name)).expect("it can be removed");
            }
        }
        let _ = fs::remove_file(matter.path("both.csv"));
    }
    let before = commitment(matter);
    let reader = Vault::open(&matter.path("matter/vault")).expect("the vault is whole");
    matter.run(&again).failed(2, "in use");
    drop(reader);
    assert_eq!(commitment(matter), before, "a vault in use is not replaced");
    report.pairs += 1;
}

fn commitment(matter: &Matter) -> Commitment {
    let text = fs::read_to_string(matter.path("matter/commitment.txt"));
    Commitment::parse(&text.expect("the commitment is there")).expect("it is well formed")
}

/// Nothing is left of killed processes once the command has come to its end.
fn no_parts(folder: &Path) {
    for entry in fs::read_dir(folder).expect("the folder can be read") {
        let name = entry.expect("the folder can be read").file_name();
        assert!(
            !name.to_string_lossy().ends_with(".part"),
            "{}",
            name.display()
        );
    }
}
