//! The importer against models built here: what it computes, what it refuses, what it prints.

mod commands;
mod hostile;
mod models;
mod numbers;
mod real;
