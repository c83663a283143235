//! The frame of a page, and how foreign text and numbers are put into it.
//!
//! A page is one file. Its policy allows no network, and no script or style sheet but those that are in
//! it, by their digests. Foreign text is escaped, stands in an element that keeps its direction of reading
//! and its ink to itself, and is cut where it is too long.

use super::preview::base64;
use duces_protocol::leaf::FileHasher;
use duces_protocol::text::is_unprintable;

/// Style sheet, in the file so that it needs no other.
const STYLE: &str = include_str!("style.css");

/// A page with this title, which is plain words, around a body of markup.
pub(crate) fn page(title: &str, body: &str, script: Option<&str>) -> String {
    let source = |text: &str| format!("'sha256-{}'", base64(&FileHasher::of(text.as_bytes()).0));
    let scripts = script.map_or("'none'".to_owned(), source);
    let mut out = String::from("<!doctype html>\n<html lang=\"en\">\n<head>\n");
    out += "<meta charset=\"utf-8\">\n";
    out += &format!(
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; script-src {scripts}; \
         style-src {}; img-src data:; base-uri 'none'; form-action 'none'\">\n",
        source(STYLE)
    );
    out += "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n";
    out += &format!("<title>{title}</title>\n");
    out += &format!("<style>{STYLE}</style>\n</head>\n<body>\n<main>\n{body}");
    out += &format!(
        "<footer>judge-verify {}</footer>\n</main>\n",
        env!("CARGO_PKG_VERSION")
    );
    if let Some(script) = script {
        out += &format!("<script>{script}</script>\n");
    }
    out += "</body>\n</html>\n";
    out
}

/// A table in a box that scrolls by itself.
pub(crate) struct Columns<'a> {
    id: &'a str,
    label: &'a str,
    head: &'a [&'a str],
}

impl<'a> Columns<'a> {
    /// A table with this name in markup, this label for a reader of screens, and these columns.
    pub(crate) fn new(id: &'a str, label: &'a str, head: &'a [&'a str]) -> Self {
        Self { id, label, head }
    }

    /// Writes all that stands before the first row.
    pub(crate) fn open(&self, out: &mut String) {
        let Self { id, label, head } = self;
        *out += &format!(
            "<div class=\"scroll\" role=\"region\" aria-label=\"{label}\" tabindex=\"0\"><table id=\"{id}\">\n<thead><tr>"
        );
        for name in *head {
            *out += &format!("<th scope=\"col\">{}</th>", cell(name));
        }
        *out += "</tr></thead>\n<tbody>\n";
    }
}

/// A number with a thin space between groups of three digits.
pub(crate) fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            out.push_str("&#8239;");
        }
        out.push(digit);
    }
    out
}

/// Foreign text in an element of its own.
pub(crate) fn cell(text: &str) -> String {
    format!("<bdi>{}</bdi>", escape(text))
}

/// Foreign text of at most so many characters, in an element of its own, and how many are left out.
pub(crate) fn clipped(text: &str, characters: usize) -> String {
    match text.char_indices().nth(characters) {
        None => cell(text),
        Some((at, _)) => format!(
            "{} <em>(and {} more characters)</em>",
            cell(&text[..at]),
            grouped(text[at..].chars().count() as u64)
        ),
    }
}

/// Text that cannot become markup, with hidden characters made visible.
pub(crate) fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            '\n' => out.push_str("<br>"),
            '\t' => out.push(' '),
            c if is_unprintable(c) => out.extend(c.escape_unicode()),
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
#[allow(
    clippy::disallowed_methods,
    reason = "a contrast decides nothing but whether a colour is changed"
)]
mod tests {
    use super::*;

    #[test]
    fn markup_is_escaped() {
        let hostile = "<script>alert(\"x\")</script>&'\u{202e}\u{0}\nend";
        let safe = escape(hostile);
        assert_eq!(
            safe,
            "&lt;script&gt;alert(&quot;x&quot;)&lt;/script&gt;&amp;&#39;\\u{202e}\\u{0}<br>end"
        );
    }

    #[test]
    fn long_text_is_cut_and_says_by_how_much() {
        assert_eq!(clipped("abc", 3), "<bdi>abc</bdi>");
        assert_eq!(
            clipped(&"é".repeat(10_000), 2),
            "<bdi>éé</bdi> <em>(and 9&#8239;998 more characters)</em>"
        );
    }

    #[test]
    fn numbers_are_grouped() {
        assert_eq!(grouped(7), "7");
        assert_eq!(grouped(1000), "1&#8239;000");
        assert_eq!(grouped(123_456_789), "123&#8239;456&#8239;789");
    }

    #[test]
    fn a_page_allows_its_own_script_and_no_other() {
        let page = page("Title", "<p>body</p>\n", Some("1;"));
        // printf '1;' | openssl dgst -sha256 -binary | base64
        assert!(
            page.contains("script-src 'sha256-CImjRDTlhukYQ2AnxOi0wzgPhGQ3Mb3rVwJK24dFz1M='"),
            "{page}"
        );
        assert!(page.contains("<script>1;</script>"));
        assert!(super::page("Title", "", None).contains("script-src 'none'"));
        assert_eq!(page.matches("style-src 'sha256-").count(), 1);
        assert!(!page.contains("unsafe-inline") && !page.contains("style=\""));
    }

    /// The contrast of two colours by WCAG 2.2, "contrast ratio".
    fn contrast(ink: &str, ground: &str) -> f64 {
        let luminance = |colour: &str| {
            let part = |at: usize| {
                let value = u8::from_str_radix(&colour[at..at + 2], 16).unwrap();
                let value = f64::from(value) / 255.0;
                if value <= 0.040_45 {
                    value / 12.92
                } else {
                    ((value + 0.055) / 1.055).powf(2.4)
                }
            };
            0.2126 * part(1) + 0.7152 * part(3) + 0.0722 * part(5)
        };
        let (a, b) = (luminance(ink) + 0.05, luminance(ground) + 0.05);
        a.max(b) / a.min(b)
    }

    #[test]
    fn ink_can_be_told_from_its_ground() {
        assert!((contrast("#000000", "#ffffff") - 21.0).abs() < 1e-9);
        let white = "#ffffff";
        for (ink, ground, rule) in [
            ("#1b1b1b", white, "color: #1b1b1b; font:"),
            (
                "#1d6b35",
                white,
                ".word { border-color: #1d6b35; color: #1d6b35; }",
            ),
            (
                "#a31515",
                white,
                ".word { border-color: #a31515; color: #a31515; }",
            ),
            (
                "#7a5b00",
                white,
                ".word { border-color: #7a5b00; color: #7a5b00; }",
            ),
            ("#1d4e89", white, "a { color: #1d4e89; }"),
            (
                "#595959",
                white,
                "footer { margin-top: 2.5rem; font-size: .85rem; color: #595959; }",
            ),
            ("#1b1b1b", "#f4f4f4", "background: #f4f4f4;"),
            (
                white,
                "#1d6b35",
                ".k-p rect { fill: #1d6b35; } .k-p text { fill: #fff; }",
            ),
            (
                "#3b1263",
                "#ead9f7",
                ".k-w rect { fill: #ead9f7; } .k-w text { fill: #3b1263; }",
            ),
            ("#3b1263", "#c39be6", ".k-w path { stroke: #c39be6;"),
            (
                "#0c3d1b",
                "#bfe3c6",
                ".k-r rect { fill: #bfe3c6; } .k-r text { fill: #0c3d1b; }",
            ),
            (
                "#4a4f55",
                "#e9ecef",
                ".k-n rect { fill: #e9ecef; } .k-n text { fill: #4a4f55; }",
            ),
            (
                "#12365f",
                "#d8e6f7",
                ".k-a rect { fill: #d8e6f7; } .k-a text { fill: #12365f; }",
            ),
            (
                white,
                "#8a3b00",
                ".k-e rect { fill: #8a3b00; } .k-e text { fill: #fff; }",
            ),
            (
                "#4a4f55",
                white,
                ".k-v rect { fill: #fff; } .k-v text { fill: #4a4f55; }",
            ),
        ] {
            assert!(STYLE.contains(rule), "{rule}");
            assert!(
                contrast(ink, ground) >= 4.5,
                "{rule}: {}",
                contrast(ink, ground)
            );
        }
    }
}
