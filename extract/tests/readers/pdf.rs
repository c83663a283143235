//! PDF documents, written object by object.

use crate::{OPTIONS, bytes, read, reason, text};
use duces_extract::{Content, Kind, Limits, Options, Reason, Role, extract};

/// A document of these objects, numbered from 1; the first is the catalogue.
pub fn document(objects: &[String]) -> Vec<u8> {
    let mut out = b"%PDF-1.7\n".to_vec();
    let mut places = Vec::new();
    for (number, object) in objects.iter().enumerate() {
        places.push(out.len());
        out.extend(format!("{} 0 obj\n{object}\nendobj\n", number + 1).bytes());
    }
    let table = out.len();
    out.extend(format!("xref\n0 {}\n0000000000 65535 f \n", places.len() + 1).bytes());
    for place in &places {
        out.extend(format!("{place:010} 00000 n \n").bytes());
    }
    out.extend(
        format!(
            "trailer << /Size {} /Root 1 0 R >>\nstartxref\n{table}\n%%EOF\n",
            places.len() + 1
        )
        .bytes(),
    );
    out
}

pub fn stream(entries: &str, content: &str) -> String {
    format!(
        "<< {entries} /Length {} >>\nstream\n{content}\nendstream",
        content.len()
    )
}

/// A document of one page with this content and further entries of the page, and further objects from 6.
pub fn page(content: &str, entries: &str, more: &[String]) -> Vec<u8> {
    let mut objects = vec![
        "<< /Type /Catalog /Pages 2 0 R >>".to_owned(),
        "<< /Type /Pages /Kids [3 0 R] /Count 1 >>".to_owned(),
        format!(
            "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 600 800] /Contents 4 0 R {entries} \
             /Resources << /Font << /F 5 0 R >> /XObject << /X 6 0 R >> >> >>"
        ),
        stream("", content),
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>"
            .to_owned(),
    ];
    objects.extend_from_slice(more);
    document(&objects)
}

#[test]
fn words_lines_and_hyphens() {
    let content = "BT /F 12 Tf 72 700 Td (The con) Tj (tract) Tj [(ca) -20 (f\\351) -300 (runs)] TJ \
        0 -14 Td (until the termi-) Tj 0 -14 Td (nation.) Tj 3 Tr 0 -14 Td (unseen layer) Tj ET";
    let file = page(content, "", &[]);
    assert_eq!(read(&file).kind, Kind::Pdf);
    assert_eq!(
        text(&file),
        "The contractcafé runs\nuntil the termination.\nunseen layer\n"
    );
}

#[test]
fn notes_and_form_fields_that_the_page_does_not_show() {
    let more = [
        stream("", ""),
        "<< /Subtype /Text /Contents (a remark) /Rect [0 0 1 1] >>".to_owned(),
        "<< /Subtype /Widget /FT /Tx /T (name) /V <FEFF00E4> /Rect [0 0 1 1] >>".to_owned(),
        "<< /Subtype /Text /Contents (shown) /Rect [0 0 1 1] >>".to_owned(),
    ];
    let file = page(
        "BT /F 12 Tf (shown) Tj ET",
        "/Annots [7 0 R 8 0 R 9 0 R]",
        &more,
    );
    assert_eq!(text(&file), "shown\na remark\nä\n");
}

#[test]
fn attached_files_are_parts() {
    let more = [
        stream("/Type /EmbeddedFile", "core"),
        "<< /Type /Filespec /F (old.txt) /UF (notes.txt) /EF << /F 6 0 R >> >>".to_owned(),
    ];
    let extraction = read(&page("", "", &more));
    assert_eq!(extraction.rendition, Err(Reason::NoText));
    let part = &extraction.parts[0];
    assert_eq!(
        (part.name.as_str(), part.role, bytes(part)),
        ("notes.txt", Role::Attachment, &b"core"[..])
    );
}

#[test]
fn forms_within_forms_are_counted_not_drawn() {
    let form = |number: usize| {
        let content = if number == 30 {
            "BT /F 9 Tf (deep) Tj ET".to_owned()
        } else {
            "/X Do ".repeat(10)
        };
        let entries = format!(
            "/Type /XObject /Subtype /Form /BBox [0 0 9 9] /Resources << /Font << /F 5 0 R >> /XObject << /X {} 0 R >> >>",
            number + 1
        );
        stream(&entries, &content)
    };
    let bomb: Vec<_> = (6..=30).map(form).collect();
    assert_eq!(reason(&page("/X Do", "", &bomb)), Reason::Limit);
    assert_eq!(text(&page("/X Do", "", &[form(30)])), "deep\n");
}

const PAGED: Options = Options {
    pages: true,
    ..OPTIONS
};

/// An image of 16 by 16 samples in gray.
fn picture() -> String {
    let entries = "/Type /XObject /Subtype /Image /Filter /ASCIIHexDecode /Width 16 /Height 16 \
                   /BitsPerComponent 8 /ColorSpace /DeviceGray";
    stream(entries, &format!("{}>", "30".repeat(256)))
}

/// The parts of a document by role and name, where pages are asked for.
fn parts(file: &[u8]) -> Vec<(Role, String)> {
    let parts = extract(file, "", &PAGED).parts.into_iter();
    parts.map(|part| (part.role, part.name)).collect()
}

#[test]
fn a_page_is_a_part_where_it_is_an_image_or_cannot_be_searched() {
    let page_1 = [(Role::Page, "page 1".to_owned())];
    let none: [(Role, String); 0] = [];
    let scan = page("600 0 0 800 0 0 cm /X Do", "", &[picture()]);
    assert_eq!(parts(&scan), page_1);
    // Words are in the document's text, whatever is drawn beside them.
    let words = "BT /F 12 Tf (x) Tj ET";
    assert_eq!(parts(&page(words, "", &[])), none);
    assert_eq!(
        parts(&page(&format!("{words} 0 0 9 9 re f"), "", &[])),
        none
    );
    assert_eq!(parts(&page("BT /F 12 Tf 3 Tr (x) Tj ET", "", &[])), none);
    assert_eq!(parts(&page("", "", &[])), none);
    // A drawing without words is neither.
    let drawing = page("0 0 9 9 re f", "", &[]);
    assert_eq!(parts(&drawing), page_1);
    let read = duces_extract::page(&drawing, "", 0, &PAGED);
    assert_eq!(read, Err(Reason::NotAnImage));
    // Without a question for pages there are none.
    assert!(extract(&scan, "", &OPTIONS).parts.is_empty());
    let few = Options {
        limits: Limits {
            pages: 0,
            ..Limits::DEFAULT
        },
        ..PAGED
    };
    assert_eq!(extract(&scan, "", &few).rendition, Err(Reason::Limit));
}

#[test]
fn pictures_beside_words_are_parts_once() {
    let words = "BT /F 12 Tf (x) Tj ET";
    let content = format!("{words} q 100 0 0 100 0 0 cm /X Do Q 0 60 -60 0 300 0 cm /X Do");
    let extraction = extract(&page(&content, "", &[picture()]), "", &PAGED);
    assert_eq!(extraction.text(), Some("x\n"));
    let [part] = &extraction.parts[..] else {
        panic!("{:?}", extraction.parts)
    };
    assert_eq!(
        (part.role, part.name.as_str()),
        (Role::Embedded, "picture 1 of page 1")
    );
    let raster = duces_extract::png::from_png(bytes(part), 1000).unwrap();
    assert_eq!(
        (raster.width, raster.height, raster.samples[0]),
        (16, 16, 0x30)
    );
    // A stamp of words over a scan: the scan is a picture, and the words are text.
    let stamped = format!("600 0 0 800 0 0 cm /X Do {words}");
    let found = parts(&page(&stamped, "", &[picture()]));
    assert_eq!(found, [(Role::Embedded, "picture 1 of page 1".to_owned())]);
    // What cannot be decoded says so.
    let cmyk = picture().replace("DeviceGray", "DeviceCMYK");
    let content = format!("{words} 60 0 0 60 0 0 cm /X Do");
    let extraction = extract(&page(&content, "", &[cmyk]), "", &PAGED);
    let reason = Content::Unread(Reason::UnsupportedType);
    assert_eq!(extraction.parts[0].content, reason);
    // A bullet is no picture.
    let small = stream(
        "/Type /XObject /Subtype /Image /Filter /ASCIIHexDecode /Width 2 /Height 1 \
         /BitsPerComponent 8 /ColorSpace /DeviceGray",
        "10F0>",
    );
    assert_eq!(parts(&page(&content, "", &[small])), []);
    // What does not fit is one part, with its reason.
    let few = Options {
        limits: Limits {
            parts: 1,
            ..Limits::DEFAULT
        },
        ..PAGED
    };
    let full = extract(&page(&content, "", &[picture()]), "", &few).parts;
    assert_eq!(full[0].content, Content::Unread(Reason::Limit));
}

#[test]
fn damage_is_damage() {
    assert_eq!(reason(b"%PDF-1.4\nnothing else"), Reason::Damaged);
}

#[test]
fn a_scanned_page_is_its_image_upright() {
    let options = Options {
        pages: true,
        ..OPTIONS
    };
    let image = |entries: &str, hex: &str| {
        stream(
            &format!("/Type /XObject /Subtype /Image /Filter /ASCIIHexDecode {entries}"),
            hex,
        )
    };
    let shown = |content: &str, entries: &str, object: String| {
        duces_extract::page(&page(content, entries, &[object]), "", 0, &options)
    };
    let gray = || {
        image(
            "/Width 2 /Height 1 /BitsPerComponent 8 /ColorSpace /DeviceGray",
            "10F0>",
        )
    };
    let upright = shown("600 0 0 800 0 0 cm /X Do", "", gray()).unwrap();
    assert_eq!(
        (
            upright.width,
            upright.height,
            upright.channels,
            &upright.samples[..]
        ),
        (2, 1, 1, &[16, 240][..])
    );
    let turned = shown("600 0 0 800 0 0 cm /X Do", "/Rotate 90", gray()).unwrap();
    assert_eq!(
        (turned.width, turned.height, &turned.samples[..]),
        (1, 2, &[16, 240][..])
    );
    let drawn_turned = shown("0 800 -600 0 600 0 cm /X Do", "", gray()).unwrap();
    assert_eq!(
        (drawn_turned.width, &drawn_turned.samples[..]),
        (1, &[240, 16][..])
    );
    let bits = image(
        "/Width 4 /Height 1 /BitsPerComponent 1 /ColorSpace /DeviceGray /Decode [1 0]",
        "A0>",
    );
    assert_eq!(
        shown("600 0 0 800 0 0 cm /X Do", "", bits).unwrap().samples,
        [0, 255, 0, 255]
    );
    let palette = image(
        "/Width 2 /Height 1 /BitsPerComponent 4 /ColorSpace [/Indexed /DeviceRGB 1 <000000FF8000>]",
        "10>",
    );
    assert_eq!(
        shown("600 0 0 800 0 0 cm /X Do", "", palette)
            .unwrap()
            .samples,
        [255, 128, 0, 0, 0, 0]
    );
    // A hidden layer of text does not count; visible text, a small image and a second one do.
    assert!(
        shown(
            "BT /F 9 Tf 3 Tr (ocr) Tj ET 600 0 0 800 0 0 cm /X Do",
            "",
            gray()
        )
        .is_ok()
    );
    for content in [
        "BT /F 9 Tf (text) Tj ET 600 0 0 800 0 0 cm /X Do",
        "60 0 0 80 0 0 cm /X Do",
        "600 0 0 800 0 0 cm /X Do /X Do",
    ] {
        assert_eq!(
            shown(content, "", gray()),
            Err(Reason::NotAnImage),
            "{content}"
        );
    }
    let cmyk = image(
        "/Width 1 /Height 1 /BitsPerComponent 8 /ColorSpace /DeviceCMYK",
        "00000000>",
    );
    assert_eq!(
        shown("600 0 0 800 0 0 cm /X Do", "", cmyk),
        Err(Reason::UnsupportedType)
    );
}
