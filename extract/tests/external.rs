//! Programs of others, under confinement; Tesseract for real where it is installed.

#![allow(clippy::unwrap_used)]

use duces_extract::cache::{Cache, CachedMember, Key};
use duces_extract::external::{External, INPUT, Setup};
use duces_extract::worker::{Budget, Extractor, walk};
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

/// Whatever decides a family decides its key, and nothing else does.
#[test]
fn the_key_of_a_family() {
    let options = Options {
        pages: false,
        limits: Limits::DEFAULT,
    };
    let start = |options, budget| Extractor::start(Path::new(EXTRACT), options, budget).unwrap();
    let plain = start(options, SMALL);
    let key = |name, extractor: &Extractor| Key::new(&[1; 32], name, extractor);
    assert_eq!(key("a.csv", &plain), key("other/b.c.csv", &plain));
    let paged = Options {
        pages: true,
        ..options
    };
    let small = Limits {
        nesting: 7,
        ..Limits::DEFAULT
    };
    let limited = Options {
        limits: small,
        ..options
    };
    let larger = Budget {
        memory_bytes: 1 << 30,
        ..SMALL
    };
    let mut keys = vec![
        key("a.csv", &plain),
        key("a.txt", &plain),
        key("a", &plain),
        Key::new(&[2; 32], "a.csv", &plain),
        key("a.csv", &start(paged, SMALL)),
        key("a.csv", &start(limited, SMALL)),
        key("a.csv", &start(options, larger)),
    ];
    for script in ["cat \"$1\"", "echo \"$1\""] {
        let with = plain.clone().with_external(shell(script).unwrap());
        keys.push(key("a.csv", &with));
    }
    for (place, one) in keys.iter().enumerate() {
        assert!(!keys[..place].contains(one), "{place}");
    }
}

/// A family as it is walked, kept, and found by another process's key.
#[test]
fn a_family_is_kept() {
    let options = Options {
        pages: false,
        limits: Limits::DEFAULT,
    };
    let extractor = Extractor::start(Path::new(EXTRACT), options, SMALL).unwrap();
    let mail = b"From: a@b\nDate: c\nMessage-ID: d\nMIME-Version: 1.0\n\
        Content-Type: multipart/mixed; boundary=o\n\n--o\n\nbody\n--o\n\
        Content-Disposition: attachment; filename=a.txt\n\nattached\n--o--\n";
    let members: Vec<_> = walk(&extractor, mail.to_vec(), "m.eml")
        .map(Result::unwrap)
        .collect();
    let family: Vec<CachedMember> = members.into_iter().map(CachedMember::from).collect();
    let folder = tempfile::tempdir().unwrap();
    let cache = Cache::open(folder.path()).unwrap();
    let key = Key::new(&[3; 32], "m.eml", &extractor);
    assert!(cache.put(&key, &family).unwrap());
    let key = Key::new(&[3; 32], "renamed.eml", &extractor);
    let found = cache.get(&key).unwrap();
    assert_eq!(found.len(), 2);
    assert_eq!((found[0].parent, found[0].name.as_str()), (None, ""));
    assert_eq!(
        (found[1].parent, found[1].name.as_str()),
        (Some(0), "a.txt")
    );
    assert_eq!(found[1].bytes.map(|(count, _)| count), Some(8));
    assert_eq!(found[1].rendition, is("attached"));
    assert_eq!(found, family);
}
