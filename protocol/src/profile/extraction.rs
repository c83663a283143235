//! `[extract]` of a profile: how files become renditions.
//!
//! ```toml
//! [extract]
//! version = "0.1.0"
//! pages = true
//!
//! [extract.programs.ocr]
//! command = ["tesseract", "{input}", "stdout", "-l", "eng"]
//! version = "tesseract 5.3.0"
//! types = ["image/png", "image/tiff"]
//! ```
//!
//! `version` is that of the extractor; `responder commit` fills it in where it is absent, so that the
//! profile which a commitment names always has it. `pages` says whether pages that are images, and
//! pictures on other pages, are items of their own; where it is absent, they are if the profile names
//! views of images. `load_files = true` says that the text of a file may be the one that a load file of an
//! earlier production names beside it; the line stands in a profile only where it is true.
//! A program of `programs` gives the text of the named types in place of the extractor's own readers.
//! Its `version` is the first line that it prints when it is called with `--version`.

use crate::bytes::Malformed;
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

/// The most programs, types of one, and arguments of one.
const MAX_LIST: usize = 64;
/// The most characters of a word, an argument or a version.
const MAX_WORD: usize = 200;

/// How files become renditions.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Extraction {
    /// The version of the extractor, once it is named.
    pub version: Option<String>,
    /// Whether pages of documents are items of their own, as images.
    pub pages: bool,
    /// Whether the text of a file may be the one that a load file names.
    pub load_files: bool,
    /// Programs for given types, ascending by name.
    pub programs: Vec<Program>,
}

/// A program that gives the text of some types.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Program {
    /// The name by which readings call it.
    pub name: String,
    /// The program, as the system finds it, and its arguments; `{input}` stands for the file.
    pub command: Vec<String>,
    /// The first line of what it prints for `--version`.
    pub version: String,
    /// The media types that it reads, ascending.
    pub types: Vec<String>,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
pub(super) struct Table {
    version: Option<String>,
    pages: Option<bool>,
    #[serde(default)]
    load_files: bool,
    #[serde(default)]
    programs: BTreeMap<String, ProgramTable>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ProgramTable {
    command: Vec<String>,
    version: String,
    types: Vec<String>,
}

impl Table {
    /// Checks it; `images` says whether the profile names views of images.
    pub(super) fn read(self, images: bool) -> Result<Extraction, Malformed> {
        if let Some(version) = &self.version {
            check_word(version, "the version of the extractor")?;
        }
        if self.programs.len() > MAX_LIST {
            return Err(Malformed::new("it names too many programs"));
        }
        let programs = self
            .programs
            .into_iter()
            .map(|(name, table)| table.read(name))
            .collect::<Result<Vec<_>, _>>()?;
        let mut read = BTreeSet::new();
        for name in programs.iter().flat_map(|program| &program.types) {
            if !read.insert(name) {
                return Err(Malformed::new(format!("two programs read {name}")));
            }
        }
        Ok(Extraction {
            version: self.version,
            pages: self.pages.unwrap_or(images),
            load_files: self.load_files,
            programs,
        })
    }
}

impl ProgramTable {
    fn read(self, name: String) -> Result<Program, Malformed> {
        let plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
        if name.is_empty() || name.len() > 32 || !name.bytes().all(plain) {
            return Err(Malformed::new(
                "the name of a program has 1 to 32 lower-case letters, digits and '-'",
            ));
        }
        if !(1..=MAX_LIST).contains(&self.command.len()) {
            return Err(Malformed::new(format!("the program {name} has no command")));
        }
        for word in &self.command {
            check_word(word, "a word of a command")?;
        }
        check_word(&self.version, "the version of a program")?;
        let mut types = self.types;
        if !(1..=MAX_LIST).contains(&types.len()) {
            return Err(Malformed::new(format!("the program {name} reads no type")));
        }
        types.sort();
        types.dedup();
        for word in &types {
            let part = |b: u8| plain(b) || matches!(b, b'.' | b'+');
            let (first, second) = word.split_once('/').unwrap_or((word, ""));
            let fits = |text: &str| !text.is_empty() && text.bytes().all(part);
            if word.len() > MAX_WORD || !fits(first) || !fits(second) {
                return Err(Malformed::new(format!(
                    "{word:?} is not a media type such as image/tiff"
                )));
            }
        }
        Ok(Program {
            name,
            command: self.command,
            version: self.version,
            types,
        })
    }
}

/// One line of printable ASCII that a quoted string holds as it is.
pub(super) fn check_word(word: &str, what: &str) -> Result<(), Malformed> {
    let allowed = |b: u8| (b.is_ascii_graphic() || b == b' ') && b != b'"' && b != b'\\';
    if word.is_empty() || word.len() > MAX_WORD || !word.bytes().all(allowed) {
        return Err(Malformed::new(format!(
            "{what} must have 1 to {MAX_WORD} printable ASCII characters without quotes and backslashes"
        )));
    }
    Ok(())
}

impl fmt::Display for Extraction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "[extract]")?;
        if let Some(version) = &self.version {
            writeln!(f, "version = \"{version}\"")?;
        }
        writeln!(f, "pages = {}", self.pages)?;
        if self.load_files {
            writeln!(f, "load_files = true")?;
        }
        let list = |words: &[String]| {
            let quoted: Vec<String> = words.iter().map(|word| format!("\"{word}\"")).collect();
            quoted.join(", ")
        };
        for program in &self.programs {
            writeln!(f, "\n[extract.programs.{}]", program.name)?;
            writeln!(f, "command = [{}]", list(&program.command))?;
            writeln!(f, "version = \"{}\"", program.version)?;
            writeln!(f, "types = [{}]", list(&program.types))?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use crate::profile::Profile;

    const VIEWS: &str = "[views]\ntexts = [\"text-hash-64\"]\n";
    const OCR: &str = "[extract.programs.ocr]\ncommand = [\"tesseract\", \"{input}\", \"stdout\"]\n\
                       version = \"tesseract 5.3.0\"\ntypes = [\"image/tiff\", \"image/png\"]\n";

    #[test]
    fn what_is_absent_is_written_out() {
        let profile = Profile::parse(VIEWS).unwrap();
        assert_eq!(profile.extraction().version, None);
        assert!(!profile.extraction().pages && !profile.extraction().load_files);
        let loading = format!("{VIEWS}[extract]\nload_files = true\n");
        let loading = Profile::parse(&loading).unwrap();
        assert!(loading.extraction().load_files);
        assert_ne!(loading.digest(), profile.digest());
        assert_eq!(Profile::parse(&loading.to_string()), Ok(loading));
        let stated = Profile::parse(&format!("{VIEWS}[extract]\nload_files = false\n"));
        assert_eq!(stated, Ok(profile.clone()));
        let images = Profile::parse("[views]\nimages = [\"gray-8x8\"]\n").unwrap();
        assert!(images.extraction().pages);
        let named = profile.with_extractor_version("0.1.0").unwrap();
        assert_eq!(named.extraction().version.as_deref(), Some("0.1.0"));
        assert_eq!(Profile::parse(&named.to_string()), Ok(named));
    }

    #[test]
    fn programs_round_trip_and_are_bound() {
        let text = format!("{VIEWS}[extract]\nversion = \"0.1.0\"\n{OCR}");
        let profile = Profile::parse(&text).unwrap();
        let program = &profile.extraction().programs[0];
        assert_eq!(program.types, ["image/png", "image/tiff"]);
        assert_eq!(Profile::parse(&profile.to_string()), Ok(profile.clone()));
        for (from, to) in [
            ("5.3.0", "5.4.0"),
            ("stdout", "stdout2"),
            ("image/png", "image/gif"),
            ("programs.ocr", "programs.ocr2"),
            ("0.1.0", "0.1.1"),
        ] {
            let other = Profile::parse(&text.replace(from, to)).unwrap();
            assert_ne!(other.digest(), profile.digest(), "{from}");
        }
    }

    #[test]
    fn mistakes_are_refused() {
        let text = format!("{VIEWS}[extract]\nversion = \"0.1.0\"\n{OCR}");
        for (from, to) in [
            ("\"0.1.0\"", "\"\""),
            ("\"0.1.0\"", "'a\"b'"),
            ("programs.ocr", "programs.OCR"),
            ("[\"tesseract\", \"{input}\", \"stdout\"]", "[]"),
            ("\"stdout\"", "\"a\\nb\""),
            ("[\"image/tiff\", \"image/png\"]", "[]"),
            ("image/tiff", "tiff"),
            ("image/tiff", "image/"),
            ("types", "kinds"),
        ] {
            assert!(Profile::parse(&text.replace(from, to)).is_err(), "{to}");
        }
        let twice = format!("{text}{}", OCR.replace("ocr", "ocr-2"));
        assert!(Profile::parse(&twice).is_err());
    }
}
