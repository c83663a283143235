//! The judge's own reading of a file: the extractor that the profile names, run again.
//!
//! It runs in a confined process of its own for each file. Where it cannot run as the profile says,
//! nothing is compared, and the report says why ([`NotCompared`]): that is no fault of anybody.
//!
//! A program that the profile names for some types is the responding party's word for a command on
//! the judge's machine. So it runs only where the judge asks for it ([`Choice::programs`]), and under
//! the same confinement.

use duces_extract::Kind as FileKind;
use duces_extract::external::External;
use duces_extract::worker::{Budget, Extractor};
use duces_protocol::exceptions::Reason;
use duces_protocol::leaf::Suffix;
use duces_protocol::profile::Profile;
use duces_protocol::rendition::Rendition;
use duces_shell::{Failure, extractor as shell};
use std::path::PathBuf;

/// Which program reads files again.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub enum Which {
    /// `extract` beside this program, if it is there.
    #[default]
    Beside,
    /// The program at this path.
    Program(PathBuf),
    /// None.
    None,
}

/// How the judge has files read again.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Choice {
    /// The extractor.
    pub which: Which,
    /// Whether the programs that the profile names for some types run too.
    pub programs: bool,
}

/// A page, decoded again, or why there is no image of it.
pub type Page = Result<Rendition, Reason>;

/// Why a file was not read again.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum NotCompared {
    /// There is no extractor, or none was wanted.
    NoExtractor,
    /// The extractor is of another version than the profile names.
    OtherVersion,
    /// A page is produced without the document that it is taken from.
    Page,
    /// A program that the profile names reads this type, and it did not run.
    Program,
    /// Its text was committed to as one that a load file states, and the extractor makes another one.
    LoadFile,
    /// The extractor did not start, or did not end in time on this machine.
    Machine,
}

impl NotCompared {
    /// Its name in JSON.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::NoExtractor => "no-extractor",
            Self::OtherVersion => "other-version",
            Self::Page => "page",
            Self::Program => "other-program",
            Self::LoadFile => "load-file",
            Self::Machine => "machine",
        }
    }

    /// Its words in reports.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Self::NoExtractor => "no extractor at hand",
            Self::OtherVersion => "the extractor here is another version than the profile's",
            Self::Page => "a page without its document",
            Self::Program => "read by a program of the profile that did not run here",
            Self::LoadFile => "a text that a load file stated, which is not the file's own",
            Self::Machine => "the extractor did not start or end on this machine",
        }
    }
}

/// Reads files as the profile says, or says why not.
pub struct SecondReader {
    state: Result<Ready, NotCompared>,
    /// What the report says of the extractor: one clause.
    about: String,
}

struct Ready {
    extractor: Extractor,
    /// Types that a program of the profile reads which is not at hand.
    absent: Vec<FileKind>,
}

impl SecondReader {
    /// Starts what the judge chose. It never fails: where nothing can run, nothing is compared.
    #[must_use]
    pub fn start(choice: &Choice, profile: &Profile) -> Self {
        let program = match &choice.which {
            Which::None => Err("none was wanted".to_owned()),
            Which::Program(path) => Ok(path.clone()),
            Which::Beside => shell::beside().map_err(|failure| failure.what),
        };
        let program = match program {
            Ok(program) => program,
            Err(about) => return Self::without(NotCompared::NoExtractor, about),
        };
        let extractor = Extractor::start(&program, shell::options(profile), Budget::DEFAULT);
        let extractor = match extractor {
            Ok(extractor) => extractor,
            Err(error) => return Self::without(NotCompared::Machine, error.what),
        };
        let here = extractor.version().to_owned();
        let wanted = profile.extraction().version.as_deref();
        if wanted != Some(&here) {
            let about = match wanted {
                Some(wanted) => format!("version {here} is here, the profile names {wanted}"),
                None => format!("version {here} is here, the profile names none"),
            };
            return Self::without(NotCompared::OtherVersion, about);
        }
        let mut ready = Ready {
            extractor,
            absent: Vec::new(),
        };
        let mut about = format!("version {here}");
        for named in &profile.extraction().programs {
            let external = if choice.programs {
                shell::setup(named)
                    .and_then(|setup| External::start(setup, &program).map_err(shell::failure))
            } else {
                let what = format!("the program {} was not asked for", named.name);
                Err(Failure::unable(what, "give --profile-programs"))
            };
            match external {
                Ok(external) if external.version() == named.version => {
                    ready.extractor = ready.extractor.with_external(external);
                }
                Ok(external) => {
                    let (name, here) = (&named.name, external.version());
                    about += &format!("; the program {name} is {here} here");
                    ready.leave_out(&named.types);
                }
                Err(failure) => {
                    about += &format!("; {}", failure.what);
                    ready.leave_out(&named.types);
                }
            }
        }
        Self {
            state: Ok(ready),
            about,
        }
    }

    fn without(why: NotCompared, about: String) -> Self {
        Self {
            state: Err(why),
            about,
        }
    }

    /// What the report says of the extractor: a clause.
    #[must_use]
    pub fn about(&self) -> &str {
        &self.about
    }

    /// Reads a file again, under the end of its name that is committed to: the rendition, or why there
    /// is none.
    ///
    /// # Errors
    /// Why it was not read.
    pub fn read(
        &self,
        bytes: &[u8],
        suffix: &Suffix,
    ) -> Result<Result<Rendition, Reason>, NotCompared> {
        let ready = self.state.as_ref().map_err(|why| *why)?;
        let extraction = ready
            .extractor
            .extract(bytes, &suffix.file("file"))
            .map_err(|_| NotCompared::Machine)?;
        if ready.absent.contains(&extraction.kind) {
            return Err(NotCompared::Program);
        }
        Ok(extraction
            .rendition
            .map(shell::rendition)
            .map_err(shell::reason))
    }

    /// Decodes a page of a document again.
    ///
    /// # Errors
    /// Why it was not read.
    pub fn page(&self, bytes: &[u8], suffix: &Suffix, number: u32) -> Result<Page, NotCompared> {
        let ready = self.state.as_ref().map_err(|why| *why)?;
        let page = ready
            .extractor
            .page(bytes, &suffix.file("file"), number)
            .map_err(|_| NotCompared::Machine)?;
        Ok(page
            .map(|raster| shell::rendition(duces_extract::Rendition::Image(raster)))
            .map_err(shell::reason))
    }
}

impl Ready {
    fn leave_out(&mut self, types: &[String]) {
        self.absent
            .extend(types.iter().filter_map(|name| FileKind::from_name(name)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn profile(version: &str) -> Profile {
        let text =
            format!("[views]\ntexts = [\"text-hash-64\"]\n[extract]\nversion = \"{version}\"\n");
        Profile::parse(&text).unwrap()
    }

    fn start(which: Which) -> SecondReader {
        let choice = Choice {
            which,
            programs: false,
        };
        SecondReader::start(&choice, &profile("0.1.0"))
    }

    #[test]
    fn without_an_extractor_nothing_is_read() {
        let reader = start(Which::None);
        let read = reader.read(b"text", &Suffix::of("0.txt")).err();
        assert_eq!(read, Some(NotCompared::NoExtractor));
        let page = reader.page(b"%PDF", &Suffix::of("0.pdf"), 0).err();
        assert_eq!(page, Some(NotCompared::NoExtractor));
    }

    #[test]
    fn a_program_that_is_no_extractor_is_no_fault_of_the_file() {
        for path in ["/bin/false", "/bin/cat", "/nonexistent/extract"] {
            let reader = start(Which::Program(path.into()));
            let read = reader.read(b"text", &Suffix::of("0.txt")).err();
            assert_eq!(read, Some(NotCompared::Machine), "{path}");
            assert!(!reader.about().is_empty());
        }
    }
}
