//! From bytes to the reader of their kind.

use crate::extraction::{Extraction, Options, Raster, Reason};
use crate::kind::Kind;
use crate::{archive, detect, image, mail, office, pdf, text};
use std::panic::{AssertUnwindSafe, catch_unwind};

/// Reads a file called `name`, of which only the last extension matters.
///
/// It does not fail: what cannot be read is a [`Reason`] in the result. A panic of a reader is
/// [`Reason::ReaderFailed`]; what a panic handler cannot hold (a stack that overflows, memory that
/// runs out) is left to the process around it.
#[must_use]
pub fn extract(bytes: &[u8], name: &str, options: &Options) -> Extraction {
    if bytes.is_empty() {
        return Extraction::unread(Kind::Binary, Reason::Empty);
    }
    if bytes.len() as u64 > options.limits.input_bytes {
        return Extraction::unread(Kind::Binary, Reason::Limit);
    }
    let found = catch_unwind(|| detect::find(bytes, name));
    let Ok(found) = found else {
        return Extraction::unread(Kind::Binary, Reason::ReaderFailed);
    };
    let read = catch_unwind(AssertUnwindSafe(|| read(bytes, found.kind, options)));
    let extraction = read.unwrap_or_else(|_| Extraction::unread(found.kind, Reason::ReaderFailed));
    match found.by_name {
        Some(extension) => {
            let before = extraction
                .reading
                .as_ref()
                .map_or(String::new(), |r| format!("; {r}"));
            extraction.with_reading(format!("by name {extension}{before}"))
        }
        None => extraction,
    }
}

/// Decodes the page of this number, from 0, of a file called `name`, upright.
///
/// # Errors
/// Why there is no image of it.
pub fn page(bytes: &[u8], name: &str, number: u32, options: &Options) -> Result<Raster, Reason> {
    let read = catch_unwind(AssertUnwindSafe(|| match detect::find(bytes, name).kind {
        Kind::Pdf => pdf::page(bytes, number, options),
        kind if kind.is_image() => image::page(bytes, kind, number, options),
        _ => Err(Reason::UnsupportedType),
    }));
    read.unwrap_or(Err(Reason::ReaderFailed))
}

/// The reader of each kind.
fn read(bytes: &[u8], kind: Kind, options: &Options) -> Extraction {
    match kind {
        Kind::Text | Kind::Csv | Kind::Tsv => text::plain::read(bytes, kind, options),
        kind if kind.is_image() => image::read(bytes, kind, options),
        Kind::Html => text::html::read(bytes, options),
        Kind::Xml => text::xml::read(bytes, options),
        Kind::Docx | Kind::Pptx => office::ooxml::read(bytes, kind, options),
        Kind::Xlsx | Kind::Xlsb | Kind::Xls => office::sheets::read(bytes, kind, options),
        Kind::Odt | Kind::Ods | Kind::Odp | Kind::Odf => {
            office::opendocument::read(bytes, kind, options)
        }
        Kind::Doc => office::legacy::word::read(bytes, options),
        Kind::Ppt => office::legacy::powerpoint::read(bytes, options),
        Kind::Ole => office::ole::read(bytes, options),
        Kind::Email => mail::read(bytes, options),
        Kind::Mailbox => mail::mailbox::read(bytes, options),
        Kind::Pst => mail::store::read(bytes, options),
        Kind::Msg => mail::msg::read(bytes, options),
        Kind::Rtf => office::rtf::read(bytes, options),
        Kind::Pdf => pdf::read(bytes, options),
        Kind::AppleFile => archive::apple::read(bytes, options),
        Kind::LoadFile => archive::load_file::read(bytes, options),
        Kind::Zip => archive::zip::read(bytes, options),
        Kind::Der if detect::is_enveloped(bytes) => Extraction::unread(kind, Reason::Encrypted),
        _ => Extraction::unread(kind, Reason::UnsupportedType),
    }
}
