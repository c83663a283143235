//! The words of a proof in a production, changed one by one.

use super::{Attempt, Effort, Expected, verdict};
use crate::production::Production;
use crate::programs::Programs;
use crate::small::{self, SMALL};
use duces_kit::words::{changes, shifted};
use duces_protocol::production::batches::Batches;
use duces_protocol::production::names;

/// Changes every word, or some.
pub(super) fn attempts(programs: &Programs, effort: Effort) -> Vec<Attempt> {
    let matter = small::produced(programs.clone());
    let lie = Production::copy(&matter.path("small-production"), &matter.path("lie"));
    let path = format!("{}/{}", names::PROOFS, Batches::file_name(0));
    let proof = lie.read(&path);
    let (words, rest) = proof.as_chunks::<32>();
    assert!(rest.is_empty(), "every part of a proof is a word");
    let step = match effort {
        Effort::Short => words.len(),
        Effort::Usual => 4,
        Effort::Full => 1,
    };
    let mut attempts = Vec::new();
    for at in (0..words.len()).step_by(step) {
        let one = changes(words, at).into_iter().map(|(what, word)| {
            let mut changed = words.to_vec();
            changed[at] = word;
            (what, changed)
        });
        for (what, changed) in one.chain(shifted(words, at)) {
            lie.write(&path, changed.as_flattened());
            lie.seal();
            attempts.push(Attempt {
                group: "words",
                what: format!("a word of a proof: {what}"),
                times: 1,
                expected: Expected::check(6),
                verdict: verdict(&matter.run(&SMALL.judge("lie"))),
            });
        }
    }
    attempts
}
