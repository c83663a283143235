//! Images through to their views.

#![allow(clippy::unwrap_used)]

use duces_protocol::rendition::{Raster, Rendition};
use duces_views::derive;

fn noise(len: usize) -> Vec<u8> {
    (0..len as u32)
        .map(|i| (i.wrapping_mul(2_654_435_761) >> 24) as u8)
        .collect()
}

fn view(width: u32, height: u32, channels: u8, samples: Vec<u8>, name: &str) -> Vec<u8> {
    let image = Rendition::Image(Raster::new(width, height, channels, samples).unwrap());
    derive(&image, name.parse().unwrap()).unwrap()
}

#[test]
fn a_gray_image_of_the_views_size_is_the_view() {
    let pixels = noise(28 * 28);
    assert_eq!(view(28, 28, 1, pixels.clone(), "gray-28x28"), pixels);
    let rgb = view(28, 28, 1, pixels.clone(), "rgb-28x28");
    assert!(rgb.chunks(28 * 28).all(|plane| plane == pixels) && rgb.len() == 3 * 28 * 28);
}

#[test]
fn colours_go_to_planes() {
    let pixels = noise(3 * 5 * 4);
    let planes: Vec<u8> = (0..3)
        .flat_map(|c| pixels.iter().skip(c).step_by(3).copied())
        .collect();
    assert_eq!(view(5, 4, 3, pixels, "rgb-5x4"), planes);
}

#[test]
fn a_view_reads_one_kind_of_rendition() {
    let image = Rendition::Image(Raster::new(1, 1, 1, vec![7]).unwrap());
    let text = Rendition::Text("seven".to_owned());
    for (name, reads_text) in [
        ("gray-1x1", false),
        ("rgb-1x1", false),
        ("text-hash-8", true),
        ("text-bytes-8", true),
    ] {
        let view = name.parse().unwrap();
        assert_eq!(derive(&text, view).is_some(), reads_text, "{name}");
        assert_eq!(derive(&image, view).is_some(), !reads_text, "{name}");
    }
}
