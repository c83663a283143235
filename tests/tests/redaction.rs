//! Redactions: what leaves, what does not, and what is said of it.

#![allow(clippy::unwrap_used, reason = "a test may end at any surprise")]

use duces_protocol::rendition::{Raster, Rendition};
use duces_responder::vault::Vault;
use duces_tests::families::{self, IN_ATTACHMENT, IN_FORWARDED, IN_HTML, REDACTED};
use duces_tests::matter::Matter;
use duces_tests::production::{FOLDERS, Production};
use duces_tests::programs::Programs;
use duces_tests::small::SMALL;
use std::collections::BTreeMap;
use std::fs;
use std::sync::LazyLock;

/// One matter for all tests; none changes its production.
fn matter() -> &'static Matter {
    static MATTER: LazyLock<Matter> =
        LazyLock::new(|| families::redacted(Programs::new(env!("CARGO_BIN_EXE_programs"))));
    &MATTER
}

/// All files of the production by path; of an image also its samples, of the folder the names.
fn everything(matter: &Matter) -> BTreeMap<String, Vec<u8>> {
    let mut all = BTreeMap::new();
    for folder in FOLDERS {
        let path = matter.path("small-production").join(folder);
        for entry in fs::read_dir(path).unwrap().map(Result::unwrap) {
            if !entry.path().is_file() {
                continue;
            }
            let name = format!("{folder}/{}", entry.file_name().to_string_lossy());
            let bytes = fs::read(entry.path()).unwrap();
            if name.ends_with(".png") {
                let samples = image::load_from_memory(&bytes).unwrap().into_bytes();
                all.insert(format!("{name}, samples"), samples);
            }
            all.insert(name, bytes);
        }
    }
    let names = all.keys().cloned().collect::<Vec<_>>().join("\n");
    all.insert("names".to_owned(), names.into_bytes());
    all
}

/// The files in which these bytes stand.
fn holding<'a>(all: &'a BTreeMap<String, Vec<u8>>, wanted: &[u8]) -> Vec<&'a str> {
    let has = |bytes: &[u8]| bytes.windows(wanted.len()).any(|part| part == wanted);
    let found = all.iter().filter(|(_, bytes)| has(bytes));
    found.map(|(name, _)| name.as_str()).collect()
}

#[test]
fn the_original_is_nowhere_in_the_production() {
    let matter = matter();
    let all = everything(matter);
    // The search finds what is there.
    assert!(!holding(&all, IN_FORWARDED.as_bytes()).is_empty());
    for text in REDACTED {
        assert_eq!(holding(&all, text.as_bytes()).len(), 1);
    }
    let shown: Vec<u8> = (0..32).map(|i| i * 4).collect();
    assert_eq!(
        holding(&all, &shown[..24]).len(),
        1,
        "the upper half of the scan"
    );

    let hidden: Vec<u8> = (32..64).map(|i| i * 4).collect();
    let words = [
        IN_ATTACHMENT,
        IN_HTML,
        "stopped",
        "Advice on",
        "Subject: the week",
    ];
    let names = ["report", "scan.tif", "message", "advice"];
    let mut secrets: Vec<Vec<u8>> = words.iter().map(|word| word.as_bytes().to_vec()).collect();
    secrets.extend(names.iter().map(|name| name.as_bytes().to_vec()));
    secrets.extend([hidden[..8].to_vec(), families::scan()[..32].to_vec()]);
    let vault = Vault::open(&matter.path("matter/vault")).unwrap();
    for name in [
        "message.eml",
        "report.txt",
        "scan.tif",
        "page 2",
        "advice.txt",
    ] {
        let position = families::position(matter, name);
        let item = vault.item(position).unwrap();
        let rendition = item.member.rendition.as_ref().unwrap();
        let mut numbers = vec![
            item.member.salt.to_bytes(),
            item.member.sha256.0,
            rendition.salt.to_bytes(),
            rendition.digest.0,
        ];
        // Its size, as the load file would state it.
        let size = item.member.size.to_string();
        secrets.push([&[0xfe], size.as_bytes(), &[0xfe]].concat());
        for (view, _) in item.leaf().unwrap().views {
            numbers.push(vault.view(view, position).unwrap().blind.to_bytes());
        }
        for number in numbers {
            secrets.extend([number.to_vec(), hex(&number).into_bytes()]);
        }
    }
    for secret in secrets {
        let found = holding(&all, &secret);
        let secret = String::from_utf8_lossy(&secret);
        assert!(found.is_empty(), "{secret} is in {found:?}");
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[test]
fn counts_add_up_in_every_report() {
    let matter = matter();
    let line = format!(
        "{} --json report.json --html report.html",
        SMALL.judge("small-production")
    );
    let printed = matter.run(&line).done().stdout;
    let report: serde_json::Value =
        serde_json::from_slice(&fs::read(matter.path("report.json")).unwrap()).unwrap();
    let counts = &report["counts"];
    let count = |name: &str| counts[name].as_u64().unwrap();
    let sum = |names: &[&str]| names.iter().map(|name| count(name)).sum::<u64>();
    assert_eq!(
        count("responsive"),
        sum(&["produced", "redacted", "withheld"])
    );
    let all = [
        "responsive",
        "not_responsive",
        "answered",
        "exceptions",
        "no_view",
    ];
    assert_eq!(count("items"), sum(&all));
    // The report; the plan is produced, the advice withheld.
    assert_eq!(
        (count("redacted"), count("produced"), count("withheld")),
        (1, 1, 1)
    );
    assert_eq!(
        (count("companions_redacted"), count("companions_withheld")),
        (2, 1)
    );

    let listed = |name: &str| report[name].as_array().unwrap().len() as u64;
    assert_eq!(
        listed("redacted"),
        sum(&["redacted", "companions_redacted"])
    );
    assert_eq!(
        listed("produced"),
        sum(&["produced", "companions_produced"])
    );
    assert_eq!(
        listed("withheld"),
        sum(&["withheld", "companions_withheld"])
    );
    let redactions: u64 = report["redacted"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["redactions"].as_array().unwrap().len() as u64)
        .sum();
    let logged = |part: &str| {
        let logs = report["logs"].as_object().unwrap();
        logs.values()
            .map(|log| log[part].as_u64().unwrap())
            .sum::<u64>()
    };
    assert_eq!((logged("redactions"), redactions), (4, 4));
    assert_eq!(logged("withheld"), listed("withheld"));
    let lines = |name: &str| {
        let log = fs::read_to_string(matter.path("small-production").join(name)).unwrap();
        log.lines().count() as u64 - 1
    };
    let both = lines("privilege-log.csv") + lines("vaughn-index.csv");
    assert_eq!(both, lines("withholding.csv"));
    assert_eq!(both, logged("redactions") + logged("withheld"));

    let text = printed.split_whitespace().collect::<Vec<_>>().join(" ");
    for part in [
        "produced with redactions 1",
        "No match, redacted, with its family 2",
        "was taken from it, and that nothing more is missing",
        "Vaughn index: redactions 3",
        "2 redacted: 5 U.S.C. 552(b)(4); 5 U.S.C. 552(b)(6)",
    ] {
        assert!(text.contains(part), "{part}: {text}");
    }
    let page = fs::read_to_string(matter.path("report.html")).unwrap();
    assert!(page.contains("Produced with redactions"));
}

/// The scan's redaction has two pages, one document in both load files.
#[test]
fn pages_of_a_redaction_are_one_document() {
    let production = Production::copy(&matter().path("small-production"), &matter().path("copy"));
    let images = String::from_utf8(production.read("loadfile.opt")).unwrap();
    let scan = families::position(matter(), "scan.tif");
    let bates = production.redacted()[&scan].clone();
    let expected = format!(
        "{bates},VOL001,images\\{bates}.png,Y,,,2\r\n\
         {bates}.0002,VOL001,images\\{bates}.0002.png,,,,\r\n"
    );
    assert!(images.contains(&expected), "{images}");
}

/// Lines of the log, files of the folder, and what is said.
type Case<'a> = (String, Vec<(String, Vec<u8>)>, &'a str);

#[test]
fn what_cannot_be_redacted_so_is_refused_and_nothing_is_left() {
    let matter = matter();
    let [message, report, scan, page, lunch, advice, plan] = [
        "message.eml",
        "report.txt",
        "scan.tif",
        "page 2",
        "lunch.txt",
        "advice.txt",
        "plan.pdf",
    ]
    .map(|name| families::position(matter, name));
    let bytes = |text: &str| text.as_bytes().to_vec();
    let pixels = (0..64).map(|i| i * 4).collect();
    let whole = Rendition::Image(Raster::new(8, 8, 1, pixels).unwrap()).to_file();
    let rest = format!("{message},x,y\n{scan},x,y\n{page},x,y\n");
    let marked = || bytes("[REDACTED 1]");
    let cases: Vec<Case> = vec![
        (
            format!("{page},x,y\n"),
            vec![],
            "which holds it, is produced",
        ),
        (
            format!("{report},x,y\n"),
            vec![(format!("{report}.txt"), marked())],
            "which holds it, is produced",
        ),
        (
            format!("{message},x,y\n{scan},x,y\n"),
            vec![],
            "but its page at position",
        ),
        (
            format!("{rest}{report},x,y\n"),
            vec![(format!("{report}.txt"), bytes("Nothing is marked."))],
            "has no '[REDACTED 1]'",
        ),
        (
            format!("{rest}{report},x,y\n{report},x,z\n"),
            vec![(format!("{report}.txt"), marked())],
            "has no '[REDACTED 2]'",
        ),
        (
            format!("{rest}{report},x,y\n"),
            vec![(format!("{report}.png"), families::pdf(&["The discharge"]))],
            "is not a picture",
        ),
        (
            rest.clone(),
            vec![(format!("{scan}.png"), whole)],
            "shows the whole",
        ),
        (
            format!("{advice},x,y\n{advice},x,y\n"),
            vec![],
            "several lines",
        ),
        (
            String::new(),
            vec![(format!("{plan}.txt"), marked())],
            "no line in the withholding log",
        ),
        (
            String::new(),
            vec![(format!("{lunch}.txt"), marked())],
            "would not be produced",
        ),
        (
            format!("{advice},x,y\n"),
            vec![
                (format!("{advice}.txt"), marked()),
                (format!("{advice}.png"), marked()),
            ],
            "two files",
        ),
        (
            String::new(),
            vec![("report.txt".to_owned(), marked())],
            "not named by a position",
        ),
        (
            format!("{advice},x,y\n"),
            vec![(format!("{advice}.txt"), b"[REDACTED 1]\r\n".to_vec())],
            "carriage return",
        ),
    ];
    for (number, (lines, files, said)) in cases.into_iter().enumerate() {
        let folder = format!("redacted-{number}");
        fs::create_dir(matter.path(&folder)).unwrap();
        for (name, bytes) in files {
            fs::write(matter.path(&folder).join(name), bytes).unwrap();
        }
        let log = format!("position,basis,description\n{lines}");
        fs::write(matter.path("case.csv"), log).unwrap();
        let line = SMALL.produce().replace("small-log.csv", "case.csv");
        let line = line.replace("--out small-production", "--out refused");
        matter
            .run(&format!("{line} --redact {folder}"))
            .failed(1, said);
        assert!(!matter.path("refused").exists(), "{said}");
    }
}
