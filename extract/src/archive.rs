//! Archives and load files.

pub mod apple;
pub mod load_file;
pub mod package;
pub mod zip;
