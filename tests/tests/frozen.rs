//! A production of each released format, kept as it was made: it must stay verified by every later
//! version, byte for byte. It fixes the formats, the generators, the layout, the keys and every
//! challenge at once.

#![allow(clippy::unwrap_used, reason = "a test may end at any surprise")]

use duces_protocol::commitment::Commitment;
use duces_protocol::request::Request;
use duces_tests::frozen::{FOLDER, FORMATS, judge};
use duces_tests::matter::{Matter, workspace};
use duces_tests::programs::Programs;
use std::fs;

#[test]
fn productions_of_every_format_stay_verified() {
    let matter = Matter::new(Programs::new(env!("CARGO_BIN_EXE_programs")));
    for format in FORMATS {
        let outcome = matter.run(&judge(format.name)).done();
        assert!(outcome.stdout.contains("VERIFIED"), "{outcome:#?}");
    }
}

/// A changed file is one that was frozen again, which only a new format is a reason for.
#[test]
fn frozen_files_are_the_ones_that_were_frozen() {
    for format in FORMATS {
        let folder = workspace().join(FOLDER).join(format.name);
        let text = fs::read_to_string(folder.join("commitment.txt")).unwrap();
        let commitment = Commitment::parse(&text).unwrap().digest();
        assert_eq!(commitment.to_string(), format.commitment);
        let request = Request::decode(&fs::read(folder.join("small.request")).unwrap()).unwrap();
        assert_eq!(request.digest().to_string(), format.request);
        let sums = fs::read(folder.join("production/sha256sums.txt")).unwrap();
        let sums = duces_protocol::leaf::FileHasher::of(&sums);
        assert_eq!(sums.to_string(), format.sums);
    }
}
