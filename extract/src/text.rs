//! Text and markup.

pub mod charset;
pub mod html;
pub mod lines;
pub mod plain;
pub mod xml;
