//! Word, PowerPoint, Excel and OpenDocument.

use crate::{bytes, read, reason, text, zipped};
use duces_extract::{Kind, Reason, Role};

const TYPES: (&str, &[u8]) = ("[Content_Types].xml", b"<Types/>");

#[test]
fn a_word_document_with_everything() {
    let body = r#"<w:document><w:body><w:p><w:r><w:t>The con</w:t></w:r><w:r><w:t>tract</w:t></w:r>
        <w:r><w:tab/><w:t xml:space="preserve"> runs &amp; ends</w:t></w:r></w:p>
        <w:tbl><w:tr><w:tc><w:p><w:r><w:t>cell</w:t></w:r></w:p></w:tc></w:tr></w:tbl>
        <w:p><w:del><w:r><w:delText>deleted</w:delText></w:r></w:del><w:ins><w:r><w:t>inserted</w:t></w:r></w:ins></w:p>
        <w:p><w:r><mc:AlternateContent><mc:Choice><wps:txbx><w:p><w:r><w:t>boxed</w:t></w:r></w:p></wps:txbx></mc:Choice>
        <mc:Fallback><w:p><w:r><w:t>boxed</w:t></w:r></w:p></mc:Fallback></mc:AlternateContent></w:r></w:p>
        <wp:docPr descr="a map"/><w:r><w:instrText>PAGE</w:instrText></w:r></w:body></w:document>"#;
    let part = |tag: &str, word: &str| {
        format!("<w:{tag}><w:p><w:r><w:t>{word}</w:t></w:r></w:p></w:{tag}>")
    };
    let file = zipped(&[
        TYPES,
        ("word/document.xml", body.as_bytes()),
        ("word/header1.xml", part("hdr", "heading").as_bytes()),
        ("word/footer2.xml", part("ftr", "footing").as_bytes()),
        ("word/footnotes.xml", part("footnotes", "footnoted").as_bytes()),
        ("word/endnotes.xml", part("endnotes", "endnoted").as_bytes()),
        ("word/comments.xml", br#"<w:comments><w:comment w:author="Ann"><w:p><w:r><w:t>remarked</w:t></w:r></w:p></w:comment></w:comments>"#),
        ("word/styles.xml", part("styles", "unseen").as_bytes()),
        ("word/media/image1.png", b"\x89PNG"),
        ("word/embeddings/inner.xlsx", b"PK"),
        ("docProps/thumbnail.jpeg", b"unseen"),
    ]);
    let extraction = read(&file);
    assert_eq!(extraction.kind, Kind::Docx);
    assert_eq!(
        extraction.text().unwrap(),
        "The contract\t runs & ends\ncell\ndeletedinserted\nboxed\na map\nfootnoted\nendnoted\nAnn\nremarked\nheading\nfooting\n"
    );
    let parts: Vec<_> = extraction
        .parts
        .iter()
        .map(|p| (p.name.as_str(), p.role, bytes(p)))
        .collect();
    assert_eq!(
        parts,
        [
            ("image1.png", Role::Embedded, &b"\x89PNG"[..]),
            ("inner.xlsx", Role::Embedded, b"PK")
        ]
    );
}

#[test]
fn slides_in_order_with_notes_and_comments() {
    let slide = |word: &str| format!("<p:sld><a:p><a:r><a:t>{word}</a:t></a:r></a:p></p:sld>");
    let file = zipped(&[
        TYPES,
        ("ppt/slides/slide10.xml", slide("ten").as_bytes()),
        ("ppt/slides/slide2.xml", slide("two").as_bytes()),
        ("ppt/notesSlides/notesSlide2.xml", slide("noted").as_bytes()),
        (
            "ppt/comments/comment1.xml",
            b"<p:cmLst><p:cm><p:text>remark</p:text></p:cm></p:cmLst>",
        ),
        (
            "ppt/slideMasters/slideMaster1.xml",
            b"<m><p:sp><p:ph/><a:t>prompt</a:t></p:sp><p:sp><a:t>SECRET</a:t></p:sp></m>",
        ),
    ]);
    assert_eq!(read(&file).kind, Kind::Pptx);
    assert_eq!(text(&file), "two\nten\nnoted\nremark\nSECRET\n");
}

#[test]
fn a_workbook_with_hidden_sheet_date_comment_and_header() {
    let file = zipped(&[
        TYPES,
        ("_rels/.rels", br#"<Relationships><Relationship Id="w" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="xl/workbook.xml"/></Relationships>"#),
        ("xl/workbook.xml", br#"<workbook xmlns:r="r"><sheets><sheet name="Open" sheetId="1" r:id="r1"/><sheet name="Kept" state="veryHidden" sheetId="2" r:id="r2"/></sheets></workbook>"#),
        ("xl/_rels/workbook.xml.rels", br#"<Relationships><Relationship Id="r1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet" Target="worksheets/sheet1.xml"/><Relationship Id="r2" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet" Target="worksheets/sheet2.xml"/></Relationships>"#),
        ("xl/styles.xml", br#"<styleSheet><cellXfs><xf numFmtId="0"/><xf numFmtId="14"/></cellXfs></styleSheet>"#),
        ("xl/sharedStrings.xml", b"<sst><si><t>gas</t></si></sst>"),
        ("xl/worksheets/sheet1.xml", br#"<worksheet><sheetData><row r="1"><c r="A1" t="s"><v>0</v></c><c r="XFD1"><v>1.5</v></c></row><row r="1048576"><c r="A1048576" s="1"><v>38742</v></c></row></sheetData><headerFooter><oddHeader>Draft</oddHeader></headerFooter></worksheet>"#),
        ("xl/worksheets/sheet2.xml", br#"<worksheet><sheetData><row r="1"><c r="A1" t="inlineStr"><is><t>secret</t></is></c></row></sheetData></worksheet>"#),
        ("xl/comments1.xml", b"<comments><commentList><comment><text><t>remark</t></text></comment></commentList></comments>"),
    ]);
    let extraction = read(&file);
    assert_eq!(extraction.kind, Kind::Xlsx);
    assert_eq!(
        extraction.text(),
        Some("Open\ngas\t1.5\n2006-01-25\nKept\nsecret\nremark\nDraft\n"),
        "{extraction:?}"
    );
}

#[test]
fn open_document_with_footer_annotation_and_picture() {
    let file = zipped(&[
        ("mimetype", b"application/vnd.oasis.opendocument.text"),
        ("content.xml", "<office:text><text:p>con<office:annotation><dc:creator>Ann</dc:creator><text:p>why?</text:p></office:annotation>tract</text:p>\
            <text:tracked-changes><text:deletion><text:p>deleted</text:p></text:deletion></text:tracked-changes></office:text>".as_bytes()),
        ("styles.xml", b"<style:footer><text:p>footing</text:p></style:footer>"),
        ("Object 1/content.xml", b"<math><mi>x</mi></math>"),
        ("Pictures/a.png", b"\x89PNG"),
        ("Thumbnails/thumbnail.png", b"unseen"),
    ]);
    let extraction = read(&file);
    assert_eq!(extraction.kind, Kind::Odt);
    assert_eq!(
        extraction.text(),
        Some("contract\nAnn\nwhy?\ndeleted\nfooting\n")
    );
    assert_eq!(extraction.parts.len(), 1);
}

#[test]
fn what_is_encrypted_is_told_apart_from_what_is_damaged() {
    let manifest: (&str, &[u8]) = (
        "META-INF/manifest.xml",
        b"<m><manifest:encryption-data/></m>",
    );
    let odt = zipped(&[
        ("mimetype", b"application/vnd.oasis.opendocument.text"),
        ("content.xml", b"\x01\x02"),
        manifest,
    ]);
    assert_eq!(reason(&odt), Reason::Encrypted);
    let mut file = cfb::CompoundFile::create(std::io::Cursor::new(Vec::new())).unwrap();
    file.create_stream("/EncryptedPackage").unwrap();
    assert_eq!(reason(&file.into_inner().into_inner()), Reason::Encrypted);
    let docx = zipped(&[TYPES, ("word/document.xml", b"<w:t>text</w:t>")]);
    assert_eq!(reason(&docx[..docx.len() - 30]), Reason::Damaged);
    assert_eq!(
        reason(&zipped(&[TYPES, ("word/document.xml", b"<w:t")])),
        Reason::Damaged
    );
    assert_eq!(
        reason(&zipped(&[TYPES, ("word/document.xml", b"<w:p/>")])),
        Reason::NoText
    );
}
