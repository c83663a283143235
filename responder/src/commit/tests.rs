use super::*;
use crate::vault::{Vault, VaultItem};
use duces_protocol::commitment::Notes;
use duces_protocol::exceptions::Reason;
use duces_protocol::leaf::{FileHasher, Status};
use duces_protocol::tree;
use tempfile::TempDir;

/// A message with an HTML alternative that says more, two attachments and a forwarded message.
const MAIL: &str = "From: a@example.org\r\nTo: b@example.org\r\nDate: Mon, 2 Nov 2026 10:00:00 +0000\r\n\
Message-ID: <1@example.org>\r\nSubject: samples\r\nMIME-Version: 1.0\r\n\
Content-Type: multipart/mixed; boundary=\"outer\"\r\n\r\n\
--outer\r\nContent-Type: multipart/alternative; boundary=\"inner\"\r\n\r\n\
--inner\r\nContent-Type: text/plain\r\n\r\nplease read the other part\r\n\
--inner\r\nContent-Type: text/html\r\n\r\n<p>the turbidity was high</p>\r\n--inner--\r\n\
--outer\r\nContent-Type: text/plain; name=\"one.txt\"\r\n\
Content-Disposition: attachment; filename=\"one.txt\"\r\n\r\nchlorine residual\r\n\
--outer\r\nContent-Type: text/csv; name=\"two.csv\"\r\n\
Content-Disposition: attachment; filename=\"two.csv\"\r\n\r\nsite,lead\r\n4,12\r\n\
--outer\r\nContent-Type: message/rfc822\r\n\r\n\
From: c@example.org\r\nDate: Sun, 1 Nov 2026 10:00:00 +0000\r\nMessage-ID: <0@example.org>\r\n\
Subject: fluoride\r\n\r\nforwarded words\r\n--outer--\r\n";

/// A folder with a corpus, a profile, and nothing else. There are 25 files, one of which holds three.
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
    fs::write(corpus.join("mail.eml"), MAIL).unwrap();
    let profile = "[views]\nimages = [\"gray-8x8\"]\ntexts = [\"text-hash-64\"]\n";
    fs::write(folder.path().join("profile.toml"), profile).unwrap();
    folder
}

fn args(folder: &TempDir, out: &str) -> CommitArgs {
    CommitArgs {
        corpus: folder.path().join("corpus"),
        profile: Some(folder.path().join("profile.toml")),
        append: None,
        out: folder.path().join(out),
        origin: None,
        force: false,
        leave_out: true,
        exclude_digests: None,
        load_file: None,
        passphrase: false,
        passphrase_file: None,
        extractor: Some(duces_kit::extractor::built().to_owned()),
        cache: None,
        isolate: false,
        json: None,
    }
}

fn records(folder: &TempDir, out: &str) -> Vec<VaultItem> {
    let vault = Vault::open(&folder.path().join(out).join("vault")).unwrap();
    vault.items(0..vault.len()).unwrap()
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
    assert_eq!(commitment.items(), 29);
    assert_eq!(commitment.origin().as_str(), "m");
    assert_eq!(commitment.notes().links, 1);
    let records = records(&folder, "m");
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
        ("form.pdf", Reason::Damaged),
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
    let order = |out: &str| -> Vec<PathBuf> {
        let records = records(&folder, out);
        records.iter().map(VaultItem::name).collect()
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
        for secret in [
            "memo", "scan", "form", "sub", "loop", "corpus", "mail", "one.",
        ] {
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
    // Else the commitment would name one list, and files of another would be left out.
    let list = folder.path().join("list");
    fs::write(&list, format!("{}\n", FileHasher::of(b"memo number 3"))).unwrap();
    let other = CommitArgs {
        exclude_digests: Some(list),
        ..args(&folder, "m")
    };
    assert_eq!(run(&other).unwrap_err().code(), 2);
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
                profile: Some(root.join("absent")),
                ..args(&folder, "m")
            },
            2,
        ),
        (
            CommitArgs {
                profile: Some(root.join("bad.toml")),
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

#[test]
fn parts_are_positions_of_their_family() {
    let folder = matter();
    run(&args(&folder, "m")).unwrap();
    let records = records(&folder, "m");
    let mail: Vec<(u64, &VaultItem)> = (0..)
        .zip(&records)
        .filter(|(_, record)| record.path == Path::new("mail.eml"))
        .collect();
    let mut names: Vec<(u32, &str)> = mail
        .iter()
        .map(|(_, record)| (record.key.place, record.member.kind.as_str()))
        .collect();
    names.sort();
    let expected = [
        (0, "message/rfc822"),
        (1, "text/plain"),
        (2, "text/csv"),
        (3, "message/rfc822"),
    ];
    assert_eq!(names, expected);
    let (head, _) = mail
        .iter()
        .find(|(_, record)| record.key.place == 0)
        .unwrap();
    assert!(mail.iter().all(|(_, record)| record.family == *head));
    let others = records
        .iter()
        .zip(0..)
        .filter(|(record, _)| record.path != Path::new("mail.eml"));
    assert!(
        others
            .into_iter()
            .all(|(record, position)| record.family == position)
    );
}

#[test]
fn links_and_folders_that_cannot_be_listed_are_refused_by_name() {
    let folder = matter();
    let strict = |out: &str| CommitArgs {
        leave_out: false,
        ..args(&folder, out)
    };
    let failure = run(&strict("m")).unwrap_err();
    assert_eq!(failure.code(), 2);
    assert!(
        failure.to_string().contains("'loop' is a symbolic link"),
        "{failure}"
    );
    assert!(!folder.path().join("m").exists());
    fs::remove_file(folder.path().join("corpus/loop")).unwrap();
    run(&strict("m")).unwrap();
    assert_eq!(read_commitment(&folder, "m").notes(), &Notes::default());
}

#[test]
fn known_files_are_exceptions_and_the_commitment_says_so() {
    let folder = matter();
    let empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
    let memo = FileHasher::of(b"memo number 3");
    let list = folder.path().join("list");
    fs::write(&list, format!("{empty}  empty.txt\n{memo}  known.txt\n")).unwrap();
    let args = CommitArgs {
        exclude_digests: Some(list.clone()),
        ..args(&folder, "m")
    };
    run(&args).unwrap();
    let excluded: Vec<PathBuf> = records(&folder, "m")
        .iter()
        .filter(|record| record.member.status == Status::Exception(Reason::Excluded))
        .map(VaultItem::name)
        .collect();
    let mut excluded = excluded;
    excluded.sort();
    assert_eq!(
        excluded,
        [Path::new("empty.txt"), Path::new("sub/memo-3.txt")]
    );
    let digest = FileHasher::of(&fs::read(&list).unwrap());
    assert_eq!(
        read_commitment(&folder, "m").notes().exclusions,
        Some(digest)
    );
}

#[test]
fn repeated_files_are_pointed_at_their_first_copy() {
    let folder = matter();
    let corpus = folder.path().join("corpus");
    fs::copy(corpus.join("sub/memo-7.txt"), corpus.join("zz.txt")).unwrap();
    run(&args(&folder, "m")).unwrap();
    let records = records(&folder, "m");
    let find = |name: &str| {
        records
            .iter()
            .find(|r| r.name() == Path::new(name))
            .unwrap()
    };
    assert_eq!(
        find("zz.txt").member.duplicate_of,
        Some(find("sub/memo-7.txt").key)
    );
    assert_eq!(
        records
            .iter()
            .filter(|r| r.member.duplicate_of.is_some())
            .count(),
        1
    );
}

#[test]
fn a_cache_gives_the_same_and_is_filled() {
    let folder = matter();
    let cached = |out: &str| CommitArgs {
        cache: Some(folder.path().join("cache")),
        ..args(&folder, out)
    };
    run(&args(&folder, "plain")).unwrap();
    run(&cached("first")).unwrap();
    run(&cached("second")).unwrap();
    let content = |out: &str| {
        let mut all: Vec<_> = records(&folder, out)
            .into_iter()
            .map(|r| {
                let rendition = r
                    .member
                    .rendition
                    .as_ref()
                    .map(|rendition| rendition.digest);
                (
                    r.name(),
                    r.member.kind.clone(),
                    r.member.sha256,
                    r.member.size,
                    rendition,
                )
            })
            .collect();
        all.sort();
        all
    };
    let plain = content("plain");
    assert_eq!(content("first"), plain);
    assert_eq!(content("second"), plain);
    assert!(fs::read_dir(folder.path().join("cache")).unwrap().count() > 3);
}
