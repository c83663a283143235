//! One thing in the place of another: matters, requests, leaves, files, openings, entries.

use super::{Attack, entry_for};
use crate::production::{Production, files};
use duces_protocol::digest::Digest;
use duces_protocol::leaf::{Salt, Suffix};
use duces_protocol::pedersen::{ViewBlind, ViewCommitment};
use duces_protocol::production::ledger::Disposition::{NoView, NotResponsive, Produced, Withheld};
use duces_protocol::production::names;
use duces_protocol::production::openings::Opening;

/// The last byte of a produced file is changed.
pub const BYTE_CHANGED: Attack = Attack {
    name: "one byte of a produced file is changed",
    check: 7,
    apply: |production| {
        let path = first_native(production);
        let mut bytes = production.read(&path);
        *bytes.last_mut().expect("a produced file has bytes") ^= 1;
        production.write(&path, &bytes);
    },
};

/// The entry of a withheld match is removed.
pub const ENTRY_REMOVED: Attack = Attack {
    name: "a withholding entry is removed",
    check: 8,
    apply: |production| {
        let log = String::from_utf8(production.read(names::WITHHOLDING)).expect("it is text");
        let header = log.lines().next().expect("a log has a header");
        production.write_withholding(&format!("{header}\n"));
    },
};

/// All of them.
pub(super) const ALL: &[Attack] = &[
    BYTE_CHANGED,
    ENTRY_REMOVED,
    Attack {
        name: "the production names another commitment",
        check: 3,
        apply: |production| {
            let mut manifest = production.manifest();
            manifest.commitment = Digest([7; 32]);
            production.write_manifest(&manifest);
        },
    },
    Attack {
        name: "the production names another request",
        check: 3,
        apply: |production| {
            let mut manifest = production.manifest();
            manifest.request = Digest([7; 32]);
            production.write_manifest(&manifest);
        },
    },
    Attack {
        name: "the production has another profile",
        check: 2,
        apply: |production| {
            let profile = String::from_utf8(production.read(names::PROFILE)).expect("it is text");
            let larger = profile.replace("max_pixels = 1", "max_pixels = 2");
            assert_ne!(larger, profile);
            production.write(names::PROFILE, larger.as_bytes());
        },
    },
    Attack {
        name: "an item has the view commitment of another",
        check: 2,
        apply: |production| {
            let mut records = production.records();
            let (to, from) = (production.first(Produced), production.first(NotResponsive));
            records[to].0.views = records[from].0.views.clone();
            production.write_records(&records);
        },
    },
    Attack {
        name: "an item has the view commitment of another kind of view",
        check: 2,
        apply: |production| {
            let mut records = production.records();
            let (to, from) = (production.first(Produced), production.first(NoView));
            records[to].0.views[0].1 = records[from].0.views[0].1;
            production.write_records(&records);
        },
    },
    Attack {
        name: "an item has the view of another kind",
        check: 2,
        apply: |production| {
            let mut records = production.records();
            let (to, from) = (production.first(NotResponsive), production.first(NoView));
            records[to].0.views = records[from].0.views.clone();
            records[to].1 = NoView.into();
            production.write_records(&records);
        },
    },
    Attack {
        name: "an item has the file commitment of another",
        check: 2,
        apply: |production| {
            let mut records = production.records();
            let (to, from) = (production.first(Produced), production.first(NotResponsive));
            records[to].0.file = records[from].0.file;
            production.write_records(&records);
        },
    },
    Attack {
        name: "an item is moved to another family",
        check: 2,
        apply: |production| {
            let mut records = production.records();
            let (position, head) = (production.first(NotResponsive), production.first(Produced));
            records[position].0.family = head as u64;
            production.write_records(&records);
        },
    },
    Attack {
        name: "a family has no head",
        check: 1,
        apply: |production| {
            let mut records = production.records();
            let (one, other) = (production.first(NotResponsive), production.first(Produced));
            records[one].0.family = other as u64;
            records[other].0.family = one as u64;
            production.write_records(&records);
        },
    },
    Attack {
        name: "a view commitment is the identity",
        check: 2,
        apply: |production| replace_point(production, [0; 32]),
    },
    Attack {
        name: "a view commitment is no point of the curve",
        check: 2,
        apply: |production| {
            let mut bytes = [0; 32];
            while ViewCommitment::from_bytes(&bytes).is_ok() || bytes[0] == 0 {
                bytes[0] += 1;
            }
            replace_point(production, bytes);
        },
    },
    Attack {
        name: "a view commitment has bits above the field",
        check: 2,
        apply: |production| replace_point(production, [0xff; 32]),
    },
    Attack {
        name: "a withheld match is listed as produced",
        check: 7,
        apply: |production| production.set_disposition(production.first(Withheld), Produced),
    },
    Attack {
        name: "two produced files exchange their names",
        check: 7,
        apply: |production| {
            let openings = production.openings();
            let pair = openings.iter().enumerate().find_map(|(i, one)| {
                let same = |other: &&_| same_extension(one, other);
                Some((one, openings[i + 1..].iter().find(same)?))
            });
            let (one, other) = pair.expect("two produced files have the same extension");
            let paths = [one, other].map(native);
            let [first, second] = paths.each_ref().map(|path| production.read(path));
            production.write(&paths[0], &second);
            production.write(&paths[1], &first);
        },
    },
    Attack {
        name: "an opening has another blind",
        check: 7,
        apply: |production| {
            let mut openings = production.openings();
            openings[0].blind = Some(ViewBlind::random());
            production.write_openings(&openings);
        },
    },
    Attack {
        name: "a Bates number is passed over",
        check: 7,
        apply: |production| {
            let prefix = production.manifest().bates_prefix;
            let mut openings = production.openings();
            let last = openings.len() - 1;
            let old = files(&openings[last]);
            openings[last].bates = prefix.number(openings.len() as u64 + 1);
            for (old, new) in old.iter().zip(files(&openings[last])) {
                let bytes = production.read(old);
                production.remove(old);
                production.write(&new, &bytes);
            }
            production.write_openings(&openings);
        },
    },
    Attack {
        name: "one item has two Bates numbers",
        check: 1,
        apply: |production| {
            let openings = production.openings();
            let text = String::from_utf8(production.read(names::OPENINGS)).expect("it is text");
            let last = text.lines().last().expect("there is an opening");
            let old = openings[openings.len() - 1].bates.to_string();
            let next = production
                .manifest()
                .bates_prefix
                .number(openings.len() as u64 + 1);
            let again = last.replace(&old, &next.to_string());
            let text = format!("{text}{again}\n");
            production.write(names::OPENINGS, text.as_bytes());
        },
    },
    Attack {
        name: "a position has two withholding entries",
        check: 8,
        apply: |production| {
            let text = String::from_utf8(production.read(names::WITHHOLDING)).expect("it is text");
            let last = text.lines().last().expect("there is an entry").to_owned();
            production.write_withholding(&format!("{text}{last}\n"));
        },
    },
    Attack {
        name: "a withholding entry names a position that does not exist",
        check: 8,
        apply: |production| entry_for(production, production.records().len()),
    },
    Attack {
        name: "the load file has one line fewer",
        check: 9,
        apply: |production| {
            let bytes = production.read(names::LOAD_FILE);
            let lines: Vec<&[u8]> = bytes.split_inclusive(|byte| *byte == b'\n').collect();
            production.write(names::LOAD_FILE, &lines[..lines.len() - 1].concat());
        },
    },
    Attack {
        name: "a file is produced that no position has",
        check: 7,
        apply: |production| {
            let bytes = production.read(&first_native(production));
            production.write("natives/EXTRA0000001.png", &bytes);
        },
    },
    Attack {
        name: "a produced file is missing",
        check: 7,
        apply: |production| production.remove(&first_native(production)),
    },
    Attack {
        name: "an opening has another salt",
        check: 7,
        apply: |production| {
            let mut openings = production.openings();
            let native = openings[0].native.as_mut().expect("it has a file");
            native.salt = Salt::from_bytes([7; 32]);
            production.write_openings(&openings);
        },
    },
    Attack {
        name: "an opening has another end of its file's name",
        check: 7,
        apply: |production| {
            let mut openings = production.openings();
            let native = openings[0].native.as_mut().expect("it has a file");
            native.suffix = Suffix::of("a.other");
            production.write_openings(&openings);
        },
    },
    Attack {
        name: "the openings of two produced items are exchanged",
        check: 7,
        apply: |production| {
            let mut openings = production.openings();
            let (left, right) = openings.split_at_mut(1);
            std::mem::swap(&mut left[0].native, &mut right[0].native);
            std::mem::swap(&mut left[0].rendition, &mut right[0].rendition);
            std::mem::swap(&mut left[0].blind, &mut right[0].blind);
            production.write_openings(&openings);
        },
    },
    Attack {
        name: "an opening is missing",
        check: 7,
        apply: |production| {
            let openings = production.openings();
            production.write_openings(&openings[1..]);
        },
    },
    Attack {
        name: "a withholding entry names an item that does not match",
        check: 8,
        apply: |production| {
            entry_for(production, production.first(NotResponsive));
        },
    },
];

fn first_native(production: &Production) -> String {
    native(&production.openings()[0])
}

/// The native file of a produced document, in the production.
fn native(opening: &Opening) -> String {
    let name = opening.native_file().expect("it has a file");
    format!("{}/{name}", names::NATIVES)
}

fn same_extension(one: &Opening, other: &Opening) -> bool {
    let extension = |opening: &Opening| opening.native.as_ref().map(|native| native.extension);
    extension(one) == extension(other)
}

/// Replaces the view commitment of the first item that does not match, in the ledger's bytes.
fn replace_point(production: &Production, point: [u8; 32]) {
    let records = production.records();
    let old = records[production.first(NotResponsive)].0.views[0]
        .1
        .to_bytes();
    let mut bytes = production.read(names::LEDGER);
    let at = bytes.windows(32).position(|window| window == old);
    let at = at.expect("the ledger holds the view commitments of its leaves");
    bytes[at..at + 32].copy_from_slice(&point);
    production.write(names::LEDGER, &bytes);
}
