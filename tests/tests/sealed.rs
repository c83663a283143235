//! A model of the responding party's own, sealed: from the ONNX file to the verdict, and what is
//! refused on the way.

#![allow(clippy::unwrap_used, reason = "a test may end at any surprise")]

use duces_circuits::prover::sealed::seal;
use duces_protocol::production::ledger::Disposition;
use duces_protocol::request::AnyRequest;
use duces_protocol::sealed::{SealedClassifier, Weights};
use duces_tests::matter::{COMMIT, Matter, TOPIC, expected, workspace};
use duces_tests::production::Production;
use duces_tests::programs::{Outcome, Programs};
use sha2::Digest as _;
use std::fs;
use std::os::unix::fs::PermissionsExt;

const SEAL: &str = "responder seal --model fixtures/models/topic.onnx --view text-hash-4096 \
                    --match \"output[1] >= 0.5\" --calibration fixtures/sample/texts --out sealed";

/// A matter that is committed to, and the model of the fixtures, sealed.
fn sealed() -> Matter {
    let matter = Matter::new(Programs::new(env!("CARGO_BIN_EXE_programs")));
    let _ = matter.run(COMMIT).done();
    let said = matter.run(SEAL).done();
    assert!(said.stdout.contains("hidden"), "{said:#?}");
    draft(&matter, "sealed", "topic");
    matter
}

fn draft(matter: &Matter, sealed: &str, request: &str) {
    let line = format!(
        "requester draft --sealed {sealed}/model.sealed --commitment matter/commitment.txt \
         --out {request}.request"
    );
    let _ = matter.run(&line).done();
}

/// A step of the job with the weights of a sealed model.
fn with(line: &str, weights: &str) -> String {
    format!("{line} --weights {weights}/weights")
}

/// The step for the request of another sealed model.
fn other(line: &str) -> String {
    line.replace("topic", "other")
}

fn rejected_at(outcome: &Outcome, check: &str) {
    assert_eq!(outcome.code, Some(1), "{outcome:#?}");
    assert!(outcome.stderr.contains(check), "{outcome:#?}");
}

/// The sealed model with one weight changed, sealed anew in `folder`.
fn change_one_weight(matter: &Matter, folder: &str) {
    let read = |name: &str| fs::read(matter.path(&format!("sealed/{name}"))).unwrap();
    let model = SealedClassifier::decode(&read("model.sealed")).unwrap();
    let weights = Weights::decode(&model, &read("weights")).unwrap();
    let mut values = weights.values().to_vec();
    values[7] += 1;
    let classifier = model.architecture().open(&values).unwrap();
    let (model, weights) = seal(&classifier, model.view(), model.rule().to_owned()).unwrap();
    fs::create_dir(matter.path(folder)).unwrap();
    fs::write(
        matter.path(&format!("{folder}/model.sealed")),
        model.encode(),
    )
    .unwrap();
    let secret = weights.encode(model.digest());
    fs::write(matter.path(&format!("{folder}/weights")), &*secret).unwrap();
}

#[test]
fn a_sealed_model_from_the_file_to_the_verdict() {
    let matter = sealed();
    let mode = |name: &str| {
        let about = fs::metadata(matter.path(name)).unwrap();
        about.permissions().mode() & 0o777
    };
    assert_eq!((mode("sealed"), mode("sealed/weights")), (0o700, 0o600));
    matter.run(SEAL).failed(2, "exists");

    // What is known of it, and what is not.
    for line in ["requester inspect topic.request", &TOPIC.look()] {
        let said = matter.run(line).done().stdout.to_lowercase();
        for word in ["sealed", "hidden", "not known", "output[1] >= 0.5"] {
            assert!(said.contains(word), "{word}: {said}");
        }
    }

    let _ = matter.run(&with(&TOPIC.review(), "sealed")).done();
    let mut found: Vec<String> = matter.matches(&TOPIC).into_iter().map(|(_, p)| p).collect();
    found.sort();
    assert_eq!(
        found,
        expected(&TOPIC),
        "sealed or not, it is the same model"
    );
    matter.write_log(&TOPIC);
    let _ = matter.run(&with(&TOPIC.prove(), "sealed")).done();
    let _ = matter.run(&with(&TOPIC.produce(), "sealed")).done();
    let judged = matter.run(&TOPIC.verify()).done().stdout;
    assert!(judged.contains("VERIFIED"), "{judged}");
    assert!(
        judged.contains("4097 weights and biases are hidden"),
        "{judged}"
    );
    let json = fs::read_to_string(matter.path("topic.json")).unwrap();
    assert!(json.contains("\"hidden_weights\": "), "{json}");
    no_weights_in_public(&matter);

    // A match is listed as no match.
    let honest = matter.path("topic-production");
    let copy = Production::copy(&honest, &matter.path("hides"));
    let position = copy.first(Disposition::Produced);
    copy.forget_produced(position);
    copy.set_disposition(position, Disposition::NotResponsive);
    copy.seal();
    rejected_at(&matter.run(&TOPIC.judge("hides")), "check 6");

    // Another model decides than the one that the request names: one weight is changed.
    change_one_weight(&matter, "other");
    draft(&matter, "other", "other");
    let _ = matter.run(&with(&other(&TOPIC.prove()), "other")).done();
    fs::copy(matter.path("topic-log.csv"), matter.path("other-log.csv")).unwrap();
    let _ = matter.run(&with(&other(&TOPIC.produce()), "other")).done();
    let verified = matter.run(&other(&TOPIC.judge("topic-production"))).done();
    assert!(verified.stdout.contains("VERIFIED"), "{verified:#?}");
    let copy = Production::copy(&matter.path("other-production"), &matter.path("changed"));
    let request = fs::read(matter.path("topic.request")).unwrap();
    let mut manifest = copy.manifest();
    manifest.request = AnyRequest::decode(&request).unwrap().digest();
    copy.write_manifest(&manifest);
    copy.seal();
    rejected_at(&matter.run(&TOPIC.judge("changed")), "check 6");
}

/// The weights, eight in a row as they stand in the file, are in no file that others get.
fn no_weights_in_public(matter: &Matter) {
    let secret = fs::read(matter.path("sealed/weights")).unwrap();
    let window = &secret[16 + 32 + 4..][..64];
    let mut names = vec!["sealed/model.sealed".to_owned(), "topic.request".to_owned()];
    let proofs = fs::read_dir(matter.path("topic-production/proofs")).unwrap();
    names.extend(proofs.map(|proof| {
        let name = proof.unwrap().file_name();
        format!("topic-production/proofs/{}", name.to_string_lossy())
    }));
    assert!(names.len() > 2);
    for name in names {
        let public = fs::read(matter.path(&name)).unwrap();
        let found = public.windows(window.len()).any(|part| part == window);
        assert!(!found, "{name} holds weights");
    }
}

#[test]
fn weights_that_do_not_belong_are_refused_before_proving() {
    let matter = sealed();
    let prove = TOPIC.prove();
    matter.run(&prove).failed(2, "weights are not given");
    matter
        .run(&TOPIC.review())
        .failed(2, "weights are not given");
    matter
        .run(&with(&prove, "none"))
        .failed(2, "cannot be read");

    // Of the same model, sealed again.
    let _ = matter
        .run(&SEAL.replace("--out sealed", "--out older"))
        .done();
    matter
        .run(&with(&prove, "older"))
        .failed(1, "belong to another sealed classifier");

    // Damaged: a weight, a blind, the length.
    let whole = fs::read(matter.path("sealed/weights")).unwrap();
    let mut weight = whole.clone();
    weight[16 + 32 + 4 + 8] ^= 1;
    let mut blind = whole.clone();
    *blind.iter_mut().rev().nth(20).unwrap() ^= 1;
    let longer = [whole.clone(), vec![0]].concat();
    let shorter = whole[..whole.len() - 1].to_vec();
    fs::create_dir(matter.path("damaged")).unwrap();
    for (bytes, needle) in [
        (weight, "does not commit to them"),
        (blind, "does not commit to them"),
        (longer, "refused"),
        (shorter, "refused"),
        (vec![], "refused"),
    ] {
        fs::write(matter.path("damaged/weights"), bytes).unwrap();
        for line in [&prove, &TOPIC.review()] {
            matter.run(&with(line, "damaged")).failed(1, needle);
        }
    }
    assert!(!matter.path("topic-proofs").exists(), "nothing was begun");

    // Those of a public request are not asked for.
    let public = TOPIC.draft().replace("topic.request", "public.request");
    let _ = matter.run(&public).done();
    let line = with(&TOPIC.review(), "sealed").replace("topic.request", "public.request");
    matter.run(&line).failed(2, "has no weights of yours");
}

/// The commands of the page, in its order. The reviewer's labels are those of the fixtures.
#[test]
fn the_walk_through_is_true() {
    let page = fs::read_to_string(workspace().join("docs/sealed-models.md")).unwrap();
    let blocks = page.split("```").skip(1).step_by(2);
    let lines = blocks.flat_map(|block| block.lines().skip(1));
    let commands: Vec<&str> = lines.collect();
    assert!(commands.len() >= 11, "{commands:#?}");
    let matter = Matter::new(Programs::new(env!("CARGO_BIN_EXE_programs")));
    for line in commands {
        if line.starts_with("judge-verify accuracy") {
            label_the_sample(&matter);
            bad_labels(&matter, line);
        }
        // The same positions each time, so that all of them can be labelled by digests.
        let nonce = format!("--nonce {}", "07".repeat(32));
        let outcome = matter.run(&line.replace("--draw-nonce", &nonce)).done();
        if line.starts_with("judge-verify accuracy") {
            for word in ["recall", "elusion", "100.00 %", "the nonce"] {
                assert!(outcome.stdout.contains(word), "{word}: {outcome:#?}");
            }
            let json = fs::read_to_string(matter.path("accuracy.json")).unwrap();
            assert!(json.contains("\"missed\": 0"), "{json}");
            by_digest(&matter, line);
        }
    }
}

/// The same labels by the digests of the opened files, which the folder ties to positions.
fn by_digest(matter: &Matter, line: &str) {
    let labels = fs::read_to_string(matter.path("labels.csv")).unwrap();
    let mut rows = std::collections::BTreeMap::new();
    for entry in fs::read_dir(matter.path("opened/files")).unwrap() {
        let path = entry.unwrap().path();
        let position = path.file_stem().unwrap().to_str().unwrap();
        let label = labels
            .lines()
            .find_map(|l| l.strip_prefix(&format!("{position},")));
        let digest = sha2::Sha256::digest(fs::read(&path).unwrap());
        let digest: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
        rows.insert(digest, label.unwrap().to_owned());
    }
    let write = |rows: &std::collections::BTreeMap<String, String>| {
        let rows = rows
            .iter()
            .map(|(digest, label)| format!("{digest},{label}\n"));
        let text = "sha256,label\n".to_owned() + &rows.collect::<String>();
        fs::write(matter.path("digests.csv"), text).unwrap();
    };
    write(&rows);
    let line = line.replace("labels.csv", "digests.csv --opened opened");
    let line = line.replace("accuracy.json", "digests.json");
    let said = matter.run(&line).done().stdout;
    assert!(
        said.contains("Every opened file opens the file commitment"),
        "{said}"
    );
    let line = line.replace("digests.json", "refused.json");
    // A file that was not opened, a drawn one without a label, a file that is not the committed one.
    rows.insert("00".repeat(32), "no".to_owned());
    write(&rows);
    matter.run(&line).failed(1, "no opened file has the digest");
    rows.pop_first();
    let (digest, label) = rows.pop_first().unwrap();
    write(&rows);
    matter.run(&line).failed(1, "the nonce draws");
    rows.insert(digest, label);
    write(&rows);
    let file = fs::read_dir(matter.path("opened/files")).unwrap().next();
    let file = file.unwrap().unwrap().path();
    let bytes = fs::read(&file).unwrap();
    fs::write(&file, [&bytes[..], b"."].concat()).unwrap();
    matter
        .run(&line)
        .failed(1, "do not open the file commitment");
    fs::write(&file, bytes).unwrap();
    assert!(!matter.path("refused.json").exists());
}

/// Labels for the drawn positions: what the fixtures say.
fn label_the_sample(matter: &Matter) {
    let relevant: Vec<u64> = matter.matches(&TOPIC).into_iter().map(|(p, _)| p).collect();
    let drawn = fs::read_to_string(matter.path("sample.csv")).unwrap();
    let rows = drawn.lines().skip(1).map(|position| {
        let yes = relevant.contains(&position.parse().unwrap());
        format!("{position},{}\n", if yes { "yes" } else { "no" })
    });
    let labels = "position,label\n".to_owned() + &rows.collect::<String>();
    fs::write(matter.path("labels.csv"), labels).unwrap();
}

/// Labels that name unknown positions or one twice, or not those that were drawn, are refused.
fn bad_labels(matter: &Matter, line: &str) {
    let good = fs::read_to_string(matter.path("labels.csv")).unwrap();
    let last = good.lines().last().unwrap();
    let line = line.replace("labels.csv", "bad.csv");
    let unknown = "sha256,label\n".to_owned() + &"00".repeat(32) + ",yes\n";
    let shorter = good.replace(&format!("{last}\n"), "");
    for (labels, needle) in [
        (format!("{good}{last}\n"), "before"),
        (format!("{good}60,no\n"), "no position 60"),
        (unknown, "no produced file"),
        (shorter, "the nonce draws"),
    ] {
        fs::write(matter.path("bad.csv"), labels).unwrap();
        matter.run(&line).failed(1, needle);
        assert!(!matter.path("accuracy.json").exists());
    }
}
