//! `profile.toml` `[format-profile]`: what the parties agree on before the commitment, as in an
//! ESI protocol.
//!
//! ```toml
//! [views]
//! images = ["gray-28x28"]
//! texts = ["text-hash-4096"]
//!
//! [limits]
//! max_file_bytes = 67108864
//! max_pixels = 100000000
//!
//! [extract]
//! version = "0.1.0"
//! pages = true
//!
//! [production]
//! families = "alone"
//! ```
//!
//! `images` and `texts` list the views that are computed from every rendition of that kind; one of the
//! two may be absent, not both. Everything else may be absent. `[limits]`: the values above are the
//! defaults; a file beyond a limit becomes an exception. `[extract]`: see [`Extraction`]. `families`
//! says what is produced of the family of a match: the match `"alone"`, which is the default, or all
//! of it `"together"`. Unknown keys are refused, so that a misspelt one is not taken for agreement.
//!
//! The digest covers the meaning, not the spelling: that of `Profile::to_string`, the canonical
//! text with views ascending and limits written out.

mod extraction;

pub use extraction::{Extraction, Program};

use crate::bytes::Malformed;
use crate::digest::{Digest, TaggedHash};
use crate::view::{Kind, View};
use serde::Deserialize;
use std::fmt;

/// The largest profile file, in bytes.
pub const MAX_BYTES: usize = 1 << 16;

/// The largest number of views of one kind.
pub const MAX_VIEWS: usize = 16;

/// Size limits, beyond which a file is an exception.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Limits {
    /// Bytes of a file.
    pub max_file_bytes: u64,
    /// Pixels (width times height) of an image.
    pub max_pixels: u64,
}

impl Limits {
    /// The limits of a profile that names none: 64 MiB and 100 million pixels.
    pub const DEFAULT: Self = Self {
        max_file_bytes: 64 << 20,
        max_pixels: 100_000_000,
    };
    /// The largest limits that a profile may name: 1 GiB and 2^30 pixels.
    pub const LARGEST: Self = Self {
        max_file_bytes: 1 << 30,
        max_pixels: 1 << 30,
    };
}

/// What is produced of the family of a matching item.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Families {
    /// The item.
    Alone,
    /// All that could be read of it: each member is produced or withheld.
    Together,
}

impl Families {
    const ALL: [Self; 2] = [Self::Alone, Self::Together];

    /// The word that stands for it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Alone => "alone",
            Self::Together => "together",
        }
    }
}

/// A parsed profile.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Profile {
    images: Vec<View>,
    texts: Vec<View>,
    limits: Limits,
    extraction: Extraction,
    families: Families,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    views: ViewsTable,
    #[serde(default)]
    limits: LimitsTable,
    #[serde(default)]
    extract: extraction::Table,
    #[serde(default)]
    production: ProductionTable,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ViewsTable {
    #[serde(default)]
    images: Vec<String>,
    #[serde(default)]
    texts: Vec<String>,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
struct LimitsTable {
    max_file_bytes: Option<u64>,
    max_pixels: Option<u64>,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
struct ProductionTable {
    families: Option<String>,
}

impl Profile {
    /// Reads a profile.
    ///
    /// # Errors
    /// When it is not TOML of this form, names a view under the wrong kind or twice, names no
    /// view, a limit is out of range, or a program is not well formed.
    pub fn parse(text: &str) -> Result<Self, Malformed> {
        if text.len() > MAX_BYTES {
            return Err(Malformed::new(format!(
                "it is longer than {MAX_BYTES} bytes"
            )));
        }
        let file: File = toml::from_str(text).map_err(|error| {
            let line = error
                .span()
                .map_or(1, |span| text[..span.start].matches('\n').count() + 1);
            Malformed::new(format!(
                "line {line}: {}",
                error.message().replace('\n', " ")
            ))
        })?;
        let images = views(&file.views.images, Kind::Image, "images")?;
        let texts = views(&file.views.texts, Kind::Text, "texts")?;
        if images.is_empty() && texts.is_empty() {
            return Err(Malformed::new("it names no view"));
        }
        let limits = Limits {
            max_file_bytes: limit(
                file.limits.max_file_bytes,
                Limits::DEFAULT.max_file_bytes,
                Limits::LARGEST.max_file_bytes,
                "max_file_bytes",
            )?,
            max_pixels: limit(
                file.limits.max_pixels,
                Limits::DEFAULT.max_pixels,
                Limits::LARGEST.max_pixels,
                "max_pixels",
            )?,
        };
        let extraction = file.extract.read(!images.is_empty())?;
        let families = match &file.production.families {
            None => Families::Alone,
            Some(word) => Families::ALL
                .into_iter()
                .find(|families| families.name() == word)
                .ok_or_else(|| Malformed::new("families is neither \"alone\" nor \"together\""))?,
        };
        Ok(Self {
            images,
            texts,
            limits,
            extraction,
            families,
        })
    }

    /// The same with the version of the extractor filled in.
    ///
    /// # Errors
    /// When the version is not one line of printable characters.
    pub fn with_extractor_version(mut self, version: &str) -> Result<Self, Malformed> {
        extraction::check_word(version, "the version of the extractor")?;
        self.extraction.version = Some(version.to_owned());
        Ok(self)
    }

    /// The views of files of one kind, ascending.
    #[must_use]
    pub fn views_of(&self, kind: Kind) -> &[View] {
        match kind {
            Kind::Image => &self.images,
            Kind::Text => &self.texts,
        }
    }

    /// All views, ascending.
    #[must_use]
    pub fn views(&self) -> Vec<View> {
        let mut all = [&self.images[..], &self.texts[..]].concat();
        all.sort();
        all
    }

    /// The size limits.
    #[must_use]
    pub fn limits(&self) -> Limits {
        self.limits
    }

    /// How files become renditions.
    #[must_use]
    pub fn extraction(&self) -> &Extraction {
        &self.extraction
    }

    /// What is produced of the family of a match.
    #[must_use]
    pub fn families(&self) -> Families {
        self.families
    }

    /// Digest of the canonical text.
    #[must_use]
    pub fn digest(&self) -> Digest {
        TaggedHash::new("duces/profile/v1")
            .part(self.to_string().as_bytes())
            .finish()
    }
}

impl fmt::Display for Profile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let list = |views: &[View]| {
            views
                .iter()
                .map(|view| format!("\"{view}\""))
                .collect::<Vec<_>>()
                .join(", ")
        };
        writeln!(
            f,
            "[views]\nimages = [{}]\ntexts = [{}]",
            list(&self.images),
            list(&self.texts)
        )?;
        writeln!(
            f,
            "\n[limits]\nmax_file_bytes = {}",
            self.limits.max_file_bytes
        )?;
        writeln!(f, "max_pixels = {}", self.limits.max_pixels)?;
        writeln!(f, "\n{}", self.extraction)?;
        writeln!(f, "[production]\nfamilies = \"{}\"", self.families.name())
    }
}

fn views(names: &[String], kind: Kind, key: &str) -> Result<Vec<View>, Malformed> {
    if names.len() > MAX_VIEWS {
        return Err(Malformed::new(format!(
            "{key} has more than {MAX_VIEWS} views"
        )));
    }
    let mut views = names
        .iter()
        .map(|name| {
            let view: View = name.parse()?;
            if view.kind() == kind {
                Ok(view)
            } else {
                Err(Malformed::new(format!(
                    "{view} does not belong under '{key}'"
                )))
            }
        })
        .collect::<Result<Vec<_>, Malformed>>()?;
    views.sort();
    match views.windows(2).find(|pair| pair[0] == pair[1]) {
        Some(pair) => Err(Malformed::new(format!("{} is named twice", pair[0]))),
        None => Ok(views),
    }
}

fn limit(value: Option<u64>, default: u64, largest: u64, key: &str) -> Result<u64, Malformed> {
    match value.unwrap_or(default) {
        value if (1..=largest).contains(&value) => Ok(value),
        value => Err(Malformed::new(format!(
            "{key} is {value}, allowed are 1 to {largest}"
        ))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SMALLEST: &str = "[views]\nimages = [\"gray-28x28\"]\ntexts = [\"text-hash-4096\"]\n";

    #[test]
    fn the_smallest_example_parses() {
        let profile = Profile::parse(SMALLEST).unwrap();
        assert_eq!(
            profile.views_of(Kind::Image),
            ["gray-28x28".parse().unwrap()]
        );
        assert_eq!(
            profile.views_of(Kind::Text),
            ["text-hash-4096".parse().unwrap()]
        );
        assert_eq!(profile.limits(), Limits::DEFAULT);
        assert_eq!(Profile::parse(&profile.to_string()), Ok(profile));
    }

    #[test]
    fn the_digest_ignores_spelling_and_binds_meaning() {
        let digest = Profile::parse(SMALLEST).unwrap().digest();
        let spelt = "# agreed\n[views]\n  texts=['text-hash-4096'] # mail\nimages = [\n\"gray-28x28\"]\n\
                     [limits]\nmax_pixels = 100_000_000\n";
        assert_eq!(Profile::parse(spelt).unwrap().digest(), digest);
        for other in [
            SMALLEST.replace("28x28", "28x29"),
            SMALLEST.replace("images = [", "images = [\"rgb-8x8\", "),
            SMALLEST.replace("images = [\"gray-28x28\"]\n", ""),
            format!("{SMALLEST}[limits]\nmax_file_bytes = 1000\n"),
        ] {
            assert_ne!(Profile::parse(&other).unwrap().digest(), digest);
        }
    }

    #[test]
    fn mistakes_are_refused_in_one_line() {
        for text in [
            "",
            "[views]\n",
            "[views]\nimages = []\ntexts = []\n",
            "[views]\nimages = \"gray-28x28\"\n",
            "[views]\nimages = [\"text-hash-64\"]\n",
            "[views]\ntexts = [\"gray-28x28\"]\n",
            "[views]\nimages = [\"gray-28x28\", \"gray-28x28\"]\n",
            "[views]\nimages = [\"grey-28x28\"]\n",
            "[views]\nimage = [\"gray-28x28\"]\n",
            "[views]\nimages = [\"gray-28x28\"]\n[limit]\nmax_pixels = 1\n",
            "[views]\nimages = [\"gray-28x28\"]\n[limits]\nmax_pixels = 0\n",
            "[views]\nimages = [\"gray-28x28\"]\n[limits]\nmax_pixels = -5\n",
            "[views]\nimages = [\"gray-28x28\"]\n[limits]\nmax_file_bytes = 10000000000000\n",
            "[views\nimages = [\"gray-28x28\"]\n",
            "[views]\nimages = [\"gray-28x28\"]\nimages = []\n",
        ] {
            let error = Profile::parse(text).expect_err(text);
            assert!(!error.0.contains('\n'), "{error}");
        }
        let many = (1..=17)
            .map(|w| format!("\"gray-{w}x1\""))
            .collect::<Vec<_>>()
            .join(",");
        assert!(Profile::parse(&format!("[views]\nimages = [{many}]\n")).is_err());
        assert!(Profile::parse(&format!("{SMALLEST}#{}", " ".repeat(MAX_BYTES))).is_err());
    }
}
