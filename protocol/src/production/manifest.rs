//! `manifest.json` `[format-manifest]`: what the production is an answer to.
//!
//! ```json
//! {
//!   "format": "duces-production-v1",
//!   "commitment": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
//!   "request": "60303ae22b998861bce3b28f33eec1be758a213c86c93c076dbe9f558c11c752",
//!   "items": 60,
//!   "width": 14,
//!   "k": 12,
//!   "lanes": 1,
//!   "bates_prefix": "EPA"
//! }
//! ```
//!
//! It has no times and no names. Counts are not in it: the judge takes them from the ledger.

use super::bates::BatesPrefix;
use crate::bytes::Malformed;
use crate::digest::Digest;
use serde::{Deserialize, Serialize};

/// The largest manifest, in bytes.
pub const MAX_BYTES: u64 = 1 << 16;

const FORMAT: &str = "duces-production-v1";

/// The manifest of a production.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Manifest {
    /// Digest of the commitment that the items were committed under.
    pub commitment: Digest,
    /// Digest of the request that the production answers.
    pub request: Digest,
    /// Number of committed items.
    pub items: u64,
    /// Batch width: the binary logarithm of the activations that a batch has room for. The
    /// responding party chooses this and the next two numbers; the layout follows from them.
    pub width: u32,
    /// Binary logarithm of the rows of a column.
    pub k: u32,
    /// Column triples side by side that one item takes.
    pub lanes: u32,
    /// What stands before the digits of its Bates numbers.
    pub bates_prefix: BatesPrefix,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Json {
    format: String,
    commitment: String,
    request: String,
    items: u64,
    width: u32,
    k: u32,
    lanes: u32,
    bates_prefix: String,
}

impl Manifest {
    /// The file's text.
    #[must_use]
    pub fn to_json(&self) -> String {
        let json = Json {
            format: FORMAT.to_owned(),
            commitment: self.commitment.to_string(),
            request: self.request.to_string(),
            items: self.items,
            width: self.width,
            k: self.k,
            lanes: self.lanes,
            bates_prefix: self.bates_prefix.to_string(),
        };
        let mut text =
            serde_json::to_string_pretty(&json).expect("strings and integers always serialise");
        text.push('\n');
        text
    }

    /// Reads the file's bytes, which must be exactly what [`Self::to_json`] writes.
    ///
    /// # Errors
    /// When it is not JSON, has another version, an unknown, missing or repeated field, a value
    /// out of its domain, or another spelling.
    pub fn parse(bytes: &[u8]) -> Result<Self, Malformed> {
        if bytes.len() as u64 > MAX_BYTES {
            return Err(Malformed::new(format!(
                "it is larger than {MAX_BYTES} bytes"
            )));
        }
        let json: Json =
            serde_json::from_slice(bytes).map_err(|error| Malformed::new(error.to_string()))?;
        if json.format != FORMAT {
            return Err(Malformed::new(format!("its format is not '{FORMAT}'")));
        }
        let digest = |field: &str, text: &str| {
            Digest::from_hex(text)
                .ok_or_else(|| Malformed::new(format!("'{field}' is not 64 lower-case hex digits")))
        };
        let manifest = Self {
            commitment: digest("commitment", &json.commitment)?,
            request: digest("request", &json.request)?,
            items: json.items,
            width: json.width,
            k: json.k,
            lanes: json.lanes,
            bates_prefix: json.bates_prefix.parse()?,
        };
        if manifest.to_json().as_bytes() != bytes {
            return Err(Malformed::new("it is not in the canonical spelling"));
        }
        Ok(manifest)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::digest::TaggedHash;

    fn sample() -> Manifest {
        Manifest {
            commitment: TaggedHash::new("c").finish(),
            request: TaggedHash::new("r").finish(),
            items: 60,
            width: 14,
            k: 12,
            lanes: 1,
            bates_prefix: "EPA".parse().unwrap(),
        }
    }

    #[test]
    fn round_trips() {
        assert_eq!(
            Manifest::parse(sample().to_json().as_bytes()).unwrap(),
            sample()
        );
    }

    #[test]
    fn refuses_every_other_spelling() {
        let json = sample().to_json();
        let cases = [
            String::new(),
            json[..json.len() - 3].to_owned(),
            json.replace("-v1", "-v2"),
            json.replace("60", "60.0"),
            json.replace("60", "-60"),
            json.replace("60", "99999999999999999999999"),
            json.replace("\"EPA\"", "\"../EPA\""),
            json.replace("\"items\"", "\"item\""),
            json.replace("  \"width\": 14,\n", ""),
            json.replace("  \"width\": 14,\n", "  \"width\": 14,\n  \"width\": 14,\n"),
            json.replace("  \"width\": 14,\n", "  \"width\": 14,\n  \"layout\": 8,\n"),
            format!("{json} "),
            format!("{json}{json}"),
            json.replace('\n', " "),
            json.replace("EPA", "\\u0045PA"),
            "[".repeat(60_000),
        ];
        for case in cases {
            assert!(Manifest::parse(case.as_bytes()).is_err(), "{case}");
        }
        assert!(Manifest::parse(&vec![b' '; 1 << 17]).is_err());
    }
}
