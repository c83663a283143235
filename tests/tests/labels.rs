//! What code and documents cite of docs/protocol.md is there: labels, and sections with their
//! titles.
//!
//! A label is cited anywhere, and defined once, at the beginning of an item, a row or a paragraph of
//! the page. A section is cited in one form, `docs/protocol.md section 8, "Audit sample"`, so that
//! a number that has moved is noticed; the title may also be that of a part of the section.

#![allow(clippy::unwrap_used, reason = "a test may end at any surprise")]

use duces_tests::matter::workspace;
use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

const KINDS: [&str; 5] = ["format", "step", "claim", "check", "audit"];

const PAGE: &str = "docs/protocol.md";

/// Works of others, whose sections are not ours: what stands before `section`.
const OF_OTHERS: [&str; 5] = [
    "RFC 5322 ",
    "RFC 2046 ",
    "CRYPTO 2020, ",
    "TIFF 6.0, ",
    "as ",
];

fn page() -> String {
    fs::read_to_string(workspace().join(PAGE)).unwrap()
}

/// Every source file and document, but this one: path and text.
fn files() -> Vec<(PathBuf, String)> {
    let mut found = Vec::new();
    let mut folders = vec![workspace().to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap().map(Result::unwrap) {
            let (path, name) = (entry.path(), entry.file_name());
            let name = name.to_string_lossy();
            let is_made = ["target", "node_modules", "dist"].contains(&name.as_ref());
            if path.is_dir() && !name.starts_with('.') && !is_made {
                folders.push(path);
                continue;
            }
            let kind = path.extension().and_then(|kind| kind.to_str());
            let read = matches!(
                kind,
                Some("rs" | "md" | "toml" | "py" | "css" | "ts" | "mjs")
            );
            if read && name != "labels.rs" {
                let text = fs::read_to_string(&path).unwrap();
                found.push((path, text));
            }
        }
    }
    assert!(found.len() > 200, "{} files", found.len());
    found
}

/// The labels of a text, each with what stands before it.
fn labels(text: &str) -> Vec<(&str, &str)> {
    let mut found = Vec::new();
    for (at, _) in text.match_indices('[') {
        let label = text[at + 1..].split(']').next().unwrap_or_default();
        let plain = |c: char| c.is_ascii_lowercase() || c == '-';
        let kind = label.split('-').next().unwrap_or_default();
        if label.contains('-') && label.chars().all(plain) && KINDS.contains(&kind) {
            found.push((&text[..at], label));
        }
    }
    found
}

/// How often the page defines each label.
fn definitions(page: &str) -> BTreeMap<&str, usize> {
    let mut defined = BTreeMap::new();
    for line in page.lines() {
        let Some((before, label)) = labels(line).into_iter().next() else {
            continue;
        };
        let before = before.strip_suffix('`').unwrap_or(before).trim_end();
        let item = before
            .strip_suffix('.')
            .is_some_and(|number| number.parse::<u8>().is_ok());
        let paragraph = before.starts_with("**") && before.ends_with("**");
        if item || paragraph || before == "|" {
            *defined.entry(label).or_default() += 1;
        }
    }
    defined
}

/// The words of a text with one space between them, without the signs of comments.
fn words(text: &str) -> String {
    let line = |line: &str| {
        let line = line.trim_start();
        let signs = ["//!", "///", "//", "#"];
        let bare = signs.iter().find_map(|sign| line.strip_prefix(sign));
        bare.unwrap_or(line).trim().to_owned()
    };
    let lines: Vec<String> = text.lines().map(line).collect();
    let joined = lines.join(" ");
    joined.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The sections of the page by number: the title, and the titles of its parts.
fn sections(page: &str) -> BTreeMap<&str, Vec<&str>> {
    let mut found: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    let mut current = "";
    for line in page.lines() {
        if let Some(heading) = line.strip_prefix("##") {
            let heading = heading.trim_start_matches('#').trim();
            let numbered = heading.starts_with(|c: char| c.is_ascii_digit());
            let (number, title) = heading.split_once(' ').unwrap();
            if numbered {
                current = number.trim_end_matches('.');
                found.entry(current).or_default().push(title);
                continue;
            }
            found.entry(current).or_default().push(heading);
        }
        for sign in ["**", "*"] {
            let part = line
                .strip_prefix(sign)
                .and_then(|rest| rest.split(sign).next());
            if let Some(part) = part.filter(|part| !part.is_empty()) {
                found
                    .entry(current)
                    .or_default()
                    .push(part.trim_end_matches('.'));
                break;
            }
        }
    }
    found
}

#[test]
fn every_label_is_defined_once() {
    let page = page();
    let defined = definitions(&page);
    for kind in KINDS {
        let count = defined
            .keys()
            .filter(|label| label.starts_with(kind))
            .count();
        println!("{count} labels of kind {kind}");
        assert!(count > 2, "{kind}");
    }
    let twice: Vec<_> = defined.iter().filter(|(_, times)| **times > 1).collect();
    assert!(twice.is_empty(), "defined more than once: {twice:?}");
    let mut missing = Vec::new();
    for (path, text) in files() {
        for (_, label) in labels(&text) {
            if !defined.contains_key(label) {
                missing.push(format!("{}: [{label}]", path.display()));
            }
        }
    }
    assert!(missing.is_empty(), "{PAGE} does not define {missing:#?}");
}

#[test]
fn every_step_claim_and_check_is_cited_in_code() {
    let page = page();
    let code: String = files()
        .into_iter()
        .filter(|(path, _)| path.extension().is_some_and(|kind| kind == "rs"))
        .map(|(_, text)| text)
        .collect();
    let uncited: Vec<&str> = definitions(&page)
        .into_keys()
        .filter(|label| !code.contains(&format!("[{label}]")))
        .collect();
    assert!(uncited.is_empty(), "no code cites {uncited:?}");
}

#[test]
fn every_section_that_is_cited_is_there_with_its_title() {
    let page = page();
    let sections = sections(&page);
    assert!(sections.len() > 15, "{sections:#?}");
    let (mut cited, mut wrong) = (0, Vec::new());
    for (path, text) in files() {
        let text = words(&text);
        let own = path.ends_with(PAGE);
        for (at, word) in text.match_indices("ection") {
            let rest = text[at + word.len()..].trim_start_matches('s');
            let number: String = rest
                .trim_start()
                .chars()
                .take_while(|c| c.is_ascii_digit() || *c == '.')
                .collect();
            let number = number.trim_end_matches('.');
            let before = &text[..at.saturating_sub(1)];
            if number.is_empty() || !rest.starts_with(' ') || of_others(before) {
                continue;
            }
            cited += 1;
            let Some(titles) = sections.get(number) else {
                wrong.push(format!("{}: there is no section {number}", path.display()));
                continue;
            };
            let after = rest.trim_start().strip_prefix(number).unwrap_or_default();
            let title = after
                .strip_prefix(", \"")
                .and_then(|rest| rest.split('"').next());
            let right = title.is_some_and(|title| titles.contains(&title));
            let named = before
                .trim_end_matches(['`', ' ', ',', ')'])
                .ends_with("protocol.md");
            if !(own || named && right) {
                wrong.push(format!(
                    "{}: section {number} is to be cited as 'docs/protocol.md section {number}, \
                     \"{}\"'",
                    path.display(),
                    titles[0]
                ));
            }
        }
    }
    println!("{cited} citations of sections");
    assert!(cited > 20, "{cited}");
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// Whether what stands before `section` names a work of others.
fn of_others(before: &str) -> bool {
    OF_OTHERS.iter().any(|work| before.ends_with(work))
}

#[test]
fn the_links_of_the_contents_are_headings() {
    let page = page();
    let contents = page.split("\n## ").next().unwrap();
    let linked: Vec<&str> = contents
        .split('[')
        .filter_map(|part| part.split_once("](#").map(|(title, _)| title))
        .collect();
    let headings = page.lines().filter_map(|line| line.strip_prefix("## "));
    let titles: Vec<&str> = headings
        .filter_map(|heading| heading.split_once(". ").map(|(_, title)| title))
        .collect();
    assert_eq!(linked, titles);
}
