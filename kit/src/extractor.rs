//! The program `extract` where the programs look for it: beside themselves.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

/// Builds `extract` beside the programs under test, unless it is there and newer than its source, and
/// returns its path. `cargo test` of the whole builds it anyway; that of one package does not.
///
/// # Panics
/// When it cannot be built.
#[must_use]
pub fn built() -> &'static Path {
    static PATH: OnceLock<PathBuf> = OnceLock::new();
    PATH.get_or_init(|| {
        let this = std::env::current_exe().expect("a test has a path");
        let folder = this.parent().expect("a test lies in target/PROFILE/deps");
        let folder = match folder.ends_with("deps") {
            true => folder.parent().expect("deps lies in target/PROFILE"),
            false => folder,
        };
        let program = folder.join("extract");
        if is_new(&program) {
            return program;
        }
        let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        let mut build = Command::new(cargo);
        build
            .args([
                "build",
                "--quiet",
                "--package",
                "duces-extract",
                "--bin",
                "extract",
            ])
            .current_dir(env!("CARGO_MANIFEST_DIR"));
        if folder.ends_with("release") {
            build.arg("--release");
        }
        let status = build.status().expect("cargo starts");
        assert!(status.success(), "extract is not built");
        program
    })
}

/// Whether the program was built after the last change to its source and to the versions of crates.
#[allow(
    clippy::disallowed_methods,
    reason = "whether a build is old; no file or decision of the product depends on it"
)]
fn is_new(program: &Path) -> bool {
    let time = |path: &Path| fs::metadata(path).and_then(|about| about.modified());
    let Ok(built) = time(program) else {
        return false;
    };
    let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut left = vec![workspace.join("extract/src"), workspace.join("Cargo.lock")];
    while let Some(path) = left.pop() {
        if let Ok(folder) = fs::read_dir(&path) {
            left.extend(folder.flatten().map(|entry| entry.path()));
        } else if time(&path).is_ok_and(|changed| changed > built) {
            return false;
        }
    }
    true
}
