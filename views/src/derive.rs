//! From a document to a view.

use crate::document::{Content, Document};
use crate::hashing::count;
use crate::raster::Plane;
use crate::resize::area;
use duces_protocol::view::View;

/// The bytes of a view, in the order of [`View::shape`]; `None` where the document is of another
/// [`View::kind`].
#[must_use]
pub fn derive(document: &Document, view: View) -> Option<Vec<u8>> {
    match (&document.content, view) {
        (Content::Image(image), View::Gray { width, height }) => {
            Some(area(image, Plane::Luma, width, height))
        }
        (Content::Image(image), View::Rgb { width, height }) => Some(
            [Plane::Red, Plane::Green, Plane::Blue]
                .into_iter()
                .flat_map(|plane| area(image, plane, width, height))
                .collect(),
        ),
        (
            Content::Text(text),
            View::TextHash {
                features,
                ngrams,
                binary,
            },
        ) => Some(count(text, features, ngrams, if binary { 1 } else { 255 })),
        (Content::Image(_), View::TextHash { .. })
        | (Content::Text(_), View::Gray { .. } | View::Rgb { .. }) => None,
    }
}
