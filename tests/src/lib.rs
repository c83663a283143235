//! The whole job, end to end: shared by the crate `demo` and the tests in `tests/tests`.
//!
//! * [`programs`]: starts `responder`, `requester` and `judge-verify` as a user would, each in a
//!   process of its own, and captures what they print;
//! * [`matter`]: a folder in which one matter is worked on, and the steps of the job;
//! * [`small`]: the same with views so small that hundreds of productions can be judged;
//! * [`families`]: a corpus of families: messages with attachments, scans with pages;
//! * [`production`]: a production that a dishonest responder edits and seals again;
//! * [`attacks`]: the lies, each with the check that has to refuse it;
//! * [`parsers`]: every reader of foreign bytes, for mutations and for the targets in `fuzz/`;
//! * [`graphs`]: ONNX models from any bytes, for one of them;
//! * [`kept`]: what a search with those targets found worth keeping;
//! * [`frozen`]: productions of released formats, which must stay verified;
//! * [`damage`], [`crash`], [`resume`], [`cells`], [`gaps`]: campaigns of random damage, of killed processes and
//!   full disks, of one collection read in pieces, of changed cells, of gaps planted in the judge's code;
//! * [`liar`]: a campaign of everything that a determined liar would try;
//! * [`scale`]: bookkeeping of any number of positions, without proofs.

pub mod attacks;
pub mod cells;
pub mod corpora;
pub mod crash;
pub mod damage;
pub mod families;
pub mod frozen;
pub mod gaps;
pub mod graphs;
pub mod kept;
pub mod liar;
pub mod matter;
pub mod parsers;
pub mod production;
pub mod programs;
pub mod resume;
pub mod scale;
pub mod schema;
pub mod small;
