//! Files that are made to cost much: each costs its limit and no more.

use crate::{OPTIONS, read, reason, text, zipped};
use duces_extract::{Content, Limits, Options, Reason, extract};

#[test]
fn nesting_of_ten_thousand() {
    let deep = |open: &str, core: &str, close: &str| {
        format!("{}{core}{}", open.repeat(10_000), close.repeat(10_000))
    };
    assert_eq!(
        text(format!("<?xml version='1.0'?>{}", deep("<a>", "core", "</a>")).as_bytes()),
        "core\n"
    );
    assert_eq!(
        text(format!("<html>{}", deep("<div>", "core", "</div>")).as_bytes()),
        "core\n"
    );
    assert_eq!(
        reason(format!("{{\\rtf1 {}", deep("{", "core", "}")).as_bytes()),
        Reason::Limit
    );
    let word = zipped(&[
        ("[Content_Types].xml", b""),
        (
            "word/document.xml",
            deep("<w:p>", "<w:t>core</w:t>", "</w:p>").as_bytes(),
        ),
    ]);
    assert_eq!(text(&word), "core\n");
    let odt = zipped(&[
        ("mimetype", b"application/vnd.oasis.opendocument.text"),
        (
            "content.xml",
            deep("<text:p>", "core", "</text:p>").as_bytes(),
        ),
    ]);
    assert_eq!(text(&odt), "core\n");
}

#[test]
fn what_unpacks_to_too_much() {
    let limits = Limits {
        unpacked_bytes: 1 << 20,
        ..Limits::DEFAULT
    };
    let options = Options { limits, ..OPTIONS };
    let zeros = vec![b' '; 4 << 20];
    let bomb = zipped(&[
        ("small.txt", b"gas"),
        ("bomb.txt", &zeros),
        ("after.txt", b"oil"),
    ]);
    assert!(bomb.len() < 10_000);
    let parts = extract(&bomb, "", &options).parts;
    assert_eq!(parts[0].content, Content::Bytes(b"gas".to_vec()));
    assert_eq!(parts[1].content, Content::Unread(Reason::Limit));
    let word = zipped(&[("[Content_Types].xml", b""), ("word/document.xml", &zeros)]);
    assert_eq!(extract(&word, "", &options).rendition, Err(Reason::Limit));
    let book = zipped(&[
        ("[Content_Types].xml", b""),
        ("xl/workbook.xml", b"<a/>"),
        ("xl/sharedStrings.xml", &zeros),
    ]);
    assert_eq!(extract(&book, "", &options).rendition, Err(Reason::Limit));
}

#[test]
fn limits_are_reasons() {
    let small = |limits| Options { limits, ..OPTIONS };
    let few = small(Limits {
        parts: 1,
        ..Limits::DEFAULT
    });
    assert_eq!(
        extract(&zipped(&[("a", b"1"), ("b", b"2")]), "", &few).rendition,
        Err(Reason::Limit)
    );
    let short = small(Limits {
        text_bytes: 3,
        ..Limits::DEFAULT
    });
    for file in [
        "plain",
        "<html>html",
        "{\\rtf1 rich}",
        "Received: x\n\nmail",
        "<?xml version='1.0'?><a>text</a>",
    ] {
        assert_eq!(
            extract(file.as_bytes(), "", &short).rendition,
            Err(Reason::Limit),
            "{file}"
        );
    }
    let tiny = small(Limits {
        input_bytes: 3,
        ..Limits::DEFAULT
    });
    assert_eq!(extract(b"plain", "", &tiny).rendition, Err(Reason::Limit));
    assert_eq!(reason(b""), Reason::Empty);
    assert_eq!(reason(b" \n"), Reason::NoText);
}

#[test]
fn no_byte_flipped_or_cut_off_makes_a_reader_fail() {
    let samples = [
        zipped(&[("[Content_Types].xml", b""), ("word/document.xml", b"<w:p><w:t>core &amp; more</w:t></w:p>")]),
        crate::pdf::page("BT /F 12 Tf (words) Tj ET", "", &[]),
        b"{\\rtf1\\ansi{\\fonttbl{\\f0\\fcharset238 A;}}\\f0 \\'e8 \\u8364? {\\pict\\pngblip 8950}}".to_vec(),
        b"From a@b\nSubject: x\nContent-Type: multipart/mixed; boundary=b\n\n--b\n\nbody\n--b--\n".to_vec(),
        b"<html><body title='a'><p>text &amp; more <!-- c --><img src='data:image/png;base64,iVBO'>".to_vec(),
    ];
    for sample in samples {
        for at in 0..sample.len() {
            let mut flipped = sample.clone();
            flipped[at] ^= 1 << (at % 8);
            assert_ne!(
                read(&flipped).rendition,
                Err(Reason::ReaderFailed),
                "byte {at} of {flipped:?}"
            );
            assert_ne!(
                read(&sample[..at]).rendition,
                Err(Reason::ReaderFailed),
                "cut at {at}"
            );
        }
    }
}
