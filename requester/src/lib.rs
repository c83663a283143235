//! The requesting party's program: from an ONNX model to a request for production.
//!
//! * [`onnx`]: the file, treated as hostile.
//! * [`lower`] and [`operators`]: the graph as linear maps and functions of one variable.
//! * [`decision`]: the rule for a match, as the last nodes of the same program.
//! * [`quantise`](mod@quantise): scales, tables and integer weights.
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
