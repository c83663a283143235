//! Points and scalars as bytes, and sums of points.

use duces_protocol::bytes::Malformed;
use duces_protocol::pedersen::ViewCommitment;
use ff::PrimeField;
use group::GroupEncoding;
use group::prime::PrimeCurveAffine;
use halo2_proofs::arithmetic::best_multiexp;
use halo2curves::bn256::{Fr, G1, G1Affine};

/// Reads a canonical point other than the identity from 32 bytes.
///
/// # Errors
/// For any other bytes.
pub fn point(bytes: &[u8]) -> Result<G1Affine, Malformed> {
    Ok(ViewCommitment::from_bytes(&word(bytes)?)?.point())
}

/// Reads a canonical scalar from 32 bytes.
///
/// # Errors
/// When it is not smaller than the group order.
pub fn scalar(bytes: &[u8]) -> Result<Fr, Malformed> {
    Option::from(Fr::from_repr(word(bytes)?))
        .ok_or_else(|| Malformed::new("a scalar is not smaller than the group order"))
}

fn word(bytes: &[u8]) -> Result<[u8; 32], Malformed> {
    bytes
        .try_into()
        .map_err(|_| Malformed::new("it ends too early"))
}

/// The compressed form of a point.
#[must_use]
pub fn compress(point: &G1Affine) -> [u8; 32] {
    let mut bytes = [0; 32];
    bytes.copy_from_slice(point.to_bytes().as_ref());
    bytes
}

/// `Σ scalars[i]·points[i]`. The identity may be among the points: the library's sum of many terms
/// would panic on it.
#[must_use]
pub fn linear_combination(scalars: &[Fr], points: &[G1Affine]) -> G1 {
    if points.iter().all(|point| !bool::from(point.is_identity())) {
        return best_multiexp(scalars, points);
    }
    let (scalars, points): (Vec<Fr>, Vec<G1Affine>) = scalars
        .iter()
        .zip(points)
        .filter(|(_, point)| !bool::from(point.is_identity()))
        .unzip();
    best_multiexp(&scalars, &points)
}

#[cfg(test)]
mod tests {
    use super::*;
    use duces_protocol::pedersen::Generators;
    use ff::Field;
    use rand_core::OsRng;

    #[test]
    fn sums_of_many_points_may_hold_the_identity() {
        let mut points = Generators::derive(9000).g;
        let scalars: Vec<Fr> = points.iter().map(|_| Fr::random(OsRng)).collect();
        let all = linear_combination(&scalars, &points);
        let removed = points[7] * scalars[7];
        points[7] = G1Affine::identity();
        assert_eq!(linear_combination(&scalars, &points), all - removed);
    }

    #[test]
    fn words_have_one_spelling() {
        let point_bytes = compress(&G1Affine::generator());
        assert_eq!(point(&point_bytes), Ok(G1Affine::generator()));
        let mut flagged = point_bytes;
        flagged[31] |= 0x80;
        let p = (-Fr::ONE).to_repr();
        let mut above = p;
        above[0] += 1;
        assert!(point(&flagged).is_err() && point(&[0; 32]).is_err() && point(&[0; 31]).is_err());
        assert!(scalar(&p).is_ok() && scalar(&above).is_err() && scalar(&[1; 33]).is_err());
    }
}
