//! Pedersen vector commitments to views, over BN254 G1 (`[format-view-commitment]`).
//!
//! `P = Σ x_i·G_i + σ·W`: perfectly hiding for a uniform blind `σ` used once, binding under
//! discrete logarithms in G1, and linear in `(x, σ)`. The generators come from hashing to the
//! curve, so that nobody knows a relation between them. BN254 G1 has prime order: every point of
//! the curve is in the group.
//!
//! Not proved by a commitment: that the entries are bytes.

mod committer;

pub use committer::Committer;

use crate::bytes::Malformed;
use crate::hash_to_curve::hash_to_curve;
use ff::{Field, PrimeField};
use group::GroupEncoding;
use group::prime::PrimeCurveAffine;
use halo2curves::bn256::{Fr, G1, G1Affine};
use rand_core::OsRng;
use rayon::prelude::*;

/// Domain of the hash to the curve.
const DOMAIN: &str = "duces/view-commitment/v1";

/// The generators of view commitments.
///
/// `G_i` is the hash to the curve of `0 ‖ i` (4 bytes, little-endian), `W` that of `1`.
/// A shorter list is a prefix of a longer one.
#[derive(Clone, Debug)]
pub struct Generators {
    /// `G_0, G_1, …`
    pub g: Vec<G1Affine>,
    /// The generator of blinds.
    pub w: G1Affine,
}

impl Generators {
    /// Derives `len` generators and `W`. Takes about 0.01 ms each on one core.
    #[must_use]
    pub fn derive(len: usize) -> Self {
        let g = (0..len)
            .into_par_iter()
            .map(|i| {
                let index = u32::try_from(i).expect("views have at most 2^20 bytes");
                let mut message = [0; 5];
                message[1..].copy_from_slice(&index.to_le_bytes());
                hash_to_curve(DOMAIN, &message)
            })
            .collect();
        Self {
            g,
            w: hash_to_curve(DOMAIN, &[1]),
        }
    }
}

/// Affine forms of many points with one inversion.
#[must_use]
pub fn normalise(points: &[G1]) -> Vec<G1Affine> {
    use group::Curve;
    let mut affine = vec![G1Affine::identity(); points.len()];
    G1::batch_normalize(points, &mut affine);
    affine
}

/// A commitment to one view: a point of G1 other than the identity.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ViewCommitment(G1Affine);

impl ViewCommitment {
    /// The compressed form: 32 bytes.
    #[must_use]
    pub fn to_bytes(&self) -> [u8; 32] {
        let mut bytes = [0; 32];
        bytes.copy_from_slice(self.0.to_bytes().as_ref());
        bytes
    }

    /// Reads the compressed form.
    ///
    /// # Errors
    /// When the bytes are not the canonical form of a point of the curve, or are the identity.
    pub fn from_bytes(bytes: &[u8; 32]) -> Result<Self, Malformed> {
        let mut repr = <G1Affine as GroupEncoding>::Repr::default();
        repr.as_mut().copy_from_slice(bytes);
        let point: Option<G1Affine> = G1Affine::from_bytes(&repr).into();
        match point {
            Some(point) if !bool::from(point.is_identity()) => {
                let commitment = Self(point);
                if commitment.to_bytes() == *bytes {
                    Ok(commitment)
                } else {
                    Err(Malformed::new("a view commitment is not in canonical form"))
                }
            }
            _ => Err(Malformed::new(
                "a view commitment is not a point of the curve",
            )),
        }
    }

    /// The point.
    #[must_use]
    pub fn point(&self) -> G1Affine {
        self.0
    }
}

/// The secret blind of one view commitment: a uniform scalar, used once.
pub struct ViewBlind(Fr);

impl ViewBlind {
    /// Draws a blind from the operating system.
    #[must_use]
    pub fn random() -> Self {
        Self(Fr::random(OsRng))
    }

    /// The scalar in 32 bytes, little-endian.
    #[must_use]
    pub fn to_bytes(&self) -> [u8; 32] {
        self.0.to_repr()
    }

    /// Reads a scalar.
    ///
    /// # Errors
    /// When it is not smaller than the group order.
    pub fn from_bytes(bytes: &[u8; 32]) -> Result<Self, Malformed> {
        Option::from(Fr::from_repr(*bytes))
            .map(Self)
            .ok_or_else(|| Malformed::new("a blind is not a canonical scalar"))
    }

    /// The scalar.
    #[must_use]
    pub fn scalar(&self) -> Fr {
        self.0
    }
}

impl Drop for ViewBlind {
    fn drop(&mut self) {
        self.0 = Fr::ZERO;
        std::hint::black_box(&self.0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::leaf::FileHasher;
    use group::Curve;
    use halo2curves::CurveAffine;

    fn naive(generators: &Generators, view: &[u8], blind: &ViewBlind) -> G1Affine {
        let sum = view
            .iter()
            .zip(&generators.g)
            .map(|(&x, g)| g * Fr::from(u64::from(x)))
            .fold(generators.w * blind.scalar(), |sum, term| sum + term);
        sum.to_affine()
    }

    #[test]
    fn committer_matches_the_definition() {
        let generators = Generators::derive(300);
        let committer = Committer::new(&generators, 300);
        let dense: Vec<u8> = (0..300).map(|i| (i * 7 % 256) as u8).collect();
        let sparse: Vec<u8> = (0..300).map(|i| u8::from(i % 50 == 0) * 255).collect();
        let counts: Vec<u8> = (0..300).map(|i| (i % 9 * (i % 2)) as u8).collect();
        let digits: Vec<u8> = (0..300).map(|i| [0x30, 0x05, 0xf0, 0][i % 4]).collect();
        let blinds = [
            ViewBlind::random(),
            ViewBlind::random(),
            ViewBlind::random(),
            ViewBlind::random(),
            ViewBlind::random(),
        ];
        let views = [dense, sparse, counts, digits, vec![0; 300]];
        let items: Vec<(&[u8], &ViewBlind)> =
            views.iter().map(Vec::as_slice).zip(&blinds).collect();
        let many = committer.commit_many(&items);
        for ((view, blind), commitment) in items.iter().zip(&many) {
            assert_eq!(commitment.point(), naive(&generators, view, blind));
            assert_eq!(committer.commit(view, blind), *commitment);
            assert_eq!(
                ViewCommitment::from_bytes(&commitment.to_bytes()),
                Ok(*commitment)
            );
        }
    }

    #[test]
    fn generators_are_prefix_stable_and_distinct() {
        let short = Generators::derive(5);
        let long = Generators::derive(40);
        assert_eq!(short.g[..], long.g[..5]);
        assert_eq!(short.w, long.w);
        for (i, g) in long.g.iter().enumerate() {
            assert!(bool::from(g.is_on_curve()) && *g != long.w);
            assert!(!long.g[..i].contains(g));
        }
    }

    /// So that they stay what they are: another list would be another commitment scheme.
    #[test]
    fn generators_are_frozen() {
        let generators = Generators::derive(64);
        let points = generators.g.iter().chain([&generators.w]);
        let bytes: Vec<u8> = points
            .flat_map(|point| ViewCommitment(*point).to_bytes())
            .collect();
        assert_eq!(
            FileHasher::of(&bytes).to_string(),
            "352de5c5d28858ec7a22c1ccf5f0d9d9d05fc1e8ea4a8a915bed60d1faa215de"
        );
    }

    /// The x-coordinate plus the prime of the base field is the same point under another name.
    #[test]
    fn a_point_has_one_spelling() {
        let committer = Committer::new(&Generators::derive(1), 1);
        let mut tried = 0;
        while tried < 20 {
            let point = committer.commit(&[1], &ViewBlind::random()).to_bytes();
            let flags = point[31] & 0xc0;
            let mut other = point;
            other[31] &= 0x3f;
            let mut carry = 0;
            for (byte, prime) in other.iter_mut().zip(BASE_PRIME) {
                let sum = u16::from(*byte) + u16::from(prime) + carry;
                *byte = (sum & 0xff) as u8;
                carry = sum >> 8;
            }
            if other[31] & 0xc0 == 0 {
                other[31] |= flags;
                assert!(ViewCommitment::from_bytes(&other).is_err());
                tried += 1;
            }
        }
    }

    /// The prime of the base field of BN254, little-endian.
    const BASE_PRIME: [u8; 32] = [
        0x47, 0xfd, 0x7c, 0xd8, 0x16, 0x8c, 0x20, 0x3c, 0x8d, 0xca, 0x71, 0x68, 0x91, 0x6a, 0x81,
        0x97, 0x5d, 0x58, 0x81, 0x81, 0xb6, 0x45, 0x50, 0xb8, 0x29, 0xa0, 0x31, 0xe1, 0x72, 0x4e,
        0x64, 0x30,
    ];

    #[test]
    fn foreign_points_are_refused() {
        assert!(ViewCommitment::from_bytes(&[0; 32]).is_err());
        assert!(ViewCommitment::from_bytes(&[0xff; 32]).is_err());
        let valid = ViewCommitment(Generators::derive(1).g[0]).to_bytes();
        let accepted = (0..=255u8)
            .filter(|byte| {
                let mut changed = valid;
                changed[0] = *byte;
                ViewCommitment::from_bytes(&changed).is_ok()
            })
            .count();
        assert!(
            (64..192).contains(&accepted),
            "about half of all x lie on the curve: {accepted}"
        );
    }
}
