//! What is false when it is committed to. Of an undisclosed item no proof shows it: the report says so,
//! and an audit of the positions finds what it can. Of a produced item the judge's extractor finds it.

use super::{Attempt, Expected, Verdict, on_one_line, verdict};
use crate::families::base64;
use crate::matter::Matter;
use crate::programs::Programs;
use crate::small::{self, PROFILE, SMALL, WORD};
use duces_responder::vault::Vault;
use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};

const GROUP: &str = "commitment";
const NONCE: &str = "6b1d2c7f3a90455e8d13f0c2b7a64e19d5087f3c1a2b4e6d9f80716253443526";

/// Tells them all.
pub(super) fn attempts(programs: &Programs) -> Vec<Attempt> {
    let mut attempts = vec![
        produced(programs, ""),
        produced(programs, "[extract]\nload_files = true\n"),
    ];
    attempts.extend(undisclosed(programs));
    attempts
}

/// A program that answers as the extractor does, but for what `sed` changes.
fn forged(matter: &Matter, script: &str) {
    let path = matter.path("forged");
    let real = matter.programs().executable().display();
    let text = format!("#!/bin/sh\n\"{real}\" \"$@\" | /bin/sed -u '{script}'\n");
    fs::write(&path, text).expect("the program is written");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).expect("it can be run");
}

/// Runs review, proof and production; what is withheld, if anything, has a basis of no worth.
fn produce(matter: &Matter, withheld: Option<&str>) {
    let _ = matter.run(&SMALL.review()).done();
    let matches = matter.matches(&SMALL);
    let found = withheld.and_then(|file| matches.iter().find(|(_, name)| name == file));
    let entry = found.map(|(position, _)| format!("{position},because,no reason\n"));
    let log = format!("position,basis,description\n{}", entry.unwrap_or_default());
    fs::write(matter.path("small-log.csv"), log).expect("the log is written");
    let _ = matter.run(&SMALL.prove()).done();
    let produce = SMALL.produce() + " --extractor ./forged";
    let produce = match withheld {
        Some(_) => produce,
        None => produce.replace("--withhold small-log.csv ", ""),
    };
    let _ = matter.run(&produce).done();
}

/// The text of a produced match is another than its file has.
fn produced(programs: &Programs, more: &str) -> Attempt {
    let matter = Matter::new(programs.clone());
    fs::create_dir(matter.path("files")).expect("the folder is new");
    let text = format!("The {WORD} has a report.");
    fs::write(matter.path("files/memo.txt"), text).expect("the file is written");
    forged(&matter, "s/has a report/has a rumour/");
    let profile = format!("{PROFILE}{more}");
    small::commit_under(&matter, &profile, "files --extractor ./forged", 1);
    produce(&matter, None);
    let under = match more {
        "" => "",
        _ => ", under a profile that takes texts of load files",
    };
    Attempt {
        group: GROUP,
        what: format!("the rendition of a produced match is not what its file holds{under}"),
        times: 1,
        expected: Expected::check(7),
        verdict: verdict(&matter.run(&SMALL.judge("small-production"))),
    }
}

/// A text that a changed extractor alters, so that nothing is found in it.
const HIDDEN: &str = "hidden.txt";
/// A file that a changed extractor does not read to its end.
const UNREAD: &str = "unread.txt";

/// One matter with everything that no proof shows; it has to be verified, and the report to say so.
fn undisclosed(programs: &Programs) -> Vec<Attempt> {
    let matter = Matter::new(programs.clone());
    fs::create_dir(matter.path("files")).expect("the folder is new");
    let write = |name: &str, text: &str| {
        fs::write(matter.path("files").join(name), text).expect("the file is written");
    };
    let attached = base64(format!("A {WORD} attached.").as_bytes());
    write("memo.txt", &format!("The {WORD} was stopped."));
    write("advice.txt", &format!("Advice on the {WORD}."));
    write("lunch.txt", "A memo on lunch.");
    write(HIDDEN, &format!("A {WORD} unseen."));
    write(UNREAD, &format!("A {WORD} unread."));
    let message = format!(
        "Return-Path: <a@example.org>\r\nContent-Type: multipart/mixed; boundary=m\r\n\r\n--m\r\n\
         Content-Type: text/plain; name=a.txt\r\nContent-Transfer-Encoding: base64\r\n\
         Content-Disposition: attachment; filename=a.txt\r\n\r\n{attached}\r\n--m--\r\n"
    );
    write("message.eml", &message);
    symlink("/", matter.path("files/link")).expect("the link is made");
    let other = "x".repeat(WORD.len());
    forged(
        &matter,
        &format!(
            "/{WORD} unread/Q; s/{WORD} unseen/{other} unseen/; s/{WORD} attached/{other} attached/"
        ),
    );
    small::commit(&matter, "files --leave-out --extractor ./forged", 1);
    produce(&matter, Some("advice.txt"));
    let outcome = matter.run(&SMALL.judge("small-production"));
    let said = on_one_line(&outcome.stdout);
    let passing = PASSING.iter().map(|&(what, line)| Attempt {
        group: GROUP,
        what: what.to_owned(),
        times: 1,
        expected: Expected::Passes(line),
        verdict: match verdict(&outcome) {
            Verdict::Accepted if programs.has_own_judge() && !said.contains(line) => {
                Verdict::Broken("the report does not say so".to_owned())
            }
            verdict => verdict,
        },
    });
    let mut attempts: Vec<Attempt> = passing.collect();
    attempts.extend(audited(&matter));
    attempts
}

/// What passes, with the beginning of the line of "What this does not show".
const PASSING: [(&str, &str); 7] = [
    (
        "a file is left out before anything is committed to",
        "That the committed items are everything the responding party holds.",
    ),
    (
        "the rendition of an undisclosed item is not what its file holds",
        "That an undisclosed item was reduced honestly",
    ),
    (
        "a file that can be read is listed as an exception",
        "That an undisclosed exception is unreadable for the reason that is stated",
    ),
    (
        "an attachment is altered when it is taken out of its message",
        "That each part of a file was found",
    ),
    (
        "a link is not followed, with --leave-out",
        "What the symbolic links of the collection lead to: 1 were not followed.",
    ),
    (
        "a match is withheld on a basis of no worth",
        "That a privilege or exemption is valid.",
    ),
    (
        "the classifier does not know another word for the same thing",
        "That the classifier is a good definition of relevance.",
    ),
];

/// An audit of all positions.
fn audited(matter: &Matter) -> [Attempt; 2] {
    let vault = Vault::open(&matter.path("matter/vault")).expect("the vault is there");
    let files = "--commitment matter/commitment.txt --request small.request";
    let size = vault.len();
    let sample = format!(
        "judge-verify sample small-production {files} --nonce {NONCE} --size {size} --out all.csv \
             --record all.txt"
    );
    let _ = matter.run(&sample).done();
    let open =
        "responder open --vault matter/vault --positions all.csv --out opened --extractor ./forged";
    let _ = matter.run(open).done();
    let audit =
        format!("judge-verify audit opened {files} --record all.txt --production small-production");
    let outcome = matter.run(&audit);
    let position = |file: &str| {
        let mut all = 0..size;
        let is = |position: &u64| {
            let item = vault.item(*position).expect("the vault is whole");
            item.path.as_os_str() == file && item.key.place == 0
        };
        all.find(is).expect("the file was committed to")
    };
    [
        (HIDDEN, "the same rendition, in an audit of all positions"),
        (UNREAD, "the same exception, in an audit of all positions"),
    ]
    .map(|(file, what)| Attempt {
        group: GROUP,
        what: what.to_owned(),
        times: 1,
        expected: Expected::refused("audit check 8"),
        verdict: {
            let line = format!("position {}: audit check 8 (", position(file));
            match (verdict(&outcome), outcome.stdout.contains(&line)) {
                (Verdict::Refused(_), true) => Verdict::Refused("audit check 8".to_owned()),
                (Verdict::Refused(_), false) => Verdict::Accepted,
                (verdict, _) => verdict,
            }
        },
    })
}
