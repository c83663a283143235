//! Constant tensors. Every length is checked against the bytes present.

use super::message::TensorMessage;
use super::types;

/// The largest number of elements in a constant.
pub const MAX_ELEMENTS: usize = 1 << 27;

/// The largest number of axes.
pub const MAX_RANK: usize = 8;

/// A constant of numbers, row-major. Integers up to 2^53 are exact.
#[derive(Clone, PartialEq, Debug)]
pub struct Tensor {
    /// Shape; empty for a scalar.
    pub shape: Vec<usize>,
    /// Elements.
    pub data: Vec<f64>,
}

impl Tensor {
    /// A vector of integers.
    #[must_use]
    pub fn integers(values: &[usize]) -> Self {
        Self {
            shape: vec![values.len()],
            data: values.iter().map(|&v| v as f64).collect(),
        }
    }

    /// The elements as integers. Numbers beyond 2^53 stand for "to the
    /// end" in practice; they become the nearest number that a double and an `i64` both hold.
    ///
    /// # Errors
    /// Names the first element that is not an integer.
    pub fn as_integers(&self) -> Result<Vec<i64>, String> {
        let integer = |&v: &f64| {
            if v.fract() == 0.0 {
                Ok(v as i64)
            } else {
                Err(format!("{v} is not an integer"))
            }
        };
        self.data.iter().map(integer).collect()
    }
}

/// What a tensor of the file holds.
#[derive(Clone, PartialEq, Debug)]
pub enum Content {
    /// Numbers.
    Numbers(Tensor),
    /// Strings: class labels.
    Strings(Vec<String>),
}

/// Decodes a tensor.
///
/// # Errors
/// The reason as a clause: external data, wrong length, not finite, unknown element type.
pub fn decode(message: &TensorMessage) -> Result<Content, String> {
    if message.data_location != 0 || !message.external_data.is_empty() {
        return Err(
            "its data is in another file (PyTorch: external_data=False keeps it in one)".to_owned(),
        );
    }
    if message.dims.len() > MAX_RANK {
        return Err(format!(
            "it has {} axes, at most {MAX_RANK} are read",
            message.dims.len()
        ));
    }
    let shape: Vec<usize> = message
        .dims
        .iter()
        .map(|&d| usize::try_from(d).map_err(|_| format!("it has a negative dimension {d}")))
        .collect::<Result<_, _>>()?;
    let count = shape
        .iter()
        .try_fold(1usize, |n, &d| n.checked_mul(d))
        .filter(|&n| n <= MAX_ELEMENTS)
        .ok_or_else(|| format!("it has more than {MAX_ELEMENTS} elements"))?;
    if message.data_type == 8 {
        if message.string_data.len() != count {
            return Err(format!("it should hold {count} strings"));
        }
        let strings = &message.string_data;
        let text = strings
            .iter()
            .map(|s| String::from_utf8_lossy(s).into_owned())
            .collect();
        return Ok(Content::Strings(text));
    }
    let data = numbers(message, count)?;
    if let Some(bad) = data.iter().find(|v| !v.is_finite()) {
        return Err(format!("it contains {bad}"));
    }
    Ok(Content::Numbers(Tensor { shape, data }))
}

/// Reads `count` elements of the tensor's type from whichever field holds them.
fn numbers(message: &TensorMessage, count: usize) -> Result<Vec<f64>, String> {
    let raw = &message.raw_data;
    let is_raw = !raw.is_empty();
    match message.data_type {
        1 => {
            let bytes = if is_raw { raw } else { &message.float_data };
            fixed(bytes, count, |c: [u8; 4]| f64::from(f32::from_le_bytes(c)))
        }
        11 => fixed(
            if is_raw { raw } else { &message.double_data },
            count,
            f64::from_le_bytes,
        ),
        10 | 16 => {
            let widen = if message.data_type == 10 { half } else { brain };
            if is_raw {
                fixed(raw, count, |c: [u8; 2]| widen(u16::from_le_bytes(c)))
            } else {
                let words = varints(&message.int32_data, count)?;
                Ok(words.into_iter().map(|w| widen(w as u16)).collect())
            }
        }
        kind if !is_raw => {
            let bytes = match kind {
                2..=6 | 9 => &message.int32_data,
                7 => &message.int64_data,
                12 | 13 => &message.uint64_data,
                _ => return Err(unread(kind)),
            };
            Ok(varints(bytes, count)?
                .into_iter()
                .map(|v| v as i64 as f64)
                .collect())
        }
        2 | 9 => fixed(raw, count, |[b]: [u8; 1]| f64::from(b)),
        3 => fixed(raw, count, |c| f64::from(i8::from_le_bytes(c))),
        4 => fixed(raw, count, |c| f64::from(u16::from_le_bytes(c))),
        5 => fixed(raw, count, |c| f64::from(i16::from_le_bytes(c))),
        6 => fixed(raw, count, |c| f64::from(i32::from_le_bytes(c))),
        7 => fixed(raw, count, |c| i64::from_le_bytes(c) as f64),
        12 => fixed(raw, count, |c| f64::from(u32::from_le_bytes(c))),
        13 => fixed(raw, count, |c| u64::from_le_bytes(c) as f64),
        kind => Err(unread(kind)),
    }
}

fn unread(kind: i32) -> String {
    format!(
        "its elements are of {}, which is not read",
        types::name(kind.into())
    )
}

fn fixed<const N: usize>(
    bytes: &[u8],
    count: usize,
    read: impl Fn([u8; N]) -> f64,
) -> Result<Vec<f64>, String> {
    if count.checked_mul(N) != Some(bytes.len()) {
        return Err(format!(
            "{count} elements take {} bytes, it has {}",
            count * N,
            bytes.len()
        ));
    }
    let element = |chunk: &[u8]| {
        let mut array = [0; N];
        array.copy_from_slice(chunk);
        read(array)
    };
    Ok(bytes.chunks_exact(N).map(element).collect())
}

/// Reads exactly `count` base-128 varints.
fn varints(bytes: &[u8], count: usize) -> Result<Vec<u64>, String> {
    if count > bytes.len() {
        return Err(format!(
            "{count} elements do not fit into {} bytes",
            bytes.len()
        ));
    }
    let mut values = Vec::with_capacity(count);
    let (mut value, mut shift) = (0u64, 0u32);
    for &byte in bytes {
        if shift > 63 {
            return Err("it contains an overlong integer".to_owned());
        }
        value |= u64::from(byte & 0x7f) << shift;
        shift += 7;
        if byte & 0x80 == 0 {
            values.push(value);
            (value, shift) = (0, 0);
        }
    }
    if values.len() != count || shift != 0 {
        return Err(format!(
            "it should hold {count} integers, it holds {}",
            values.len()
        ));
    }
    Ok(values)
}

/// IEEE 754 binary16.
fn half(bits: u16) -> f64 {
    let sign = if bits >> 15 == 1 { -1.0 } else { 1.0 };
    let exponent = i32::from(bits >> 10 & 0x1f);
    let fraction = f64::from(bits & 0x3ff) / 1024.0;
    match exponent {
        0 => sign * fraction * 2f64.powi(-14),
        31 if fraction == 0.0 => sign * f64::INFINITY,
        31 => f64::NAN,
        _ => sign * (1.0 + fraction) * 2f64.powi(exponent - 15),
    }
}

/// The upper half of a binary32.
fn brain(bits: u16) -> f64 {
    f64::from(f32::from_bits(u32::from(bits) << 16))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tensor(data_type: i32, dims: &[i64]) -> TensorMessage {
        TensorMessage {
            dims: dims.to_vec(),
            data_type,
            ..TensorMessage::default()
        }
    }

    #[test]
    fn every_length_is_checked() {
        let mut message = tensor(1, &[1 << 40, 1 << 40]);
        assert!(decode(&message).unwrap_err().contains("more than"));
        message.dims = vec![2];
        message.raw_data = vec![0; 7];
        assert!(decode(&message).unwrap_err().contains("take 8 bytes"));
        message.dims = vec![-2];
        assert!(decode(&message).unwrap_err().contains("negative"));
        message.data_location = 1;
        assert!(decode(&message).unwrap_err().contains("another file"));
    }

    #[test]
    fn infinities_are_refused_and_halves_read() {
        let mut message = tensor(1, &[1]);
        message.raw_data = f32::NAN.to_le_bytes().to_vec();
        assert!(decode(&message).unwrap_err().contains("NaN"));
        message.data_type = 10;
        message.raw_data = vec![0x00, 0xc0];
        let Ok(Content::Numbers(two)) = decode(&message) else {
            panic!("a half")
        };
        assert_eq!(two.data, [-2.0]);
    }

    #[test]
    fn packed_integers() {
        let mut message = tensor(7, &[2]);
        message.int64_data = vec![
            0x05, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01,
        ];
        let Ok(Content::Numbers(list)) = decode(&message) else {
            panic!("two integers")
        };
        assert_eq!(list.data, [5.0, -1.0]);
        message.int64_data.pop();
        assert!(decode(&message).is_err());
    }
}
