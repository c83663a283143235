//! The frames: what goes in comes out, the example of the document, and everything else is refused.

#![allow(clippy::unwrap_used)]

use duces_extract::frame::{self, Answer, Outcome, Request, Wanted};
use duces_extract::{
    Content, Extraction, Kind, Limits, Options, Part, Raster, Reason, Rendition, Role,
};
use proptest::prelude::*;

const OPTIONS: Options = Options {
    pages: true,
    limits: Limits {
        parts: 3,
        text_bytes: 10,
        unpacked_bytes: 10,
        pixels: 4,
        pages: 5,
        ..Limits::DEFAULT
    },
};

fn request() -> Vec<u8> {
    let request = Request {
        wanted: Wanted::Page(3),
        options: OPTIONS,
        name: "scän.tif",
        bytes: b"bytes",
    };
    let frame = [&request.head().unwrap()[..], request.bytes].concat();
    assert_eq!(frame::request(&frame), Ok(request));
    frame
}

fn full() -> Extraction {
    let part = |name: &str, role, content| Part {
        name: name.to_owned(),
        role,
        content,
    };
    Extraction {
        kind: Kind::Docx,
        reading: Some("charset utf-8".to_owned()),
        rendition: Ok(Rendition::Text("0123456789".to_owned())),
        parts: vec![
            part("a\nb", Role::Attachment, Content::Bytes(vec![0; 10])),
            part("", Role::Page, Content::Page(4)),
            part("c", Role::Entry, Content::Unread(Reason::Encrypted)),
        ],
    }
}

fn encoded(outcome: Outcome) -> Vec<u8> {
    let answer = Answer {
        version: "0.1.0".to_owned(),
        confinement: 15,
        outcome,
    };
    answer.encode().unwrap()
}

fn extraction(extraction: &Extraction) -> Vec<u8> {
    encoded(Outcome::Extraction(extraction.clone()))
}

fn image(width: u32, height: u32, channels: u8, samples: usize) -> Raster {
    Raster {
        width,
        height,
        channels,
        samples: vec![7; samples],
    }
}

#[test]
fn what_goes_in_comes_out() {
    request();
    let read = |frame: &[u8], wanted| frame::answer(frame, wanted, &OPTIONS).unwrap().outcome;
    let full = full();
    let frame = extraction(&full);
    assert_eq!(read(&frame, Wanted::Extraction), Outcome::Extraction(full));
    assert!(frame.len() as u64 <= Answer::most_bytes(&OPTIONS.limits));
    for page in [Ok(image(2, 2, 3, 12)), Err(Reason::NotAnImage)] {
        let outcome = Outcome::Page(page);
        assert_eq!(read(&encoded(outcome.clone()), Wanted::Page(0)), outcome);
    }
    for &kind in Kind::ALL {
        let outcome = Outcome::Kind(kind);
        assert_eq!(read(&encoded(outcome.clone()), Wanted::Kind), outcome);
    }
    for &reason in Reason::ALL {
        let unread = Extraction::unread(Kind::Binary, reason);
        let outcome = Outcome::Extraction(unread.clone());
        assert_eq!(read(&extraction(&unread), Wanted::Extraction), outcome);
    }
}

#[test]
fn answers_beyond_the_limits_are_refused() {
    let text = |text: &str| Extraction::new(Kind::Text, Ok(Rendition::Text(text.to_owned())));
    let picture = |raster| Extraction::new(Kind::Png, Ok(Rendition::Image(raster)));
    let part = |content| Part {
        name: String::new(),
        role: Role::Entry,
        content,
    };
    let with = |parts| text("").with_parts(parts);
    let cases = [
        (text("0123456789a"), "the text is too long"),
        (text("a\0b"), "the text holds NUL or CR"),
        (text("a\r\n"), "the text holds NUL or CR"),
        (picture(image(0, 1, 1, 0)), "an image has other dimensions"),
        (picture(image(5, 1, 1, 5)), "an image has other dimensions"),
        (picture(image(1, 1, 2, 2)), "an image has other dimensions"),
        (picture(image(2, 2, 1, 5)), "the frame ends too early"),
        (with(vec![part(Content::Page(5))]), "there is no such page"),
        (
            with(vec![part(Content::Page(0)); 4]),
            "there are too many parts",
        ),
        (
            with(vec![part(Content::Bytes(vec![0; 6])); 2]),
            "the parts are too long",
        ),
    ];
    for (answer, what) in cases {
        let read = frame::answer(&extraction(&answer), Wanted::Extraction, &OPTIONS);
        let refused = read.unwrap_err().what;
        // Samples that are not all taken are read as the count of parts.
        let expected = [
            what,
            "there are too many parts",
            "there are bytes after the end",
        ];
        assert!(
            refused == what || what == "the frame ends too early" && expected.contains(&refused)
        );
    }
    let no_pages = Options {
        pages: false,
        ..OPTIONS
    };
    let paged = extraction(&with(vec![part(Content::Page(0))]));
    assert!(frame::answer(&paged, Wanted::Extraction, &no_pages).is_err());
    // What was not asked for.
    let kind = encoded(Outcome::Kind(Kind::Text));
    for wanted in [Wanted::Extraction, Wanted::Page(0)] {
        let error = frame::answer(&kind, wanted, &OPTIONS).unwrap_err();
        assert_eq!(error.what, "this was not asked for");
    }
}

#[test]
fn every_end_and_every_byte_after_it_is_refused() {
    let frame = request();
    for end in 0..frame.len() {
        assert!(frame::request(&frame[..end]).is_err(), "{end}");
    }
    assert!(frame::request(&[&frame[..], &[0]].concat()).is_err());
    let frame = extraction(&full());
    for end in 0..frame.len() {
        let read = frame::answer(&frame[..end], Wanted::Extraction, &OPTIONS);
        assert!(read.is_err(), "{end}");
    }
    let longer = [&frame[..], &[0]].concat();
    let error = frame::answer(&longer, Wanted::Extraction, &OPTIONS).unwrap_err();
    assert_eq!(
        (error.at, error.what),
        (frame.len(), "there are bytes after the end")
    );
}

/// The bytes in `docs/extraction-interface.md`.
#[test]
fn the_example_of_the_document() {
    let document = include_str!("../../docs/extraction-interface.md");
    let (_, example) = document.split_once("## A complete example").unwrap();
    let mut blocks = example
        .split("\n\n")
        .filter(|block| block.starts_with("    "));
    let mut bytes = || -> Vec<u8> {
        let words = blocks.next().unwrap().split_whitespace();
        words
            .map(|word| u8::from_str_radix(word, 16).unwrap())
            .collect()
    };
    let options = Options {
        pages: false,
        limits: Limits::DEFAULT,
    };
    let request = Request {
        wanted: Wanted::Extraction,
        options,
        name: "a.txt",
        bytes: b"hi",
    };
    assert_eq!(bytes(), [&request.head().unwrap()[..], b"hi"].concat());
    let text = Extraction::new(Kind::Text, Ok(Rendition::Text("hi".to_owned())));
    assert_eq!(bytes(), extraction(&text));
}

proptest! {
    #[test]
    fn changed_answers_never_panic(at in 0_usize..1_000, value: u8) {
        let mut frame = extraction(&full());
        let at = at % frame.len();
        frame[at] = value;
        if let Ok(answer) = frame::answer(&frame, Wanted::Extraction, &OPTIONS) {
            // What is read is what was sent: there is one form for each answer.
            prop_assert_eq!(answer.encode().unwrap(), frame);
        }
    }

    #[test]
    fn random_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let _ = frame::request(&bytes);
        let framed = [&frame::ANSWER_MAGIC[..], &bytes].concat();
        let _ = frame::answer(&framed, Wanted::Extraction, &OPTIONS);
    }
}
