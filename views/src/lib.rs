//! Renditions → views, the same bytes on every machine.
//!
//! ```text
//! image ── luma, area resize ───► gray-WxH, rgb-WxH
//! text  ── lower, tokens, hash ─► text-hash-N
//!       └─ lower, spaces, cut ──► text-bytes-N
//! ```
//!
//! [`derive()`] depends on the rendition alone, and computes in integers. Unicode properties are a table
//! of this crate (version 14.0), so that neither a newer compiler nor a newer library changes a view.

mod bytes;
mod derive;
mod hashing;
mod raster;
mod resize;
mod unicode;

pub use derive::derive;
