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
use crate::text::xml::{self, Element, Node};

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

/// Puts the text of a part of the package into `lines`.
fn text(xml: &str, lines: &mut Lines) -> Result<(), Reason> {
    let mut reader = PartReader {
        open: 0,
        skipped: 0,
        note: 0,
        notes: String::new(),
        lines,
    };
    xml::walk(xml, |node| {
        match node {
            Node::Open(element) => reader.open(element),
            Node::Close(name) => reader.close(name),
            Node::Text(text) => reader.text(text),
        }
        reader.lines.check()
    })
}

/// A part that is being read.
struct PartReader<'a> {
    /// Open elements whose character data is text.
    open: u32,
    /// Open elements whose content is left out.
    skipped: u32,
    /// Open elements of a footnote or annotation.
    note: u32,
    /// Footnotes and annotations within a paragraph, which follow it.
    notes: String,
    lines: &'a mut Lines,
}

impl PartReader<'_> {
    fn open(&mut self, element: &Element) {
        let name = element.name();
        if is_note(name) && self.open > 0 || self.note > 0 {
            self.note += 1;
            self.notes.push('\n');
        }
        self.skipped += u32::from(self.skipped > 0 || is_left_out(name));
        match name {
            "text:tab" => self.put("\t"),
            "text:line-break" => self.put("\n"),
            "text:s" => self.spaces(element),
            "table:table" | "draw:page" => self.title(element),
            "table:table-cell" => {
                let date = element.attribute("date-value").unwrap_or_default();
                self.lines.words(&date);
                self.lines.tab();
            }
            _ if is_text(name) => self.paragraph(),
            _ => {}
        }
    }

    /// Text that an element stands for.
    fn put(&mut self, text: &str) {
        if self.note > 0 {
            self.notes.push_str(text);
        } else {
            self.lines.verbatim(text);
        }
    }

    fn spaces(&mut self, element: &Element) {
        let count = element.attribute("c").and_then(|c| c.parse().ok());
        self.put(&" ".repeat(MOST_SPACES.min(count.unwrap_or(1))));
    }

    /// The name of a table or a slide, on a line of its own.
    fn title(&mut self, element: &Element) {
        self.lines.line();
        let name = element.attribute("name").unwrap_or_default();
        self.lines.words(&name);
        self.lines.line();
    }

    fn paragraph(&mut self) {
        // A paragraph within another stands in a text box.
        if self.open > 0 && self.note == 0 {
            self.lines.line();
        }
        self.open += 1;
    }

    fn close(&mut self, name: &str) {
        self.note = self.note.saturating_sub(1);
        self.skipped = self.skipped.saturating_sub(1);
        if is_text(name) {
            self.open = self.open.saturating_sub(1);
            if self.note == 0 {
                self.lines.line();
            }
        }
        if self.open == 0 {
            self.put_notes();
        }
    }

    fn put_notes(&mut self) {
        for line in std::mem::take(&mut self.notes).lines() {
            self.lines.words(line);
            self.lines.line();
        }
    }

    fn text(&mut self, text: &str) {
        if self.open == 0 || self.skipped > 0 {
            return;
        }
        if self.note > 0 {
            self.notes.push_str(&text.replace('\n', " "));
        } else {
            self.lines.words(text);
        }
    }
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
