//! The lies of [`crate::attacks`] about the files of a production, each sealed again.

use super::{Attempt, Effort, Expected, verdict};
use crate::attacks::{self, Attack};
use crate::families;
use crate::matter::{COMMIT, Case, Matter, STAMP};
use crate::production::Production;
use crate::programs::Programs;
use crate::small::{self, SMALL};
use duces_protocol::profile::Families;
use std::fs;

const GROUP: &str = "files";

/// Tells them: a few of one production, or all of four.
pub(super) fn attempts(programs: &Programs, effort: Effort) -> Vec<Attempt> {
    let step = if effort == Effort::Short { 16 } else { 1 };
    let some: Vec<Attack> = attacks::all().step_by(step).collect();
    let mut found = told(&small::produced(programs.clone()), &SMALL, &some);
    if effort == Effort::Short {
        return found;
    }
    let together = families::produced(programs.clone(), Families::Together);
    found.extend(told(&together, &SMALL, &attacks::OF_FAMILIES));
    let alone = families::produced(programs.clone(), Families::Alone);
    found.extend(told(&alone, &SMALL, &[attacks::OF_MATCHES_ALONE]));
    let many = Matter::new(programs.clone());
    let _ = many.run(COMMIT).done();
    many.answer(&STAMP);
    found.extend(told(&many, &STAMP, &attacks::OF_MANY_BATCHES));
    found
}

/// Tells lies about one production, which is accepted without them.
fn told(matter: &Matter, case: &Case, attacks: &[Attack]) -> Vec<Attempt> {
    let honest = format!("{}-production", case.name);
    let mut attempts = vec![Attempt {
        group: GROUP,
        what: "nothing: the production is honest".to_owned(),
        times: 1,
        expected: Expected::Passes("For every item that the responding party committed to"),
        verdict: verdict(&matter.run(&case.judge(&honest))),
    }];
    for attack in attacks {
        let lie = Production::copy(&matter.path(&honest), &matter.path("lie"));
        (attack.apply)(&lie);
        lie.seal();
        attempts.push(Attempt {
            group: GROUP,
            what: attack.name.to_owned(),
            times: 1,
            expected: Expected::check(attack.check),
            verdict: verdict(&matter.run(&case.judge("lie"))),
        });
        fs::remove_dir_all(matter.path("lie")).expect("the copy is removed");
    }
    attempts
}
