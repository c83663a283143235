//! `text-hash-N` against scikit-learn. The expected answers come from `tools/hashing_vectors.py`;
//! what is too much to keep is compared by digest.

#![allow(clippy::unwrap_used)]

use duces_protocol::rendition::Rendition;
use duces_protocol::view::View;
use duces_views::derive;
use encoding_rs::{Encoding, WINDOWS_1252};
use sha2::{Digest, Sha256};
use std::path::{Path, PathBuf};

const EXPECTED: &str = include_str!("data/hashing.txt");

fn counts(text: &str, view: &str) -> Vec<u8> {
    derive(&Rendition::Text(text.to_owned()), view.parse().unwrap()).unwrap()
}

fn assert_digest(name: &str, rows: impl Iterator<Item = Vec<u8>>) {
    let mut hash = Sha256::new();
    rows.for_each(|row| hash.update(row));
    let line = format!("digest {name} {}", hex::encode(hash.finalize()));
    assert!(EXPECTED.lines().any(|expected| expected == line), "{line}");
}

#[test]
fn vectors() {
    let mut seen = 0;
    for line in EXPECTED
        .lines()
        .filter_map(|line| line.strip_prefix("vector "))
    {
        let mut words = line.split_whitespace();
        let view = words.next().unwrap();
        let text = words.next().unwrap().trim_start_matches('-');
        let text = String::from_utf8(hex::decode(text).unwrap()).unwrap();
        let mut expected = vec![0; view.parse::<View>().unwrap().byte_len()];
        for pair in words {
            let (bucket, count) = pair.split_once(':').unwrap();
            expected[bucket.parse::<usize>().unwrap()] = count.parse().unwrap();
        }
        assert_eq!(counts(&text, view), expected, "{text:?} {view}");
        seen += 1;
    }
    assert_eq!(seen, 160);
}

#[test]
fn every_code_point() {
    let points: Vec<char> = ('\0'..=char::MAX).collect();
    let text = |chunk: &[char]| -> String {
        chunk
            .iter()
            .map(|c| format!(" {c}{c} x{c}y {c}Σ A{c}Σ AΣ{c}"))
            .collect()
    };
    assert_digest(
        "every-code-point",
        points
            .chunks(64)
            .map(|chunk| counts(&text(chunk), "text-hash-1024")),
    );
}

#[test]
fn random_texts() {
    let mut state = 1_u64;
    let mut draw = || {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as usize
    };
    let specials: Vec<char> = "Σİ.'\u{307}_ 9\u{ad}\u{2b0}\u{1e9e}A".chars().collect();
    let spans = [
        (0x20, 0x7f),
        (0x80, 0x530),
        (0x530, 0xd800),
        (0xe000, 0x10000),
        (0x10000, 0x20000),
        (0x20000, 0x11_0000),
    ];
    let texts: Vec<String> = (0..20_000)
        .map(|_| {
            let length = draw() % 40;
            (0..length)
                .map(|_| match draw() % 10 {
                    8 | 9 => specials[draw() % specials.len()],
                    6 | 7 => ' ',
                    kind => {
                        let (low, high) = spans[kind];
                        char::from_u32((low + draw() % (high - low)) as u32).unwrap()
                    }
                })
                .collect()
        })
        .collect();
    for (name, view) in [
        ("random-texts", "text-hash-997"),
        ("random-texts-ngrams", "text-hash-997-n1-2"),
        ("random-texts-binary", "text-hash-997-n2-5-binary"),
    ] {
        assert_digest(name, texts.iter().map(|text| counts(text, view)));
    }
}

#[test]
fn collections_beside_the_repository() {
    let shared = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/data");
    if !shared.is_dir() {
        println!("skipped: ../shared is not here");
        return;
    }
    let rows = |folder: &str, view: &str| {
        let view: View = view.parse().unwrap();
        let mut files = Vec::new();
        list(&shared.join(folder), &mut files);
        // A news message: read as an e-mail, not as a text.
        files.retain(|file| !file.ends_with("testMessageNews.txt"));
        files.sort();
        files.into_iter().filter_map(move |file| {
            let text = decode(&std::fs::read(file).unwrap());
            (!text.is_empty()).then(|| derive(&Rendition::Text(text), view).unwrap())
        })
    };
    assert_eq!(rows("enron1", "text-hash-1").count(), 2586);
    assert_digest("enron1", rows("enron1", "text-hash-4096"));
    assert_digest("enron1-ngrams", rows("enron1", "text-hash-4096-n1-2"));
    assert_digest("documents", rows("documents", "text-hash-65536"));
    let ngrams = "text-hash-65536-n1-3-binary";
    assert_digest("documents-ngrams", rows("documents", ngrams));
}

fn list(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            list(&path, files);
        } else if path.extension().is_some_and(|e| e == "txt") {
            files.push(path);
        }
    }
}

/// By a byte order mark, as UTF-8, or else as Windows-1252.
fn decode(bytes: &[u8]) -> String {
    let by_mark = Encoding::for_bom(bytes).map(|(encoding, _)| encoding);
    let encoding = by_mark.unwrap_or(match std::str::from_utf8(bytes) {
        Ok(_) => encoding_rs::UTF_8,
        Err(_) => WINDOWS_1252,
    });
    encoding.decode(bytes).0.into_owned()
}
