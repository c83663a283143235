//! Lanes of AVX-512 with its fused multiply-add of 52-bit integers.

use super::Lanes;
use std::arch::x86_64::{
    __m256i, __m512i, _mm256_loadu_si256, _mm512_add_epi64, _mm512_and_si512,
    _mm512_castsi256_si512, _mm512_cmpeq_epi64_mask, _mm512_inserti64x4, _mm512_loadu_si512,
    _mm512_madd52hi_epu64, _mm512_madd52lo_epu64, _mm512_mask_blend_epi64, _mm512_movepi64_mask,
    _mm512_or_si512, _mm512_permutex2var_epi64, _mm512_set_epi64, _mm512_set1_epi64,
    _mm512_setzero_si512, _mm512_shuffle_i64x2, _mm512_slli_epi64, _mm512_srai_epi64,
    _mm512_srli_epi64, _mm512_storeu_si512, _mm512_sub_epi64, _mm512_unpackhi_epi64,
    _mm512_unpacklo_epi64,
};

/// Proof that the processor has AVX-512 F, DQ and IFMA, AVX2 and BMI2: there is none without [`Ifma::detect`].
#[derive(Clone, Copy, Debug)]
pub(crate) struct Ifma(());

impl Ifma {
    /// Asks the processor.
    pub(crate) fn detect() -> Option<Self> {
        (is_x86_feature_detected!("avx512f")
            && is_x86_feature_detected!("avx512dq")
            && is_x86_feature_detected!("avx512ifma")
            && is_x86_feature_detected!("avx2")
            && is_x86_feature_detected!("bmi2"))
        .then_some(Self(()))
    }

    /// Runs a kernel compiled for these instructions.
    #[allow(unsafe_code)]
    pub(crate) fn run<K: crate::engine::Kernel>(self, kernel: K) -> K::Output {
        // SAFETY: an `Ifma` exists only where the processor has the features of `compiled`.
        unsafe { compiled(self, kernel) }
    }
}

/// Everything below is inlined here, where the compiler may use the instructions.
#[target_feature(enable = "avx512f,avx512dq,avx512ifma,avx2,bmi2")]
fn compiled<K: crate::engine::Kernel>(lanes: Ifma, kernel: K) -> K::Output {
    kernel.lanes(lanes)
}

/// Calls an intrinsic.
macro_rules! intrinsic {
    ($call:expr) => {{
        // SAFETY: an `Ifma` exists only where the processor has the features of these
        // intrinsics; those that read or write memory get references to as many bytes.
        #[allow(unsafe_code)]
        unsafe {
            $call
        }
    }};
}

impl Lanes for Ifma {
    type V = __m512i;

    #[inline(always)]
    fn splat(self, value: u64) -> __m512i {
        intrinsic!(_mm512_set1_epi64(value as i64))
    }

    #[inline(always)]
    fn load(self, from: &[u64; 8]) -> __m512i {
        intrinsic!(_mm512_loadu_si512(from.as_ptr().cast()))
    }

    #[inline(always)]
    fn store(self, value: __m512i, to: &mut [u64; 8]) {
        intrinsic!(_mm512_storeu_si512(to.as_mut_ptr().cast(), value));
    }

    #[inline(always)]
    fn madd_lo(self, sum: __m512i, a: __m512i, b: __m512i) -> __m512i {
        intrinsic!(_mm512_madd52lo_epu64(sum, a, b))
    }

    #[inline(always)]
    fn madd_hi(self, sum: __m512i, a: __m512i, b: __m512i) -> __m512i {
        intrinsic!(_mm512_madd52hi_epu64(sum, a, b))
    }

    #[inline(always)]
    fn add(self, a: __m512i, b: __m512i) -> __m512i {
        intrinsic!(_mm512_add_epi64(a, b))
    }

    #[inline(always)]
    fn sub(self, a: __m512i, b: __m512i) -> __m512i {
        intrinsic!(_mm512_sub_epi64(a, b))
    }

    #[inline(always)]
    fn and(self, a: __m512i, b: __m512i) -> __m512i {
        intrinsic!(_mm512_and_si512(a, b))
    }

    #[inline(always)]
    fn or(self, a: __m512i, b: __m512i) -> __m512i {
        intrinsic!(_mm512_or_si512(a, b))
    }

    #[inline(always)]
    fn shr<const N: u32>(self, a: __m512i) -> __m512i {
        intrinsic!(_mm512_srli_epi64::<N>(a))
    }

    #[inline(always)]
    fn shl<const N: u32>(self, a: __m512i) -> __m512i {
        intrinsic!(_mm512_slli_epi64::<N>(a))
    }

    #[inline(always)]
    fn sar<const N: u32>(self, a: __m512i) -> __m512i {
        intrinsic!(_mm512_srai_epi64::<N>(a))
    }

    #[inline(always)]
    fn if_negative(self, sign: __m512i, yes: __m512i, no: __m512i) -> __m512i {
        intrinsic!(_mm512_mask_blend_epi64(_mm512_movepi64_mask(sign), no, yes))
    }

    #[inline(always)]
    fn if_zero(self, value: __m512i, yes: __m512i, no: __m512i) -> __m512i {
        intrinsic!({
            let zero = _mm512_cmpeq_epi64_mask(value, _mm512_setzero_si512());
            _mm512_mask_blend_epi64(zero, no, yes)
        })
    }

    #[inline(always)]
    fn transpose(self, r: [__m512i; 8]) -> [__m512i; 8] {
        intrinsic!({
            let [a, b, c, d] = [
                _mm512_unpacklo_epi64(r[0], r[1]),
                _mm512_unpacklo_epi64(r[2], r[3]),
                _mm512_unpacklo_epi64(r[4], r[5]),
                _mm512_unpacklo_epi64(r[6], r[7]),
            ];
            let [e, f, g, h] = [
                _mm512_unpackhi_epi64(r[0], r[1]),
                _mm512_unpackhi_epi64(r[2], r[3]),
                _mm512_unpackhi_epi64(r[4], r[5]),
                _mm512_unpackhi_epi64(r[6], r[7]),
            ];
            let [even, odd] = [self.quarters([a, b, c, d]), self.quarters([e, f, g, h])];
            [
                even[0], odd[0], even[1], odd[1], even[2], odd[2], even[3], odd[3],
            ]
        })
    }

    #[inline(always)]
    fn spread(self, elements: &[[u64; 4]; 8]) -> [__m512i; 4] {
        let (pairs, _) = elements.as_flattened().as_chunks::<8>();
        self.limbs([
            self.load(&pairs[0]),
            self.load(&pairs[1]),
            self.load(&pairs[2]),
            self.load(&pairs[3]),
        ])
    }

    #[inline(always)]
    fn collect(self, e: [&[u64; 4]; 8]) -> [__m512i; 4] {
        self.limbs([
            self.pair(e[0], e[1]),
            self.pair(e[2], e[3]),
            self.pair(e[4], e[5]),
            self.pair(e[6], e[7]),
        ])
    }

    #[inline(always)]
    fn join(self, v: [__m512i; 4], elements: &mut [[u64; 4]; 8]) {
        let (pairs, _) = elements.as_flattened_mut().as_chunks_mut::<8>();
        let [a, b, c, d] = intrinsic!({
            [
                _mm512_shuffle_i64x2::<0x44>(v[0], v[1]),
                _mm512_shuffle_i64x2::<0x44>(v[2], v[3]),
                _mm512_shuffle_i64x2::<0xee>(v[0], v[1]),
                _mm512_shuffle_i64x2::<0xee>(v[2], v[3]),
            ]
        });
        let ([p, q], [r, s]) = (self.interleave(a, b), self.interleave(c, d));
        self.store(p, &mut pairs[0]);
        self.store(q, &mut pairs[1]);
        self.store(r, &mut pairs[2]);
        self.store(s, &mut pairs[3]);
    }
}

impl Ifma {
    /// Two elements side by side.
    #[inline(always)]
    fn pair(self, low: &[u64; 4], high: &[u64; 4]) -> __m512i {
        intrinsic!({
            let low: __m256i = _mm256_loadu_si256(low.as_ptr().cast());
            let high: __m256i = _mm256_loadu_si256(high.as_ptr().cast());
            _mm512_inserti64x4::<1>(_mm512_castsi256_si512(low), high)
        })
    }

    /// `a0 a4 b0 b4 a1 a5 b1 b5` and `a2 a6 b2 b6 a3 a7 b3 b7`.
    #[inline(always)]
    fn interleave(self, a: __m512i, b: __m512i) -> [__m512i; 2] {
        intrinsic!({
            let low = _mm512_set_epi64(13, 9, 5, 1, 12, 8, 4, 0);
            let high = _mm512_set_epi64(15, 11, 7, 3, 14, 10, 6, 2);
            [
                _mm512_permutex2var_epi64(a, low, b),
                _mm512_permutex2var_epi64(a, high, b),
            ]
        })
    }

    /// Vector `i` gets integer `i` of eight elements, two of which lie in each vector.
    #[inline(always)]
    fn limbs(self, pairs: [__m512i; 4]) -> [__m512i; 4] {
        let [a, b] = self.interleave(pairs[0], pairs[1]);
        let [c, d] = self.interleave(pairs[2], pairs[3]);
        intrinsic!([
            _mm512_shuffle_i64x2::<0x44>(a, c),
            _mm512_shuffle_i64x2::<0xee>(a, c),
            _mm512_shuffle_i64x2::<0x44>(b, d),
            _mm512_shuffle_i64x2::<0xee>(b, d),
        ])
    }

    /// Quarter `j` of vector `i` becomes quarter `i` of vector `j`.
    #[inline(always)]
    fn quarters(self, v: [__m512i; 4]) -> [__m512i; 4] {
        intrinsic!({
            let even_low = _mm512_shuffle_i64x2::<0x88>(v[0], v[1]);
            let odd_low = _mm512_shuffle_i64x2::<0xdd>(v[0], v[1]);
            let even_high = _mm512_shuffle_i64x2::<0x88>(v[2], v[3]);
            let odd_high = _mm512_shuffle_i64x2::<0xdd>(v[2], v[3]);
            [
                _mm512_shuffle_i64x2::<0x88>(even_low, even_high),
                _mm512_shuffle_i64x2::<0x88>(odd_low, odd_high),
                _mm512_shuffle_i64x2::<0xdd>(even_low, even_high),
                _mm512_shuffle_i64x2::<0xdd>(odd_low, odd_high),
            ]
        })
    }
}
