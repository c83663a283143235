//! docs/data-scientists.md: its programs and commands are run, where Python has the packages.

#![allow(clippy::unwrap_used, reason = "a test may end at any surprise")]

use duces_tests::matter::{Matter, workspace};
use duces_tests::programs::Programs;
use std::fs;
use std::process::Command;

/// The sections that need packages, and which.
const NEEDS: [(&str, &str); 3] = [
    ("scikit-learn", "import sklearn, skl2onnx"),
    ("PyTorch", "import torch, onnxscript"),
    ("Keras", "import tensorflow, tf2onnx"),
];

fn python() -> Command {
    let mut command = Command::new("python3");
    command.env("TF_CPP_MIN_LOG_LEVEL", "3");
    command
}

fn has(imports: &str) -> bool {
    let output = python().args(["-c", imports]).output();
    output.is_ok_and(|output| output.status.success())
}

/// The sections of a page: heading and text.
fn sections(text: &str) -> Vec<(&str, &str)> {
    text.split("\n## ")
        .map(|part| part.split_once('\n').unwrap_or((part, "")))
        .collect()
}

/// The code blocks of a section: language and lines.
fn blocks(section: &str) -> Vec<(&str, &str)> {
    let parts = section.split("```").skip(1).step_by(2);
    parts.filter_map(|block| block.split_once('\n')).collect()
}

#[test]
fn the_guide_is_true() {
    let page = fs::read_to_string(workspace().join("docs/data-scientists.md")).unwrap();
    let matter = Matter::new(Programs::new(env!("CARGO_BIN_EXE_programs")));
    let mut drafted = 0;
    for (heading, section) in sections(&page) {
        let needs = NEEDS.iter().find(|(name, _)| *name == heading);
        if let Some((_, imports)) = needs
            && !has(imports)
        {
            println!("skipped: {heading}, Python cannot '{imports}'");
            continue;
        }
        for (language, code) in blocks(section) {
            if language == "python" {
                let folder = matter.path("");
                let output = python().arg("-c").arg(code).current_dir(folder).output();
                let output = output.unwrap();
                let error = String::from_utf8_lossy(&output.stderr).into_owned();
                assert!(output.status.success(), "{heading}: {error}");
                continue;
            }
            for line in code.lines().filter(|line| !line.is_empty()) {
                let outcome = matter.run(line).done();
                if line.starts_with("requester draft") {
                    assert!(outcome.stdout.contains("same decision"), "{line}");
                    drafted += 1;
                }
            }
        }
    }
    let present = NEEDS.iter().filter(|(_, imports)| has(imports)).count();
    assert!(drafted >= present, "{drafted} requests");
}

/// What needs no Python: the page's sections and commands are those that this test knows.
#[test]
fn the_sections_are_known() {
    let page = fs::read_to_string(workspace().join("docs/data-scientists.md")).unwrap();
    for (name, _) in NEEDS {
        let found = sections(&page)
            .into_iter()
            .find(|(heading, _)| *heading == name);
        let blocks = blocks(found.unwrap().1);
        assert_eq!(
            (blocks.len(), blocks[0].0, blocks[1].0),
            (2, "python", "sh"),
            "{name}"
        );
    }
}
