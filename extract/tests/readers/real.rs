//! Two hundred real documents of 29 kinds, where `../shared` lies beside the repository's folder.

use crate::{OPTIONS, bytes};
use duces_extract::{Content, Extraction, Kind, Reason, extract};
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// The documents; says so on standard output where they are not there.
fn folder() -> Option<PathBuf> {
    let repository = Path::new(env!("CARGO_MANIFEST_DIR")).parent()?;
    let folder = repository.parent()?.join("shared/data/documents");
    if folder.is_dir() {
        Some(folder)
    } else {
        println!("skipped: ../shared/data/documents is not here");
        None
    }
}

fn read(folder: &Path, name: &str) -> Extraction {
    extract(&fs::read(folder.join(name)).unwrap(), name, &OPTIONS)
}

/// A file's kind, and words that must be found in it or in its parts.
const FOUND: [(&str, Kind, &[&str]); 30] = [
    (
        "testPST_variousBodyTypes.pst",
        Kind::Pst,
        &["Inbox", "From: "],
    ),
    ("testWORD_text_box.docx", Kind::Docx, &["text box"]),
    (
        "testWORD_endnote_table.docx",
        Kind::Docx,
        &["Maecenas porttitor"],
    ),
    ("testWORD_diagramData.docx", Kind::Docx, &["From here"]),
    ("testWORD_charts.docx", Kind::Docx, &["wants a peach"]),
    (
        "testAltChunkMHT.docx",
        Kind::Docx,
        &["Simple paragraph with a emphasized word"],
    ),
    ("testWORD.doc", Kind::Doc, &["Sample Word Document"]),
    ("testWORD6.doc", Kind::Doc, &["quick brown fox"]),
    (
        "simple_lower_case.doc",
        Kind::Doc,
        &["sample Word document"],
    ),
    ("testPPT_comment.pptx", Kind::Pptx, &["afraid", "Allison"]),
    ("testPPT.ppt", Kind::Ppt, &["Sample Powerpoint Slide"]),
    ("testEXCEL_headers_footers.xls", Kind::Xls, &["header"]),
    ("testComment.xls", Kind::Xls, &["comment"]),
    (
        "testEXCEL_diagramData.xlsx",
        Kind::Xlsx,
        &["SmartArt text#1"],
    ),
    ("testFooter.odt", Kind::Odt, &["footer"]),
    ("testMasterFooter.odp", Kind::Odp, &["footer"]),
    ("testComment.rtf", Kind::Rtf, &["comment"]),
    ("testRTFJapanese.rtf", Kind::Rtf, &["\u{3067}"]),
    ("testRTFWindowsCodepage1250.rtf", Kind::Rtf, &["gęślą jaźń"]),
    (
        "testPDF_childAttachments.pdf",
        Kind::Pdf,
        &["The type and rule"],
    ),
    ("testPDFPackage.pdf", Kind::Pdf, &["PDF1"]),
    ("testMicrosoftIRMServices.pdf", Kind::Pdf, &["protected"]),
    ("testGroupWiseEml.eml", Kind::Email, &["test"]),
    ("complex.mbox", Kind::Mailbox, &["shuffle"]),
    ("testMSG_chinese.msg", Kind::Msg, &["張毓倫"]),
    (
        "testMSG_att_doc.msg",
        Kind::Msg,
        &["test pièce jointe", "école"],
    ),
    ("english.cp500.txt", Kind::Text, &["the"]),
    (
        "testArabicMisleadingCharset.html",
        Kind::Html,
        &["رجل حكيم"],
    ),
    ("test_recursive_embedded.docx", Kind::Docx, &["embed4.txt"]),
    ("gbk.zip", Kind::Zip, &["需求文档"]),
];

/// Files without a rendition, and why.
const REASONS: [(&str, Kind, Reason); 19] = [
    ("password.xls", Kind::Xls, Reason::Encrypted),
    ("protect.xlsx", Kind::Ole, Reason::Encrypted),
    ("protected_upper_case.docx", Kind::Ole, Reason::Encrypted),
    ("testODTEncrypted.odt", Kind::Odt, Reason::Encrypted),
    ("testPassword4Spaces.pdf", Kind::Pdf, Reason::Encrypted),
    ("testUnicodePassword.pdf", Kind::Pdf, Reason::Encrypted),
    (
        "testPPT_protected_passtika.ppt",
        Kind::Ppt,
        Reason::Encrypted,
    ),
    ("testPKCS7_enveloped_def.p7m", Kind::Der, Reason::Encrypted),
    (
        "testPKCS7_signed_data_def.p7m",
        Kind::Der,
        Reason::UnsupportedType,
    ),
    (
        "test7Z_protected_passTika.7z",
        Kind::SevenZip,
        Reason::UnsupportedType,
    ),
    (
        "test-documents-spanned.zip",
        Kind::Binary,
        Reason::UnsupportedType,
    ),
    ("testWORD_truncated.docx", Kind::Zip, Reason::Damaged),
    ("testPDF_jpeg2000.pdf", Kind::Pdf, Reason::NoText),
    ("testPDF_diffTitles.pdf", Kind::Pdf, Reason::NoText),
    ("testPDF_Version.5.x.pdf", Kind::Pdf, Reason::NoText),
    ("testPDF_AdobeIllustrator.pdf", Kind::Pdf, Reason::NoText),
    ("testAltChunkMHT.docx", Kind::Docx, Reason::NoText),
    ("testRTFEmbeddedLink.rtf", Kind::Rtf, Reason::NoText),
    ("Doc1_ole.doc", Kind::Doc, Reason::NoText),
];

/// The text of a file and of its parts, as deep as they go.
fn whole(extraction: &Extraction, depth: u32) -> String {
    let mut text = extraction.text().unwrap_or_default().to_owned();
    for part in extraction
        .parts
        .iter()
        .filter(|part| depth < 12 && matches!(part.content, Content::Bytes(_)))
    {
        text.push_str(&whole(
            &extract(bytes(part), &part.name, &OPTIONS),
            depth + 1,
        ));
    }
    text
}

#[test]
fn kinds_words_and_reasons() {
    let Some(folder) = folder() else { return };
    for (name, kind, words) in FOUND {
        let extraction = read(&folder, name);
        assert_eq!(extraction.kind, kind, "{name}");
        let text = whole(&extraction, 0);
        assert!(!text.trim().is_empty(), "{name}");
        for word in words {
            assert!(
                text.to_lowercase().contains(&word.to_lowercase()),
                "{word} in {name}: {text}"
            );
        }
    }
    for (name, kind, reason) in REASONS {
        let extraction = read(&folder, name);
        assert_eq!(
            (extraction.kind, extraction.rendition.err()),
            (kind, Some(reason)),
            "{name}"
        );
    }
}

/// Types without a reader, and what nobody reads without a key, do not count.
#[test]
fn nearly_all_that_can_be_read_is_read() {
    let Some(folder) = folder() else { return };
    let mut table: BTreeMap<(Kind, String), usize> = BTreeMap::new();
    let (mut readable, mut rendered) = (0, 0);
    let mut names: Vec<_> = fs::read_dir(&folder)
        .unwrap()
        .map(|e| e.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    for name in &names {
        let extraction = read(&folder, name);
        let outcome = extraction
            .rendition
            .as_ref()
            .map_or_else(|reason| reason.to_string(), |_| "rendition".to_owned());
        match extraction.rendition {
            Err(Reason::Encrypted | Reason::UnsupportedType) => {}
            Err(Reason::ReaderFailed) => panic!("{name}: the reader failed"),
            rendition => {
                readable += 1;
                rendered += usize::from(rendition.is_ok());
            }
        }
        *table.entry((extraction.kind, outcome)).or_default() += 1;
    }
    for ((kind, outcome), count) in table {
        println!("{count:4} {outcome:17} {kind}");
    }
    println!(
        "{rendered} of {readable} readable files, {} in all",
        names.len()
    );
    assert_eq!(names.len(), 239);
    assert!(
        readable >= 200 && rendered * 100 >= readable * 93,
        "{rendered} of {readable}"
    );
}
