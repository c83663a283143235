//! A file that takes its reader down costs that file only, within its limit, with a true reason.
//!
//! This program is its own hostile extractor: called with `--worker` or `--stream`, it serves with a
//! reader that does what the file's name says. The production program has no such reader.

#![allow(clippy::unwrap_used)]

#[path = "isolation/hostile.rs"]
mod hostile;
#[path = "isolation/production.rs"]
mod production;
#[path = "isolation/shared.rs"]
mod shared;

use duces_extract::worker::{Budget, Confinement, Extractor, serve, serve_stream};
use duces_extract::{Extraction, Kind, Limits, Options, Reason};
use hostile::Hostile;
use nix::errno::Errno;
use nix::unistd::dup;
use std::fs::File;
use std::os::fd::AsRawFd;
use std::path::Path;
use std::process::ExitCode;
use std::time::{Duration, Instant};

const OPTIONS: Options = Options {
    pages: true,
    limits: Limits {
        unpacked_bytes: 1 << 20,
        ..Limits::DEFAULT
    },
};

/// Half a gigabyte, one second of a processor, sixty in all: a busy machine needs them.
const SMALL: Budget = Budget {
    memory_bytes: 512 << 20,
    cpu_seconds: 1,
    wall: Duration::from_secs(60),
};

/// A check and what it is called.
type Check = (&'static str, fn());

const CHECKS: [Check; 20] = [
    ("the confinement is in force", the_confinement_is_in_force),
    ("a panic", a_panic),
    ("a stack overflow", a_stack_overflow),
    ("a gigabyte", a_gigabyte),
    ("an endless loop", an_endless_loop),
    ("a reader that sleeps", a_reader_that_sleeps),
    ("an answer beyond the limits", an_answer_beyond_the_limits),
    ("files, network and processes", files_network_and_processes),
    ("inherited descriptors", inherited_descriptors),
    ("a page that fails", a_page_that_fails),
    ("a program that is none", a_program_that_is_none),
    ("the production program", production::hostile_files),
    ("names", production::names),
    ("a closed pipe", production::a_closed_pipe),
    ("milliseconds for isolation", production::milliseconds),
    (
        "shared: a bad file costs itself only",
        shared::a_bad_file_costs_itself_only,
    ),
    (
        "shared: processes are replaced",
        shared::processes_are_replaced,
    ),
    ("shared: threads come and go", shared::threads_come_and_go),
    ("shared: the same families", shared::the_same_families),
    ("shared: files per second", shared::files_per_second),
];

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if arguments.first().is_some_and(|first| first == "--worker") {
        return serve(Hostile, &arguments[1..]);
    }
    if arguments.first().is_some_and(|first| first == "--stream") {
        return serve_stream(Hostile, &arguments[1..]);
    }
    // `cargo test NAME` and `-- --list` reach every test program.
    if arguments.iter().any(|argument| argument == "--list") {
        return ExitCode::SUCCESS;
    }
    let wanted = arguments
        .iter()
        .find(|argument| !argument.starts_with("--"));
    for (name, check) in CHECKS {
        if wanted.is_some_and(|wanted| !name.contains(wanted.as_str())) {
            continue;
        }
        let start = Instant::now();
        check();
        println!("{name}: ok, {} ms", start.elapsed().as_millis());
    }
    ExitCode::SUCCESS
}

/// An extractor whose processes are this program.
fn hostile(budget: Budget) -> Extractor {
    let this = std::env::current_exe().unwrap();
    Extractor::start(&this, OPTIONS, budget).unwrap()
}

/// What a file with this name becomes, and that the next file is read as ever.
fn extracted(extractor: &Extractor, name: &str) -> Extraction {
    let extraction = extractor.extract(b"bytes", name).unwrap();
    let next = extractor.extract(b"bytes", "text").unwrap();
    assert_eq!(next.text(), Some("bytes"), "after {name}");
    extraction
}

fn fails(name: &str, reason: Reason, budget: Budget) {
    let extractor = hostile(budget);
    let start = Instant::now();
    let extraction = extracted(&extractor, name);
    assert_eq!(extraction, Extraction::unread(Kind::Text, reason), "{name}");
    let took = start.elapsed();
    assert!(took < budget.wall, "{name} took {took:?}");
}

fn the_confinement_is_in_force() {
    let confinement = hostile(SMALL).confinement();
    println!("  {confinement}");
    assert!(confinement.limits);
    if cfg!(target_os = "linux") {
        let expected = Confinement {
            limits: true,
            descriptors: true,
            // An old kernel does not have it.
            landlock: confinement.landlock,
            seccomp: true,
        };
        assert_eq!(confinement, expected);
    }
}

fn a_panic() {
    fails("panic", Reason::ReaderFailed, SMALL);
}

fn a_stack_overflow() {
    fails("overflow", Reason::ReaderFailed, SMALL);
}

fn a_gigabyte() {
    // Memory is what ends here, however slow the machine hands it out.
    let patient = Budget {
        cpu_seconds: 60,
        wall: Duration::from_secs(120),
        ..SMALL
    };
    fails("gigabyte", Reason::Limit, patient);
    fails("drops of a gigabyte", Reason::Limit, patient);
}

fn an_endless_loop() {
    // A second of a processor; on a busy machine it takes longer.
    fails("loop", Reason::TimedOut, SMALL);
}

fn a_reader_that_sleeps() {
    let short = Budget {
        wall: Duration::from_millis(700),
        ..SMALL
    };
    let start = Instant::now();
    let extraction = hostile(short).extract(b"bytes", "sleep").unwrap();
    assert_eq!(extraction.rendition, Err(Reason::TimedOut));
    assert!(start.elapsed() < Duration::from_secs(10));
}

fn an_answer_beyond_the_limits() {
    for name in [
        "too many bytes in parts",
        "a text with NUL",
        "a page beyond",
        "half an image",
    ] {
        fails(name, Reason::ReaderFailed, SMALL);
    }
    let text = extracted(&hostile(SMALL), "a long name").parts;
    assert_eq!(text[0].name.len(), 4_095, "cut at the end of a character");
}

fn files_network_and_processes() {
    let extractor = hostile(SMALL);
    let confinement = extractor.confinement();
    let tried = extracted(&extractor, "reach out");
    let tried = tried.text().unwrap();
    println!("  {tried}");
    for what in ["read", "write", "connect", "start"] {
        let is_held = match what {
            "connect" | "start" => confinement.seccomp,
            // No descriptor is left for a file, whatever the kernel has.
            _ => confinement.limits,
        };
        assert!(
            tried.contains(&format!("{what}: refused")) || !is_held,
            "{tried}"
        );
    }
}

fn inherited_descriptors() {
    // A copy of a descriptor stays open in the programs that this one starts.
    let open = dup(File::open("/dev/zero").unwrap()).unwrap();
    let name = format!("close {}", open.as_raw_fd());
    let extraction = extracted(&hostile(SMALL), &name);
    let expected = format!("{:?}", Err::<(), _>(Errno::EBADF));
    assert_eq!(extraction.text(), Some(expected.as_str()));
}

fn a_page_that_fails() {
    let extractor = hostile(SMALL);
    assert_eq!(
        extractor.page(b"bytes", "x", 0).unwrap(),
        Err(Reason::NotAnImage)
    );
    assert_eq!(
        extractor.page(b"bytes", "x", 1).unwrap(),
        Err(Reason::ReaderFailed)
    );
}

fn a_program_that_is_none() {
    for path in ["/nonexistent/extract", "/bin/true", "/bin/false"] {
        let error = Extractor::start(Path::new(path), OPTIONS, SMALL).unwrap_err();
        assert!(error.what.contains(path), "{error}");
        assert_eq!(error.to_string().lines().count(), 2, "{error}");
    }
}
