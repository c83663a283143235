//! The `.npy` format of numpy (versions 1 and 2), for tensors of bytes.

use duces_shell::{Failure, shown};
use std::path::Path;

/// The largest file that is read, in bytes.
pub const MAX_BYTES: u64 = 1 << 32;

/// The header of an array of `u8` in C order.
#[must_use]
pub fn header(shape: &[usize]) -> Vec<u8> {
    let sizes: Vec<String> = shape.iter().map(|size| format!("{size},")).collect();
    let text = format!(
        "{{'descr': '|u1', 'fortran_order': False, 'shape': ({}), }}",
        sizes.join(" ")
    );
    // Magic, version and length take 10 bytes; the whole is padded to a multiple of 64.
    let padded = (text.len() + 11).next_multiple_of(64) - 10;
    let mut header = b"\x93NUMPY\x01\x00".to_vec();
    header.extend((padded as u16).to_le_bytes());
    header.extend(text.bytes());
    header.resize(10 + padded - 1, b' ');
    header.push(b'\n');
    header
}

/// Reads views of `len` bytes each. Other number types are accepted when every element is an
/// integer from 0 to 255.
///
/// # Errors
/// When the file is not such an array.
pub fn views(path: &Path, bytes: &[u8], len: usize) -> Result<Vec<Vec<u8>>, Failure> {
    parse(bytes, len).map_err(|reason| {
        Failure::refused(
            format!("{}: {reason}", shown(path)),
            "write it with 'requester features', or with numpy.save as uint8 in C order",
        )
    })
}

fn parse(bytes: &[u8], len: usize) -> Result<Vec<Vec<u8>>, String> {
    let broken = || "it is not an array of numpy".to_owned();
    let version = *bytes
        .get(6)
        .filter(|_| bytes.starts_with(b"\x93NUMPY"))
        .ok_or_else(broken)?;
    let (start, size) = match (version, bytes.get(8..12)) {
        (1, Some(&[a, b, ..])) => (10, usize::from(u16::from_le_bytes([a, b]))),
        (2, Some(&[a, b, c, d])) => (12, u32::from_le_bytes([a, b, c, d]) as usize),
        _ => return Err(broken()),
    };
    let end = start + size;
    let text = bytes
        .get(start..end)
        .and_then(|text| std::str::from_utf8(text).ok());
    let text = text.ok_or_else(broken)?;
    let data = &bytes[end..];
    let field = |name: &str| {
        let rest = text.split_once(&format!("'{name}':"))?.1.trim_start();
        Some(rest)
    };
    let descr = field("descr")
        .and_then(|rest| rest.strip_prefix('\''))
        .ok_or_else(broken)?;
    let descr = descr.split('\'').next().unwrap_or_default();
    if !field("fortran_order").is_some_and(|rest| rest.starts_with("False")) {
        return Err("it is in Fortran order".to_owned());
    }
    let shape = field("shape")
        .and_then(|rest| rest.strip_prefix('('))
        .ok_or_else(broken)?;
    let shape = shape.split(')').next().unwrap_or_default();
    let sizes: Vec<usize> = shape
        .split(',')
        .map(str::trim)
        .filter(|size| !size.is_empty())
        .map(|size| size.parse().map_err(|_| broken()))
        .collect::<Result<_, _>>()?;
    let count = sizes
        .iter()
        .try_fold(1usize, |n, &d| n.checked_mul(d))
        .ok_or_else(broken)?;
    let elements = elements(descr, data)?;
    if elements.len() != count || count % len != 0 || count == 0 {
        return Err(format!(
            "its shape {sizes:?} is not a list of views of {len} bytes"
        ));
    }
    Ok(elements.chunks_exact(len).map(<[u8]>::to_vec).collect())
}

fn elements(descr: &str, data: &[u8]) -> Result<Vec<u8>, String> {
    match descr {
        "|u1" | "<u1" => Ok(data.to_vec()),
        "<f4" => bytes_of(data, |c| f64::from(f32::from_le_bytes(c))),
        "<f8" => bytes_of(data, f64::from_le_bytes),
        "<i2" => bytes_of(data, |c| f64::from(i16::from_le_bytes(c))),
        "<i4" => bytes_of(data, |c| f64::from(i32::from_le_bytes(c))),
        "<i8" => bytes_of(data, |c| i64::from_le_bytes(c) as f64),
        other => Err(format!("its element type is '{other}'")),
    }
}

fn bytes_of<const N: usize>(data: &[u8], read: impl Fn([u8; N]) -> f64) -> Result<Vec<u8>, String> {
    if !data.len().is_multiple_of(N) {
        return Err("it ends in the middle of an element".to_owned());
    }
    let element = |chunk: &[u8]| {
        let mut array = [0; N];
        array.copy_from_slice(chunk);
        let value = read(array);
        if value.fract() == 0.0 && (0.0..=255.0).contains(&value) {
            Ok(value as u8)
        } else {
            Err(format!("it contains {value}, which is not a byte"))
        }
    };
    data.chunks_exact(N).map(element).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn round_trip() {
        let mut file = header(&[2, 1, 2, 2]);
        assert_eq!(file.len() % 64, 0);
        file.extend([0, 1, 2, 3, 4, 5, 6, 255]);
        assert_eq!(parse(&file, 4).unwrap(), [[0, 1, 2, 3], [4, 5, 6, 255]]);
        assert!(parse(&file, 3).is_err());
        for cut in 0..file.len() {
            assert!(parse(&file[..cut], 4).is_err(), "{cut}");
        }
    }
}
