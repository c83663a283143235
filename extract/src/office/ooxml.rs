//! Word and PowerPoint since 2007, and what Excel keeps outside of its cells (ECMA-376).
//!
//! | read, in this order | left out |
//! |---|---|
//! | the document, or slides, each with its notes and comments in turn | properties, styles, numbering |
//! | footnotes, endnotes, comments with their authors | codes of fields; their results are read |
//! | headers, footers; text of masters and layouts that is no placeholder | placeholders' prompts |
//! | charts and diagrams | the picture of a diagram, which repeats it |
//! | text boxes, WordArt, descriptions of pictures | fonts, printer settings, the thumbnail |
//!
//! Rules:
//! * Of alternatives (`mc:AlternateContent`) the first is read: the others repeat it for older programs.
//! * Tracked changes: inserted and deleted text are both read. Moved text is read at both places.
//! * Hidden text and hidden slides are read.
//! * What cannot be seen as text (pictures, embedded files, chunks in other formats, macros) is a part.

use crate::archive::package::Package;
use crate::extraction::{Content, Extraction, Options, Part, Reason, Role};
use crate::kind::Kind;
use crate::text::lines::Lines;
use crate::text::plain;
use crate::text::xml::{self, Element, Node};

/// Folders and names that hold text, in the order in which they are read.
const WORD: [&str; 10] = [
    "word/document",
    "word/footnotes",
    "word/endnotes",
    "word/comments",
    "word/header",
    "word/footer",
    "word/glossary/document",
    "word/charts/chart",
    "word/diagrams/data",
    "word/charts/",
];
const SLIDES: [&str; 10] = [
    "ppt/slides/slide",
    "ppt/notesSlides/notesSlide",
    "ppt/comments/",
    "ppt/commentAuthors",
    "ppt/authors",
    "ppt/charts/chart",
    "ppt/diagrams/data",
    "ppt/slideMasters/",
    "ppt/slideLayouts/",
    "ppt/notesMasters/",
];
/// What stands beside the cells of a workbook.
const SHEETS: [&str; 7] = [
    "xl/comments",
    "xl/threadedComments/",
    "xl/persons/",
    "xl/drawings/",
    "xl/charts/chart",
    "xl/diagrams/data",
    "xl/worksheets/",
];

/// Reads a document or a presentation.
pub fn read(bytes: &[u8], kind: Kind, options: &Options) -> Extraction {
    let mut package = match Package::open(bytes, options) {
        Ok(package) => package,
        Err(reason) => return Extraction::unread(kind, reason),
    };
    let wanted: &[&str] = if kind == Kind::Docx { &WORD } else { &SLIDES };
    let mut lines = Lines::new(options);
    let read = texts(&mut package, wanted, &mut lines);
    let rendition = read.and_then(|()| plain::rendition(&lines.finish(), options));
    let (parts, over) = parts(&mut package, options);
    let rendition = if over { Err(Reason::Limit) } else { rendition };
    Extraction::new(kind, rendition).with_parts(parts)
}

/// Adds what a workbook holds outside of its cells.
///
/// # Errors
/// As [`Package::read`].
pub fn beside_cells(package: &mut Package, lines: &mut Lines) -> Result<(), Reason> {
    texts(package, &SHEETS, lines)
}

fn texts(package: &mut Package, wanted: &[&str], lines: &mut Lines) -> Result<(), Reason> {
    let mut found: Vec<(usize, u64, String, usize)> = Vec::new();
    for (at, name) in package.names().iter().enumerate() {
        let lower = name.to_ascii_lowercase();
        if !lower.ends_with(".xml") {
            continue;
        }
        let rank = wanted
            .iter()
            .position(|prefix| lower.starts_with(&prefix.to_ascii_lowercase()));
        if let Some(rank) = rank {
            found.push((rank, number(&lower), lower, at));
        }
    }
    found.sort();
    for (_, _, name, at) in found {
        let bytes = package.read(at)?;
        part_text(&xml::decode(&bytes).text, &name, lines)?;
        lines.line();
    }
    Ok(())
}

/// The number at the end of a name, so that `slide10.xml` comes after `slide9.xml`.
fn number(name: &str) -> u64 {
    let stem = name.trim_end_matches(".xml");
    let digits = stem.trim_end_matches(|c: char| c.is_ascii_digit()).len();
    stem[digits..].parse().unwrap_or(0)
}

/// How deep within alternatives and shapes the walk stands.
#[derive(Default)]
struct Place {
    /// Open elements whose character data is text.
    text: u32,
    /// Open elements of a kind that is skipped, and what is in them.
    skipped: u32,
    /// Whether tab stops are defined here, rather than tabs.
    stops: u32,
    /// For every open `AlternateContent`: whether an alternative was read.
    alternatives: Vec<bool>,
    /// The text of the shape that is open, until it is known to be no placeholder.
    shape: Option<String>,
    placeholder: bool,
}

impl Place {
    /// Of an `AlternateContent` the first alternative is read, the others are left out.
    fn alternative(&mut self) {
        if self.alternatives.last() == Some(&true) {
            self.skipped = 1;
        } else if let Some(read) = self.alternatives.last_mut() {
            *read = true;
        }
    }
}

/// Elements whose character data is text, without their prefix: of Word, PowerPoint, Excel and
/// charts in turn.
fn is_text(local: &str) -> bool {
    matches!(
        local,
        "t" | "delText"
            | "text"
            | "v"
            | "oddHeader"
            | "oddFooter"
            | "evenHeader"
            | "evenFooter"
            | "firstHeader"
            | "firstFooter"
    )
}

/// Puts the text of a part of the package into `lines`.
fn part_text(xml: &str, name: &str, lines: &mut Lines) -> Result<(), Reason> {
    let mut reader = PartReader {
        is_master: MASTERS.iter().any(|master| name.contains(master)),
        is_sheet: name.starts_with("xl/worksheets/"),
        place: Place::default(),
        lines,
    };
    xml::walk(xml, |node| {
        match node {
            Node::Open(element) => reader.open(element),
            Node::Close(name) => reader.close(local(name)),
            Node::Text(text) => reader.text(text),
        }
        reader.lines.check()
    })
}

/// Parts whose placeholders are no text of the presentation.
const MASTERS: [&str; 3] = ["slidemasters", "slidelayouts", "notesmasters"];

/// A part that is being read.
struct PartReader<'a> {
    is_master: bool,
    /// Values of cells are read by the reader of workbooks.
    is_sheet: bool,
    place: Place,
    lines: &'a mut Lines,
}

impl PartReader<'_> {
    fn open(&mut self, element: &Element) {
        let local = local(element.name());
        if self.place.skipped > 0 {
            self.place.skipped += 1;
            return;
        }
        self.enter(local);
        self.attributes(local, element);
    }

    /// What the beginning of an element does to the place and the text.
    fn enter(&mut self, local: &str) {
        let place = &mut self.place;
        match local {
            "AlternateContent" => place.alternatives.push(false),
            "Choice" | "Fallback" => place.alternative(),
            "tabs" => place.stops += 1,
            "tab" | "ptab" if place.stops == 0 => self.lines.tab(),
            "br" | "cr" => self.lines.line(),
            "noBreakHyphen" => self.lines.verbatim("-"),
            "sp" if self.is_master => {
                (place.shape, place.placeholder) = (Some(String::new()), false);
            }
            "ph" => place.placeholder = true,
            "sheetData" if self.is_sheet => place.skipped = 1,
            _ if self.holds_text(local) => self.place.text += 1,
            _ => {}
        }
    }

    fn attributes(&mut self, local: &str, element: &Element) {
        for shown in shown_attributes(local) {
            if let Some(value) = element.attribute(shown).filter(|_| !self.is_master) {
                self.lines.words(&value);
                self.lines.line();
            }
        }
    }

    fn close(&mut self, local: &str) {
        if self.place.skipped > 0 {
            self.place.skipped -= 1;
            return;
        }
        self.leave(local);
        if self.holds_text(local) {
            self.place.text = self.place.text.saturating_sub(1);
        }
    }

    /// What the end of an element does to the place and the text.
    fn leave(&mut self, local: &str) {
        let place = &mut self.place;
        match local {
            "AlternateContent" => {
                place.alternatives.pop();
            }
            "tabs" => place.stops = place.stops.saturating_sub(1),
            "p" | "si" | "pt" | "text" | "threadedComment" => self.end_line(),
            "sp" => {
                let shape = place.shape.take().filter(|_| !place.placeholder);
                self.lines.verbatim(&shape.unwrap_or_default());
                self.lines.line();
            }
            _ if local.ends_with("Header") || local.ends_with("Footer") => self.end_line(),
            _ => {}
        }
    }

    fn text(&mut self, text: &str) {
        if self.place.text == 0 || self.place.skipped > 0 {
            return;
        }
        match &mut self.place.shape {
            Some(shape) => shape.push_str(text),
            None => self.lines.verbatim(text),
        }
    }

    fn end_line(&mut self) {
        match &mut self.place.shape {
            Some(shape) => shape.push('\n'),
            None => self.lines.line(),
        }
    }

    /// Whether the character data of an element is text.
    fn holds_text(&self, local: &str) -> bool {
        is_text(local) && !(self.is_sheet && matches!(local, "t" | "v" | "text"))
    }
}

/// Attributes that hold text: of pictures, WordArt and comments.
fn shown_attributes(local: &str) -> &'static [&'static str] {
    match local {
        "docPr" | "cNvPr" => &["descr", "title"],
        "textpath" => &["string"],
        "comment" => &["author"],
        "cmAuthor" | "author" => &["name"],
        "person" => &["displayName"],
        _ => &[],
    }
}

fn local(name: &str) -> &str {
    name.rsplit(':').next().unwrap_or(name)
}

/// Pictures, embedded files, chunks in other formats and macros, in the order of the directory.
/// The flag tells whether a limit cut them off.
pub fn parts(package: &mut Package, options: &Options) -> (Vec<Part>, bool) {
    let mut parts = Vec::new();
    for at in 0..package.names().len() {
        let name = package.names()[at].clone();
        if !is_part(&name.to_ascii_lowercase()) {
            continue;
        }
        if parts.len() as u64 >= u64::from(options.limits.parts) {
            return (parts, true);
        }
        let content = package
            .read(at)
            .map_or_else(Content::Unread, Content::Bytes);
        let name = name.rsplit('/').next().unwrap_or_default().to_owned();
        parts.push(Part {
            name,
            role: Role::Embedded,
            content,
        });
    }
    (parts, false)
}

fn is_part(name: &str) -> bool {
    let folder = |part: &str| name.contains(part);
    let own = name.starts_with("docprops/")
        || name.starts_with("_xmlsignatures/")
        || name.starts_with("customxml/");
    let xml = name.ends_with(".xml") || name.ends_with(".rels") || name.ends_with(".vml");
    if name.ends_with('/') || own {
        return false;
    }
    let embedded = folder("/media/") || folder("/embeddings/");
    let unseen = folder("/fonts/")
        || folder("printersettings")
        || folder("/_rels/")
        || name.ends_with(".odttf");
    let workbook = name.starts_with("xl/") && name.ends_with(".bin") && !folder("vbaproject");
    embedded || (!xml && !unseen && !workbook)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::extraction::Limits;

    const OPTIONS: Options = Options {
        pages: false,
        limits: Limits::DEFAULT,
    };

    fn text(xml: &str, name: &str) -> String {
        let mut lines = Lines::new(&OPTIONS);
        part_text(xml, name, &mut lines).unwrap();
        lines.finish()
    }

    #[test]
    fn a_text_box_is_read_once() {
        let xml = "<w:p><mc:AlternateContent><mc:Choice><w:t>box</w:t></mc:Choice><mc:Fallback><w:p>\
                   <w:t>box</w:t></w:p></mc:Fallback></mc:AlternateContent><w:t> after</w:t></w:p>";
        assert_eq!(text(xml, "word/document.xml"), "box after\n");
    }

    #[test]
    fn tabs_are_not_tab_stops() {
        let xml = "<w:p><w:pPr><w:tabs><w:tab/></w:tabs></w:pPr><w:t>a</w:t><w:tab/><w:t>b</w:t><w:br/>\
                   <w:delText>c</w:delText><w:instrText>PAGE</w:instrText></w:p><w:p/>";
        assert_eq!(text(xml, "word/document.xml"), "a\tb\nc\n");
    }

    #[test]
    fn prompts_of_a_master_are_left_out() {
        let xml = "<p:sp><p:ph type='title'/><a:p><a:t>Click to edit</a:t></a:p></p:sp>\
                   <p:sp><a:p><a:t>CONFIDENTIAL</a:t></a:p></p:sp>";
        assert_eq!(
            text(xml, "ppt/slidemasters/slidemaster1.xml"),
            "CONFIDENTIAL\n"
        );
        assert_eq!(
            text(xml, "ppt/slides/slide1.xml"),
            "Click to edit\nCONFIDENTIAL\n"
        );
    }

    #[test]
    fn a_sheet_gives_its_headers_only() {
        let xml = "<worksheet><sheetData><row><c t='inlineStr'><is><t>x</t></is></c></row></sheetData>\
                   <headerFooter><oddHeader>&amp;CSecret</oddHeader></headerFooter></worksheet>";
        assert_eq!(text(xml, "xl/worksheets/sheet1.xml"), "&CSecret\n");
    }
}
