//! The fixtures under a request that is written by hand and reads small views, so that a judgement
//! takes a twentieth of a second and hundreds of lies can be told.

use crate::matter::{Case, Matter};
use crate::programs::Programs;
use duces_protocol::classifier::{Classifier, Linear, Map, Node, Pointwise, Table, Term, ValueId};
use duces_protocol::commitment::Commitment;
use duces_protocol::digest::Digest;
use duces_protocol::request::{Request, Scheme};
use duces_views::{Document, Limits, derive};
use std::fs;
use std::path::Path;

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
const WORD: &[u8] = b"discharge";

/// A profile with a small view for each kind of file.
pub const PROFILE: &str = "[views]\nimages = [\"gray-8x8\"]\ntexts = [\"text-hash-64\"]\n";

/// The request for texts in whose bucket of `WORD` there are at least `least` words.
///
/// # Panics
/// Never: the request is in order.
#[must_use]
pub fn request(commitment: Digest, least: i64) -> Request {
    let view = SMALL.view.parse().expect("it is a view");
    let document = Document::parse(WORD, Path::new("a.txt"), &Limits::DEFAULT);
    let counts = derive(&document.expect("it is a text"), view).expect("it is a text");
    let term = Term {
        source: ValueId::INPUT,
        map: Map::Dense(counts.into_iter().map(i32::from).collect()),
    };
    let sum = Linear {
        len: 1,
        terms: vec![term],
        bias: vec![-least],
    };
    let step = Pointwise {
        source: ValueId(1),
        shift: 0,
        table: 0,
    };
    let table = Table {
        lo: -256,
        outputs: (-256..768).map(|sum| i32::from(sum >= 0)).collect(),
    };
    let nodes = vec![Node::Linear(sum), Node::Pointwise(step)];
    Request {
        commitment,
        view,
        scheme: Scheme::Ipa,
        rule: SMALL.rule.to_owned(),
        model: Digest([0; 32]),
        classifier: Classifier::new(64, nodes, vec![table]).expect("it is a classifier"),
    }
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

/// Commits to a folder, and writes the request for `least` words.
///
/// # Panics
/// When a step fails.
pub fn commit(matter: &Matter, corpus: &str, least: i64) {
    fs::write(matter.path("small.toml"), PROFILE).expect("the profile is written");
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
