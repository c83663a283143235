//! A message whose attachment matches, with a scan attached to it: pages that come along, and companions
//! that are withheld.

use crate::support::{Matter, extractor, refused};
use duces_judge_verify::check::Check;
use duces_judge_verify::checks::Verdict;
use duces_judge_verify::extractor::NotCompared;
use duces_protocol::leaf::Status;
use duces_protocol::production::ledger::{Companion, Disposition, Ledger};
use duces_protocol::production::stamp::stamp;
use duces_protocol::production::withholding::WithholdingLog;
use duces_protocol::rendition::{Raster, Rendition, png};
use duces_protocol::view::Kind;
use std::fs;
use std::path::Path;
use std::sync::LazyLock;

const TOGETHER: &str = "[production]\nfamilies = \"together\"\n";

/// A PDF whose one page is a gray image of 16 by 16 samples.
fn scan() -> String {
    let image = "30".repeat(256);
    let content = "100 0 0 100 0 0 cm /X Do";
    let objects = [
        "<< /Type /Catalog /Pages 2 0 R >>".to_owned(),
        "<< /Type /Pages /Kids [3 0 R] /Count 1 >>".to_owned(),
        "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 100 100] /Contents 4 0 R \
         /Resources << /XObject << /X 5 0 R >> >> >>"
            .to_owned(),
        format!(
            "<< /Length {} >>\nstream\n{content}\nendstream",
            content.len()
        ),
        format!(
            "<< /Type /XObject /Subtype /Image /Filter /ASCIIHexDecode /Width 16 /Height 16 \
             /BitsPerComponent 8 /ColorSpace /DeviceGray /Length {} >>\nstream\n{image}>\nendstream",
            image.len() + 1
        ),
    ];
    let mut file = "%PDF-1.4\n".to_owned();
    let mut places = Vec::new();
    for (number, object) in (1..).zip(&objects) {
        places.push(file.len());
        file += &format!("{number} 0 obj\n{object}\nendobj\n");
    }
    let table = file.len();
    file += "xref\n0 6\n0000000000 65535 f \n";
    for place in places {
        file += &format!("{place:010} 00000 n \n");
    }
    file + &format!("trailer\n<< /Size 6 /Root 1 0 R >>\nstartxref\n{table}\n%%EOF\n")
}

fn message() -> Vec<u8> {
    let part = |about: &str, name: &str, body: &str| {
        format!(
            "--b\r\nContent-Type: {about}\r\nContent-Disposition: attachment; filename={name}\r\n\r\n\
             {body}\r\n"
        )
    };
    [
        "From: plant@example.org\r\nTo: records@example.org\r\nSubject: the week\r\n\
         Date: Mon, 1 Jan 2024 00:00:00 +0000\r\nMessage-ID: <1@example.org>\r\n\
         MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n"
            .to_owned(),
        "--b\r\nContent-Type: text/plain\r\n\r\nsee what is attached\r\n".to_owned(),
        part("text/plain", "t.txt", "turbidity turbidity turbidity"),
        part(
            "application/pdf\r\nContent-Transfer-Encoding: base64",
            "scan.pdf",
            &base64(scan().as_bytes()),
        ),
        "--b--\r\n".to_owned(),
    ]
    .concat()
    .into_bytes()
}

/// Base64 (RFC 4648), 76 characters in a line.
fn base64(bytes: &[u8]) -> String {
    const LETTERS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = String::new();
    for (group, number) in bytes.chunks(3).zip(1_usize..) {
        let byte = |i: usize| usize::from(group.get(i).copied().unwrap_or(0));
        let bits = byte(0) << 16 | byte(1) << 8 | byte(2);
        for i in 0..4 {
            out.push(match i <= group.len() {
                true => char::from(LETTERS[bits >> (18 - 6 * i) & 63]),
                false => '=',
            });
        }
        if number % 19 == 0 {
            out += "\r\n";
        }
    }
    out
}

fn matter() -> &'static Matter {
    static MATTER: LazyLock<Matter> = LazyLock::new(|| {
        let files = [
            ("week.eml".to_owned(), message()),
            ("memo.txt".to_owned(), b"a memo on lunch".to_vec()),
        ];
        Matter::under(TOGETHER, &files, false)
    });
    &MATTER
}

fn ledger(production: &Path) -> Ledger {
    Ledger::parse(fs::read(production.join("ledger.bin")).unwrap()).unwrap()
}

/// The message, its text, the scan (an exception: no text is in it) and the scan's page.
#[test]
fn a_page_comes_along_without_its_document() {
    let matter = matter();
    let production = matter.path("production");
    let outcome = matter.verify(&production);
    assert_eq!(refused(&outcome), None);
    let counts = outcome.counts.unwrap();
    assert_eq!((counts.items, counts.pages, counts.families), (5, 1, 1));
    assert_eq!((counts.produced, counts.companions_produced), (1, 3));
    let comparisons = outcome.comparisons.as_ref().unwrap();
    assert_eq!((comparisons.confirmed, comparisons.different), (2, 0));
    assert_eq!(comparisons.reasons[NotCompared::Page.name()], 1);
    let ledger = ledger(&production);
    let mut lines = ledger.lines().map(Result::unwrap);
    let page = lines.find(|line| line.status == Status::Page);
    let page = page.unwrap().outcome;
    assert_eq!(page.companion, Companion::Produced);
    assert_eq!(page.disposition, Disposition::NoView);
    assert_eq!(fs::read_dir(production.join("images")).unwrap().count(), 1);
    // Another page in its place does not open the commitment.
    let copy = matter.copy("another-page");
    let image = fs::read_dir(copy.join("images")).unwrap().next().unwrap();
    let raster = Raster::new(16, 16, 1, vec![0x31; 256]).unwrap();
    let path = image.unwrap().path();
    let stamped = stamp(&raster, path.file_stem().unwrap().to_str().unwrap());
    fs::write(path, png::encode(&stamped)).unwrap();
    let (check, reason) = refused(&matter.verify(&copy)).unwrap();
    assert_eq!(check, Check::Openings, "{reason}");
}

/// What a report shows of a page is the page: its number stands below it, and is taken away.
#[test]
fn a_page_that_is_read_again_has_no_stamp() {
    let matter = matter();
    let outcome = matter.verify(&matter.path("production"));
    let Verdict::Verified(verified) = &outcome.verdict else {
        panic!("{:?}", refused(&outcome));
    };
    let renditions = (0..verified.produced().count()).map(|i| verified.rendition(i).unwrap());
    let images: Vec<Rendition> = renditions
        .flatten()
        .filter(|rendition| rendition.kind() == Kind::Image)
        .collect();
    let page = Raster::new(16, 16, 1, vec![0x30; 256]).unwrap();
    assert_eq!(images, [Rendition::Image(page)]);
}

/// Every companion that was read, withheld with an entry, one after the other. The page is in the message,
/// which is produced: it cannot be withheld alone.
#[test]
fn a_withheld_companion_is_logged_and_its_documents_stay() {
    let matter = matter();
    let first = ledger(&matter.path("production"));
    let companions: Vec<(u64, Status)> = first
        .lines()
        .map(Result::unwrap)
        .filter(|line| line.outcome.companion == Companion::Produced && line.status.is_read())
        .map(|line| (line.position, line.status))
        .collect();
    assert_eq!(companions.len(), 2);
    for (position, status) in companions {
        let log = format!("position,basis,description\n{position},work product,Notes\n");
        fs::write(matter.path("log.csv"), log).unwrap();
        let name = format!("withheld-{position}");
        let extractor = extractor().to_str().unwrap();
        let (fixed, out) = (["--bates-prefix", "EPA"], name.as_str());
        let line = [
            &["produce", "--vault", "matter/vault", "--request", "request"][..],
            &["--proofs", "proofs", "--withhold", "log.csv"],
            &fixed,
            &["--out", out, "--extractor", extractor],
        ];
        if status == Status::Page {
            let code = duces_responder::run(matter.line("responder", &line.concat()));
            assert_eq!(code, std::process::ExitCode::from(1));
            assert!(!matter.path(&name).exists());
            continue;
        }
        matter.responder(&line.concat());
        let production = matter.path(&name);
        let outcome = matter.verify(&production);
        assert_eq!(refused(&outcome), None, "{position}");
        let counts = outcome.counts.unwrap();
        let companions = (counts.companions_produced, counts.companions_withheld);
        assert_eq!(companions, (2, 1));
        // Without its entry it is refused.
        let path = production.join("withholding.csv");
        let log = fs::read(&path).unwrap();
        let entries = WithholdingLog::parse(&log, counts.items, 0).unwrap();
        assert_eq!(entries.entries()[0].position, position);
        let end = log.iter().position(|b| *b == b'\n').unwrap();
        fs::write(&path, &log[..=end]).unwrap();
        let (check, reason) = refused(&matter.verify(&production)).unwrap();
        assert_eq!(check, Check::Withholding, "{reason}");
        // With its documents it is refused too: they belong to nothing that is produced.
        fs::write(&path, log).unwrap();
        fs::write(production.join("text/EPA0000009.txt"), "a text").unwrap();
        let (check, reason) = refused(&matter.verify(&production)).unwrap();
        assert_eq!(check, Check::Openings, "{reason}");
    }
}
