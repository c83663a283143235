//! A short part of the campaigns that `cargo damage` and `cargo crash` run in full.

use duces_tests::matter::Matter;
use duces_tests::programs::Programs;
use duces_tests::{crash, damage, small};

fn programs() -> Programs {
    Programs::new(env!("CARGO_BIN_EXE_demo"))
}

#[test]
fn damaged_productions_are_rejected() {
    let report = damage::campaign(&small::produced(programs()), 7, 30);
    println!("{report:?}");
    assert!(report.faults.is_empty(), "{}", report.faults.join("\n"));
    assert!(
        report.rejected.len() > 2,
        "more than the first checks: {report:?}"
    );
}

#[test]
fn killed_and_refused_commands_lose_nothing() {
    let report = crash::campaign(&Matter::new(programs()), 7, 2, 300);
    println!("{report:?}");
    assert!(report.kills.iter().all(|(_, kills)| *kills == 2));
    assert!(report.full > 0 && report.pairs > 0);
}
