//! Archives and load files.

pub mod package;
pub mod zip;
