use super::*;

const HEX: &str = "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff";

fn example() -> Commitment {
    Commitment::new(
        "Records request 2026-114".parse().unwrap(),
        2586,
        Digest([5; 32]),
        Digest([6; 32]),
        vec![
            "gray-28x28".parse().unwrap(),
            "text-hash-4096".parse().unwrap(),
        ],
    )
    .unwrap()
}

#[test]
fn text_round_trips() {
    let commitment = example();
    let text = commitment.to_string();
    assert_eq!(Commitment::parse(&text).as_ref(), Ok(&commitment));
    let signed = format!("{text}\n— Records officer c2lnbmF0dXJl\n— Clerk of court Zm9v\n");
    let parsed = Commitment::parse(&signed).unwrap();
    assert_eq!(parsed.signatures().len(), 2);
    assert_eq!(parsed.to_string(), signed);
    assert_eq!(parsed.digest(), commitment.digest());
    assert_eq!(parsed.root(), commitment.root());
}

#[test]
fn the_root_binds_n_profile_and_tree() {
    let base = example();
    base.check_tree(Digest([5; 32])).unwrap();
    assert!(base.check_tree(Digest([4; 32])).is_err());
    for text in [
        base.to_string().replace("items: 2586", "items: 2585"),
        base.to_string().replace("profile: 06", "profile: 07"),
    ] {
        let changed = Commitment::parse(&text).unwrap();
        assert!(changed.check_tree(Digest([5; 32])).is_err());
        assert_ne!(changed.digest(), base.digest());
    }
}

#[test]
fn numbers_of_items_are_limited() {
    let with = |items| {
        Commitment::new(
            "x".parse().unwrap(),
            items,
            Digest([5; 32]),
            Digest([6; 32]),
            vec!["gray-28x28".parse().unwrap()],
        )
    };
    assert!(with(0).is_err());
    with(1).unwrap();
    with(MAX_ITEMS).unwrap();
    assert!(with(MAX_ITEMS + 1).is_err());
}

#[test]
fn other_forms_are_refused() {
    let body = format!(
        "duces-commitment-v1\norigin: x\nitems: 3\nroot: {HEX}\nprofile: {HEX}\nviews: gray-2x2\n"
    );
    Commitment::parse(&body).unwrap();
    let swaps = [
        ("-v1", "-v2"),
        ("origin: x", "origin: "),
        ("origin: x", "origin:  x"),
        ("origin: x", "origin: x\u{202e}"),
        ("origin: x", "origin: x\ty"),
        ("origin: x", "Origin: x"),
        ("items: 3", "items: 03"),
        ("items: 3", "items: 0"),
        ("items: 3", "items: -3"),
        ("items: 3", "items: 3 "),
        ("items: 3\n", ""),
        ("root: 00", "root: 0"),
        ("root: 0011", "root: 00AA"),
        ("views: gray-2x2", "views: "),
        ("views: gray-2x2", "views: gray-2x2 gray-2x2"),
        ("views: gray-2x2", "views: text-hash-8 gray-2x2"),
        ("views: gray-2x2", "views: gray-2x2, text-hash-8"),
        ("views: gray-2x2\n", "views: gray-2x2"),
        ("views: gray-2x2\n", "views: gray-2x2\n\n"),
        ("views: gray-2x2\n", "views: gray-2x2\n\n\n"),
        ("views: gray-2x2\n", "views: gray-2x2\nmore: 1\n"),
        ("views: gray-2x2\n", "views: gray-2x2\n\nsigned by nobody\n"),
        ("views: gray-2x2\n", "views: gray-2x2\n\n— a\n\n— b\n"),
        ("\n", "\r\n"),
    ];
    for (from, to) in swaps {
        let changed = body.replacen(from, to, usize::MAX);
        assert_ne!(changed, body, "{from:?}");
        assert!(Commitment::parse(&changed).is_err(), "{from:?} → {to:?}");
    }
    for end in 0..body.len() {
        assert!(Commitment::parse(&body[..end]).is_err(), "cut at {end}");
    }
    assert!(Commitment::parse(&format!("{body}\n{}", "— a\n".repeat(MAX_BYTES))).is_err());
}

#[test]
fn notes_are_bound_and_have_one_spelling() {
    let all = Notes {
        links: 3,
        folders: 1,
        exclusions: Some(Digest([1; 32])),
        extends: Some(Digest([2; 32])),
    };
    let base = example();
    let noted = base.clone().with_notes(all);
    let text = noted.to_string();
    assert_eq!(Commitment::parse(&text).as_ref(), Ok(&noted));
    assert_ne!(noted.digest(), base.digest());
    let signed = format!("{text}\n— Records officer c2lnbmF0dXJl\n");
    assert_eq!(Commitment::parse(&signed).unwrap().notes(), &all);
    let lines: Vec<&str> = text.split_inclusive('\n').collect();
    let swapped = [&lines[..6], &[lines[7], lines[6]], &lines[8..]]
        .concat()
        .concat();
    for other in [
        swapped,
        text.replace("followed: 3", "followed: 0"),
        text.replace("followed: 3", "followed: 03"),
        text.replace("listed: 1", "listed: -1"),
        text.replace("extends: 02", "extends: 2"),
        format!("{text}waived: 3\n"),
    ] {
        assert!(Commitment::parse(&other).is_err(), "{other}");
    }
}
