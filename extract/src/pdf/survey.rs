//! What must be a part of its own of a page, where images are searched.
//!
//! | the page | its parts |
//! |---|---|
//! | is one image ([`super::pages`]) | the page |
//! | shows words, and no pictures | none: the words are in the document's text |
//! | has other pictures | each picture, once for the document |
//! | shows more than one glyph in ten without a known character | the page too, as [`Reason::NotAnImage`] |
//! | shows neither words nor pictures, but lines or areas | the page, as [`Reason::NotAnImage`] |
//! | shows nothing | none |
//!
//! A picture is an image of at least [`PICTURE_PIXELS`]; a smaller one counts as an area. It is decoded and
//! turned as a page is, and handed on as a PNG, since its own form may not stand alone.

use super::pages::{Drawn, Marks, Want};
use super::{context, pages};
use crate::extraction::{Content, Options, Part, Reason, Role};
use crate::png::to_png;
use hayro_interpret::hayro_syntax::Pdf;
use hayro_interpret::hayro_syntax::page::Page;
use hayro_interpret::{InterpreterCache, interpret_page};
use std::collections::BTreeSet;

/// The least pixels of a picture.
pub const PICTURE_PIXELS: u64 = 256;

/// Collects the parts of the pages of a document.
pub struct Survey<'a> {
    options: &'a Options,
    /// Parts so far, pictures and pages.
    parts: Vec<Part>,
    /// Bytes that pictures may still have.
    left: u64,
    /// Objects whose picture is a part already.
    known: BTreeSet<(u32, i32)>,
    /// Whether there is a part that stands for all further pictures.
    is_full: bool,
}

impl<'a> Survey<'a> {
    /// Nothing yet; `left` bytes are for pictures.
    pub fn new(options: &'a Options, left: u64) -> Self {
        Self {
            options,
            parts: Vec::new(),
            left,
            known: BTreeSet::new(),
            is_full: false,
        }
    }

    /// The parts, page after page.
    pub fn finish(self) -> Vec<Part> {
        self.parts
    }

    /// Looks at the page of this number.
    pub fn page(&mut self, pdf: &Pdf, page: &Page, number: u32) {
        let drawn = draw(pdf, page, Want::Nothing, self.options);
        if drawn.is_one_image(page) {
            self.add_page(number);
            return;
        }
        let Marks {
            pictures,
            areas,
            known,
            unknown,
        } = drawn.marks;
        if pictures > 0 {
            self.pictures(pdf, page, number);
        }
        let glyphs = known + unknown;
        let is_unread = unknown * 10 > glyphs;
        let is_drawing = glyphs == 0 && pictures == 0 && areas > 0;
        if is_unread || is_drawing {
            self.add_page(number);
        }
    }

    fn add_page(&mut self, number: u32) {
        self.parts.push(Part {
            name: format!("page {}", u64::from(number) + 1),
            role: Role::Page,
            content: Content::Page(number),
        });
    }

    fn pictures(&mut self, pdf: &Pdf, page: &Page, number: u32) {
        let known = std::mem::take(&mut self.known);
        let drawn = draw(pdf, page, Want::All { known }, self.options);
        for (picture, order) in drawn.decoded.into_iter().zip(1_u32..) {
            if self.is_full {
                break;
            }
            let name = format!("picture {order} of page {}", u64::from(number) + 1);
            let png = picture
                .raster
                .map(|raster| to_png(&raster.upright(pages::orientation(picture.place, page))));
            let content = match png {
                _ if self.parts.len() as u64 + 1 >= u64::from(self.options.limits.parts) => {
                    self.is_full = true;
                    Content::Unread(Reason::Limit)
                }
                Ok(png) if png.len() as u64 <= self.left => {
                    self.left -= png.len() as u64;
                    Content::Bytes(png)
                }
                Ok(_) => Content::Unread(Reason::Limit),
                Err(reason) => Content::Unread(reason),
            };
            self.parts.push(Part {
                name: if self.is_full {
                    "further pictures".to_owned()
                } else {
                    name
                },
                role: Role::Embedded,
                content,
            });
        }
        if let Want::All { known } = drawn.want {
            self.known = known;
        }
    }
}

/// Draws a page to see what is on it.
fn draw<'p>(pdf: &'p Pdf, page: &'p Page<'p>, want: Want, options: &'p Options) -> Drawn<'p, 'p> {
    let cache = InterpreterCache::new();
    let mut drawn = Drawn::new(page.resources(), options, want);
    interpret_page(page, &mut context(pdf, &cache), &mut drawn);
    drawn
}
