//! Text that is put together from pieces, line by line.

use crate::extraction::{Options, Reason};

/// Collects words into lines: white space is one space, an empty line is never repeated.
#[derive(Debug)]
pub struct Lines {
    out: String,
    limit: u64,
    /// White space that is due before the next character.
    space: Option<char>,
}

impl Lines {
    /// Nothing yet, and as much as the options allow.
    pub fn new(options: &Options) -> Self {
        Self {
            out: String::new(),
            limit: options.limits.text_bytes,
            space: None,
        }
    }

    /// Adds text in which white space separates words and means nothing more.
    pub fn words(&mut self, text: &str) {
        for c in text.chars() {
            if c.is_ascii_whitespace() {
                self.space = self.space.or(Some(' '));
            } else {
                self.put(c);
            }
        }
    }

    /// Adds text whose line ends and spaces are kept.
    pub fn verbatim(&mut self, text: &str) {
        for c in text.chars() {
            match c {
                '\n' => self.line(),
                '\r' => {}
                '\t' => self.tab(),
                c => self.put(c),
            }
        }
    }

    fn put(&mut self, c: char) {
        if let Some(space) = self.space.take()
            && !self.out.is_empty()
            && !self.out.ends_with('\n')
        {
            self.out.push(space);
        }
        self.out.push(c);
    }

    /// Ends the line, if there is anything on it.
    pub fn line(&mut self) {
        self.space = None;
        if !self.out.is_empty() && !self.out.ends_with('\n') {
            self.out.push('\n');
        }
    }

    /// Puts a tab before what comes next on this line.
    pub fn tab(&mut self) {
        self.space = Some('\t');
    }

    /// Fails once the text is longer than the limit.
    ///
    /// # Errors
    /// [`Reason::Limit`].
    pub fn check(&self) -> Result<(), Reason> {
        if self.out.len() as u64 > self.limit {
            Err(Reason::Limit)
        } else {
            Ok(())
        }
    }

    /// The text, its last line ended.
    pub fn finish(mut self) -> String {
        self.line();
        self.out
    }
}
