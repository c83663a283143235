use super::writer::{NewMember, NewView, VaultWriter};
use super::*;
use crate::corpus::{Entry, EntryKind};
use duces_protocol::commitment::Notes;
use duces_protocol::digest::Digest;
use duces_protocol::leaf::{Salt, Source, Status, Suffix};
use duces_protocol::pedersen::{Committer, Generators, ViewBlind};
use std::fs;
use std::os::unix::fs::PermissionsExt;
use tempfile::TempDir;
use zeroize::Zeroizing;

const N: u64 = 5;

fn view() -> View {
    "text-hash-64".parse().unwrap()
}

fn tensor(entry: u64) -> Vec<u8> {
    (0..64).map(|i| (i * entry) as u8).collect()
}

/// An unfinished vault of `N` items in the folder `vault`.
fn filled(folder: &TempDir) -> VaultWriter {
    filled_under(folder, None)
}

/// The same under a passphrase.
fn filled_under(folder: &TempDir, passphrase: Option<&Passphrase>) -> VaultWriter {
    let profile = Profile::parse("[views]\ntexts = [\"text-hash-64\"]\n").unwrap();
    let origin = "test".parse().unwrap();
    let corpus = folder.path().join("corpus");
    let mut vault = VaultWriter::create(
        &folder.path().join("vault"),
        &profile,
        &origin,
        &corpus,
        passphrase,
    )
    .unwrap();
    let entries = (0..N).map(|i| Entry::new(EntryKind::File, format!("{i}.txt").into()));
    let all = |_: &VaultWriter, _: &Entry| Ok::<_, VaultError>(true);
    assert_eq!(vault.plan(entries, all, Notes::default).unwrap(), N);
    assert_eq!(vault.entries(0, 100).unwrap().len() as u64, N);
    let committer = Committer::new(&Generators::derive(64), 64);
    // The last entry holds one part.
    let members = (0..N)
        .map(|entry| MemberKey { entry, place: 0 })
        .chain([MemberKey {
            entry: N - 1,
            place: 1,
        }])
        .map(|key| {
            let blind = ViewBlind::random();
            let point = committer.commit(&tensor(key.entry), &blind);
            NewMember {
                key,
                member: Member {
                    name: format!("{}.txt", key.entry),
                    parent: (key.place > 0).then_some(0),
                    kind: "text/plain".to_owned(),
                    size: 7,
                    sha256: Digest([key.entry as u8; 32]),
                    suffix: Suffix::of("a.txt"),
                    page: None,
                    salt: Salt::random(),
                    status: Status::Item,
                    rendition: Some(CommittedRendition {
                        digest: Digest([3; 32]),
                        salt: Salt::random(),
                        source: Source::File,
                        is_kept: key.place > 0,
                    }),
                    duplicate_of: None,
                    points: vec![(view(), point.to_bytes())],
                },
                views: vec![NewView {
                    index: 0,
                    opening: ViewOpening {
                        tensor: tensor(key.entry).into(),
                        blind,
                    },
                }],
                kept: (key.place > 0).then(|| "kept".to_owned()),
            }
        })
        .collect();
    vault.store(members, N).unwrap();
    vault
}

/// A finished vault.
fn finished() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    finish(filled(&folder));
    folder
}

/// Places all items of a vault, and commits to them.
fn finish(mut vault: VaultWriter) {
    let order = vault.place_all().unwrap();
    assert_eq!(order.items, N + 1);
    let tree = order.root.unwrap();
    // It may be done again.
    assert_eq!(vault.place_all().unwrap().root, Some(tree));
    assert!(vault.exceptions().unwrap().list().is_empty());
    let profile = vault.profile().clone();
    let commitment = Commitment::new(
        vault.origin().parse().unwrap(),
        N + 1,
        tree,
        profile.digest(),
        profile.views(),
    );
    vault.finish(commitment.unwrap(), None).unwrap();
}

fn none() -> Result<Passphrase, VaultError> {
    Err(VaultError::Locked("nowhere".into()))
}

fn open(folder: &TempDir) -> Result<Vault, VaultError> {
    Vault::open(&folder.path().join("vault"))
}

#[test]
fn what_was_stored_is_read_back() {
    let folder = finished();
    let vault = open(&folder).unwrap();
    assert_eq!(vault.len(), N + 1);
    assert_eq!(vault.provable(view()).unwrap(), (0..=N).collect::<Vec<_>>());
    let committer = Committer::new(&Generators::derive(64), 64);
    let mut leaves = Vec::new();
    let mut names = Vec::new();
    for (record, position) in vault.items(0..N + 1).unwrap().into_iter().zip(0..) {
        let leaf = record.leaf().unwrap();
        let ViewOpening {
            tensor: bytes,
            blind,
        } = vault.view(view(), position).unwrap();
        assert_eq!(*bytes, tensor(record.key.entry));
        assert_eq!(committer.commit(&bytes, &blind), leaf.view(view()).unwrap());
        assert_eq!(vault.position(record.key).unwrap(), position);
        assert_eq!(vault.position(record.key.head()).unwrap(), record.family);
        leaves.push(leaf.hash(position));
        names.push(record.name());
    }
    let tree = duces_protocol::tree::root(leaves).unwrap();
    vault.commitment().check_tree(tree).unwrap();
    names.sort();
    let mut expected: Vec<PathBuf> = (0..N).map(|i| format!("{i}.txt").into()).collect();
    expected.push("4.txt > 4.txt".into());
    assert_eq!(names, expected);
    let part = MemberKey {
        entry: N - 1,
        place: 1,
    };
    assert_eq!(vault.kept_rendition(part).unwrap(), "kept");
    assert_eq!(vault.member(part).unwrap().duplicate_of, Some(part.head()));
    assert_eq!(vault.member(part.head()).unwrap().duplicate_of, None);
    assert_eq!(vault.family(N - 1).unwrap().len(), 2);
    assert!(vault.item(N + 1).is_err());
    let other = "gray-8x8".parse().unwrap();
    assert!(matches!(
        vault.provable(other),
        Err(VaultError::NoSuchView(_))
    ));
}

#[test]
fn only_the_owner_may_look() {
    let folder = finished();
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&folder.path().join("vault")), 0o700);
    assert_eq!(mode(&folder.path().join("vault/vault.redb")), 0o600);
}

#[test]
fn a_writer_keeps_everybody_out_and_readers_share() {
    let folder = tempfile::tempdir().unwrap();
    let writer = filled(&folder);
    assert!(matches!(open(&folder), Err(VaultError::Busy(_))));
    assert!(matches!(
        VaultWriter::open(&folder.path().join("vault"), &none),
        Err(VaultError::Busy(_))
    ));
    drop(writer);
    assert!(matches!(open(&folder), Err(VaultError::Unfinished(_))));
    let folder = finished();
    let one = open(&folder).unwrap();
    let other = open(&folder).unwrap();
    assert_eq!(one.commitment(), other.commitment());
    assert!(matches!(
        VaultWriter::open(&folder.path().join("vault"), &none),
        Err(VaultError::Busy(_))
    ));
}

#[test]
fn missing_and_foreign_files_are_told_apart() {
    let folder = tempfile::tempdir().unwrap();
    assert!(matches!(open(&folder), Err(VaultError::Missing(_))));
    fs::create_dir(folder.path().join("vault")).unwrap();
    assert!(matches!(open(&folder), Err(VaultError::Missing(_))));
    for content in [&b""[..], b"text", &[0; 5000], &[0xff; 1 << 16]] {
        fs::write(folder.path().join("vault/vault.redb"), content).unwrap();
        assert!(
            matches!(open(&folder), Err(VaultError::Damaged(_))),
            "{} bytes",
            content.len()
        );
    }
}

/// Path, tensor and blind of one item.
type Secrets = (PathBuf, Zeroizing<Vec<u8>>, [u8; 32]);

/// Reads everything that a vault holds; a panic of the store counts as an error, as it does in
/// [`crate::run`].
fn read_all(folder: &TempDir) -> Result<Vec<Secrets>, ()> {
    let read = || {
        let vault = open(folder).map_err(|_| ())?;
        let read = |position| {
            let record = vault.item(position).map_err(|_| ())?;
            let ViewOpening { tensor, blind } = vault.view(view(), position).map_err(|_| ())?;
            record.leaf().map_err(|_| ())?;
            Ok((record.name(), tensor, blind.to_bytes()))
        };
        (0..vault.len()).map(read).collect()
    };
    std::panic::catch_unwind(read).unwrap_or(Err(()))
}

#[test]
fn a_damaged_vault_gives_an_error_or_the_truth() {
    let folder = finished();
    let truth = read_all(&folder).unwrap();
    let path = folder.path().join("vault/vault.redb");
    let bytes = fs::read(&path).unwrap();
    let mut refused = 0;
    let used: Vec<usize> = (0..bytes.len())
        .filter(|&i| bytes[i] != 0)
        .step_by(37)
        .collect();
    for &index in &used {
        let mut damaged = bytes.clone();
        damaged[index] ^= 0x55;
        fs::write(&path, &damaged).unwrap();
        match read_all(&folder) {
            Ok(read) => assert_eq!(read, truth, "byte {index}"),
            Err(()) => refused += 1,
        }
    }
    // Most of the bytes lie in pages that are free; the others must be noticed.
    assert!(refused > 10, "{refused} of {}", used.len());
    for length in [0, 1, 100, 4096, bytes.len() / 2, bytes.len() - 1] {
        fs::write(&path, &bytes[..length]).unwrap();
        if let Ok(read) = read_all(&folder) {
            assert_eq!(read, truth, "cut at {length}");
        }
    }
}

#[test]
fn records_do_not_fit_another_place() {
    let key = |entry, place| MemberKey { entry, place };
    let place = |entry, number| store::member_place(key(entry, number));
    let sealer = Sealer::new(None);
    let sealed = sealer.seal(place(1, 0), vec![1, 2, 3]);
    assert_eq!(*sealer.unseal(place(1, 0), &sealed).unwrap(), [1, 2, 3]);
    for other in [
        place(2, 0),
        place(1, 1),
        store::view_place(0, key(1, 0)),
        store::rendition_place(key(1, 0)),
        store::position_place(key(1, 0)),
    ] {
        assert!(sealer.unseal(other, &sealed).is_err());
    }
    assert!(sealer.unseal(place(1, 0), &sealed[..5]).is_err());
}

/// A vault under a passphrase: nothing of it stands in its files in clear, and nobody else opens it.
#[test]
fn under_a_passphrase_nothing_stands_in_clear() {
    let phrase = || Ok(Passphrase::from("correct horse".to_owned()));
    let folder = tempfile::tempdir().unwrap();
    let writer = filled_under(&folder, Some(&phrase().unwrap()));
    finish(writer);
    let vault = folder.path().join("vault");
    assert!(matches!(Vault::open(&vault), Err(VaultError::Locked(_))));
    let wrong = || Ok(Passphrase::from("another".to_owned()));
    let refused = Vault::unlock(&vault, &wrong);
    assert!(matches!(refused, Err(VaultError::WrongPassphrase(_))));
    let opened = Vault::unlock(&vault, &phrase).unwrap();
    let mut secrets = vec![b"kept".to_vec(), b"corpus".to_vec()];
    for position in 0..opened.len() {
        let item = opened.item(position).unwrap();
        let view = opened.view(view(), position).unwrap();
        assert_eq!(*view.tensor, tensor(item.key.entry));
        assert_eq!(opened.position(item.key).unwrap(), position);
        secrets.push(item.member.name.clone().into_bytes());
        secrets.push(item.member.salt.to_bytes().to_vec());
        secrets.push(view.blind.to_bytes().to_vec());
        if item.key.entry > 0 {
            secrets.push(item.member.sha256.0.to_vec());
            secrets.push(tensor(item.key.entry)[..32].to_vec());
        }
    }
    let stored = fs::read(vault.join("vault.redb")).unwrap();
    let has = |bytes: &[u8], secret: &[u8]| bytes.windows(secret.len()).any(|part| part == secret);
    for secret in &secrets {
        assert!(!has(&stored, secret), "{secret:?}");
    }
    // The same search finds what a vault without a passphrase holds.
    let plain = finished();
    let stored = fs::read(plain.path().join("vault/vault.redb")).unwrap();
    assert!(has(&stored, b"kept") && has(&stored, b"corpus") && has(&stored, b"4.txt"));
    // Without its key it is lost, and says so.
    drop(opened);
    fs::remove_file(vault.join("key.age")).unwrap();
    let lost = Vault::unlock(&vault, &phrase).err().unwrap();
    assert!(lost.to_string().contains("key.age is missing"), "{lost}");
}

#[test]
fn a_finished_vault_is_read_without_locks_too() {
    let folder = finished();
    let path = folder.path().join("vault");
    let before = fs::read(path.join("vault.redb")).unwrap();
    let locked = open(&folder).unwrap();
    let no_phrase = || Err(VaultError::Locked(path.clone()));
    let unlocked = [(); 3].map(|()| {
        let store = reading::open_unlocked(&path).unwrap();
        Vault::from_store(&path, store, &no_phrase).unwrap()
    });
    for position in 0..=N {
        let expected = locked.view(view(), position).unwrap();
        for vault in &unlocked {
            let opening = vault.view(view(), position).unwrap();
            assert_eq!(*opening.tensor, *expected.tensor);
            assert_eq!(opening.blind.to_bytes(), expected.blind.to_bytes());
        }
    }
    drop(unlocked);
    assert_eq!(fs::read(path.join("vault.redb")).unwrap(), before);
}
