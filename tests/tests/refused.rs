//! Every lie is refused, by the check that is meant for it.

#![allow(clippy::unwrap_used, reason = "a test may end at any surprise")]

use duces_protocol::classifier::{Classifier, Map, Node, Table};
use duces_protocol::digest::Digest;
use duces_protocol::profile::Families;
use duces_protocol::request::{Request, Scheme};
use duces_tests::attacks::{
    Attack, OF_FAMILIES, OF_MANY_BATCHES, OF_MATCHES_ALONE, OF_REDACTIONS, all,
};
use duces_tests::families;
use duces_tests::matter::{COMMIT, Case, Matter, STAMP, TOPIC};
use duces_tests::production::Production;
use duces_tests::programs::Programs;
use duces_tests::small::{self, SMALL};
use std::fs;

fn committed() -> Matter {
    let matter = Matter::new(Programs::new(env!("CARGO_BIN_EXE_programs")));
    let _ = matter.run(COMMIT).done();
    matter
}

/// Demands that the judge refuses with this check; returns a complaint otherwise.
fn refused(matter: &Matter, line: &str, check: u8) -> Result<(), String> {
    let outcome = matter.run(line);
    let named = outcome
        .stdout
        .contains(&format!("REJECTED at check {check} ("))
        && outcome.stderr.lines().count() == 2
        && outcome.code == Some(1);
    if named {
        Ok(())
    } else {
        Err(format!("not refused by check {check}: {outcome:#?}"))
    }
}

/// The lies on this production that are not refused by their check.
fn complaints(matter: &Matter, case: &Case, attacks: &[Attack]) -> Vec<String> {
    let honest = format!("{}-production", case.name);
    let _ = matter.run(&case.judge(&honest)).done();
    let mut complaints = Vec::new();
    for attack in attacks {
        let production = Production::copy(&matter.path(&honest), &matter.path("lie"));
        (attack.apply)(&production);
        production.seal();
        if let Err(complaint) = refused(matter, &case.judge("lie"), attack.check) {
            complaints.push(format!("{}, {}: {complaint}", case.name, attack.name));
        }
        fs::remove_dir_all(matter.path("lie")).unwrap();
    }
    println!(
        "{}: {} lies told, {} not refused by their check",
        case.name,
        attacks.len(),
        complaints.len()
    );
    complaints
}

#[test]
fn every_change_to_a_production_of_one_batch_is_refused_by_its_check() {
    let matter = small::produced(Programs::new(env!("CARGO_BIN_EXE_programs")));
    let attacks: Vec<Attack> = all().collect();
    let complaints = complaints(&matter, &SMALL, &attacks);
    assert!(complaints.is_empty(), "{}", complaints.join("\n"));
}

#[test]
fn a_change_to_a_production_of_many_batches_is_refused_by_its_check() {
    let matter = committed();
    matter.answer(&STAMP);
    let complaints = complaints(&matter, &STAMP, &OF_MANY_BATCHES);
    assert!(complaints.is_empty(), "{}", complaints.join("\n"));
}

#[test]
fn lies_about_families_and_renditions_are_refused_by_their_check() {
    let programs = || Programs::new(env!("CARGO_BIN_EXE_programs"));
    let together = families::produced(programs(), Families::Together);
    let mut found = complaints(&together, &SMALL, &OF_FAMILIES);
    let alone = families::produced(programs(), Families::Alone);
    found.extend(complaints(&alone, &SMALL, &[OF_MATCHES_ALONE]));
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn lies_about_redactions_are_refused_by_their_check() {
    let matter = families::redacted(Programs::new(env!("CARGO_BIN_EXE_programs")));
    let found = complaints(&matter, &SMALL, &OF_REDACTIONS);
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn a_stale_sum_is_refused_by_check_9() {
    let matter = committed();
    matter.answer(&TOPIC);
    let lie = Production::copy(&matter.path("topic-production"), &matter.path("lie"));
    let sums = String::from_utf8(lie.read("sha256sums.txt")).unwrap();
    let digit = if sums.starts_with('0') { "1" } else { "0" };
    lie.write(
        "sha256sums.txt",
        format!("{digit}{}", &sums[1..]).as_bytes(),
    );
    refused(&matter, &TOPIC.judge("lie"), 9).unwrap();
}

/// The request with one weight of its first linear node brought nearer to zero, so that its tables
/// still cover what they are asked for.
fn altered(request: &Request) -> Request {
    let mut nodes = request.classifier.nodes().to_vec();
    let linear = nodes.iter_mut().find_map(|node| match node {
        Node::Linear(linear) => Some(linear),
        Node::Pointwise(_) => None,
    });
    let map = &mut linear.expect("there is a linear node").terms[0].map;
    let weight = match map {
        Map::Scale(weight) => weight,
        Map::Dense(weights) => {
            let found = weights.iter_mut().find(|weight| **weight != 0);
            found.expect("some weight is not zero")
        }
        Map::Sparse(sparse) => &mut sparse.values[0],
        Map::Conv(conv) => &mut conv.weights[0],
        Map::Select(_) => panic!("the first node of the fixture has weights"),
    };
    *weight += if *weight > 0 { -1 } else { 1 };
    let input_len = u32::try_from(request.classifier.input_len()).unwrap();
    let tables = request.classifier.tables().to_vec();
    let classifier = Classifier::new(input_len, nodes, tables).unwrap();
    Request {
        classifier,
        ..request.clone()
    }
}

#[test]
fn a_classifier_with_one_weight_changed_is_refused() {
    let matter = committed();
    let _ = matter.run(&TOPIC.draft()).done();
    let served = Request::decode(&fs::read(matter.path("topic.request")).unwrap()).unwrap();
    let served_bytes = fs::read(matter.path("topic.request")).unwrap();
    let other = altered(&served);

    // The responder answers the altered request and says so.
    fs::remove_file(matter.path("topic.request")).unwrap();
    fs::write(matter.path("topic.request"), other.encode()).unwrap();
    for line in [TOPIC.review(), TOPIC.prove()] {
        let _ = matter.run(&line).done();
    }
    matter.write_log(&TOPIC);
    let _ = matter.run(&TOPIC.produce()).done();
    let _ = matter.run(&TOPIC.judge("topic-production")).done();
    fs::write(matter.path("topic.request"), served_bytes).unwrap();
    refused(&matter, &TOPIC.judge("topic-production"), 3).unwrap();

    // The responder answers the altered request and claims the one that was served.
    let lie = Production::copy(&matter.path("topic-production"), &matter.path("lie"));
    let mut manifest = lie.manifest();
    manifest.request = served.digest();
    lie.write_manifest(&manifest);
    lie.seal();
    refused(&matter, &TOPIC.judge("lie"), 6).unwrap();
}

/// The judge holds another request than the one that was answered: by a weight, the cutoff, a
/// table entry, a shift, its rule, its model, its view, its scheme.
#[test]
fn every_change_to_the_request_is_refused() {
    let matter = small::produced(Programs::new(env!("CARGO_BIN_EXE_programs")));
    let served = fs::read(matter.path("small.request")).unwrap();
    let served = Request::decode(&served).unwrap();
    let classifier = |change: &dyn Fn(&mut Vec<Node>, &mut Vec<Table>)| {
        let mut nodes = served.classifier.nodes().to_vec();
        let mut tables = served.classifier.tables().to_vec();
        change(&mut nodes, &mut tables);
        Request {
            classifier: Classifier::new(64, nodes, tables).unwrap(),
            ..served.clone()
        }
    };
    let bias = |nodes: &mut Vec<Node>, by: i64| match &mut nodes[0] {
        Node::Linear(linear) => linear.bias[0] += by,
        Node::Pointwise(_) => panic!("the first node is linear"),
    };
    let shift = |nodes: &mut Vec<Node>| match &mut nodes[1] {
        Node::Pointwise(step) => step.shift = 1,
        Node::Linear(_) => panic!("the last node is a table"),
    };
    let others = [
        ("weight", altered(&served), 6),
        ("cutoff up", classifier(&|nodes, _| bias(nodes, -1)), 6),
        ("cutoff down", classifier(&|nodes, _| bias(nodes, 1)), 6),
        (
            "table entry",
            classifier(&|_, tables| tables[0].outputs[256] ^= 1),
            6,
        ),
        ("shift", classifier(&|nodes, _| shift(nodes)), 6),
        (
            "rule",
            Request {
                rule: "output[0] > 1".to_owned(),
                ..served.clone()
            },
            6,
        ),
        (
            "model",
            Request {
                model: Digest([1; 32]),
                ..served.clone()
            },
            6,
        ),
        (
            "view",
            Request {
                view: "gray-8x8".parse().unwrap(),
                ..served.clone()
            },
            5,
        ),
    ];
    let line = SMALL
        .judge("small-production")
        .replace("small.request", "other.request");
    let lying = line.replace("small-production", "lie");
    for (name, other, check) in others {
        assert_ne!(other.digest(), served.digest(), "{name}");
        fs::write(matter.path("other.request"), other.encode()).unwrap();
        refused(&matter, &line, 3).unwrap();
        let lie = Production::copy(&matter.path("small-production"), &matter.path("lie"));
        let mut manifest = lie.manifest();
        manifest.request = other.digest();
        lie.write_manifest(&manifest);
        lie.seal();
        refused(&matter, &lying, check)
            .map_err(|why| format!("{name}: {why}"))
            .unwrap();
        fs::remove_dir_all(matter.path("lie")).unwrap();
    }
    let other = Request {
        scheme: Scheme::Kzg {
            srs: Digest([1; 32]),
        },
        ..served
    };
    fs::write(matter.path("other.request"), other.encode()).unwrap();
    refused(&matter, &line, 3).unwrap();
    let lie = Production::copy(&matter.path("small-production"), &matter.path("lie"));
    let mut manifest = lie.manifest();
    manifest.request = other.digest();
    lie.write_manifest(&manifest);
    lie.seal();
    matter.run(&lying).failed(2, "ceremony");
}

#[test]
fn another_commitment_is_refused() {
    let matter = committed();
    matter.answer(&TOPIC);
    // The same files, committed to again: other salts, blinds and positions, so another root.
    let _ = matter
        .run(&COMMIT.replace("--out matter", "--out other"))
        .done();
    let judge = |production: &str, commitment: &str, request: &str| {
        format!(
            "judge-verify production {production} --commitment {commitment}/commitment.txt \
             --request {request}"
        )
    };
    refused(
        &matter,
        &judge("topic-production", "other", "topic.request"),
        2,
    )
    .unwrap();

    // A request that is directed at the other commitment.
    let draft = TOPIC
        .draft()
        .replace("matter/", "other/")
        .replace("topic.request", "other.request");
    let _ = matter.run(&draft).done();
    refused(
        &matter,
        &judge("topic-production", "matter", "other.request"),
        3,
    )
    .unwrap();

    // Proofs of the other matter, in the production of this one.
    let _ = matter
        .run("responder prove --vault other/vault --request other.request --out other-proofs")
        .done();
    let lie = Production::copy(&matter.path("topic-production"), &matter.path("lie"));
    for name in lie.list("proofs") {
        fs::copy(
            matter.path("other-proofs").join(&name),
            lie.path("proofs").join(&name),
        )
        .unwrap();
    }
    lie.seal();
    refused(&matter, &TOPIC.judge("lie"), 6).unwrap();
}

/// The numbers of a layout that lie outside their ranges, give an item no room, or are not those
/// that the proofs were made with.
#[test]
fn another_layout_is_refused() {
    let matter = committed();
    matter.answer(&TOPIC);
    let honest = matter.path("topic-production");
    let stated = |width, k, lanes| {
        let lie = Production::copy(&honest, &matter.path("lie"));
        let mut manifest = lie.manifest();
        (manifest.width, manifest.k, manifest.lanes) = (width, k, lanes);
        lie.write_manifest(&manifest);
        lie.seal();
        let outcome = matter.run(&TOPIC.judge("lie"));
        fs::remove_dir_all(matter.path("lie")).unwrap();
        outcome
    };
    let manifest = Production::copy(&honest, &matter.path("copy")).manifest();
    let (width, k, lanes) = (manifest.width, manifest.k, manifest.lanes);
    let outside = [
        (0, k, lanes),
        (10, k, lanes),
        (24, k, lanes),
        (u32::MAX, k, lanes),
        (width, 0, lanes),
        (width, 10, lanes),
        (width, 15, lanes),
        (width, width + 1, lanes),
        (width, k, 0),
        (width, k, (1 << (width - k)) + 1),
        (width, k, u32::MAX),
    ];
    for (width, k, lanes) in outside {
        let outcome = stated(width, k, lanes);
        let check = "REJECTED at check 4 (layout and keys)";
        assert!(outcome.stdout.contains(check), "{outcome:#?}");
        assert_eq!(outcome.code, Some(1), "{outcome:#?}");
    }
    // In range, but of another layout: a batch too many or too few, or a proof that does not hold.
    for (width, k, lanes) in [(width + 1, k, lanes), (width + 1, k, 2), (13, 13, 1)] {
        let outcome = stated(width, k, lanes);
        let found = [5, 6].map(|check| format!("REJECTED at check {check} ("));
        assert!(
            found.iter().any(|found| outcome.stdout.contains(found)),
            "{outcome:#?}"
        );
    }
}
