//! The responding party's program: see `responder --help`.

use std::process::ExitCode;

fn main() -> ExitCode {
    // A fault inside a decoder or the store is caught and reported in two lines; the default
    // report would repeat it with addresses that help nobody.
    std::panic::set_hook(Box::new(|_| {}));
    duces_responder::run(std::env::args_os())
}
