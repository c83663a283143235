//! Words hidden where a careless intake does not look: each has to be found, in an item of its own or in
//! the text of its file.

use super::{Attempt, Expected, Verdict, on_one_line};
use crate::families::{base64, pdf};
use crate::matter::Matter;
use crate::programs::Programs;
use crate::small::{self, SMALL, WORD};
use std::fs;
use std::os::unix::fs::symlink;

const GROUP: &str = "intake";

/// A file that hides the word, and how.
struct Trick {
    file: &'static str,
    what: &'static str,
    bytes: Vec<u8>,
}

/// Hides the word in every way, and reviews.
pub(super) fn attempts(programs: &Programs) -> Vec<Attempt> {
    let matter = Matter::new(programs.clone());
    fs::create_dir(matter.path("intake")).expect("the folder is new");
    let tricks = tricks();
    for trick in &tricks {
        let path = matter.path("intake").join(trick.file);
        fs::write(path, &trick.bytes).expect("the file is written");
    }
    small::commit(&matter, "intake", 5);
    let _ = matter.run(&SMALL.review()).done();
    let matches = matter.matches(&SMALL);
    let mut attempts: Vec<Attempt> = tricks.iter().map(|trick| trick.attempt(&matches)).collect();
    attempts.push(link(programs));
    attempts
}

impl Trick {
    fn attempt(&self, matches: &[(u64, String)]) -> Attempt {
        let part = format!("{} > ", self.file);
        let of_it = |name: &str| name == self.file || name.starts_with(&part);
        let found = matches.iter().any(|(_, name)| of_it(name));
        Attempt {
            group: GROUP,
            what: self.what.to_owned(),
            times: 1,
            expected: Expected::refused("review, which matches it"),
            verdict: match found {
                true => Verdict::Refused("review, which matches it".to_owned()),
                false => Verdict::Accepted,
            },
        }
    }
}

/// A folder behind a symbolic link: `commit` refuses, and names the link.
fn link(programs: &Programs) -> Attempt {
    let matter = Matter::new(programs.clone());
    for folder in ["linked", "elsewhere"] {
        fs::create_dir(matter.path(folder)).expect("the folder is new");
    }
    fs::write(matter.path("linked/memo.txt"), "a memo").expect("the file is written");
    symlink("../elsewhere", matter.path("linked/annex")).expect("the link is made");
    fs::write(matter.path("small.toml"), small::PROFILE).expect("the profile is written");
    let outcome = matter.run("responder commit linked --profile small.toml --out matter");
    let said = outcome.code.is_some_and(|code| code > 0) && outcome.stderr.contains("annex");
    Attempt {
        group: GROUP,
        what: "a folder stands behind a symbolic link".to_owned(),
        times: 1,
        expected: Expected::refused("commit"),
        verdict: match (said, outcome.code) {
            (true, _) => Verdict::Refused("commit".to_owned()),
            (false, Some(0)) => Verdict::Accepted,
            (false, _) => Verdict::Broken(on_one_line(&outcome.stderr)),
        },
    }
}

fn tricks() -> Vec<Trick> {
    // As often as no other words of a file fall into its bucket.
    let text = [WORD; 5].join(" ");
    let trick = |file, what, bytes: Vec<u8>| Trick { file, what, bytes };
    let attached = base64(text.as_bytes());
    let html = format!("<p>It says <b>{text}</b>.</p>");
    let inner = format!("{}\r\n{text}\r\n", HEAD.replace("NUMBER", "2"));
    let prose = format!("A file begins with %PDF-1.4, then 1 0 obj, then endobj. {text}");
    let image = || pdf(&["A plan", &text]);
    vec![
        trick(
            "attachment.eml",
            "an attachment has the word, behind a stub",
            multipart(
                "mixed",
                &[
                    "Content-Type: text/plain\r\n\r\nSee the attachment.\r\n",
                    &format!(
                        "Content-Type: text/plain; name=a.txt\r\nContent-Transfer-Encoding: base64\r\n\
                     Content-Disposition: attachment; filename=a.txt\r\n\r\n{attached}\r\n"
                    ),
                ],
            ),
        ),
        trick(
            "stub.eml",
            "the HTML body has the word, the plain one is a stub",
            multipart(
                "alternative",
                &[
                    "Content-Type: text/plain\r\n\r\nYour program cannot show this.\r\n",
                    &format!("Content-Type: text/html\r\n\r\n{html}\r\n"),
                ],
            ),
        ),
        trick(
            "forwarded.eml",
            "a forwarded message has the word",
            multipart(
                "mixed",
                &[
                    "Content-Type: text/plain\r\n\r\nSee below.\r\n",
                    &format!("Content-Type: message/rfc822\r\n\r\n{inner}"),
                ],
            ),
        ),
        trick("pages.pdf", "a further page has the word", image()),
        trick(
            "photo.jpg",
            "a text has the name of an image",
            text.clone().into(),
        ),
        trick(
            "setup.exe",
            "a text has the name of a program",
            text.clone().into(),
        ),
        trick("plan.txt", "a PDF has the name of a text", image()),
        trick(
            "howto.txt",
            "a text speaks of the header of a PDF",
            prose.into(),
        ),
        trick(
            "wide.txt",
            "a text is in UTF-16 without a mark",
            text.encode_utf16().flat_map(u16::to_le_bytes).collect(),
        ),
        trick("page", "an HTML file has no extension", html.into()),
    ]
}

/// The header of a message, `NUMBER` standing for what tells it from others.
const HEAD: &str = "From: a@example.org\r\nTo: b@example.org\r\nSubject: notes\r\n\
                    Date: Mon, 1 Jan 2024 00:00:00 +0000\r\nMessage-ID: <NUMBER@example.org>\r\n\
                    MIME-Version: 1.0\r\n";

fn multipart(kind: &str, parts: &[&str]) -> Vec<u8> {
    let head = HEAD.replace("NUMBER", "1");
    let body: String = parts.iter().map(|part| format!("--m\r\n{part}")).collect();
    format!("{head}Content-Type: multipart/{kind}; boundary=m\r\n\r\n{body}--m--\r\n").into_bytes()
}
