//! Every image format against hand-made pixels, and through to the view.

#![allow(clippy::unwrap_used)]

use duces_protocol::view::View;
use duces_views::{Content, Document, Limits, Raster, Unreadable, derive};
use image::{DynamicImage, ImageBuffer, ImageFormat, Luma, LumaA, Rgb, Rgba};
use std::io::Cursor;
use std::path::Path;

const GRADIENT_JPEG: &[u8] = include_bytes!("data/gradient.jpg");

fn encoded(image: impl Into<DynamicImage>, format: ImageFormat) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    image.into().write_to(&mut bytes, format).unwrap();
    bytes.into_inner()
}

fn read(bytes: &[u8]) -> Result<Document, Unreadable> {
    Document::parse(bytes, Path::new("scan"), &Limits::DEFAULT)
}

fn view(bytes: &[u8], name: &str) -> Vec<u8> {
    derive(&read(bytes).unwrap(), name.parse::<View>().unwrap()).unwrap()
}

fn noise(len: usize) -> Vec<u8> {
    (0..len as u32)
        .map(|i| (i.wrapping_mul(2_654_435_761) >> 24) as u8)
        .collect()
}

#[test]
fn a_gray_png_of_the_views_size_is_the_view() {
    let pixels = noise(28 * 28);
    let image = ImageBuffer::<Luma<u8>, _>::from_raw(28, 28, pixels.clone()).unwrap();
    for format in [ImageFormat::Png, ImageFormat::Bmp, ImageFormat::Tiff] {
        assert_eq!(
            view(&encoded(image.clone(), format), "gray-28x28"),
            pixels,
            "{format:?}"
        );
    }
    let rgb = view(&encoded(image, ImageFormat::Png), "rgb-28x28");
    assert!(rgb.chunks(28 * 28).all(|plane| plane == pixels) && rgb.len() == 3 * 28 * 28);
}

#[test]
fn lossless_formats_keep_colours_in_planes() {
    let pixels = noise(3 * 5 * 4);
    let image = ImageBuffer::<Rgb<u8>, _>::from_raw(5, 4, pixels.clone()).unwrap();
    let planes: Vec<u8> = (0..3)
        .flat_map(|c| pixels.iter().skip(c).step_by(3).copied())
        .collect();
    use ImageFormat::{Bmp, Png, Tiff, WebP};
    for format in [Png, Bmp, Tiff, WebP] {
        assert_eq!(
            view(&encoded(image.clone(), format), "rgb-5x4"),
            planes,
            "{format:?}"
        );
    }
}

#[test]
fn gif_is_read_by_its_first_frame() {
    let colours = [
        [0, 0, 0, 255],
        [255, 0, 0, 255],
        [0, 0, 255, 255],
        [255, 255, 255, 255],
    ];
    let image = ImageBuffer::<Rgba<u8>, _>::from_raw(2, 2, colours.concat()).unwrap();
    assert_eq!(
        view(&encoded(image, ImageFormat::Gif), "gray-2x2"),
        [0, 76, 29, 255]
    );
}

#[test]
fn alpha_lies_over_white_and_sixteen_bits_are_rounded() {
    let alpha = ImageBuffer::<LumaA<u8>, _>::from_raw(2, 1, vec![0, 0, 0, 51]).unwrap();
    assert_eq!(
        view(&encoded(alpha, ImageFormat::Png), "gray-2x1"),
        [255, 204]
    );
    let colour = ImageBuffer::<Rgba<u8>, _>::from_raw(1, 1, vec![0, 255, 100, 51]).unwrap();
    for format in [ImageFormat::Png, ImageFormat::WebP, ImageFormat::Tiff] {
        assert_eq!(
            view(&encoded(colour.clone(), format), "rgb-1x1"),
            [204, 255, 224]
        );
    }
    let deep = ImageBuffer::<Luma<u16>, _>::from_raw(3, 1, vec![0, 129, 65_535]).unwrap();
    for format in [ImageFormat::Png, ImageFormat::Tiff] {
        assert_eq!(
            view(&encoded(deep.clone(), format), "gray-3x1"),
            [0, 1, 255]
        );
    }
}

#[test]
fn palette_png() {
    // Two pixels of one bit, the second colour transparent; the row is a stored zlib block.
    let row = [0_u8, 0b0100_0000];
    let zlib = [
        &b"\x78\x01\x01\x02\x00\xfd\xff"[..],
        &row,
        b"\x00\x42\x00\x41",
    ]
    .concat();
    let mut bytes = b"\x89PNG\r\n\x1a\n".to_vec();
    let chunks: [(&[u8; 4], &[u8]); 5] = [
        (b"IHDR", b"\0\0\0\x02\0\0\0\x01\x01\x03\0\0\0"),
        (b"PLTE", &[10, 20, 30, 0, 0, 0]),
        (b"tRNS", &[255, 0]),
        (b"IDAT", &zlib),
        (b"IEND", b""),
    ];
    for (name, data) in chunks {
        bytes.extend((data.len() as u32).to_be_bytes());
        let body = [&name[..], data].concat();
        bytes.extend(&body);
        bytes.extend(crc32(&body).to_be_bytes());
    }
    assert_eq!(view(&bytes, "rgb-2x1"), [10, 255, 20, 255, 30, 255]);
}

#[test]
fn jpeg_pixels_are_pinned() {
    // A 16x8 image, red rising by 17 a column, green by 36 a row, blue 128; quality 90.
    let planes = view(GRADIENT_JPEG, "rgb-16x8");
    let left = |plane: usize| {
        planes[plane * 128..][..128]
            .iter()
            .step_by(16)
            .copied()
            .collect()
    };
    let columns: [Vec<u8>; 3] = [left(0), left(1), left(2)];
    assert_eq!(
        planes[..16],
        [
            0, 13, 33, 51, 66, 83, 103, 117, 136, 150, 170, 187, 202, 220, 240, 254
        ]
    );
    let expected = [
        [0, 3, 0, 0, 2, 0, 0, 2],
        [2, 33, 73, 108, 144, 180, 220, 251],
        [125, 129, 128, 128, 130, 127, 127, 131],
    ];
    assert_eq!(columns, expected);
    // Three columns by two rows of it: means of 16x4 thirds.
    assert_eq!(
        view(GRADIENT_JPEG, "gray-3x2"),
        [57, 84, 112, 142, 169, 196]
    );
}

#[test]
fn exif_and_tiff_orientation() {
    let upright = view(GRADIENT_JPEG, "gray-16x8");
    for orientation in 1..=8_u8 {
        let mut exif =
            b"\xff\xe1\x00\x22Exif\0\0II\x2a\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0".to_vec();
        exif.extend([orientation, 0, 0, 0, 0, 0, 0, 0]);
        let turned = [&GRADIENT_JPEG[..2], &exif, &GRADIENT_JPEG[2..]].concat();
        let Content::Image(image) = read(&turned).unwrap().content else {
            panic!()
        };
        let size = if orientation >= 5 { (8, 16) } else { (16, 8) };
        assert_eq!((image.width(), image.height()), size);
        let expected: Vec<u8> = (0..size.1 * size.0)
            .map(|i| {
                let (x, y) = (i % size.0, i / size.0);
                let (column, row) = match orientation {
                    1 => (x, y),
                    2 => (15 - x, y),
                    3 => (15 - x, 7 - y),
                    4 => (x, 7 - y),
                    5 => (y, x),
                    6 => (y, 7 - x),
                    7 => (15 - y, 7 - x),
                    _ => (15 - y, x),
                };
                upright[(row * 16 + column) as usize]
            })
            .collect();
        let name = format!("gray-{}x{}", size.0, size.1);
        assert_eq!(view(&turned, &name), expected, "orientation {orientation}");
    }
    let tiff = tiff(&[
        (256, 2),
        (257, 1),
        (258, 8),
        (259, 1),
        (262, 1),
        (274, 3),
        (277, 1),
        (279, 2),
    ]);
    assert_eq!(view(&tiff, "gray-2x1"), [200, 100]);
}

/// A little-endian TIFF with one strip of the samples 100, 200 and these tags (number, value).
fn tiff(tags: &[(u16, u16)]) -> Vec<u8> {
    let mut tags = tags.to_vec();
    tags.push((273, 8));
    tags.sort_unstable();
    let mut bytes = b"II\x2a\0\x0a\0\0\0\x64\xc8".to_vec();
    bytes.extend((tags.len() as u16).to_le_bytes());
    for (number, value) in tags {
        bytes.extend(number.to_le_bytes());
        bytes.extend(b"\x03\0\x01\0\0\0");
        bytes.extend(value.to_le_bytes());
        bytes.extend(b"\0\0");
    }
    bytes.extend(b"\0\0\0\0");
    bytes
}

#[test]
fn jpeg_inside_tiff_is_refused() {
    for scheme in [6, 7] {
        let tags = [
            (256, 2),
            (257, 1),
            (258, 8),
            (259, scheme),
            (262, 1),
            (277, 1),
            (279, 2),
        ];
        assert_eq!(read(&tiff(&tags)), Err(Unreadable::Unsupported));
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
    let tags = [
        (256, 60_000),
        (257, 60_000),
        (258, 8),
        (259, 1),
        (262, 1),
        (277, 1),
        (279, 2),
    ];
    for (name, bytes) in [
        ("png", png),
        ("bmp", bmp),
        ("gif", gif),
        ("jpeg", jpeg),
        ("tiff", tiff(&tags)),
    ] {
        assert_eq!(read(&bytes), Err(Unreadable::TooLarge), "{name}");
    }
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

#[test]
fn a_view_of_the_other_kind_is_none() {
    let image = Document {
        content: Content::Image(Raster::gray(1, 1, vec![0]).unwrap()),
    };
    let text = Document {
        content: Content::Text(String::new()),
    };
    assert_eq!(derive(&image, "text-hash-16".parse().unwrap()), None);
    assert_eq!(derive(&text, "rgb-2x2".parse().unwrap()), None);
    assert_eq!(
        derive(&text, "text-hash-2".parse().unwrap()),
        Some(vec![0, 0])
    );
}
