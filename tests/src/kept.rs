//! Inputs that a search with the targets in `fuzz/` kept: each reached a place in its reader that
//! no smaller one did. The tests replay them, and the next search begins with them.
//!
//! One file a target, `fuzz/kept/TARGET.gz`: inputs one after the other, each with its length in
//! front (4 bytes, little-endian).

use crate::matter::{Matter, workspace};
use crate::parsers;
use duces_shell::{Failure, say};
use flate2::Compression;
use flate2::read::GzDecoder;
use flate2::write::GzEncoder;
use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

/// Bytes of inputs that are kept for one target.
const MOST: usize = 1 << 16;

fn file(target: &str) -> PathBuf {
    workspace().join("fuzz/kept").join(format!("{target}.gz"))
}

/// The inputs kept for a target.
///
/// # Errors
/// When their file is missing or damaged.
pub fn read(target: &str) -> io::Result<Vec<Vec<u8>>> {
    let mut bytes = Vec::new();
    GzDecoder::new(File::open(file(target))?).read_to_end(&mut bytes)?;
    let mut rest = bytes.as_slice();
    let mut inputs = Vec::new();
    while let Some((length, after)) = rest.split_first_chunk() {
        let length = u32::from_le_bytes(*length) as usize;
        let (input, after) = after
            .split_at_checked(length)
            .ok_or(io::ErrorKind::UnexpectedEof)?;
        inputs.push(input.to_vec());
        rest = after;
    }
    Ok(inputs)
}

/// Keeps the inputs in a folder for a target, the small ones before the large; returns how many.
///
/// # Errors
/// When a file cannot be read or written.
pub fn keep(target: &str, folder: &Path) -> io::Result<usize> {
    let mut inputs = fs::read_dir(folder)?
        .map(|entry| fs::read(entry?.path()))
        .collect::<io::Result<Vec<_>>>()?;
    inputs.sort_by(|a, b| (a.len(), a).cmp(&(b.len(), b)));
    let mut bytes = Vec::new();
    let mut kept = 0;
    for input in inputs {
        if bytes.len() + input.len() > MOST {
            break;
        }
        bytes.extend((input.len() as u32).to_le_bytes());
        bytes.extend(input);
        kept += 1;
    }
    fs::create_dir_all(workspace().join("fuzz/kept"))?;
    let mut out = GzEncoder::new(File::create(file(target))?, Compression::best());
    out.write_all(&bytes)?;
    out.finish()?;
    Ok(kept)
}

/// Where cargo-fuzz looks for the inputs of a target.
fn corpus(target: &str) -> PathBuf {
    workspace().join("fuzz/corpus").join(target)
}

/// `cargo campaign seeds`: writes well-formed inputs, and those that were kept, for a search to
/// begin with.
///
/// # Errors
/// When a file cannot be read or written.
pub fn write_seeds(matter: &Matter) -> Result<(), Failure> {
    let write = || -> io::Result<()> {
        let mut seeds = parsers::seeds(matter);
        for (target, _) in parsers::ALL {
            seeds.extend(read(target)?.into_iter().map(|input| (target, input)));
            fs::create_dir_all(corpus(target))?;
        }
        for (number, (target, bytes)) in seeds.into_iter().enumerate() {
            fs::write(corpus(target).join(format!("seed-{number}")), bytes)?;
        }
        Ok(())
    };
    write().map_err(|error| {
        Failure::unable(
            format!("the inputs of a search cannot be written: {error}"),
            "check your permissions and the space on the disk",
        )
    })
}

/// `cargo campaign keep`: keeps what a search found, for the tests.
///
/// # Errors
/// When a file cannot be read or written.
pub fn keep_all() -> Result<(), Failure> {
    for (target, _) in parsers::ALL {
        let kept = keep(target, &corpus(target)).map_err(|error| {
            Failure::unable(
                format!("the inputs of the target '{target}' cannot be kept: {error}"),
                "run it after a search with every target",
            )
        })?;
        say(format!("{target}: {kept} inputs"))?;
    }
    Ok(())
}
