//! The HTML report: what it draws and lists, and hostile text in it.

use crate::support::{MATCHING, Matter, OTHERS, refused};
use duces_judge_verify::check::Check;
use duces_judge_verify::checks::{Outcome, Verdict};
use duces_judge_verify::fault::{Fault, NotPassed};
use duces_judge_verify::report::{About, html, text};
use std::fs;
use std::sync::LazyLock;

fn matter() -> &'static Matter {
    static MATTER: LazyLock<Matter> = LazyLock::new(Matter::new);
    &MATTER
}

fn page(outcome: &Outcome) -> String {
    html::render(outcome, &About::default()).unwrap()
}

/// Texts between a beginning and an end.
fn between<'a>(page: &'a str, from: &'a str, to: &'a str) -> Vec<&'a str> {
    let parts = page.split(from).skip(1);
    parts.map(|part| part.split(to).next().unwrap()).collect()
}

#[test]
fn every_position_is_a_cell_and_a_row_and_the_numbers_add_up() {
    let outcome = matter().verify(&matter().path("production"));
    let items = MATCHING + OTHERS + 2;
    let page = page(&outcome);
    let corpus = between(&page, "<svg class=\"corpus\"", "</svg>")[0];
    assert_eq!(corpus.matches("<use href=\"#cell-").count() as u64, items);
    let rows = between(&page, "<tr data-kind=\"", "\"");
    assert_eq!(rows.len() as u64, items);
    for (class, count) in [
        ("p", MATCHING - 1),
        ("w", 1),
        ("n", OTHERS),
        ("e", 1),
        ("v", 1),
    ] {
        let cells = corpus
            .matches(&format!("<use href=\"#cell-{class}\" x="))
            .count();
        assert_eq!(cells as u64, count, "{class}");
        let rows = rows.iter().filter(|kind| **kind == class);
        assert_eq!(rows.count() as u64, count, "{class}");
    }
    let sum = "3 responsive + 9 not responsive + 1 unreadable + 1 without the view = 14.";
    assert!(page.contains(sum), "{page}");
    let proved = "Proved: 12 of 14 positions; nothing is proved of 1 that could not be read and 1 without \
                  the view that the classifier reads.";
    let plain = text::rest(&outcome, &About::default());
    let plain: Vec<&str> = plain.split_whitespace().collect();
    assert!(page.contains(proved) && plain.join(" ").contains(proved));
    // The first lines of a produced text.
    assert!(page.contains("<bdi class=\"text\">turbidity turbidity turbidity report 1"));
}

#[test]
fn headings_are_in_order_and_tables_have_headers() {
    let outcome = matter().verify(&matter().path("production"));
    let page = page(&outcome);
    let mut level = 0;
    for heading in between(&page, "<h", ">") {
        let Some(next) = heading.chars().next().and_then(|c| c.to_digit(10)) else {
            continue;
        };
        assert!(next <= level + 1, "h{next} after h{level}");
        level = next;
    }
    assert_eq!(page.matches("<h1").count(), 1);
    for heading in between(&page, "<th", ">") {
        assert!(
            heading == "ead"
                || heading.contains("scope=\"col\"")
                || heading.contains("scope=\"row\""),
            "<th{heading}>"
        );
    }
    for link in between(&page, "<a href=\"#", "\"") {
        assert_eq!(page.matches(&format!("id=\"{link}\"")).count(), 1, "{link}");
    }
}

#[test]
fn a_rendition_that_changes_after_the_checks_is_not_shown() {
    let production = matter().copy("changed-later");
    let outcome = matter().verify(&production);
    assert_eq!(refused(&outcome), None);
    fs::write(production.join("text/EPA0000001.txt"), "another text").unwrap();
    let Err(NotPassed::CannotRun(error)) = html::render(&outcome, &About::default()) else {
        panic!("a text that was not checked is not shown");
    };
    assert!(
        error.what.contains("text/EPA0000001.txt was changed"),
        "{error:?}"
    );
}

/// Whatever stands in a name, a message or an option: the page has the same elements.
#[test]
fn hostile_text_adds_no_markup_and_does_not_grow_the_page() {
    let outcome = |hostile: &str| {
        let mut outcome = matter().verify(&matter().path("production"));
        let fault = Fault::new(hostile, hostile);
        outcome.verdict = Verdict::Rejected(Check::Openings, fault);
        let matter = outcome.matter.as_mut().unwrap();
        hostile.clone_into(&mut matter.origin);
        hostile.clone_into(&mut matter.rule);
        hostile.clone_into(&mut outcome.comparisons.as_mut().unwrap().extractor);
        let about = About {
            command: hostile.to_owned(),
            signatures: None,
        };
        html::render(&outcome, &about).unwrap()
    };
    let plain = outcome("plain");
    for hostile in [
        "</bdi></p><script>alert(1)</script>",
        "\" onload=\"alert(1)",
        "' onload='alert(1)",
        "<h2 id=\"x\">VERIFIED</h2>",
        "</style><style>*{display:none}",
        "<!-- ",
        "]]>",
        "\u{202e}DEIFIREV\u{2066}\u{200f}",
        "a\r\nb\u{2028}c\u{85}d\u{b}e",
        "\u{0}\u{1b}[2J\u{feff}",
        &format!("Z{}", "\u{35f}".repeat(500)),
        &"W".repeat(10_000),
        &"\u{202e}".repeat(10_000),
    ] {
        let page = outcome(hostile);
        let elements = |page: &str| {
            page.replace("<br>", "")
                .replace("<em>", "")
                .replace("</em>", "")
                .matches('<')
                .count()
        };
        assert_eq!(elements(&page), elements(&plain), "{hostile:?}");
        let hidden = |c: char| {
            (c.is_control() && c != '\n') || "\u{202e}\u{2066}\u{200f}\u{2028}\u{feff}".contains(c)
        };
        assert!(!page.contains(hidden), "{hostile:?}");
        let attributes =
            |page: &str| page.matches("onload=\"").count() + page.matches("onload='").count();
        assert_eq!(attributes(&page), 0);
        assert!(page.len() < plain.len() + 200_000, "{}", page.len());
        assert_eq!(between(&page, "<p class=\"word\">", "<"), ["REJECTED"]);
    }
}
