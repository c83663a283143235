//! `ssh-keygen -Y`, which checks a signature against a list of allowed signers.
//!
//! The signed bytes go to its standard input; paths are absolute, so that none is taken for an option.
//! What it prints is foreign text.

use super::Standing;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

const PROGRAM: &str = "ssh-keygen";

/// Principals that are tried for one signature.
const PRINCIPALS: usize = 16;

/// The program, and a list of allowed signers.
pub struct Keygen {
    signers: PathBuf,
    about: String,
}

impl Keygen {
    /// Looks for the program.
    ///
    /// # Errors
    /// Why nothing can be checked: a clause.
    pub fn new(signers: &Path) -> Result<Self, String> {
        let signers = std::path::absolute(signers)
            .map_err(|error| format!("the list of allowed signers cannot be named: {error}"))?;
        let help = Command::new(PROGRAM)
            .arg("-?")
            .stdin(Stdio::null())
            .output()
            .map_err(|_| format!("there is no {PROGRAM} on this machine"))?;
        let text = [help.stdout, help.stderr].concat();
        if !String::from_utf8_lossy(&text).contains("-Y verify") {
            return Err(format!(
                "the {PROGRAM} of this machine cannot check signatures"
            ));
        }
        Ok(Self {
            signers,
            about: format!("{PROGRAM} of this machine"),
        })
    }

    /// What it is: a clause.
    pub fn about(&self) -> &str {
        &self.about
    }

    /// How a signature over these bytes stands.
    pub fn check(&self, namespace: &str, signature: &Path, bytes: &[u8]) -> Standing {
        match self.checked(namespace, signature, bytes) {
            Ok(standing) => standing,
            Err(error) => Standing::NotChecked {
                why: format!("{PROGRAM} cannot be run: {error}"),
            },
        }
    }

    fn checked(
        &self,
        namespace: &str,
        signature: &Path,
        bytes: &[u8],
    ) -> std::io::Result<Standing> {
        let signature = std::path::absolute(signature)?;
        let plain = self.run("check-novalidate", None, Some(namespace), &signature, bytes)?;
        if !plain.status.success() {
            return Ok(Standing::Bad {
                why: first_line(&plain.stderr),
            });
        }
        let key = key(&plain.stdout);
        let found = self.run("find-principals", None, None, &signature, &[])?;
        if found.status.success() {
            let principals = String::from_utf8_lossy(&found.stdout).into_owned();
            for signer in principals.lines().take(PRINCIPALS) {
                let verified =
                    self.run("verify", Some(signer), Some(namespace), &signature, bytes)?;
                if verified.status.success() {
                    let signer = signer.to_owned();
                    return Ok(Standing::Good { signer, key });
                }
            }
        }
        Ok(Standing::Unknown { key })
    }

    fn run(
        &self,
        what: &str,
        signer: Option<&str>,
        namespace: Option<&str>,
        signature: &Path,
        bytes: &[u8],
    ) -> std::io::Result<Output> {
        let mut command = Command::new(PROGRAM);
        command.args(["-Y", what, "-s"]).arg(signature);
        if what != "check-novalidate" {
            command.arg("-f").arg(&self.signers);
        }
        for (option, value) in [("-I", signer), ("-n", namespace)] {
            if let Some(value) = value {
                command.args([option, value]);
            }
        }
        let mut child = command
            .env("LC_ALL", "C")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()?;
        if let Some(mut input) = child.stdin.take() {
            // One that has seen enough closes its end; its exit code says what it made of it.
            let _ = input.write_all(bytes);
        }
        child.wait_with_output()
    }
}

/// The first line that a program printed.
fn first_line(output: &[u8]) -> String {
    let text = String::from_utf8_lossy(output);
    text.lines()
        .next()
        .unwrap_or("no reason given")
        .chars()
        .take(200)
        .collect()
}

/// The key in `Good "namespace" signature with ED25519 key SHA256:…`.
fn key(output: &[u8]) -> String {
    let line = first_line(output);
    let key = line.split_once(" signature with ").map(|(_, key)| key);
    key.unwrap_or("a key").trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_found_in_what_is_printed() {
        let line = b"Good \"duces-request\" signature with ED25519 key SHA256:H3sE\n";
        assert_eq!(key(line), "ED25519 key SHA256:H3sE");
        assert_eq!(key(b""), "a key");
    }
}
