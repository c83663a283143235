//! `cargo campaign gaps`: gaps are planted in the code that the judge runs, one at a time, and the
//! tests of the circuits' crate have to turn red for each.
//!
//! What is changed is a copy of the repository. A gap that no longer fits the code, because a line
//! was rewritten, is a fault too.

use crate::matter::workspace;
use duces_shell::Failure;
use std::fs;
use std::path::Path;
use std::process::Command;

/// A change to the sources that makes a false statement, or a weaker check, possible.
#[derive(Clone, Copy)]
pub struct Gap {
    /// What is changed, a clause.
    pub name: &'static str,
    /// The file and what stands there, which must occur exactly once.
    changes: &'static [Change],
    /// The tests that have to fail: a filter of `cargo test -p duces-circuits --lib`.
    tests: &'static str,
}

#[derive(Clone, Copy)]
struct Change {
    file: &'static str,
    from: &'static str,
    to: &'static str,
}

/// Places and masks: both sides follow the change, so that honest proofs still verify.
pub const ALL: [Gap; 9] = [
    Gap {
        name: "the first place of a group has the weight of its mask (the repair is reverted)",
        changes: &[Change {
            file: "circuits/src/equation.rs",
            from: "powers(eta, eta, places)",
            to: "powers(Fr::ONE, eta, places)",
        }],
        tests: "no_stray_absorbs_a_lie",
    },
    Gap {
        name: "the same, seen by the coefficients of points",
        changes: &[Change {
            file: "circuits/src/equation.rs",
            from: "powers(eta, eta, places)",
            to: "powers(Fr::ONE, eta, places)",
        }],
        tests: "no_point_of_the_opening_absorbs_another",
    },
    Gap {
        name: "η is fixed to 1",
        changes: &[Change {
            file: "circuits/src/equation.rs",
            from: "powers(eta, eta, places)",
            to: "powers(eta, Fr::ONE, places)",
        }],
        tests: "no_stray_absorbs_a_lie",
    },
    Gap {
        name: "the masks of two groups have one weight",
        changes: &[Change {
            file: "circuits/src/verifier.rs",
            from: "let masks = powers(q, theta, groups);",
            to: "let mut masks = powers(q, theta, groups);\n    if groups > 1 {\n        masks[1] = masks[0];\n    }",
        }],
        tests: "no_point_of_the_opening_absorbs_another",
    },
    Gap {
        name: "θ and η are one challenge",
        changes: &[Change {
            file: "circuits/src/verifier.rs",
            from: "let masks = powers(q, theta, groups);",
            to: "let _ = theta;\n    let masks = powers(q, eta, groups);",
        }],
        tests: "no_point_of_the_opening_absorbs_another",
    },
    Gap {
        name: "θ is drawn before y",
        changes: &[Change {
            file: "circuits/src/challenge.rs",
            from: "(state, state.scalar(\"theta\"))",
            to: "(state, weights.state.scalar(\"theta\"))",
        }],
        tests: "every_challenge_follows_what_it_must",
    },
    Gap {
        name: "the masks' commitments are not hashed",
        changes: &[Change {
            file: "circuits/src/challenge.rs",
            from: "hash = hash.part(mask);",
            to: "hash = hash.number(mask.len() as u64);",
        }],
        tests: "every_challenge_follows_what_it_must",
    },
    Gap {
        name: "the first phase that is hashed is not the one that is proved",
        changes: &[Change {
            file: "circuits/src/proof/messages.rs",
            from: ".get(..32 * columns)",
            to: ".get(32..32 * (columns + 1))",
        }],
        tests: "every_challenge_follows_what_it_must",
    },
    Gap {
        name: "the blind of a response is not hashed, so that one response serves two challenges",
        changes: &[Change {
            file: "circuits/src/linear_form/verify.rs",
            from: "state.absorb(\"blind\", blind_bytes)",
            to: "state.absorb(\"blind\", b\"\")",
        }],
        tests: "every_challenge_follows_what_it_must",
    },
];

/// Plants every gap and prints which turned a test red.
///
/// # Errors
/// When a gap was not noticed, or does not fit the code, or the honest copy fails.
///
/// # Panics
/// When the copy cannot be made, or cargo cannot be started.
pub fn run() -> Result<(), Failure> {
    let faults = campaign(workspace());
    let Some((first, reason)) = faults.first() else {
        return Ok(());
    };
    println!("{reason}");
    Err(Failure::refused(
        format!("{} gaps were not noticed, the first: {first}", faults.len()),
        "read above what was printed for it; a gap that fits no line has to follow the code",
    ))
}

/// Plants every gap in a copy of the repository at `root`; returns those that no test noticed, or
/// that do not fit the code, with the reason.
fn campaign(root: &Path) -> Vec<(&'static str, String)> {
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    copy_sources(root, folder.path());
    // Its own, so that what comes from others is built once.
    let target = root.join("target/gaps");
    let run = |tests: &str| {
        Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
            .args(["test", "--quiet", "-p", "duces-circuits", "--lib", tests])
            .current_dir(folder.path())
            .env("CARGO_TARGET_DIR", &target)
            .output()
            .expect("cargo can be started")
    };
    let mut faults = Vec::new();
    for gap in ALL {
        match plant(folder.path(), &gap) {
            Err(reason) => faults.push((gap.name, reason)),
            Ok(honest) => {
                let output = run(gap.tests);
                let printed = String::from_utf8_lossy(&output.stdout);
                let red = printed.contains("test result: FAILED");
                println!("{}: {}", gap.name, if red { "red" } else { "NOT NOTICED" });
                if !red {
                    let errors = String::from_utf8_lossy(&output.stderr);
                    faults.push((gap.name, format!("{printed}{errors}")));
                }
                for (file, text) in honest {
                    fs::write(folder.path().join(file), text).expect("a copy can be written");
                }
            }
        }
    }
    let honest = run("independence");
    if !honest.status.success() {
        let printed = String::from_utf8_lossy(&honest.stdout).into_owned();
        faults.push(("none: the code as it is", printed));
    }
    faults
}

/// Makes the changes of a gap; returns the files as they were.
fn plant(root: &Path, gap: &Gap) -> Result<Vec<(&'static str, String)>, String> {
    let mut honest = Vec::new();
    for change in gap.changes {
        let path = root.join(change.file);
        let text = fs::read_to_string(&path).map_err(|error| error.to_string())?;
        if text.matches(change.from).count() != 1 {
            return Err(format!("{} does not have it once", change.file));
        }
        let changed = text.replace(change.from, change.to);
        fs::write(&path, changed).map_err(|error| error.to_string())?;
        honest.push((change.file, text));
    }
    Ok(honest)
}

/// Copies what cargo needs: all but build outputs and the history.
fn copy_sources(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("a temporary folder can be made");
    for entry in fs::read_dir(from).expect("the repository can be read") {
        let entry = entry.expect("the repository can be read");
        let name = entry.file_name();
        if name == "target" || name == ".git" || name == "node_modules" {
            continue;
        }
        let target = to.join(&name);
        if entry.path().is_dir() {
            copy_sources(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).expect("the copy can be made");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A gap that fits no line would be planted nowhere, and "noticed" by nobody.
    #[test]
    fn every_gap_fits_the_code() {
        let root = workspace();
        for gap in ALL {
            for change in gap.changes {
                let text = fs::read_to_string(root.join(change.file)).unwrap();
                let found = text.matches(change.from).count();
                assert_eq!(found, 1, "{}: {}", gap.name, change.file);
            }
        }
    }
}
