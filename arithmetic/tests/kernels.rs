//! Every kernel for lanes gives what the library gives: on portable lanes everywhere, and with
//! AVX-512 IFMA where the processor has it.

#[path = "../examples/ifma_check/check.rs"]
mod check;

use duces_arithmetic::Engine;

#[test]
fn portable_lanes_agree_with_the_library() {
    assert_eq!(check::all(Engine::portable(), 60_000, 1), 0);
}

#[test]
fn ifma_agrees_with_the_library() {
    match Engine::ifma() {
        Some(engine) => assert_eq!(check::all(engine, 300_000, 1), 0),
        None => println!("not tested: this processor has no AVX-512 IFMA"),
    }
}
