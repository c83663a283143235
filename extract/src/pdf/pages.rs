//! Pages that are one image: what a scanner puts into a PDF.
//!
//! A page is such an image if it draws one image, which covers at least four fifths of it, and no visible
//! text. Text that is drawn invisibly does not count, nor do lines and areas beside it. The image is decoded
//! from its own bytes, at its own size, and turned as it is drawn; it is not scaled or blended. A mask is
//! shown in black. Any other page is [`Reason::NotAnImage`].

mod samples;

use crate::extraction::{Options, Raster, Reason};
use crate::pdf::survey::PICTURE_PIXELS;
use crate::pdf::{context, cost, open};
use hayro_interpret::font::GlyphRun;
use hayro_interpret::hayro_cmap::BfString;
use hayro_interpret::hayro_syntax::object::Stream;
use hayro_interpret::hayro_syntax::page::{Page, Resources, Rotation};
use hayro_interpret::kurbo::{Affine, BezPath};
use hayro_interpret::{
    BlendMode, ClipPath, Device, DrawMode, DrawProps, Image, ImageDrawProps, InterpreterCache,
    SoftMask, interpret_page,
};
use std::collections::BTreeSet;

/// The share of a page that its image covers at least.
const COVERED: f64 = 0.8;
/// EXIF's number of a turn by quarters clockwise, and of that turn after a reflection left to right.
const TURNED: [u32; 4] = [1, 6, 3, 8];
const REFLECTED: [u32; 4] = [2, 7, 4, 5];

/// Decodes the page of this number, from 0.
///
/// # Errors
/// [`Reason::NotAnImage`]; [`Reason::UnsupportedType`] for a compression or colours without a reader;
/// [`Reason::Limit`], [`Reason::Damaged`], [`Reason::Encrypted`].
pub fn page(bytes: &[u8], number: u32, options: &Options) -> Result<Raster, Reason> {
    let pdf = open(bytes, options)?;
    cost::check(&pdf, options)?;
    let page = pdf.pages().get(number as usize).ok_or(Reason::NotAnImage)?;
    let cache = InterpreterCache::new();
    let mut drawn = Drawn::new(page.resources(), options, Want::First);
    interpret_page(page, &mut context(&pdf, &cache), &mut drawn);
    if !drawn.is_one_image(page) {
        return Err(Reason::NotAnImage);
    }
    match drawn.decoded.pop() {
        Some(picture) => Ok(picture.raster?.upright(orientation(picture.place, page))),
        None => Err(Reason::NotAnImage),
    }
}

fn covers(place: Affine, page: &Page) -> bool {
    let crop = page.intersected_crop_box();
    let area = (crop.x1 - crop.x0) * (crop.y1 - crop.y0);
    place.determinant().abs() >= COVERED * area.abs()
}

/// How the image must be turned, from where its unit square is drawn and how the page is turned.
pub fn orientation(place: Affine, page: &Page) -> u32 {
    let [mut a, mut b, ..] = place.as_coeffs();
    let reflected = place.determinant() < 0.0;
    if reflected {
        (a, b) = (-a, -b);
    }
    // Quarters clockwise; the axes of a page point right and up.
    let image = match (a.abs() >= b.abs(), a > 0.0, b > 0.0) {
        (true, true, _) => 0,
        (true, false, _) => 2,
        (false, _, true) => 3,
        (false, _, false) => 1,
    };
    let page = match page.rotation() {
        Rotation::None => 0,
        Rotation::Horizontal => 1,
        Rotation::Flipped => 2,
        Rotation::FlippedHorizontal => 3,
    };
    let numbers = if reflected { REFLECTED } else { TURNED };
    numbers[(image + page) % 4]
}

/// Which images are decoded.
pub enum Want {
    /// None.
    Nothing,
    /// The first.
    First,
    /// All pictures of objects that are not known yet; those that are decoded become known.
    All {
        /// Objects whose picture is known.
        known: BTreeSet<(u32, i32)>,
    },
}

/// How much there is on a page.
#[derive(Clone, Copy, Default)]
pub struct Marks {
    /// Images with enough pixels for a picture, whether they are decoded or not.
    pub pictures: u64,
    /// Lines, areas and smaller images.
    pub areas: u64,
    /// Visible glyphs with a known character.
    pub known: u64,
    /// Visible glyphs without one.
    pub unknown: u64,
}

/// An image that was decoded.
pub struct Picture {
    /// Where its unit square is drawn.
    pub place: Affine,
    /// What it shows.
    pub raster: Result<Raster, Reason>,
}

/// What a page draws, as far as it matters.
pub struct Drawn<'p, 'a> {
    /// How much there is.
    pub marks: Marks,
    /// Images that were decoded, in order.
    pub decoded: Vec<Picture>,
    /// Which were to be decoded.
    pub want: Want,
    images: u64,
    /// Where the first image is drawn.
    first: Option<Affine>,
    resources: &'p Resources<'a>,
    options: &'p Options,
}

impl<'p, 'a> Drawn<'p, 'a> {
    /// Nothing yet.
    pub fn new(resources: &'p Resources<'a>, options: &'p Options, want: Want) -> Self {
        Self {
            marks: Marks::default(),
            decoded: Vec::new(),
            want,
            images: 0,
            first: None,
            resources,
            options,
        }
    }

    /// Whether the page is one image.
    pub fn is_one_image(&self, page: &Page) -> bool {
        let glyphs = self.marks.known + self.marks.unknown;
        let covered = self.first.is_some_and(|place| covers(place, page));
        self.images == 1 && glyphs == 0 && covered
    }

    fn add(&mut self, stream: &Stream, is_mask: bool, place: Affine, is_picture: bool) {
        self.images += 1;
        self.first.get_or_insert(place);
        let marks = &mut self.marks;
        *(if is_picture {
            &mut marks.pictures
        } else {
            &mut marks.areas
        }) += 1;
        let id = stream.obj_id();
        let is_wanted = match &mut self.want {
            Want::Nothing => false,
            Want::First => self.images == 1,
            // An image within the page has no number, and stands for itself.
            Want::All { known } => {
                let id = (id.obj_number, id.gen_number);
                is_picture && (id == (0, 0) || known.insert(id))
            }
        };
        if is_wanted {
            let limits = &self.options.limits;
            self.decoded.push(Picture {
                place,
                raster: samples::decode(stream, is_mask, self.resources, limits),
            });
        }
    }
}

impl<'a> Device<'a> for Drawn<'_, 'a> {
    fn draw_image(&mut self, image: Image<'a, '_>, props: ImageDrawProps<'a>) {
        let (width, height) = (
            f64::from(image.width().max(1)),
            f64::from(image.height().max(1)),
        );
        // The interpreter places pixels, whose rows point down; here the unit square is placed.
        let place = props.transform * Affine::scale_non_uniform(width, height);
        let pixels = u64::from(image.width()) * u64::from(image.height());
        let is_picture = pixels >= PICTURE_PIXELS;
        match image {
            Image::Stencil(mask) => self.add(mask.stream(), true, place, is_picture),
            Image::Raster(raster) => self.add(raster.stream(), false, place, is_picture),
        }
    }

    fn draw_glyph_run(&mut self, run: &GlyphRun<'_, 'a>, _: DrawProps<'a>, mode: &DrawMode) {
        if matches!(mode, DrawMode::Invisible) {
            return;
        }
        for glyph in run.glyphs() {
            match glyph.as_unicode() {
                Some(BfString::Char(char::REPLACEMENT_CHARACTER)) | None => self.marks.unknown += 1,
                Some(BfString::Char(c)) if c.is_whitespace() => {}
                Some(_) => self.marks.known += 1,
            }
        }
    }

    fn draw_path(&mut self, _: &BezPath, _: DrawProps<'a>, _: &DrawMode) {
        self.marks.areas += 1;
    }

    fn push_clip_path(&mut self, _: &ClipPath) {}
    fn push_transparency_group(&mut self, _: f32, _: Option<SoftMask<'a>>, _: BlendMode) {}
    fn pop_clip(&mut self) {}
    fn pop_transparency_group(&mut self) {}
}
