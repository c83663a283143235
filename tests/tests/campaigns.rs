//! A short part of the campaigns that `cargo campaign damage`, `crash` and `liar` run in full.

use duces_tests::liar::{self, Effort, Options};
use duces_tests::matter::{Matter, fixtures};
use duces_tests::programs::Programs;
use duces_tests::{crash, damage, resume, small};
use std::fs::{self, File};
use std::path::Path;
use std::time::{Duration, UNIX_EPOCH};

fn programs() -> Programs {
    Programs::new(env!("CARGO_BIN_EXE_programs"))
}

#[test]
fn damaged_productions_are_rejected() {
    let report = damage::campaign(&small::produced(programs()), 7, 30);
    println!("{report:?}");
    assert!(report.faults.is_empty(), "{}", report.faults.join("\n"));
    assert!(
        report.rejected.len() > 2,
        "more than the first checks: {report:?}"
    );
}

#[test]
fn killed_and_refused_commands_lose_nothing() {
    let report = crash::campaign(&Matter::new(programs()), 7, 2, 300);
    println!("{report:?}");
    assert!(report.kills.iter().all(|(_, kills)| *kills == 2));
    assert!(report.full > 0 && report.pairs > 0);
}

#[test]
fn a_collection_that_is_read_in_pieces_is_whole() {
    let matter = Matter::new(programs());
    let report = resume::campaign(&matter, &fixtures().join("corpus"), 3, 7);
    println!("{report:?}");
    assert!(report.files > 0 && report.stored.len() == 3);
}

#[test]
fn a_determined_liar_is_refused_or_named() {
    let options = Options {
        effort: Effort::Short,
        judge: None,
    };
    let table = liar::campaign(&programs(), &options);
    println!("{}", table.markdown());
    assert!(table.surprises().is_empty(), "{:#?}", table.surprises());
    let [told, kinds, refused] = table.counts();
    assert!(told >= kinds && refused > 20 && kinds > refused + 6);
}

/// Gives every file below `folder` a time, seconds after 1970.
fn set_times(folder: &Path, seconds: u64) {
    for entry in fs::read_dir(folder).expect("the folder is there").flatten() {
        if entry.path().is_dir() {
            set_times(&entry.path(), seconds);
        } else {
            let file = File::options().append(true).open(entry.path());
            file.and_then(|file| file.set_modified(UNIX_EPOCH + Duration::from_secs(seconds)))
                .unwrap_or_else(|error| panic!("{}: {error}", entry.path().display()));
        }
    }
}

/// What a clock that jumps leaves behind: files from before the commitment and from the next
/// century. No program asks for the time of day or of a file (`clippy.toml` forbids it).
#[test]
fn a_clock_that_jumps_changes_nothing() {
    const NEXT_CENTURY: u64 = 4_102_444_800;
    let matter = small::committed(programs());
    set_times(&matter.path("matter"), 1);
    let _ = matter.run(&small::SMALL.prove()).done();
    set_times(&matter.path("matter"), NEXT_CENTURY);
    let again = matter.run(&small::SMALL.prove()).done().stdout;
    assert!(again.contains("proved in this run: 0 documents"), "{again}");
    set_times(&matter.path("."), 1);
    small::answer(&matter);
    let _ = matter.run(&small::SMALL.verify()).done();
}
