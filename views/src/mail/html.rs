//! HTML of an e-mail reduced to text.
//!
//! `mail-parser` drops tags, comments, styles and scripts and decodes entities. It joins the text on
//! both sides of a tag, which is right for `<b>` and wrong for `<td>`: so a line break is put before
//! every tag but those that format within a word.

use mail_parser::decoders::html::html_to_text;

/// Tags within a line, which part no words.
const INLINE: [&str; 24] = [
    "a", "abbr", "acronym", "b", "bdi", "bdo", "big", "cite", "code", "del", "em", "font", "i",
    "ins", "kbd", "mark", "s", "small", "span", "strong", "sub", "sup", "u", "wbr",
];

/// The text of an HTML document.
pub fn text(html: &str) -> String {
    let mut parted = String::with_capacity(html.len() + html.len() / 8);
    let mut pieces = html.split('<');
    parted.push_str(pieces.next().unwrap_or_default());
    for piece in pieces {
        let tag = piece.strip_prefix('/').unwrap_or(piece);
        let end = tag
            .find(|c: char| !c.is_ascii_alphanumeric())
            .unwrap_or(tag.len());
        let name = tag[..end].to_ascii_lowercase();
        let is_tag = tag.starts_with(|c: char| c.is_ascii_alphabetic());
        if is_tag && !INLINE.contains(&name.as_str()) {
            parted.push('\n');
        }
        parted.push('<');
        parted.push_str(piece);
    }
    html_to_text(&parted)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(html: &str) -> Vec<String> {
        text(html).split_whitespace().map(str::to_owned).collect()
    }

    #[test]
    fn cells_part_words_and_formatting_does_not() {
        assert_eq!(
            words("<table><tr><td>gas</td><td>flow</td></tr></table>"),
            ["gas", "flow"]
        );
        assert_eq!(
            words("con<b>tr</b>act <SPAN>o</SPAN>ne"),
            ["contract", "one"]
        );
        assert_eq!(
            words("<style>p{}</style><p>caf&eacute; &#x20AC;<!-- no --></p>"),
            ["café", "€"]
        );
        assert_eq!(
            words("<script>if (a<b) x()</script>1 &lt; 2"),
            ["1", "<", "2"]
        );
    }
}
