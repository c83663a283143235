//! One matter on the fixtures: a folder to work in, and every step of the job as the line that a
//! user would type in it.

use crate::programs::{Outcome, Programs};
use duces_kit::folder::copy_folder;
use std::fs;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::process::Command;
use tempfile::TempDir;

/// The fixtures of the repository.
#[must_use]
pub fn fixtures() -> PathBuf {
    workspace().join("fixtures")
}

/// The root of the repository.
///
/// # Panics
/// Never: this crate is a folder of the workspace.
#[must_use]
pub fn workspace() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .expect("the crate is in the workspace")
}

/// A request on the fixtures: what is asked, and how the responder answers.
#[derive(Clone, Copy, Debug)]
pub struct Case {
    /// The word that its files begin with.
    pub name: &'static str,
    /// What the requesting party looks for.
    pub asks: &'static str,
    /// The model's file.
    pub model: &'static str,
    /// Material of the requesting party that the draft is calibrated on.
    pub sample: &'static str,
    /// The view that it reads.
    pub view: &'static str,
    /// The rule for a match.
    pub rule: &'static str,
    /// The kind in `fixtures/expected.csv` that the view exists for.
    pub kind: &'static str,
    /// Whether the responder withholds its first match.
    pub withholds: bool,
    /// The first characters of its Bates numbers.
    pub bates: &'static str,
    /// Options of `responder prove`.
    pub prove: &'static str,
}

/// Finds the received stamp on scanned pages; a network of three convolutions.
pub const STAMP: Case = Case {
    name: "stamp",
    asks: "scanned pages that bear the round \"received\" stamp",
    model: "fixtures/models/stamp.onnx",
    sample: "fixtures/sample/pages",
    view: "gray-64x64",
    rule: "argmax = 1",
    kind: "image",
    withholds: true,
    bates: "STAMP",
    prove: "--width 15",
};

/// Finds texts about the incident; logistic regression on hashed words.
pub const TOPIC: Case = Case {
    name: "topic",
    asks: "memos and e-mails about the discharge at the treatment plant",
    model: "fixtures/models/topic.onnx",
    sample: "fixtures/sample/texts",
    view: "text-hash-4096",
    rule: "output[1] >= 0.5",
    kind: "text",
    withholds: true,
    bates: "TOPIC",
    prove: "",
};

/// The line that commits to the corpus.
pub const COMMIT: &str = "responder commit fixtures/corpus --profile fixtures/profile.toml \
                          --origin \"Records request 2024-117\" --out matter";

impl Case {
    /// Drafts the request.
    #[must_use]
    pub fn draft(&self) -> String {
        let Self {
            name,
            model,
            sample,
            view,
            rule,
            ..
        } = self;
        format!(
            "requester draft --model {model} --view {view} --match \"{rule}\" \
             --commitment matter/commitment.txt --calibration {sample} --out {name}.request"
        )
    }

    /// Shows the request to the judge.
    #[must_use]
    pub fn look(&self) -> String {
        format!("judge-verify request {}.request", self.name)
    }

    /// Finds out what would match.
    #[must_use]
    pub fn review(&self) -> String {
        let name = self.name;
        format!(
            "responder review --vault matter/vault --request {name}.request \
             --out {name}-matches.csv"
        )
    }

    /// Proves.
    #[must_use]
    pub fn prove(&self) -> String {
        let Self { name, prove, .. } = self;
        let line = format!(
            "responder prove --vault matter/vault --request {name}.request --out {name}-proofs \
             {prove}"
        );
        line.trim_end().to_owned()
    }

    /// Produces.
    #[must_use]
    pub fn produce(&self) -> String {
        let Self { name, bates, .. } = self;
        let withhold = if self.withholds {
            format!("--withhold {name}-log.csv ")
        } else {
            String::new()
        };
        format!(
            "responder produce --vault matter/vault --request {name}.request \
             --proofs {name}-proofs {withhold}--bates-prefix {bates} --out {name}-production"
        )
    }

    /// Verifies.
    #[must_use]
    pub fn verify(&self) -> String {
        let name = self.name;
        format!(
            "{} --json {name}.json --html {name}.html",
            self.judge(&format!("{name}-production"))
        )
    }

    /// Verifies a production in another folder, without reports.
    #[must_use]
    pub fn judge(&self, production: &str) -> String {
        format!(
            "judge-verify production {production} --commitment matter/commitment.txt \
             --request {}.request",
            self.name
        )
    }
}

/// A folder with a copy of the fixtures, in which the lines are run.
pub struct Matter {
    folder: PathBuf,
    programs: Programs,
    /// Removes the folder in the end, unless it is kept.
    _temporary: Option<TempDir>,
}

impl Matter {
    /// A fresh folder, removed with the matter.
    ///
    /// # Panics
    /// When no temporary folder can be made.
    #[must_use]
    pub fn new(programs: Programs) -> Self {
        let temporary = tempfile::tempdir().expect("a temporary folder can be made");
        copy_folder(&fixtures(), &temporary.path().join("fixtures"));
        Self {
            folder: temporary.path().to_owned(),
            programs,
            _temporary: Some(temporary),
        }
    }

    /// A folder that stays; what was in it is removed first.
    ///
    /// # Errors
    /// When the old folder cannot be removed, or the new one cannot be made.
    pub fn kept(programs: Programs, folder: &Path) -> io::Result<Self> {
        match fs::remove_dir_all(folder) {
            Err(error) if error.kind() != ErrorKind::NotFound => return Err(error),
            _ => fs::create_dir_all(folder)?,
        }
        copy_folder(&fixtures(), &folder.join("fixtures"));
        Ok(Self {
            folder: folder.to_owned(),
            programs,
            _temporary: None,
        })
    }

    /// A file of the folder.
    #[must_use]
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    /// Runs a line in the folder.
    #[must_use]
    pub fn run(&self, line: &str) -> Outcome {
        self.programs.run(&self.folder, line)
    }

    /// Runs a line through another program, which gets these arguments first: a limit, another
    /// user. There is no exit code where that program is not here.
    #[must_use]
    pub fn through(&self, program: &str, arguments: &[&str], line: &str) -> Outcome {
        let direct = self.command(line);
        let mut command = Command::new(program);
        command.args(arguments).arg(direct.get_program());
        command.args(direct.get_args()).current_dir(&self.folder);
        match command.output() {
            Ok(output) => Outcome::new(line, &output),
            Err(error) => Outcome {
                line: line.to_owned(),
                code: None,
                stdout: String::new(),
                stderr: error.to_string(),
            },
        }
    }

    /// A command in the folder that is not started yet.
    #[must_use]
    pub fn command(&self, line: &str) -> Command {
        self.programs.command(&self.folder, line)
    }

    /// The programs.
    #[must_use]
    pub fn programs(&self) -> &Programs {
        &self.programs
    }

    /// Writes the log that withholds the first match of a review.
    ///
    /// # Panics
    /// When the review is not there or has no match.
    pub fn write_log(&self, case: &Case) {
        let matches = self.matches(case);
        let (position, _) = matches.first().expect("something matches");
        let log = format!(
            "position,basis,description,author\n\
             {position},attorney-client,Advice on the notification duty,compliance officer\n"
        );
        fs::write(self.path(&format!("{}-log.csv", case.name)), log).expect("the log is written");
    }

    /// The matches that the review found: position and path.
    ///
    /// # Panics
    /// When the review is not there.
    #[must_use]
    pub fn matches(&self, case: &Case) -> Vec<(u64, String)> {
        let text = fs::read_to_string(self.path(&format!("{}-matches.csv", case.name)));
        let text = text.expect("the review is there");
        let row = |line: &str| {
            let fields: Vec<&str> = line.splitn(3, ',').collect();
            let position = fields[0].parse().expect("a position comes first");
            (fields[1] == "match").then(|| (position, fields[2].trim_matches('"').to_owned()))
        };
        text.lines().skip(1).filter_map(row).collect()
    }

    /// Runs draft, review, prove and produce; the corpus has been committed to.
    ///
    /// # Panics
    /// When a step fails.
    pub fn answer(&self, case: &Case) {
        let _ = self.run(&case.draft()).done();
        let _ = self.run(&case.review()).done();
        if case.withholds {
            self.write_log(case);
        }
        let _ = self.run(&case.prove()).done();
        let _ = self.run(&case.produce()).done();
    }
}

/// Paths of the fixture corpus that the case has to find, in order, from `expected.csv`.
///
/// # Panics
/// When the file cannot be read.
#[must_use]
pub fn expected(case: &Case) -> Vec<String> {
    let text = fs::read_to_string(fixtures().join("expected.csv")).expect("the list is there");
    let found = |line: &str| {
        let fields: Vec<&str> = line.split(',').collect();
        (fields[1] == case.kind && fields[2] == "yes").then(|| fields[0].to_owned())
    };
    let mut paths: Vec<String> = text.lines().skip(1).filter_map(found).collect();
    paths.sort();
    paths
}
