//! A small matter, from corpus to production, made by the responding party's program.

use duces_judge_verify::check::Check;
use duces_judge_verify::checks::{Inputs, Outcome, Verdict, verify};
use duces_judge_verify::extractor::{Choice, Which};
use duces_kit::folder::{Folder, PROFILE, copy_folder};
use duces_protocol::digest::Digest;
use duces_protocol::request::Request;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// Items with a word that the classifier looks for, and without it; one file is unreadable, one is
/// an image, which the request does not read.
pub const MATCHING: u64 = 3;
/// Items that are proved not to match.
pub const OTHERS: u64 = 9;

/// A folder with corpus, commitment, request, proofs and production.
pub struct Matter(Folder);

impl Matter {
    /// Runs commit, review, prove and produce; withholds the first match.
    pub fn new() -> Self {
        let text = |i| format!("turbidity turbidity turbidity report {i} of the plant");
        let matching = (0..MATCHING).map(|i| (format!("t{i}.txt"), text(i).into_bytes()));
        let memo = |i| format!("memo {i} on lunch").into_bytes();
        let others = (0..OTHERS).map(|i| (format!("o{i}.txt"), memo(i)));
        let mut files: Vec<(String, Vec<u8>)> = matching.chain(others).collect();
        files.push(("broken.png".to_owned(), b"\x89PNG\r\n\x1a\n".to_vec()));
        files.push(("image.bmp".to_owned(), bitmap()));
        Self::of(&files, true)
    }

    /// The same with another corpus. Only where something matches can something be withheld.
    pub fn of(files: &[(String, Vec<u8>)], withhold: bool) -> Self {
        Self::under("", files, withhold)
    }

    /// The same with more in the profile.
    pub fn under(more: &str, files: &[(String, Vec<u8>)], withhold: bool) -> Self {
        Self::made_with(extractor(), more, files, withhold)
    }

    /// The same, made with another extractor.
    pub fn made_with(
        extractor: &Path,
        more: &str,
        files: &[(String, Vec<u8>)],
        withhold: bool,
    ) -> Self {
        let extractor = extractor.to_str().unwrap();
        let matter = Self(Folder::new(files.iter().cloned()));
        fs::write(matter.path("profile.toml"), format!("{PROFILE}{more}")).unwrap();
        matter.responder(&[
            "commit",
            "corpus",
            "--profile",
            "profile.toml",
            "--out",
            "matter",
            "--extractor",
            extractor,
        ]);
        let request = request(matter.0.commitment("matter").digest());
        matter.0.write_request("request", &request);
        matter.with_request("prove", &["--out", "proofs", "--width", "11"]);
        matter.with_request("review", &["--out", "matches.csv"]);
        let mut produce = vec!["--proofs", "proofs", "--bates-prefix", "EPA"];
        if withhold {
            matter.write_log();
            produce.extend(["--withhold", "log.csv"]);
        }
        produce.extend(["--out", "production"]);
        produce.extend(["--extractor", extractor]);
        matter.with_request("produce", &produce);
        matter
    }

    /// The log that withholds the first match, with markup and a formula in its cells.
    fn write_log(&self) {
        let matches = fs::read_to_string(self.path("matches.csv")).unwrap();
        let first = matches.lines().find(|line| line.contains(",match,"));
        let position = first.unwrap().split(',').next().unwrap();
        let log = format!(
            "position,basis,description,author\n{position},attorney-client,\"<b>Memo</b>\",=plant\n"
        );
        fs::write(self.path("log.csv"), log).unwrap();
    }

    /// A path in the folder.
    pub fn path(&self, name: &str) -> PathBuf {
        self.0.path(name)
    }

    /// Runs `responder`, which must succeed; words that name files are taken in the folder.
    pub fn responder(&self, words: &[&str]) {
        let code = duces_responder::run(self.line("responder", words));
        assert_eq!(code, ExitCode::SUCCESS, "{words:?}");
    }

    fn with_request(&self, command: &str, more: &[&str]) {
        let first = [command, "--vault", "matter/vault", "--request", "request"];
        self.responder(&[&first[..], more].concat());
    }

    /// A command line, with names of files of the folder made into paths.
    pub fn line(&self, program: &str, words: &[&str]) -> Vec<OsString> {
        let flag = |word: &str| word.starts_with("--");
        let mut line = vec![OsString::from(program)];
        for (index, word) in words.iter().enumerate() {
            let number = word.bytes().all(|b| b.is_ascii_digit());
            let prefix = index > 0 && words[index - 1] == "--bates-prefix";
            let plain = index == 0 || flag(word) || number || prefix;
            line.push(if plain {
                OsString::from(word)
            } else {
                self.path(word).into()
            });
        }
        line
    }

    /// A copy of the production under another name.
    pub fn copy(&self, name: &str) -> PathBuf {
        let to = self.path(name);
        copy_folder(&self.path("production"), &to);
        to
    }

    /// Checks a production of this matter.
    pub fn verify(&self, production: &Path) -> Outcome {
        self.verify_with(production, with_extractor())
    }

    /// The same with another extractor, or none.
    pub fn verify_with(&self, production: &Path, extractor: Choice) -> Outcome {
        let inputs = Inputs {
            production: production.to_owned(),
            commitment: self.path("matter/commitment.txt"),
            earlier: Vec::new(),
            request: self.path("request"),
            srs: None,
            extractor,
        };
        verify(&inputs, |_| {})
    }
}

/// The program `extract`.
pub fn extractor() -> &'static Path {
    duces_kit::extractor::built()
}

/// The extractor of this release.
pub fn with_extractor() -> Choice {
    Choice {
        which: Which::Program(extractor().to_owned()),
        programs: false,
    }
}

/// The check that refused a production, with place and reason; `None` when it was verified.
pub fn refused(outcome: &Outcome) -> Option<(Check, String)> {
    match &outcome.verdict {
        Verdict::Verified(_) => None,
        Verdict::Rejected(check, fault) => {
            Some((*check, format!("{}: {}", fault.place, fault.what)))
        }
        Verdict::NotChecked(check, error) => panic!("{check} could not run: {}", error.what),
    }
}

/// Looks for the word "turbidity", three times or more.
pub fn request(commitment: Digest) -> Request {
    duces_kit::request::for_word(commitment, "turbidity", 3)
}

/// A bitmap of one pixel.
fn bitmap() -> Vec<u8> {
    let mut bytes = b"BM".to_vec();
    for number in [58u32, 0, 54, 40, 1, 1, 1 | 24 << 16, 0, 4, 0, 0, 0, 0] {
        bytes.extend(number.to_le_bytes());
    }
    bytes.extend([0x10, 0x20, 0x30, 0]);
    bytes
}
