use super::*;
use crate::digest::Digest;
use crate::exceptions::Reason;
use crate::leaf::{FileHasher, Status};
use crate::pedersen::{Committer, Generators, ViewBlind};
use std::fs;
use std::io::{Seek, SeekFrom, Write};

fn views() -> Vec<View> {
    vec!["gray-2x1".parse().unwrap(), "text-hash-2".parse().unwrap()]
}

fn leaf(position: u64, names: &[View], status: Status, family: u64) -> LeafData {
    let committer = Committer::new(&Generators::derive(2), 2);
    let commit = |view: &View| (*view, committer.commit(&[1, 2], &ViewBlind::random()));
    let file = Digest([u8::try_from(position).unwrap(); 32]);
    LeafData {
        status,
        family,
        file,
        rendition: status.is_read().then_some(Digest([9; 32])),
        views: names.iter().map(commit).collect(),
    }
}

fn sample() -> Vec<(LeafData, Outcome)> {
    let views = views();
    let rows = [
        (
            leaf(0, &views[..1], Status::Item, 0),
            Disposition::NotResponsive,
        ),
        (leaf(1, &views[1..], Status::Item, 0), Disposition::NoView),
        (leaf(2, &views, Status::Item, 2), Disposition::Produced),
        (
            leaf(3, &[], Status::Exception(Reason::Damaged), 3),
            Disposition::Exception,
        ),
        (leaf(4, &views[..1], Status::Page, 4), Disposition::Withheld),
    ];
    let mut rows: Vec<_> = rows
        .into_iter()
        .map(|(leaf, disposition)| (leaf, Outcome::from(disposition)))
        .collect();
    rows[1].1.companion = Companion::Produced;
    rows[3].1.companion = Companion::Withheld;
    rows
}

fn bytes() -> Vec<u8> {
    let mut writer = LedgerWriter::new(5, &views());
    for (leaf, disposition) in sample() {
        writer.push(&leaf, disposition).unwrap();
    }
    writer.finish().unwrap()
}

#[test]
fn round_trips() {
    let sample = sample();
    let mut writer = LedgerWriter::new(5, &views());
    for (leaf, disposition) in &sample {
        writer.push(leaf, *disposition).unwrap();
    }
    let bytes = writer.finish().unwrap();
    assert!(bytes.len() as u64 <= Ledger::max_bytes(5, 2));
    let ledger = Ledger::parse(bytes).unwrap();
    assert_eq!((ledger.items(), ledger.views()), (5, &views()[..]));
    for (line, (leaf, disposition)) in ledger.lines().zip(&sample) {
        let line = line.unwrap();
        assert_eq!((&line.leaf().unwrap(), line.outcome), (leaf, *disposition));
        for view in views() {
            assert_eq!(line.is_provable(view), leaf.view(view).is_some());
            assert_eq!(line.commitment(view).unwrap(), leaf.view(view));
        }
    }
}

#[test]
fn one_view_takes_99_bytes() {
    let views = &views()[..1];
    let size = |items| {
        let mut writer = LedgerWriter::new(items, views);
        for position in 0..items {
            let leaf = leaf(position, views, Status::Item, position);
            writer.push(&leaf, Disposition::NotResponsive).unwrap();
        }
        writer.finish().unwrap().len()
    };
    assert_eq!(size(3) - size(2), 99);
}

#[test]
fn every_truncation_and_extension_is_refused() {
    let bytes = bytes();
    for len in 0..bytes.len() {
        assert!(Ledger::parse(bytes[..len].to_vec()).is_err(), "{len}");
    }
    let mut longer = bytes;
    longer.push(0);
    assert!(Ledger::parse(longer).is_err());
}

#[test]
fn every_accepted_bytes_are_canonical() {
    let bytes = bytes();
    for index in 0..bytes.len() {
        for flip in [1, 2, 4, 128, 255] {
            let mut changed = bytes.clone();
            changed[index] ^= flip;
            let Ok(ledger) = Ledger::parse(changed.clone()) else {
                continue;
            };
            let mut writer = LedgerWriter::new(ledger.items(), ledger.views());
            let leaves: Result<Vec<_>, _> = ledger
                .lines()
                .map(|line| {
                    let line = line?;
                    Ok::<_, LedgerError>((line.leaf()?, line.outcome))
                })
                .collect();
            let Ok(leaves) = leaves else { continue };
            for (leaf, disposition) in leaves {
                writer.push(&leaf, disposition).unwrap();
            }
            assert_eq!(writer.finish().unwrap(), changed, "byte {index}");
        }
    }
}

#[test]
fn huge_counts_allocate_nothing() {
    let mut bytes = bytes();
    bytes[16..24].copy_from_slice(&u64::MAX.to_le_bytes());
    assert!(Ledger::parse(bytes.clone()).is_err());
    bytes[24..28].copy_from_slice(&u32::MAX.to_le_bytes());
    assert!(Ledger::parse(bytes).is_err());
}

#[test]
fn writer_refuses_foreign_views_and_wrong_counts() {
    let views = views();
    let mut writer = LedgerWriter::new(1, &views[..1]);
    let foreign = leaf(0, &views[1..], Status::Item, 0);
    assert!(writer.push(&foreign, Disposition::NoView).is_err());
    assert!(LedgerWriter::new(1, &views).finish().is_err());
}

/// Position 1 follows 0; 2 stands alone; 3 is an exception.
#[test]
fn families_have_one_head_that_was_opened() {
    let by_reason = |reason: Reason, families: [u64; 4]| {
        let mut writer = LedgerWriter::new(4, &[]);
        for (position, family) in (0..).zip(families) {
            let status = match position {
                3 => Status::Exception(reason),
                _ => Status::Item,
            };
            let leaf = leaf(position, &[], status, family);
            writer.push(&leaf, Disposition::NoView).unwrap();
        }
        Ledger::parse(writer.finish().unwrap())
            .map(|ledger| ledger.line(1).unwrap().family)
            .map_err(|error| error.to_string())
    };
    // A scan without text has pages.
    assert_eq!(by_reason(Reason::NoText, [0, 3, 2, 3]), Ok(3));
    let families = |families| by_reason(Reason::Empty, families);
    assert_eq!(families([0, 0, 2, 3]), Ok(0));
    // An exception may be a part of what was read.
    assert_eq!(families([0, 0, 0, 0]), Ok(0));
    let refused = [
        ([0, 4, 2, 3], "position 1: its family is not a position"),
        (
            [0, u64::MAX, 2, 3],
            "position 1: its family is not a position",
        ),
        (
            [0, 3, 2, 3],
            "position 1: what was never opened heads its family",
        ),
        (
            [1, 0, 2, 3],
            "position 0: the position that heads its family",
        ),
        (
            [0, 0, 1, 3],
            "position 2: the position that heads its family",
        ),
        (
            [2, 0, 1, 3],
            "position 0: the position that heads its family",
        ),
    ];
    for (list, reason) in refused {
        let error = families(list).unwrap_err();
        assert!(error.starts_with(reason), "{list:?}: {error}");
    }
}

/// Ten thousand positions, in three parts; every third belongs to a family of another part.
fn long() -> Vec<u8> {
    let mut writer = LedgerWriter::new(10_000, &[]);
    for position in 0..10_000_u64 {
        let leaf = LeafData {
            status: Status::Item,
            family: match position % 3 {
                1 => 9_999 - position / 3 * 3,
                _ => position,
            },
            file: Digest([position as u8; 32]),
            rendition: Some(Digest([9; 32])),
            views: Vec::new(),
        };
        let outcome = match position % 100 {
            0 => Disposition::Produced,
            1 | 2 => Disposition::Answered,
            _ => Disposition::NoView,
        };
        writer.push(&leaf, outcome).unwrap();
    }
    writer.finish().unwrap()
}

#[test]
fn a_file_is_read_in_parts_and_a_change_is_found() {
    let bytes = long();
    let memory = Ledger::parse(bytes.clone()).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ledger.bin");
    fs::write(&path, &bytes).unwrap();
    let ledger = Ledger::read(fs::File::open(&path).unwrap()).unwrap();
    assert_eq!(ledger.digest(), FileHasher::of(&bytes));
    assert_eq!(
        (ledger.items(), ledger.produced(), ledger.byte_len()),
        (10_000, 100, bytes.len() as u64)
    );
    assert_eq!(ledger.answered(), 200);
    for (one, other) in ledger.lines().zip(memory.lines()) {
        assert_eq!(one.unwrap(), other.unwrap());
    }
    assert_eq!(ledger.lines().count(), 10_000);
    for position in [0, 4_095, 4_096, 9_999, 1, 8_192] {
        assert_eq!(ledger.line(position).unwrap().position, position);
    }
    // Somebody writes to the second part while the file is open.
    let mut file = fs::OpenOptions::new().write(true).open(&path).unwrap();
    let place = memory.line(5_000).unwrap().file.0;
    let at = bytes
        .windows(32)
        .enumerate()
        .position(|(at, window)| at > 5_000 * 66 && window == place);
    file.seek(SeekFrom::Start(at.unwrap() as u64)).unwrap();
    file.write_all(&[!place[0]]).unwrap();
    assert!(matches!(ledger.line(5_000), Err(LedgerError::Changed)));
    assert!(ledger.line(9_000).is_ok());
    let read: Vec<_> = ledger.lines().collect();
    assert_eq!(read.iter().filter(|line| line.is_err()).count(), 1);
    assert!(matches!(read[4_096], Err(LedgerError::Changed)));
    // Cut off: the system says so.
    file.set_len(100).unwrap();
    assert!(matches!(ledger.line(4_000), Err(LedgerError::Io(_))));
}

#[test]
fn every_truncation_of_a_long_ledger_is_refused() {
    let bytes = long();
    for len in [bytes.len() - 1, bytes.len() - 70, bytes.len() / 2, 40, 28] {
        assert!(Ledger::parse(bytes[..len].to_vec()).is_err(), "{len}");
    }
    let longer = [bytes, vec![0]].concat();
    assert!(Ledger::parse(longer).is_err());
}
