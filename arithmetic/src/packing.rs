//! Between the library's integers and limbs.
//!
//! The library keeps `x·2^256`. Montgomery's product in lanes divides by `2^260`: where one factor
//! is multiplied by 16 on the way, by a shift, the product of two of the library's numbers is again one of the
//! library's. So nothing is ever converted by a product.

use crate::lanes::{LIMB, Lanes};
use crate::product::Wide;

/// The limbs of four integers.
#[inline(always)]
pub(crate) fn unpack<S: Lanes>(s: S, x: [S::V; 4]) -> Wide<S> {
    let mask = s.splat(LIMB);
    [
        s.and(x[0], mask),
        s.and(s.or(s.shr::<52>(x[0]), s.shl::<12>(x[1])), mask),
        s.and(s.or(s.shr::<40>(x[1]), s.shl::<24>(x[2])), mask),
        s.and(s.or(s.shr::<28>(x[2]), s.shl::<36>(x[3])), mask),
        s.shr::<16>(x[3]),
    ]
}

/// The limbs of sixteen times four integers.
#[inline(always)]
pub(crate) fn unpack_sixteenfold<S: Lanes>(s: S, x: [S::V; 4]) -> Wide<S> {
    let mask = s.splat(LIMB);
    [
        s.and(s.shl::<4>(x[0]), mask),
        s.and(s.or(s.shr::<48>(x[0]), s.shl::<16>(x[1])), mask),
        s.and(s.or(s.shr::<36>(x[1]), s.shl::<28>(x[2])), mask),
        s.and(s.or(s.shr::<24>(x[2]), s.shl::<40>(x[3])), mask),
        s.shr::<12>(x[3]),
    ]
}

/// Four integers from proper limbs of a value below `2^256`.
#[inline(always)]
pub(crate) fn pack<S: Lanes>(s: S, x: Wide<S>) -> [S::V; 4] {
    [
        s.or(x[0], s.shl::<52>(x[1])),
        s.or(s.shr::<12>(x[1]), s.shl::<40>(x[2])),
        s.or(s.shr::<24>(x[2]), s.shl::<28>(x[3])),
        s.or(s.shr::<36>(x[3]), s.shl::<16>(x[4])),
    ]
}
