//! Office documents.

pub mod legacy;
pub mod ole;
pub mod ooxml;
pub mod opendocument;
pub mod rtf;
pub mod sheets;
