//! Characters as Python's `\w` and `str.lower()` see them, by Unicode 14.0 (CPython 3.11).
//!
//! The tables are fixed here, so that a view never changes with the compiler's Unicode version.
//! Characters assigned later are no word characters and have no lower case.

mod tables;

use std::cmp::Ordering;

/// Greek capital sigma, whose lower case depends on its neighbours.
const SIGMA: char = 'Σ';

/// Whether the regular expression `\w` matches.
pub fn is_word(c: char) -> bool {
    if c.is_ascii() {
        c.is_ascii_alphanumeric() || c == '_'
    } else {
        contains(tables::WORD, c)
    }
}

/// The lower case of the character `c` that stands in `text` at the byte `at`: one character, of U+0130
/// two.
pub fn lowered(text: &str, at: usize, c: char) -> impl Iterator<Item = char> {
    let first = if c == SIGMA {
        lower_sigma(&text[..at], &text[at + c.len_utf8()..])
    } else {
        lower(c)
    };
    std::iter::once(first).chain((c == '\u{130}').then_some('\u{307}'))
}

/// The lower case of a character that has one of its own: not of [`SIGMA`], and of U+0130 only the
/// first of two (the second is a combining dot, which is no word character).
fn lower(c: char) -> char {
    if c.is_ascii() {
        return c.to_ascii_lowercase();
    }
    if c == '\u{130}' {
        return 'i';
    }
    let point = u32::from(c);
    let run = tables::LOWER.binary_search_by(|&(first, last, ..)| place(first, last, point));
    let Ok(at) = run else { return c };
    let (first, _, step, delta) = tables::LOWER[at];
    if (point - first) % step != 0 {
        return c;
    }
    point
        .checked_add_signed(delta)
        .and_then(char::from_u32)
        .expect("the table maps to characters")
}

/// The lower case of a capital sigma between `before` and `after`: final if, case-ignorable
/// characters left out, a cased one precedes and none follows.
fn lower_sigma(before: &str, after: &str) -> char {
    let cased = |c: Option<char>| c.is_some_and(|c| contains(tables::CASED, c));
    let counts = |c: &char| !contains(tables::IGNORABLE, *c);
    if cased(before.chars().rev().find(counts)) && !cased(after.chars().find(counts)) {
        'ς'
    } else {
        'σ'
    }
}

fn contains(ranges: &[(u32, u32)], c: char) -> bool {
    ranges
        .binary_search_by(|&(first, last)| place(first, last, u32::from(c)))
        .is_ok()
}

fn place(first: u32, last: u32, point: u32) -> Ordering {
    if last < point {
        Ordering::Less
    } else if first > point {
        Ordering::Greater
    } else {
        Ordering::Equal
    }
}
