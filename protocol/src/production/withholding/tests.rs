//! Logs as people write them, and as productions hold them.

use super::*;

const LOG: &str = "position,basis,description,author\n\
                   4,attorney-client,\"Memo, two pages\",plant manager\n\
                   9,5 U.S.C. 552 (B) (6),Personnel record,\n";

#[test]
fn drafts_become_canonical() {
    let log = WithholdingLog::draft(LOG.as_bytes()).unwrap();
    assert_eq!(log.to_csv(), LOG.as_bytes());
    assert_eq!(WithholdingLog::parse(LOG.as_bytes(), 100, 0).unwrap(), log);
    assert_eq!(log.columns(), ["author"]);
    assert_eq!(log.entries()[0].rendering(), Rendering::PrivilegeLog);
    assert_eq!(log.entries()[1].rendering(), Rendering::VaughnIndex);
    assert!(log.contains(9) && !log.contains(5));

    let untidy = "\u{feff}position, basis ,description,author\r\n\
                  9, 5 U.S.C. 552 (B) (6),Personnel record,\r\n\
                  4,attorney-client,\"Memo, two pages\",\"plant manager\"\r\n";
    assert_eq!(WithholdingLog::draft(untidy.as_bytes()).unwrap(), log);
    assert!(WithholdingLog::parse(untidy.as_bytes(), 100, 0).is_err());
}

/// The name of a file is the responding party's own: it does not leave.
#[test]
fn the_column_of_files_is_left_out() {
    let own = "position,basis,description,file,author\n4,privilege,Memo,\"a/secret.txt\",counsel\n";
    let log = WithholdingLog::draft(own.as_bytes()).unwrap();
    assert_eq!(
        log.to_csv(),
        b"position,basis,description,author\n4,privilege,Memo,counsel\n"
    );
}

#[test]
fn the_empty_log_is_a_header() {
    let empty = WithholdingLog::default();
    assert_eq!(empty.to_csv(), b"position,basis,description\n");
    assert_eq!(
        WithholdingLog::parse(&empty.to_csv(), 100, 0).unwrap(),
        empty
    );
}

#[test]
fn formulas_are_neutralised_once() {
    let draft = "position,basis,description,=x\n1,=cmd|' /C calc'!A0,@SUM(A1),+1\n";
    let log = WithholdingLog::draft(draft.as_bytes()).unwrap();
    let entry = &log.entries()[0];
    assert_eq!(entry.basis, "'=cmd|' /C calc'!A0");
    assert_eq!(entry.description, "'@SUM(A1)");
    assert_eq!(
        (entry.more[0].as_str(), log.columns()[0].as_str()),
        ("'+1", "'=x")
    );
    assert_eq!(WithholdingLog::parse(&log.to_csv(), 100, 0).unwrap(), log);
    assert!(WithholdingLog::parse(draft.as_bytes(), 100, 0).is_err());
}

/// A basis of blanks is none, however blank; what a typist takes for a space becomes one.
#[test]
fn blanks_are_no_basis() {
    for blank in [
        "\u{200b}",
        "\u{3164}",
        "\u{2800}",
        "\u{feff}",
        "\u{ad}",
        "\u{115f}",
        "\u{180e}",
        "\u{e0041}",
        "\u{202e}x",
    ] {
        for row in [
            format!("1,{blank},y"),
            format!("1,x,{blank}"),
            format!("1,x,a{blank}b"),
        ] {
            let log = format!("position,basis,description\n{row}\n");
            let error = WithholdingLog::draft(log.as_bytes()).unwrap_err();
            assert!(error.to_string().contains("readers do not see"), "{error}");
            assert!(
                WithholdingLog::parse(log.as_bytes(), 5, 0).is_err(),
                "{row:?}"
            );
        }
    }
    let typed = "position,basis,description\n1,§\u{a0}552\u{a0},\u{3000}a\u{2003}b\n";
    let log = WithholdingLog::draft(typed.as_bytes()).unwrap();
    assert_eq!(
        log.to_csv(),
        "position,basis,description\n1,§ 552,a b\n".as_bytes()
    );
    assert!(WithholdingLog::parse(typed.as_bytes(), 5, 0).is_err());
    assert_eq!(WithholdingLog::parse(&log.to_csv(), 5, 0), Ok(log));
}

/// A redacted position has several entries, which keep their order; what each says is found.
#[test]
fn a_position_can_have_an_entry_for_each_redaction() {
    let draft = "position,basis,description\n9,c,x\n4,b,x\n9,a,x\n";
    let log = WithholdingLog::draft(draft.as_bytes()).unwrap();
    assert_eq!(
        log.to_csv(),
        b"position,basis,description\n4,b,x\n9,c,x\n9,a,x\n"
    );
    assert_eq!(log.of(9).len(), 2);
    assert_eq!((log.of(9)[0].basis.as_str(), log.of(4).len()), ("c", 1));
    assert!(log.of(5).is_empty());
    assert!(WithholdingLog::parse(&log.to_csv(), 2, 0).is_err());
    assert_eq!(WithholdingLog::parse(&log.to_csv(), 2, 1), Ok(log));
    let rows = |count: usize| "7,x,y\n".repeat(count);
    let many = |count| format!("position,basis,description\n{}", rows(count));
    assert!(WithholdingLog::draft(many(MAX_REDACTIONS).as_bytes()).is_ok());
    let error = WithholdingLog::draft(many(MAX_REDACTIONS + 1).as_bytes()).unwrap_err();
    assert!(error.to_string().contains("more than 1000 entries"));
}

#[test]
fn no_more_entries_are_read_than_there_are_items() {
    assert!(WithholdingLog::parse(LOG.as_bytes(), 2, 0).is_ok());
    let error = WithholdingLog::parse(LOG.as_bytes(), 1, 0).unwrap_err();
    assert!(error.to_string().contains("more than 1 entries"), "{error}");
}

#[test]
fn malformed_logs_are_refused() {
    let cases = [
        ("", "header"),
        ("basis,position,description\n", "header"),
        ("position,basis\n1,x\n", "header"),
        ("position,basis,description,a,a\n", "one name"),
        ("position,basis,description,\n", "name is empty"),
        ("position,basis,description\n1,x\n", "CSV"),
        ("position,basis,description\n1,x,y,z\n", "CSV"),
        ("position,basis,description\n-1,x,y\n", "not a number"),
        ("position,basis,description\n01,x,y\n", "not a number"),
        (
            "position,basis,description\n99999999999999999999,x,y\n",
            "not a number",
        ),
        ("position,basis,description\n1,,y\n", "basis is empty"),
        (
            "position,basis,description\n1,x, \n",
            "description is empty",
        ),
        ("position,basis,description\n1,x,a\u{7}b\n", "control"),
        (
            "position,basis,description\n1,\u{301},y\n",
            "basis is empty",
        ),
        ("position,basis,description,\u{3164}\n", "not printable"),
    ];
    for (log, reason) in cases {
        let error = WithholdingLog::draft(log.as_bytes())
            .unwrap_err()
            .to_string();
        assert!(error.contains(reason), "{log:?}: {error}");
    }
    assert!(WithholdingLog::draft(b"position,basis,description\n1,x,\xff\n").is_err());
}
