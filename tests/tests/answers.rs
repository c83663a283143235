//! Requests for classes and for scores, of public and of sealed classifiers: from the ONNX file to the
//! verdict, and lies about answers.

#![allow(clippy::unwrap_used, reason = "a test may end at any surprise")]

use duces_protocol::answers::{Answer, AnswerForm};
use duces_protocol::digest::Digest;
use duces_protocol::production::ledger::Disposition;
use duces_protocol::production::names;
use duces_protocol::request::AnyRequest;
use duces_tests::matter::{COMMIT, Case, Matter, TOPIC};
use duces_tests::production::Production;
use duces_tests::programs::Programs;
use std::fs;

/// The case with an answer in place of its rule, and nothing withheld.
fn asking(answer: &str) -> (Case, String) {
    let case = Case {
        withholds: false,
        ..TOPIC
    };
    let line = case.draft();
    let rule = format!("--match \"{}\"", case.rule);
    assert!(line.contains(&rule), "{line}");
    (case, line.replace(&rule, &format!("--answer {answer}")))
}

/// A matter whose request for this answer has been answered.
fn answered(answer: &str) -> (Matter, Case) {
    let matter = Matter::new(Programs::new(env!("CARGO_BIN_EXE_programs")));
    let _ = matter.run(COMMIT).done();
    let (case, draft) = asking(answer);
    let _ = matter.run(&draft).done();
    for line in [case.review(), case.prove(), case.produce()] {
        let _ = matter.run(&line).done();
    }
    (matter, case)
}

/// The request's digest and the form of its answers.
fn form(matter: &Matter) -> (Digest, AnswerForm) {
    let request = AnyRequest::decode(&fs::read(matter.path("topic.request")).unwrap()).unwrap();
    (request.digest(), request.answer_form())
}

/// The answers of a production.
fn answers(matter: &Matter, production: &Production) -> Vec<Answer> {
    let (request, form) = form(matter);
    let records = production.records();
    let listed = records
        .iter()
        .filter(|(_, outcome)| outcome.disposition == Disposition::Answered);
    let bytes = production.read(names::ANSWERS);
    form.decode(request, listed.count(), &bytes).unwrap()
}

/// Tells a lie about a copy of the production, sealed again, which this check refuses.
fn refused(matter: &Matter, case: &Case, name: &str, check: &str, lie: impl Fn(&Production)) {
    let honest = matter.path("topic-production");
    let copy = Production::copy(&honest, &matter.path(name));
    lie(&copy);
    copy.seal();
    let outcome = matter.run(&case.judge(name));
    assert_eq!(outcome.code, Some(1), "{name}: {outcome:#?}");
    assert!(outcome.stderr.contains(check), "{name}: {outcome:#?}");
}

/// The lies that need no knowledge of the kind.
fn lies_about_answers(matter: &Matter, case: &Case) {
    let production = Production::copy(&matter.path("topic-production"), &matter.path("honest"));
    let (request, form) = form(matter);
    let true_answers = answers(matter, &production);
    let write = |copy: &Production, answers: &[Answer]| {
        copy.write(names::ANSWERS, &form.encode(request, answers).unwrap());
    };
    let other = true_answers
        .iter()
        .position(|a| *a != true_answers[0])
        .unwrap();
    let mut exchanged = true_answers.clone();
    exchanged.swap(0, other);
    refused(matter, case, "exchanged", "check 6", |copy| {
        write(copy, &exchanged)
    });
    let mut copied = true_answers.clone();
    copied[0] = true_answers[other].clone();
    refused(matter, case, "copied", "check 6", |copy| {
        write(copy, &copied)
    });
    refused(matter, case, "missing", "check 1", |copy| {
        write(copy, &true_answers[1..]);
    });
    refused(matter, case, "doubled", "check 1", |copy| {
        write(copy, &[&true_answers[..1], &true_answers[..]].concat());
    });
    refused(matter, case, "no-file", "check 1", |copy| {
        copy.remove(names::ANSWERS);
    });
    refused(matter, case, "another-request", "check 1", |copy| {
        let bytes = form.encode(Digest([1; 32]), &true_answers).unwrap();
        copy.write(names::ANSWERS, &bytes);
    });
    refused(matter, case, "exception", "check 5", |copy| {
        let at = copy.first(Disposition::Exception);
        let before = copy.records()[..at].to_vec();
        let before = before
            .iter()
            .filter(|(_, outcome)| outcome.disposition == Disposition::Answered);
        let mut answers = true_answers.clone();
        answers.insert(before.count(), true_answers[0].clone());
        copy.set_disposition(at, Disposition::Answered);
        write(copy, &answers);
    });
    for (name, disposition) in [
        ("hidden", Disposition::NotResponsive),
        ("unread", Disposition::Exception),
        ("viewless", Disposition::NoView),
    ] {
        refused(matter, case, name, "check 5", |copy| {
            copy.set_disposition(copy.first(Disposition::Answered), disposition);
            write(copy, &true_answers[1..]);
        });
    }
}

#[test]
fn classes_from_the_file_to_the_verdict() {
    let (matter, case) = answered("argmax");
    let said = matter.run(&case.look()).done().stdout;
    assert!(
        said.contains("the class of every document, from 0 to 1"),
        "{said}"
    );
    let said = matter.run("requester inspect topic.request").done().stdout;
    assert!(said.contains("the class of every document"), "{said}");

    let review = fs::read_to_string(matter.path("topic-matches.csv")).unwrap();
    assert!(review.starts_with("position,class,file\n"), "{review}");
    let relevant = review.lines().filter(|line| line.contains(",1,")).count();
    let judged = matter.run(&case.verify()).done().stdout;
    assert!(judged.contains("VERIFIED") && judged.contains("proved to have the listed class"));
    let line = judged
        .lines()
        .find(|line| line.starts_with("Class 1"))
        .unwrap();
    assert!(line.ends_with(&format!(" {relevant}")), "{line}");
    let json = fs::read_to_string(matter.path("topic.json")).unwrap();
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!(json["classes"]["1"], relevant);
    assert_eq!(json["matter"]["answers"], "class");
    let all = json["answers"].as_array().unwrap();
    assert_eq!(json["counts"]["answered"], all.len());
    for entry in all {
        let row = format!("\n{},{},", entry["position"], entry["answer"][0]);
        assert!(review.contains(&row), "{row}");
    }
    let html = fs::read_to_string(matter.path("topic.html")).unwrap();
    assert!(
        html.contains("<h2 id=\"classes\">Classes</h2>")
            && html.contains("No document was produced")
    );

    lies_about_answers(&matter, &case);
    refused(&matter, &case, "outside", "check 1", |copy| {
        let mut bytes = copy.read(names::ANSWERS);
        bytes[57] = 2;
        copy.write(names::ANSWERS, &bytes);
    });

    let elusion = "judge-verify sample topic-production --commitment matter/commitment.txt --request \
                   topic.request --draw-nonce --draw not-responsive=3 --out e.csv --record e.txt";
    matter.run(elusion).failed(2, "asks for no matches");
    let log = "position,basis,description\n0,a,b\n";
    fs::write(matter.path("log.csv"), log).unwrap();
    let produce = case
        .produce()
        .replace("--out ", "--withhold log.csv --out again-");
    matter
        .run(&produce)
        .failed(1, "the withholding log has a line for position 0");
    measured(&matter);
}

/// Labels of every position that has a class, one of them wrong, against the proven classes.
fn measured(matter: &Matter) {
    let review = fs::read_to_string(matter.path("topic-matches.csv")).unwrap();
    let rows: Vec<(u64, u32)> = review
        .lines()
        .skip(1)
        .map(|line| {
            let mut fields = line.split(',');
            let mut number = || fields.next().unwrap();
            (number().parse().unwrap(), number().parse().unwrap())
        })
        .collect();
    let mut labels = String::from("position,label\n");
    for (index, (position, class)) in rows.iter().enumerate() {
        let label = if index == 0 { 1 - class } else { *class };
        labels += &format!("{position},{label}\n");
    }
    fs::write(matter.path("labels.csv"), &labels).unwrap();
    fs::write(matter.path("names.txt"), "other\n<b>spill</b>\n").unwrap();
    let line = "judge-verify accuracy topic-production --commitment matter/commitment.txt --request \
                topic.request --labels labels.csv --names names.txt --json a.json --html a.html";
    let said = matter.run(line).done().stdout;
    let json: serde_json::Value =
        serde_json::from_str(&fs::read_to_string(matter.path("a.json")).unwrap()).unwrap();
    let right = (rows.len() - 1) as f64 / rows.len() as f64;
    let stated = json["shares"][0]["value"].as_f64().unwrap();
    assert!((stated - right).abs() < 1e-12, "{said}");
    assert_eq!(json["answered"], rows.len());
    let html = fs::read_to_string(matter.path("a.html")).unwrap();
    assert!(html.contains("<svg role=\"img\"") && html.contains("&lt;b&gt;spill"));
    assert!(!html.contains("<b>"));
    let line = line.replace("a.json", "b.json").replace("a.html", "b.html");
    for (labels, needle) in [
        ("position,label\n0,yes\n", "number or the name of a class"),
        ("position,label\n5000,1\n", "no position 5000"),
        ("position,label\n1,1\n1,0\n", "labelled before"),
    ] {
        fs::write(matter.path("labels.csv"), labels).unwrap();
        let outcome = matter.run(&line);
        outcome.failed(1, needle);
    }
}

#[test]
fn scores_from_the_file_to_the_verdict() {
    let (matter, case) = answered("scores");
    let request = AnyRequest::decode(&fs::read(matter.path("topic.request")).unwrap()).unwrap();
    let unit = request.rule().strip_prefix("scores, one unit is ").unwrap();
    let unit: f64 = unit.parse().unwrap();
    // Of a power of two only the exponent is set.
    assert_eq!(unit.to_bits() << 12, 0, "{unit} is a power of two");
    let judged = matter.run(&case.verify()).done().stdout;
    assert!(
        judged.contains("VERIFIED") && judged.contains("one unit is"),
        "{judged}"
    );

    lies_about_answers(&matter, &case);
    for change in [1, -1] {
        let name = format!("changed{change}");
        refused(&matter, &case, &name, "check 6", |copy| {
            let (request, form) = form(&matter);
            let mut list = answers(&matter, copy);
            let changed = |answer: &Answer| {
                let Answer::Scores(mut scores) = answer.clone() else {
                    panic!("the request asks for scores");
                };
                scores[0] += change;
                Some(Answer::Scores(scores)).filter(|changed| form.check(changed).is_ok())
            };
            // At the end of the last table there is no such score.
            let (index, lie) = (0..)
                .zip(&list)
                .find_map(|(i, a)| Some((i, changed(a)?)))
                .unwrap();
            list[index] = lie;
            copy.write(names::ANSWERS, &form.encode(request, &list).unwrap());
        });
    }
    refused(&matter, &case, "beyond", "check 1", |copy| {
        let mut bytes = copy.read(names::ANSWERS);
        bytes[57..61].copy_from_slice(&i32::MAX.to_le_bytes());
        copy.write(names::ANSWERS, &bytes);
    });
}

#[test]
fn answers_of_a_sealed_model() {
    let matter = Matter::new(Programs::new(env!("CARGO_BIN_EXE_programs")));
    let _ = matter.run(COMMIT).done();
    for answer in ["argmax", "scores"] {
        let (case, public) = asking(answer);
        let seal = public
            .replace("requester draft", "responder seal")
            .replace("--commitment matter/commitment.txt ", "")
            .replace("topic.request", &format!("sealed-{answer}"));
        let _ = matter.run(&seal).done();
        let draft = format!(
            "requester draft --sealed sealed-{answer}/model.sealed --commitment \
             matter/commitment.txt --out topic.request --force"
        );
        let _ = matter.run(&draft).done();
        let weights = format!("--weights sealed-{answer}/weights");
        for line in [case.prove(), case.produce()] {
            let line = line.replace("topic-proofs", &format!("topic-{answer}-proofs"));
            let line = line.replace("topic-production", &format!("topic-{answer}"));
            let _ = matter.run(&format!("{line} {weights}")).done();
        }
        let name = format!("topic-{answer}");
        let judged = matter.run(&case.judge(&name)).done().stdout;
        assert!(
            judged.contains("VERIFIED") && judged.contains("hidden"),
            "{judged}"
        );
        // The same model in public says the same.
        let _ = matter
            .run(&public.replace("topic.request", "public.request"))
            .done();
        let review = case.review().replace("topic.request", "public.request");
        let _ = matter.run(&review).done();
        let sealed = Production::copy(&matter.path(&name), &matter.path(&format!("{answer}-copy")));
        let hidden = answers(&matter, &sealed);
        let review = fs::read_to_string(matter.path("topic-matches.csv")).unwrap();
        let open: Vec<String> = review
            .lines()
            .skip(1)
            .map(|line| line.split(',').nth(1).unwrap().to_owned())
            .collect();
        let shown: Vec<String> = hidden.iter().map(Answer::to_string).collect();
        assert_eq!(open, shown);
        let (_, form) = form(&matter);
        fs::remove_file(matter.path("public.request")).unwrap();
        fs::remove_file(matter.path("topic-matches.csv")).unwrap();
        let mut exchanged = hidden.clone();
        let other = hidden.iter().position(|a| *a != hidden[0]).unwrap();
        exchanged.swap(0, other);
        let (digest, _) = self::form(&matter);
        sealed.write(names::ANSWERS, &form.encode(digest, &exchanged).unwrap());
        sealed.seal();
        let outcome = matter.run(&case.judge(&format!("{answer}-copy")));
        assert_eq!(outcome.code, Some(1), "{outcome:#?}");
        assert!(outcome.stderr.contains("check 6"), "{outcome:#?}");
    }
}

#[test]
fn a_rule_or_an_answer_and_not_both() {
    let matter = Matter::new(Programs::new(env!("CARGO_BIN_EXE_programs")));
    let _ = matter.run(COMMIT).done();
    let (_, line) = asking("argmax");
    let both = format!("{line} --match \"argmax = 1\"");
    let neither = line.replace("--answer argmax ", "");
    let unknown = line.replace("argmax", "best");
    for line in [both, neither, unknown] {
        assert_eq!(matter.run(&line).code, Some(2), "{line}");
    }
}
