//! Messages, mailboxes and Outlook items.

use crate::{OPTIONS, bytes, read, text};
use duces_extract::{Content, Kind, Reason, Role, extract};
use std::io::{Cursor, Write};

#[test]
fn a_message_with_two_attachments_a_forward_and_html() {
    let mail = "From: =?utf-8?q?J=C3=B6rg?= <j@example.com>\r\nTo: Ann <a@example.com>, b@example.com\r\n\
        Bcc: c@example.com\r\nDate: Mon, 1 Jan 2001 10:00:00 +0100\r\nSubject: Gas\r\nMIME-Version: 1.0\r\n\
        Content-Type: multipart/mixed; boundary=m\r\n\r\n--m\r\nContent-Type: multipart/alternative; boundary=a\r\n\r\n\
        --a\r\nContent-Type: text/plain\r\n\r\nSee the HTML.\r\n--a\r\nContent-Type: text/html\r\n\r\n\
        <p>the pipe<b>line</b> deal</p>\r\n--a--\r\n--m\r\nContent-Type: text/plain; name=\"a.txt\"\r\n\
        Content-Disposition: attachment; filename=\"a.txt\"\r\nContent-Transfer-Encoding: base64\r\n\r\nb25l\r\n\
        --m\r\nContent-Type: application/pdf; name=b.pdf\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n%PDF=2D\r\n\
        --m\r\nContent-Type: message/rfc822\r\n\r\nSubject: inner\r\n\r\nforwarded words\r\n--m--\r\n";
    let extraction = read(mail.as_bytes());
    assert_eq!(extraction.kind, Kind::Email);
    assert_eq!(
        extraction.text().unwrap(),
        "From: Jörg <j@example.com>\nTo: Ann <a@example.com>, b@example.com\nBcc: c@example.com\n\
         Date: Mon, 1 Jan 2001 10:00:00 +0100\nSubject: Gas\n\nSee the HTML.\nthe pipeline deal\n"
    );
    let parts: Vec<_> = extraction
        .parts
        .iter()
        .map(|p| (p.name.as_str(), p.role, bytes(p)))
        .collect();
    assert_eq!(
        parts,
        [
            ("a.txt", Role::Attachment, &b"one"[..]),
            ("b.pdf", Role::Attachment, b"%PDF-"),
            (
                "inner.eml",
                Role::Message,
                b"Subject: inner\r\n\r\nforwarded words"
            ),
        ]
    );
}

#[test]
fn an_html_alternative_that_repeats_the_plain_text_is_not_read_twice() {
    let mail = "Received: x\nContent-Type: multipart/alternative; boundary=a\n\n--a\n\nCome at noon.\n--a\n\
        Content-Type: text/html\n\n<b>Come</b> at noon.<img src=x>\n--a--";
    assert_eq!(text(mail.as_bytes()), "\nCome at noon.\n");
}

#[test]
fn a_charset_that_is_not_declared_is_guessed_and_recorded() {
    let mail = b"Received: x\n\nna\xefve caf\xe9 fa\xe7ade";
    let extraction = read(mail);
    assert_eq!(extraction.text(), Some("\nnaïve café façade\n"));
    assert_eq!(extraction.reading.as_deref(), Some("charset windows-1252"));
    let mail =
        b"Received: x\nContent-Type: text/plain; charset=koi8-r\n\n\xc4\xcf\xc7\xcf\xd7\xcf\xd2";
    assert_eq!(text(mail), "\nдоговор\n");
}

#[test]
fn multiparts_that_are_too_deep_are_a_part() {
    let mut mail = String::from("Received: x\n");
    for level in 0..1000 {
        mail.push_str(&format!("Content-Type: multipart/mixed; boundary=b{level}\n\n--b{level}\n\nlevel{level}\n--b{level}\n"));
    }
    let extraction = read(mail.as_bytes());
    let shown = extraction.text().unwrap();
    assert!(
        shown.contains("level31\n") && !shown.contains("level32\n"),
        "{shown}"
    );
    assert_eq!(extraction.parts[0].content, Content::Unread(Reason::Limit));
}

#[test]
fn a_mailbox_is_its_messages() {
    let mailbox = b"From a@b Mon Jan 1\nSubject: one\nFrom: a\n\nFirst.\n\nFrom c@d Tue Jan 2\nSubject: two\n\nSecond.\n";
    let extraction = read(mailbox);
    assert_eq!(extraction.text(), Some("1 one.eml\n2 two.eml\n"));
    assert_eq!(bytes(&extraction.parts[1]), b"Subject: two\n\nSecond.\n");
}

/// An Outlook file of these streams.
fn outlook(streams: &[(&str, &[u8])]) -> Vec<u8> {
    let mut file = cfb::CompoundFile::create(Cursor::new(Vec::new())).unwrap();
    for (path, bytes) in streams {
        if let Some((storage, _)) = path
            .rsplit_once('/')
            .filter(|(storage, _)| !storage.is_empty())
        {
            file.create_storage_all(storage).unwrap();
        }
        file.create_stream(path).unwrap().write_all(bytes).unwrap();
    }
    file.into_inner().into_inner()
}

#[test]
fn an_outlook_message_with_a_file_and_a_message() {
    let wide = |text: &str| {
        text.encode_utf16()
            .flat_map(u16::to_le_bytes)
            .collect::<Vec<u8>>()
    };
    let mut fixed = vec![0; 32];
    fixed.extend(
        [
            &[0x40, 0, 0x39, 0, 0, 0, 0, 0][..],
            &126_227_988_000_000_000_u64.to_le_bytes(),
        ]
        .concat(),
    );
    let file = outlook(&[
        ("/__properties_version1.0", &fixed),
        ("/__substg1.0_0037001F", &wide("Gas")),
        ("/__substg1.0_0C1A001F", &wide("Jörg")),
        ("/__substg1.0_1000001F", &wide("plain words")),
        ("/__substg1.0_10130102", b"<p>plain words</p><p>and more"),
        (
            "/__recip_version1.0_#00000000/__substg1.0_3001001F",
            &wide("Ann"),
        ),
        (
            "/__recip_version1.0_#00000000/__substg1.0_39FE001F",
            &wide("ann@example.com"),
        ),
        (
            "/__attach_version1.0_#00000000/__substg1.0_3707001F",
            &wide("a.txt"),
        ),
        (
            "/__attach_version1.0_#00000000/__substg1.0_37010102",
            b"attached",
        ),
        (
            "/__attach_version1.0_#00000001/__substg1.0_3001001F",
            &wide("inner"),
        ),
        (
            "/__attach_version1.0_#00000001/__substg1.0_3701000D/__properties_version1.0",
            &[0; 24],
        ),
        (
            "/__attach_version1.0_#00000001/__substg1.0_3701000D/__substg1.0_1000001E",
            b"inner words",
        ),
    ]);
    let extraction = read(&file);
    assert_eq!(extraction.kind, Kind::Msg);
    assert_eq!(
        extraction.text(),
        Some(
            "From: Jörg\nTo: Ann <ann@example.com>\nDate: 2001-01-01T05:00:00Z\nSubject: Gas\n\nplain words\nplain words\nand more\n"
        )
    );
    assert_eq!(bytes(&extraction.parts[0]), b"attached");
    assert_eq!(extraction.parts[1].role, Role::Message);
    assert_eq!(extraction.parts[1].name, "inner.eml");
    let inner = extract(bytes(&extraction.parts[1]), "inner.eml", &OPTIONS);
    assert_eq!(
        (inner.kind, inner.text()),
        (Kind::Email, Some("\ninner words\n"))
    );
}
