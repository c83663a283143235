//! What foreign bytes must never do; the mutations here and the targets in `fuzz/` both ask it.

use duces_extract::frame::{self, Answer, Outcome, Request, Wanted};
use duces_extract::{Content, Extraction, Limits, Options, extract, page};

/// Small, so that limits are met.
pub const OPTIONS: Options = Options {
    pages: true,
    limits: Limits {
        input_bytes: 1 << 20,
        text_bytes: 1 << 16,
        unpacked_bytes: 1 << 20,
        parts: 20,
        depth: 3,
        nesting: 50,
        pages: 10,
        pixels: 1 << 20,
        operators: 10_000,
    },
};

/// A file: no panic gets out, and what comes out is within the limits that the caller checks.
pub fn file(bytes: &[u8], name: &str) -> Extraction {
    let extraction = extract(bytes, name, &OPTIONS);
    let answer = |outcome| Answer {
        version: "0".to_owned(),
        confinement: 0,
        outcome,
    };
    let sent = answer(Outcome::Extraction(extraction.clone())).encode();
    let sent = sent.expect("it is small");
    let read = frame::answer(&sent, Wanted::Extraction, &OPTIONS);
    let read = read.unwrap_or_else(|why| panic!("{name}: {}: {why}", extraction.kind));
    assert_eq!(read.encode().expect("it is small"), sent);
    let first = extraction.parts.iter().find_map(|part| match part.content {
        Content::Page(number) => Some(number),
        _ => None,
    });
    if let Some(number) = first {
        let sent = answer(Outcome::Page(page(bytes, name, number, &OPTIONS))).encode();
        let sent = sent.expect("it is small");
        frame::answer(&sent, Wanted::Page(number), &OPTIONS).expect("a page within the limits");
    }
    extraction
}

/// A frame in either direction: it has one spelling, or is refused.
pub fn frames(bytes: &[u8]) {
    if let Ok(request) = frame::request(bytes) {
        assert_eq!(spelled(&request), bytes);
    }
    for wanted in [Wanted::Extraction, Wanted::Page(0), Wanted::Kind] {
        if let Ok(answer) = frame::answer(bytes, wanted, &OPTIONS) {
            assert_eq!(answer.encode().as_deref(), Some(bytes));
        }
    }
}

/// The bytes of a request.
pub fn spelled(request: &Request<'_>) -> Vec<u8> {
    let mut bytes = request.head().expect("the file is small");
    bytes.extend(request.bytes);
    bytes
}
