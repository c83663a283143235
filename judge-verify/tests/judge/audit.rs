//! The audit of a commitment that a dishonest responding party made: what the proofs cannot show
//! is what the opened sample finds.

use crate::support::request;
use duces_judge_verify::audit::{Audit, AuditCheck, render, run};
use duces_judge_verify::cli::AuditArgs;
use duces_judge_verify::fault::NotPassed;
use duces_protocol::audit::draw::Nonce;
use duces_protocol::audit::opened::{self, Opened};
use duces_protocol::audit::sample;
use duces_protocol::commitment::Commitment;
use duces_protocol::exceptions::Reason;
use duces_protocol::leaf::{LeafData, Salt, Status};
use duces_protocol::pedersen::{Committer, Generators, ViewBlind};
use duces_protocol::profile::Profile;
use duces_protocol::tree;
use duces_views::{Document, Limits, derive};
use std::fs;
use std::path::Path;
use tempfile::TempDir;

const NONCE: &str = "0000000000000000000000000000000000000000000000000000000000000007";
const ITEMS: u64 = 6;
/// The memo that begins like the header of an e-mail: as one it would read otherwise.
const HEADED: u64 = 5;

/// An opened commitment to `ITEMS` memos; each lie changes one of them before it is committed to.
struct Lying {
    folder: TempDir,
    files: Vec<Vec<u8>>,
    openings: Vec<Opened>,
}

impl Lying {
    fn new(lie: impl Fn(&mut Opened, &dyn Fn(&[u8], &ViewBlind) -> Opened)) -> Self {
        let profile = Profile::parse("[views]\ntexts = [\"text-hash-64\"]\n").unwrap();
        let view = "text-hash-64".parse().unwrap();
        let committer = Committer::new(&Generators::derive(64), 64);
        let files: Vec<Vec<u8>> = (0..ITEMS)
            .map(|i| match i {
                HEADED => b"MEMORANDUM: on permits\nof discharge".to_vec(),
                _ => format!("memo number {i}").into_bytes(),
            })
            .collect();
        let mut openings: Vec<Opened> = files
            .iter()
            .zip(0..)
            .map(|(file, position)| {
                let honest = |text: &[u8], blind: &ViewBlind| {
                    let document = Document::parse(text, Path::new("0.txt"), &Limits::DEFAULT);
                    let tensor = derive(&document.unwrap(), view).unwrap();
                    let salt = Salt::random();
                    Opened {
                        position,
                        extension: Some("txt".to_owned()),
                        leaf: LeafData {
                            status: Status::Item,
                            family: position,
                            file: salt.commit(file),
                            views: vec![(view, committer.commit(&tensor, blind))],
                        },
                        salt,
                        blinds: vec![ViewBlind::from_bytes(&blind.to_bytes()).unwrap()],
                        path: tree::MerklePath::new(Vec::new()),
                    }
                };
                let mut opened = honest(file, &ViewBlind::random());
                if position == 2 {
                    lie(&mut opened, &honest);
                }
                opened
            })
            .collect();
        let leaves: Vec<_> = openings.iter().map(|o| o.leaf.hash(o.position)).collect();
        let root = tree::root(leaves.iter().copied()).unwrap();
        let all: Vec<u64> = (0..ITEMS).collect();
        let paths = tree::paths(leaves.into_iter().map(Ok::<_, ()>), ITEMS, &all).unwrap();
        for (opened, path) in openings.iter_mut().zip(paths) {
            opened.path = path;
        }
        let origin = "a matter".parse().unwrap();
        let commitment =
            Commitment::new(origin, ITEMS, root, profile.digest(), profile.views()).unwrap();
        let folder = tempfile::tempdir().unwrap();
        let write = |name: &str, bytes: &[u8]| fs::write(folder.path().join(name), bytes).unwrap();
        fs::create_dir_all(folder.path().join("opened/files")).unwrap();
        write("commitment.txt", commitment.to_string().as_bytes());
        write("request", &request(commitment.digest()).encode());
        write("sample.csv", sample::render(&all).as_bytes());
        write("opened/profile.toml", profile.to_string().as_bytes());
        Self {
            folder,
            files,
            openings,
        }
    }

    fn write(&self) {
        let opened = self.folder.path().join("opened");
        fs::write(opened.join("opened.csv"), opened::render(&self.openings)).unwrap();
        for (item, bytes) in self.openings.iter().zip(&self.files) {
            if let Some(name) = item.file() {
                fs::write(opened.join("files").join(name), bytes).unwrap();
            }
        }
    }

    fn audit(&self) -> Result<Audit, NotPassed> {
        let path = |name: &str| self.folder.path().join(name);
        run(&AuditArgs {
            opened: path("opened"),
            commitment: path("commitment.txt"),
            request: path("request"),
            sample: path("sample.csv"),
            nonce: NONCE.parse::<Nonce>().unwrap(),
            elusion: false,
            production: None,
            reviewed: None,
        })
    }
}

/// The check that finds the lie about position 2, and that no other position is blamed.
fn found(lie: impl Fn(&mut Opened, &dyn Fn(&[u8], &ViewBlind) -> Opened)) -> AuditCheck {
    let lying = Lying::new(lie);
    lying.write();
    let audit = lying.audit().unwrap();
    assert_eq!(audit.items + audit.exceptions + audit.without_bytes, 5);
    assert_eq!(audit.by_name, [HEADED]);
    let [fault] = &audit.faults[..] else {
        panic!("{:?}", audit.faults)
    };
    assert_eq!(fault.position, 2);
    fault.check
}

#[test]
fn an_honest_commitment_has_no_fault() {
    let honest = Lying::new(|_, _| {});
    honest.write();
    let audit = honest.audit().unwrap();
    assert!(audit.faults.is_empty(), "{:?}", audit.faults);
    assert_eq!((audit.items, audit.population, audit.size), (6, 6, 6));
    assert_eq!(audit.by_name, [HEADED]);
}

#[test]
fn a_view_of_another_text_is_found() {
    let check = found(|opened, honest| {
        let blind = ViewBlind::random();
        let file = opened.leaf.file;
        let salt = Salt::from_bytes(opened.salt.to_bytes());
        *opened = honest(b"a harmless text", &blind);
        (opened.leaf.file, opened.salt) = (file, salt);
    });
    assert_eq!(check, AuditCheck::ViewCommitments);
}

#[test]
fn another_file_under_the_salt_is_found() {
    let check = found(|opened, _| opened.leaf.file = opened.salt.commit(b"another file"));
    assert_eq!(check, AuditCheck::File);
}

#[test]
fn a_readable_file_called_unreadable_is_found() {
    for reason in [Reason::Damaged, Reason::TooLarge, Reason::Empty] {
        let check = found(|opened, _| {
            opened.leaf.status = Status::Exception(reason);
            opened.leaf.views.clear();
            opened.blinds.clear();
        });
        assert_eq!(check, AuditCheck::Views, "{reason}");
    }
}

/// No commitment binds names: a memo that is shown under the name of a type without a reader is no
/// fault, and is not passed over either.
#[test]
fn a_file_that_is_unreadable_by_its_name_alone_is_listed() {
    for extension in ["html", "mbox"] {
        let lying = Lying::new(|opened, _| {
            opened.leaf.status = Status::Exception(Reason::UnsupportedType);
            opened.leaf.views.clear();
            opened.blinds.clear();
            opened.extension = Some(extension.to_owned());
        });
        lying.write();
        let audit = lying.audit().unwrap();
        assert!(audit.faults.is_empty(), "{:?}", audit.faults);
        assert_eq!((audit.items, audit.exceptions), (5, 1));
        assert_eq!(audit.by_name, [2, HEADED]);
        assert!(render(&audit).contains("position 2: look at it: its name is not committed"));
    }
}

#[test]
fn a_file_that_is_not_shown_is_found() {
    // The leaf says that the bytes could not be read, and commits to some.
    let check = found(|opened, _| {
        opened.leaf.status = Status::Exception(Reason::ReadError);
        opened.leaf.views.clear();
        opened.blinds.clear();
        opened.extension = None;
    });
    assert_eq!(check, AuditCheck::File);
    // The leaf is of a file that was read, and none is shown.
    let check = found(|opened, _| opened.extension = None);
    assert_eq!(check, AuditCheck::File);
}

#[test]
fn a_leaf_without_its_views_is_found() {
    let check = found(|opened, _| {
        opened.leaf.views.clear();
        opened.blinds.clear();
    });
    assert_eq!(check, AuditCheck::Views);
}

#[test]
fn a_family_that_does_not_exist_is_found() {
    assert_eq!(
        found(|opened, _| opened.leaf.family = ITEMS),
        AuditCheck::Path
    );
}

#[test]
fn bytes_that_were_never_read_can_only_be_stated() {
    let lying = Lying::new(|opened, _| {
        opened.leaf.status = Status::Exception(Reason::SymbolicLink);
        opened.leaf.views.clear();
        opened.blinds.clear();
        opened.extension = None;
        opened.leaf.file = opened.salt.commit(b"");
    });
    lying.write();
    let audit = lying.audit().unwrap();
    assert_eq!(
        (audit.items, audit.without_bytes, audit.faults.len()),
        (5, 1, 0)
    );
}
