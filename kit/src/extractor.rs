//! The program `extract` where the programs look for it: beside themselves.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

/// Builds `extract` beside the programs under test, once, and returns its path. `cargo test` of the
/// whole builds it anyway; that of one package does not.
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
        folder.join("extract")
    })
}
