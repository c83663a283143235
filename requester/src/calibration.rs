//! Typical documents: a folder of them, or an array that `requester features` wrote.

use crate::collect::collect;
use crate::npy;
use duces_protocol::view::View;
use duces_shell::{Failure, read, say};
use std::path::Path;

/// Views of typical documents; there may be none.
#[derive(Default)]
pub struct Calibration {
    /// The views.
    pub views: Vec<Vec<u8>>,
    names: Vec<String>,
}

impl Calibration {
    /// Reads a folder, with `program` or the extractor beside this program, or an array.
    ///
    /// # Errors
    /// When there is no such folder or file, or it holds no such views.
    pub fn read(path: Option<&Path>, view: View, program: Option<&Path>) -> Result<Self, Failure> {
        let Some(path) = path else {
            return Ok(Self::default());
        };
        if path.is_dir() {
            let collected = collect(path, view, program)?;
            if !collected.skipped.is_empty() {
                let skipped = collected.skipped.len();
                say(format_args!(
                    "{skipped} calibration files or parts have no {view}"
                ))?;
            }
            return Ok(Self {
                views: collected.views,
                names: collected.names,
            });
        }
        let bytes = read::named(path, npy::MAX_BYTES, "calibration data")?;
        Ok(Self {
            views: npy::views(path, &bytes, view.byte_len())?,
            names: Vec::new(),
        })
    }

    /// What to call an item.
    #[must_use]
    pub fn name(&self, index: usize) -> String {
        let known = self.names.get(index).cloned();
        known.unwrap_or_else(|| format!("item {index}"))
    }
}
