//! From a rendition to a view.

use crate::bytes::beginning;
use crate::hashing::count;
use crate::raster::Plane;
use crate::resize::area;
use duces_protocol::rendition::Rendition;
use duces_protocol::view::View;

/// The bytes of a view, in the order of [`View::shape`]; `None` where the rendition is of another
/// [`View::kind`].
#[must_use]
pub fn derive(rendition: &Rendition, view: View) -> Option<Vec<u8>> {
    match (rendition, view) {
        (Rendition::Image(image), View::Gray { width, height }) => {
            Some(area(image, Plane::Luma, width, height))
        }
        (Rendition::Image(image), View::Rgb { width, height }) => Some(
            [Plane::Red, Plane::Green, Plane::Blue]
                .into_iter()
                .flat_map(|plane| area(image, plane, width, height))
                .collect(),
        ),
        (
            Rendition::Text(text),
            View::TextHash {
                features,
                ngrams,
                binary,
            },
        ) => Some(count(text, features, ngrams, if binary { 1 } else { 255 })),
        (Rendition::Text(text), View::TextBytes { bytes }) => Some(beginning(text, bytes as usize)),
        (Rendition::Image(_), View::TextHash { .. } | View::TextBytes { .. })
        | (Rendition::Text(_), View::Gray { .. } | View::Rgb { .. }) => None,
    }
}
