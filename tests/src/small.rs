//! The fixtures under a request that is written by hand and reads small views, so that a judgement
//! takes a twentieth of a second and hundreds of lies can be told.

use crate::matter::{Case, Matter};
use crate::programs::Programs;
use duces_protocol::commitment::Commitment;
use duces_protocol::digest::Digest;
use duces_protocol::request::Request;
use std::fs;

/// What is asked; there is no model and nothing to draft.
pub const SMALL: Case = Case {
    name: "small",
    asks: "memos and e-mails with the word \"discharge\"",
    model: "",
    sample: "",
    view: "text-hash-64",
    rule: "output[0] >= 1",
    kind: "text",
    withholds: true,
    bates: "SMALL",
    prove: "--width 11",
};

/// The word that a match has.
pub const WORD: &str = "discharge";

/// A profile with a small view for each kind of file.
pub const PROFILE: &str = "[views]\nimages = [\"gray-8x8\"]\ntexts = [\"text-hash-64\"]\n";

/// The request for texts in whose bucket of `WORD` there are at least `least` words.
///
/// # Panics
/// When `least` does not lie between 0 and 256.
#[must_use]
pub fn request(commitment: Digest, least: i64) -> Request {
    duces_kit::request::for_word(commitment, WORD, least)
}

/// The matter, committed to; `small.request` is there.
///
/// # Panics
/// When a step fails.
#[must_use]
pub fn committed(programs: Programs) -> Matter {
    let matter = Matter::new(programs);
    commit(&matter, "fixtures/corpus", 1);
    matter
}

/// Commits to a folder, and writes the request for `least` words. Flags may follow the folder.
///
/// # Panics
/// When a step fails.
pub fn commit(matter: &Matter, corpus: &str, least: i64) {
    commit_under(matter, PROFILE, corpus, least);
}

/// The same under another profile.
///
/// # Panics
/// When a step fails.
pub fn commit_under(matter: &Matter, profile: &str, corpus: &str, least: i64) {
    fs::write(matter.path("small.toml"), profile).expect("the profile is written");
    let line = format!("responder commit {corpus} --profile small.toml --out matter");
    let _ = matter.run(&line).done();
    let text = fs::read_to_string(matter.path("matter/commitment.txt")).expect("it is there");
    let commitment = Commitment::parse(&text)
        .expect("it is well formed")
        .digest();
    let request = request(commitment, least).encode();
    fs::write(matter.path("small.request"), request).expect("the request is written");
}

/// Reviews, withholds the first match, proves and produces.
///
/// # Panics
/// When a step fails, or nothing matches.
pub fn answer(matter: &Matter) {
    let _ = matter.run(&SMALL.review()).done();
    matter.write_log(&SMALL);
    let _ = matter.run(&SMALL.prove()).done();
    let _ = matter.run(&SMALL.produce()).done();
}

/// The matter from commitment to production.
///
/// # Panics
/// When a step fails.
#[must_use]
pub fn produced(programs: Programs) -> Matter {
    let matter = committed(programs);
    answer(&matter);
    matter
}
