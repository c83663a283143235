//! Larger corpora of real material, where `../shared` is there.

#![allow(clippy::unwrap_used, reason = "a test may end at any surprise")]

use duces_kit::folder::copy_folder;
use duces_tests::corpora::{digits, shared, write_digits};
use duces_tests::matter::Matter;
use duces_tests::programs::Programs;
use std::fs;

fn matter() -> Matter {
    Matter::new(Programs::new(env!("CARGO_BIN_EXE_programs")))
}

/// From the corpus in `corpus/` to the verdict; returns how many items matched.
fn whole_job(matter: &Matter, model: &str, view: &str, rule: &str) -> usize {
    let lines = [
        "responder commit corpus --profile profile.toml --out m".to_owned(),
        format!(
            "requester draft --model {model} --view {view} --match \"{rule}\" \
             --commitment m/commitment.txt --calibration corpus --out request"
        ),
        "responder review --vault m/vault --request request --out matches.csv".to_owned(),
        "responder prove --vault m/vault --request request --out proofs".to_owned(),
        "responder produce --vault m/vault --request request --proofs proofs --out p".to_owned(),
        "judge-verify production p --commitment m/commitment.txt --request request".to_owned(),
    ];
    for line in lines {
        let started = std::time::Instant::now();
        let outcome = matter.run(&line).done();
        println!("{:7.2} s  {line}", started.elapsed().as_secs_f64());
        if line.starts_with("judge-verify") {
            assert!(outcome.stdout.contains("VERIFIED"), "{outcome:#?}");
        }
    }
    let matches = fs::read_to_string(matter.path("matches.csv")).unwrap();
    let count = matches
        .lines()
        .filter(|line| line.split(',').nth(1) == Some("match"))
        .count();
    assert_eq!(
        fs::read_dir(matter.path("p/natives")).unwrap().count(),
        count
    );
    count
}

#[test]
fn digits_that_show_a_five() {
    let Some(shared) = shared() else { return };
    let matter = matter();
    let digits = digits(&shared);
    write_digits(&digits.images[..200], &matter.path("corpus"));
    fs::write(
        matter.path("profile.toml"),
        "[views]\nimages = [\"gray-28x28\"]\n",
    )
    .unwrap();
    fs::copy(shared.join("models/mnist_cnn.onnx"), matter.path("m.onnx")).unwrap();
    let count = whole_job(&matter, "m.onnx", "gray-28x28", "argmax = 5");
    let fives = digits.labels[..200]
        .iter()
        .filter(|label| **label == 5)
        .count();
    assert!(count.abs_diff(fives) <= 4, "{count} matches, {fives} fives");
}

#[test]
fn messages_of_a_real_office() {
    let Some(shared) = shared() else { return };
    let matter = matter();
    copy_folder(&shared.join("data/enron1"), &matter.path("corpus"));
    fs::write(
        matter.path("profile.toml"),
        "[views]\ntexts = [\"text-hash-4096\"]\n",
    )
    .unwrap();
    let model = "fixtures/models/topic.onnx";
    let count = whole_job(&matter, model, "text-hash-4096", "output[1] >= 0.5");
    println!("{count} messages match");
}
