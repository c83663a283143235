//! The load files of a production, read as a review platform reads them: by what is publicly known of the
//! two formats, with nothing of the code that writes them.

#![allow(clippy::unwrap_used, reason = "a test may end at any surprise")]

use duces_protocol::profile::Families;
use duces_tests::families;
use duces_tests::matter::Matter;
use duces_tests::programs::Programs;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// A Concordance load file: values between þ (0xFE), ASCII 20 between them, names in the first line.
fn concordance(bytes: &[u8]) -> Vec<BTreeMap<String, String>> {
    let mut lines: Vec<Vec<String>> = vec![vec![]];
    let mut bytes = bytes.iter().copied().peekable();
    while let Some(byte) = bytes.next() {
        match byte {
            0xfe => {
                let mut value = Vec::new();
                loop {
                    match bytes.next().expect("a value ends") {
                        0xfe if bytes.peek() == Some(&0xfe) => value.push(bytes.next().unwrap()),
                        0xfe => break,
                        byte => value.push(byte),
                    }
                }
                lines
                    .last_mut()
                    .unwrap()
                    .push(String::from_utf8(value).unwrap());
            }
            0x14 => {}
            b'\r' => {
                assert_eq!(bytes.next(), Some(b'\n'));
                lines.push(vec![]);
            }
            byte => panic!("{byte:#x} stands between values"),
        }
    }
    assert_eq!(lines.pop(), Some(vec![]), "the last line ends, too");
    let names = lines.remove(0);
    let record = |line: Vec<String>| {
        assert_eq!(line.len(), names.len());
        names.iter().cloned().zip(line).collect()
    };
    lines.into_iter().map(record).collect()
}

/// A document of an Opticon load file: the keys and paths of its pages.
struct Images {
    pages: Vec<(String, String)>,
}

/// An Opticon load file: key, volume, path, document break, folder break, box break, number of pages.
fn opticon(text: &str) -> Vec<Images> {
    let mut documents: Vec<(Images, usize)> = Vec::new();
    let mut keys = BTreeSet::new();
    for line in text.split_terminator("\r\n") {
        let fields: Vec<&str> = line.split(',').collect();
        let [key, volume, path, starts, folder, boxed, count] = fields[..] else {
            panic!("{line} has not seven fields");
        };
        assert!(!volume.is_empty() && keys.insert(key.to_owned()), "{line}");
        assert_eq!((folder, boxed), ("", ""), "{line}");
        match starts {
            "Y" => documents.push((Images { pages: vec![] }, count.parse().unwrap())),
            _ => assert_eq!((starts, count), ("", "")),
        }
        let (document, _) = documents
            .last_mut()
            .expect("the first line begins a document");
        document.pages.push((key.to_owned(), path.to_owned()));
    }
    let counted = |(images, count): (Images, usize)| {
        assert_eq!(images.pages.len(), count);
        images
    };
    documents.into_iter().map(counted).collect()
}

/// Where a link of a load file leads, on a system with slashes.
fn linked(production: &Path, link: &str) -> PathBuf {
    production.join(link.replace('\\', "/"))
}

fn programs() -> Programs {
    Programs::new(env!("CARGO_BIN_EXE_programs"))
}

#[test]
fn a_platform_reads_both_load_files_back() {
    let matter = families::produced(programs(), Families::Together);
    let records = read_back(&matter);
    assert!(records.iter().all(|record| record["REDACTED"].is_empty()));
    assert_eq!(family(&records), families::MESSAGE_FAMILY);
}

/// The message, the report and the scan are redacted, and a page of the scan is withheld.
#[test]
fn a_platform_sees_what_is_redacted() {
    let matter = families::redacted(programs());
    let records = read_back(&matter);
    let redacted: Vec<_> = records.iter().filter(|it| it["REDACTED"] == "Y").collect();
    assert_eq!(redacted.len(), 3);
    for record in redacted {
        for field in ["DOCEXT", "FILESIZE", "SHA256", "NATIVELINK"] {
            assert_eq!(record[field], "", "{field}");
        }
    }
    assert_eq!(family(&records), families::MESSAGE_FAMILY - 1);
}

/// Reads both files, follows every link, and compares with what is there.
fn read_back(matter: &Matter) -> Vec<BTreeMap<String, String>> {
    let production = matter.path("small-production");
    let records = concordance(&fs::read(production.join("loadfile.dat")).unwrap());
    let images = opticon(&fs::read_to_string(production.join("loadfile.opt")).unwrap());

    let mut listed = BTreeSet::new();
    for record in &records {
        for field in ["NATIVELINK", "TEXTLINK", "IMAGELINK"] {
            if !record[field].is_empty() {
                let path = linked(&production, &record[field]);
                assert!(path.is_file(), "{}", path.display());
                listed.insert(path);
            }
        }
        if !record["NATIVELINK"].is_empty() {
            let bytes = fs::read(linked(&production, &record["NATIVELINK"])).unwrap();
            assert_eq!(record["FILESIZE"], bytes.len().to_string());
            let end = record["NATIVELINK"].rsplit('.').next().unwrap();
            assert_eq!(record["DOCEXT"], end);
        }
    }
    for page in images.iter().flat_map(|document| &document.pages) {
        let path = linked(&production, &page.1);
        image::open(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        listed.insert(path);
    }
    // What the two list is what is there.
    let there: BTreeSet<PathBuf> = ["natives", "text", "images"]
        .iter()
        .flat_map(|folder| fs::read_dir(production.join(folder)).unwrap())
        .map(|entry| entry.unwrap().path())
        .collect();
    assert_eq!(listed, there);

    // Every document with an image link begins in the other file under its number.
    let begun: BTreeMap<&str, &str> = images
        .iter()
        .map(|document| (document.pages[0].0.as_str(), document.pages[0].1.as_str()))
        .collect();
    let expected: BTreeMap<&str, &str> = records
        .iter()
        .filter(|record| !record["IMAGELINK"].is_empty())
        .map(|record| (record["BEGBATES"].as_str(), record["IMAGELINK"].as_str()))
        .collect();
    assert_eq!(begun, expected);
    assert!(!begun.is_empty(), "the scan has pages");
    records
}

/// The message's family: one range, and all its members within it; returns how many.
fn family(records: &[BTreeMap<String, String>]) -> usize {
    let members = records
        .iter()
        .filter(|record| !record["BEGATTACH"].is_empty());
    let numbers: Vec<&str> = members.clone().map(|r| r["BEGBATES"].as_str()).collect();
    for member in members {
        assert_eq!(member["BEGATTACH"], numbers[0]);
        assert_eq!(member["ENDATTACH"], numbers[numbers.len() - 1]);
    }
    numbers.len()
}
