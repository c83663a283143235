#![no_main]
//! A file behind its name and a line end, through the readers.

#[path = "../../tests/mutations/checks.rs"]
#[allow(dead_code, reason = "another target uses the rest")]
mod checks;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    // A panic of a reader that `extract` holds is no finding, and the hook of the fuzzer would end here.
    std::panic::set_hook(Box::new(|_| {}));
    let end = bytes.iter().position(|&byte| byte == b'\n').unwrap_or(0);
    let (name, rest) = bytes.split_at(end);
    checks::file(rest, &String::from_utf8_lossy(name));
});
