//! The beginning of what was produced: a small picture, or the first lines. The bytes are read again,
//! and are those that the checks have read ([`Verified::rendition`]).

use crate::checks::Verified;
use crate::fault::NotPassed;
use crate::report::html::escape;
use duces_protocol::rendition::{Raster, Rendition, png};
use duces_protocol::view::View;
use duces_views::derive;

/// Produced documents of which the beginning is shown.
pub const SHOWN: usize = 60;

/// Longer side of a small picture, in pixels.
const PIXELS: u32 = 112;
/// Lines of a text, and characters of them together.
const LINES: usize = 4;
const CHARACTERS: usize = 240;

/// Markup with the beginning of a produced document.
///
/// # Errors
/// When its rendition cannot be read again, or is not what was checked.
pub fn of(verified: &Verified, index: usize, bates: &str) -> Result<String, NotPassed> {
    Ok(match verified.rendition(index)? {
        None => "no text and no image: see the file".to_owned(),
        Some(Rendition::Text(text)) => first_lines(&text),
        Some(Rendition::Image(image)) => picture(image, bates),
    })
}

/// The first lines that are not blank.
fn first_lines(text: &str) -> String {
    let mut left = CHARACTERS;
    let mut lines = Vec::new();
    let mut all = text.lines().map(str::trim).filter(|line| !line.is_empty());
    for line in all.by_ref().take(LINES) {
        let cut: String = line.chars().take(left).collect();
        let is_cut = cut.len() < line.len();
        left -= cut.chars().count();
        lines.push(escape(&cut));
        if is_cut || left == 0 {
            lines.push("…".to_owned());
            return bdi(&lines);
        }
    }
    if all.next().is_some() {
        lines.push("…".to_owned());
    }
    bdi(&lines)
}

fn bdi(lines: &[String]) -> String {
    format!("<bdi class=\"text\">{}</bdi>", lines.join("<br>"))
}

/// A small picture of an image, in the page itself.
fn picture(image: Raster, bates: &str) -> String {
    let Raster { width, height, .. } = image;
    let (small_width, small_height) = fitted(width, height);
    let small = small(image, small_width, small_height);
    // A tiny image is shown larger, pixel by pixel.
    let zoom = (PIXELS / small_width.max(small_height)).clamp(1, 4);
    format!(
        "<img src=\"data:image/png;base64,{}\" width=\"{}\" height=\"{}\" \
         alt=\"{}, an image of {width} by {height} pixels\">",
        base64(&png::encode(&small)),
        small_width * zoom,
        small_height * zoom,
        escape(bates)
    )
}

/// Width and height of at most [`PIXELS`], in the proportion of the image, never larger than it.
fn fitted(width: u32, height: u32) -> (u32, u32) {
    let long = u64::from(width.max(height));
    let side = |side: u32| {
        let scaled = u64::from(side) * u64::from(PIXELS) / long.max(u64::from(PIXELS));
        u32::try_from(scaled).unwrap_or(PIXELS).max(1)
    };
    (side(width), side(height))
}

/// The image at this size, resized as views are.
fn small(image: Raster, width: u32, height: u32) -> Raster {
    let channels = image.channels;
    let gray = channels == 1;
    let view = if gray {
        View::Gray { width, height }
    } else {
        View::Rgb { width, height }
    };
    let planes =
        derive(&Rendition::Image(image), view).expect("views of images are derived from images");
    let samples = if gray {
        planes
    } else {
        let plane = planes.len() / 3;
        let pixel = |at: usize| [planes[at], planes[plane + at], planes[2 * plane + at]];
        (0..plane).flat_map(pixel).collect()
    };
    Raster::new(width, height, channels, samples).expect("a view has the samples of its shape")
}

/// The encoding base64 of RFC 4648.
pub fn base64(bytes: &[u8]) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for three in bytes.chunks(3) {
        let byte = |at: usize| u32::from(three.get(at).copied().unwrap_or(0));
        let bits = byte(0) << 16 | byte(1) << 8 | byte(2);
        for at in 0..4 {
            let letter = LETTERS[(bits >> (18 - 6 * at) & 63) as usize];
            out.push(if at <= three.len() {
                letter.into()
            } else {
                '='
            });
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_examples_of_rfc_4648() {
        for (bytes, text) in [
            ("", ""),
            ("f", "Zg=="),
            ("fo", "Zm8="),
            ("foo", "Zm9v"),
            ("foob", "Zm9vYg=="),
            ("fooba", "Zm9vYmE="),
            ("foobar", "Zm9vYmFy"),
        ] {
            assert_eq!(base64(bytes.as_bytes()), text);
        }
        assert_eq!(base64(&[0xfb, 0xff, 0xfe]), "+//+");
    }

    #[test]
    fn pictures_are_small_and_keep_their_proportion() {
        assert_eq!(fitted(1_700, 2_200), (86, 112));
        assert_eq!(fitted(28, 28), (28, 28));
        assert_eq!(fitted(100_000, 3), (112, 1));
        let gray = Raster::new(2, 2, 1, vec![0, 100, 200, 255]).unwrap();
        assert_eq!(small(gray, 1, 1).samples, [139]);
        let colour = Raster::new(2, 1, 3, vec![255, 0, 7, 1, 2, 3]).unwrap();
        assert_eq!(small(colour.clone(), 2, 1).samples, [255, 0, 7, 1, 2, 3]);
        let markup = picture(colour, "A\"><script>");
        assert!(markup.contains("A&quot;&gt;&lt;script&gt;, an image of 2 by 1 pixels"));
    }

    #[test]
    fn lines_are_few_and_short_and_stay_text() {
        let text = "\n  Memo <b>\n\n\u{202e}two\nthree\nfour\nfive";
        assert_eq!(
            first_lines(text),
            "<bdi class=\"text\">Memo &lt;b&gt;<br>\\u{202e}two<br>three<br>four<br>…</bdi>"
        );
        let long = "ä".repeat(10_000);
        let shown = first_lines(&long);
        assert_eq!(shown.matches('ä').count(), CHARACTERS);
        assert!(shown.ends_with("<br>…</bdi>"));
        assert_eq!(first_lines("one"), "<bdi class=\"text\">one</bdi>");
    }
}
