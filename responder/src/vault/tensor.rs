//! The compact form of a tensor: dense, or the gaps between its non-zero bytes.
//!
//! `0 ‖ bytes`, or `1 ‖ (gap, byte)*` where `gap` is the number of zeros before a non-zero byte,
//! in base 128 with the high bit set on all but the last digit, least significant first. The
//! shorter form is stored. Most text views are short in it, and line drawings and scans too.

use duces_protocol::bytes::{Malformed, Reader};

const DENSE: u8 = 0;
const SPARSE: u8 = 1;

/// The shorter of the two forms.
pub fn encode(tensor: &[u8]) -> Vec<u8> {
    let mut out = vec![SPARSE];
    let mut gap = 0_usize;
    for &byte in tensor {
        if byte == 0 {
            gap += 1;
            continue;
        }
        while gap > 127 {
            out.push((gap & 127) as u8 | 128);
            gap >>= 7;
        }
        out.extend([gap as u8, byte]);
        gap = 0;
        if out.len() > tensor.len() {
            out.clear();
            out.push(DENSE);
            out.extend(tensor);
            break;
        }
    }
    out
}

/// Reads either form of a tensor of `len` bytes.
pub fn decode(bytes: &[u8], len: usize) -> Result<Vec<u8>, Malformed> {
    let mut from = Reader::new(bytes);
    match from.u8()? {
        DENSE => {
            let tensor = from.take(len)?.to_vec();
            from.finish()?;
            Ok(tensor)
        }
        SPARSE => {
            let mut tensor = vec![0; len];
            let mut index = 0_usize;
            while from.remaining() > 0 {
                index = index.saturating_add(gap(&mut from)?);
                let place = tensor.get_mut(index);
                *place.ok_or_else(|| Malformed::new("a tensor is too long"))? = from.u8()?;
                index += 1;
            }
            Ok(tensor)
        }
        other => Err(Malformed::new(format!("{other} is not a form of a tensor"))),
    }
}

fn gap(from: &mut Reader) -> Result<usize, Malformed> {
    let mut gap = 0_usize;
    for shift in [0, 7, 14] {
        let digit = from.u8()?;
        gap |= usize::from(digit & 127) << shift;
        if digit < 128 {
            return Ok(gap);
        }
    }
    Err(Malformed::new("a gap in a tensor is too long"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tensors_round_trip() {
        let mut far = vec![0; 1 << 20];
        far[(1 << 20) - 1] = 7;
        let tensors = [
            vec![0],
            vec![9],
            vec![0; 4096],
            vec![1; 784],
            far,
            (0..300)
                .map(|i| if i % 129 == 128 { 255 } else { 0 })
                .collect(),
            (0..300).map(|i| (i % 3) as u8).collect(),
        ];
        for tensor in tensors {
            let bytes = encode(&tensor);
            assert!(bytes.len() <= tensor.len() + 3);
            assert_eq!(decode(&bytes, tensor.len()).unwrap(), tensor);
        }
        assert_eq!(encode(&[0; 4096]), [SPARSE]);
        assert_eq!(encode(&[1; 784]).len(), 785);
    }

    #[test]
    fn damage_is_refused() {
        for bytes in [
            &[][..],
            &[2],
            &[DENSE, 1],
            &[DENSE, 1, 2, 3, 4, 5],
            &[SPARSE, 4, 1],
            &[SPARSE, 1],
            &[SPARSE, 255, 255, 255, 1, 1],
            &[SPARSE, 128],
        ] {
            assert!(decode(bytes, 4).is_err(), "{bytes:?}");
        }
    }
}
