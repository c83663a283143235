//! A corpus made to harm: every file becomes an item or an exception with a reason, in bounded
//! memory, and no name of a file reaches a reader as anything but text.

#![allow(clippy::unwrap_used, reason = "a test may end at any surprise")]

use duces_protocol::exceptions::{Exceptions, Reason};
use duces_protocol::leaf::{FileHasher, Status};
use duces_responder::vault::Vault;
use duces_tests::matter::Matter;
use duces_tests::programs::Programs;
use duces_tests::small::{self, SMALL};
use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::symlink;
use std::path::PathBuf;
use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering};

fn matter() -> Matter {
    Matter::new(Programs::new(env!("CARGO_BIN_EXE_programs")))
}

/// A PNG file that declares these dimensions and has no pixels.
fn declared(width: u32, height: u32) -> Vec<u8> {
    let mut head = b"IHDR".to_vec();
    head.extend(width.to_be_bytes());
    head.extend(height.to_be_bytes());
    head.extend([8, 0, 0, 0, 0]);
    let mut crc = flate2::Crc::new();
    crc.update(&head);
    let mut png = b"\x89PNG\r\n\x1a\n\0\0\0\x0d".to_vec();
    png.extend(&head);
    png.extend(crc.sum().to_be_bytes());
    png.extend(b"\0\0\0\x0aIDAT\x78\x9c\x63\x60\0\0\0\x02\0\x01\0\0\0\0");
    png
}

fn nested_mail(depth: usize) -> Vec<u8> {
    let mut mail = String::from("Subject: x\n");
    for level in 0..depth {
        mail += &format!("Content-Type: multipart/mixed; boundary=b{level}\n\n--b{level}\n");
    }
    (mail + "\ninnermost discharge\n").into_bytes()
}

/// A ZIP file whose member would leave the folder that it is unpacked in.
fn zip_that_climbs() -> Vec<u8> {
    let mut zip = b"PK\x03\x04\x14\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0".to_vec();
    let name = b"../../etc/passwd";
    zip.extend((name.len() as u16).to_le_bytes());
    zip.extend([0, 0]);
    zip.extend(name);
    zip
}

const NAMES: [&[u8]; 9] = [
    b"new\nline.txt",
    b"=HYPERLINK(\"http:x\").txt",
    b"<img src=x onerror=alert(1)>.txt",
    b"..\\..\\up.txt",
    b"\xe2\x80\xaegpj.txt",
    b"not-unicode-\xff\xfe.txt",
    b"quote\".txt",
    b"tab\tand \x1b[2Jescape.txt",
    b"-rf.txt",
];

#[test]
fn hostile_files_become_exceptions_and_hostile_names_stay_text() {
    let matter = matter();
    let corpus = matter.path("hostile");
    fs::create_dir_all(corpus.join("sub")).unwrap();
    let put = |name: &str, bytes: &[u8]| fs::write(corpus.join(name), bytes).unwrap();
    for name in NAMES {
        fs::write(corpus.join(OsStr::from_bytes(name)), b"a discharge").unwrap();
    }
    put("huge.png", &declared(60_000, 60_000));
    put("nested.eml", &nested_mail(1_000));
    put("form.pdf", b"%PDF-1.7\n1 0 obj <</JS (app.alert(1))>>");
    put("climb.docx", &zip_that_climbs());
    put("nothing.txt", b"");
    put("memo.txt", b"lunch");
    symlink("loop-b", corpus.join("loop-a")).unwrap();
    symlink("loop-a", corpus.join("loop-b")).unwrap();
    symlink("..", corpus.join("sub/parent")).unwrap();
    symlink("/etc/passwd", corpus.join("outside.txt")).unwrap();
    let made = Command::new("mkfifo").arg(corpus.join("pipe")).status();
    let pipe = made.is_ok_and(|status| status.success());

    small::commit(&matter, "hostile --leave-out", 1);
    let vault = Vault::open(&matter.path("matter/vault")).unwrap();
    let text = fs::read_to_string(matter.path("matter/exceptions.csv")).unwrap();
    let exceptions = Exceptions::parse(&text).unwrap();
    let mut found: Vec<(PathBuf, Reason)> = exceptions
        .list()
        .iter()
        .map(|(position, reason)| (vault.item(*position).unwrap().path, *reason))
        .collect();
    let mut expected = [
        ("climb.docx", Reason::Damaged),
        ("form.pdf", Reason::Damaged),
        ("huge.png", Reason::Limit),
        ("loop-a", Reason::SymbolicLink),
        ("loop-b", Reason::SymbolicLink),
        ("nested.eml", Reason::Limit),
        ("nothing.txt", Reason::Empty),
        ("outside.txt", Reason::SymbolicLink),
        ("sub/parent", Reason::SymbolicLink),
    ]
    .map(|(name, reason)| (PathBuf::from(name), reason))
    .to_vec();
    expected.extend(pipe.then(|| (PathBuf::from("pipe"), Reason::SpecialFile)));
    found.sort();
    expected.sort();
    assert_eq!(found, expected);
    // A memo, and the message above what is nested too deep in it.
    assert_eq!(vault.len() as usize, expected.len() + NAMES.len() + 2);
    drop(vault);

    small::answer(&matter);
    let table = fs::read_to_string(matter.path("small-matches.csv")).unwrap();
    assert_eq!(table.lines().count(), 1 + NAMES.len() + 2, "one line each");
    for line in table.lines() {
        let hidden = |c: char| c.is_control() || c == '\u{202e}';
        assert!(!line.contains(hidden), "{line:?}");
        assert!(!line.contains(",\"=") && !line.contains(",\"-"), "{line:?}");
    }
    let line = format!("{} --html r.html", SMALL.judge("small-production"));
    let _ = matter.run(&line).done();
    let report = fs::read_to_string(matter.path("r.html")).unwrap();
    assert!(!report.contains("<img") && !report.contains("onerror"));
}

/// Memory that a file asks for by what it declares is not given.
#[test]
fn what_a_file_declares_is_not_allocated() {
    let matter = matter();
    fs::create_dir(matter.path("images")).unwrap();
    for (i, side) in [60_000, 1 << 20, u32::MAX].into_iter().enumerate() {
        let path = matter.path("images").join(format!("{i}.png"));
        fs::write(path, declared(side, side)).unwrap();
    }
    fs::write(matter.path("small.toml"), small::PROFILE).unwrap();
    let line = "responder commit images --profile small.toml --out m --json figures.json";
    let _ = matter.run(line).done();
    let figures = fs::read(matter.path("figures.json")).unwrap();
    let figures: serde_json::Value = serde_json::from_slice(&figures).unwrap();
    if let Some(peak) = figures["peak_memory_bytes"].as_u64() {
        assert!(peak < 256 << 20, "{peak} bytes");
    }
}

/// Files are rewritten, cut and replaced while they are read. Each is committed to as some bytes
/// that were there; a file that is another one now cannot be produced or opened as the committed.
#[test]
fn a_corpus_that_changes_while_it_is_read() {
    let matter = matter();
    let corpus = matter.path("moving");
    fs::create_dir(&corpus).unwrap();
    let write = |i: usize, text: &str| {
        // A file that cannot be written in this round is written in the next.
        let _ = fs::write(corpus.join(format!("{i}.txt")), text.repeat(5_000));
    };
    let files = 200;
    (0..files).for_each(|i| write(i, "first "));
    let ended = AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            for round in 0_usize.. {
                if ended.load(Ordering::Relaxed) {
                    break;
                }
                for i in 0..files {
                    match (round + i) % 4 {
                        0 => write(i, "second discharge "),
                        1 => write(i, ""),
                        2 => drop(fs::remove_file(corpus.join(format!("{i}.txt")))),
                        _ => write(i, "third "),
                    }
                }
            }
        });
        small::commit(&matter, "moving", 1);
        ended.store(true, Ordering::Relaxed);
    });
    (0..files).for_each(|i| write(i, "last "));
    let vault = Vault::open(&matter.path("matter/vault")).unwrap();
    let last = FileHasher::of("last ".repeat(5_000).as_bytes());
    for position in 0..vault.len().min(20) {
        let item = vault.item(position).unwrap();
        item.leaf().unwrap();
        assert_ne!(item.member.sha256, last, "committed before it was written");
        fs::write(matter.path("one.csv"), format!("position\n{position}\n")).unwrap();
        let out = format!("opened-{position}");
        let line = format!("responder open --vault matter/vault --positions one.csv --out {out}");
        let outcome = matter.run(&line);
        if item.member.status == Status::Exception(Reason::ReadError) {
            // Gone when it was to be read: there is nothing to open.
            let _ = outcome.done();
        } else {
            outcome.failed(1, "changed");
            assert!(!matter.path(&out).exists());
        }
    }
}
