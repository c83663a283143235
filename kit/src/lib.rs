//! What tests of several crates and the benches have in common, each thing once. No program
//! contains it.
//!
//! * [`classifier`]: small classifiers, and the pieces of others;
//! * [`mobilenet`]: the sizes of a network that is in wide use;
//! * [`request`]: a request for a classifier, and one for the texts with a word;
//! * [`corpus`]: views with their blinds and commitments;
//! * [`extractor`]: the program that reads files, built for a test;
//! * [`folder`]: a folder with a corpus and a profile, to run commands in;
//! * [`words`]: the words of a proof, changed.

pub mod classifier;
pub mod corpus;
pub mod extractor;
pub mod folder;
pub mod mobilenet;
pub mod request;
pub mod words;
