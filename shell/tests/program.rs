//! The shell as a user meets it. This test is a program: with an argument it behaves as the
//! programs do, without one it starts itself and reads what came out.
#![allow(clippy::unwrap_used)]

use clap::{Parser, Subcommand};
use duces_shell::output::{Access, NewFile};
use duces_shell::{Failure, Program, read, run, say, start};
use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Output, Stdio};

const PROGRAM: Program = Program {
    name: "tool",
    panicked: |message| Failure::unable(format!("the program failed: {message}"), "report it"),
};

/// A program for a test.
#[derive(Parser)]
#[command(name = "tool", bin_name = "tool", version)]
struct Cli {
    #[command(subcommand)]
    command: Task,
}

#[derive(Subcommand)]
enum Task {
    /// Says many lines.
    Say,
    /// Fails at a check, with hostile text in the reason.
    Fail,
    /// Panics.
    Panic,
    /// Panics with half a file written.
    Write { path: PathBuf },
    /// Reads a file of at most ten bytes.
    Read { path: PathBuf },
}

fn tool(cli: Cli) -> Result<(), Failure> {
    match cli.command {
        Task::Say => (0..100_000).try_for_each(|i| say(format_args!("line {i}"))),
        Task::Fail => Err(Failure::refused("a\nb\u{2028}c\u{feff}", "d\re\u{200b}")),
        Task::Panic => panic!("broken\nin two lines"),
        Task::Write { path } => {
            let mut file = NewFile::create(&path, false, Access::Usual)?;
            file.write(b"half")?;
            panic!("in the middle");
        }
        Task::Read { path } => read::named(&path, 10, "letter").map(|_| ()),
    }
}

fn command(words: &[&str]) -> Command {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(words).env("DUCES_SHELL_TEST", "1");
    command
}

fn output(words: &[&str]) -> Output {
    command(words).output().unwrap()
}

/// Demands an exit code and exactly these two lines on standard error, and nothing else.
fn fails(words: &[&str], code: i32, what: &str, fix: &str) {
    let output = output(words);
    let error = String::from_utf8(output.stderr).unwrap();
    assert_eq!(error, format!("error: {what}\n  fix: {fix}\n"), "{words:?}");
    assert_eq!(output.status.code(), Some(code), "{words:?}");
    assert!(output.stdout.is_empty(), "{words:?}");
}

fn main() -> ExitCode {
    if std::env::var_os("DUCES_SHELL_TEST").is_some() {
        return start(|args| run(PROGRAM, args, tool));
    }
    errors_are_two_lines();
    panics_are_two_lines_and_leave_nothing();
    files_are_read_with_a_limit();
    a_closed_pipe_is_no_error();
    a_full_disk_is_one();
    help_is_an_answer();
    println!("6 tests of the shell as a program: ok");
    ExitCode::SUCCESS
}

fn errors_are_two_lines() {
    let help = "see 'tool --help', or 'tool COMMAND --help'";
    fails(
        &["fail"],
        1,
        "a\\u{a}b\\u{2028}c\\u{feff}",
        "d\\u{d}e\\u{200b}",
    );
    fails(&[], 2, "no command is given", help);
    fails(&["burn"], 2, "unrecognized subcommand 'burn'", help);
    let missing = "the following required arguments were not provided: <PATH>";
    fails(&["read"], 2, missing, help);
}

fn panics_are_two_lines_and_leave_nothing() {
    let what = "the program failed: broken\\u{a}in two lines";
    fails(&["panic"], 2, what, "report it");
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("out");
    let words = ["write", path.to_str().unwrap()];
    fails(&words, 2, "the program failed: in the middle", "report it");
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
}

fn files_are_read_with_a_limit() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("letter");
    let name = path.to_str().unwrap();
    std::fs::write(&path, b"0123456789").unwrap();
    assert!(output(&["read", name]).status.success());
    std::fs::write(&path, b"0123456789a").unwrap();
    let what = format!("the letter '{name}' is longer than 10 bytes");
    fails(
        &["read", name],
        1,
        &what,
        "check that this file is the letter",
    );
}

/// Starts a command, reads one line of the stream and closes it.
fn cut_short(mut command: Command) -> Output {
    let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
    let mut first = String::new();
    BufReader::new(child.stdout.take().unwrap())
        .read_line(&mut first)
        .unwrap();
    assert_eq!(first, "line 0\n");
    child.wait_with_output().unwrap()
}

fn a_closed_pipe_is_no_error() {
    let mut say = command(&["say"]);
    say.stderr(Stdio::piped());
    let output = cut_short(say);
    assert_eq!(output.status.code(), Some(0));
    assert!(output.stderr.is_empty(), "{output:?}");
    // Standard error may be closed too: the exit code remains.
    for (words, code) in [(&["fail"], 1), (&["panic"], 2)] {
        let mut child = command(words).stderr(Stdio::piped()).spawn().unwrap();
        drop(child.stderr.take());
        assert_eq!(child.wait().unwrap().code(), Some(code));
    }
}

fn a_full_disk_is_one() {
    let full = Path::new("/dev/full");
    if !full.exists() {
        println!("skipped: /dev/full is not here");
        return;
    }
    let file = File::options().write(true).open(full).unwrap();
    let output = command(&["say"])
        .stdout(file)
        .stderr(Stdio::piped())
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(2));
    let error = String::from_utf8(output.stderr).unwrap();
    assert!(
        error.starts_with("error: cannot write to standard output: ") && error.lines().count() == 2,
        "{error}"
    );
}

fn help_is_an_answer() {
    for word in ["--help", "--version"] {
        let output = output(&[word]);
        assert!(output.status.success() && output.stderr.is_empty());
        assert!(String::from_utf8(output.stdout).unwrap().contains("tool"));
    }
}
