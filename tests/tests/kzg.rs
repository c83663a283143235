//! The whole job under KZG: with a ceremony file that the request names by its digest, made here for
//! this test alone.

#![allow(clippy::unwrap_used, reason = "a test may end at any surprise")]

use duces_tests::attacks::all;
use duces_tests::matter::{COMMIT, Matter, TOPIC};
use duces_tests::production::Production;
use duces_tests::programs::Programs;
use halo2_proofs::SerdeFormat;
use halo2_proofs::poly::kzg::commitment::ParamsKZG;
use halo2curves::bn256::Bn256;
use rand_core::OsRng;
use std::fs::{self, File};

/// Rows of the narrowest batch, as a power of two.
const K: u32 = 11;

fn ceremony(matter: &Matter, name: &str) {
    let mut file = File::create(matter.path(name)).unwrap();
    ParamsKZG::<Bn256>::setup(K, OsRng)
        .write_custom(&mut file, SerdeFormat::RawBytes)
        .unwrap();
}

#[test]
fn a_matter_under_a_ceremony_file() {
    let matter = Matter::new(Programs::new(env!("CARGO_BIN_EXE_programs")));
    ceremony(&matter, "ceremony");
    ceremony(&matter, "another");
    let _ = matter.run(COMMIT).done();

    // The file is named when the request is drafted, and wanted ever after.
    let draft = format!("{} --scheme kzg", TOPIC.draft());
    matter.run(&draft).failed(2, "ceremony");
    let _ = matter.run(&format!("{draft} --srs ceremony")).done();
    let _ = matter.run(&TOPIC.look()).done();
    let _ = matter.run(&TOPIC.review()).done();
    matter.write_log(&TOPIC);
    let prove = format!("{} --width {K}", TOPIC.prove());
    matter.run(&prove).failed(2, "ceremony");
    matter
        .run(&format!("{prove} --srs another"))
        .failed(1, "ceremony");
    let _ = matter.run(&format!("{prove} --srs ceremony")).done();
    let _ = matter
        .run(&format!("{} --srs ceremony", TOPIC.produce()))
        .done();

    let judge = |production: &str| format!("{} --srs ceremony", TOPIC.judge(production));
    let honest = "topic-production";
    let verified = matter.run(&judge(honest)).done();
    assert!(verified.stdout.contains("VERIFIED"), "{verified:#?}");

    for line in [
        TOPIC.judge(honest),
        format!("{} --srs another", TOPIC.judge(honest)),
    ] {
        let outcome = matter.run(&line);
        assert_ne!(outcome.code, Some(0), "{outcome:#?}");
        assert!(!outcome.stdout.contains("VERIFIED"), "{outcome:#?}");
        assert!(outcome.stderr.contains("ceremony"), "{outcome:#?}");
    }

    // Lies about decisions and about bytes of proofs, some of those that are told under IPA.
    let mut told = 0;
    for attack in all().filter(|attack| attack.check == 6).step_by(4) {
        let production = Production::copy(&matter.path(honest), &matter.path("lie"));
        (attack.apply)(&production);
        production.seal();
        let outcome = matter.run(&judge("lie"));
        assert!(
            outcome.stdout.contains("REJECTED at check 6 ("),
            "{}: {outcome:#?}",
            attack.name
        );
        fs::remove_dir_all(matter.path("lie")).unwrap();
        told += 1;
    }
    assert!(told >= 3, "only {told} lies");
}
