//! A responder with a changed program tells a lie about a whole production: a matching item is
//! listed as one that does not match, and a mask's commitment absorbs its committed view.

use duces_tests::liar::{Verdict, prover};
use duces_tests::programs::Programs;

#[test]
fn a_match_listed_as_not_responsive_is_refused() {
    let attempts = prover::attempts(&Programs::new(env!("CARGO_BIN_EXE_programs")));
    assert_eq!(attempts.len(), 2);
    for attempt in attempts {
        assert_eq!(attempt.verdict, Verdict::Refused("check 6".to_owned()));
    }
}
