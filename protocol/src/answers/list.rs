//! The answers of a production as one list of integers, read piece by piece.

use super::{Answer, AnswerForm, AnswerKind, HEAD, MAGIC, MAX_LEN};
use crate::bytes::{Malformed, Reader};
use crate::digest::Digest;
use std::io::{self, Read};

/// Bytes that are read at a time, at the least one answer.
const PIECE: usize = 1 << 16;

/// Why answers were not read.
#[derive(Debug, thiserror::Error)]
pub enum AnswersError {
    /// They break their form.
    #[error("{0}")]
    Malformed(#[from] Malformed),
    /// The system refused.
    #[error("{0}")]
    Io(io::Error),
}

/// Answers in order; 4 bytes for each of their integers.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Answers {
    /// None where there is no file of answers.
    form: Option<(AnswerKind, usize)>,
    integers: Vec<i32>,
}

impl Answers {
    /// The answer with this number, from 0.
    #[must_use]
    pub fn get(&self, number: usize) -> Option<Answer> {
        let (kind, len) = self.form?;
        let start = number.checked_mul(len)?;
        let integers = self.integers.get(start..start.checked_add(len)?)?;
        Answer::of_outputs(kind, integers)
    }

    /// All of them.
    pub fn iter(&self) -> impl Iterator<Item = Answer> {
        (0..).map_while(|number| self.get(number))
    }
}

impl AnswerForm {
    /// Reads a file of `count` answers to a request, to its last byte. No more is kept than the integers
    /// of so many answers.
    ///
    /// # Errors
    /// When it is malformed, of another request, kind or number, or the system refuses.
    pub fn read(
        &self,
        request: Digest,
        count: usize,
        mut from: impl Read,
    ) -> Result<Answers, AnswersError> {
        self.in_a_file()?;
        let mut head = [0; HEAD];
        fill(&mut from, &mut head)?;
        self.check_head(request, count, &head)?;
        self.check_count(count)?;
        let mut integers = Vec::with_capacity(count * self.len);
        let mut piece = vec![0; (PIECE / (4 * self.len)).max(1) * 4 * self.len];
        while integers.len() < count * self.len {
            let left = 4 * (count * self.len - integers.len());
            let most = piece.len();
            let piece = &mut piece[..left.min(most)];
            fill(&mut from, piece)?;
            let words = piece.as_chunks().0.iter();
            let first = integers.len();
            integers.extend(words.map(|word| i32::from_le_bytes(*word)));
            integers[first..]
                .chunks_exact(self.len)
                .try_for_each(|outputs| self.check_outputs(outputs))?;
        }
        if from.read(&mut [0]).map_err(AnswersError::Io)? > 0 {
            return Err(Malformed::new("more follows its last answer").into());
        }
        Ok(Answers {
            form: Some((self.kind, self.len)),
            integers,
        })
    }

    /// Reads a file of answers that is in memory.
    ///
    /// # Errors
    /// When it is malformed, or of another request, kind or number.
    pub fn decode(
        &self,
        request: Digest,
        count: usize,
        bytes: &[u8],
    ) -> Result<Vec<Answer>, Malformed> {
        match self.read(request, count, bytes) {
            Ok(answers) => Ok(answers.iter().collect()),
            Err(AnswersError::Malformed(error)) => Err(error),
            Err(AnswersError::Io(error)) => Err(Malformed::new(error.to_string())),
        }
    }

    fn check_head(&self, request: Digest, count: usize, head: &[u8]) -> Result<(), Malformed> {
        let mut from = Reader::new(head);
        if &from.array::<16>()? != MAGIC {
            return Err(Malformed::new("it does not begin with 'duces-answers-v1'"));
        }
        if from.array()? != request.0 {
            return Err(Malformed::new("it answers another request"));
        }
        let kind = AnswerKind::from_byte(from.u8()?)?;
        let len = from.length(MAX_LEN, 0, "an answer")?;
        if kind != self.kind || len != self.len {
            return Err(Malformed::new("it has answers of another form"));
        }
        let found = from.u32()? as usize;
        if found != count {
            return Err(Malformed::new(format!(
                "it has {found} answers, the ledger lists {count}"
            )));
        }
        from.finish()
    }
}

fn fill(from: &mut impl Read, bytes: &mut [u8]) -> Result<(), AnswersError> {
    from.read_exact(bytes).map_err(|error| match error.kind() {
        io::ErrorKind::UnexpectedEof => Malformed::new("it ends too early").into(),
        _ => AnswersError::Io(error),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const REQUEST: Digest = Digest([7; 32]);

    /// Gives a few bytes at a time.
    struct Slowly<'a>(&'a [u8]);

    impl Read for Slowly<'_> {
        fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
            let few = into.len().min(1000);
            self.0.read(&mut into[..few])
        }
    }

    #[test]
    fn long_lists_are_read_in_pieces() {
        for (len, count) in [(1, 50_000), (3, 20_000), (4096, 7), (4096, 0)] {
            let form = AnswerForm::new(AnswerKind::Scores, len, &[-3, 0, 8]);
            let answer = |i: usize| {
                let score = |j: usize| [-3, 0, 8][(i * 7 + j) % 3];
                Answer::Scores((0..len).map(score).collect())
            };
            let answers: Vec<Answer> = (0..count).map(answer).collect();
            let bytes = form.encode(REQUEST, &answers).unwrap();
            let read = form.read(REQUEST, count, Slowly(&bytes)).unwrap();
            assert!(read.iter().eq(answers.iter().cloned()), "{len}");
            assert_eq!(read.get(count), None);
            for wrong in [bytes.len() - 1, HEAD - 1] {
                assert!(form.read(REQUEST, count, &bytes[..wrong]).is_err());
            }
            let longer = [&bytes[..], &[0]].concat();
            assert!(form.read(REQUEST, count, &longer[..]).is_err());
            let last = bytes.len().checked_sub(2).filter(|_| count > 0);
            if let Some(last) = last {
                let mut other = bytes.clone();
                other[last] ^= 0x40;
                assert!(form.read(REQUEST, count, &other[..]).is_err());
            }
        }
    }

    /// A file that says a count that it has not costs nothing: the count is that of the ledger.
    #[test]
    fn no_room_is_made_for_what_is_only_said() {
        let form = AnswerForm::new(AnswerKind::Class, 1, &[0, 1]);
        let mut bytes = form.encode(REQUEST, &[]).unwrap();
        bytes[53..57].copy_from_slice(&u32::MAX.to_le_bytes());
        assert!(form.decode(REQUEST, 0, &bytes).is_err());
        assert!(form.decode(REQUEST, u32::MAX as usize, &bytes).is_err());
    }
}
