//! OpenDocument text, spreadsheets, presentations and drawings (ISO/IEC 26300).
//!
//! Read are the paragraphs and headings of `content.xml` and of embedded objects (formulas, charts), and
//! those of the headers, footers and masters in `styles.xml`; with them footnotes, annotations and their
//! authors, deleted text of tracked changes, speaker notes, hidden sheets, titles and descriptions of
//! pictures, names of sheets, and a date's ISO form beside the form in which its cell shows it.
//!
//! Pictures and embedded files are parts. Left out are metadata, settings, scripts, the thumbnail and the
//! replacement pictures of objects.

use crate::archive::package::Package;
use crate::extraction::{Content, Extraction, Options, Part, Reason, Role};
use crate::kind::Kind;
use crate::text::lines::Lines;
use crate::text::plain;
use crate::text::xml::{self, Node};

/// Most spaces that one element `text:s` may stand for.
const MOST_SPACES: usize = 1000;

/// Reads a document.
pub fn read(bytes: &[u8], kind: Kind, options: &Options) -> Extraction {
    match parse(bytes, options) {
        Ok((text, parts)) => {
            Extraction::new(kind, plain::rendition(&text, options)).with_parts(parts)
        }
        Err(reason) => Extraction::unread(kind, reason),
    }
}

fn parse(bytes: &[u8], options: &Options) -> Result<(String, Vec<Part>), Reason> {
    let mut package = Package::open(bytes, options)?;
    if let Some(manifest) = package.read_name("META-INF/manifest.xml")?
        && is_encrypted(&xml::decode(&manifest).text)?
    {
        return Err(Reason::Encrypted);
    }
    let names = package.names().to_vec();
    let mut lines = Lines::new(options);
    let mut texts = Vec::new();
    for name in &names {
        let file = name.rsplit('/').next().unwrap_or_default();
        match (name.as_str(), file) {
            ("content.xml", _) => texts.insert(0, name),
            ("styles.xml", _) | (_, "content.xml") => texts.push(name),
            _ => {}
        }
    }
    if texts.first().is_none_or(|first| *first != "content.xml") {
        return Err(Reason::Damaged);
    }
    for name in texts {
        let bytes = package.read_name(name)?.unwrap_or_default();
        text(&xml::decode(&bytes).text, &mut lines)?;
        lines.line();
    }
    let mut parts = Vec::new();
    for (at, name) in names.iter().enumerate().filter(|(_, name)| is_part(name)) {
        if parts.len() as u64 >= u64::from(options.limits.parts) {
            return Err(Reason::Limit);
        }
        let content = package
            .read(at)
            .map_or_else(Content::Unread, Content::Bytes);
        parts.push(Part {
            name: name.clone(),
            role: Role::Embedded,
            content,
        });
    }
    Ok((lines.finish(), parts))
}

fn is_encrypted(manifest: &str) -> Result<bool, Reason> {
    let mut found = false;
    xml::walk(manifest, |node| {
        if let Node::Open(element) = node {
            found |= element.name().ends_with("encryption-data");
        }
        Ok(())
    })?;
    Ok(found)
}

fn text(xml: &str, lines: &mut Lines) -> Result<(), Reason> {
    // Open elements whose character data is text, and open elements whose content is left out.
    let (mut open, mut skipped) = (0_u32, 0_u32);
    // Footnotes and annotations within a paragraph, which follow it.
    let (mut note, mut notes) = (0_u32, String::new());
    xml::walk(xml, |node| {
        match node {
            Node::Open(element) => {
                let name = element.name();
                if is_note(name) && open > 0 || note > 0 {
                    note += 1;
                    notes.push('\n');
                }
                skipped += u32::from(skipped > 0 || is_left_out(name));
                let mut put = |text: &str| {
                    if note > 0 {
                        notes.push_str(text);
                    } else {
                        lines.verbatim(text);
                    }
                };
                match name {
                    "text:tab" => put("\t"),
                    "text:line-break" => put("\n"),
                    "text:s" => {
                        let count = element
                            .attribute("c")
                            .and_then(|c| c.parse().ok())
                            .unwrap_or(1);
                        put(&" ".repeat(MOST_SPACES.min(count)));
                    }
                    "table:table" | "draw:page" => {
                        lines.line();
                        lines.words(&element.attribute("name").unwrap_or_default());
                        lines.line();
                    }
                    "table:table-cell" => {
                        lines.words(&element.attribute("date-value").unwrap_or_default());
                        lines.tab();
                    }
                    _ if is_text(name) => {
                        // A paragraph within another stands in a text box.
                        if open > 0 && note == 0 {
                            lines.line();
                        }
                        open += 1;
                    }
                    _ => {}
                }
            }
            Node::Close(name) => {
                note = note.saturating_sub(1);
                skipped = skipped.saturating_sub(1);
                if is_text(name) {
                    open = open.saturating_sub(1);
                    if note == 0 {
                        lines.line();
                    }
                }
                if open == 0 {
                    for line in std::mem::take(&mut notes).lines() {
                        lines.words(line);
                        lines.line();
                    }
                }
            }
            Node::Text(_) if open == 0 || skipped > 0 => {}
            Node::Text(text) if note > 0 => notes.push_str(&text.replace('\n', " ")),
            Node::Text(text) => lines.words(text),
        }
        lines.check()
    })
}

fn is_note(name: &str) -> bool {
    matches!(name, "text:note" | "office:annotation")
}

/// What stands within paragraphs and is no text of theirs.
fn is_left_out(name: &str) -> bool {
    matches!(name, "text:note-citation" | "office:binary-data")
}

fn is_block(name: &str) -> bool {
    matches!(name, "text:p" | "text:h")
}

/// Elements whose character data is text.
fn is_text(name: &str) -> bool {
    is_block(name)
        || matches!(
            name,
            "svg:title"
                | "svg:desc"
                | "dc:creator"
                | "math:mi"
                | "math:mn"
                | "math:mo"
                | "math:mtext"
                | "math:annotation"
                | "annotation"
        )
}

fn is_part(name: &str) -> bool {
    let own = [
        "META-INF/",
        "Configurations2/",
        "Thumbnails/",
        "ObjectReplacements/",
        "Basic/",
        "Scripts/",
        "Dialogs/",
    ];
    let file = name.rsplit('/').next().unwrap_or_default();
    let described = matches!(
        file,
        "mimetype" | "manifest.rdf" | "layout-cache" | "current.xml"
    ) || file.ends_with(".xml");
    !name.ends_with('/') && !own.iter().any(|folder| name.starts_with(folder)) && !described
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::extraction::Limits;

    #[test]
    fn paragraphs_tabs_spaces_and_notes() {
        let options = Options {
            pages: false,
            limits: Limits::DEFAULT,
        };
        let mut lines = Lines::new(&options);
        let xml = "<office:text><text:p>a<text:tab/>b<text:s text:c='2'/>c<text:note><text:p>note</text:p></text:note> \
                   d</text:p><style>x</style><table:table table:name='Sheet'><table:table-cell \
                   office:date-value='2006-01-25'><text:p>Jan</text:p></table:table-cell></table:table></office:text>";
        text(xml, &mut lines).unwrap();
        assert_eq!(lines.finish(), "a\tb  c d\nnote\nSheet\n2006-01-25\tJan\n");
    }
}
