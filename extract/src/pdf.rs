//! PDF: the text layer, what stands in annotations and form fields, attached files, and pages that are
//! one image.
//!
//! Read by `hayro`, page by page in the order of the drawing operators, an empty line between pages. Text
//! that is drawn invisibly (the layer that an OCR program puts behind a scan) is read. Then follow, where
//! the page does not show them already: contents of annotations and values of form fields.
//! Attached files are parts. Where pages are asked for, so is what of them is searched as an image, or
//! cannot be searched ([`survey`]); [`page`] decodes a page.
//!
//! Left out: metadata, bookmarks, scripts, layers that are switched off, the form that only XFA describes.
//!
//! # Words
//! A PDF places glyphs; spaces and lines are inferred ([`layout`]).
//!
//! # The same on every machine
//! Positions are computed in IEEE 754 numbers with additions, multiplications, divisions and square roots,
//! which are rounded the same way everywhere, and compared with the thresholds of [`layout`]. Images are not
//! drawn: what a page shows is decoded from the bytes of its one image.
//!
//! # Limits
//! Operators are counted before any is executed, those of a form at each of its uses, so that forms within
//! forms cost nothing.

mod annotations;
mod attachments;
mod cost;
mod layout;
mod pages;
mod string;
mod survey;

pub use pages::page;

use crate::extraction::{Content, Extraction, Options, Part, Reason};
use crate::kind::Kind;
use crate::text::plain;
use hayro_interpret::hayro_syntax::{LoadPdfError, Pdf};
use hayro_interpret::kurbo::{Affine, Rect};
use hayro_interpret::{Context, InterpreterCache, InterpreterSettings, interpret_page};
use std::sync::Arc;
use survey::Survey;

/// Reads a document.
pub fn read(bytes: &[u8], options: &Options) -> Extraction {
    match parse(bytes, options) {
        Ok((text, parts)) => {
            Extraction::new(Kind::Pdf, plain::rendition(&text, options)).with_parts(parts)
        }
        Err(reason) => Extraction::unread(Kind::Pdf, reason),
    }
}

/// Opens a document.
///
/// # Errors
/// [`Reason::Encrypted`], [`Reason::Damaged`]; [`Reason::Limit`] for too many pages.
fn open(bytes: &[u8], options: &Options) -> Result<Pdf, Reason> {
    let pdf = Pdf::new(Arc::new(bytes.to_vec())).map_err(|error| match error {
        LoadPdfError::Decryption(_) => Reason::Encrypted,
        LoadPdfError::Invalid => Reason::Damaged,
    })?;
    if pdf.pages().is_empty() {
        return Err(Reason::Damaged);
    }
    if pdf.pages().len() as u64 > u64::from(options.limits.pages) {
        return Err(Reason::Limit);
    }
    Ok(pdf)
}

/// A context in which nothing is drawn: positions are those of the page.
fn context<'a>(pdf: &'a Pdf, cache: &InterpreterCache<'a>) -> Context<'a> {
    let settings = InterpreterSettings::default();
    Context::new(
        Affine::IDENTITY,
        Rect::new(0.0, 0.0, 1.0, 1.0),
        cache,
        pdf.xref(),
        settings,
    )
}

fn parse(bytes: &[u8], options: &Options) -> Result<(String, Vec<Part>), Reason> {
    let pdf = open(bytes, options)?;
    cost::check(&pdf, options)?;
    let cache = InterpreterCache::new();
    let mut text = String::new();
    let mut drawn = false;
    let mut parts = attachments::parts(&pdf, options)?;
    let mut survey = Survey::new(options, bytes_left(&parts, options));
    for (page, number) in pdf.pages().iter().zip(0..) {
        if options.pages {
            survey.page(&pdf, page, number);
        }
        let mut layout = layout::Layout::new(options);
        interpret_page(page, &mut context(&pdf, &cache), &mut layout);
        let mut shown = layout.finish()?;
        drawn |= shown
            .chars()
            .any(|c| !c.is_whitespace() && c != char::REPLACEMENT_CHARACTER);
        for note in annotations::texts(page, &shown) {
            drawn = true;
            shown.push_str(&note);
            shown.push('\n');
        }
        if !text.is_empty() && !shown.is_empty() {
            text.push('\n');
        }
        text.push_str(&shown);
        if text.len() as u64 > options.limits.text_bytes {
            return Err(Reason::Limit);
        }
    }
    // Glyphs that stand for no known character are no text.
    if !drawn {
        text.clear();
    }
    parts.extend(survey.finish());
    Ok((text, parts))
}

/// Bytes that further parts may have.
fn bytes_left(parts: &[Part], options: &Options) -> u64 {
    let taken = parts.iter().map(|part| match &part.content {
        Content::Bytes(bytes) => bytes.len() as u64,
        Content::Page(_) | Content::Unread(_) => 0,
    });
    options
        .limits
        .unpacked_bytes
        .saturating_sub(taken.sum::<u64>())
}
