//! The requesting party's program: from an ONNX model to a request for production.
//!
//! The modules in order; each imports only what stands before it.
//!
//! 1. [`onnx`]: the file, treated as hostile.
//! 2. [`float`](mod@float): programs with real weights, how they are evaluated and simplified. It
//!    stands before the operators, because these append to such a program.
//! 3. [`graph`]: what the lowering of an operator works with.
//! 4. [`operators`]: one lowering for each operator.
//! 5. [`lower`]: the whole model as linear maps and functions of one variable.
//! 6. [`decision`]: the rule for a match, as the last nodes of the same program.
//! 7. [`quantise`](mod@quantise): scales, tables and integer weights.
//! 8. [`fidelity`]: how far integers and model agree.
//! 9. [`draft`], [`check`], [`inspect`], [`features`]: the commands.
//!
//! Beside them, [`collect`], [`calibration`] and [`npy`] read documents and write tensors.
//!
//! Nothing here is trusted by the judge: the request holds the integer classifier, and the judge
//! reads, bounds and evaluates that.

pub mod calibration;
pub mod check;
pub mod cli;
pub mod collect;
pub mod decision;
pub mod draft;
pub mod failure;
pub mod features;
pub mod fidelity;
pub mod files;
pub mod float;
pub mod graph;
pub mod inspect;
pub mod lower;
pub mod npy;
pub mod onnx;
pub mod operators;
pub mod quantise;

pub use cli::run;
