use super::writer::{NewItem, NewView, VaultWriter};
use super::*;
use crate::corpus::{Entry, EntryKind};
use duces_protocol::digest::Digest;
use duces_protocol::leaf::{LeafData, Salt, Status};
use duces_protocol::pedersen::{Committer, Generators, ViewBlind};
use std::fs;
use std::os::unix::fs::PermissionsExt;
use tempfile::TempDir;
use zeroize::Zeroizing;

const N: u64 = 5;

fn view() -> View {
    "text-hash-64".parse().unwrap()
}

fn tensor(position: u64) -> Vec<u8> {
    (0..64).map(|i| (i * position) as u8).collect()
}

/// An unfinished vault of `N` items in the folder `vault`.
fn filled(folder: &TempDir) -> VaultWriter {
    let profile = Profile::parse("[views]\ntexts = [\"text-hash-64\"]\n").unwrap();
    let origin = "test".parse().unwrap();
    let corpus = folder.path().join("corpus");
    let mut vault =
        VaultWriter::create(&folder.path().join("vault"), &profile, &origin, &corpus).unwrap();
    let entries = (0..N).map(|i| {
        Ok::<_, VaultError>(Entry {
            kind: EntryKind::File,
            path: format!("{i}.txt").into(),
        })
    });
    assert_eq!(vault.plan(entries).unwrap(), N);
    let committer = Committer::new(&Generators::derive(64), 64);
    let (entries, behind) = vault.entries(vault.cursor(), 100).unwrap();
    assert_eq!(entries.len() as u64, N);
    let items: Vec<NewItem> = entries
        .into_iter()
        .zip(0..)
        .map(|(entry, position)| {
            let blind = ViewBlind::random();
            let point = committer.commit(&tensor(position), &blind);
            let salt = Salt::random();
            let sha256 = Digest([position as u8; 32]);
            let leaf = LeafData {
                status: Status::Item,
                family: position,
                file: salt.commit_file_digest(sha256),
                views: vec![(view(), point)],
            };
            let item = VaultItem {
                path: entry.path,
                size: 7,
                sha256,
                salt,
                status: Status::Item,
                family: position,
                points: vec![(view(), point.to_bytes())],
            };
            NewItem {
                item,
                leaf: leaf.hash(position),
                views: vec![NewView {
                    index: 0,
                    opening: ViewOpening {
                        tensor: tensor(position).into(),
                        blind,
                    },
                }],
            }
        })
        .collect();
    vault.store(0, &items, behind).unwrap();
    vault
}

/// A finished vault.
fn finished() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let mut vault = filled(&folder);
    let tree = vault.tree_root().unwrap().unwrap();
    let profile = vault.profile().clone();
    let commitment = Commitment::new(
        vault.origin().parse().unwrap(),
        N,
        tree,
        profile.digest(),
        profile.views(),
    );
    vault.finish(commitment.unwrap()).unwrap();
    folder
}

fn open(folder: &TempDir) -> Result<Vault, VaultError> {
    Vault::open(&folder.path().join("vault"))
}

#[test]
fn what_was_stored_is_read_back() {
    let folder = finished();
    let vault = open(&folder).unwrap();
    assert_eq!(vault.len(), N);
    assert_eq!(vault.provable(view()).unwrap(), (0..N).collect::<Vec<_>>());
    let committer = Committer::new(&Generators::derive(64), 64);
    let mut leaves = Vec::new();
    let mut paths = Vec::new();
    for (record, position) in vault.items(0..N).unwrap().into_iter().zip(0..) {
        let leaf = record.leaf().unwrap();
        let ViewOpening {
            tensor: bytes,
            blind,
        } = vault.view(view(), position).unwrap();
        assert_eq!(*bytes, tensor(position));
        assert_eq!(committer.commit(&bytes, &blind), leaf.view(view()).unwrap());
        leaves.push(leaf.hash(position));
        paths.push(record.path);
    }
    let tree = duces_protocol::tree::root(leaves).unwrap();
    vault.commitment().check_tree(tree).unwrap();
    paths.sort();
    assert_eq!(
        paths,
        (0..N)
            .map(|i| format!("{i}.txt").into())
            .collect::<Vec<PathBuf>>()
    );
    assert!(vault.item(N).is_err());
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
        VaultWriter::open(&folder.path().join("vault")),
        Err(VaultError::Busy(_))
    ));
    drop(writer);
    assert!(matches!(open(&folder), Err(VaultError::Unfinished(_))));
    let folder = finished();
    let one = open(&folder).unwrap();
    let other = open(&folder).unwrap();
    assert_eq!(one.commitment(), other.commitment());
    assert!(matches!(
        VaultWriter::open(&folder.path().join("vault")),
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
            Ok((record.path, tensor, blind.to_bytes()))
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
    let sealed = store::seal(store::item_place(1), vec![1, 2, 3]);
    assert_eq!(
        store::unseal(store::item_place(1), &sealed).unwrap(),
        [1, 2, 3]
    );
    assert!(store::unseal(store::item_place(2), &sealed).is_err());
    assert!(store::unseal(store::view_place(0, 1), &sealed).is_err());
    assert!(store::unseal(store::item_place(1), &sealed[..5]).is_err());
}
