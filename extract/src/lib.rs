//! Files → renditions and parts (docs/extraction.md), the same bytes on every machine.
//!
//! ```text
//! bytes, name ── detect ──► a reader ──► text or image, or the reason why there is neither
//!                                   └──► parts: attachments, messages, entries, pages, embedded files
//! ```
//!
//! `extract` reads one file. Parts that are bytes go through it in turn, as far as
//! [`Limits::depth`]; a page is decoded by `page` when it is wanted.
//!
//! # Why the result does not depend on the machine
//! Readers are integer code, and nothing iterates in hash order. What is found where and how far it
//! goes is decided by counts, never by time. The one exception is stated in the module `pdf`.
//!
//! # Callers
//! Without the feature `readers` the library holds no reader and depends on none: what is left calls
//! the program `extract` ([`worker`]) and understands its answer ([`frame`]).
//!
//! # Not proved
//! That another *version* of a reader gives the same text: `Cargo.lock` fixes the versions, golden tests
//! guard them, and the profile of a matter names the version.

#[cfg(feature = "readers")]
mod archive;
pub mod cache;
#[cfg(feature = "readers")]
mod detect;
pub mod external;
mod extraction;
pub mod frame;
#[cfg(feature = "readers")]
pub mod image;
mod kind;
#[cfg(feature = "readers")]
mod mail;
mod named;
#[cfg(feature = "readers")]
mod office;
#[cfg(feature = "readers")]
mod pdf;
#[cfg(feature = "png")]
pub mod png;
mod process;
#[cfg(feature = "readers")]
mod read;
#[cfg(feature = "readers")]
mod text;
mod visible;
pub mod worker;

pub use extraction::{
    Content, Decoded, Extraction, Limits, Options, Part, Raster, Reason, Rendered, Rendition, Role,
};
pub use kind::{Kind, extension};
#[cfg(feature = "readers")]
pub use read::{extract, page};
pub use visible::{visible, visible_json};
