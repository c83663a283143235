//! Limits on a model file, checked before any work is done on it.

/// Bytes of the file.
pub const FILE: u64 = 1 << 28;
/// Nodes.
pub const NODES: usize = 1 << 12;
/// Messages and strings of the graph, nodes and attributes together.
pub const MESSAGES: usize = 1 << 20;
