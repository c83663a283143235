//! Hostile files: whatever the bytes, a document or a reason, and no panic inside a decoder.

#![allow(clippy::unwrap_used)]

use duces_protocol::view::View;
use duces_views::{Document, Limits, Unreadable, derive, read_bytes};
use image::{DynamicImage, ImageBuffer, ImageFormat, Rgba};
use proptest::prelude::*;
use sha2::{Digest, Sha256};
use std::io::Cursor;
use std::path::Path;

const LIMITS: Limits = Limits {
    file_bytes: 1 << 20,
    pixels: 1 << 20,
    text_bytes: 1 << 20,
};

/// Digest of the `rgb-64x64` views of all pictures in ../shared/data/documents, by name. Pinned on
/// x86-64: another processor, or another version of a decoder, must give the same.
const DOCUMENT_PIXELS: &str = "9b8ac8d071d8dc0c2f10d64486a97b5682819136803e2ae50439ba61126ac02a";

fn samples() -> Vec<(&'static str, Vec<u8>)> {
    use ImageFormat::{Bmp, Gif, Png, Tiff, WebP};
    let pixels = (0..4 * 6 * 5_u32).map(|i| (i * 37) as u8).collect();
    let image =
        DynamicImage::from(ImageBuffer::<Rgba<u8>, Vec<u8>>::from_raw(6, 5, pixels).unwrap());
    let mut samples: Vec<(&str, Vec<u8>)> = [
        ("png", Png),
        ("bmp", Bmp),
        ("gif", Gif),
        ("tif", Tiff),
        ("webp", WebP),
    ]
    .map(|(name, format)| {
        let mut bytes = Cursor::new(Vec::new());
        image.write_to(&mut bytes, format).unwrap();
        (name, bytes.into_inner())
    })
    .into();
    samples.push(("jpg", include_bytes!("data/gradient.jpg").to_vec()));
    samples.push((
        "eml",
        b"Subject: =?utf-8?B?Y2Fmw6k=?=\nFrom: a <b@c>\nContent-Type: multipart/mixed; boundary=o\n\n--o\n\
          Content-Type: text/html; charset=koi8-r\nContent-Transfer-Encoding: quoted-printable\n\n\
          <p>&amp;=E9<!-- x --></p>\n--o--\n"
            .to_vec(),
    ));
    samples
}

/// A panic outside these tests would be caught and reported as damage: end the run instead.
fn no_panic_is_hidden() {
    std::panic::set_hook(Box::new(|info| {
        eprintln!("{info}");
        if !info
            .location()
            .is_some_and(|at| at.file().starts_with("views/tests"))
        {
            std::process::abort();
        }
    }));
}

/// Reads the bytes and derives views from what they are.
fn exercise(bytes: &[u8], extension: &str) {
    let name = format!("f.{extension}");
    if let Ok(document) = Document::parse(bytes, Path::new(&name), &LIMITS) {
        for view in ["gray-3x4", "rgb-9x2", "text-hash-8"] {
            let view: View = view.parse().unwrap();
            let length = derive(&document, view).map(|bytes| bytes.len());
            assert!(
                length.is_none() && document.kind() != view.kind()
                    || length == Some(view.byte_len())
            );
        }
    }
}

#[test]
fn truncated_at_every_byte() {
    no_panic_is_hidden();
    for (extension, bytes) in samples() {
        for end in 0..bytes.len() {
            exercise(&bytes[..end], extension);
        }
    }
}

#[test]
fn every_byte_changed() {
    no_panic_is_hidden();
    for (extension, bytes) in samples() {
        for at in 0..bytes.len() {
            for change in [0x01, 0x80, 0xff] {
                let mut changed = bytes.clone();
                changed[at] ^= change;
                exercise(&changed, extension);
            }
        }
    }
}

proptest! {
    #[test]
    fn random_bytes(bytes in prop::collection::vec(any::<u8>(), 0..200), sample in 0_usize..7) {
        no_panic_is_hidden();
        let (extension, head) = samples().swap_remove(sample);
        exercise(&bytes, extension);
        exercise(&[&head[..head.len().min(30)], &bytes].concat(), extension);
    }
}

#[test]
fn reasons() {
    let parse =
        |bytes: &[u8], name: &str| Document::parse(bytes, Path::new(name), &LIMITS).unwrap_err();
    assert_eq!(parse(b"", "a.txt"), Unreadable::Empty);
    assert_eq!(
        parse(&vec![b' '; (1 << 20) + 1], "a.txt"),
        Unreadable::TooLarge
    );
    assert_eq!(parse(b"a\0b", "a.txt"), Unreadable::NotText);
    assert_eq!(
        parse(b"\x89PNG\r\n\x1a\nrest", "a.txt"),
        Unreadable::Damaged
    );
    assert_eq!(parse(b"{\\rtf1 x}", "a.txt"), Unreadable::Unsupported);
    assert_eq!(parse(b"PK\x03\x04", "a.docx"), Unreadable::Unsupported);
    for reason in Unreadable::ALL {
        assert_eq!(Unreadable::from_code(reason.code()), Some(reason));
    }
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(read_bytes(folder.path(), &LIMITS), Err(Unreadable::Io));
    assert_eq!(
        read_bytes(&folder.path().join("none"), &LIMITS),
        Err(Unreadable::Io)
    );
    let large = folder.path().join("large");
    std::fs::write(&large, vec![b' '; (1 << 20) + 1]).unwrap();
    assert_eq!(read_bytes(&large, &LIMITS), Err(Unreadable::TooLarge));
}

#[test]
fn documents_beside_the_repository() {
    no_panic_is_hidden();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/data/documents");
    let Ok(entries) = std::fs::read_dir(&folder) else {
        println!("skipped: ../shared is not here");
        return;
    };
    let mut paths: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    let mut unexpected = Vec::new();
    let mut pixels = Sha256::new();
    for path in paths {
        let extension = path.extension().unwrap().to_str().unwrap().to_owned();
        let read = Document::read(&path, &Limits::DEFAULT);
        println!(
            "{:<24} {}",
            read.as_ref().map_or_else(|e| e.code(), |_| "read"),
            path.display()
        );
        if let Some(view) = read
            .as_ref()
            .ok()
            .and_then(|d| derive(d, "rgb-64x64".parse().unwrap()))
        {
            pixels.update(view);
        }
        let name = path.file_name().unwrap().to_str().unwrap();
        let expected = match extension.as_str() {
            // Markup and tables without a type of their own here are text.
            "txt" | "eml" | "jpg" | "png" | "gif" | "tif" | "webp" | "xml" | "csv" => read.is_ok(),
            // A text that is called a document, and a camera's file without its picture.
            _ if name == "testODTnotaZipFile.odt" => read.is_ok(),
            // The second part of an archive begins with nothing that names it.
            _ if name == "test-documents-spanned.zip" => read == Err(Unreadable::NotText),
            "nef" => read == Err(Unreadable::Damaged),
            _ => read == Err(Unreadable::Unsupported),
        };
        if !expected {
            unexpected.push((path, read.map(|d| d.kind())));
        }
    }
    assert!(unexpected.is_empty(), "{unexpected:#?}");
    assert_eq!(hex::encode(pixels.finalize()), DOCUMENT_PIXELS);
}
