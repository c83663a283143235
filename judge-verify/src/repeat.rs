//! The command that makes a report again, for a shell.

use crate::cli::ProductionArgs;
use std::ffi::OsStr;

/// The command of these arguments, without what writes reports. Names that are not Unicode, or have
/// characters that cannot be seen, are not spelled as a shell needs them: a report shows what they are.
#[must_use]
pub fn command(args: &ProductionArgs) -> String {
    let mut words = vec![
        "judge-verify production".to_owned(),
        quoted(args.production.as_os_str()),
    ];
    let extractor = &args.extractor;
    let named = [
        ("--commitment", Some(&args.commitment)),
        ("--request", Some(&args.request)),
        ("--srs", args.srs.as_ref()),
        ("--extractor", extractor.extractor.as_ref()),
        ("--signers", args.signers.as_ref()),
    ];
    let earlier = args.earlier.iter().map(|path| ("--earlier", Some(path)));
    for (option, path) in named.into_iter().chain(earlier) {
        words.extend(path.map(|path| format!("{option} {}", quoted(path.as_os_str()))));
    }
    for (option, given) in [
        ("--no-extractor", extractor.no_extractor),
        ("--profile-programs", extractor.profile_programs),
    ] {
        words.extend(given.then(|| option.to_owned()));
    }
    words.join(" ")
}

/// A word for a POSIX shell.
pub fn quoted(word: &OsStr) -> String {
    let word = word.to_string_lossy();
    let word = if word.starts_with('-') {
        format!("./{word}")
    } else {
        word.into_owned()
    };
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "._/-=:,+@%".contains(c);
    if !word.is_empty() && word.chars().all(is_plain) {
        word
    } else {
        format!("'{}'", word.replace('\'', "'\\''"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::{Cli, Command};
    use clap::Parser;

    fn again(line: &[&str]) -> String {
        let words = ["judge-verify", "production"]
            .into_iter()
            .chain(line.iter().copied());
        let Command::Production(args) = Cli::try_parse_from(words).unwrap().command else {
            unreachable!("the line names the command");
        };
        command(&args)
    }

    #[test]
    fn the_command_has_every_option_that_decides() {
        let line = again(&[
            "stamp-production",
            "--commitment",
            "matter/commitment.txt",
            "--request",
            "stamp.request",
            "--earlier",
            "a b.txt",
            "--srs",
            "x",
            "--no-extractor",
            "--html",
            "r.html",
            "--force",
        ]);
        assert_eq!(
            line,
            "judge-verify production stamp-production --commitment matter/commitment.txt \
             --request stamp.request --srs x --earlier 'a b.txt' --no-extractor"
        );
    }

    #[test]
    fn names_cannot_become_commands() {
        for (word, expected) in [
            ("$(rm -r x)", "'$(rm -r x)'"),
            ("it's; ls", "'it'\\''s; ls'"),
            ("--force", "./--force"),
            ("a\nb", "'a\nb'"),
            ("", "''"),
        ] {
            assert_eq!(quoted(OsStr::new(word)), expected);
        }
    }
}
