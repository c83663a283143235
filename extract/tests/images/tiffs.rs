//! TIFF files made by hand.

use duces_extract::Reason;
use fax::encoder::Encoder;
use fax::{Color, VecWriter};
use flate2::{Compression, write::ZlibEncoder};
use std::io::Write;
use weezl::BitOrder;

/// What a form is, its bytes, width, height and channels, and its samples.
type Form = (&'static str, Vec<u8>, (u32, u32, u8), Vec<u8>);

/// A directory: its tags with their numbers, and its chunks.
struct Page {
    tags: Vec<(u16, Vec<u32>)>,
    chunks: Vec<Vec<u8>>,
}

impl Page {
    /// Of one strip and 8-bit samples.
    fn new(width: u32, height: u32, photometric: u32, samples: u32) -> Self {
        let tags = [
            (256, width),
            (257, height),
            (262, photometric),
            (277, samples),
        ];
        let page = Self {
            tags: tags.map(|(tag, number)| (tag, vec![number])).to_vec(),
            chunks: Vec::new(),
        };
        page.with(258, &vec![8; samples as usize])
    }

    fn with(mut self, tag: u16, numbers: &[u32]) -> Self {
        self.tags.retain(|(other, _)| *other != tag);
        self.tags.push((tag, numbers.to_vec()));
        self
    }

    fn chunk(mut self, bytes: &[u8]) -> Self {
        self.chunks.push(bytes.to_vec());
        self
    }
}

/// Joins directories to a file; every number has four bytes.
fn file(pages: &[Page], is_big_endian: bool) -> Vec<u8> {
    let number = |n: u32| match is_big_endian {
        true => n.to_be_bytes(),
        false => n.to_le_bytes(),
    };
    let short = |n: u16| match is_big_endian {
        true => n.to_be_bytes(),
        false => n.to_le_bytes(),
    };
    let mut out = if is_big_endian {
        b"MM\0\x2a".to_vec()
    } else {
        b"II\x2a\0".to_vec()
    };
    let mut link = out.len();
    out.extend([0; 4]);
    for page in pages {
        let mut tags = page.tags.clone();
        let is_tiled = tags.iter().any(|(tag, _)| *tag == 322);
        let mut offsets = Vec::new();
        for chunk in &page.chunks {
            offsets.push(out.len() as u32);
            out.extend(chunk);
        }
        let lengths = page.chunks.iter().map(|chunk| chunk.len() as u32).collect();
        tags.push((if is_tiled { 324 } else { 273 }, offsets));
        tags.push((if is_tiled { 325 } else { 279 }, lengths));
        tags.sort();
        let mut places = Vec::new();
        for (tag, numbers) in &tags {
            // The tables of a JPEG are bytes.
            let value: Vec<u8> = match tag {
                347 => numbers.iter().map(|&n| n as u8).collect(),
                _ => numbers.iter().flat_map(|&n| number(n)).collect(),
            };
            let place = if value.len() <= 4 {
                [&value[..], &[0; 4][value.len()..]].concat()
            } else {
                let at = number(out.len() as u32).to_vec();
                out.extend(value);
                at
            };
            places.push(place);
        }
        let here = number(out.len() as u32);
        out[link..link + 4].copy_from_slice(&here);
        out.extend(short(tags.len() as u16));
        for ((tag, numbers), place) in tags.iter().zip(places) {
            out.extend(short(*tag));
            out.extend(short(if *tag == 347 { 7 } else { 4 }));
            out.extend(number(numbers.len() as u32));
            out.extend(place);
        }
        link = out.len();
        out.extend([0; 4]);
    }
    out
}

fn one(page: Page) -> Vec<u8> {
    file(&[page], false)
}

fn gray(samples: &[u8]) -> Page {
    Page::new(2, 1, 1, 1).chunk(samples)
}

/// Three pages and, between them, a smaller copy that is none.
pub fn three_pages() -> Vec<u8> {
    let copy = gray(&[99, 99]).with(254, &[1]);
    file(
        &[gray(&[10, 10]), copy, gray(&[20, 20]), gray(&[30, 30])],
        true,
    )
}

/// A page whose next directory is itself.
pub fn looped() -> Vec<u8> {
    let mut bytes = one(gray(&[1, 2]));
    let first: [u8; 4] = bytes[4..8].try_into().unwrap();
    let end = bytes.len() - 4;
    bytes[end..].copy_from_slice(&first);
    bytes
}

/// A header of these dimensions before hardly any data.
pub fn of_size(width: u32, height: u32) -> Vec<u8> {
    one(Page::new(width, height, 1, 1).chunk(&[0]))
}

fn zlib(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn lzw(bytes: &[u8]) -> Vec<u8> {
    weezl::encode::Encoder::with_tiff_size_switch(BitOrder::Msb, 8)
        .encode(bytes)
        .unwrap()
}

/// Rows of a picture, `#` for black.
const PICTURE: [&str; 4] = [
    "..####..####........####",
    "..####..#..#.......#####",
    "........................",
    "########################",
];

fn picture() -> Vec<u8> {
    let light = |c| if c == '#' { 0 } else { 255 };
    PICTURE
        .iter()
        .flat_map(|row| row.chars().map(light))
        .collect()
}

fn bilevel(compression: u32, data: &[u8]) -> Page {
    Page::new(24, 4, 0, 1)
        .with(258, &[1])
        .with(259, &[compression])
        .chunk(data)
}

fn group4() -> Vec<u8> {
    let mut encoder = Encoder::new(VecWriter::new());
    for row in PICTURE {
        let pixels = row
            .chars()
            .map(|c| if c == '#' { Color::Black } else { Color::White });
        encoder.encode_line(pixels, 24).unwrap();
    }
    encoder.finish().unwrap().finish()
}

/// Codes of T.4 for the picture's rows, in one dimension.
const CODES: [&str; 4] = [
    // white 2, black 4, white 2, black 4, white 8, black 4
    "0111 011 0111 011 10011 011",
    // white 2, black 4, white 2, black 1, white 2, black 1, white 7, black 5
    "0111 011 0111 010 0111 010 1111 0011",
    // white 24
    "0101000",
    // white 0, black 24
    "00110101 00000010111",
];

/// Bits from the highest on; `|` goes to the next byte.
fn bits(text: &str) -> Vec<u8> {
    let mut all: Vec<bool> = Vec::new();
    for c in text.chars() {
        match c {
            '|' => all.resize(all.len().next_multiple_of(8), false),
            '0' | '1' => all.push(c == '1'),
            _ => {}
        }
    }
    let byte = |bits: &[bool]| {
        bits.iter()
            .enumerate()
            .map(|(place, &bit)| u8::from(bit) << (7 - place))
            .sum()
    };
    all.chunks(8).map(byte).collect()
}

const END_OF_LINE: &str = "000000000001";

fn group3() -> Vec<u8> {
    let rows: String = CODES
        .iter()
        .map(|row| format!("{END_OF_LINE}{row}"))
        .collect();
    bits(&(rows + &END_OF_LINE.repeat(6)))
}

/// The first row in one dimension, the others like the row before where they can be.
fn group3_two() -> Vec<u8> {
    let row = format!("{END_OF_LINE}1{}", CODES[0]);
    // Every change is right below that of the row before.
    let same = format!("{END_OF_LINE}0 111111");
    bits(&format!("{row}{same}{row}{same}"))
}

/// Forms that are read, and what they show.
pub fn forms() -> Vec<Form> {
    let jpeg = super::GRADIENT_JPEG;
    let decoded = super::raster(jpeg).samples;
    let scan = jpeg.windows(2).position(|w| w == [0xff, 0xc0]).unwrap();
    let tables: Vec<u32> = jpeg[..scan]
        .iter()
        .map(|&b| u32::from(b))
        .chain([0xff, 0xd9])
        .collect();
    let abbreviated = [&jpeg[..2], &jpeg[scan..]].concat();
    let striped = PICTURE[0].chars().map(|c| if c == '#' { 0 } else { 255 });
    let striped: Vec<u8> = striped.collect::<Vec<u8>>().repeat(4);
    let map: Vec<u32> = [10, 20, 30, 40, 50, 60, 70, 80, 90, 100, 110, 120]
        .map(|level| level * 256)
        .to_vec();
    let rgb = |page: Page| page.chunk(&[1, 2, 3, 4, 5, 6]);
    let colour = || Page::new(2, 1, 2, 3);
    vec![
        ("gray", one(gray(&[100, 200])), (2, 1, 1), vec![100, 200]),
        (
            "high byte first",
            file(&[gray(&[100, 200])], true),
            (2, 1, 1),
            vec![100, 200],
        ),
        (
            "white is zero",
            one(Page::new(2, 1, 0, 1).chunk(&[100, 255])),
            (2, 1, 1),
            vec![155, 0],
        ),
        (
            "upside down",
            one(gray(&[100, 200]).with(274, &[3])),
            (2, 1, 1),
            vec![200, 100],
        ),
        (
            "four bits",
            one(Page::new(3, 1, 1, 1).with(258, &[4]).chunk(&[0x0f, 0x30])),
            (3, 1, 1),
            vec![0, 255, 51],
        ),
        (
            "sixteen bits and prediction",
            one(Page::new(2, 1, 1, 1)
                .with(258, &[16])
                .with(317, &[2])
                .chunk(&[0, 1, 1, 1])),
            (2, 1, 1),
            vec![1, 2],
        ),
        (
            "palette",
            one(Page::new(4, 1, 3, 1)
                .with(258, &[2])
                .with(320, &map)
                .chunk(&[0b00_01_10_11])),
            (4, 1, 3),
            vec![10, 50, 90, 20, 60, 100, 30, 70, 110, 40, 80, 120],
        ),
        (
            "colour",
            one(rgb(colour())),
            (2, 1, 3),
            vec![1, 2, 3, 4, 5, 6],
        ),
        (
            "colour in planes",
            one(colour()
                .with(284, &[2])
                .chunk(&[1, 4])
                .chunk(&[2, 5])
                .chunk(&[3, 6])),
            (2, 1, 3),
            vec![1, 2, 3, 4, 5, 6],
        ),
        (
            "plain alpha",
            one(Page::new(1, 1, 2, 4)
                .with(338, &[2])
                .chunk(&[0, 255, 100, 51])),
            (1, 1, 3),
            vec![204, 255, 224],
        ),
        (
            "alpha that is multiplied already",
            one(Page::new(1, 1, 2, 4)
                .with(338, &[1])
                .chunk(&[0, 51, 20, 51])),
            (1, 1, 3),
            vec![204, 255, 224],
        ),
        (
            "ink",
            one(Page::new(2, 1, 5, 4).chunk(&[255, 0, 0, 0, 0, 51, 0, 51])),
            (2, 1, 3),
            vec![0, 255, 255, 204, 163, 204],
        ),
        (
            "LZW",
            one(gray(&lzw(&[7, 9])).with(259, &[5])),
            (2, 1, 1),
            vec![7, 9],
        ),
        (
            "Deflate with prediction",
            one(gray(&zlib(&[7, 2])).with(259, &[8]).with(317, &[2])),
            (2, 1, 1),
            vec![7, 9],
        ),
        (
            "PackBits",
            one(Page::new(5, 1, 1, 1)
                .with(259, &[32_773])
                .chunk(&[0xfe, 7, 0x80, 1, 8, 9])),
            (5, 1, 1),
            vec![7, 7, 7, 8, 9],
        ),
        (
            "tiles",
            one(Page::new(3, 3, 1, 1)
                .with(322, &[2])
                .with(323, &[2])
                .chunk(&[1, 2, 4, 5])
                .chunk(&[3, 0, 6, 0])
                .chunk(&[7, 8, 0, 0])
                .chunk(&[9, 0, 0, 0])),
            (3, 3, 1),
            (1..=9).collect(),
        ),
        ("Group 4", one(bilevel(4, &group4())), (24, 4, 1), picture()),
        (
            "Group 4, bits reversed",
            one(bilevel(
                4,
                &group4()
                    .iter()
                    .map(|b| b.reverse_bits())
                    .collect::<Vec<_>>(),
            )
            .with(266, &[2])),
            (24, 4, 1),
            picture(),
        ),
        ("Group 3", one(bilevel(3, &group3())), (24, 4, 1), picture()),
        (
            "Group 3 in two dimensions",
            one(bilevel(3, &group3_two()).with(292, &[1])),
            (24, 4, 1),
            striped,
        ),
        (
            "rows of codes",
            one(bilevel(2, &bits(&CODES.join("|")))),
            (24, 4, 1),
            picture(),
        ),
        (
            "JPEG with tables of its own",
            one(Page::new(16, 8, 6, 3).with(259, &[7]).chunk(jpeg)),
            (16, 8, 3),
            decoded.clone(),
        ),
        (
            "JPEG with shared tables",
            one(Page::new(16, 8, 6, 3)
                .with(259, &[7])
                .with(347, &tables)
                .chunk(&abbreviated)),
            (16, 8, 3),
            decoded.clone(),
        ),
        (
            "JPEG of the old kind",
            one(Page::new(16, 8, 6, 3).with(259, &[6]).chunk(jpeg)),
            (16, 8, 3),
            decoded,
        ),
    ]
}

/// Forms that are refused, and why.
pub fn refused() -> Vec<(&'static str, Vec<u8>, Reason)> {
    let far = Page::new(1, 100_000, 1, 1)
        .with(322, &[9_000])
        .with(323, &[9_000]);
    vec![
        (
            "floating point",
            one(gray(&[0; 8]).with(258, &[32]).with(339, &[3])),
            Reason::UnsupportedType,
        ),
        (
            "an unknown compression",
            one(gray(&[0; 2]).with(259, &[34_712])),
            Reason::UnsupportedType,
        ),
        (
            "Lab colours",
            one(Page::new(1, 1, 8, 3).chunk(&[0; 3])),
            Reason::UnsupportedType,
        ),
        ("a strip that ends early", one(gray(&[0])), Reason::Damaged),
        (
            "Deflate that is none",
            one(gray(b"none").with(259, &[8])),
            Reason::Damaged,
        ),
        (
            "Group 4 that is none",
            one(bilevel(4, &[0; 8])),
            Reason::Damaged,
        ),
        (
            "no directory",
            b"II\x2a\0\xff\xff\0\0".to_vec(),
            Reason::Damaged,
        ),
        (
            "no height",
            one(Page::new(1, 0, 1, 1).chunk(&[0])),
            Reason::Damaged,
        ),
        (
            "tiles far larger than the page",
            one(far.chunk(&[0])),
            Reason::Limit,
        ),
        (
            "a JPEG larger than allowed within a small page",
            {
                let mut jpeg = super::GRADIENT_JPEG.to_vec();
                let frame = jpeg.windows(2).position(|w| w == [0xff, 0xc0]).unwrap();
                jpeg[frame + 5..frame + 9].copy_from_slice(&[0xea, 0x60, 0xea, 0x60]);
                one(Page::new(16, 8, 6, 3).with(259, &[7]).chunk(&jpeg))
            },
            Reason::Limit,
        ),
    ]
}

/// What tells the camera raw files from other TIFFs.
pub fn camera_raw() -> Vec<(&'static str, Vec<u8>)> {
    let small = || gray(&[1, 2]);
    let sensor = |compression: u32| {
        let raw = Page::new(2, 1, 32_803, 1).with(259, &[compression]);
        file(&[small().with(254, &[1]), raw.chunk(&[1, 2])], false)
    };
    let canon = {
        let mut bytes = one(small());
        // The header of CR2 goes on before the first directory.
        bytes.splice(8..8, *b"CR\x02\0\0\0\0\0");
        let at = u32::from_le_bytes(bytes[4..8].try_into().unwrap()) + 8;
        bytes[4..8].copy_from_slice(&at.to_le_bytes());
        bytes
    };
    vec![
        ("DNG", one(small().with(50_706, &[1]))),
        ("CR2", canon),
        ("ARW in the chain", sensor(32_767)),
        ("an unpacked sensor", sensor(1)),
    ]
}
