//! Arithmetic in the two fields of BN254, eight elements at a time where the processor can.
//!
//! [`Engine::detect`] asks the processor once: with AVX-512 IFMA (fused multiply-add of 52-bit
//! integers) the kernels work on eight lanes of five 52-bit limbs, without it on one element after
//! the other with `halo2curves`. Every result is the canonical representative, so that it is the
//! same on every path, bit by bit.
//!
//! | module | what it does |
//! |---|---|
//! | `lanes` | eight integers: in plain Rust, and with AVX-512 |
//! | `prime` | the two primes in limbs |
//! | `product` | products and reductions, and the proof that lazy results stay in their bounds |
//! | `packing` | between the library's integers and limbs |
//! | [`slices`](Engine) | products and sums element by element, inverses |
//! | `small` | small integers times elements, inner products |
//! | `fractions` | sums of fractions, as lookups need them |
//! | [`Transform`] | number-theoretic transforms between values and coefficients |
//! | [`Additions`] | sums of points in affine coordinates with shared inversions |
//!
//! `unsafe` stands in three files, each block with its reason: the intrinsics and the call of code that
//! is compiled for them (`lanes/ifma.rs`), and the integers of the library's types (`layout.rs`,
//! `prime.rs`).

mod engine;
mod fractions;
mod inverse;
mod lanes;
mod layout;
mod packing;
mod points;
mod prime;
mod product;
mod slices;
mod small;
mod transform;

pub use engine::Engine;
pub use fractions::Denominator;
pub use points::{Additions, Table, Term};
pub use transform::Transform;
