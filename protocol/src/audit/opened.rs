//! `opened.csv` `[format-opened]`: what opens each position of a sample, so that the
//! commitment alone suffices to check it.
//!
//! ```text
//! position,status,family,file,salt,file_commitment,views,path
//! 17,item,17,17.png,1b4f…,9c01…,gray-64x64:2f77…:60a3…,8e2d… 11c9…
//! ```
//!
//! * `status` is `item`, or the reason of an exception;
//! * `file` is the name of its file in `files/`: the position, and the extension that the file had
//!   when it was committed; empty where the bytes could not be read then;
//! * `views` has `name:commitment:blind` for each view of the leaf, separated by spaces;
//! * `path` has the siblings on the way from the leaf to the root, the leaf's own first.
//!
//! Lines are in ascending order of position and end in a line feed, numbers are decimal, the rest
//! is lower-case hexadecimal: each content has one spelling.

use crate::bytes::Malformed;
use crate::digest::Digest;
use crate::exceptions::Reason;
use crate::leaf::{FileSalt, LeafData, Status};
use crate::pedersen::{ViewBlind, ViewCommitment};
use crate::tree::MerklePath;
use crate::view::View;

const HEADER: &str = "position,status,family,file,salt,file_commitment,views,path";
const ITEM: &str = "item";

/// The longest line, in bytes: 32 views and 32 siblings.
const MAX_LINE: u64 = 10_000;

/// The longest extension that a file keeps.
const MAX_EXTENSION: usize = 8;

/// The opening of one position.
pub struct Opened {
    /// The position.
    pub position: u64,
    /// The extension of its file, which may be empty; `None` where there is no file.
    pub extension: Option<String>,
    /// The salt of the file commitment.
    pub salt: FileSalt,
    /// The leaf.
    pub leaf: LeafData,
    /// The blind of each view commitment of the leaf, in its order.
    pub blinds: Vec<ViewBlind>,
    /// The way to the root.
    pub path: MerklePath,
}

impl Opened {
    /// The name of its file in `files/`, if it has one.
    #[must_use]
    pub fn file(&self) -> Option<String> {
        let extension = self.extension.as_deref()?;
        Some(file_name(self.position, extension))
    }

    fn line(&self) -> String {
        let LeafData {
            status,
            family,
            file,
            views,
        } = &self.leaf;
        let status = match status {
            Status::Item => ITEM,
            Status::Exception(reason) => reason.name(),
        };
        let views: Vec<String> = views
            .iter()
            .zip(&self.blinds)
            .map(|((view, commitment), blind)| {
                let (commitment, blind) = (commitment.to_bytes(), blind.to_bytes());
                format!("{view}:{}:{}", hex::encode(commitment), hex::encode(blind))
            })
            .collect();
        let path: Vec<String> = self.path.siblings().iter().map(Digest::to_string).collect();
        format!(
            "{},{status},{family},{},{},{file},{},{}\n",
            self.position,
            self.file().unwrap_or_default(),
            hex::encode(self.salt.to_bytes()),
            views.join(" "),
            path.join(" ")
        )
    }
}

/// The extension under which a file called `name` is opened: its own in lower case where that is
/// short and plain, else none. The readers of files tell no two names with equal extensions apart.
#[must_use]
pub fn extension_of(name: &std::path::Path) -> String {
    let extension = name.extension().and_then(|end| end.to_str()).unwrap_or("");
    let extension = extension.to_ascii_lowercase();
    if is_extension(&extension) {
        extension
    } else {
        String::new()
    }
}

fn is_extension(text: &str) -> bool {
    let plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit();
    text.len() <= MAX_EXTENSION && text.bytes().all(plain)
}

fn file_name(position: u64, extension: &str) -> String {
    match extension {
        "" => position.to_string(),
        extension => format!("{position}.{extension}"),
    }
}

/// The largest file of this many openings, in bytes.
#[must_use]
pub fn max_bytes(openings: u64) -> u64 {
    openings.saturating_add(1).saturating_mul(MAX_LINE)
}

/// The file's text.
#[must_use]
pub fn render(openings: &[Opened]) -> String {
    let lines = openings.iter().map(Opened::line);
    std::iter::once(format!("{HEADER}\n"))
        .chain(lines)
        .collect()
}

/// Reads the file's bytes.
///
/// # Errors
/// Names the line: another header or number of fields, a value out of its domain or a spelling
/// that is not canonical, positions that do not ascend.
pub fn parse(bytes: &[u8]) -> Result<Vec<Opened>, Malformed> {
    let text = std::str::from_utf8(bytes).map_err(|_| Malformed::new("it is not UTF-8"))?;
    let mut lines = text.split_inclusive('\n').zip(1..);
    if lines.next().map(|(line, _)| line.strip_suffix('\n')) != Some(Some(HEADER)) {
        return Err(Malformed::new(format!("its header is not '{HEADER}'")));
    }
    let mut openings: Vec<Opened> = Vec::new();
    for (line, number) in lines {
        let at_line = |error: Malformed| Malformed::new(format!("line {number}: {error}"));
        let opened = parse_line(line).map_err(at_line)?;
        if opened.line() != line {
            return Err(at_line(Malformed::new("it is not canonical")));
        }
        if openings
            .last()
            .is_some_and(|last| last.position >= opened.position)
        {
            return Err(at_line(Malformed::new("the positions do not ascend")));
        }
        openings.push(opened);
    }
    Ok(openings)
}

fn parse_line(line: &str) -> Result<Opened, Malformed> {
    let fields: Vec<&str> = line.trim_end_matches('\n').splitn(9, ',').collect();
    let [
        position,
        status,
        family,
        file,
        salt,
        commitment,
        views,
        path,
    ] = fields[..]
    else {
        return Err(Malformed::new("it does not have eight fields"));
    };
    let position: u64 = number(position)?;
    let status = match status {
        ITEM => Status::Item,
        reason => Status::Exception(reason.parse::<Reason>()?),
    };
    let mut leaf = LeafData {
        status,
        family: number(family)?,
        file: digest(commitment)?,
        views: Vec::new(),
    };
    let mut blinds = Vec::new();
    for view in views.split(' ').filter(|view| !view.is_empty()) {
        let (view, blind) = parse_view(view)?;
        leaf.views.push(view);
        blinds.push(blind);
    }
    leaf.check()?;
    let path = path
        .split(' ')
        .filter(|sibling| !sibling.is_empty())
        .map(digest)
        .collect::<Result<Vec<_>, _>>()?;
    Ok(Opened {
        position,
        extension: extension(position, file)?,
        salt: FileSalt::from_bytes(digest(salt)?.0),
        leaf,
        blinds,
        path: MerklePath::new(path),
    })
}

fn parse_view(text: &str) -> Result<((View, ViewCommitment), ViewBlind), Malformed> {
    let parts: Vec<&str> = text.splitn(4, ':').collect();
    let [view, commitment, blind] = parts[..] else {
        return Err(Malformed::new("a view is not 'name:commitment:blind'"));
    };
    let commitment = ViewCommitment::from_bytes(&digest(commitment)?.0)?;
    let blind = ViewBlind::from_bytes(&digest(blind)?.0)?;
    Ok(((view.parse()?, commitment), blind))
}

fn extension(position: u64, file: &str) -> Result<Option<String>, Malformed> {
    if file.is_empty() {
        return Ok(None);
    }
    let extension = file.split_once('.').map_or("", |(_, extension)| extension);
    if is_extension(extension) && file_name(position, extension) == file {
        Ok(Some(extension.to_owned()))
    } else {
        Err(Malformed::new("the file is not named by its position"))
    }
}

fn number(text: &str) -> Result<u64, Malformed> {
    text.parse()
        .map_err(|_| Malformed::new("a number is not decimal"))
}

fn digest(text: &str) -> Result<Digest, Malformed> {
    Digest::from_hex(text)
        .ok_or_else(|| Malformed::new("a value is not 64 lower-case hexadecimal digits"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pedersen::{Committer, Generators};
    use std::path::Path;

    fn sample() -> Vec<Opened> {
        let committer = Committer::new(&Generators::derive(1), 1);
        let item = |position, status, views: &[&str], extension: Option<&str>| {
            let blinds: Vec<ViewBlind> = views.iter().map(|_| ViewBlind::random()).collect();
            let commit = |(view, blind): (&&str, &ViewBlind)| {
                (view.parse().unwrap(), committer.commit(&[1], blind))
            };
            Opened {
                position,
                extension: extension.map(str::to_owned),
                salt: FileSalt::random(),
                leaf: LeafData {
                    status,
                    family: position,
                    file: Digest([5; 32]),
                    views: views.iter().zip(&blinds).map(commit).collect(),
                },
                blinds,
                path: MerklePath::new(vec![Digest([7; 32]), Digest([8; 32])]),
            }
        };
        vec![
            item(0, Status::Item, &["gray-4x4", "rgb-4x4"], Some("png")),
            item(2, Status::Exception(Reason::Damaged), &[], Some("")),
            item(3, Status::Exception(Reason::SymbolicLink), &[], None),
        ]
    }

    #[test]
    fn round_trips() {
        let text = render(&sample());
        let read = parse(text.as_bytes()).unwrap();
        assert_eq!(render(&read), text);
        assert_eq!(
            read.iter().map(Opened::file).collect::<Vec<_>>(),
            [Some("0.png".to_owned()), Some("2".to_owned()), None]
        );
        assert!(text.len() as u64 <= max_bytes(3));
        assert!(parse(format!("{HEADER}\n").as_bytes()).unwrap().is_empty());
    }

    #[test]
    fn every_other_spelling_is_refused() {
        let text = render(&sample());
        let lines: Vec<&str> = text.split_inclusive('\n').collect();
        let cases = [
            String::new(),
            text.trim_end().to_owned(),
            format!("{text}\n"),
            text.replace('\n', "\r\n"),
            text.replace("status", "Status"),
            text.replace("\n2,", "\n02,"),
            text.replace("\n2,", "\n0,"),
            text.replace("\n2,", "\n5,"),
            text.replace("0.png", "1.png"),
            text.replace("0.png", "../0.png"),
            text.replace("0.png", "0.PNG"),
            text.replace("0.png", "0."),
            text.replace("0.png", "0.p/g"),
            text.replace("damaged", "tired"),
            text.replace("damaged", "item "),
            text.replace("gray-4x4", "gray-04x4"),
            text.replace("gray-4x4", "text-hash-8"),
            text.replace("gray-4x4:", "gray-4x4::"),
            text.replace("0707", "070"),
            text.replace(" 0808", "  0808"),
            text.replace("0707", "0X07"),
            [lines[0], lines[2], lines[1]].concat(),
            [lines[0], lines[1], lines[1]].concat(),
        ];
        for case in cases {
            assert!(parse(case.as_bytes()).is_err(), "{case}");
        }
        assert!(parse(&[0xff]).is_err());
    }

    #[test]
    fn extensions_are_short_and_plain() {
        for (name, extension) in [
            ("a/b.EML", "eml"),
            ("b", ""),
            (".eml", ""),
            ("x.tar.gz", "gz"),
            ("x.p\u{202e}g", ""),
            ("x.=cmd", ""),
            ("x.extension", ""),
        ] {
            assert_eq!(extension_of(Path::new(name)), extension, "{name}");
        }
    }
}
