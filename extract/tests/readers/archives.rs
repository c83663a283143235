//! Archives, and what they hold.

use crate::{bytes, read, zipped};
use duces_extract::{Content, Kind, Reason, Role};

#[test]
fn entries_are_parts_and_their_names_the_text() {
    let inner = zipped(&[("a.txt", b"core")]);
    let file = zipped(&[
        ("folder/", b""),
        ("../up.txt", b"gas"),
        ("inner.zip", &inner),
        ("a\nb", b"x"),
    ]);
    let extraction = read(&file);
    assert_eq!(extraction.kind, Kind::Zip);
    assert_eq!(extraction.text(), Some("../up.txt\ninner.zip\na b\n"));
    let names: Vec<_> = extraction
        .parts
        .iter()
        .map(|part| part.name.as_str())
        .collect();
    assert_eq!(names, ["../up.txt", "inner.zip", "a\nb"]);
    assert!(extraction.parts.iter().all(|part| part.role == Role::Entry));
    assert_eq!(bytes(&extraction.parts[1]), inner);
}

#[test]
fn an_encrypted_entry_is_a_part_with_its_reason() {
    // The flag of encryption in both headers of the second entry.
    let mut file = zipped(&[("open.txt", b"gas"), ("shut.txt", b"oil")]);
    let local = file.windows(4).rposition(|w| w == b"PK\x03\x04").unwrap();
    let central = file.windows(4).rposition(|w| w == b"PK\x01\x02").unwrap();
    file[local + 6] |= 1;
    file[central + 8] |= 1;
    let parts = read(&file).parts;
    assert_eq!(bytes(&parts[0]), b"gas");
    assert_eq!(parts[1].content, Content::Unread(Reason::Encrypted));
}

#[test]
fn other_types_are_named() {
    for (bytes, kind) in [
        (&b"\x1f\x8b\x08\0\0"[..], Kind::Gzip),
        (b"7z\xbc\xaf\x27\x1c\0", Kind::SevenZip),
        (b"\x30\x03\x02\x01\x05", Kind::Der),
        (b"SIMPLE  =                    T / FITS", Kind::Fits),
        (b"\xd7\xcd\xc6\x9a\0\0\0\0", Kind::Wmf),
        (b"\xa1\x63key\x82\x01\x61x", Kind::Cbor),
    ] {
        let extraction = read(bytes);
        assert_eq!(
            (extraction.kind, extraction.rendition),
            (kind, Err(Reason::UnsupportedType))
        );
    }
}

#[test]
fn the_file_in_an_apple_file() {
    let mut file = vec![0, 5, 0x16, 0, 0, 2, 0, 0];
    file.extend([0; 16]);
    file.extend([
        0, 2, 0, 0, 0, 3, 0, 0, 0, 50, 0, 0, 0, 5, 0, 0, 0, 1, 0, 0, 0, 55, 0, 0, 0, 3,
    ]);
    file.extend(b"a.txtgas");
    let extraction = read(&file);
    assert_eq!(extraction.text(), Some("a.txt\n"));
    assert_eq!(bytes(&extraction.parts[0]), b"gas");
    // An entry that lies outside of the file is none.
    file[47] = 0xff;
    assert_eq!(read(&file).rendition, Err(Reason::UnsupportedType));
}

#[test]
fn a_load_file_is_its_table() {
    let file = "þDOCIDþ\u{14}þSUBJECTþ\r\nþA1þ\u{14}þtwo®linesþ\r\n";
    let extraction = read(file.as_bytes());
    assert_eq!(extraction.kind, Kind::LoadFile);
    assert_eq!(extraction.text(), Some("DOCID\tSUBJECT\nA1\ttwo\nlines\n"));
    let old: Vec<u8> = file.chars().map(|c| c as u8).collect();
    assert_eq!(read(&old).text(), extraction.text());
}

#[test]
fn a_store_that_is_none_is_damaged() {
    let extraction = read(b"!BDN and nothing more");
    assert_eq!(
        (extraction.kind, extraction.rendition),
        (Kind::Pst, Err(Reason::Damaged))
    );
}
