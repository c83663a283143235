//! Words and lines from placed glyphs, in the order in which they are drawn.
//!
//! With the em (the height of the font as drawn) as the unit, and the direction of the glyph before:
//!
//! | where the next glyph begins, from where the one before ends | means |
//! |---|---|
//! | more than 0.12 ahead, or more than 0.4 back | a space |
//! | more than 0.6 to the side; or in another direction | a line |
//! | in a vertical font: more than 1.5 away | a line |
//!
//! A string that is drawn again within 0.1 of where it was (bold by overprinting, shadows) is read once.
//! A word that is parted by a hyphen at the end of a line, and goes on with a small letter, is joined;
//! so is one parted by a soft hyphen. Ligatures become their letters. A glyph without a known character
//! becomes U+FFFD.
//!
//! # Not proved
//! That columns follow each other as a person reads them: they come in the order of the file. Letters of
//! right-to-left scripts that are drawn from the left come in that order.

use crate::extraction::{Options, Reason};
use hayro_interpret::font::{Glyph, GlyphRun};
use hayro_interpret::hayro_cmap::{BfString, WritingMode};
use hayro_interpret::kurbo::{Affine, BezPath, Point, Vec2};
use hayro_interpret::{
    BlendMode, ClipPath, Device, DrawMode, DrawProps, Image, ImageDrawProps, SoftMask,
};
use std::collections::BTreeMap;

const SPACE_AHEAD: f64 = 0.12;
const SPACE_BACK: f64 = 0.4;
const LINE_ASIDE: f64 = 0.6;
const LINE_VERTICAL: f64 = 1.5;
const SAME_PLACE: f64 = 0.1;
/// Cosine above which two directions are the same.
const SAME_DIRECTION: f64 = 0.97;
/// How many places of one string are remembered.
const MOST_PLACES: usize = 16;
/// Units of a glyph's width in an em.
const UNITS: f64 = 1000.0;

/// Where a glyph ended.
#[derive(Clone, Copy)]
struct End {
    point: Point,
    /// Of length one, along the line.
    along: Vec2,
    em: f64,
}

/// Collects the text of a page.
pub struct Layout {
    out: String,
    limit: u64,
    before: Option<End>,
    /// Where each string was drawn last.
    places: BTreeMap<String, Vec<Point>>,
}

/// A glyph of a run.
struct Placed {
    text: String,
    start: Point,
    end: End,
}

impl Layout {
    /// Nothing yet.
    pub fn new(options: &Options) -> Self {
        Self {
            out: String::new(),
            limit: options.limits.text_bytes,
            before: None,
            places: BTreeMap::new(),
        }
    }

    /// The text of the page, its lines ended.
    ///
    /// # Errors
    /// [`Reason::Limit`].
    pub fn finish(self) -> Result<String, Reason> {
        if self.out.len() as u64 > self.limit {
            return Err(Reason::Limit);
        }
        Ok(joined(&self.out))
    }

    fn put(&mut self, glyph: &Placed, vertical: bool) {
        if let Some(before) = self.before {
            let away = glyph.start - before.point;
            let em = before.em.max(glyph.end.em);
            let (ahead, aside) = (
                away.dot(before.along) / em,
                away.cross(before.along).abs() / em,
            );
            let turned = before.along.dot(glyph.end.along) < SAME_DIRECTION;
            let line = if vertical {
                away.hypot2() > (LINE_VERTICAL * em) * (LINE_VERTICAL * em)
            } else {
                turned || aside > LINE_ASIDE
            };
            if line {
                self.line();
            } else if !vertical && (!(-SPACE_BACK..=SPACE_AHEAD).contains(&ahead)) {
                self.space();
            }
        }
        for c in glyph.text.chars() {
            match c {
                '\n' | '\r' | '\t' | ' ' | '\u{a0}' => self.space(),
                '\0' => {}
                c => match ligature(c) {
                    Some(letters) => self.out.push_str(letters),
                    None => self.out.push(c),
                },
            }
        }
        self.before = Some(glyph.end);
    }

    fn space(&mut self) {
        if !self.out.is_empty() && !self.out.ends_with([' ', '\n']) {
            self.out.push(' ');
        }
    }

    fn line(&mut self) {
        if self.out.ends_with(' ') {
            self.out.pop();
        }
        if !self.out.is_empty() && !self.out.ends_with('\n') {
            self.out.push('\n');
        }
    }

    /// Whether the string stands there already; remembers that it does.
    fn repeats(&mut self, text: &str, start: Point, em: f64) -> bool {
        let places = self.places.entry(text.to_owned()).or_default();
        let near = (SAME_PLACE * em) * (SAME_PLACE * em);
        if places.iter().any(|place| (*place - start).hypot2() <= near) {
            return true;
        }
        if places.len() == MOST_PLACES {
            places.remove(0);
        }
        places.push(start);
        false
    }
}

impl<'a> Device<'a> for Layout {
    fn draw_glyph_run(&mut self, run: &GlyphRun<'_, 'a>, props: DrawProps<'a>, _: &DrawMode) {
        if self.out.len() as u64 > self.limit {
            return;
        }
        let vertical = matches!(run.writing_mode(), WritingMode::Vertical);
        let glyphs: Vec<Placed> = run
            .glyphs()
            .iter()
            .filter_map(|glyph| {
                let width = match &**glyph {
                    Glyph::Outline(outline) => outline.advance_width(),
                    Glyph::Type3(type3) => type3.advance_width(),
                };
                let text = match glyph.as_unicode() {
                    Some(BfString::Char(c)) => c.to_string(),
                    Some(BfString::String(text)) => text,
                    None => char::REPLACEMENT_CHARACTER.to_string(),
                };
                placed(
                    text,
                    props.transform * glyph.transform(),
                    width.map_or(UNITS / 2.0, f64::from),
                )
            })
            .collect();
        let Some(first) = glyphs.first() else {
            return;
        };
        let text: String = glyphs.iter().map(|glyph| glyph.text.as_str()).collect();
        if !text.trim().is_empty() && self.repeats(&text, first.start, first.end.em) {
            return;
        }
        for glyph in &glyphs {
            self.put(glyph, vertical);
        }
    }

    fn draw_path(&mut self, _: &BezPath, _: DrawProps<'a>, _: &DrawMode) {}
    fn push_clip_path(&mut self, _: &ClipPath) {}
    fn push_transparency_group(&mut self, _: f32, _: Option<SoftMask<'a>>, _: BlendMode) {}
    fn draw_image(&mut self, _: Image<'a, '_>, _: ImageDrawProps<'a>) {}
    fn pop_clip(&mut self) {}
    fn pop_transparency_group(&mut self) {}
}

/// Where a glyph begins and ends; nothing for one that is drawn without a size.
fn placed(text: String, transform: Affine, width: f64) -> Option<Placed> {
    let at = |x: f64, y: f64| transform * Point::new(x, y);
    let start = at(0.0, 0.0);
    let (unit, up) = (at(UNITS, 0.0) - start, at(0.0, UNITS) - start);
    let (length, em) = (unit.hypot2().sqrt(), up.hypot2().sqrt());
    if !(length.is_finite() && em.is_finite() && length > 0.0 && em > 0.0) {
        return None;
    }
    let along = unit / length;
    let end = End {
        point: at(width, 0.0),
        along,
        em,
    };
    Some(Placed { text, start, end })
}

/// The letters of a ligature.
fn ligature(c: char) -> Option<&'static str> {
    Some(match c {
        '\u{fb00}' => "ff",
        '\u{fb01}' => "fi",
        '\u{fb02}' => "fl",
        '\u{fb03}' => "ffi",
        '\u{fb04}' => "ffl",
        '\u{fb05}' | '\u{fb06}' => "st",
        _ => return None,
    })
}

/// Joins words that a hyphen parts at the end of a line.
fn joined(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 1);
    for line in text.lines() {
        let line = line.trim_end();
        let goes_on = line.chars().next().is_some_and(char::is_lowercase);
        let mut end = out.chars().rev().skip(1);
        match (end.next(), end.next()) {
            (Some('\u{ad}'), _) => out.truncate(out.len() - '\u{ad}'.len_utf8() - 1),
            (Some('-' | '\u{2010}'), Some(c)) if goes_on && c.is_alphabetic() => {
                out.pop();
                out.pop();
            }
            _ => {}
        }
        out.extend(
            line.chars()
                .enumerate()
                .filter(|(at, c)| *c != '\u{ad}' || *at + 1 == line.chars().count())
                .map(|(_, c)| c),
        );
        out.push('\n');
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::extraction::Limits;

    /// Text of glyphs `(text, x, y)` of 10 units in height and 5 in width.
    fn text(glyphs: &[(&str, f64, f64)]) -> String {
        let mut layout = Layout::new(&Options {
            pages: false,
            limits: Limits::DEFAULT,
        });
        for (text, x, y) in glyphs {
            let transform = Affine::translate((*x, *y)) * Affine::scale(0.01);
            layout.put(
                &placed((*text).to_owned(), transform, 500.0).unwrap(),
                false,
            );
        }
        layout.finish().unwrap()
    }

    #[test]
    fn gaps_part_words_and_steps_part_lines() {
        assert_eq!(
            text(&[("a", 0.0, 0.0), ("b", 5.5, 0.0), ("c", 12.0, 0.0)]),
            "ab c\n"
        );
        assert_eq!(
            text(&[("x", 0.0, 0.0), ("2", 5.0, 4.0), ("y", 0.0, -12.0)]),
            "x2\ny\n"
        );
        assert_eq!(text(&[("b", 50.0, 0.0), ("a", 0.0, 0.0)]), "b a\n");
    }

    #[test]
    fn hyphens_at_the_end_of_a_line() {
        assert_eq!(
            joined("con-\ntract\nA-\nB\nsoft\u{ad}\nWare\nin\u{ad}side"),
            "contract\nA-\nB\nsoftWare\ninside\n"
        );
        assert_eq!(text(&[("\u{fb01}", 0.0, 0.0), ("t", 5.0, 0.0)]), "fit\n");
    }

    #[test]
    fn what_is_drawn_twice_is_read_once() {
        let mut layout = Layout::new(&Options {
            pages: false,
            limits: Limits::DEFAULT,
        });
        assert!(!layout.repeats("bold", Point::new(1.0, 1.0), 10.0));
        assert!(layout.repeats("bold", Point::new(1.5, 1.0), 10.0));
        assert!(!layout.repeats("bold", Point::new(9.0, 1.0), 10.0));
    }
}
