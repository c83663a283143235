//! The audit of a commitment that a dishonest responding party made: what the proofs cannot show
//! is what the opened sample finds.

use crate::support::{extractor, request};
use duces_judge_verify::audit::{Audit, AuditCheck, Sentence, Unverifiable, run, sentence};
use duces_judge_verify::cli::{AuditArgs, ExtractorArgs};
use duces_judge_verify::extractor::NotCompared;
use duces_judge_verify::fault::NotPassed;
use duces_protocol::audit::names;
use duces_protocol::audit::nonce::Source;
use duces_protocol::audit::opened::{self, Opened};
use duces_protocol::audit::record::{SampleRecord, Stratum};
use duces_protocol::audit::scope::Scope;
use duces_protocol::commitment::Commitment;
use duces_protocol::digest::Digest;
use duces_protocol::exceptions::Reason;
use duces_protocol::leaf::{LeafData, Salt, Status, Suffix};
use duces_protocol::pedersen::{Committer, Generators, ViewBlind};
use duces_protocol::profile::Profile;
use duces_protocol::rendition::Rendition;
use duces_protocol::tree;
use duces_protocol::view::Kind;
use duces_views::derive;
use std::fs;
use tempfile::TempDir;

const NONCE: &str = "0000000000000000000000000000000000000000000000000000000000000007";
const ITEMS: u64 = 6;
/// The item that is lied about.
const LIE: u64 = 2;
/// The memo that begins like the header of an e-mail: as one it would read otherwise.
const HEADED: u64 = 5;
const HEADED_TEXT: &str = "MEMORANDUM: on permits\nof discharge";
const VIEW: &str = "text-hash-64";

/// One memo: its file, its text, and what opens them.
struct Item {
    file: Vec<u8>,
    text: String,
    opened: Opened,
}

impl Item {
    fn honest(position: u64, text: &str) -> Self {
        let salt = Salt::random();
        let leaf = LeafData {
            status: Status::Item,
            family: position,
            file: salt.commit_file(text.as_bytes(), &Suffix::of("a.txt")),
            rendition: None,
            views: Vec::new(),
        };
        let opened = Opened {
            position,
            suffix: Some(Suffix::of("a.txt")),
            page: None,
            salt,
            rendition: None,
            leaf,
            blinds: Vec::new(),
            path: tree::MerklePath::new(Vec::new()),
        };
        let mut item = Self {
            file: text.as_bytes().to_vec(),
            text: String::new(),
            opened,
        };
        item.reduce(text);
        item
    }

    /// Commits to this text and its view, whatever the file holds.
    fn reduce(&mut self, text: &str) {
        let rendition = Rendition::Text(text.to_owned());
        let salt = Salt::random();
        self.opened.leaf.rendition =
            Some(salt.commit_rendition(rendition.digest(), duces_protocol::leaf::Source::File));
        self.opened.rendition = Some((Kind::Text, salt));
        text.clone_into(&mut self.text);
        self.see(text);
    }

    /// Commits to the view of this text, whatever the rendition is.
    fn see(&mut self, text: &str) {
        let view = VIEW.parse().unwrap();
        let committer = Committer::new(&Generators::derive(64), 64);
        let tensor = derive(&Rendition::Text(text.to_owned()), view).unwrap();
        let blind = ViewBlind::random();
        self.opened.leaf.views = vec![(view, committer.commit(&tensor, &blind))];
        self.opened.blinds = vec![blind];
    }

    /// Calls it an exception.
    fn except(&mut self, reason: Reason) {
        self.opened.leaf.status = Status::Exception(reason);
        self.opened.leaf.views.clear();
        self.opened.leaf.rendition = None;
        self.opened.rendition = None;
        self.opened.blinds.clear();
    }
}

/// An opened commitment to `ITEMS` memos; the lie changes one of them before it is committed to.
struct Lying {
    folder: TempDir,
}

impl Lying {
    fn new(lie: impl Fn(&mut Item)) -> Self {
        Self::with_version(env!("CARGO_PKG_VERSION"), lie)
    }

    fn with_version(version: &str, lie: impl Fn(&mut Item)) -> Self {
        let profile = Profile::parse(&format!("[views]\ntexts = [\"{VIEW}\"]\n"));
        let profile = profile.unwrap().with_extractor_version(version).unwrap();
        let mut items: Vec<Item> = (0..ITEMS)
            .map(|position| {
                let text = match position {
                    HEADED => HEADED_TEXT.to_owned(),
                    _ => format!("memo number {position}"),
                };
                Item::honest(position, &text)
            })
            .collect();
        lie(&mut items[usize::try_from(LIE).unwrap()]);
        let leaves: Vec<Digest> = items
            .iter()
            .map(|item| item.opened.leaf.hash(item.opened.position))
            .collect();
        let root = tree::root(leaves.iter().copied()).unwrap();
        let all: Vec<u64> = (0..ITEMS).collect();
        let paths = tree::paths(leaves.into_iter().map(Ok::<_, ()>), ITEMS, &all).unwrap();
        for (item, path) in items.iter_mut().zip(paths) {
            item.opened.path = path;
        }
        let origin = "a matter".parse().unwrap();
        let commitment =
            Commitment::new(origin, ITEMS, root, profile.digest(), profile.views()).unwrap();
        let folder = tempfile::tempdir().unwrap();
        let write = |name: &str, bytes: &[u8]| fs::write(folder.path().join(name), bytes).unwrap();
        for inner in [names::FILES, names::RENDITIONS] {
            fs::create_dir_all(folder.path().join("opened").join(inner)).unwrap();
        }
        write("commitment.txt", commitment.to_string().as_bytes());
        let request = request(commitment.digest());
        write("request", &request.encode());
        let record = SampleRecord {
            commitment: commitment.digest(),
            request: request.digest(),
            ledger: Digest([0; 32]),
            nonce: NONCE.parse().unwrap(),
            source: Source::Drawn,
            strata: vec![Stratum {
                scope: Scope::All,
                size: ITEMS,
                population: ITEMS,
            }],
        };
        write("sample.txt", record.to_string().as_bytes());
        write("opened/profile.toml", profile.to_string().as_bytes());
        for item in &items {
            if let Some(name) = item.opened.file() {
                write(&format!("opened/files/{name}"), &item.file);
            }
            if let Some(name) = item.opened.rendition_file() {
                write(&format!("opened/renditions/{name}"), item.text.as_bytes());
            }
        }
        let openings: Vec<Opened> = items.into_iter().map(|item| item.opened).collect();
        write("opened/opened.csv", opened::render(&openings).as_bytes());
        Self { folder }
    }

    fn audit(&self) -> Result<Audit, NotPassed> {
        self.audit_with(ExtractorArgs {
            extractor: Some(extractor().to_owned()),
            ..ExtractorArgs::default()
        })
    }

    fn audit_with(&self, extractor: ExtractorArgs) -> Result<Audit, NotPassed> {
        let path = |name: &str| self.folder.path().join(name);
        run(&AuditArgs {
            opened: path("opened"),
            commitment: path("commitment.txt"),
            request: path("request"),
            record: path("sample.txt"),
            production: None,
            reviewed: None,
            json: None,
            force: false,
            extractor,
        })
    }
}

/// The check that finds the lie, and that no other position is blamed.
fn found(lie: impl Fn(&mut Item)) -> AuditCheck {
    let audit = Lying::new(lie).audit().unwrap();
    assert_eq!((audit.tally.items, audit.unverifiable.len()), (5, 0));
    let [fault] = &audit.faults[..] else {
        panic!("{:?}", audit.faults)
    };
    assert_eq!(fault.position, LIE);
    assert!(matches!(sentence(&audit), Sentence::Faults(_)));
    fault.check
}

/// Why the lie cannot be seen, where it is no fault.
fn hidden(lie: impl Fn(&mut Item)) -> Unverifiable {
    let audit = Lying::new(lie).audit().unwrap();
    assert!(audit.faults.is_empty(), "{:?}", audit.faults);
    assert_eq!((audit.tally.items, audit.tally.exceptions), (5, 0));
    let [(LIE, why)] = audit.unverifiable[..] else {
        panic!("{:?}", audit.unverifiable)
    };
    why
}

#[test]
fn an_honest_commitment_has_no_fault() {
    let audit = Lying::new(|_| {}).audit().unwrap();
    assert!(audit.faults.is_empty(), "{:?}", audit.faults);
    assert_eq!((audit.tally.items, audit.tally.size), (6, 6));
    assert!(audit.unverifiable.is_empty());
    assert!(matches!(sentence(&audit), Sentence::NoFault(_)));
}

/// The same memo under the name of a message would read otherwise, so its name is committed to.
#[test]
fn another_end_of_a_name_is_found() {
    let as_message = |item: &mut Item| item.opened.suffix = Some(Suffix::of("a.eml"));
    assert_eq!(found(as_message), AuditCheck::File);
    let headed = |item: &mut Item| {
        *item = Item::honest(LIE, HEADED_TEXT);
        as_message(item);
        let suffix = item.opened.suffix.clone().unwrap();
        item.opened.leaf.file = item.opened.salt.commit_file(&item.file, &suffix);
    };
    assert_eq!(found(headed), AuditCheck::Extraction);
}

#[test]
fn a_view_of_another_text_is_found() {
    let check = found(|item| item.see("a harmless text"));
    assert_eq!(check, AuditCheck::ViewCommitments);
}

#[test]
fn a_rendition_of_another_text_is_found() {
    let check = found(|item| item.reduce("a harmless text"));
    assert_eq!(check, AuditCheck::Extraction);
}

#[test]
fn another_rendition_under_the_salt_is_found() {
    let check = found(|item| "another text".clone_into(&mut item.text));
    assert_eq!(check, AuditCheck::Rendition);
    let check = found(|item| "no\rtext".clone_into(&mut item.text));
    assert_eq!(check, AuditCheck::Rendition);
}

#[test]
fn another_file_under_the_salt_is_found() {
    let check = found(|item| {
        item.opened.leaf.file = {
            let suffix = Suffix::of("a.txt");
            item.opened.salt.commit_file(b"another file", &suffix)
        }
    });
    assert_eq!(check, AuditCheck::File);
}

#[test]
fn a_readable_file_called_unreadable_is_found() {
    for reason in [Reason::Damaged, Reason::UnsupportedType, Reason::Empty] {
        let check = found(|item| item.except(reason));
        assert_eq!(check, AuditCheck::Extraction, "{reason}");
    }
}

#[test]
fn what_no_reading_can_show_is_unverifiable() {
    for (reason, why) in [
        (Reason::Limit, Unverifiable::Limit),
        (Reason::Excluded, Unverifiable::Excluded),
        (Reason::TimedOut, Unverifiable::Time),
    ] {
        assert_eq!(hidden(|item| item.except(reason)), why);
    }
    let no_bytes = |item: &mut Item| {
        item.except(Reason::SymbolicLink);
        item.opened.suffix = None;
        item.opened.leaf.file = item.opened.salt.commit_file(b"", &Suffix::default());
    };
    assert_eq!(hidden(no_bytes), Unverifiable::NoBytes);
}

/// As an e-mail the memo has no text, and as a text it has. Nothing shows which it was.
#[test]
fn what_is_read_by_its_name_alone_shows_nothing() {
    let as_message = |item: &mut Item| {
        *item = Item::honest(LIE, HEADED_TEXT);
        let suffix = Suffix::of("a.eml");
        item.opened.leaf.file = item.opened.salt.commit_file(&item.file, &suffix);
        item.opened.suffix = Some(suffix);
        item.except(Reason::NoText);
    };
    assert_eq!(hidden(as_message), Unverifiable::Name);
}

#[test]
fn without_the_agreed_extractor_nothing_is_verified() {
    let none = ExtractorArgs {
        no_extractor: true,
        ..ExtractorArgs::default()
    };
    let lying = Lying::new(|item| item.reduce("a harmless text"));
    let without = lying.audit_with(none.clone()).unwrap();
    let other = Lying::with_version("0.0.0", |_| {}).audit().unwrap();
    for (audit, why) in [
        (without, NotCompared::NoExtractor),
        (other, NotCompared::OtherVersion),
    ] {
        assert!(audit.faults.is_empty());
        let all = (0..ITEMS).map(|position| (position, Unverifiable::NotRead(why)));
        assert_eq!(audit.unverifiable, all.collect::<Vec<_>>());
        assert!(matches!(sentence(&audit), Sentence::Nothing(_)));
    }
    // What needs no extractor is found without it.
    let lying = Lying::new(|item| item.see("a harmless text"));
    let audit = lying.audit_with(none).unwrap();
    assert_eq!(audit.faults[0].check, AuditCheck::ViewCommitments);
}

#[test]
fn a_file_that_is_not_shown_is_found() {
    // The leaf says that the bytes could not be read, and commits to some.
    let check = found(|item| {
        item.except(Reason::ReadError);
        item.opened.suffix = None;
    });
    assert_eq!(check, AuditCheck::File);
    // The leaf is of a file that was read, and none is shown.
    let check = found(|item| item.opened.suffix = None);
    assert_eq!(check, AuditCheck::File);
}

#[test]
fn a_leaf_without_its_views_is_found() {
    let check = found(|item| {
        item.opened.leaf.views.clear();
        item.opened.blinds.clear();
    });
    assert_eq!(check, AuditCheck::Views);
}

#[test]
fn a_family_that_does_not_exist_is_found() {
    assert_eq!(
        found(|item| item.opened.leaf.family = ITEMS),
        AuditCheck::Path
    );
}
