//! A small corpus of families, and lies about them: a message with an HTML alternative, two
//! attachments, a scan of two pages and a forwarded message; a document of its own; memos.

use crate::matter::Matter;
use crate::programs::{Outcome, Programs};
use crate::small::{self, SMALL};
use duces_protocol::profile::Families;
use duces_responder::vault::Vault;
use std::fs;

/// Files of the corpus.
pub const MESSAGE: &str = "message.eml";

/// The word that stands only in the HTML alternative of the message.
pub const IN_HTML: &str = "sluice";
/// The word that stands only in an attachment of the message, beside the word that is asked for.
pub const IN_ATTACHMENT: &str = "manganese";
/// The word that stands only in the forwarded message.
pub const IN_FORWARDED: &str = "carp";

/// Positions of the message and all that it holds: the message with both its bodies, a report, a file
/// of no known type, a scan and its second page, the forwarded message.
pub const MESSAGE_FAMILY: usize = 6;

/// All positions: those of the message; a document, whose page has words alone; three memos.
pub const ITEMS: usize = MESSAGE_FAMILY + 1 + 3;

/// The message.
#[must_use]
pub fn message() -> Vec<u8> {
    let head = |subject: &str, id: u8| {
        format!(
            "From: plant@example.org\r\nTo: records@example.org\r\nSubject: {subject}\r\n\
             Date: Mon, 1 Jan 2024 00:00:00 +0000\r\nMessage-ID: <{id}@example.org>\r\n\
             MIME-Version: 1.0\r\n"
        )
    };
    let attached = |name: &str, kind: &str, bytes: &[u8]| {
        format!(
            "--m\r\nContent-Type: {kind}\r\nContent-Transfer-Encoding: base64\r\n\
             Content-Disposition: attachment; filename={name}\r\n\r\n{}\r\n",
            base64(bytes)
        )
    };
    let report = format!("The discharge held {IN_ATTACHMENT}. The discharge was stopped.");
    let forwarded = format!(
        "{}Content-Type: text/plain\r\n\r\nWe saw a dead {IN_FORWARDED} below the outfall.\r\n",
        head("outfall", 2)
    );
    [
        head("the week", 1),
        "Content-Type: multipart/mixed; boundary=m\r\n\r\n".to_owned(),
        "--m\r\nContent-Type: multipart/alternative; boundary=a\r\n\r\n".to_owned(),
        "--a\r\nContent-Type: text/plain\r\n\r\nSee the files.\r\n".to_owned(),
        format!(
            "--a\r\nContent-Type: text/html\r\n\r\n<p>See the files on the <b>{IN_HTML}</b>.</p>\r\n"
        ),
        "--a--\r\n".to_owned(),
        attached("report.txt", "text/plain", report.as_bytes()),
        attached("reading.dat", "application/octet-stream", &[0, 1, 2, 3, 4, 5, 6, 7, 8]),
        attached("scan.tif", "image/tiff", &scan()),
        "--m\r\nContent-Type: message/rfc822\r\n\r\n".to_owned(),
        forwarded,
        "--m--\r\n".to_owned(),
    ]
    .concat()
    .into_bytes()
}

/// A scan of two pages: gray images of 8 × 8 pixels, as TIFF.
#[must_use]
pub fn scan() -> Vec<u8> {
    tiff(|i| u8::try_from(i * 4).expect("it is below 256"))
}

/// The scan, with the lower half of its first page black.
#[must_use]
pub fn redacted_scan() -> Vec<u8> {
    tiff(|i| u8::try_from(i * 4).ok().filter(|_| i < 32).unwrap_or(0))
}

/// A scan of two pages, the first with these pixels.
fn tiff(first: impl Fn(u32) -> u8) -> Vec<u8> {
    const PIXELS: u32 = 64;
    let mut bytes = b"II\x2a\0".to_vec();
    let mut after: u32 = 8 + 2 * PIXELS;
    bytes.extend(after.to_le_bytes());
    bytes.extend((0..PIXELS).map(first));
    bytes.extend((0..PIXELS).map(|i| if i % 9 == 0 { 0 } else { 255 }));
    for page in 0..2 {
        // Width, height, bits, no compression, black is 0, where, samples, rows, how many bytes.
        let entries: [[u32; 3]; 9] = [
            [256, 4, 8],
            [257, 4, 8],
            [258, 3, 8],
            [259, 3, 1],
            [262, 3, 1],
            [273, 4, 8 + page * PIXELS],
            [277, 3, 1],
            [278, 4, 8],
            [279, 4, PIXELS],
        ];
        bytes.extend(9u16.to_le_bytes());
        for [tag, kind, value] in entries {
            bytes.extend(u16::try_from(tag).expect("a tag has 16 bits").to_le_bytes());
            bytes.extend(u16::try_from(kind).expect("a type is small").to_le_bytes());
            bytes.extend(1u32.to_le_bytes());
            bytes.extend(value.to_le_bytes());
        }
        after += 2 + 9 * 12 + 4;
        let next = if page == 0 { after } else { 0 };
        bytes.extend(next.to_le_bytes());
    }
    bytes
}

/// A document of pages with one line of text each, as PDF.
#[must_use]
pub fn pdf(pages: &[&str]) -> Vec<u8> {
    let kids: Vec<String> = (0..pages.len())
        .map(|i| format!("{} 0 R", 4 + 2 * i))
        .collect();
    let mut objects = vec![
        "<< /Type /Catalog /Pages 2 0 R >>".to_owned(),
        format!(
            "<< /Type /Pages /Kids [{}] /Count {} >>",
            kids.join(" "),
            pages.len()
        ),
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>".to_owned(),
    ];
    for (i, line) in pages.iter().enumerate() {
        let content = format!("BT /F1 12 Tf 20 100 Td ({line}) Tj ET");
        objects.push(format!(
            "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 400 200] /Contents {} 0 R \
             /Resources << /Font << /F1 3 0 R >> >> >>",
            5 + 2 * i
        ));
        objects.push(format!(
            "<< /Length {} >>\nstream\n{content}\nendstream",
            content.len()
        ));
    }
    let mut file = "%PDF-1.4\n".to_owned();
    let mut places = Vec::new();
    for (number, object) in (1..).zip(&objects) {
        places.push(file.len());
        file += &format!("{number} 0 obj\n{object}\nendobj\n");
    }
    let table = file.len();
    file += &format!("xref\n0 {}\n0000000000 65535 f \n", objects.len() + 1);
    for place in places {
        file += &format!("{place:010} 00000 n \n");
    }
    file += &format!(
        "trailer\n<< /Size {} /Root 1 0 R >>\nstartxref\n{table}\n%%EOF\n",
        objects.len() + 1
    );
    file.into_bytes()
}

/// Writes the corpus to the folder `families` of a matter.
///
/// # Panics
/// When a file cannot be written.
pub fn write(matter: &Matter) {
    let folder = matter.path("families");
    fs::create_dir(&folder).expect("the folder is new");
    let files: [(&str, Vec<u8>); 5] = [
        (MESSAGE, message()),
        ("plan.pdf", pdf(&["A plan against the next discharge"])),
        ("advice.txt", b"Advice on the discharge.".to_vec()),
        ("lunch.txt", b"A memo on lunch.".to_vec()),
        ("parking.txt", b"A memo on parking.".to_vec()),
    ];
    for (name, bytes) in files {
        fs::write(folder.join(name), bytes).expect("the file can be written");
    }
}

/// A matter over the corpus whose profile produces families so, from commitment to production; the
/// advice is withheld.
///
/// # Panics
/// When a step fails.
#[must_use]
pub fn produced(programs: Programs, families: Families) -> Matter {
    let matter = Matter::new(programs);
    write(&matter);
    let profile = format!(
        "{}[production]\nfamilies = \"{}\"\n",
        small::PROFILE,
        families.name()
    );
    small::commit_under(&matter, &profile, "families", 1);
    let _ = matter.run(&SMALL.review()).done();
    let matches = matter.matches(&SMALL);
    let advice = matches.iter().find(|(_, path)| path == "advice.txt");
    let (position, _) = advice.expect("the advice has the word");
    let log = format!("position,basis,description\n{position},attorney-client,Advice\n");
    fs::write(matter.path("small-log.csv"), log).expect("the log is written");
    let _ = matter.run(&SMALL.prove()).done();
    let _ = matter.run(&SMALL.produce()).done();
    matter
}

/// What is shown in the place of the message, and of the report that is attached to it.
pub const REDACTED: [&str; 2] = [
    "The week. See the files: [REDACTED 1].\n",
    "The discharge held [REDACTED 1]. [REDACTED 2]\n",
];

/// The basis of each redaction of the message, of the report and of the scan.
const BASES: [&[&str]; 3] = [
    &["attorney-client"],
    &["5 U.S.C. 552(b)(4)", "5 U.S.C. 552(b)(6)"],
    &["5 U.S.C. 552(b)(4)"],
];

/// The matter under `families = "together"`, where the message, the report and the scan are redacted, and the
/// second page of the scan and the advice are withheld.
///
/// # Panics
/// When a step fails.
#[must_use]
pub fn redacted(programs: Programs) -> Matter {
    let matter = Matter::new(programs);
    write(&matter);
    let profile = format!("{}[production]\nfamilies = \"together\"\n", small::PROFILE);
    small::commit_under(&matter, &profile, "families", 1);
    write_redactions(&matter);
    let _ = matter.run(&SMALL.prove()).done();
    let line = format!("{} --redact redacted", SMALL.produce());
    let _ = matter.run(&line).done();
    matter
}

/// The position whose name ends so.
///
/// # Panics
/// When there is no vault, or no such position.
#[must_use]
pub fn position(matter: &Matter, name: &str) -> u64 {
    let vault = Vault::open(&matter.path("matter/vault")).expect("the vault is there");
    let found = (0..vault.len()).find(|&position| {
        let item = vault.item(position).expect("there is such a position");
        item.name().to_string_lossy().ends_with(name)
    });
    found.unwrap_or_else(|| panic!("nothing is called {name}"))
}

/// Writes the folder of redactions and the log.
fn write_redactions(matter: &Matter) {
    let [message, report, scan] = [MESSAGE, "report.txt", "scan.tif"].map(|n| position(matter, n));
    let folder = matter.path("redacted");
    fs::create_dir(&folder).expect("the folder is new");
    let files = [
        (format!("{message}.txt"), REDACTED[0].as_bytes().to_vec()),
        (format!("{report}.txt"), REDACTED[1].as_bytes().to_vec()),
        (format!("{scan}.tif"), redacted_scan()),
    ];
    for (name, bytes) in files {
        fs::write(folder.join(name), bytes).expect("the file can be written");
    }
    let mut log = "position,basis,description\n".to_owned();
    for (position, bases) in [message, report, scan].into_iter().zip(BASES) {
        for basis in bases {
            log += &format!("{position},{basis},A part\n");
        }
    }
    let (page, advice) = (position(matter, "page 2"), position(matter, "advice.txt"));
    log += &format!("{page},5 U.S.C. 552(b)(4),A page\n{advice},attorney-client,Advice\n");
    fs::write(matter.path("small-log.csv"), log).expect("the log is written");
}

/// Judges the production.
#[must_use]
pub fn judged(matter: &Matter) -> Outcome {
    matter.run(&SMALL.judge("small-production"))
}

/// Base64 (RFC 4648) on one line.
#[must_use]
pub fn base64(bytes: &[u8]) -> String {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let digits = |group: &[u8]| {
        let number = (0..3).fold(0, |sum, i| {
            sum << 8 | usize::from(group.get(i).copied().unwrap_or(0))
        });
        let digit = |i: usize| match i <= group.len() {
            true => char::from(ALPHABET[number >> (18 - 6 * i) & 63]),
            false => '=',
        };
        [digit(0), digit(1), digit(2), digit(3)]
    };
    bytes.chunks(3).flat_map(digits).collect()
}
