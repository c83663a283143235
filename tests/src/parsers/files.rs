//! The readers of renditions in a production, and of load files of earlier ones.

use crate::families;
use duces_protocol::rendition::{Raster, Rendition, png};
use duces_responder::load_file;

/// Pixels of an image at most.
const PIXELS: u64 = 1 << 16;

/// A rendition: text, or an image whose packing may differ and whose samples may not.
pub fn rendition(bytes: &[u8]) {
    if let Ok(text) = Rendition::from_text_file(bytes.to_vec()) {
        assert_eq!(text.to_file(), bytes);
    }
    if let Ok(raster) = png::decode(bytes, PIXELS) {
        let again = png::decode(&png::encode(&raster), PIXELS);
        assert!(again.is_ok_and(|again| again == raster));
    }
}

/// A Concordance load file, and a text that one names.
pub fn loaded(bytes: &[u8]) {
    if let Ok(rows) = load_file::parse(bytes) {
        assert!(rows.iter().all(|row| !row.id.is_empty()));
    }
    let text = load_file::text(bytes);
    assert!(!text.contains(['\0', '\r']));
}

/// Well-formed inputs for each of them.
pub(super) fn seeds() -> Vec<(&'static str, Vec<u8>)> {
    let samples = (0..=255).cycle().take(3 * 24).collect();
    let raster = Raster::new(6, 4, 3, samples).expect("the samples fit");
    let gray = Raster::new(9, 1, 1, vec![7; 9]).expect("the samples fit");
    let rows = [
        "DOCID,NATIVELINK,TEXTLINK",
        "A-1,.\\a.doc,text\\a.txt",
        "A-2,,b.txt",
    ];
    let rows = rows.map(|row| format!("þ{}þ\r\n", row.replace(',', "þ\u{14}þ")));
    let rows = rows.concat();
    let latin: Vec<u8> = rows.chars().map(|c| c as u8).collect();
    vec![
        ("rendition", png::encode(&raster)),
        ("rendition", png::encode(&gray)),
        ("rendition", "A memo\non “lunch”.\n".into()),
        ("loadfile", rows.into_bytes()),
        ("loadfile", latin),
        ("loadfile", families::message()),
    ]
}
