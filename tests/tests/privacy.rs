//! What the public files do not tell: nothing of an item that is not produced.

#![allow(clippy::unwrap_used, reason = "a test may end at any surprise")]

use duces_protocol::audit::opened::Opened;
use duces_protocol::leaf::{FileHasher, Salt};
use duces_protocol::pedersen::{Committer, Generators, ViewBlind};
use duces_protocol::production::openings::{self, Opening};
use duces_responder::vault::{Vault, VaultItem, ViewOpening};
use duces_tests::matter::Matter;
use duces_tests::production::FOLDERS;
use duces_tests::programs::Programs;
use duces_tests::small::{self, SMALL};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

/// Fails to compile when a type that holds a secret can be printed by `{:?}`: then two
/// implementations fit the call, and none is chosen.
macro_rules! never_debug {
    ($($secret:ty),+) => {
        trait Printed<Which> {
            fn printed() {}
        }
        impl<T> Printed<()> for T {}
        struct ByDebug;
        impl<T: std::fmt::Debug> Printed<ByDebug> for T {}
        $(const _: fn() = <$secret as Printed<_>>::printed;)+
    };
}

never_debug!(
    Salt,
    ViewBlind,
    Opening,
    Opened,
    VaultItem,
    ViewOpening,
    Vault
);

fn programs() -> Programs {
    Programs::new(env!("CARGO_BIN_EXE_programs"))
}

/// The public files of a matter by name.
fn public(matter: &Matter) -> BTreeMap<String, Vec<u8>> {
    let mut files = BTreeMap::new();
    for name in [
        "matter/commitment.txt",
        "matter/exceptions.csv",
        "small.request",
    ] {
        files.insert(name.to_owned(), fs::read(matter.path(name)).unwrap());
    }
    for folder in FOLDERS {
        let path = matter.path("small-production").join(folder);
        if !path.exists() {
            continue;
        }
        for entry in fs::read_dir(path).unwrap().map(Result::unwrap) {
            if entry.path().is_file() {
                let name = entry.file_name().into_string().unwrap();
                files.insert(format!("{folder}/{name}"), fs::read(entry.path()).unwrap());
            }
        }
    }
    files
}

/// Every run of 32 bytes, and of 64 hexadecimal digits, that stands in these texts.
struct Words(BTreeSet<[u8; 32]>);

impl Words {
    fn of<'a>(texts: impl IntoIterator<Item = &'a [u8]>) -> Self {
        let mut words = BTreeSet::new();
        for text in texts {
            words.extend(text.windows(32).map(|w| <[u8; 32]>::try_from(w).unwrap()));
            for window in text.windows(64) {
                let hex = std::str::from_utf8(window)
                    .ok()
                    .and_then(duces_protocol::digest::Digest::from_hex);
                words.extend(hex.map(|digest| digest.0));
            }
        }
        Self(words)
    }

    fn has(&self, word: [u8; 32]) -> bool {
        self.0.contains(&word)
    }
}

/// One matter, with all that its commands print.
fn told() -> (Matter, Vec<u8>) {
    let matter = small::committed(programs());
    let mut printed = Vec::new();
    let mut run = |line: &str| {
        let outcome = matter.run(line).done();
        printed.extend(outcome.stdout.into_bytes());
        printed.extend(outcome.stderr.into_bytes());
    };
    run(&SMALL.review());
    matter.write_log(&SMALL);
    run(&SMALL.prove());
    run(&SMALL.produce());
    run(&SMALL.judge("small-production"));
    (matter, printed)
}

#[test]
fn no_secret_of_an_unproduced_item_leaves_and_no_guess_can_be_confirmed() {
    let (matter, printed) = told();
    let files = public(&matter);
    let texts = || files.values().map(Vec::as_slice).chain([&printed[..]]);
    let words = Words::of(texts());
    let openings = openings::parse(&files["/openings.csv"]).unwrap();
    let produced: BTreeSet<u64> = openings.iter().map(|opening| opening.position).collect();
    assert!(!produced.is_empty());
    let vault = Vault::open(&matter.path("matter/vault")).unwrap();
    let generators = Generators::derive(64);
    let committer = Committer::new(&generators, 64);
    let nothing = ViewBlind::from_bytes(&[0; 32]).unwrap();
    for position in 0..vault.len() {
        let item = vault.item(position).unwrap();
        let is_produced = produced.contains(&position);
        // The search finds what is there: the openings.
        assert_eq!(words.has(item.member.salt.to_bytes()), is_produced);
        if let Some(rendition) = &item.member.rendition {
            assert_eq!(words.has(rendition.salt.to_bytes()), is_produced);
            assert!(!words.has(rendition.digest.0), "position {position}");
        }
        let name = item.path.file_name().unwrap().to_str().unwrap().as_bytes();
        let named = texts().any(|text| text.windows(name.len()).any(|part| part == name));
        assert!(!named, "{}", item.path.display());
        for (view, point) in item.leaf().unwrap().views {
            let ViewOpening { tensor, blind } = vault.view(view, position).unwrap();
            assert_eq!(words.has(blind.to_bytes()), is_produced);
            for part in tensor.chunks(32).filter(|part| part.iter().any(|b| *b > 0)) {
                assert!(!words.has(part.try_into().unwrap()), "position {position}");
            }
            // Who guesses the document and so the view still cannot tell that it is the one.
            let guess = committer.commit(&tensor, &nothing);
            assert_ne!(guess, point);
            assert!(!words.has(guess.to_bytes()));
            assert!(words.has(point.to_bytes()), "the leaf itself is public");
        }
        if !is_produced {
            // A load file without images is empty, and so is a file of the corpus.
            let sha256 = item.member.sha256;
            let is_empty = sha256 == FileHasher::of(b"");
            assert!(is_empty || !words.has(sha256.0), "position {position}");
            let guess = Salt::from_bytes([0; 32])
                .commit_file_digest(item.member.sha256, &item.member.suffix);
            assert!(!words.has(guess.0));
        }
    }
}

#[test]
fn no_salt_and_no_blind_is_used_twice() {
    let matter = Matter::new(programs());
    let profile = "[views]\nimages = [\"gray-8x8\", \"rgb-4x4\"]\n\
                   texts = [\"text-hash-64\", \"text-hash-32\"]\n";
    fs::write(matter.path("two.toml"), profile).unwrap();
    let mut seen = BTreeSet::new();
    let mut points = BTreeSet::new();
    let mut count = 0;
    // Twice the same folder: nothing of one commitment is in the other.
    for out in ["one", "two"] {
        let line = format!("responder commit fixtures/corpus --profile two.toml --out {out}");
        let _ = matter.run(&line).done();
        let vault = Vault::open(&matter.path(out).join("vault")).unwrap();
        for position in 0..vault.len() {
            let item = vault.item(position).unwrap();
            let leaf = item.leaf().unwrap();
            count += 1 + leaf.views.len();
            points.insert(leaf.file.0);
            seen.insert(item.member.salt.to_bytes());
            if let (Some(point), Some(rendition)) = (leaf.rendition, item.member.rendition) {
                count += 1;
                points.insert(point.0);
                seen.insert(rendition.salt.to_bytes());
            }
            for (view, point) in leaf.views {
                points.insert(point.to_bytes());
                seen.insert(vault.view(view, position).unwrap().blind.to_bytes());
            }
        }
    }
    assert_eq!(count, 2 * (60 + 3 * 56));
    assert_eq!((seen.len(), points.len()), (count, count));
}

/// Writes nine files, two of which match, and answers with both withheld; returns the length of
/// every public file.
fn shape(text: impl Fn(usize) -> (String, String)) -> BTreeMap<String, usize> {
    let matter = Matter::new(programs());
    fs::create_dir(matter.path("nine")).unwrap();
    for i in 0..9 {
        let (name, text) = text(i);
        let word = if i < 2 { "discharge" } else { "" };
        fs::write(matter.path("nine").join(name), format!("{text} {word}")).unwrap();
    }
    small::commit(&matter, "nine", 1);
    let _ = matter.run(&SMALL.review()).done();
    let matches = matter.matches(&SMALL);
    assert_eq!(matches.len(), 2);
    let log = matches.iter().fold(
        "position,basis,description\n".to_owned(),
        |log, (position, _)| format!("{log}{position},privilege,Advice\n"),
    );
    fs::write(matter.path("small-log.csv"), log).unwrap();
    let _ = matter.run(&SMALL.prove()).done();
    let _ = matter.run(&SMALL.produce()).done();
    let _ = matter.run(&SMALL.judge("small-production")).done();
    let files = public(&matter).into_iter();
    files.map(|(name, bytes)| (name, bytes.len())).collect()
}

#[test]
fn two_corpora_with_as_many_matches_give_public_files_of_equal_shape() {
    let short = shape(|i| (format!("{i}.txt"), "x".repeat(i + 1)));
    let long = shape(|i| {
        let name = format!("a report of the custodian number {i}.text");
        (name, "zq qz ".repeat(40 * (i + 1)))
    });
    assert_eq!(short, long);
}

/// The vault and what is in it belong to the owner alone; so does the table that names files.
#[test]
fn secret_files_are_the_owners() {
    use std::os::unix::fs::PermissionsExt;
    let matter = small::committed(programs());
    let _ = matter.run(&SMALL.review()).done();
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&matter.path("matter/vault")), 0o700);
    assert_eq!(mode(&matter.path("matter/vault/vault.redb")), 0o600);
    assert_eq!(mode(&matter.path("small-matches.csv")), 0o600);
}
