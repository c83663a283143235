//! Programs of others, under confinement; Tesseract for real where it is installed.

#![allow(clippy::unwrap_used)]

use duces_extract::external::{External, INPUT, Setup};
use duces_extract::worker::{Budget, Extractor};
use duces_extract::{Kind, Limits, Options, Reason, Rendition};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

const EXTRACT: &str = env!("CARGO_BIN_EXE_extract");

const SMALL: Budget = Budget {
    memory_bytes: 512 << 20,
    cpu_seconds: 2,
    wall: Duration::from_secs(60),
};

/// The shell as a program that reads: its version is what `--version` makes it print.
fn shell(script: &str) -> Result<External, duces_extract::worker::Unavailable> {
    let script = format!("if [ \"$1\" = --version ]; then echo 'reader 1.0'; else {script}; fi");
    External::start(
        Setup {
            name: "shell".to_owned(),
            program: PathBuf::from("/bin/sh"),
            arguments: ["-c", &script, "sh", INPUT].map(str::to_owned).to_vec(),
            version_arguments: ["-c", &script, "sh", "--version"]
                .map(str::to_owned)
                .to_vec(),
            kinds: vec![Kind::Text],
            readable: Vec::new(),
            budget: SMALL,
        },
        Path::new(EXTRACT),
    )
}

fn text(script: &str) -> Result<Rendition, Reason> {
    let limits = Limits {
        text_bytes: 1_000,
        ..Limits::DEFAULT
    };
    shell(script).unwrap().text(b"words", &limits).unwrap()
}

fn is(expected: &str) -> Result<Rendition, Reason> {
    Ok(Rendition::Text(expected.to_owned()))
}

#[test]
fn a_program_reads_its_file_and_states_its_version() {
    let external = shell("cat \"$1\"").unwrap();
    assert_eq!(external.version(), "reader 1.0");
    assert_eq!(external.reading(), "by shell, reader 1.0");
    assert_eq!(text("cat \"$1\""), is("words"));
    assert_eq!(text("printf 'a\\r\\nb\\rc'"), is("a\nb\nc"));
    assert_eq!(text("cd \"$TMPDIR\" && echo x > y && cat y"), is("x\n"));
    assert_eq!(
        text("echo $LANG; env | wc -l | tr -d ' '"),
        is("C.UTF-8\n6\n")
    );
}

#[test]
fn what_it_does_wrong_has_its_reason() {
    assert_eq!(text("exit 1"), Err(Reason::ReaderFailed));
    assert_eq!(text("printf ' \\n'"), Err(Reason::NoText));
    assert_eq!(text("printf '\\377'"), Err(Reason::ReaderFailed));
    assert_eq!(
        text("head -c 1001 /dev/zero | tr '\\0' x"),
        Err(Reason::Limit)
    );
    assert_eq!(text("while :; do :; done"), Err(Reason::TimedOut));
    let missing = Setup {
        program: PathBuf::from("/nonexistent/reader"),
        ..Setup::tesseract(PathBuf::new(), "eng")
    };
    let error = External::start(missing, Path::new(EXTRACT)).unwrap_err();
    assert!(error.what.contains("/nonexistent/reader"), "{error}");
    assert_eq!(error.to_string().lines().count(), 2);
}

#[test]
fn it_sees_neither_the_corpus_nor_the_network() {
    let options = Options {
        pages: false,
        limits: Limits::DEFAULT,
    };
    let extractor = Extractor::start(Path::new(EXTRACT), options, SMALL).unwrap();
    if !extractor.confinement().landlock {
        println!("skipped: this kernel has no Landlock");
        return;
    }
    let corpus = tempfile::tempdir().unwrap();
    let secret = corpus.path().join("secret");
    std::fs::write(&secret, "secret").unwrap();
    let path = secret.display();
    let tried = format!(
        "cat {path} 2>/dev/null || echo refused; (echo x > {path}.new) 2>/dev/null || echo refused"
    );
    assert_eq!(text(&tried), is("refused\nrefused\n"));
    assert!(!corpus.path().join("secret.new").exists());
    // Programs that it starts and leaves behind end with it.
    let left = text("sleep 60 >/dev/null 2>&1 & echo $!");
    let Ok(Rendition::Text(number)) = left else {
        panic!("{left:?}")
    };
    let running = Path::new("/proc").join(number.trim());
    let is_running = || {
        let state = std::fs::read_to_string(running.join("stat")).unwrap_or_default();
        !state.is_empty() && !state.contains(") Z ")
    };
    // A killed process needs a moment on a busy machine; `sleep` needs a minute.
    let start = Instant::now();
    while is_running() {
        assert!(start.elapsed() < Duration::from_secs(20));
        std::thread::sleep(Duration::from_millis(10));
    }
}

#[test]
fn an_extractor_takes_the_programs_text() {
    let options = Options {
        pages: false,
        limits: Limits::DEFAULT,
    };
    let extractor = Extractor::start(Path::new(EXTRACT), options, SMALL)
        .unwrap()
        .with_external(shell("tr a-z A-Z < \"$1\"").unwrap());
    let extraction = extractor.extract(b"words", "a.txt").unwrap();
    assert_eq!(extraction.text(), Some("WORDS"));
    assert_eq!(extraction.reading.as_deref(), Some("by shell, reader 1.0"));
    // Of other kinds it is not asked.
    let html = extractor
        .extract(b"<!doctype html><p>words", "a.html")
        .unwrap();
    assert_eq!(
        html.reading.filter(|reading| reading.contains("shell")),
        None
    );
}

#[test]
fn tesseract_reads_a_scan() {
    let program = PathBuf::from("/usr/bin/tesseract");
    let scan = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../shared/data/documents/testOCR_spacing.png");
    let (true, Ok(scan)) = (program.exists(), std::fs::read(scan)) else {
        println!("skipped: no Tesseract in /usr/bin, or ../shared is not here");
        return;
    };
    let ocr = External::start(Setup::tesseract(program, "eng"), Path::new(EXTRACT)).unwrap();
    assert!(ocr.version().starts_with("tesseract "), "{}", ocr.version());
    let options = Options {
        pages: false,
        limits: Limits::DEFAULT,
    };
    let extractor = Extractor::start(Path::new(EXTRACT), options, Budget::DEFAULT)
        .unwrap()
        .with_external(ocr);
    let extraction = extractor.extract(&scan, "scan.png").unwrap();
    println!("{:?}: {:?}", extraction.reading, extraction.rendition);
    assert_eq!(extraction.kind, Kind::Png);
    assert!(
        extraction.text().unwrap().contains("The quick"),
        "{:?}",
        extraction.text()
    );
}
