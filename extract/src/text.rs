//! Text and markup.

pub mod charset;
pub mod plain;
