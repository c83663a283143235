//! Tests through the whole job: the responding party's program makes a production, and the judge's
//! checks it.

mod produce;
mod production;
mod support;
