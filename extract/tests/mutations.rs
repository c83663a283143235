//! Mutations of well-formed files through all readers, and of frames through theirs. The search that
//! follows coverage is in `extract/fuzz/`.

#![allow(clippy::unwrap_used, reason = "a test may end at any surprise")]

#[path = "mutations/checks.rs"]
mod checks;

use checks::{OPTIONS, file, frames, spelled};
use duces_extract::frame::{Answer, Outcome, Request, Wanted};
use duces_extract::image::to_png;
use duces_extract::{Content, Extraction, Kind, Part, Raster, Reason, Rendition, Role};
use std::collections::BTreeMap;
use std::fs;
use std::io::{Cursor, Write};
use std::path::Path;
use std::time::{Duration, Instant};
use zip::write::SimpleFileOptions;

/// Mutations of each file, and the time after which a slow reader has had enough of them.
const MUTATIONS: usize = 300;
const PATIENCE: Duration = Duration::from_millis(500);

/// Real files of at most so many bytes are mutated too.
const REAL_BYTES: u64 = 30_000;

/// Numbers that look random, the same in every run.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from((self.0 >> 20) % end as u64).unwrap()
    }

    /// One to four changes.
    fn mutated(&mut self, seed: &[u8]) -> Vec<u8> {
        let mut bytes = seed.to_vec();
        for _ in 0..=self.below(4) {
            if bytes.is_empty() {
                break;
            }
            let at = self.below(bytes.len());
            let end = (at + 1 + self.below(16)).min(bytes.len());
            match self.below(7) {
                0 => bytes[at] ^= 1 << self.below(8),
                1 => bytes[at] = u8::try_from(self.below(256)).unwrap(),
                2 => bytes.truncate(at),
                3 => drop(bytes.drain(at..end)),
                4 => {
                    let copy = bytes[at..end].to_vec();
                    bytes.splice(at..at, copy);
                }
                5 => bytes[at..end].fill(0xff),
                _ => {
                    let edge = [0, 1, 0x7fff_ffff, 0x8000_0000, u32::MAX][self.below(5)];
                    bytes.splice(at..end.min(at + 4), edge.to_le_bytes());
                }
            }
        }
        bytes
    }
}

fn zipped(entries: &[(&str, &str)]) -> Vec<u8> {
    let mut writer = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (name, text) in entries {
        let options = SimpleFileOptions::default();
        writer.start_file(*name, options).unwrap();
        writer.write_all(text.as_bytes()).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

fn pdf() -> Vec<u8> {
    let content = "BT /F1 12 Tf 72 720 Td (Some words) Tj ET";
    let stream = format!(
        "<< /Length {} >> stream\n{content}\nendstream",
        content.len()
    );
    let objects = [
        "<< /Type /Catalog /Pages 2 0 R >>",
        "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents 4 0 R \
         /Resources << /Font << /F1 5 0 R >> >> >>",
        &stream,
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    ];
    let mut bytes = b"%PDF-1.4\n".to_vec();
    for (number, object) in (1..).zip(objects) {
        bytes.extend(format!("{number} 0 obj {object} endobj\n").bytes());
    }
    bytes.extend(b"trailer << /Root 1 0 R /Size 6 >>\n%%EOF\n");
    bytes
}

fn raster() -> Raster {
    Raster {
        width: 3,
        height: 2,
        channels: 3,
        samples: (0..18).collect(),
    }
}

/// Small files of the kinds that can be written in a few lines.
fn written() -> Vec<(String, Vec<u8>)> {
    let mail = "From: a@b\r\nDate: c\r\nMessage-ID: d\r\nSubject: =?utf-8?B?w6Q=?=\r\n\
        MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=o\r\n\r\n--o\r\n\
        Content-Type: text/html; charset=iso-8859-1\r\n\r\n<p>b&ouml;dy</p>\r\n--o\r\n\
        Content-Type: message/rfc822\r\n\r\nFrom: e@f\r\n\r\ninner\r\n--o\r\n\
        Content-Disposition: attachment; filename=a.txt\r\n\
        Content-Transfer-Encoding: base64\r\n\r\nYXR0YWNoZWQ=\r\n--o--\r\n";
    let word = "<w:document xmlns:w='w'><w:body><w:p><w:r><w:t>words</w:t></w:r></w:p></w:body>\
        </w:document>";
    let word = [
        ("[Content_Types].xml", "<Types/>"),
        ("word/document.xml", word),
        ("word/media/a.txt", "embedded"),
    ];
    let open = [
        ("mimetype", "application/vnd.oasis.opendocument.text"),
        (
            "content.xml",
            "<office:document-content><text:p>words</text:p></office:document-content>",
        ),
    ];
    let rtf = "{\\rtf1\\ansi\\ansicpg1252{\\fonttbl{\\f0 A;}}w\\'f6rds\\par\\u228?{\\*\\x y}}";
    let gif =
        b"GIF89a\x01\0\x01\0\x80\0\0\0\0\0\xff\xff\xff,\0\0\0\0\x01\0\x01\0\0\x02\x02\x44\x01\0;";
    let named = |name: &str, bytes: Vec<u8>| (name.to_owned(), bytes);
    vec![
        named("a.eml", mail.into()),
        named(
            "a.mbox",
            format!("From a@b Thu Jan  1 00:00:00 1970\n{mail}\n").into(),
        ),
        named(
            "a.html",
            "<!doctype html><title>t</title><p alt=x>a<script>b</script>&auml;".into(),
        ),
        named(
            "a.xml",
            "<?xml version='1.0' encoding='utf-8'?><a b='c'>d<![CDATA[e]]>&#228;</a>".into(),
        ),
        named("a.rtf", rtf.into()),
        named("a.csv", "name,\"a \"\"b\"\"\"\r\nä,2\r\n".into()),
        named(
            "a.dat",
            "þBEGDOCþ\u{14}þTEXTþ\r\nþ1þ\u{14}þwordsþ\r\n".into(),
        ),
        named("a.docx", zipped(&word)),
        named("a.odt", zipped(&open)),
        named(
            "a.zip",
            zipped(&[("a.txt", "words"), ("../b", "<html>words")]),
        ),
        named("a.pdf", pdf()),
        named("a.png", to_png(&raster())),
        named("a.gif", gif.to_vec()),
        named("a.ppm", b"P6 2 1 255\nabcdef".to_vec()),
        named("a.jpg", include_bytes!("data/gradient.jpg").to_vec()),
        named("utf16.txt", b"\xff\xfew\0o\0r\0d\0s\0".to_vec()),
    ]
}

/// Real files, where `../shared` lies beside the repository's folder.
fn real() -> Vec<(String, Vec<u8>)> {
    let repository = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let folder = repository.parent().unwrap().join("shared/data/documents");
    let Ok(entries) = fs::read_dir(folder) else {
        println!("skipped: ../shared/data/documents is not here");
        return Vec::new();
    };
    let mut paths: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    let small = |path: &&std::path::PathBuf| fs::metadata(path).unwrap().len() <= REAL_BYTES;
    let named = |path: &std::path::PathBuf| {
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        (name, fs::read(path).unwrap())
    };
    paths.iter().filter(small).map(named).collect()
}

#[test]
fn mutated_files_are_read_or_refused() {
    // Readers may panic on such files; `extract` holds it, and nobody wants to read of it.
    let shown = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |about| {
        let is_ours = about
            .location()
            .is_some_and(|at| at.file().contains("mutations"));
        if is_ours {
            shown(about);
        }
    }));
    // The stack of the program's reader.
    let work = std::thread::Builder::new().stack_size(16 << 20);
    let (count, failed) = work.spawn(mutate).unwrap().join().unwrap();
    println!("{count} files; the reader failed on {failed:?}");
    assert!(count > 1_000);
}

fn mutate() -> (usize, BTreeMap<Kind, usize>) {
    let mut numbers = Numbers(0x9e37_79b9_7f4a_7c15);
    let (mut count, mut failed) = (0, BTreeMap::new());
    let own = written();
    for (name, bytes) in &own {
        let whole = file(bytes, name);
        assert!(whole.rendition.is_ok(), "{name}: {whole:?}");
    }
    let all = own.into_iter().map(|seed| (MUTATIONS, seed));
    let all = all.chain(real().into_iter().map(|seed| (MUTATIONS / 10, seed)));
    for (mutations, (name, bytes)) in all {
        let start = Instant::now();
        for _ in 0..mutations {
            let extraction = file(&numbers.mutated(&bytes), &name);
            count += 1;
            if extraction.rendition == Err(Reason::ReaderFailed) {
                *failed.entry(extraction.kind).or_default() += 1;
            }
            if start.elapsed() > PATIENCE {
                break;
            }
        }
    }
    (count, failed)
}

#[test]
fn mutated_frames_have_one_spelling() {
    let answer = |outcome| {
        let answer = Answer {
            version: "0.1.0".to_owned(),
            confinement: 15,
            outcome,
        };
        answer.encode().unwrap()
    };
    let part = |content| Part {
        name: "ä".to_owned(),
        role: Role::Embedded,
        content,
    };
    let parts = [
        Content::Bytes(b"bytes".to_vec()),
        Content::Page(3),
        Content::Unread(Reason::Encrypted),
    ];
    let text = Rendition::Text("words".to_owned());
    let extraction = Extraction::new(Kind::Docx, Ok(text))
        .with_parts(parts.map(part).to_vec())
        .with_reading("charset utf-8");
    let image = Extraction::new(Kind::Png, Ok(Rendition::Image(raster())));
    let request = |wanted| {
        spelled(&Request {
            wanted,
            options: OPTIONS,
            name: "ä.pdf",
            bytes: b"bytes",
        })
    };
    let seeds = [
        answer(Outcome::Extraction(extraction)),
        answer(Outcome::Extraction(image)),
        answer(Outcome::Page(Ok(raster()))),
        answer(Outcome::Page(Err(Reason::NotAnImage))),
        answer(Outcome::Kind(Kind::Msg)),
        request(Wanted::Extraction),
        request(Wanted::Page(7)),
        request(Wanted::Kind),
    ];
    let mut numbers = Numbers(0x2545_f491_4f6c_dd1d);
    for seed in &seeds {
        frames(seed);
        for _ in 0..5_000 {
            frames(&numbers.mutated(seed));
        }
    }
}
