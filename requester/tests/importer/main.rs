//! The importer against models built here: what it computes, what it refuses, what it prints.

#![allow(clippy::unwrap_used)]

mod answers;
mod commands;
mod hostile;
mod integers;
mod models;
mod numbers;
mod operators;
mod real;
mod saturation;
mod trees;
