#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| duces_tests::parsers::files::rendition(bytes));
