//! The picture of the corpus: a cell for every position, or for as many positions in a row as make a
//! picture of bounded size. A kind of cell has a letter and a pattern of its own beside its colour.

use super::grouped;
use crate::report::survey::{Cell, Numbers, ORDER, Survey};
use duces_protocol::production::ledger::{Companion, Disposition};
use std::fmt::Write;

/// Side of a cell, in user units, and the room between two cells.
const SIDE: u64 = 16;
const GAP: u64 = 2;
/// The least height of a kind that occurs in a cell of several positions.
const LEAST: u64 = 2;
/// Side of the square that fills a stripe again and again.
const TILE: u64 = 4;
/// Cells of a line, at the most.
const COLUMNS: u64 = 40;

/// How a disposition is drawn and called.
pub struct Look {
    /// Its letter.
    pub letter: char,
    /// Its name in markup.
    pub class: &'static str,
    /// Its words in a verified production.
    pub words: &'static str,
    /// What lies over the colour of a cell: shapes in a square of [`SIDE`].
    pattern: &'static str,
    /// What lies over the colour of a stripe: shapes in a square of [`TILE`].
    tile: &'static str,
}

/// How a disposition is drawn and called.
pub fn look(disposition: Disposition) -> Look {
    let (letter, class, words, pattern, tile) = match disposition {
        Disposition::Produced => ('P', "p", "proved to match, and produced", "", ""),
        Disposition::Redacted => (
            'R',
            "r",
            "proved to match, and produced with redactions",
            "<path d=\"M0 13.5h16\"/>",
            "<path d=\"M0 3.5h4\"/>",
        ),
        Disposition::Withheld => (
            'W',
            "w",
            "proved to match, and withheld",
            "<path d=\"M0 16 16 0M0 8 8 0M8 16 16 8\"/>",
            "<path d=\"M-1 1 1-1M0 4 4 0M3 5 5 3\"/>",
        ),
        Disposition::NotResponsive => ('N', "n", "proved not to match", "", ""),
        Disposition::Answered => (
            'A',
            "a",
            "proved to have the listed answer",
            "<path d=\"M0 1.5h16M0 14.5h16\"/>",
            "<path d=\"M0 2h4\"/>",
        ),
        Disposition::Exception => (
            'E',
            "e",
            "could not be read: nothing is proved of it",
            "<path d=\"M1.5 0v16M14.5 0v16\"/>",
            "<path d=\"M2 0v4\"/>",
        ),
        Disposition::NoView => (
            'V',
            "v",
            "lacks the view that the classifier reads: nothing is proved of it",
            "<path d=\"M.5.5h15v15h-15z\"/>",
            "<path d=\"M2 1v2M1 2h2\"/>",
        ),
    };
    Look {
        letter,
        class,
        words,
        pattern,
        tile,
    }
}

/// The section.
pub fn draw(out: &mut String, survey: &Survey) {
    *out += "<h2 id=\"picture\">Picture of the corpus</h2>\n<p>";
    let sum: u64 = survey.numbers.iter().sum();
    *out += &match survey.per_cell {
        1 => {
            "Each cell is one position, line by line from the left: position 0 is at the top left."
                .to_owned()
        }
        many => format!(
            "There are more positions than cells. Each cell stands for {} positions in a row (the last one \
             for the rest), line by line from the left. A kind that occurs in a cell is drawn at least an \
             eighth of it high: the picture shows where something is; how much, the table says.",
            grouped(many)
        ),
    };
    *out += "</p>\n";
    svg(out, survey);
    legend(out, survey, sum);
}

fn svg(out: &mut String, survey: &Survey) {
    let step = SIDE + GAP;
    let count = survey.cells.len() as u64;
    let columns = (1..COLUMNS)
        .find(|columns| columns * columns >= 2 * count)
        .unwrap_or(COLUMNS);
    let (width, height) = (columns * step - GAP, count.div_ceil(columns) * step - GAP);
    write_to(
        out,
        format_args!(
            "<svg class=\"corpus\" role=\"img\" aria-labelledby=\"corpus-title corpus-text\" \
             viewBox=\"0 0 {width} {height}\" width=\"{}\" height=\"{}\">\n<title id=\"corpus-title\">Picture of the corpus</title>\n\
             <desc id=\"corpus-text\">The positions in their order, and what became of each. The table below \
             has the numbers, the list of positions each of them.</desc>\n",
            width * 3 / 2,
            height * 3 / 2
        ),
    );
    symbols(out, survey.per_cell == 1);
    for (cell, index) in survey.cells.iter().zip(0..) {
        let (x, y) = (index % columns * step, index / columns * step);
        if survey.per_cell == 1 {
            one(out, cell, x, y);
        } else {
            several(out, cell, x, y);
        }
    }
    *out += "</svg>\n";
}

/// A square of each kind with its letter, or what its stripes are filled with.
fn symbols(out: &mut String, squares: bool) {
    *out += "<defs>\n";
    for disposition in ORDER {
        let look = look(disposition);
        *out += &if squares {
            square(&look)
        } else {
            filling(&look)
        };
    }
    *out += "<path id=\"family-p\" class=\"family-p\" d=\"M9 0h7v7z\"/>\n";
    *out += "<path id=\"family-r\" class=\"family-r\" d=\"M9 0h7v3h-7z\"/>\n";
    *out += "<path id=\"family-w\" class=\"family-w\" d=\"M9 0h7v7h-7z\"/>\n</defs>\n";
}

fn square(look: &Look) -> String {
    let Look {
        letter,
        class,
        pattern,
        ..
    } = look;
    format!(
        "<g id=\"cell-{class}\" class=\"k k-{class}\"><rect width=\"{SIDE}\" height=\"{SIDE}\"/>{pattern}\
         <text x=\"8\" y=\"12\">{letter}</text></g>\n"
    )
}

fn filling(look: &Look) -> String {
    let Look { class, tile, .. } = look;
    format!(
        "<pattern id=\"cell-{class}\" class=\"k-{class}\" width=\"{TILE}\" height=\"{TILE}\" \
         patternUnits=\"userSpaceOnUse\"><rect width=\"{TILE}\" height=\"{TILE}\"/>{tile}</pattern>\n"
    )
}

/// A cell of one position.
fn one(out: &mut String, cell: &Cell, x: u64, y: u64) {
    let Some(index) = cell.numbers.iter().position(|number| *number > 0) else {
        return;
    };
    let look = look(ORDER[index]);
    let (family, words) = match cell.companion {
        Companion::None => ("", ""),
        Companion::Produced => ("p", "; handed over with its family"),
        Companion::Redacted => ("r", "; handed over with redactions, with its family"),
        Companion::Withheld => ("w", "; withheld from its family"),
    };
    write_to(
        out,
        format_args!(
            "<g><title>{}: {}{words}</title><use href=\"#cell-{}\" x=\"{x}\" y=\"{y}\"/>",
            cell.first, look.words, look.class
        ),
    );
    if !family.is_empty() {
        write_to(
            out,
            format_args!("<use href=\"#family-{family}\" x=\"{x}\" y=\"{y}\"/>"),
        );
    }
    *out += "</g>\n";
}

/// A cell of several positions: a stripe of each kind that occurs, from the top.
fn several(out: &mut String, cell: &Cell, x: u64, y: u64) {
    write_to(
        out,
        format_args!("<g><title>{} to {}: ", cell.first, cell.last),
    );
    let kinds = || {
        ORDER
            .into_iter()
            .zip(cell.numbers)
            .filter(|(_, number)| *number > 0)
    };
    for (index, (disposition, number)) in kinds().enumerate() {
        let comma = if index == 0 { "" } else { ", " };
        write_to(
            out,
            format_args!("{comma}{number} {}", look(disposition).letter),
        );
    }
    *out += "</title>";
    let mut top = y;
    for ((disposition, _), height) in kinds().zip(heights(&cell.numbers)) {
        let class = look(disposition).class;
        write_to(
            out,
            format_args!(
                "<rect fill=\"url(#cell-{class})\" x=\"{x}\" y=\"{top}\" width=\"{SIDE}\" height=\"{height}\"/>"
            ),
        );
        top += height;
    }
    *out += "</g>\n";
}

/// Heights of the kinds that occur: in proportion, at least [`LEAST`] each, [`SIDE`] together.
fn heights(numbers: &Numbers) -> Vec<u64> {
    let present: Vec<u64> = numbers
        .iter()
        .copied()
        .filter(|number| *number > 0)
        .collect();
    let all: u64 = present.iter().sum();
    let share = |number: &u64| (u128::from(*number) * u128::from(SIDE) / u128::from(all)) as u64;
    let mut heights: Vec<u64> = present
        .iter()
        .map(|number| share(number).max(LEAST))
        .collect();
    loop {
        let sum: u64 = heights.iter().sum();
        let Some(largest) = heights.iter_mut().max() else {
            return heights;
        };
        match sum.cmp(&SIDE) {
            std::cmp::Ordering::Equal => return heights,
            std::cmp::Ordering::Less => *largest += SIDE - sum,
            std::cmp::Ordering::Greater => *largest -= 1,
        }
    }
}

/// What the cells mean, and how many positions there are of each kind.
fn legend(out: &mut String, survey: &Survey, sum: u64) {
    *out += "<table class=\"legend\">\n<caption>What the cells mean</caption>\n<thead><tr>\
             <th scope=\"col\">Cell</th><th scope=\"col\">Letter</th><th scope=\"col\">The position</th>\
             <th scope=\"col\" class=\"number\">Positions</th></tr></thead>\n<tbody>\n";
    let mark = |content: &str| {
        format!(
            "<svg viewBox=\"0 0 {SIDE} {SIDE}\" width=\"{SIDE}\" height=\"{SIDE}\" aria-hidden=\"true\">\
             {content}</svg>"
        )
    };
    for (disposition, number) in ORDER.into_iter().zip(survey.numbers) {
        let look = look(disposition);
        if number == 0 {
            continue;
        }
        let content = match survey.per_cell {
            1 => format!("<use href=\"#cell-{}\"/>", look.class),
            _ => format!(
                "<rect fill=\"url(#cell-{})\" width=\"{SIDE}\" height=\"{SIDE}\"/>",
                look.class
            ),
        };
        *out += &format!(
            "<tr><td>{}</td><td>{}</td><th scope=\"row\">{}</th><td class=\"number\">{}</td></tr>\n",
            mark(&content),
            look.letter,
            look.words,
            grouped(number)
        );
    }
    *out += &format!(
        "</tbody>\n<tfoot><tr><td></td><td></td><th scope=\"row\">all committed positions</th>\
         <td class=\"number\">{}</td></tr></tfoot>\n</table>\n",
        grouped(sum)
    );
    for (companion, id, words) in [
        (
            Companion::Produced,
            "p",
            "A triangle in the corner: no match, and handed over with its family.",
        ),
        (
            Companion::Redacted,
            "r",
            "A bar in the corner: no match, and handed over with redactions, with its family.",
        ),
        (
            Companion::Withheld,
            "w",
            "A square in the corner: no match, and withheld from its family.",
        ),
    ] {
        if survey.per_cell == 1 && survey.cells.iter().any(|cell| cell.companion == companion) {
            let content = format!("<use href=\"#family-{id}\"/>");
            *out += &format!("<p class=\"mark\">{} {words}</p>\n", mark(&content));
        }
    }
}

fn write_to(out: &mut String, text: std::fmt::Arguments<'_>) {
    out.write_fmt(text)
        .expect("writing to a string does not fail");
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn stripes_fill_a_cell_and_none_is_lost() {
        for (numbers, expected) in [
            ([0, 0, 0, 1_000, 0, 0, 0], vec![16]),
            ([1, 0, 0, 999, 0, 0, 0], vec![2, 14]),
            ([1, 0, 1, 1, 0, 1, 1], vec![4, 3, 3, 3, 3]),
            ([1, 1, 1, 1_000_000, 1, 1, 1], vec![2, 2, 2, 4, 2, 2, 2]),
            ([50, 0, 50, 0, 0, 0, 0], vec![8, 8]),
        ] {
            let mut found = heights(&numbers);
            assert_eq!(found.iter().sum::<u64>(), SIDE);
            assert!(found.iter().all(|height| *height >= LEAST));
            let mut expected: Vec<u64> = expected;
            found.sort_unstable();
            expected.sort_unstable();
            assert_eq!(found, expected, "{numbers:?}");
        }
    }

    #[test]
    fn kinds_have_letters_classes_and_words_of_their_own() {
        let looks: Vec<Look> = ORDER.into_iter().map(look).collect();
        let letters: BTreeSet<char> = looks.iter().map(|look| look.letter).collect();
        let classes: BTreeSet<&str> = looks.iter().map(|look| look.class).collect();
        let words: BTreeSet<&str> = looks.iter().map(|look| look.words).collect();
        let all = ORDER.len();
        assert_eq!((letters.len(), classes.len(), words.len()), (all, all, all));
    }
}
