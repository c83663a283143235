//! Lies about what is withheld: in the log, and in its two renderings.

use super::Attack;
use crate::production::Production;
use duces_protocol::production::names;

/// All of them.
pub(super) const ALL: &[Attack] = &[
    Attack {
        name: "the basis of an entry is a blank that does not look like one",
        check: 1,
        apply: |production| replace_basis(production, "\u{3164}"),
    },
    Attack {
        name: "a blank that nobody sees stands in a basis",
        check: 1,
        apply: |production| replace_basis(production, "attorney\u{200b}-client"),
    },
    Attack {
        name: "the privilege log has an entry fewer",
        check: 8,
        apply: |production| {
            let log = text(production, names::PRIVILEGE_LOG);
            let header = log.lines().next().expect("it has a header");
            production.write(names::PRIVILEGE_LOG, format!("{header}\n").as_bytes());
        },
    },
    Attack {
        name: "the privilege log states another basis than the entry",
        check: 8,
        apply: |production| {
            let name = names::PRIVILEGE_LOG_TEXT;
            let log = text(production, name);
            let other = log.replace("attorney-client", "work product");
            assert_ne!(log, other);
            production.write(name, other.as_bytes());
        },
    },
    Attack {
        name: "an entry of the privilege log is in the Vaughn index, too",
        check: 8,
        apply: |production| {
            let log = text(production, names::PRIVILEGE_LOG);
            let index = log.replacen("privilege", "exemption", 1);
            production.write(names::VAUGHN_INDEX, index.as_bytes());
        },
    },
];

fn text(production: &Production, name: &str) -> String {
    String::from_utf8(production.read(name)).expect("it is text")
}

/// Writes another basis into all entries.
fn replace_basis(production: &Production, basis: &str) {
    let log = text(production, names::WITHHOLDING);
    let other = log.replace("attorney-client", basis);
    assert_ne!(log, other);
    production.write(names::WITHHOLDING, other.as_bytes());
}
