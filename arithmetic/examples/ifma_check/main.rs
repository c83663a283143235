//! Checks the kernels for lanes against `halo2curves`, and times them beside the scalar path.
//!
//!     ifma_check [--cases N] [--threads N] [--portable] [--no-times] [--points]

mod check;
mod time;

use duces_arithmetic::Engine;
use std::process::ExitCode;

struct Options {
    cases: u64,
    threads: usize,
    portable: bool,
    times: bool,
    /// Times those of points alone.
    points: bool,
}

impl Options {
    fn read() -> Result<Self, String> {
        let mut options = Self {
            cases: 1_000_000,
            threads: 1,
            portable: false,
            times: true,
            points: false,
        };
        let mut arguments = std::env::args().skip(1);
        while let Some(argument) = arguments.next() {
            let mut number = || -> Result<u64, String> {
                let text = arguments
                    .next()
                    .ok_or(format!("{argument} needs a number"))?;
                text.parse().map_err(|_| format!("{text} is not a number"))
            };
            match argument.as_str() {
                "--cases" => options.cases = number()?,
                "--threads" => options.threads = number()?.clamp(1, 256) as usize,
                "--portable" => options.portable = true,
                "--no-times" => options.times = false,
                "--points" => options.points = true,
                _ => return Err(format!("{argument} is not known")),
            }
        }
        Ok(options)
    }
}

fn main() -> ExitCode {
    let options = match Options::read() {
        Ok(options) => options,
        Err(error) => {
            eprintln!("{error}\nUse --cases N, --threads N, --portable, --no-times, --points.");
            return ExitCode::FAILURE;
        }
    };
    let engine = match Engine::ifma() {
        Some(engine) => {
            println!("AVX-512 IFMA: yes");
            engine
        }
        None => {
            println!("AVX-512 IFMA: no");
            Engine::portable()
        }
    };
    let engine = if options.portable {
        Engine::portable()
    } else {
        engine
    };
    println!("checked: {engine:?}");
    let failures = check::all(engine, options.cases, options.threads);
    if options.times {
        if !options.points {
            time::elements(engine);
        }
        time::points(engine);
    }
    if failures == 0 {
        println!("all agree");
        ExitCode::SUCCESS
    } else {
        println!("{failures} kernels disagree");
        ExitCode::FAILURE
    }
}
