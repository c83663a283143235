//! Lies about what comes along with a match, and about renditions. They need the production of
//! [`crate::families`], in which the family of a matching attachment is produced.

use super::Attack;
use crate::production::Production;
use duces_protocol::production::ledger::{Companion, Disposition, Outcome};
use duces_protocol::production::names;
use duces_protocol::production::openings::Opening;
use duces_protocol::production::stamp::{stamp, unstamp};
use duces_protocol::rendition::{Raster, png};

/// Lies about a production under `families = "together"`.
pub const OF_FAMILIES: [Attack; 8] = [
    Attack {
        name: "the text of a produced file is edited",
        check: 7,
        apply: |production| {
            let path = format!("{}/{}", names::TEXT, production.list(names::TEXT)[0]);
            let mut text = production.read(&path);
            text.extend(b"And more.");
            production.write(&path, &text);
        },
    },
    Attack {
        name: "two produced renditions exchange their names",
        check: 7,
        apply: |production| {
            let list = production.list(names::TEXT);
            let paths = [&list[0], &list[1]].map(|name| format!("{}/{name}", names::TEXT));
            exchange(production, &paths);
        },
    },
    Attack {
        name: "a page has the image of another page",
        check: 7,
        apply: |production| {
            let list = production.list(names::IMAGES);
            let paths = [&list[0], &list[1]].map(|name| format!("{}/{name}", names::IMAGES));
            let [first, second] = paths.each_ref().map(|path| picture(production, path));
            assert_ne!(first, second);
            write_picture(production, &paths[1], &first);
        },
    },
    Attack {
        name: "a page has the stamp of another page",
        check: 7,
        apply: |production| {
            let list = production.list(names::IMAGES);
            let path = format!("{}/{}", names::IMAGES, list[0]);
            let first = picture(production, &path);
            let other = list[1].trim_end_matches(".png");
            production.write(&path, &png::encode(&stamp(&first, other)));
        },
    },
    Attack {
        name: "a page has no stamp",
        check: 7,
        apply: |production| {
            let path = format!("{}/{}", names::IMAGES, production.list(names::IMAGES)[0]);
            production.write(&path, &png::encode(&picture(production, &path)));
        },
    },
    Attack {
        name: "an item is produced without its file",
        check: 7,
        apply: |production| {
            let mut openings = production.openings();
            let has_both =
                |opening: &&mut Opening| opening.native.is_some() && opening.rendition.is_some();
            let opening = openings.iter_mut().find(has_both);
            let opening = opening.expect("an item has a file and a rendition");
            let name = opening.native_file().expect("it has a file");
            opening.native = None;
            production.remove(&format!("{}/{name}", names::NATIVES));
            production.write_openings(&openings);
        },
    },
    Attack {
        name: "a companion is left out",
        check: 5,
        apply: |production| {
            let position = companion(production);
            production.forget_produced(position);
            production.set_disposition(position, Disposition::NotResponsive);
        },
    },
    Attack {
        name: "the head of a family is exchanged",
        check: 2,
        apply: |production| {
            let mut records = production.records();
            let member = companion(production) as u64;
            let head = records[usize::try_from(member).expect("it fits")].0.family;
            let other = (0..)
                .zip(&records)
                .find(|(position, (leaf, _))| leaf.family == head && *position != head);
            let (other, _) = other.expect("the family has more than one member");
            for (leaf, _) in &mut records {
                if leaf.family == head {
                    leaf.family = other;
                }
            }
            production.write_records(&records);
        },
    },
];

/// A lie about a production of the same corpus under `families = "alone"`.
pub const OF_MATCHES_ALONE: Attack = Attack {
    name: "a companion comes along with a match that is to come alone",
    check: 5,
    apply: |production| {
        let records = production.records();
        let is_brought = |leaf_family: u64| {
            records.iter().any(|(leaf, outcome)| {
                leaf.family == leaf_family && outcome.disposition == Disposition::Produced
            })
        };
        let position = records.iter().position(|(leaf, outcome)| {
            outcome.disposition == Disposition::NotResponsive && is_brought(leaf.family)
        });
        let companion = Outcome {
            companion: Companion::Produced,
            ..Disposition::NotResponsive.into()
        };
        let position = position.expect("the family of a match has another text");
        production.set_disposition(position, companion);
    },
};

/// A produced text that does not match.
fn companion(production: &Production) -> usize {
    let found = production.records().iter().position(|(_, outcome)| {
        outcome.disposition == Disposition::NotResponsive
            && outcome.companion == Companion::Produced
    });
    found.expect("a text comes along with a match")
}

/// What a page is called below its picture.
fn name(path: &str) -> &str {
    let file = path.rsplit('/').next().expect("a path has a last part");
    file.trim_end_matches(".png")
}

/// The picture of a page.
fn picture(production: &Production, path: &str) -> Raster {
    let stamped = png::decode(&production.read(path), 1 << 20).expect("it is a page");
    unstamp(stamped, name(path)).expect("it has its stamp")
}

/// Writes a picture with the stamp of the page.
fn write_picture(production: &Production, path: &str, picture: &Raster) {
    production.write(path, &png::encode(&stamp(picture, name(path))));
}

fn exchange(production: &Production, paths: &[String; 2]) {
    let [first, second] = paths.each_ref().map(|path| production.read(path));
    production.write(&paths[0], &second);
    production.write(&paths[1], &first);
}
