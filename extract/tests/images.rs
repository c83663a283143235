//! Every image format against pixels made by hand; limits; camera raw files; the file form.

#![allow(clippy::unwrap_used)]

use duces_extract::image::{NotCanonical, from_png, to_png};
use duces_extract::{
    Content, Extraction, Kind, Limits, Options, Raster, Reason, Rendition, Role, extract, page,
};
use image::{DynamicImage, ImageBuffer, ImageFormat, Luma, LumaA, Rgb, Rgba};
use std::io::Cursor;

#[path = "images/tiffs.rs"]
mod tiffs;

/// 16 by 8 pixels, red rising by 17 a column, green by 36 a row, blue 128; quality 90.
const GRADIENT_JPEG: &[u8] = include_bytes!("data/gradient.jpg");

const OPTIONS: Options = Options {
    pages: true,
    limits: Limits::DEFAULT,
};

fn encoded(image: impl Into<DynamicImage>, format: ImageFormat) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    image.into().write_to(&mut bytes, format).unwrap();
    bytes.into_inner()
}

fn read(bytes: &[u8]) -> Extraction {
    extract(bytes, "scan", &OPTIONS)
}

fn raster(bytes: &[u8]) -> Raster {
    let Extraction {
        kind, rendition, ..
    } = read(bytes);
    let Ok(Rendition::Image(raster)) = rendition else {
        panic!("{kind}: {rendition:?}")
    };
    raster
}

fn is(bytes: &[u8], (width, height, channels): (u32, u32, u8), samples: &[u8], what: &str) {
    let image = raster(bytes);
    assert_eq!(
        (image.width, image.height, image.channels),
        (width, height, channels),
        "{what}"
    );
    assert_eq!(image.samples, samples, "{what}");
}

fn noise(len: usize) -> Vec<u8> {
    (0..len as u32)
        .map(|i| (i.wrapping_mul(2_654_435_761) >> 24) as u8)
        .collect()
}

#[test]
fn lossless_formats_keep_their_pixels() {
    use ImageFormat::{Bmp, Ico, Png, Tiff, WebP};
    let gray = noise(28 * 28);
    let image = ImageBuffer::<Luma<u8>, _>::from_raw(28, 28, gray.clone()).unwrap();
    for format in [Png, Tiff] {
        let bytes = encoded(image.clone(), format);
        is(&bytes, (28, 28, 1), &gray, &format!("{format:?}"));
    }
    let colour = noise(3 * 5 * 4);
    let image = ImageBuffer::<Rgb<u8>, _>::from_raw(5, 4, colour.clone()).unwrap();
    for format in [Png, Bmp, Tiff, WebP] {
        let bytes = encoded(image.clone(), format);
        is(&bytes, (5, 4, 3), &colour, &format!("{format:?}"));
    }
    let pnm = [&b"P5\n# gray\n28 28\n255\n"[..], &gray].concat();
    is(&pnm, (28, 28, 1), &gray, "graymap");
    let pnm = [&b"P6 5 4 255\n"[..], &colour].concat();
    is(&pnm, (5, 4, 3), &colour, "pixmap");
    let opaque = ImageBuffer::<Rgba<u8>, _>::from_raw(2, 1, vec![1, 2, 3, 255, 4, 5, 6, 255]);
    let icon = encoded(opaque.unwrap(), Ico);
    is(&icon, (2, 1, 3), &[1, 2, 3, 4, 5, 6], "icon");
}

#[test]
fn gif_is_read_by_its_first_frame() {
    let colours = [
        0, 0, 0, 255, 255, 0, 0, 255, 0, 0, 255, 255, 255, 255, 255, 255,
    ];
    let image = ImageBuffer::<Rgba<u8>, _>::from_raw(2, 2, colours.to_vec()).unwrap();
    let expected = [0, 0, 0, 255, 0, 0, 0, 0, 255, 255, 255, 255];
    is(
        &encoded(image, ImageFormat::Gif),
        (2, 2, 3),
        &expected,
        "gif",
    );
}

#[test]
fn alpha_lies_over_white_and_sixteen_bits_are_rounded() {
    let alpha = ImageBuffer::<LumaA<u8>, _>::from_raw(2, 1, vec![0, 0, 0, 51]).unwrap();
    is(
        &encoded(alpha, ImageFormat::Png),
        (2, 1, 1),
        &[255, 204],
        "gray",
    );
    let colour = ImageBuffer::<Rgba<u8>, _>::from_raw(1, 1, vec![0, 255, 100, 51]).unwrap();
    for format in [ImageFormat::Png, ImageFormat::WebP, ImageFormat::Tiff] {
        let bytes = encoded(colour.clone(), format);
        is(&bytes, (1, 1, 3), &[204, 255, 224], &format!("{format:?}"));
    }
    let deep = ImageBuffer::<Luma<u16>, _>::from_raw(3, 1, vec![0, 129, 65_535]).unwrap();
    for format in [ImageFormat::Png, ImageFormat::Tiff] {
        let bytes = encoded(deep.clone(), format);
        is(&bytes, (3, 1, 1), &[0, 1, 255], &format!("{format:?}"));
    }
}

#[test]
fn jpeg_pixels_are_pinned() {
    let image = raster(GRADIENT_JPEG);
    let reds: Vec<u8> = image.samples.iter().step_by(3).take(16).copied().collect();
    let expected = [
        0, 13, 33, 51, 66, 83, 103, 117, 136, 150, 170, 187, 202, 220, 240, 254,
    ];
    assert_eq!(reds, expected);
    let greens: Vec<u8> = image.samples.iter().skip(1).step_by(48).copied().collect();
    assert_eq!(greens, [2, 33, 73, 108, 144, 180, 220, 251]);
}

#[test]
fn exif_turns_the_image_upright() {
    let upright = raster(GRADIENT_JPEG);
    for orientation in 1..=8_u8 {
        let mut exif =
            b"\xff\xe1\x00\x22Exif\0\0II\x2a\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0".to_vec();
        exif.extend([orientation, 0, 0, 0, 0, 0, 0, 0]);
        let turned = raster(&[&GRADIENT_JPEG[..2], &exif, &GRADIENT_JPEG[2..]].concat());
        let size = if orientation >= 5 { (8, 16) } else { (16, 8) };
        assert_eq!((turned.width, turned.height), size);
        // The stored corner at the upper left goes to one of four corners.
        let (right, low) = (turned.width as usize - 1, turned.height as usize - 1);
        let (x, y) = match orientation {
            1 | 5 => (0, 0),
            2 | 6 => (right, 0),
            3 | 7 => (right, low),
            _ => (0, low),
        };
        let at = (y * (right + 1) + x) * 3;
        assert_eq!(
            turned.samples[at..at + 3],
            upright.samples[..3],
            "orientation {orientation}"
        );
    }
}

#[test]
fn pages_after_the_first_are_parts() {
    let bytes = tiffs::three_pages();
    let extraction = read(&bytes);
    assert_eq!(extraction.kind, Kind::Tiff);
    let pages: Vec<_> = extraction
        .parts
        .iter()
        .map(|part| (part.name.as_str(), part.role, part.content.clone()))
        .collect();
    let expected = [
        ("page 2", Role::Page, Content::Page(1)),
        ("page 3", Role::Page, Content::Page(2)),
    ];
    assert_eq!(pages, expected);
    assert_eq!(raster(&bytes).samples, [10, 10]);
    for (number, samples) in [(0, [10, 10]), (1, [20, 20]), (2, [30, 30])] {
        assert_eq!(
            page(&bytes, "scan", number, &OPTIONS).unwrap().samples,
            samples
        );
    }
    assert_eq!(page(&bytes, "scan", 3, &OPTIONS), Err(Reason::Damaged));
    let no_pages = Options {
        pages: false,
        ..OPTIONS
    };
    assert_eq!(extract(&bytes, "scan", &no_pages).parts, []);
    let two = Options {
        limits: Limits {
            pages: 2,
            ..Limits::DEFAULT
        },
        ..OPTIONS
    };
    assert_eq!(extract(&bytes, "scan", &two).rendition, Err(Reason::Limit));
    // A chain of directories that leads back to its first one ends there.
    let looped = tiffs::looped();
    assert_eq!(read(&looped).parts, []);
}

#[test]
fn tiff_in_all_its_forms() {
    for (what, bytes, size, samples) in tiffs::forms() {
        is(&bytes, size, &samples, what);
    }
}

#[test]
fn tiff_that_is_not_read() {
    for (what, bytes, reason) in tiffs::refused() {
        assert_eq!(read(&bytes).rendition, Err(reason), "{what}");
    }
}

#[test]
fn camera_raw_is_unsupported_and_not_damaged() {
    for (what, bytes) in tiffs::camera_raw() {
        let extraction = read(&bytes);
        assert_eq!(extraction.rendition, Err(Reason::UnsupportedType), "{what}");
        assert_eq!(extraction.parts, [], "{what}");
    }
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    match std::fs::read(folder.join("../../shared/data/documents/testNEF_dup.nef")) {
        Ok(nef) => assert_eq!(read(&nef).rendition, Err(Reason::UnsupportedType)),
        Err(_) => println!("skipped: ../shared is not here"),
    }
}

#[test]
fn declared_sizes_are_refused_before_allocation() {
    let side = 60_000_u32;
    let mut png = encoded(ImageBuffer::<Luma<u8>, _>::new(1, 1), ImageFormat::Png);
    png[16..20].copy_from_slice(&side.to_be_bytes());
    png[20..24].copy_from_slice(&side.to_be_bytes());
    let crc = crc32(&png[12..29]);
    png[29..33].copy_from_slice(&crc.to_be_bytes());
    let mut bmp = encoded(ImageBuffer::<Rgb<u8>, _>::new(1, 1), ImageFormat::Bmp);
    bmp[18..22].copy_from_slice(&side.to_le_bytes());
    bmp[22..26].copy_from_slice(&side.to_le_bytes());
    let mut gif = encoded(ImageBuffer::<Rgba<u8>, _>::new(1, 1), ImageFormat::Gif);
    gif[6..10].copy_from_slice(&[0x60, 0xea, 0x60, 0xea]);
    let mut jpeg = GRADIENT_JPEG.to_vec();
    let frame = jpeg.windows(2).position(|w| w == [0xff, 0xc0]).unwrap();
    jpeg[frame + 5..frame + 9].copy_from_slice(&[0xea, 0x60, 0xea, 0x60]);
    let pnm = b"P6 60000 60000 255\n\0".to_vec();
    let tiff = tiffs::of_size(side, side);
    for (name, bytes) in [
        ("png", png),
        ("bmp", bmp),
        ("gif", gif),
        ("jpeg", jpeg),
        ("pnm", pnm),
        ("tiff", tiff),
    ] {
        assert_eq!(read(&bytes).rendition, Err(Reason::Limit), "{name}");
    }
}

#[test]
fn the_file_form_leads_back_and_is_strict() {
    for (channels, samples) in [(1, noise(7 * 5)), (3, noise(3 * 7 * 5))] {
        let raster = Raster {
            width: 7,
            height: 5,
            channels,
            samples,
        };
        let png = to_png(&raster);
        assert_eq!(to_png(&raster), png);
        assert_eq!(from_png(&png, 35), Ok(raster));
        assert_eq!(from_png(&png, 34), Err(NotCanonical::TooLarge));
        let trailing = [&png[..], b"x"].concat();
        assert!(from_png(&trailing, 35).is_err());
        for at in 0..png.len() {
            let mut changed = png.clone();
            changed[at] ^= 1;
            assert!(from_png(&changed, 35).is_err(), "byte {at}");
        }
        // A comment before the end.
        let mut comment = png[..png.len() - 12].to_vec();
        let body = b"tEXtnote\0hidden";
        comment.extend(11_u32.to_be_bytes());
        comment.extend(body);
        comment.extend(crc32(body).to_be_bytes());
        comment.extend(&png[png.len() - 12..]);
        assert_eq!(from_png(&comment, 35), Err(NotCanonical::OtherChunk));
    }
    let alpha = ImageBuffer::<Rgba<u8>, _>::new(2, 2);
    let png = encoded(alpha, ImageFormat::Png);
    assert_eq!(from_png(&png, 4), Err(NotCanonical::OtherForm));
}

fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(!0_u32, |crc, &byte| {
        (0..8).fold(crc ^ u32::from(byte), |c, _| {
            if c & 1 == 1 {
                c >> 1 ^ 0xedb8_8320
            } else {
                c >> 1
            }
        })
    })
}
