//! The extractor as the programs start it: the one that the profile names, beside the program itself.

use crate::Failure;
use duces_extract::external::{External, Setup};
use duces_extract::worker::{Budget, Extractor, Unavailable};
use duces_extract::{self as extract, Kind};
use duces_protocol::exceptions::Reason;
use duces_protocol::profile::{Profile, Program};
use duces_protocol::rendition::{Raster, Rendition};
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

/// The name of the extractor's program.
const PROGRAM: &str = "extract";

/// What stands in the place of the program beside this one.
static INSTEAD: OnceLock<PathBuf> = OnceLock::new();

/// Has `program` stand in the place of the program beside this one, for the whole process: for an
/// executable that is its own extractor. What was set first, stays.
pub fn stand_in(program: PathBuf) {
    INSTEAD.get_or_init(|| program);
}

/// The program `extract` beside this one.
///
/// # Errors
/// When it is not there.
pub fn beside() -> Result<PathBuf, Failure> {
    if let Some(program) = INSTEAD.get() {
        return Ok(program.clone());
    }
    let this = std::env::current_exe().ok();
    let beside = this.and_then(|path| Some(path.parent()?.join(PROGRAM)));
    beside.filter(|path| path.is_file()).ok_or_else(|| {
        Failure::unable(
            "the program 'extract' is not beside this one",
            "install it in the same folder, or name it with --extractor",
        )
    })
}

/// How the profile has files read.
#[must_use]
pub fn options(profile: &Profile) -> extract::Options {
    let limits = profile.limits();
    extract::Options {
        pages: profile.extraction().pages,
        limits: extract::Limits {
            input_bytes: limits.max_file_bytes,
            pixels: limits.max_pixels,
            ..extract::Limits::DEFAULT
        },
    }
}

/// Starts the extractor that the profile names: `program`, or the one beside this program.
///
/// # Errors
/// As [`beside`] and [`start`], and when the extractor is of another version than the profile names.
pub fn agreed(program: Option<&Path>, profile: &Profile) -> Result<Extractor, Failure> {
    let extractor = start(&named(program)?, profile)?;
    match &profile.extraction().version {
        Some(agreed) if agreed != extractor.version() => Err(Failure::unable(
            format!(
                "the extractor is of version {}, and the profile names {agreed}",
                extractor.version()
            ),
            "install the version that the profile names, or agree on another profile",
        )),
        _ => Ok(extractor),
    }
}

/// `program`, or the one beside this program.
fn named(program: Option<&Path>) -> Result<PathBuf, Failure> {
    match program {
        Some(program) => {
            std::path::absolute(program).map_err(|error| Failure::io("use", program, &error))
        }
        None => beside(),
    }
}

/// Starts the extractor to read pictures with all their pages as what they are, whatever programs the
/// profile names.
///
/// # Errors
/// As [`beside`], and when the extractor cannot be started.
pub fn of_pictures(program: Option<&Path>, profile: &Profile) -> Result<Extractor, Failure> {
    let options = extract::Options {
        pages: true,
        ..options(profile)
    };
    Extractor::start(&named(program)?, options, Budget::DEFAULT).map_err(failure)
}

/// Starts the extractor `program` to read files as the profile says, with the programs that it names.
/// Which version answers, [`Extractor::version`] says.
///
/// # Errors
/// When the extractor or a program of the profile cannot be started, or a program states another
/// version.
pub fn start(program: &Path, profile: &Profile) -> Result<Extractor, Failure> {
    let extractor =
        Extractor::start(program, options(profile), Budget::DEFAULT).map_err(failure)?;
    profile
        .extraction()
        .programs
        .iter()
        .try_fold(extractor, |extractor, named| {
            let external = External::start(setup(named)?, program).map_err(failure)?;
            if external.version() != named.version {
                return Err(Failure::unable(
                    format!(
                        "the program {} is {}, and the profile names {}",
                        named.name,
                        external.version(),
                        named.version
                    ),
                    "install the version that the profile names, or agree on another profile",
                ));
            }
            Ok(extractor.with_external(external))
        })
}

/// How a program that a profile names is called.
///
/// # Errors
/// When it is named for a type that the extractor does not tell.
pub fn setup(program: &Program) -> Result<Setup, Failure> {
    let kinds = program.types.iter().map(|name| {
        Kind::from_name(name).ok_or_else(|| {
            Failure::unable(
                format!(
                    "the profile names {} for {name}, a type that the extractor does not tell",
                    program.name
                ),
                "name a type that 'extract FILE' prints, such as image/tiff",
            )
        })
    });
    let (command, arguments) = program.command.split_first().expect("a command has a word");
    Ok(Setup {
        name: program.name.clone(),
        program: command.into(),
        arguments: arguments.to_vec(),
        version_arguments: vec!["--version".to_owned()],
        kinds: kinds.collect::<Result<_, _>>()?,
        readable: Vec::new(),
        budget: Budget::DEFAULT,
    })
}

/// The two lines of an extractor that cannot run.
#[must_use]
pub fn failure(error: Unavailable) -> Failure {
    Failure::unable(error.what, error.remedy)
}

/// A rendition as a commitment knows it.
#[must_use]
pub fn rendition(rendition: extract::Rendition) -> Rendition {
    match rendition {
        extract::Rendition::Text(text) => Rendition::Text(text),
        extract::Rendition::Image(raster) => Rendition::Image(Raster {
            width: raster.width,
            height: raster.height,
            channels: raster.channels,
            samples: raster.samples,
        }),
    }
}

/// The reason that a commitment states for the extractor's.
#[must_use]
pub fn reason(reason: extract::Reason) -> Reason {
    match reason {
        extract::Reason::Encrypted => Reason::Encrypted,
        extract::Reason::NoText => Reason::NoText,
        extract::Reason::UnsupportedType => Reason::UnsupportedType,
        extract::Reason::Damaged => Reason::Damaged,
        extract::Reason::Limit => Reason::Limit,
        extract::Reason::ReaderFailed => Reason::ReaderFailed,
        extract::Reason::TimedOut => Reason::TimedOut,
        extract::Reason::Empty => Reason::Empty,
        extract::Reason::NotAnImage => Reason::NotAnImage,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use duces_protocol::leaf::Suffix;

    /// The end of a name that is committed to is what the extractor goes by.
    #[test]
    fn ends_of_names_are_the_extractors() {
        for name in [
            "a.CSV",
            "b/c.tar.gz",
            "d\\.eml",
            ".csv",
            "e.",
            "f",
            "g.ninechars",
            "h.cs\u{fe0f}v",
        ] {
            assert_eq!(
                Suffix::of(name).as_str(),
                extract::extension(name),
                "{name}"
            );
        }
    }

    #[test]
    fn reasons_keep_their_words() {
        for &found in extract::Reason::ALL {
            assert_eq!(reason(found).name(), found.name());
        }
    }
}
