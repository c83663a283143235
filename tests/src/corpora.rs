//! Corpora of real material, where the folder `shared` lies beside the repository's folder.

use crate::matter::workspace;
use flate2::read::GzDecoder;
use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};

/// The folder with real material; says so on standard output where it is not there.
#[must_use]
pub fn shared() -> Option<PathBuf> {
    let folder = workspace().parent()?.join("shared");
    if folder.is_dir() {
        Some(folder)
    } else {
        println!("skipped: ../shared is not here");
        None
    }
}

/// Handwritten digits: 28 x 28 gray images, 784 bytes each, and what they show.
pub struct Digits {
    /// Row by row, white on black.
    pub images: Vec<[u8; 784]>,
    /// 0 to 9.
    pub labels: Vec<u8>,
}

/// Reads the MNIST test images (IDX format, gzip).
///
/// # Panics
/// When the files are not there or not in that format.
#[must_use]
pub fn digits(shared: &Path) -> Digits {
    let folder = shared.join("data/mnist");
    let images = unzip(&folder.join("t10k-images-idx3-ubyte.gz"));
    let labels = unzip(&folder.join("t10k-labels-idx1-ubyte.gz"));
    let pixels = images[16..].chunks_exact(784);
    Digits {
        images: pixels.map(|c| c.try_into().expect("784 bytes")).collect(),
        labels: labels[8..].to_vec(),
    }
}

/// Writes images as PNG files named by their number.
///
/// # Panics
/// When a file cannot be written.
pub fn write_digits(images: &[[u8; 784]], folder: &Path) {
    fs::create_dir_all(folder).expect("the folder can be made");
    for (number, image) in images.iter().enumerate() {
        let path = folder.join(format!("{number:05}.png"));
        image::save_buffer(path, image, 28, 28, image::ExtendedColorType::L8)
            .expect("the image can be written");
    }
}

fn unzip(path: &Path) -> Vec<u8> {
    let bytes = fs::read(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let mut out = Vec::new();
    GzDecoder::new(&bytes[..])
        .read_to_end(&mut out)
        .expect("the file is gzip");
    out
}
