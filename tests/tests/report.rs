//! The reports of `judge-verify production` as a program reads them: the JSON form has the fields that
//! docs/schemas/verdict-v1.json states, whatever the verdict; and the HTML form has the same numbers.

#![allow(clippy::unwrap_used, reason = "a test may end at any surprise")]

use duces_kit::folder::copy_folder;
use duces_protocol::commitment::Commitment;
use duces_tests::attacks;
use duces_tests::matter::{COMMIT, Matter, TOPIC, fixtures, workspace};
use duces_tests::production::Production;
use duces_tests::programs::Programs;
use duces_tests::schema::Schema;
use duces_tests::small::{self, SMALL};
use serde_json::Value;
use std::fs;
use std::path::Path;
use std::process::Command;

fn programs() -> Programs {
    Programs::new(env!("CARGO_BIN_EXE_programs"))
}

fn schema(name: &str) -> Schema {
    let path = workspace().join(format!("docs/schemas/{name}.json"));
    Schema::new(serde_json::from_slice(&fs::read(path).unwrap()).unwrap())
}

/// Runs a line of the judge; its JSON report, which must have the form.
fn reported(matter: &Matter, line: &str, name: &str) -> Value {
    let outcome = matter.run(&format!("{line} --json {name}.json --html {name}.html"));
    assert!(
        matter.path(&format!("{name}.json")).exists(),
        "{outcome:#?}"
    );
    let report: Value =
        serde_json::from_slice(&fs::read(matter.path(&format!("{name}.json"))).unwrap()).unwrap();
    assert_eq!(schema("verdict-v1").check(&report), Ok(()), "{name}");
    same_numbers(matter, &report, name);
    report
}

/// The page has the numbers of the JSON report.
fn same_numbers(matter: &Matter, report: &Value, name: &str) {
    let page = fs::read_to_string(matter.path(&format!("{name}.html"))).unwrap();
    let verdict = report["verdict"].as_str().unwrap();
    assert!(
        page.contains(&format!("<p class=\"word\">{verdict}</p>")),
        "{name}"
    );
    let counts = &report["counts"];
    if counts.is_null() {
        assert!(!page.contains("id=\"items\""));
        return;
    }
    let count = |key: &str| counts[key].as_u64().unwrap();
    let parts = [
        "responsive",
        "not_responsive",
        "answered",
        "exceptions",
        "no_view",
    ];
    assert_eq!(parts.map(count).iter().sum::<u64>(), count("items"));
    assert_eq!(
        count("produced") + count("redacted") + count("withheld"),
        count("responsive")
    );
    assert!(
        page.contains(&format!("= {}. The other lines", count("items"))),
        "{name}"
    );
    let row = format!("Committed items</th><td>{}</td>", count("items"));
    assert!(page.contains(&row), "{name}");
    if verdict == "VERIFIED" {
        let all = format!(
            "all committed positions</th><td class=\"number\">{}</td>",
            count("items")
        );
        assert!(page.contains(&all), "{name}");
        assert_eq!(
            page.matches("<tr data-kind=").count() as u64,
            count("items")
        );
    }
}

#[test]
fn verified_rejected_and_not_checked_have_the_form() {
    let matter = small::produced(programs());
    let judge = SMALL.judge("small-production");
    let verified = reported(&matter, &judge, "verified");
    assert_eq!(verified["verdict"], "VERIFIED");
    assert_eq!(verified["signatures"], Value::Null);

    let lie = Production::copy(&matter.path("small-production"), &matter.path("lie"));
    (attacks::BYTE_CHANGED.apply)(&lie);
    lie.seal();
    let rejected = reported(&matter, &SMALL.judge("lie"), "rejected");
    assert_eq!(rejected["failure"]["check"], 7);

    fs::create_dir(matter.path("empty")).unwrap();
    let rejected = reported(&matter, &SMALL.judge("empty"), "empty");
    assert_eq!(
        (&rejected["failure"]["check"], &rejected["matter"]),
        (&1.into(), &Value::Null)
    );

    let unchecked = reported(&matter, &SMALL.judge("not-there"), "unchecked");
    assert_eq!(unchecked["verdict"], "NOT CHECKED");

    fs::write(matter.path("small.request.sig"), "no signature").unwrap();
    fs::write(matter.path("small-production.tsr"), "no token").unwrap();
    let beside = reported(&matter, &judge, "beside");
    let found = &beside["signatures"];
    assert_eq!(found["signatures"][1]["result"], "not checked");
    assert_eq!(found["stamps"][0]["of"], "production");
}

#[test]
fn an_appended_commitment_has_the_form() {
    let matter = small::committed(programs());
    fs::rename(matter.path("matter"), matter.path("earlier")).unwrap();
    fs::create_dir(matter.path("later")).unwrap();
    fs::write(matter.path("later/memo.txt"), "a discharge, found later").unwrap();
    let _ = matter
        .run("responder commit later --append earlier --out matter")
        .done();
    let text = fs::read_to_string(matter.path("matter/commitment.txt")).unwrap();
    let digest = Commitment::parse(&text).unwrap().digest();
    fs::write(
        matter.path("small.request"),
        small::request(digest, 1).encode(),
    )
    .unwrap();
    small::answer(&matter);
    let line = format!(
        "{} --earlier earlier/commitment.txt",
        SMALL.judge("small-production")
    );
    let report = reported(&matter, &line, "appended");
    assert_eq!(report["matter"]["extension_checked"], true);
}

#[test]
fn sealed_classifiers_and_classes_have_the_form() {
    let matter = Matter::new(programs());
    let _ = matter.run(COMMIT).done();
    let seal = "responder seal --model fixtures/models/topic.onnx --view text-hash-4096 --answer argmax \
                --calibration fixtures/sample/texts --out sealed";
    let _ = matter.run(seal).done();
    let draft = "requester draft --sealed sealed/model.sealed --commitment matter/commitment.txt \
                 --out topic.request";
    let _ = matter.run(draft).done();
    let with = |line: &str| format!("{line} --weights sealed/weights");
    let _ = matter.run(&with(&TOPIC.prove())).done();
    let produce = TOPIC.produce().replace("--withhold topic-log.csv ", "");
    let _ = matter.run(&with(&produce)).done();
    let report = reported(&matter, &TOPIC.judge("topic-production"), "sealed");
    assert_eq!(report["matter"]["answers"], "class");
    assert!(report["matter"]["hidden_weights"].as_u64().unwrap() > 0);
    assert!(report["classes"].is_object() && report["answers"].is_array());
}

/// The verdict of an audit, whose JSON report must have the form.
fn audited(matter: &Matter, opened: &str) -> String {
    let line = format!(
        "judge-verify audit {opened} --commitment matter/commitment.txt --request small.request \
         --record sample.txt --production small-production --json {opened}.json"
    );
    let outcome = matter.run(&line);
    let report = fs::read(matter.path(&format!("{opened}.json")));
    let report: Value =
        serde_json::from_slice(&report.unwrap_or_else(|_| panic!("{outcome:#?}"))).unwrap();
    assert_eq!(schema("audit-v1").check(&report), Ok(()), "{opened}");
    let found = &report["together"];
    let count = |key: &str| found[key].as_u64().unwrap();
    let parts = ["items", "pages", "exceptions", "unverifiable", "faults"];
    assert_eq!(parts.map(count).iter().sum::<u64>(), count("positions"));
    assert_eq!(report["draws"].as_array().unwrap().len(), 2);
    let printed = outcome.stdout + &outcome.stderr;
    assert!(
        printed.contains(report["sentence"].as_str().unwrap()),
        "{printed}"
    );
    report["verdict"].as_str().unwrap().to_owned()
}

#[test]
fn audits_have_the_form() {
    let matter = small::produced(programs());
    let draw = "judge-verify sample small-production --commitment matter/commitment.txt \
                --request small.request --draw-nonce --draw all=12 --draw not-responsive=5 \
                --out sample.csv --record sample.txt";
    let _ = matter.run(draw).done();
    let open = "responder open --vault matter/vault --positions sample.csv --out opened";
    let _ = matter.run(open).done();
    assert_eq!(audited(&matter, "opened"), "NO FAULT");
    copy_folder(&matter.path("opened"), &matter.path("changed"));
    let files = fs::read_dir(matter.path("changed/files")).unwrap();
    let first = files.map(|entry| entry.unwrap().path()).min().unwrap();
    let bytes = [fs::read(&first).unwrap(), b"more".to_vec()].concat();
    fs::write(first, bytes).unwrap();
    assert_eq!(audited(&matter, "changed"), "FAULTS");
}

#[test]
fn the_frozen_production_has_the_form() {
    let matter = Matter::new(programs());
    let frozen = fixtures().join("frozen/v1");
    let path = |name: &str| frozen.join(name).display().to_string();
    let line = format!(
        "judge-verify production {} --commitment {} --request {}",
        path("production"),
        path("commitment.txt"),
        path("small.request")
    );
    assert_eq!(reported(&matter, &line, "frozen")["verdict"], "VERIFIED");
}

#[test]
fn a_report_of_another_form_is_noticed() {
    let matter = small::produced(programs());
    let good = reported(&matter, &SMALL.judge("small-production"), "good");
    let schema = schema("verdict-v1");
    let changes: [fn(&mut Value); 8] = [
        |report| report["verdict"] = "PROVED".into(),
        |report| report["verdict"] = "REJECTED".into(),
        |report| report["extra"] = 1.into(),
        |report| drop(report.as_object_mut().unwrap().remove("counts")),
        |report| report["counts"]["items"] = (-1).into(),
        |report| report["matter"]["root"] = "00".into(),
        |report| report["checks"][3]["result"] = "failed".into(),
        |report| report["format"] = "duces-verdict-v2".into(),
    ];
    for (number, change) in changes.iter().enumerate() {
        let mut report = good.clone();
        change(&mut report);
        assert!(schema.check(&report).is_err(), "change {number}");
    }
}

/// The script of the page shows its search form, so it ran under the page's own policy.
#[test]
fn the_script_runs_in_a_browser_under_the_policy_of_the_page() {
    let browser = std::env::var("CHROMIUM").unwrap_or_else(|_| "/usr/bin/chromium".to_owned());
    if !Path::new(&browser).exists() {
        println!("skipped: there is no browser {browser}");
        return;
    }
    let matter = small::produced(programs());
    let _ = reported(&matter, &SMALL.judge("small-production"), "page");
    let form = |page: &str| {
        let at = page.find("<form id=\"filter\"").unwrap();
        page[at..].split('>').next().unwrap().to_owned()
    };
    let page = fs::read_to_string(matter.path("page.html")).unwrap();
    assert!(form(&page).contains("hidden"));
    let dom = |name: &str, text: &str| {
        fs::write(matter.path(name), text).unwrap();
        let output = Command::new(&browser)
            .args([
                "--headless",
                "--no-sandbox",
                "--disable-gpu",
                "--virtual-time-budget=2000",
            ])
            .arg(format!(
                "--user-data-dir={}",
                matter.path("browser").display()
            ))
            .arg("--dump-dom")
            .arg(format!("file://{}", matter.path(name).display()))
            .output()
            .unwrap();
        String::from_utf8(output.stdout).unwrap()
    };
    assert!(!form(&dom("own.html", &page)).contains("hidden"));
    // A script that somebody adds, or changes, does not run.
    let added = page.replace("</body>", "<script>document.title = 'ran';</script></body>");
    assert!(!dom("added.html", &added).contains("<title>ran</title>"));
    let changed = page.replace("form.hidden = false;", "form.hidden = false; ");
    assert_ne!(changed, page);
    assert!(form(&dom("changed.html", &changed)).contains("hidden"));
}
