//! One measurement: a process that proves, and one that verifies.

use crate::shapes::{Job, Views};
use duces_circuits::{
    AnsweredItem, Context, Dimensions, Prediction, Prover, SecretItem, Speed, Verifier, Width, plan,
};
use duces_kit::corpus::Corpus;
use duces_protocol::answers::Answer;
use duces_protocol::bytes::{Reader, Writer};
use duces_protocol::classifier::Shape as _;
use duces_protocol::pedersen::ViewCommitment;
use rand_chacha::ChaCha8Rng;
use rand_core::{RngCore, SeedableRng};
use std::fmt;
use std::path::Path;
use std::process::Command;
use std::time::Instant;

/// What was measured. Times are in seconds for all items, keys included.
#[derive(Clone, Copy, Default)]
pub struct Trial {
    activations: f64,
    predicted: f64,
    prover_keys: f64,
    prove: f64,
    /// Seconds that all cores worked for this together: other programs disturb them little.
    prove_cores: f64,
    bytes: f64,
    prover_memory: f64,
    judge_keys: f64,
    judge: f64,
    judge_cores: f64,
    judge_memory: f64,
}

/// The names that a trial is printed and read with.
const NAMES: [&str; 11] = [
    "activations",
    "predicted",
    "prover-keys",
    "prove",
    "prove-cores",
    "bytes",
    "prover-memory",
    "judge-keys",
    "judge",
    "judge-cores",
    "judge-memory",
];

impl Trial {
    fn fields(&mut self) -> [&mut f64; 11] {
        [
            &mut self.activations,
            &mut self.predicted,
            &mut self.prover_keys,
            &mut self.prove,
            &mut self.prove_cores,
            &mut self.bytes,
            &mut self.prover_memory,
            &mut self.judge_keys,
            &mut self.judge,
            &mut self.judge_cores,
            &mut self.judge_memory,
        ]
    }

    /// Takes what another process printed.
    fn read(&mut self, text: &str) {
        for line in text.lines() {
            let mut words = line.split_whitespace();
            let (Some(name), Some(Ok(value))) = (words.next(), words.next().map(str::parse)) else {
                continue;
            };
            if let Some(i) = NAMES.iter().position(|known| *known == name) {
                *self.fields()[i] = value;
            }
        }
    }

    /// Measures in a process of its own.
    pub fn spawn(name: &str, items: usize) -> Result<Self, String> {
        let mut trial = Self::default();
        trial.read(&child(&["shape", name, &items.to_string()])?);
        Ok(trial)
    }

    /// Proves here and verifies in another process.
    pub fn run(job: &Job, items: usize, width: Option<Width>) -> Result<Self, String> {
        let request = &job.request;
        let classifier = &request.classifier;
        let layout = match width {
            Some(width) => plan::best(classifier, width).map_err(|error| error.to_string())?,
            None => plan::cheapest(classifier, items),
        };
        let dimensions = layout.dimensions();
        let prediction = Prediction::new(classifier, items, &Speed::measure());
        let corpus = corpus(job, items, classifier.input_len());
        let list = secret(&corpus);

        let (start, cores) = (Instant::now(), core_seconds());
        let prover = Prover::new(request, Context::of(request), dimensions, None)
            .map_err(|error| error.to_string())?;
        let prover_keys = start.elapsed().as_secs_f64();
        let prover_key_cores = core_seconds() - cores;
        let mut out = Writer::new();
        let mut bytes = 0;
        out.u64(items as u64);
        for item in &list {
            out.raw(&item.commitment.to_bytes());
            for output in classifier.answer(item.view) {
                out.raw(&output.to_le_bytes());
            }
        }
        let (start, cores) = (Instant::now(), core_seconds());
        let batch = prover.layout().items_per_batch();
        for (i, items) in (0..).zip(list.chunks(batch)) {
            let proof = prover.prove(i, items).map_err(|error| error.to_string())?;
            bytes += proof.0.len();
            out.length(proof.0.len()).raw(&proof.0);
        }
        let prove = prover_keys + start.elapsed().as_secs_f64();
        let prove_cores = prover_key_cores + core_seconds() - cores;
        let file = std::env::temp_dir().join(format!("duces-bench-{}", std::process::id()));
        std::fs::write(&file, out.finish()).map_err(|error| error.to_string())?;
        let mut trial = Self {
            activations: classifier.activations() as f64,
            predicted: prediction.duration.as_secs_f64(),
            prover_keys,
            prove,
            prove_cores,
            bytes: bytes as f64,
            prover_memory: peak_memory(),
            ..Self::default()
        };
        let numbers = [
            dimensions.width().bits(),
            dimensions.k(),
            dimensions.lanes() as u32,
        ];
        let [width, k, lanes] = numbers.map(|number| number.to_string());
        let path = file.display().to_string();
        let verified = child(&["verify", &job.name, &width, &k, &lanes, &path]);
        let _ = std::fs::remove_file(&file);
        trial.read(&verified?);
        Ok(trial)
    }
}

impl fmt::Display for Trial {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut copy = *self;
        for (name, value) in NAMES.iter().zip(copy.fields()) {
            writeln!(f, "{name:<14} {value:.3}")?;
        }
        Ok(())
    }
}

/// Reads what a prover wrote and verifies it.
pub fn verify(job: &Job, dimensions: Dimensions, file: &Path) -> Result<(), String> {
    let bytes = std::fs::read(file).map_err(|error| error.to_string())?;
    let request = &job.request;
    let (start, cores) = (Instant::now(), core_seconds());
    let verifier = Verifier::new(request, Context::of(request), dimensions, None)
        .map_err(|error| error.to_string())?;
    let keys = start.elapsed().as_secs_f64();
    let form = request.classifier.answer_form();
    let mut from = Reader::new(&bytes);
    let malformed = |error: duces_protocol::bytes::Malformed| error.to_string();
    let count = from.u64().map_err(malformed)?;
    let mut items = Vec::new();
    for position in 0..count {
        let commitment = from.array().map_err(malformed)?;
        let commitment = ViewCommitment::from_bytes(&commitment).map_err(malformed)?;
        let outputs = (0..form.len()).map(|_| from.array().map(i32::from_le_bytes));
        let outputs: Vec<i32> = outputs.collect::<Result<_, _>>().map_err(malformed)?;
        let answer = Answer::of_outputs(form.kind(), &outputs).ok_or("a malformed answer")?;
        items.push(AnsweredItem {
            position,
            commitment,
            answer,
        });
    }
    let mut batches = verifier.start();
    for (i, items) in (0..).zip(items.chunks(verifier.layout().items_per_batch())) {
        let length = from.length(1 << 30, 1, "proof").map_err(malformed)?;
        let proof = from.take(length).map_err(malformed)?;
        batches
            .add_answers(i, items, proof)
            .map_err(|error| error.to_string())?;
    }
    batches.finish().map_err(|error| error.to_string())?;
    println!("judge-keys {keys}");
    println!("judge {}", start.elapsed().as_secs_f64());
    println!("judge-cores {}", core_seconds() - cores);
    println!("judge-memory {}", peak_memory());
    Ok(())
}

/// A row of the table: medians of the trials.
pub fn row(name: &str, items: usize, trials: &[Trial]) -> String {
    let median = |field: fn(&Trial) -> f64| {
        let mut values: Vec<f64> = trials.iter().map(field).collect();
        values.sort_by(f64::total_cmp);
        values[values.len() / 2]
    };
    let each = 1000.0 / items as f64;
    format!(
        "| {name}, {items} | {:.3} ms/item | {:.1} B/item | {:.3} ms/item | {:.0} MB, {:.0} MB | {:+.0} % |",
        median(|t| t.prove) * each,
        median(|t| t.bytes) / items as f64,
        median(|t| t.judge) * each,
        median(|t| t.prover_memory),
        median(|t| t.judge_memory),
        100.0 * (median(|t| t.predicted / t.prove) - 1.0),
    )
}

/// What the prover knows of the items.
pub(crate) fn secret(corpus: &Corpus) -> Vec<SecretItem<'_>> {
    corpus.list(|position, view, blind, commitment| SecretItem {
        position,
        view,
        blind,
        commitment,
    })
}

/// Pseudo-random items, committed to.
pub(crate) fn corpus(job: &Job, items: usize, len: usize) -> Corpus {
    let mut rng = ChaCha8Rng::seed_from_u64(2);
    let mut byte = || {
        let number = rng.next_u32();
        let value = (number >> 24) as u8;
        match job.views {
            Views::Text if number.is_multiple_of(40) => 1 + value % 3,
            Views::Digits if number.is_multiple_of(5) => value,
            Views::Photograph => value,
            Views::Text | Views::Digits => 0,
        }
    };
    let mut view = || (0..len).map(|_| byte()).collect();
    Corpus::new((0..items).map(|_| view()).collect())
}

/// Runs this program again and returns what it prints.
fn child(arguments: &[&str]) -> Result<String, String> {
    let program = std::env::current_exe().map_err(|error| error.to_string())?;
    let output = Command::new(program).args(arguments).output();
    let output = output.map_err(|error| error.to_string())?;
    if !output.status.success() {
        return Err(String::from_utf8_lossy(&output.stderr).into_owned());
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

/// Seconds that all cores have worked for this process; zero where the system does not say.
pub(crate) fn core_seconds() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    // The name in parentheses may hold blanks; user and system time are the 12th and 13th words after.
    let after = stat.rsplit(')').next().unwrap_or_default();
    let ticks = after.split_whitespace().skip(11).take(2);
    ticks.filter_map(|t| t.parse::<f64>().ok()).sum::<f64>() / 100.0
}

/// The most memory that this process has held, in MB; zero where the system does not say.
fn peak_memory() -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kilobytes = line.and_then(|line| line.trim().strip_suffix(" kB")?.parse::<f64>().ok());
    kilobytes.unwrap_or(0.0) / 1000.0
}
