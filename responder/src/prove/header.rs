//! `proofs.json`: which job the proofs in a folder belong to, so that no two jobs mix.
//!
//! ```json
//! {
//!   "format": "duces-proofs-v1",
//!   "commitment": "9f86…",
//!   "request": "6030…",
//!   "width": 14,
//!   "k": 12,
//!   "lanes": 1,
//!   "batches": 31
//! }
//! ```

use crate::asked::Asked;
use duces_circuits::Dimensions;
use duces_protocol::digest::Digest;
use duces_protocol::production::batches::Batches;
use duces_protocol::tree::MAX_ITEMS;
use duces_shell::output::write_file;
use duces_shell::{Failure, read, shown};
use serde::{Deserialize, Serialize};
use std::path::Path;

/// Its name in the folder.
pub const FILE: &str = "proofs.json";

const FORMAT: &str = "duces-proofs-v1";
/// The longest header that is read, in bytes.
const MAX_BYTES: u64 = 1 << 12;

/// Which job the proofs in a folder belong to.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Header {
    commitment: Digest,
    request: Digest,
    dimensions: Dimensions,
    batches: u64,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Json {
    format: String,
    commitment: String,
    request: String,
    width: u32,
    k: u32,
    lanes: u32,
    batches: u64,
}

impl Header {
    /// The header of a job.
    #[must_use]
    pub fn new(request: &Asked, dimensions: Dimensions, batches: &Batches) -> Self {
        Self {
            commitment: request.commitment(),
            request: request.digest(),
            dimensions,
            batches: batches.count(),
        }
    }

    /// The dimensions of the batches' layout.
    #[must_use]
    pub fn dimensions(&self) -> Dimensions {
        self.dimensions
    }

    /// Number of batches.
    #[must_use]
    pub fn batches(&self) -> u64 {
        self.batches
    }

    /// The header in a folder, if there is one.
    ///
    /// # Errors
    /// When it cannot be read or is malformed.
    pub fn read(folder: &Path) -> Result<Option<Self>, Failure> {
        let path = folder.join(FILE);
        if !path.exists() {
            return Ok(None);
        }
        let bytes = read::named(&path, MAX_BYTES, "header of the proofs")?;
        let header = serde_json::from_slice(&bytes)
            .ok()
            .and_then(Self::from_json);
        match header {
            Some(header) => Ok(Some(header)),
            None => Err(Failure::refused(
                format!("{} is malformed", shown(&path)),
                "choose another folder for the proofs, or start over with --force",
            )),
        }
    }

    fn from_json(json: Json) -> Option<Self> {
        if json.format != FORMAT || json.batches > MAX_ITEMS {
            return None;
        }
        Some(Self {
            commitment: Digest::from_hex(&json.commitment)?,
            request: Digest::from_hex(&json.request)?,
            dimensions: Dimensions::new(json.width, json.k, json.lanes).ok()?,
            batches: json.batches,
        })
    }

    fn to_json(&self) -> String {
        let json = Json {
            format: FORMAT.to_owned(),
            commitment: self.commitment.to_string(),
            request: self.request.to_string(),
            width: self.dimensions.width().bits(),
            k: self.dimensions.k(),
            lanes: self.dimensions.lanes() as u32,
            batches: self.batches,
        };
        let mut text =
            serde_json::to_string_pretty(&json).expect("strings and integers always serialise");
        text.push('\n');
        text
    }

    /// Checks that the folder belongs to this job; a folder without a header is given this one.
    /// Two processes that start at once write the same header.
    ///
    /// # Errors
    /// When the folder holds proofs of another job.
    pub fn agree(&self, folder: &Path) -> Result<(), Failure> {
        match Self::read(folder)? {
            Some(found) if found == *self => Ok(()),
            Some(_) => Err(Self::mismatch(folder)),
            None => write_file(&folder.join(FILE), self.to_json().as_bytes(), true),
        }
    }

    /// The folder belongs to another job.
    #[must_use]
    pub fn mismatch(folder: &Path) -> Failure {
        Failure::refused(
            format!(
                "{} holds proofs for another commitment, request or layout",
                shown(folder)
            ),
            "choose another folder for --out, or start over with --force",
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    fn header(width: u32) -> Header {
        Header {
            commitment: Digest([1; 32]),
            request: Digest([2; 32]),
            dimensions: Dimensions::new(width, 12, 1).unwrap(),
            batches: 31,
        }
    }

    #[test]
    fn a_folder_belongs_to_one_job() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(Header::read(folder.path()).unwrap(), None);
        header(14).agree(folder.path()).unwrap();
        header(14).agree(folder.path()).unwrap();
        assert_eq!(Header::read(folder.path()).unwrap(), Some(header(14)));
        assert_eq!(header(15).agree(folder.path()).unwrap_err().code(), 1);
        let other = Header {
            request: Digest([3; 32]),
            ..header(14)
        };
        assert_eq!(other.agree(folder.path()).unwrap_err().code(), 1);
    }

    #[test]
    fn malformed_headers_are_refused() {
        let folder = tempfile::tempdir().unwrap();
        let good = header(14).to_json();
        for bad in [
            String::new(),
            "{}".to_owned(),
            good.replace("v1", "v2"),
            good.replace("14", "99"),
            good.replace("0101", "01"),
            good.replace("\"batches\"", "\"more\": 1, \"batches\""),
            format!("{good}{}", " ".repeat(MAX_BYTES as usize)),
        ] {
            fs::write(folder.path().join(FILE), &bad).unwrap();
            assert_eq!(Header::read(folder.path()).unwrap_err().code(), 1, "{bad}");
        }
    }
}
