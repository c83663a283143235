//! The program as it is shipped.

use duces_extract::image::to_png;
use duces_extract::worker::{Budget, Extractor, walk};
use duces_extract::{Extraction, Limits, Options, Raster, Reason};
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Instant;

const PROGRAM: &str = env!("CARGO_BIN_EXE_extract");

fn extractor() -> Extractor {
    let options = Options {
        pages: true,
        limits: Limits::DEFAULT,
    };
    Extractor::start(Path::new(PROGRAM), options, Budget::DEFAULT).unwrap()
}

/// Files that are made to cost their reader much, and what becomes of them.
pub fn hostile_files() {
    let extractor = extractor();
    let tag = |open: &str, close: &str| open.repeat(10_000) + "x" + &close.repeat(10_000);
    let multipart = (0..10_000).fold(String::new(), |mail, number| {
        format!("{mail}Content-Type: multipart/mixed; boundary=b{number}\n\n--b{number}\n")
    });
    let pnm = [&b"P6 60000 60000 255\n"[..], &[0; 64]].concat();
    let files = [
        ("nested.html", tag("<div>", "</div>").into_bytes()),
        (
            "nested.xml",
            ("<?xml version='1.0'?>".to_owned() + &tag("<a>", "</a>")).into_bytes(),
        ),
        (
            "nested.rtf",
            ("{\\rtf1 ".to_owned() + &tag("{", "}") + "}").into_bytes(),
        ),
        (
            "nested.eml",
            format!("From: a@b\nDate: c\nMessage-ID: d\n{multipart}x").into_bytes(),
        ),
        (
            "nested.pdf",
            ("%PDF-1.4\n1 0 obj\n".to_owned() + &tag("[", "]")).into_bytes(),
        ),
        ("large.png", large_png()),
        ("large.ppm", pnm),
    ];
    for (name, bytes) in files {
        let start = Instant::now();
        let extraction = extractor.extract(&bytes, name).unwrap();
        let took = start.elapsed();
        let outcome = match (&extraction.rendition, extraction.text()) {
            (Err(reason), _) => reason.name(),
            (_, Some(_)) => "text",
            _ => "image",
        };
        println!(
            "  {name}: {}, {outcome}, {} ms",
            extraction.kind,
            took.as_millis()
        );
        let failed = [Reason::ReaderFailed, Reason::TimedOut];
        assert!(
            !failed.map(Err).contains(&extraction.rendition.map(drop)),
            "{name}"
        );
        if name.starts_with("large") {
            assert_eq!(outcome, "limit", "{name}");
        }
    }
    let empty = extractor.extract(b"", "none.txt").unwrap();
    assert_eq!(empty.rendition, Err(Reason::Empty));
}

/// A header that says 60,000 by 60,000 before the pixels of one.
fn large_png() -> Vec<u8> {
    let mut png = to_png(&Raster {
        width: 1,
        height: 1,
        channels: 1,
        samples: vec![0],
    });
    let side = 60_000_u32.to_be_bytes();
    png[16..24].copy_from_slice(&[side, side].concat());
    let mut crc = flate2::Crc::new();
    crc.update(&png[12..29]);
    png[29..33].copy_from_slice(&crc.sum().to_be_bytes());
    png
}

/// Names with line ends and marks of direction neither break a line of output nor leave a folder.
pub fn names() {
    let folder = tempfile::tempdir().unwrap();
    let name = "a\nb\u{202e}txt.exe";
    let path = folder.path().join(name);
    std::fs::write(&path, "words").unwrap();
    let out = folder.path().join("out");
    let run = |json: bool| {
        let mut command = Command::new(PROGRAM);
        command.arg(&path);
        if json {
            command.arg("--json");
        } else {
            command.arg("--out").arg(&out);
        }
        let output = command.output().unwrap();
        assert!(output.status.success());
        String::from_utf8(output.stdout).unwrap()
    };
    for printed in [run(false), run(true)] {
        assert_eq!(printed.lines().count(), 1, "{printed}");
        assert!(!printed.contains('\u{202e}'), "{printed}");
    }
    let written: Vec<_> = std::fs::read_dir(&out)
        .unwrap()
        .map(|e| e.unwrap().path())
        .collect();
    assert_eq!(written, [out.join("000001-000000.txt")]);
    // A message whose attachment is called so.
    let mail = b"From: a@b\nDate: c\nMessage-ID: d\nMIME-Version: 1.0\n\
        Content-Type: multipart/mixed; boundary=o\n\n--o\n\nbody\n--o\n\
        Content-Disposition: attachment; filename*=utf-8''..%2F..%2Fa%0Ab%E2%80%AEc.txt\n\n\
        attached\n--o--\n";
    let extractor = extractor();
    let family: Result<Vec<_>, _> = walk(&extractor, mail.to_vec(), "m.eml").collect();
    let family = family.unwrap();
    assert_eq!(family.len(), 2, "{family:?}");
    assert_eq!(family[1].parent, Some(0));
    assert!(family[1].name.contains('\u{202e}'), "{}", family[1].name);
    // Errors have two lines, too.
    let missing = Command::new(PROGRAM)
        .arg(folder.path().join("c\nd"))
        .output()
        .unwrap();
    assert_eq!(missing.status.code(), Some(2));
    assert_eq!(
        String::from_utf8(missing.stderr).unwrap().lines().count(),
        2
    );
}

/// A reader of the output that goes away is no error.
pub fn a_closed_pipe() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.txt");
    std::fs::write(&path, "words").unwrap();
    let mut child = Command::new(PROGRAM)
        .args(std::iter::repeat_n(&path, 200))
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap())
        .read_line(&mut line)
        .unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "{output:?}");
    assert_eq!(output.stderr, b"");
    assert!(line.contains("a.txt"));
}

/// Prints what a process of its own costs a file.
pub fn milliseconds() {
    let extractor = extractor();
    let text = b"A few words of a short message.\n";
    let options = *extractor.options();
    let median = |count: usize, read: &dyn Fn() -> Extraction| {
        let mut times: Vec<_> = (0..count)
            .map(|_| {
                let start = Instant::now();
                assert!(read().text().is_some());
                start.elapsed()
            })
            .collect();
        times.sort();
        times[count / 2].as_secs_f64() * 1e3
    };
    let isolated = median(300, &|| extractor.extract(text, "a.txt").unwrap());
    let inside = median(300, &|| duces_extract::extract(text, "a.txt", &options));
    println!("  median of 300 short texts: {isolated:.2} ms isolated, {inside:.3} ms without");
    assert!(isolated < 250.0, "{isolated} ms");
}
