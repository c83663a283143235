//! Every reader of foreign bytes, as one function from bytes to nothing: what it accepts must
//! have the spelling that it writes, and whatever it is given it must come to its end.
//!
//! `cargo test` replays mutations of [`seeds`] through them; the targets in `fuzz/` search further.

pub mod files;
pub mod sealed;

use crate::graphs;
use crate::matter::{Matter, fixtures};
use crate::small::{self, SMALL};
use duces_circuits::{Context, Dimensions, PublicItem, Verifier};
use duces_extract::{Content, Limits, Options, extract, page};
use duces_protocol::audit::nonce::{Revealed, Share, Source};
use duces_protocol::audit::record::SampleRecord;
use duces_protocol::audit::{opened, sample};
use duces_protocol::commitment::{Commitment, Consistency};
use duces_protocol::digest::Digest;
use duces_protocol::exceptions::Exceptions;
use duces_protocol::pedersen::{Committer, Generators, ViewBlind};
use duces_protocol::production::ledger::Ledger;
use duces_protocol::production::manifest::Manifest;
use duces_protocol::production::openings;
use duces_protocol::production::sums::Sums;
use duces_protocol::production::withholding::WithholdingLog;
use duces_protocol::profile::Profile;
use duces_protocol::request::{Request, Scheme};
use duces_protocol::view::View;
use duces_requester::decision::{Rule, decide};
use duces_requester::draft::compile;
use duces_requester::lower::{input::InputRule, lower};
use duces_requester::onnx;
use duces_shell::extractor;
use duces_views::derive;
use std::fs;
use std::str::from_utf8;
use std::sync::LazyLock;

/// A reader under the name of its fuzz target.
pub type Parser = (&'static str, fn(&[u8]));

/// All of them.
pub const ALL: [Parser; 22] = [
    ("commitment", commitment),
    ("profile", profile),
    ("request", request),
    ("onnx", model),
    ("graph", graph),
    ("manifest", manifest),
    ("ledger", ledger),
    ("openings", production_openings),
    ("withholding", withholding),
    ("exceptions", exceptions),
    ("sums", sums),
    ("sample", audit_sample),
    ("opened", audit_opened),
    ("document", document),
    ("proof", proof),
    ("answers", sealed::answers),
    ("sealed", sealed::model),
    ("weights", sealed::weights),
    ("labels", sealed::labels),
    ("sealedproof", sealed::proof),
    ("rendition", files::rendition),
    ("loadfile", files::loaded),
];

/// `commitment.txt`, and `consistency.txt`, which begins otherwise.
pub fn commitment(bytes: &[u8]) {
    if let Some(Ok(read)) = from_utf8(bytes).ok().map(Commitment::parse) {
        assert_eq!(read.to_string().as_bytes(), bytes);
    }
    if let Some(Ok(read)) = from_utf8(bytes).ok().map(Consistency::parse) {
        assert_eq!(read.to_string().as_bytes(), bytes);
        let _ = read.proof.trees(5, 11);
    }
}

/// `profile.toml`, which people write: its meaning has one spelling.
pub fn profile(bytes: &[u8]) {
    if let Some(Ok(read)) = from_utf8(bytes).ok().map(Profile::parse) {
        assert_eq!(Profile::parse(&read.to_string()).as_ref(), Ok(&read));
    }
}

/// A request with its classifier, which is then evaluated.
pub fn request(bytes: &[u8]) {
    let Ok(read) = Request::decode(bytes) else {
        return;
    };
    assert_eq!(read.encode(), bytes);
    if read.classifier.input_len() <= 1 << 14 {
        for byte in [0, 1, 255] {
            let _ = read
                .classifier
                .matches(&vec![byte; read.classifier.input_len()]);
        }
    }
}

/// An ONNX model of at most 2^14 inputs, as far as a decision.
pub fn model(bytes: &[u8]) {
    let Ok(source) = onnx::read(bytes) else {
        return;
    };
    let shape = source.input.shape.clone().unwrap_or_else(|| vec![1, 64]);
    if shape.iter().product::<usize>() <= 1 << 14 {
        let lowered = lower(&source, &InputRule::plain(&shape));
        let _ = lowered.and_then(|lowered| decide(lowered, &Rule::Argmax(vec![1])));
    }
}

/// A model that the bytes describe, as far as a request.
pub fn graph(bytes: &[u8]) {
    let case = graphs::case(bytes);
    let view: View = case.view.parse().expect("it is a view");
    let rule: Rule = case.rule.parse().expect("it is a rule");
    let len = view.byte_len();
    let views: Vec<Vec<u8>> = (0..case.calibration)
        .map(|i| (0..len).map(|j| (i * 53 + j * 101 + i * j) as u8).collect())
        .collect();
    let Ok(classifier) = onnx::read(&case.file).and_then(|source| {
        let input = InputRule::new(view, &source.input, &[], &[])?;
        let draft = compile(&source, &input, &rule, &views, 1000)?;
        Ok(draft.quantised.classifier)
    }) else {
        return;
    };
    let request = Request {
        commitment: Digest([0; 32]),
        view,
        scheme: Scheme::Ipa,
        rule: case.rule.to_owned(),
        model: Digest([0; 32]),
        classifier,
    };
    let read = Request::decode(&request.encode()).expect("what is drafted can be read");
    for byte in [0, 1, 255] {
        let view = vec![byte; len];
        assert_eq!(
            read.classifier.matches(&view),
            request.classifier.matches(&view)
        );
    }
}

/// `manifest.json`.
pub fn manifest(bytes: &[u8]) {
    if let Ok(read) = Manifest::parse(bytes) {
        assert_eq!(read.to_json().as_bytes(), bytes);
    }
}

/// `ledger.bin`, points included.
pub fn ledger(bytes: &[u8]) {
    if let Ok(read) = Ledger::parse(bytes.to_vec()) {
        for line in read.lines() {
            let line = line.expect("it is in memory, as it was read");
            if let Ok(leaf) = line.leaf() {
                let _ = leaf.hash(line.position);
            }
        }
    }
}

/// `openings.csv`.
pub fn production_openings(bytes: &[u8]) {
    if let Ok(read) = openings::parse(bytes) {
        assert_eq!(openings::render(&read).as_bytes(), bytes);
    }
}

/// `withholding.csv`, as a person writes it and as a production holds it.
pub fn withholding(bytes: &[u8]) {
    if let Ok(read) = WithholdingLog::draft(bytes) {
        assert_eq!(
            WithholdingLog::parse(&read.to_csv(), u64::MAX, 0).as_ref(),
            Ok(&read)
        );
    }
    if let Ok(read) = WithholdingLog::parse(bytes, u64::MAX, 0) {
        assert_eq!(read.to_csv(), bytes);
    }
}

/// `exceptions.csv`.
pub fn exceptions(bytes: &[u8]) {
    if let Some(Ok(read)) = from_utf8(bytes).ok().map(Exceptions::parse) {
        assert_eq!(read.to_string().as_bytes(), bytes);
    }
}

/// `sha256sums.txt`.
pub fn sums(bytes: &[u8]) {
    if let Ok(read) = Sums::parse(bytes) {
        assert_eq!(read.to_text().as_bytes(), bytes);
    }
}

/// A list of positions, a reviewer's table, and the record of a sample.
pub fn audit_sample(bytes: &[u8]) {
    if let Ok(read) = sample::parse(bytes) {
        assert_eq!(sample::parse(sample::render(&read).as_bytes()), Ok(read));
    }
    let _ = sample::parse_reviewed(bytes);
    if let Ok(text) = std::str::from_utf8(bytes)
        && let Ok(read) = SampleRecord::parse(text)
    {
        assert_eq!(read.to_string(), text);
    }
}

/// `opened.csv`.
pub fn audit_opened(bytes: &[u8]) {
    if let Ok(read) = opened::parse(bytes) {
        assert_eq!(opened::render(&read).as_bytes(), bytes);
    }
}

/// A document, as far as its rendition and views; the first byte chooses the extension that it is read
/// under.
pub fn document(bytes: &[u8]) {
    const OPTIONS: Options = Options {
        pages: true,
        limits: Limits {
            input_bytes: 1 << 20,
            pixels: 1 << 20,
            text_bytes: 1 << 20,
            unpacked_bytes: 1 << 22,
            ..Limits::DEFAULT
        },
    };
    let Some((first, bytes)) = bytes.split_first() else {
        return;
    };
    let name = ["a", "a.eml", "a.html", "a.txt"][usize::from(*first) % 4];
    let extraction = extract(bytes, name, &OPTIONS);
    // One page shows what its reader makes of such a file.
    let numbers = extraction
        .parts
        .iter()
        .filter_map(|part| match part.content {
            Content::Page(number) => Some(number),
            _ => None,
        });
    let pages = numbers.take(1).filter_map(|number| {
        let raster = page(bytes, name, number, &OPTIONS).ok()?;
        Some(duces_extract::Rendition::Image(raster))
    });
    for rendition in extraction.rendition.ok().into_iter().chain(pages) {
        let rendition = extractor::rendition(rendition);
        for view in ["gray-3x4", "rgb-9x2", "text-hash-8", "text-bytes-8"] {
            let view: View = view.parse().expect("it is a view");
            let derived = derive(&rendition, view);
            assert_eq!(derived.is_some(), rendition.kind() == view.kind());
            assert!(derived.is_none_or(|tensor| tensor.len() == view.byte_len()));
        }
    }
}

/// The proof of a batch. None that is found by search holds.
pub fn proof(bytes: &[u8]) {
    static BENCH: LazyLock<(Verifier, PublicItem)> = LazyLock::new(|| {
        let request = small::request(Digest([1; 32]), 1);
        let dimensions = Dimensions::new(11, 11, 1).expect("they are in their ranges");
        let verifier = Verifier::new(&request, Context::of(&request), dimensions, None);
        let committer = Committer::new(&Generators::derive(64), 64);
        let item = PublicItem {
            position: 0,
            commitment: committer.commit(&[7; 64], &ViewBlind::random()),
            matches: true,
        };
        (verifier.expect("the classifier fits"), item)
    });
    let (verifier, item) = &*BENCH;
    let mut check = verifier.start();
    let added = check.add(0, std::slice::from_ref(item), bytes);
    assert!(added.and_then(|()| check.finish()).is_err());
}

/// The record of a sample of two draws, with a nonce of two parties.
fn sample_record() -> Vec<u8> {
    let (commitment, request) = (Digest([1; 32]), Digest([2; 32]));
    let shares = [Share::random(), Share::random()].map(|share| Revealed {
        hash: share.hash(commitment, request),
        share,
    });
    let source = Source::shares(shares.to_vec()).expect("two shares");
    let nonce = source.nonce(commitment, request);
    let nonce = nonce.expect("they were made here").expect("of shares");
    format!(
        "duces-sample-v1\ncommitment: {commitment}\nrequest: {request}\nledger: {commitment}\n\
         nonce: {nonce}\nsource: {source}\ndraw: all 3 of 60\ndraw: exceptions/damaged 2 of 2\n"
    )
    .into_bytes()
}

/// Well-formed inputs for each parser: the files of a matter that was produced, and of a sample.
///
/// # Panics
/// When a step fails.
#[must_use]
pub fn seeds(matter: &Matter) -> Vec<(&'static str, Vec<u8>)> {
    fs::write(
        matter.path("list.csv"),
        "position,relevant\n0,yes\n3,no\n17,no\n",
    )
    .expect("the list is written");
    let open = "responder open --vault matter/vault --positions list.csv --out opened";
    let _ = matter.run(open).done();
    let production = format!("{}-production", SMALL.name);
    let file =
        |name: &str| fs::read(matter.path(name)).unwrap_or_else(|error| panic!("{name}: {error}"));
    let mut seeds = vec![
        ("commitment", file("matter/commitment.txt")),
        ("profile", file("small.toml")),
        ("profile", file("fixtures/profile.toml")),
        ("request", file("small.request")),
        ("onnx", file("fixtures/models/topic.onnx")),
        ("onnx", file("fixtures/models/stamp.onnx")),
        ("graph", file("small.request")),
        ("graph", file("matter/commitment.txt")),
        ("manifest", file(&format!("{production}/manifest.json"))),
        ("ledger", file(&format!("{production}/ledger.bin"))),
        ("openings", file(&format!("{production}/openings.csv"))),
        (
            "withholding",
            file(&format!("{production}/withholding.csv")),
        ),
        ("exceptions", file("matter/exceptions.csv")),
        ("sums", file(&format!("{production}/sha256sums.txt"))),
        ("sample", file("list.csv")),
        ("sample", sample_record()),
        ("opened", file("opened/opened.csv")),
        (
            "proof",
            file(&format!("{production}/proofs/batch-000000.proof")),
        ),
    ];
    seeds.extend(sealed::seeds());
    seeds.extend(files::seeds());
    for folder in ["mail", "office", "scans"] {
        let entries = fs::read_dir(fixtures().join("corpus").join(folder));
        let mut smallest = std::collections::BTreeMap::new();
        for entry in entries.expect("the corpus is there").flatten() {
            let bytes = fs::read(entry.path()).expect("the file can be read");
            let extension = entry.path().extension().map(std::ffi::OsStr::to_owned);
            let kept = smallest.entry(extension).or_insert_with(|| bytes.clone());
            if bytes.len() < kept.len() {
                *kept = bytes;
            }
        }
        for bytes in smallest.into_values().filter(|bytes| bytes.len() < 1 << 14) {
            let under = u8::from(folder == "mail");
            seeds.push(("document", [&[under], &bytes[..]].concat()));
        }
    }
    seeds
}
