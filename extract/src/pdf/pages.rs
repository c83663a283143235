//! Pages that are one image: what a scanner puts into a PDF.
//!
//! A page is such an image if it draws one image, which covers at least four fifths of it, and no visible
//! text. Text that is drawn invisibly does not count, nor do lines and areas beside it. The image is decoded
//! from its own bytes, at its own size, and turned as it is drawn; it is not scaled or blended. A mask is
//! shown in black. Any other page is [`Reason::NotAnImage`].

mod samples;

use crate::extraction::{Options, Raster, Reason};
use crate::pdf::{context, cost, open};
use hayro_interpret::font::GlyphRun;
use hayro_interpret::hayro_syntax::object::Stream;
use hayro_interpret::hayro_syntax::page::{Page, Resources, Rotation};
use hayro_interpret::kurbo::{Affine, BezPath};
use hayro_interpret::{
    BlendMode, ClipPath, Device, DrawMode, DrawProps, Image, ImageDrawProps, InterpreterCache,
    SoftMask, interpret_page,
};

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
    let mut drawn = Drawn {
        images: 0,
        glyphs: 0,
        found: None,
        resources: page.resources(),
        options,
    };
    interpret_page(page, &mut context(&pdf, &cache), &mut drawn);
    match drawn.found {
        Some((place, raster)) if drawn.images == 1 && drawn.glyphs == 0 && covers(place, page) => {
            Ok(raster?.upright(orientation(place, page)))
        }
        _ => Err(Reason::NotAnImage),
    }
}

fn covers(place: Affine, page: &Page) -> bool {
    let crop = page.intersected_crop_box();
    let area = (crop.x1 - crop.x0) * (crop.y1 - crop.y0);
    place.determinant().abs() >= COVERED * area.abs()
}

/// How the image must be turned, from where its unit square is drawn and how the page is turned.
fn orientation(place: Affine, page: &Page) -> u32 {
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

/// What a page draws, as far as it matters.
struct Drawn<'p, 'a> {
    images: u32,
    glyphs: u32,
    /// Where the first image is drawn, and what it shows.
    found: Option<(Affine, Result<Raster, Reason>)>,
    resources: &'p Resources<'a>,
    options: &'p Options,
}

impl Drawn<'_, '_> {
    fn add(&mut self, stream: &Stream, is_mask: bool, place: Affine) {
        self.images += 1;
        if self.images == 1 {
            self.found = Some((
                place,
                samples::decode(stream, is_mask, self.resources, &self.options.limits),
            ));
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
        match image {
            Image::Stencil(mask) => self.add(mask.stream(), true, place),
            Image::Raster(raster) => self.add(raster.stream(), false, place),
        }
    }

    fn draw_glyph_run(&mut self, _: &GlyphRun<'_, 'a>, _: DrawProps<'a>, mode: &DrawMode) {
        self.glyphs += u32::from(!matches!(mode, DrawMode::Invisible));
    }

    fn draw_path(&mut self, _: &BezPath, _: DrawProps<'a>, _: &DrawMode) {}
    fn push_clip_path(&mut self, _: &ClipPath) {}
    fn push_transparency_group(&mut self, _: f32, _: Option<SoftMask<'a>>, _: BlendMode) {}
    fn pop_clip(&mut self) {}
    fn pop_transparency_group(&mut self) {}
}
