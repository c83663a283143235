use super::entry::{read_family, sealed};
use super::*;
use std::thread;

const KEY: Key = Key {
    digest: [7; 32],
    limits: Limits::DEFAULT,
};

fn member(parent: Option<u32>, depth: u32, rendition: Result<Rendition, Reason>) -> CachedMember {
    CachedMember {
        parent,
        depth,
        name: parent.map_or(String::new(), |parent| format!("{parent}/ä\n")),
        role: parent.map(|_| Role::Attachment),
        kind: Some(Kind::Email),
        reading: parent.map(|_| "charset utf-8".to_owned()),
        bytes: Some((3, [9; 32])),
        page: None,
        rendition,
    }
}

fn text(text: &str) -> Result<Rendition, Reason> {
    Ok(Rendition::Text(text.to_owned()))
}

fn family() -> Vec<CachedMember> {
    let image = Rendition::Image(crate::extraction::Raster {
        width: 2,
        height: 1,
        channels: 3,
        samples: vec![1, 2, 3, 4, 5, 6],
    });
    let page = CachedMember {
        role: Some(Role::Page),
        kind: None,
        reading: None,
        bytes: None,
        ..member(Some(1), 2, Ok(image))
    };
    vec![
        member(None, 0, text("a message")),
        member(Some(0), 1, Err(Reason::NoText)),
        page,
        member(Some(0), 1, Err(Reason::Encrypted)),
    ]
}

fn cache() -> (tempfile::TempDir, Cache) {
    let folder = tempfile::tempdir().unwrap();
    let cache = Cache::open(&folder.path().join("cache")).unwrap();
    (folder, cache)
}

#[test]
fn what_is_kept_is_found() {
    let (_folder, cache) = cache();
    assert_eq!(cache.get(&KEY), None);
    assert!(cache.put(&KEY, &family()).unwrap());
    assert_eq!(cache.get(&KEY), Some(family()));
    let other = Key {
        digest: [8; 32],
        ..KEY
    };
    assert_eq!(cache.get(&other), None);
    // Another family's entry in its place.
    fs::create_dir_all(cache.path(&other).parent().unwrap()).unwrap();
    fs::copy(cache.path(&KEY), cache.path(&other)).unwrap();
    assert_eq!(cache.get(&other), None);
    // The newer entry counts.
    assert!(cache.put(&KEY, &family()[..1]).unwrap());
    assert_eq!(cache.get(&KEY), Some(family()[..1].to_vec()));
    assert!(
        Cache::open(&cache.path(&KEY)).is_err(),
        "a file is no cache"
    );
}

#[test]
fn what_a_machine_may_have_caused_is_not_kept() {
    let (_folder, cache) = cache();
    for reason in [Reason::TimedOut, Reason::ReaderFailed] {
        let mut family = family();
        family[3].rendition = Err(reason);
        assert!(!cache.put(&KEY, &family).unwrap());
    }
    assert_eq!(cache.get(&KEY), None);
}

#[test]
fn a_damaged_entry_is_absent() {
    let (_folder, cache) = cache();
    cache.put(&KEY, &family()).unwrap();
    let path = cache.path(&KEY);
    let whole = fs::read(&path).unwrap();
    for at in 0..whole.len() {
        for change in [1, 0x80] {
            let mut bytes = whole.clone();
            bytes[at] ^= change;
            fs::write(&path, &bytes).unwrap();
            assert_eq!(cache.get(&KEY), None, "byte {at}");
        }
        fs::write(&path, &whole[..at]).unwrap();
        assert_eq!(cache.get(&KEY), None, "cut at {at}");
    }
    fs::write(&path, [&whole[..], &[0]].concat()).unwrap();
    assert_eq!(cache.get(&KEY), None, "a byte more");
    fs::remove_file(&path).unwrap();
    fs::create_dir(&path).unwrap();
    assert_eq!(cache.get(&KEY), None, "a folder");
    fs::remove_dir(&path).unwrap();
    nix::unistd::mkfifo(&path, nix::sys::stat::Mode::S_IRWXU).unwrap();
    assert_eq!(cache.get(&KEY), None, "a pipe that nobody writes to");
}

/// Sound checksums around what no writer of this program wrote.
#[test]
fn a_hostile_entry_is_absent() {
    let open = |bytes: &[u8]| entry::open(bytes, &KEY);
    let body = |count: u32, rest: &[u8]| [&count.to_le_bytes()[..], rest].concat();
    // 128 MiB and one byte of zeros, and a length that is not the family's.
    let bomb = vec![0; usize::try_from(ENTRY_BYTES).unwrap() + 1];
    assert_eq!(open(&sealed(&bomb, &KEY).unwrap()), None);
    let mut other_length = sealed(&body(0, &[]), &KEY).unwrap();
    other_length.truncate(other_length.len() - 32);
    for (length, outcome) in [
        (3_u64, None),
        (4, Some(Vec::new())),
        (5, None),
        (u64::MAX, None),
    ] {
        other_length[40..48].copy_from_slice(&length.to_le_bytes());
        let checksum = Sha256::digest(&other_length);
        let bytes = [&other_length[..], &checksum].concat();
        assert_eq!(open(&bytes), outcome, "{length}");
    }
    let many = 2 * (KEY.limits.parts + 1) + 1;
    let refused = read_family(&body(many, &[]), &KEY).unwrap_err();
    assert_eq!(refused.what, "there are too many members");
    // Families whose order is none.
    let mut orders = vec![family(); 5];
    orders[0][1].parent = Some(1);
    orders[1][1].depth = 2;
    orders[2][1].role = None;
    orders[3][0].depth = 1;
    orders[4][3].parent = None;
    for (number, family) in orders.iter().enumerate() {
        assert_eq!(open(&entry::seal(family, &KEY).unwrap()), None, "{number}");
    }
}

/// Whatever changes in a family is seen, or is refused: no family has two spellings.
#[test]
fn every_family_has_one_spelling() {
    let bytes = entry::spelled(&family()).unwrap();
    for at in 0..bytes.len() {
        for value in 0..=255 {
            let mut changed = bytes.clone();
            changed[at] = value;
            if let Ok(read) = read_family(&changed, &KEY) {
                assert_eq!(entry::spelled(&read).unwrap(), changed, "{at}: {value}");
            }
        }
    }
}

#[test]
fn writers_at_the_same_time() {
    let (_folder, cache) = cache();
    let families: Vec<Vec<CachedMember>> = (0..4)
        .map(|number| {
            let long = number.to_string().repeat(100_000);
            vec![member(None, 0, text(&long))]
        })
        .collect();
    thread::scope(|scope| {
        for family in &families {
            let cache = &cache;
            scope.spawn(move || {
                for _ in 0..50 {
                    assert!(cache.put(&KEY, family).unwrap());
                }
            });
        }
        scope.spawn(|| {
            for _ in 0..200 {
                let found = cache.get(&KEY);
                assert!(found.is_none_or(|found| families.contains(&found)));
            }
        });
    });
    assert!(families.contains(&cache.get(&KEY).unwrap()));
    let folder = cache.path(&KEY);
    let left = fs::read_dir(folder.parent().unwrap()).unwrap().count();
    assert_eq!(left, 1, "no file is left beside the entry");
}
