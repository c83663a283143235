#![no_main]
//! Requests and answers.

#[path = "../../tests/mutations/checks.rs"]
#[allow(dead_code, reason = "another target uses the rest")]
mod checks;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| checks::frames(bytes));
