//! `commitment.txt` `[format-commitment]`: the public commitment, short enough to stand in a
//! court filing.
//!
//! The layout follows the C2SP `tlog-checkpoint` idea: a body of fixed lines, then, after an empty
//! line, signature lines that this program keeps and does not interpret:
//!
//! ```text
//! duces-commitment-v1
//! origin: Riverside Water District records request 2026-114
//! items: 2586
//! root: 5f0c…
//! profile: 9a31…
//! views: gray-28x28 text-hash-4096
//!
//! — Records officer Az3k…
//! ```
//!
//! * `items` is `n`, the number of positions; they are `0 .. n`.
//! * `root` is `H("duces/root/v1", n, profile digest, tree root)`, with [`crate::digest::TaggedHash`] for
//!   `H` and `n` as an 8-byte part: so the root alone, wherever it is quoted, fixes `n`, the
//!   profile, the version and every leaf.
//! * `profile` is the digest of the profile, `views` the names of all its views, ascending.
//! * Up to four lines may follow, in this order, where there is something to say ([`Notes`]):
//!   `links not followed: 3`, `folders not listed: 1`, `exclusion list: ` and the SHA-256 of a list of
//!   known files that were left out as exceptions, `extends: ` and the digest of an earlier commitment
//!   whose positions are the first ones of this. Counts and list are of all positions, those of the
//!   earlier commitment included.
//! * Every line ends in one line feed. The text is canonical: one commitment has one body.
//!
//! The [`Commitment::digest`] covers the body and not the signatures, so that signing does not
//! change what requests and proofs refer to.
//!
//! Not proved: that the corpus is everything that the responding party holds, and who made it.

mod consistency;

pub use consistency::{Consistency, MAX_BYTES as MAX_CONSISTENCY_BYTES};

use crate::bytes::Malformed;
use crate::digest::{Digest, TaggedHash};
use crate::exceptions::canonical_number;
use crate::text::{is_one_spelling, is_unprintable};
use crate::tree::MAX_ITEMS;
use crate::view::View;
use std::fmt;
use std::str::FromStr;

const FIRST_LINE: &str = "duces-commitment-v1";

/// The largest commitment file, in bytes.
pub const MAX_BYTES: usize = 1 << 16;

/// What the commitment is about, in the parties' words: a case or request number.
///
/// 1 to 200 characters, in the one spelling of what they look like ([`is_one_spelling`]): so two
/// commitments whose origins differ by a blank do not exist.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Origin(String);

impl Origin {
    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Origin {
    type Err = Malformed;

    fn from_str(text: &str) -> Result<Self, Malformed> {
        let count = text.chars().count();
        if count > 200 || !is_one_spelling(text) {
            return Err(Malformed::new(
                "the origin must have 1 to 200 printable characters in Unicode form NFC, with single \
                 spaces between words",
            ));
        }
        Ok(Self(text.to_owned()))
    }
}

/// What a commitment states beside its positions.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Notes {
    /// Symbolic links, each a position of its own. What they point at is not committed to.
    pub links: u64,
    /// Folders that could not be listed, each a position of its own. What is in them is not
    /// committed to.
    pub folders: u64,
    /// SHA-256 of the list of known files, those of which are exceptions.
    pub exclusions: Option<Digest>,
    /// The digest of the commitment that this one extends.
    pub extends: Option<Digest>,
}

const LINKS: &str = "links not followed";
const FOLDERS: &str = "folders not listed";
const EXCLUSIONS: &str = "exclusion list";
const EXTENDS: &str = "extends";

impl Notes {
    fn lines(&self) -> String {
        let count = |name: &str, number: u64| match number {
            0 => String::new(),
            number => format!("{name}: {number}\n"),
        };
        let named = |name: &str, digest: Option<Digest>| {
            digest.map_or_else(String::new, |digest| format!("{name}: {digest}\n"))
        };
        [
            count(LINKS, self.links),
            count(FOLDERS, self.folders),
            named(EXCLUSIONS, self.exclusions),
            named(EXTENDS, self.extends),
        ]
        .concat()
    }

    /// Reads the lines from the iterator as long as they are notes.
    fn parse<'a>(
        lines: &mut std::iter::Peekable<impl Iterator<Item = &'a str>>,
    ) -> Result<Self, Malformed> {
        let mut next = |name: &str| {
            let value = lines.peek()?.strip_prefix(name)?.strip_prefix(": ")?;
            lines.next();
            Some(value)
        };
        let count = |text: Option<&str>| match text.map(canonical_number).transpose()? {
            Some(0) => Err(Malformed::new("a line counts nothing")),
            number => Ok(number.unwrap_or(0)),
        };
        Ok(Self {
            links: count(next(LINKS))?,
            folders: count(next(FOLDERS))?,
            exclusions: next(EXCLUSIONS).map(digest).transpose()?,
            extends: next(EXTENDS).map(digest).transpose()?,
        })
    }
}

/// The public commitment to a corpus.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Commitment {
    origin: Origin,
    items: u64,
    root: Digest,
    profile: Digest,
    views: Vec<View>,
    notes: Notes,
    signatures: Vec<String>,
}

impl Commitment {
    /// Commits to a corpus of `items` positions whose tree has the root `tree`.
    ///
    /// # Errors
    /// When there are no items or too many, or the views are not strictly ascending.
    pub fn new(
        origin: Origin,
        items: u64,
        tree: Digest,
        profile: Digest,
        views: Vec<View>,
    ) -> Result<Self, Malformed> {
        check(items, &views)?;
        let root = bind_root(items, profile, tree);
        Ok(Self {
            origin,
            items,
            root,
            profile,
            views,
            notes: Notes::default(),
            signatures: Vec::new(),
        })
    }

    /// The same with what it states beside its positions.
    #[must_use]
    pub fn with_notes(self, notes: Notes) -> Self {
        Self { notes, ..self }
    }

    /// What it states beside its positions.
    #[must_use]
    pub fn notes(&self) -> &Notes {
        &self.notes
    }

    /// What the commitment is about.
    #[must_use]
    pub fn origin(&self) -> &Origin {
        &self.origin
    }

    /// Number of positions, at least 1.
    #[must_use]
    pub fn items(&self) -> u64 {
        self.items
    }

    /// The root, which binds `n`, the profile and every leaf.
    #[must_use]
    pub fn root(&self) -> Digest {
        self.root
    }

    /// Digest of the profile.
    #[must_use]
    pub fn profile(&self) -> Digest {
        self.profile
    }

    /// All views of the profile, ascending.
    #[must_use]
    pub fn views(&self) -> &[View] {
        &self.views
    }

    /// The signature lines, not interpreted.
    #[must_use]
    pub fn signatures(&self) -> &[String] {
        &self.signatures
    }

    /// Checks that the corpus whose tree has the root `tree` is the committed one.
    ///
    /// # Errors
    /// When it is not.
    pub fn check_tree(&self, tree: Digest) -> Result<(), Malformed> {
        if bind_root(self.items, self.profile, tree) == self.root {
            Ok(())
        } else {
            Err(Malformed::new(
                "the leaves do not hash to the root of the commitment",
            ))
        }
    }

    /// The commitment's name in requests and proofs: digest of the body.
    #[must_use]
    pub fn digest(&self) -> Digest {
        TaggedHash::new("duces/commitment/v1")
            .part(self.body().as_bytes())
            .finish()
    }

    /// Reads the text; `to_string` gives the same text back.
    ///
    /// # Errors
    /// When it is not in canonical form.
    pub fn parse(text: &str) -> Result<Self, Malformed> {
        if text.len() > MAX_BYTES {
            return Err(Malformed::new(format!(
                "it is longer than {MAX_BYTES} bytes"
            )));
        }
        let text = text
            .strip_suffix('\n')
            .ok_or_else(|| Malformed::new("its last line is not ended by a line feed"))?;
        let mut lines = text.split('\n').peekable();
        if lines.next() != Some(FIRST_LINE) {
            return Err(Malformed::new(format!(
                "its first line is not '{FIRST_LINE}'"
            )));
        }
        let origin = field(lines.next(), "origin")?.parse()?;
        let items = canonical_number(field(lines.next(), "items")?)?;
        let root = digest(field(lines.next(), "root")?)?;
        let profile = digest(field(lines.next(), "profile")?)?;
        let views = field(lines.next(), "views")?
            .split(' ')
            .map(str::parse)
            .collect::<Result<Vec<View>, Malformed>>()?;
        check(items, &views)?;
        let notes = Notes::parse(&mut lines)?;
        let signatures = match lines.next() {
            None => Vec::new(),
            Some("") => lines.map(signature).collect::<Result<Vec<_>, _>>()?,
            Some(_) => {
                return Err(Malformed::new(
                    "a line follows that is none of a commitment, without an empty line",
                ));
            }
        };
        if text.ends_with('\n') {
            return Err(Malformed::new("an empty line is followed by no signature"));
        }
        Ok(Self {
            origin,
            items,
            root,
            profile,
            views,
            notes,
            signatures,
        })
    }

    fn body(&self) -> String {
        let views: Vec<String> = self.views.iter().map(View::to_string).collect();
        format!(
            "{FIRST_LINE}\norigin: {}\nitems: {}\nroot: {}\nprofile: {}\nviews: {}\n{}",
            self.origin.0,
            self.items,
            self.root,
            self.profile,
            views.join(" "),
            self.notes.lines()
        )
    }
}

impl fmt::Display for Commitment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.body())?;
        if !self.signatures.is_empty() {
            writeln!(f)?;
        }
        self.signatures
            .iter()
            .try_for_each(|line| writeln!(f, "{line}"))
    }
}

fn bind_root(items: u64, profile: Digest, tree: Digest) -> Digest {
    TaggedHash::new("duces/root/v1")
        .number(items)
        .part(&profile.0)
        .part(&tree.0)
        .finish()
}

fn check(items: u64, views: &[View]) -> Result<(), Malformed> {
    if items == 0 || items > MAX_ITEMS {
        return Err(Malformed::new(format!(
            "it has {items} items, allowed are 1 to {MAX_ITEMS}"
        )));
    }
    if views.is_empty() || !views.windows(2).all(|pair| pair[0] < pair[1]) {
        return Err(Malformed::new("its views are not in ascending order"));
    }
    Ok(())
}

fn field<'a>(line: Option<&'a str>, name: &str) -> Result<&'a str, Malformed> {
    line.and_then(|line| line.strip_prefix(name)?.strip_prefix(": "))
        .ok_or_else(|| Malformed::new(format!("it has no line '{name}: …' where one is expected")))
}

fn digest(text: &str) -> Result<Digest, Malformed> {
    Digest::from_hex(text)
        .ok_or_else(|| Malformed::new(format!("{text:?} is not 64 lower-case hexadecimal digits")))
}

fn signature(line: &str) -> Result<String, Malformed> {
    if line.starts_with("— ") && line.len() <= 4096 && !line.chars().any(is_unprintable) {
        Ok(line.to_owned())
    } else {
        Err(Malformed::new(
            "a line after the empty line is not a signature (it begins with '— ')",
        ))
    }
}

#[cfg(test)]
mod tests;
