//! The `.ptau` files that the perpetual powers of tau and other ceremonies are published in: the form
//! that snarkjs writes.
//!
//! ```text
//! "ptau", version 1, number of sections          4 + 4 + 4 bytes
//! each section: its number, its length, its bytes  4 + 8 + length
//!   1  bytes of a coordinate (32), the field's modulus, power, power of the ceremony
//!   2  2^(power + 1) − 1 powers in G1, each x, y
//!   3  2^power powers in G2, each x, y of two coordinates
//! ```
//!
//! Integers are little-endian, coordinates in Montgomery form. Such a file may have gigabytes, so of each
//! list only the beginning is read: no circuit needs more.

use halo2curves::bn256::{G1Affine, G2Affine};
use halo2curves::serde::SerdeObject;
use std::io::{self, Read, Seek, SeekFrom};

/// First bytes of the file.
pub(super) const MAGIC: &[u8; 4] = b"ptau";

/// The most sections: the form knows 15.
const SECTIONS: u32 = 32;

/// The modulus of the coordinates, little-endian.
const MODULUS: [u8; 32] = [
    0x47, 0xfd, 0x7c, 0xd8, 0x16, 0x8c, 0x20, 0x3c, 0x8d, 0xca, 0x71, 0x68, 0x91, 0x6a, 0x81, 0x97,
    0x5d, 0x58, 0x81, 0x81, 0xb6, 0x45, 0x50, 0xb8, 0x29, 0xa0, 0x31, 0xe1, 0x72, 0x4e, 0x64, 0x30,
];

/// The beginning of a ceremony's lists.
pub(super) struct Powers {
    /// Binary logarithm of the powers that were read.
    pub k: u32,
    /// `[1], [s], [s^2], …` in G1.
    pub g: Vec<G1Affine>,
    /// `[1], [s]` in G2.
    pub g2: [G2Affine; 2],
}

/// Reads up to `2^most` powers.
///
/// # Errors
/// The outer one when the system does not give the bytes, the inner one when they have another form.
pub(super) fn read<F: Read + Seek>(
    file: &mut F,
    most: u32,
) -> io::Result<Result<Powers, &'static str>> {
    let end = file.seek(SeekFrom::End(0))?;
    file.seek(SeekFrom::Start(4))?;
    let (version, count) = (number(file)?, number(file)?);
    if version != 1 || count > SECTIONS {
        return Ok(Err("it is a .ptau file of a version that is not read"));
    }
    let mut places = [None; 4];
    for _ in 0..count {
        let id = number(file)?;
        let mut length = [0; 8];
        file.read_exact(&mut length)?;
        let length = u64::from_le_bytes(length);
        let start = file.stream_position()?;
        if length > end - start {
            return Ok(Err("a section of it is cut off"));
        }
        if let Some(place) = places.get_mut(id as usize) {
            if place.is_some() {
                return Ok(Err("it has a section twice"));
            }
            *place = Some((start, length));
        }
        file.seek(SeekFrom::Start(start + length))?;
    }
    let [_, Some(header), Some(first), Some(second)] = places else {
        return Ok(Err("a section of it is missing"));
    };
    let Some(power) = power(file, header)? else {
        return Ok(Err("its header is not one of BN254"));
    };
    let points = (1u64 << (power + 1)) - 1;
    if first.1 != points * 64 || second.1 != (1u64 << power) * 128 {
        return Ok(Err("its lists are not as long as its header says"));
    }
    let k = power.min(most);
    file.seek(SeekFrom::Start(first.0))?;
    let g: Option<Vec<G1Affine>> = many(file, 1 << k, 64)?;
    file.seek(SeekFrom::Start(second.0))?;
    let g2: Option<Vec<G2Affine>> = many(file, 2, 128)?;
    match (g, g2.as_deref()) {
        (Some(g), Some(&[one, s])) => Ok(Ok(Powers { k, g, g2: [one, s] })),
        _ => Ok(Err("a point of it is none")),
    }
}

/// The power that the header states, if it is one of BN254.
fn power<F: Read + Seek>(file: &mut F, (start, length): (u64, u64)) -> io::Result<Option<u32>> {
    if length != 44 {
        return Ok(None);
    }
    file.seek(SeekFrom::Start(start))?;
    let size = number(file)?;
    let mut modulus = [0; 32];
    file.read_exact(&mut modulus)?;
    let power = number(file)?;
    let known = size == 32 && modulus == MODULUS && (1..=28).contains(&power);
    Ok(known.then_some(power))
}

/// Points of so many bytes each, which are on the curve.
fn many<P: SerdeObject>(
    file: &mut impl Read,
    count: usize,
    size: usize,
) -> io::Result<Option<Vec<P>>> {
    let mut bytes = vec![0; count * size];
    file.read_exact(&mut bytes)?;
    Ok(bytes.chunks_exact(size).map(P::from_raw_bytes).collect())
}

fn number(file: &mut impl Read) -> io::Result<u32> {
    let mut bytes = [0; 4];
    file.read_exact(&mut bytes)?;
    Ok(u32::from_le_bytes(bytes))
}
