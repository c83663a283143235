//! `cargo manual FOLDER`: man pages and completions of the three programs, from their own command lines.
//!
//! `FOLDER/man1/` gets a page for each program and each of its commands, `FOLDER/completions/` a file
//! for each program and shell. A package of its own, so that no program carries what writes them.

use clap::{Command, CommandFactory, Parser};
use clap_complete::Shell;
use duces_shell::program::Program;
use duces_shell::{Failure, say, shown};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// Writes man pages and shell completions of responder, requester and judge-verify.
#[derive(Parser)]
#[command(name = "manual", version, max_term_width = 100)]
struct Cli {
    /// Where to write them; files of the same names are replaced
    folder: PathBuf,
}

const MANUAL: Program = Program {
    name: "manual",
    panicked: |message| {
        Failure::unable(
            format!("the program failed: {message}"),
            "please report this as a fault of the program",
        )
    },
};

fn main() -> ExitCode {
    duces_shell::start(|args| {
        duces_shell::program::run(MANUAL, args, |cli: Cli| {
            let written = write(&cli.folder)?;
            say(format!("{written} files in {}", shown(&cli.folder)))
        })
    })
}

/// The command lines of the three programs.
fn programs() -> [Command; 3] {
    [
        duces_responder::cli::Cli::command(),
        duces_requester::cli::Cli::command(),
        duces_judge_verify::cli::Cli::command(),
    ]
}

/// Writes all pages and completions. Returns the number of files.
fn write(folder: &Path) -> Result<usize, Failure> {
    let mut written = 0;
    for program in programs() {
        written += pages(&program, &folder.join("man1"))?;
        written += completions(&program, &folder.join("completions"))?;
    }
    Ok(written)
}

/// One page for the program, and one for each of its commands.
fn pages(program: &Command, folder: &Path) -> Result<usize, Failure> {
    create(folder)?;
    clap_mangen::generate_to(program.clone(), folder)
        .map_err(|error| Failure::io("write", folder, &error))?;
    let commands = program.get_subcommands().filter(|it| !it.is_hide_set());
    // clap adds the command `help`, which gets pages of its own.
    Ok(1 + commands.count())
}

/// One file for each shell that people use on Unix.
fn completions(program: &Command, folder: &Path) -> Result<usize, Failure> {
    create(folder)?;
    let shells = [Shell::Bash, Shell::Zsh, Shell::Fish];
    for shell in shells {
        let name = program.get_name().to_owned();
        clap_complete::generate_to(shell, &mut program.clone(), name, folder)
            .map_err(|error| Failure::io("write", folder, &error))?;
    }
    Ok(shells.len())
}

fn create(folder: &Path) -> Result<(), Failure> {
    std::fs::create_dir_all(folder).map_err(|error| Failure::io("create", folder, &error))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_command_has_a_page_that_names_its_options() {
        let folder = tempfile::tempdir().expect("a temporary folder can be made");
        write(folder.path()).expect("pages can be written");
        for program in programs() {
            for command in program.get_subcommands() {
                let page = format!("man1/{}-{}.1", program.get_name(), command.get_name());
                let text = std::fs::read_to_string(folder.path().join(&page))
                    .unwrap_or_else(|error| panic!("{page}: {error}"));
                for long in command.get_arguments().filter_map(clap::Arg::get_long) {
                    let option = format!("\\-\\-{}", long.replace('-', "\\-"));
                    assert!(text.contains(&option), "{page} does not name --{long}");
                }
            }
        }
    }

    #[test]
    fn completions_know_the_commands() {
        let folder = tempfile::tempdir().expect("a temporary folder can be made");
        write(folder.path()).expect("completions can be written");
        for program in programs() {
            let name = program.get_name();
            for file in [
                format!("{name}.bash"),
                format!("_{name}"),
                format!("{name}.fish"),
            ] {
                let text = std::fs::read_to_string(folder.path().join("completions").join(&file))
                    .unwrap_or_else(|error| panic!("{file}: {error}"));
                for command in program.get_subcommands() {
                    assert!(
                        text.contains(command.get_name()),
                        "{file}: {}",
                        command.get_name()
                    );
                }
            }
        }
    }
}
