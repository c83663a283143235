//! Reading the files of the parties: limits before allocation, no links inside a folder that was
//! handed over.

use crate::fault::{CannotRun, Fault, NotPassed};
use duces_protocol::bytes::Malformed;
use duces_protocol::commitment::{self, Commitment};
use duces_protocol::digest::Digest;
use duces_protocol::leaf::FileHasher;
use duces_protocol::production::stamp;
use duces_protocol::rendition::{MAX_TEXT_BYTES, Rendition, png};
use duces_protocol::request::{self, AnyRequest};
use duces_protocol::view::Kind;
use duces_shell::read::{self, ReadError};
use duces_shell::{Blame, shown};
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

/// Reads a file that the judge named; links are followed.
///
/// # Errors
/// [`NotPassed::CannotRun`] when it cannot be read, [`NotPassed::Rejected`] when it is too large.
pub fn read_named(path: &Path, limit: u64, what: &str) -> Result<Vec<u8>, NotPassed> {
    read::named(path, limit, what).map_err(|failure| match failure.blame {
        Blame::Unable => CannotRun::from(failure).into(),
        Blame::Refused => too_large(path.display().to_string(), limit).into(),
    })
}

/// Reads a file of text that the judge named.
///
/// # Errors
/// As [`read_named`], and [`NotPassed::Rejected`] when it is not UTF-8.
pub fn read_text(path: &Path, limit: u64, what: &str) -> Result<String, NotPassed> {
    let bytes = read_named(path, limit, what)?;
    String::from_utf8(bytes)
        .map_err(|_| Fault::new(path.display().to_string(), "it is not UTF-8").into())
}

/// Reads a commitment.
///
/// # Errors
/// As [`read_text`], and [`NotPassed::Rejected`] when it is malformed.
pub fn read_commitment(path: &Path) -> Result<Commitment, NotPassed> {
    let text = read_text(path, commitment::MAX_BYTES as u64, "commitment")?;
    Ok(Commitment::parse(&text).map_err(malformed(&path.display()))?)
}

/// Reads the request, of a public or of a sealed classifier.
///
/// # Errors
/// As [`read_named`], and [`NotPassed::Rejected`] when it is malformed.
pub fn read_request(path: &Path) -> Result<AnyRequest, NotPassed> {
    let bytes = read_named(path, request::MAX_BYTES as u64, "request")?;
    Ok(AnyRequest::decode(&bytes).map_err(malformed(&path.display()))?)
}

/// The fault of a file that is not well formed.
pub fn malformed(place: &dyn std::fmt::Display) -> impl FnOnce(Malformed) -> Fault {
    let place = place.to_string();
    move |error| Fault::new(place, format!("it is malformed: {error}"))
}

fn too_large(place: impl Into<String>, limit: u64) -> Fault {
    Fault::new(place, format!("it is larger than {limit} bytes"))
}

/// Reads a file of the production, `name` being its path there for messages.
///
/// # Errors
/// [`NotPassed::Rejected`] when it is missing, not a regular file, or larger than the limit;
/// [`NotPassed::CannotRun`] when the system does not give its bytes.
pub fn read_produced(folder: &Path, name: &str, limit: u64) -> Result<Vec<u8>, NotPassed> {
    let path = regular(folder, name)?;
    read::bytes(&path, limit).map_err(|error| match error {
        ReadError::Io(error) => cannot_read(&path, &error).into(),
        ReadError::NotAFile => not_regular(name).into(),
        ReadError::TooLong => too_large(name, limit).into(),
    })
}

/// Opens a file of the production that is read in parts.
///
/// # Errors
/// As [`read_produced`].
pub fn open_produced(folder: &Path, name: &str, limit: u64) -> Result<File, NotPassed> {
    let path = regular(folder, name)?;
    let opened = File::open(&path).and_then(|file| Ok((file.metadata()?, file)));
    match opened {
        Ok((about, _)) if !about.is_file() => Err(not_regular(name).into()),
        Ok((about, _)) if about.len() > limit => Err(too_large(name, limit).into()),
        Ok((_, file)) => Ok(file),
        Err(error) => Err(cannot_read(&path, &error).into()),
    }
}

/// What a file of any length holds.
pub struct Digested {
    /// Its length in bytes.
    pub size: u64,
    /// Its SHA-256.
    pub sha256: Digest,
}

/// Length and SHA-256 of a file of the production, read piece by piece.
///
/// # Errors
/// As [`read_produced`], without a limit.
pub fn digest_produced(folder: &Path, name: &str) -> Result<Digested, NotPassed> {
    let path = regular(folder, name)?;
    let digested = File::open(&path).and_then(|file| {
        let mut file = Hashing::new(file);
        let size = io::copy(&mut file, &mut io::sink())?;
        let sha256 = file.finish();
        Ok(Digested { size, sha256 })
    });
    digested.map_err(|error| cannot_read(&path, &error).into())
}

/// A reader that notes the digest of what is read.
pub struct Hashing<R> {
    from: R,
    hasher: FileHasher,
}

impl<R> Hashing<R> {
    /// Nothing has been read yet.
    pub fn new(from: R) -> Self {
        let hasher = FileHasher::new();
        Self { from, hasher }
    }

    /// SHA-256 of all bytes that were read.
    pub fn finish(self) -> Digest {
        self.hasher.finish()
    }
}

impl<R: Read> Read for Hashing<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let count = self.from.read(into)?;
        self.hasher.update(&into[..count]);
        Ok(count)
    }
}

/// Reads a rendition of at most `pixels` pixels; also returns the digest of its file.
///
/// # Errors
/// As [`read_produced`], and [`NotPassed::Rejected`] when it is not of its form.
pub fn read_rendition(
    folder: &Path,
    name: &str,
    kind: Kind,
    pixels: u64,
) -> Result<(Rendition, Digest), NotPassed> {
    let limit = match kind {
        Kind::Text => MAX_TEXT_BYTES,
        Kind::Image => png::max_bytes(pixels),
    };
    let bytes = read_produced(folder, name, limit)?;
    let sha256 = FileHasher::of(&bytes);
    let rendition = match kind {
        Kind::Text => Rendition::from_text_file(bytes),
        Kind::Image => png::decode(&bytes, pixels).map(Rendition::Image),
    };
    Ok((rendition.map_err(malformed(&name))?, sha256))
}

/// Reads a page of at most `pixels` pixels, and takes the stamp below it away, which must be `name`; also
/// returns the digest of the file.
///
/// # Errors
/// As [`read_rendition`], and [`NotPassed::Rejected`] when the stamp is another.
pub fn read_page(
    folder: &Path,
    path: &str,
    name: &str,
    pixels: u64,
) -> Result<(Rendition, Digest), NotPassed> {
    let with_strip = pixels.saturating_add(stamp::MAX_PIXELS);
    let bytes = read_produced(folder, path, png::max_bytes(with_strip))?;
    let picture = png::decode(&bytes, with_strip)
        .and_then(|stamped| stamp::unstamp(stamped, name))
        .map_err(malformed(&path))?;
    if u64::from(picture.width) * u64::from(picture.height) > pixels {
        let too_large = Malformed::new(format!("it has more than {pixels} pixels"));
        return Err(malformed(&path)(too_large).into());
    }
    Ok((Rendition::Image(picture), FileHasher::of(&bytes)))
}

/// The path of a file of the production, which must be there and not be a link.
fn regular(folder: &Path, name: &str) -> Result<PathBuf, NotPassed> {
    let path = folder.join(name);
    match fs::symlink_metadata(&path) {
        Ok(about) if about.is_file() => Ok(path),
        Ok(_) => Err(not_regular(name).into()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            Err(Fault::new(name, "the file is missing").into())
        }
        Err(error) => Err(cannot_read(&path, &error).into()),
    }
}

fn not_regular(name: &str) -> Fault {
    Fault::new(name, "it is not a regular file")
}

/// What is said of a file that the system does not give.
pub fn cannot_read(path: &Path, error: &io::Error) -> CannotRun {
    CannotRun::new(
        format!("{} cannot be read: {error}", shown(path)),
        "make the folder and its files readable, then run again",
    )
}

/// The names in a folder of the production, ascending; `""` is the production itself.
///
/// # Errors
/// [`NotPassed::Rejected`] when the folder is missing or a link, has more than `limit` entries, or
/// a name that is not Unicode; [`NotPassed::CannotRun`] when the system does not list it.
pub fn list(folder: &Path, name: &str, limit: u64) -> Result<Vec<String>, NotPassed> {
    let (path, place) = if name.is_empty() {
        (folder.to_owned(), "the folder".to_owned())
    } else {
        (folder.join(name), format!("{name}/"))
    };
    if !name.is_empty() && !fs::symlink_metadata(&path).is_ok_and(|about| about.is_dir()) {
        return Err(Fault::new(place, "the folder is missing").into());
    }
    let cannot = |error: io::Error| {
        CannotRun::new(
            format!("the folder {} cannot be listed: {error}", shown(&path)),
            "give the folder that was handed over, with permission to read it",
        )
    };
    let mut names = Vec::new();
    for entry in fs::read_dir(&path).map_err(cannot)? {
        let entry = entry.map_err(cannot)?.file_name().into_string();
        names.push(entry.map_err(|_| Fault::new(place.clone(), "a name is not Unicode"))?);
        if names.len() as u64 > limit {
            return Err(Fault::new(place, "it has more files than expected").into());
        }
    }
    names.sort();
    Ok(names)
}

#[cfg(test)]
mod tests {
    use super::*;
    use duces_protocol::rendition::Raster;
    use std::fs;

    #[test]
    fn renditions_have_one_form_and_a_limit() {
        let folder = tempfile::tempdir().unwrap();
        let read = |bytes: &[u8], kind, pixels| {
            fs::write(folder.path().join("1"), bytes).unwrap();
            read_rendition(folder.path(), "1", kind, pixels).map(|(rendition, _)| rendition)
        };
        let text = read(b"memo", Kind::Text, 1).unwrap();
        assert_eq!(text, Rendition::Text("memo".to_owned()));
        assert!(read(b"a\rb", Kind::Text, 1).is_err());
        assert!(read(b"memo", Kind::Image, 1).is_err());
        let image = Rendition::Image(Raster::new(2, 2, 1, vec![7; 4]).unwrap());
        let bytes = image.to_file();
        assert_eq!(read(&bytes, Kind::Image, 4), Ok(image));
        assert!(read(&bytes, Kind::Image, 3).is_err());
    }
}
