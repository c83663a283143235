//! What a classifier says of an item in public, and the file of answers of a production
//! (`[format-answers]`).
//!
//! ```text
//! duces-answers-v1        16 bytes
//! digest of the request   32 bytes
//! kind                    1 byte: 1 classes, 2 scores
//! integers of an answer   4 bytes
//! number of answers       4 bytes
//! the integers            4 bytes each, with their sign
//! ```
//!
//! There is one answer for every position that the ledger lists as answered, in ascending order. A match
//! needs no such file: the ledger's dispositions say it.

mod list;

pub use list::{Answers, AnswersError};

use crate::bytes::{Malformed, Writer};
use crate::digest::Digest;
use std::collections::BTreeSet;

/// First bytes of a file of answers.
pub const MAGIC: &[u8; 16] = b"duces-answers-v1";

/// The largest file of answers, in bytes.
pub const MAX_BYTES: usize = 1 << 28;

/// Integers of one answer at most.
pub const MAX_LEN: usize = 1 << 12;

/// Bytes before the integers.
const HEAD: usize = 57;

/// What the outputs of a classifier's last node are.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum AnswerKind {
    /// One bit: whether the item is called for.
    Match,
    /// One integer from 0: the class of the item.
    Class,
    /// All outputs as integers.
    Scores,
}

impl AnswerKind {
    /// The kind as one byte.
    #[must_use]
    pub fn to_byte(self) -> u8 {
        match self {
            Self::Match => 0,
            Self::Class => 1,
            Self::Scores => 2,
        }
    }

    /// Reads [`Self::to_byte`].
    ///
    /// # Errors
    /// For any other byte.
    pub fn from_byte(byte: u8) -> Result<Self, Malformed> {
        match byte {
            0 => Ok(Self::Match),
            1 => Ok(Self::Class),
            2 => Ok(Self::Scores),
            other => Err(Malformed::new(format!("{other} is not a kind of answer"))),
        }
    }

    /// A word for a reader.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Match => "match",
            Self::Class => "class",
            Self::Scores => "scores",
        }
    }
}

/// What the classifier says of one item.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Answer {
    /// Whether it is called for.
    Match(bool),
    /// Its class.
    Class(u32),
    /// All outputs.
    Scores(Vec<i32>),
}

impl std::fmt::Display for Answer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Match(true) => f.write_str("match"),
            Self::Match(false) => f.write_str("no match"),
            Self::Class(class) => write!(f, "{class}"),
            Self::Scores(scores) => {
                let scores: Vec<String> = scores.iter().map(i32::to_string).collect();
                f.write_str(&scores.join(" "))
            }
        }
    }
}

impl Answer {
    /// The answer that these outputs of the last node are, if they are of this kind.
    #[must_use]
    pub fn of_outputs(kind: AnswerKind, outputs: &[i32]) -> Option<Self> {
        match (kind, outputs) {
            (AnswerKind::Match, [bit @ (0 | 1)]) => Some(Self::Match(*bit == 1)),
            (AnswerKind::Class, &[class]) => u32::try_from(class).ok().map(Self::Class),
            (AnswerKind::Scores, outputs) => Some(Self::Scores(outputs.to_vec())),
            _ => None,
        }
    }

    /// The outputs of the last node; `None` for a class that no output is.
    #[must_use]
    pub fn outputs(&self) -> Option<Vec<i32>> {
        match self {
            Self::Match(bit) => Some(vec![i32::from(*bit)]),
            Self::Class(class) => i32::try_from(*class).ok().map(|class| vec![class]),
            Self::Scores(scores) => Some(scores.clone()),
        }
    }

    /// Its kind.
    #[must_use]
    pub fn kind(&self) -> AnswerKind {
        match self {
            Self::Match(_) => AnswerKind::Match,
            Self::Class(_) => AnswerKind::Class,
            Self::Scores(_) => AnswerKind::Scores,
        }
    }
}

/// Which answers are well formed for a classifier.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct AnswerForm {
    kind: AnswerKind,
    len: usize,
    outputs: BTreeSet<i32>,
}

impl AnswerForm {
    /// Answers of `len` integers, each one of `outputs`: those of the last node's table.
    #[must_use]
    pub fn new(kind: AnswerKind, len: usize, outputs: &[i32]) -> Self {
        Self {
            kind,
            len,
            outputs: outputs.iter().copied().collect(),
        }
    }

    /// The kind.
    #[must_use]
    pub fn kind(&self) -> AnswerKind {
        self.kind
    }

    /// What is answered, in words.
    #[must_use]
    pub fn words(&self) -> String {
        match self.kind {
            AnswerKind::Match => "match or no match".to_owned(),
            AnswerKind::Class => match self.outputs.last() {
                Some(last) => format!("the class of every document, from 0 to {last}"),
                None => "the class of every document".to_owned(),
            },
            AnswerKind::Scores => match self.len {
                1 => "the score of every document, as an integer".to_owned(),
                len => format!("the {len} scores of every document, as integers"),
            },
        }
    }

    /// Integers of an answer.
    #[must_use]
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether an answer has no integers; never so for a classifier.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// The outputs of a well-formed answer.
    ///
    /// # Errors
    /// For an answer of another kind, of another length, or with an integer that the last table
    /// does not yield.
    pub fn check(&self, answer: &Answer) -> Result<Vec<i32>, Malformed> {
        if answer.kind() != self.kind {
            let (kind, wanted) = (answer.kind().name(), self.kind.name());
            return Err(Malformed::new(format!(
                "an answer is of the kind '{kind}', the request asks for '{wanted}'"
            )));
        }
        let outputs = answer.outputs().unwrap_or_default();
        self.check_outputs(&outputs)?;
        Ok(outputs)
    }

    fn check_outputs(&self, outputs: &[i32]) -> Result<(), Malformed> {
        let is_given =
            |z: &i32| self.outputs.contains(z) && (self.kind == AnswerKind::Scores || *z >= 0);
        if outputs.len() == self.len && outputs.iter().all(is_given) {
            Ok(())
        } else {
            Err(Malformed::new(
                "an answer is none that the classifier gives",
            ))
        }
    }

    /// Checks that a file of answers has room for so many of them.
    ///
    /// # Errors
    /// When it would be larger than [`MAX_BYTES`].
    pub fn check_count(&self, count: usize) -> Result<(), Malformed> {
        let room = (MAX_BYTES - HEAD) / (4 * self.len.max(1));
        if self.kind == AnswerKind::Match || count <= room {
            return Ok(());
        }
        Err(Malformed::new(format!(
            "{count} answers of {} integers do not fit in {MAX_BYTES} bytes",
            self.len
        )))
    }

    /// The bytes of a file of answers.
    ///
    /// # Errors
    /// When an answer is not well formed, there are too many, or there are none to be kept in a file
    /// (a match).
    pub fn encode(&self, request: Digest, answers: &[Answer]) -> Result<Vec<u8>, Malformed> {
        self.in_a_file()?;
        self.check_count(answers.len())?;
        let mut out = Writer::new();
        out.raw(MAGIC).raw(&request.0).u8(self.kind.to_byte());
        out.length(self.len).length(answers.len());
        for answer in answers {
            for output in self.check(answer)? {
                out.raw(&output.to_le_bytes());
            }
        }
        Ok(out.finish())
    }

    fn in_a_file(&self) -> Result<(), Malformed> {
        if self.kind == AnswerKind::Match || self.is_empty() {
            return Err(Malformed::new("matches stand in the ledger, not in a file"));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const REQUEST: Digest = Digest([7; 32]);

    fn classes() -> AnswerForm {
        AnswerForm::new(AnswerKind::Class, 1, &[0, 1, 2, 0])
    }

    #[test]
    fn files_of_answers_are_read_as_they_were_written() {
        let scores = AnswerForm::new(AnswerKind::Scores, 2, &[-5, 0, 9]);
        let answers = [vec![-5, 9], vec![0, 0], vec![9, -5]].map(Answer::Scores);
        let bytes = scores.encode(REQUEST, &answers).unwrap();
        assert_eq!(bytes.len(), 16 + 32 + 1 + 4 + 4 + 3 * 8);
        assert_eq!(scores.decode(REQUEST, 3, &bytes).unwrap(), answers);
        let answers = [2, 0, 1].map(Answer::Class);
        let bytes = classes().encode(REQUEST, &answers).unwrap();
        assert_eq!(classes().decode(REQUEST, 3, &bytes).unwrap(), answers);
        assert!(scores.decode(REQUEST, 3, &bytes).is_err(), "another kind");
    }

    #[test]
    fn other_files_are_refused() {
        let bytes = classes()
            .encode(REQUEST, &[2, 0, 1].map(Answer::Class))
            .unwrap();
        let decode = |bytes: &[u8]| classes().decode(REQUEST, 3, bytes);
        for at in 0..53 {
            let mut changed = bytes.clone();
            changed[at] ^= 1;
            assert!(decode(&changed).is_err(), "byte {at}");
        }
        // A class outside the range, negative and positive.
        for class in [3, -1, i32::MIN] {
            let mut changed = bytes.clone();
            changed[57..61].copy_from_slice(&class.to_le_bytes());
            assert!(decode(&changed).is_err(), "class {class}");
        }
        assert!(decode(&bytes[..bytes.len() - 1]).is_err());
        assert!(decode(&[bytes.clone(), vec![0]].concat()).is_err());
        let wrong = classes().decode(REQUEST, 2, &bytes).unwrap_err();
        assert_eq!(wrong.to_string(), "it has 3 answers, the ledger lists 2");
        assert!(classes().decode(Digest([8; 32]), 3, &bytes).is_err());
    }

    #[test]
    fn answers_of_another_form_are_refused() {
        let form = classes();
        assert_eq!(form.check(&Answer::Class(2)), Ok(vec![2]));
        for other in [
            Answer::Class(3),
            Answer::Class(u32::MAX),
            Answer::Match(true),
            Answer::Scores(vec![1]),
        ] {
            assert!(form.check(&other).is_err(), "{other:?}");
        }
        let bits = AnswerForm::new(AnswerKind::Match, 1, &[0, 1]);
        assert_eq!(bits.check(&Answer::Match(true)), Ok(vec![1]));
        assert!(bits.encode(REQUEST, &[Answer::Match(true)]).is_err());
        assert_eq!(Answer::of_outputs(AnswerKind::Match, &[2]), None);
        assert_eq!(Answer::of_outputs(AnswerKind::Class, &[-1]), None);
    }
}
