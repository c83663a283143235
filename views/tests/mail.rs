//! E-mails as text.

#![allow(clippy::unwrap_used)]

use duces_views::{Content, Document, Limits, Unreadable};
use std::path::Path;

fn read(mail: &str) -> Result<String, Unreadable> {
    let document = Document::parse(mail.as_bytes(), Path::new("m.EML"), &Limits::DEFAULT)?;
    match document.content {
        Content::Text(text) => Ok(text),
        Content::Image(_) => panic!("an image"),
    }
}

#[test]
fn headers_are_decoded_and_lines() {
    let mail = "Received: from a by b; Mon, 1 Jan 2024 10:00:00 +0000\r\n\
        From: =?utf-8?Q?Plant_Manager?= <plant@agency.example>\r\n\
        To: Records Officer <records@agency.example>,\r\n legal@agency.example\r\n\
        Subject: =?iso-8859-1?Q?Pr=FCfung?= of\r\n the valve\r\n\
        Date: Mon, 1 Jan 2024 10:00:00 +0000\r\n\
        X-Other: no\r\n\r\nPlease see.\r\n";
    assert_eq!(
        read(mail).unwrap(),
        "Subject: Prüfung of the valve\n\
         From: Plant Manager <plant@agency.example>\n\
         To: Records Officer <records@agency.example>, legal@agency.example\n\
         Date: Mon, 1 Jan 2024 10:00:00 +0000\n\n\
         Please see.\r\n"
    );
}

#[test]
fn bodies_are_decoded() {
    let base64 = "Subject: x\nContent-Type: text/plain; charset=utf-8\n\
        Content-Transfer-Encoding: base64\n\nY2Fmw6k=\n";
    assert_eq!(read(base64).unwrap(), "Subject: x\n\ncafé\n");
    let quoted = "Subject: x\nContent-Type: text/html; charset=iso-8859-1\n\
        Content-Transfer-Encoding: quoted-printable\n\n<p>caf=E9 <b>au=\n</b>x</p>\n";
    assert_eq!(
        read(quoted).unwrap().split_whitespace().collect::<Vec<_>>(),
        ["Subject:", "x", "café", "aux"]
    );
    let japanese = "Subject: x\nContent-Type: text/plain; charset=shift_jis\n\
        Content-Transfer-Encoding: base64\n\nk/qWew==\n";
    assert_eq!(read(japanese).unwrap(), "Subject: x\n\n日本\n");
}

#[test]
fn alternatives_are_told_once_and_attachments_left_out() {
    let mail = "Subject: x\nContent-Type: multipart/mixed; boundary=\"o\"\n\npreamble\n\
        --o\nContent-Type: multipart/alternative; boundary=i\n\n\
        --i\nContent-Type: text/plain\n\nplain\n--i\nContent-Type: text/html\n\n<p>marked</p>\n--i--\n\
        --o\nContent-Type: text/plain\nContent-Disposition: attachment; filename=a.txt\n\nattached\n\
        --o\nContent-Type: application/pdf\n\n%PDF-\n\
        --o\nContent-Type: message/rfc822\n\nSubject: inner\n\ninner body\n\
        --o\n\nfooter\n--o--\nepilogue\n";
    assert_eq!(read(mail).unwrap(), "Subject: x\n\nplain\nfooter\n");
    let only_html = "Subject: x\nContent-Type: multipart/alternative; boundary=i\n\n\
        --i\nContent-Type: text/html\n\n<p>marked</p>\n--i--\n";
    assert_eq!(read(only_html).unwrap().trim_end(), "Subject: x\n\nmarked");
}

#[test]
fn nesting_is_bounded() {
    let multiparts = |depth: usize| {
        let mut mail = String::from("Subject: x\n");
        for level in 0..depth {
            mail += &format!("Content-Type: multipart/mixed; boundary=b{level}\n\n--b{level}\n");
        }
        mail + "\ninnermost\n"
    };
    assert!(read(&multiparts(16)).unwrap().contains("innermost"));
    assert_eq!(read(&multiparts(17)), Err(Unreadable::Damaged));
    assert_eq!(read(&multiparts(1000)), Err(Unreadable::Damaged));
    let messages = "Subject: x\nContent-Type: message/rfc822\n\n".repeat(200_000);
    assert_eq!(read(&messages).unwrap(), "Subject: x\n\n");
    let unclosed = "Content-Type: multipart/mixed; boundary=z\n\n--a\n".repeat(100_000);
    assert!(
        read(&format!(
            "Subject: x\nContent-Type: multipart/mixed; boundary=a\n\n--a\n{unclosed}"
        ))
        .is_ok()
    );
}
