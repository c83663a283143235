//! The program `extract`: see `extract --help`.

use clap::Parser;
use duces_extract::worker::{Budget, Extractor, Member, as_extractor, walk};
use duces_extract::{Limits, Options, Rendition, visible, visible_json};
use std::ffi::OsString;
use std::fs::File;
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// Says what files are, reads their text or image, and lists what they hold.
///
/// Each file is read by a confined process of its own.
#[derive(Parser)]
#[command(name = "extract", version)]
struct Arguments {
    /// Files to read.
    #[arg(required = true)]
    files: Vec<PathBuf>,
    /// Lists the pages of documents as images.
    #[arg(long)]
    pages: bool,
    /// Writes each rendition to a file of this new folder: text as .txt, images as .png.
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Prints one line of JSON for each file and part.
    #[arg(long)]
    json: bool,
}

/// What happened, and what to do.
struct Failure {
    what: String,
    remedy: String,
}

impl Failure {
    fn new(what: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self {
            what: what.into(),
            remedy: remedy.into(),
        }
    }
}

/// Why the program stops.
enum Stop {
    Failure(Failure),
    /// Nobody reads on: no error.
    ClosedPipe,
}

impl From<Failure> for Stop {
    fn from(failure: Failure) -> Self {
        Self::Failure(failure)
    }
}

fn main() -> ExitCode {
    let arguments: Vec<OsString> = std::env::args_os().collect();
    if let Some(code) = as_extractor(&arguments[1..]) {
        return code;
    }
    let stop = match Arguments::try_parse_from(arguments) {
        Ok(arguments) => run(&arguments),
        Err(error) => return usage(&error),
    };
    match stop {
        Ok(()) | Err(Stop::ClosedPipe) => ExitCode::SUCCESS,
        Err(Stop::Failure(Failure { what, remedy })) => {
            // An error stream that is closed has no reader to tell.
            let _ = writeln!(io::stderr(), "error: {what}\n{remedy}");
            ExitCode::from(2)
        }
    }
}

/// Help and version are no errors.
fn usage(error: &clap::Error) -> ExitCode {
    let is_error = error.use_stderr();
    let _ = if is_error {
        let first = error.to_string();
        let first = first.lines().next().unwrap_or("error: unknown arguments");
        writeln!(io::stderr(), "{first}\nsee `extract --help`")
    } else {
        write!(io::stdout(), "{error}")
    };
    ExitCode::from(if is_error { 2 } else { 0 })
}

fn run(arguments: &Arguments) -> Result<(), Stop> {
    let options = Options {
        pages: arguments.pages,
        limits: Limits::DEFAULT,
    };
    let this = std::env::current_exe().map_err(|error| {
        Failure::new(
            format!("the path of this program is not known: {error}"),
            "start it by its full path",
        )
    })?;
    let extractor = Extractor::start(&this, options, Budget::DEFAULT)
        .map_err(|error| Failure::new(error.what, error.remedy))?;
    if let Some(folder) = &arguments.out {
        std::fs::create_dir(folder).map_err(|error| {
            Failure::new(
                format!("the folder {} cannot be made: {error}", shown(folder)),
                "name a folder that does not exist yet, in one that can be written to",
            )
        })?;
    }
    for (number, path) in arguments.files.iter().enumerate() {
        let bytes = read(path, options.limits.input_bytes)?;
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        for member in walk(&extractor, bytes, &name) {
            let member = member.map_err(|error| Failure::new(error.what, error.remedy))?;
            let line = if arguments.json {
                json(&path.to_string_lossy(), &member)
            } else {
                prose(&shown(path), &member)
            };
            say(&line)?;
            if let (Some(folder), Ok(rendition)) = (&arguments.out, &member.rendition) {
                let stem = format!("{:06}-{:06}", number + 1, member.place);
                write(folder, &stem, rendition)?;
            }
        }
    }
    Ok(())
}

fn read(path: &Path, most: u64) -> Result<Vec<u8>, Failure> {
    let mut bytes = Vec::new();
    // One byte more than the limit shows that there is more.
    File::open(path)
        .and_then(|file| file.take(most.saturating_add(1)).read_to_end(&mut bytes))
        .map_err(|error| {
            Failure::new(
                format!("{} cannot be read: {error}", shown(path)),
                "name a file that exists and that you may read",
            )
        })?;
    Ok(bytes)
}

fn write(folder: &Path, stem: &str, rendition: &Rendition) -> Result<(), Failure> {
    let (end, bytes) = match rendition {
        Rendition::Text(text) => ("txt", text.clone().into_bytes()),
        Rendition::Image(raster) => ("png", duces_extract::image::to_png(raster)),
    };
    let path = folder.join(format!("{stem}.{end}"));
    std::fs::write(&path, bytes).map_err(|error| {
        Failure::new(
            format!("{} cannot be written: {error}", shown(&path)),
            "make room, or name another folder with --out",
        )
    })
}

/// Prints a line; a reader that is gone is no error.
fn say(line: &str) -> Result<(), Stop> {
    match writeln!(io::stdout(), "{line}") {
        Ok(()) => Ok(()),
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Err(Stop::ClosedPipe),
        Err(error) => Err(Failure::new(
            format!("the output cannot be written: {error}"),
            "see what the output is sent to",
        )
        .into()),
    }
}

fn shown(path: &Path) -> String {
    visible(&path.to_string_lossy())
}

/// The file on its first line, then one line for each part, further in the deeper it lies.
fn prose(path: &str, member: &Member) -> String {
    let indent = "  ".repeat(member.depth as usize);
    let head = match member.role {
        None => path.to_owned(),
        Some(role) => format!("{indent}{}. {role} {}", member.place, visible(&member.name)),
    };
    let kind = member.kind.map_or("", |kind| kind.name());
    let reading = member
        .reading
        .as_deref()
        .map_or(String::new(), |reading| format!(" ({})", visible(reading)));
    let about = match &member.rendition {
        Ok(Rendition::Text(text)) => format!("text, {} bytes", text.len()),
        Ok(Rendition::Image(image)) => {
            let colours = if image.channels == 1 {
                "gray"
            } else {
                "colour"
            };
            format!("image, {} x {} {colours}", image.width, image.height)
        }
        Err(reason) => format!("not read: {reason}"),
    };
    let parts = [head.as_str(), kind, &about];
    let line: Vec<&str> = parts.into_iter().filter(|part| !part.is_empty()).collect();
    format!("{}{reading}", line.join(": "))
}

fn json(path: &str, member: &Member) -> String {
    let rendition = match &member.rendition {
        Ok(Rendition::Text(text)) => serde_json::json!({ "text": text.len() }),
        Ok(Rendition::Image(image)) => serde_json::json!({
            "image": [image.width, image.height, image.channels],
        }),
        Err(reason) => serde_json::json!({ "not_read": reason.name() }),
    };
    let line = serde_json::json!({
        "file": path,
        "place": member.place,
        "parent": member.parent,
        "name": member.name,
        "role": member.role.map(|role| role.name()),
        "bytes": member.bytes.as_ref().map(|bytes| bytes.len()),
        "kind": member.kind.map(|kind| kind.name()),
        "reading": member.reading,
        "rendition": rendition,
    });
    visible_json(&line.to_string())
}
