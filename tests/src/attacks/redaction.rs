//! Lies about what is redacted. They need the production of [`crate::families::redacted`].

use super::Attack;
use crate::production::Production;
use duces_protocol::production::bates::BatesNumber;
use duces_protocol::production::ledger::{Companion, Disposition, Outcome};
use duces_protocol::production::names;
use duces_protocol::production::stamp::{stamp, unstamp};
use duces_protocol::rendition::png;
use duces_protocol::view::Kind;

/// Lies about a production with redacted texts and pages.
pub const OF_REDACTIONS: [Attack; 13] = [
    Attack {
        name: "a redacted text is edited afterwards",
        check: 7,
        apply: |production| {
            let (_, path) = text(production);
            let edited = [&production.read(&path)[..], b" And more."].concat();
            production.write(&path, &edited);
        },
    },
    Attack {
        name: "a redacted page is exchanged afterwards",
        check: 7,
        apply: |production| {
            let (_, bates) = pages(production);
            let stamped = png::decode(&production.read(&bates.image(2)), 1 << 20).expect("a page");
            let other = unstamp(stamped, &bates.image_key(2)).expect("it has its stamp");
            let page = png::encode(&stamp(&other, &bates.image_key(1)));
            production.write(&bates.image(1), &page);
        },
    },
    Attack {
        name: "a page is added to a redaction",
        check: 7,
        apply: |production| {
            let (_, bates) = pages(production);
            let stamped = png::decode(&production.read(&bates.image(2)), 1 << 20).expect("a page");
            let other = unstamp(stamped, &bates.image_key(2)).expect("it has its stamp");
            let page = png::encode(&stamp(&other, &bates.image_key(3)));
            production.write(&bates.image(3), &page);
        },
    },
    Attack {
        name: "the basis of a redaction is exchanged afterwards",
        check: 7,
        apply: |production| {
            let log = log(production);
            production.write_withholding(&log.replace("552(b)(6)", "552(b)(7)(C)"));
        },
    },
    Attack {
        name: "the native file lies beside its redaction",
        check: 7,
        apply: |production| {
            let (bates, _) = text(production);
            production.write(&format!("{}/{bates}.txt", names::NATIVES), b"The original.");
        },
    },
    Attack {
        name: "a text and a page stand in the place of one document",
        check: 7,
        apply: |production| {
            let (_, bates) = pages(production);
            production.write(&bates.rendition(Kind::Text), b"[REDACTED 1] and more.");
            production.bind_redactions();
        },
    },
    Attack {
        name: "a redacted text does not mark a redaction",
        check: 7,
        apply: |production| {
            let (_, path) = text(production);
            let shown = String::from_utf8(production.read(&path)).expect("it is text");
            let bare = shown.replace("[REDACTED 1]", "");
            assert_ne!(shown, bare);
            production.write(&path, bare.as_bytes());
            production.bind_redactions();
        },
    },
    Attack {
        name: "a redacted document has no basis",
        check: 8,
        apply: |production| {
            let (position, _) = pages(production);
            let own = format!("{position},");
            let log = log(production);
            let kept: String = log
                .split_inclusive('\n')
                .filter(|line| !line.starts_with(&own))
                .collect();
            assert_ne!(log, kept);
            production.write_withholding(&kept);
            production.bind_redactions();
        },
    },
    Attack {
        name: "a redacted document is opened, too",
        check: 7,
        apply: |production| {
            let (position, _) = pages(production);
            let mut openings = production.openings();
            openings[0].position = position;
            openings.sort_by_key(|opening| opening.position);
            production.write_openings(&openings);
        },
    },
    Attack {
        name: "an item that does not match is listed as redacted",
        check: 6,
        apply: |production| {
            let records = production.records();
            let position = records
                .iter()
                .position(|(_, outcome)| *outcome == Outcome::from(Disposition::NotResponsive));
            let position = position.expect("a memo does not match");
            set_redacted(production, position, Disposition::Redacted);
            let log = log(production);
            production.write_withholding(&format!("{log}{position},privilege,A memo\n"));
            let bates = production.redacted()[&(position as u64)].clone();
            production.write(&bates.rendition(Kind::Text), b"[REDACTED 1]");
            production.bind_redactions();
        },
    },
    Attack {
        name: "a redacted companion is listed as withheld",
        check: 7,
        apply: |production| {
            let records = production.records();
            let is_redacted = |outcome: &Outcome| outcome.companion == Companion::Redacted;
            let position = records.iter().position(|(_, outcome)| is_redacted(outcome));
            let position = position.expect("a companion is redacted");
            let outcome = Outcome {
                companion: Companion::Withheld,
                redaction: None,
                ..records[position].1
            };
            production.set_disposition(position, outcome);
        },
    },
    Attack {
        name: "the log calls a redaction withheld",
        check: 8,
        apply: |production| {
            let name = names::VAUGHN_INDEX;
            let index = String::from_utf8(production.read(name)).expect("it is text");
            let other = index.replace(",redacted,", ",withheld,");
            assert_ne!(index, other);
            production.write(name, other.as_bytes());
        },
    },
    Attack {
        name: "the load file does not say that a document is redacted",
        check: 9,
        apply: |production| {
            let bytes = production.read(names::LOAD_FILE);
            let mark = [0xfe, b'Y', 0xfe];
            let at = bytes.windows(3).position(|window| window == mark);
            let at = at.expect("a line says that its document is redacted");
            let other = [&bytes[..=at], &bytes[at + 2..]].concat();
            production.write(names::LOAD_FILE, &other);
        },
    },
];

/// The Bates number and the path of a redacted text.
fn text(production: &Production) -> (BatesNumber, String) {
    let mut texts = production.redacted().into_values();
    let found = texts.find(|bates| production.path(&bates.rendition(Kind::Text)).exists());
    let bates = found.expect("a text is redacted");
    let path = bates.rendition(Kind::Text);
    (bates, path)
}

/// The position and the Bates number of a redaction of two pages.
fn pages(production: &Production) -> (u64, BatesNumber) {
    let mut pages = production.redacted().into_iter();
    let found = pages.find(|(_, bates)| production.path(&bates.image(2)).exists());
    found.expect("a scan of two pages is redacted")
}

fn log(production: &Production) -> String {
    String::from_utf8(production.read(names::WITHHOLDING)).expect("it is text")
}

/// Lists a position as redacted, whatever stands in its place.
fn set_redacted(production: &Production, position: usize, disposition: Disposition) {
    let redaction = Some(duces_protocol::digest::Digest([0; 32]));
    let outcome = Outcome {
        redaction,
        ..disposition.into()
    };
    production.set_disposition(position, outcome);
}
