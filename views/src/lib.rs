//! Files → documents → views, the same bytes on every machine.
//!
//! ```text
//! bytes ── sniff ──► image ── decode, flatten, orient ──► Raster ── luma, area resize ──► gray-, rgb-WxH
//!              └───► text, e-mail ── decode ───────────► String ── lower, tokens, hash ─► text-hash-N
//! ```
//!
//! A [`Document`] depends on the file's bytes and, where those leave the type open (an e-mail, HTML
//! or a mailbox beside plain text), on the extension of its name: nothing else. [`derive()`]
//! computes a view from it in integer arithmetic.
//!
//! # Why the result does not depend on the machine
//! * JPEG is decoded by the portable integer code of `zune-jpeg`: its vector code is switched off.
//!   It is meant to give the same pixels, and it holds `unsafe` code that hostile files need not reach.
//! * PNG, GIF and WebP decoders are integer code with one path for all processors.
//! * Two conversions inside `image` use IEEE 754 numbers: BMP bit fields narrower than 8 bits, and
//!   CMYK samples of TIFF. Each is a few correctly rounded basic operations, never fused, so it is
//!   the same on every target whose floating point is IEEE 754 (all but x86 without SSE2).
//! * TIFF with JPEG inside (compression 6 and 7) is refused: that decoder cannot be told to leave
//!   its vector code. TIFF with floating-point samples is refused too.
//! * Colour profiles and gamma are ignored.
//! * Unicode properties are a table of this crate (version 14.0), so that neither a newer compiler
//!   nor a newer library changes a view.
//!
//! # Limits
//! Sizes are checked before anything is allocated for them ([`Limits`]). A panic inside a decoder
//! costs its file, not the program: it becomes [`Unreadable::Damaged`].
//!
//! # Not proved
//! That another *version* of a decoder gives the same pixels or the same text: `Cargo.lock` fixes
//! the versions, golden tests guard them, and both parties must run the same release.

mod derive;
mod document;
mod hashing;
mod limits;
mod mail;
mod raster;
mod resize;
mod sniff;
mod text;
mod unicode;
mod unreadable;

pub use derive::derive;
pub use document::{Content, Document, read_bytes};
pub use limits::Limits;
pub use raster::Raster;
pub use unreadable::Unreadable;
