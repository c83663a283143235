use super::*;
use crate::vault::Vault;
use duces_protocol::exceptions::Reason;
use duces_protocol::tree;
use tempfile::TempDir;

/// A folder with a corpus, a profile, and nothing else.
fn matter() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let corpus = folder.path().join("corpus");
    fs::create_dir_all(corpus.join("sub")).unwrap();
    for i in 0..20 {
        fs::write(
            corpus.join(format!("sub/memo-{i}.txt")),
            format!("memo number {i}"),
        )
        .unwrap();
    }
    image::GrayImage::from_fn(16, 16, |x, y| image::Luma([(x * y) as u8]))
        .save(corpus.join("scan.png"))
        .unwrap();
    fs::write(corpus.join("empty.txt"), "").unwrap();
    fs::write(corpus.join("form.pdf"), b"%PDF-1.4 nothing").unwrap();
    fs::write(corpus.join("half.png"), b"\x89PNG\r\n\x1a\n half").unwrap();
    std::os::unix::fs::symlink("..", corpus.join("loop")).unwrap();
    let profile = "[views]\nimages = [\"gray-8x8\"]\ntexts = [\"text-hash-64\"]\n";
    fs::write(folder.path().join("profile.toml"), profile).unwrap();
    folder
}

fn args(folder: &TempDir, out: &str) -> CommitArgs {
    CommitArgs {
        corpus: folder.path().join("corpus"),
        profile: folder.path().join("profile.toml"),
        out: folder.path().join(out),
        origin: None,
        force: false,
        json: None,
    }
}

fn read_commitment(folder: &TempDir, out: &str) -> Commitment {
    let text = fs::read_to_string(folder.path().join(out).join(COMMITMENT)).unwrap();
    Commitment::parse(&text).unwrap()
}

#[test]
fn every_file_gets_a_position_and_the_root_covers_all() {
    let folder = matter();
    run(&args(&folder, "m")).unwrap();
    let commitment = read_commitment(&folder, "m");
    assert_eq!(commitment.items(), 25);
    assert_eq!(commitment.origin().as_str(), "m");
    let vault = Vault::open(&folder.path().join("m/vault")).unwrap();
    assert_eq!(vault.commitment(), &commitment);
    let records = vault.items(0..25).unwrap();
    let leaves = records
        .iter()
        .zip(0..)
        .map(|(record, i)| record.leaf().unwrap().hash(i));
    commitment.check_tree(tree::root(leaves).unwrap()).unwrap();
    let text = fs::read_to_string(folder.path().join("m").join(EXCEPTIONS)).unwrap();
    let exceptions = Exceptions::parse(&text).unwrap();
    let named: Vec<(String, Reason)> = exceptions
        .list()
        .iter()
        .map(|&(i, reason)| (records[i as usize].path.display().to_string(), reason))
        .collect();
    for expected in [
        ("empty.txt", Reason::Empty),
        ("form.pdf", Reason::UnsupportedType),
        ("half.png", Reason::Damaged),
        ("loop", Reason::SymbolicLink),
    ] {
        assert!(
            named.contains(&(expected.0.to_owned(), expected.1)),
            "{named:?}"
        );
    }
    assert_eq!(named.len(), 4);
}

#[test]
fn positions_are_shuffled_and_secrets_are_fresh() {
    let folder = matter();
    run(&args(&folder, "a")).unwrap();
    run(&args(&folder, "b")).unwrap();
    let order = |out: &str| {
        let vault = Vault::open(&folder.path().join(out).join("vault")).unwrap();
        vault
            .items(0..25)
            .unwrap()
            .into_iter()
            .map(|record| record.path)
            .collect::<Vec<_>>()
    };
    let (a, b) = (order("a"), order("b"));
    assert_ne!(a, b);
    let mut sorted = a.clone();
    sorted.sort();
    assert_ne!(a, sorted);
    assert_ne!(
        read_commitment(&folder, "a").root(),
        read_commitment(&folder, "b").root()
    );
}

#[test]
fn public_files_name_no_file() {
    let folder = matter();
    run(&args(&folder, "m")).unwrap();
    for name in [COMMITMENT, EXCEPTIONS] {
        let text = fs::read_to_string(folder.path().join("m").join(name)).unwrap();
        for secret in ["memo", "scan", "form", "sub", "loop", "corpus"] {
            assert!(!text.contains(secret), "{name} holds {secret}");
        }
    }
}

#[test]
fn nothing_is_replaced_without_force() {
    let folder = matter();
    run(&args(&folder, "m")).unwrap();
    let before = read_commitment(&folder, "m");
    assert_eq!(run(&args(&folder, "m")).unwrap_err().code(), 2);
    assert_eq!(read_commitment(&folder, "m"), before);
    run(&CommitArgs {
        force: true,
        ..args(&folder, "m")
    })
    .unwrap();
    assert_ne!(read_commitment(&folder, "m"), before);
}

#[test]
fn a_stopped_run_continues_only_as_the_same_command() {
    let folder = matter();
    run(&args(&folder, "m")).unwrap();
    let before = read_commitment(&folder, "m");
    fs::remove_file(folder.path().join("m").join(COMMITMENT)).unwrap();
    let other = CommitArgs {
        origin: Some("other".to_owned()),
        ..args(&folder, "m")
    };
    assert_eq!(run(&other).unwrap_err().code(), 2);
    assert!(!folder.path().join("m").join(COMMITMENT).exists());
    run(&args(&folder, "m")).unwrap();
    assert_eq!(read_commitment(&folder, "m"), before);
}

#[test]
fn wrong_arguments_leave_nothing() {
    let folder = matter();
    fs::create_dir(folder.path().join("nothing")).unwrap();
    fs::write(folder.path().join("bad.toml"), "[views]\n").unwrap();
    let root = folder.path();
    let cases = [
        (
            CommitArgs {
                corpus: root.join("nothing"),
                ..args(&folder, "m")
            },
            2,
        ),
        (
            CommitArgs {
                corpus: root.join("absent"),
                ..args(&folder, "m")
            },
            2,
        ),
        (
            CommitArgs {
                corpus: root.join("profile.toml"),
                ..args(&folder, "m")
            },
            2,
        ),
        (
            CommitArgs {
                profile: root.join("absent"),
                ..args(&folder, "m")
            },
            2,
        ),
        (
            CommitArgs {
                profile: root.join("bad.toml"),
                ..args(&folder, "m")
            },
            1,
        ),
        (
            CommitArgs {
                origin: Some("two\nlines".to_owned()),
                ..args(&folder, "m")
            },
            2,
        ),
        (
            CommitArgs {
                out: root.join("corpus/m"),
                ..args(&folder, "m")
            },
            2,
        ),
        (
            CommitArgs {
                out: root.join("corpus/sub/../m/n"),
                ..args(&folder, "m")
            },
            2,
        ),
        (
            CommitArgs {
                out: root.join("absent/../corpus/m"),
                ..args(&folder, "m")
            },
            2,
        ),
        (
            CommitArgs {
                out: root.join("profile.toml"),
                ..args(&folder, "m")
            },
            2,
        ),
    ];
    for (args, code) in cases {
        let failure = run(&args).unwrap_err();
        assert_eq!(failure.code(), code, "{failure}");
        assert_eq!(failure.to_string().lines().count(), 2, "{failure}");
        assert!(!folder.path().join("m").exists(), "{failure}");
        assert!(!folder.path().join("corpus/m").exists(), "{failure}");
    }
}

#[test]
fn one_file_is_enough() {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("corpus")).unwrap();
    fs::write(folder.path().join("corpus/memo.txt"), "a single memo").unwrap();
    fs::write(
        folder.path().join("profile.toml"),
        "[views]\ntexts = [\"text-hash-64\"]\n",
    )
    .unwrap();
    run(&args(&folder, "m")).unwrap();
    assert_eq!(read_commitment(&folder, "m").items(), 1);
}
