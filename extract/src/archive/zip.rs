//! ZIP: which document it is, and an archive's entries as parts.
//!
//! The text of an archive is the names of its entries, one a line. Folders are no parts. An entry that
//! cannot be unpacked is a part with its own reason. Entries keep the order of the directory.
//!
//! # Not proved
//! That nothing lies between the entries: bytes that the directory does not name are not looked for.

use crate::archive::package::Package;
use crate::extraction::{Content, Extraction, Limits, Options, Part, Reason, Role};
use crate::kind::Kind;
use crate::text::plain;

/// The document that a ZIP file is, by its entries; of a damaged one, by the names that stand in it.
pub fn kind(bytes: &[u8]) -> Kind {
    let options = Options {
        pages: false,
        limits: Limits::DEFAULT,
    };
    let Ok(mut package) = Package::open(bytes, &options) else {
        return of_damaged(bytes);
    };
    if let Some(kind) = package
        .find("mimetype")
        .and_then(|at| package.read(at).ok())
        .and_then(|m| open_document(&m))
    {
        return kind;
    }
    let begins = |prefix: &str| {
        package.names().iter().any(|n| {
            n.get(..prefix.len())
                .is_some_and(|n| n.eq_ignore_ascii_case(prefix))
        })
    };
    if package.has("[Content_Types].xml") {
        return match () {
            () if begins("word/") => Kind::Docx,
            () if begins("ppt/") => Kind::Pptx,
            () if package.has("xl/workbook.bin") => Kind::Xlsb,
            () if begins("xl/") => Kind::Xlsx,
            () => Kind::Zip,
        };
    }
    // OpenDocument files that were packed anew without their first entry.
    if package.has("content.xml") && package.has("META-INF/manifest.xml") {
        return Kind::Odf;
    }
    Kind::Zip
}

/// The kinds of OpenDocument, templates and masters with their documents.
fn open_document(mimetype: &[u8]) -> Option<Kind> {
    let kind = std::str::from_utf8(mimetype).ok()?.trim();
    let kind = kind
        .strip_prefix("application/vnd.oasis.opendocument.")
        .or_else(|| kind.strip_prefix("application/vnd.sun.xml."))?;
    Some(match kind.split('-').next().unwrap_or_default() {
        "text" | "writer" | "writer.template" | "writer.global" => Kind::Odt,
        "spreadsheet" | "calc" | "calc.template" => Kind::Ods,
        "presentation" | "impress" | "impress.template" => Kind::Odp,
        _ => Kind::Odf,
    })
}

/// How much of a damaged file is searched for names.
const NAMES_BYTES: usize = 1 << 20;

fn of_damaged(bytes: &[u8]) -> Kind {
    let head = &bytes[..bytes.len().min(NAMES_BYTES)];
    let holds = |name: &[u8]| head.windows(name.len()).any(|w| w == name);
    if holds(b"[Content_Types].xml") || holds(b"_rels/.rels") {
        for (name, kind) in [
            (&b"word/"[..], Kind::Docx),
            (b"ppt/", Kind::Pptx),
            (b"xl/", Kind::Xlsx),
        ] {
            if holds(name) {
                return kind;
            }
        }
    }
    Kind::Zip
}

/// Reads an archive.
pub fn read(bytes: &[u8], options: &Options) -> Extraction {
    let mut package = match Package::open(bytes, options) {
        Ok(package) => package,
        Err(reason) => return Extraction::unread(Kind::Zip, reason),
    };
    let names = package.names().to_vec();
    let files: Vec<_> = names
        .into_iter()
        .enumerate()
        .filter(|(_, name)| !name.ends_with(['/', '\\']))
        .collect();
    if files.len() as u64 > u64::from(options.limits.parts) {
        return Extraction::unread(Kind::Zip, Reason::Limit);
    }
    let parts: Vec<Part> = files
        .into_iter()
        .map(|(at, name)| {
            let content = package
                .read(at)
                .map_or_else(Content::Unread, Content::Bytes);
            Part {
                name,
                role: Role::Entry,
                content,
            }
        })
        .collect();
    container(Kind::Zip, parts, options)
}

/// A container, whose text is the names of its parts.
pub fn container(kind: Kind, parts: Vec<Part>, options: &Options) -> Extraction {
    let mut text = String::new();
    for part in &parts {
        text.push_str(&one_line(&part.name));
        text.push('\n');
    }
    Extraction::new(kind, plain::rendition(&text, options)).with_parts(parts)
}

/// A name on one line: its control characters become spaces.
fn one_line(name: &str) -> String {
    name.chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect()
}
