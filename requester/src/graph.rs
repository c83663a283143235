//! What the lowering of an operator works with.
//!
//! * [`Symbol`]: what a name of the model stands for, from a constant to a computed tensor.
//! * [`Call`]: one node of the model with its attributes and inputs.
//! * [`Builder`]: appends the nodes of the program.

pub mod builder;
pub mod call;
pub mod symbol;

pub use builder::{Builder, fits};
pub use call::Call;
pub use symbol::{Label, Ratio, Symbol, Value};
