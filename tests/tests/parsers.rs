//! Mutations of well-formed files through every reader of foreign bytes: each comes to its end
//! without a panic, and accepts only what it would write itself. The search that follows coverage
//! is in `fuzz/`.

#![allow(clippy::unwrap_used, reason = "a test may end at any surprise")]

use duces_tests::kept;
use duces_tests::parsers::{ALL, seeds};
use duces_tests::programs::Programs;
use duces_tests::small;
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use std::time::{Duration, Instant};

/// Mutations of each seed, and the time after which a slow reader has had enough of them.
const MUTATIONS: usize = 3_000;
const PATIENCE: Duration = Duration::from_secs(2);

fn mutated(seed: &[u8], random: &mut StdRng) -> Vec<u8> {
    let mut bytes = seed.to_vec();
    for _ in 0..random.gen_range(1..=4) {
        let len = bytes.len();
        if len == 0 {
            return bytes;
        }
        let at = random.gen_range(0..len);
        let run = random.gen_range(1..=16).min(len - at);
        match random.gen_range(0..7) {
            0 => bytes[at] ^= 1 << random.gen_range(0..8),
            1 => bytes[at] = random.r#gen(),
            2 => bytes.truncate(at),
            3 => drop(bytes.drain(at..at + run)),
            4 => {
                let copy = bytes[at..at + run].to_vec();
                bytes.splice(at..at, copy);
            }
            5 => bytes[at..at + run].fill(0xff),
            _ => {
                let edge = [0, 1, 0x7fff_ffff, 0x8000_0000, u32::MAX][random.gen_range(0..5)];
                let edge: [u8; 4] = u32::to_le_bytes(edge);
                bytes.splice(at..at + run.min(4), edge);
            }
        }
    }
    bytes
}

#[test]
fn mutated_files_are_read_or_refused() {
    let matter = small::produced(Programs::new(env!("CARGO_BIN_EXE_programs")));
    let seeds = seeds(&matter);
    let mut random = StdRng::seed_from_u64(11);
    for (name, read) in ALL {
        let mut done = 0;
        let own: Vec<_> = seeds.iter().filter(|(target, _)| *target == name).collect();
        assert!(!own.is_empty(), "{name} has no seed");
        for (_, seed) in &own {
            read(seed);
            let started = Instant::now();
            for _ in 0..MUTATIONS {
                read(&mutated(seed, &mut random));
                done += 1;
                if started.elapsed() > PATIENCE {
                    break;
                }
            }
        }
        println!("{name}: {} files, {done} mutations", own.len());
        assert!(done >= 20, "{name}: only {done} mutations");
    }
}

#[test]
fn what_searches_found_is_read_or_refused() {
    for (name, read) in ALL {
        let inputs = kept::read(name).unwrap_or_else(|error| panic!("fuzz/kept/{name}: {error}"));
        println!("{name}: {} inputs", inputs.len());
        assert!(inputs.len() > 10, "{name}: only {} inputs", inputs.len());
        inputs.iter().for_each(|input| read(input));
    }
}

/// The targets in `fuzz/` are the readers here.
#[test]
fn every_reader_has_a_fuzz_target() {
    let fuzz = duces_tests::matter::workspace().join("fuzz");
    let manifest = std::fs::read_to_string(fuzz.join("Cargo.toml")).unwrap();
    assert_eq!(manifest.matches("[[bin]]").count(), ALL.len());
    for (name, _) in ALL {
        let target = std::fs::read_to_string(fuzz.join(format!("fuzz_targets/{name}.rs"))).unwrap();
        assert!(target.contains("duces_tests::parsers::"), "{name}");
        assert!(manifest.contains(&format!("name = \"{name}\"")), "{name}");
    }
}
