//! `opened.csv` `[format-opened]`: what opens each position of a sample, so that the
//! commitment alone suffices to check it.
//!
//! ```text
//! position,status,family,file,page,rendition,salt,rendition_salt,file_commitment,rendition_commitment,views,path
//! 17,item,17,17.pdf,,17.txt,1b4f…,88e0…,9c01…,4a4b…,text-hash-64:2f77…:60a3…,8e2d… 11c9…
//! 18,page,17,18.pdf,3,18.png,77a0…,0c1d…,5b5b…,6d6e…,gray-64x64:03ff…:9ab1…,f2a1… 11c9…
//! ```
//!
//! * `status` is `item`, `page`, or the reason of an exception;
//! * `file` is the name of its file in `files/`: the position, and the end of the file's name that is
//!   committed to; empty where the bytes could not be read then. Of a page it is the document, under
//!   the end of that one's name;
//! * `page` is the number of the page, from 0, empty for what is no page;
//! * `rendition` is the name of its rendition in `renditions/`, empty for an exception;
//! * `views` has `name:commitment:blind` for each view of the leaf, separated by spaces;
//! * `path` has the siblings on the way from the leaf to the root, the leaf's own first.
//!
//! Lines are in ascending order of position and end in a line feed, numbers are decimal, the rest
//! is lower-case hexadecimal: each content has one spelling.

use crate::bytes::Malformed;
use crate::digest::Digest;
use crate::exceptions::Reason;
use crate::leaf::{LeafData, Salt, Status, Suffix};
use crate::pedersen::{ViewBlind, ViewCommitment};
use crate::tree::MerklePath;
use crate::view::{Kind, View};

const HEADER: &str = "position,status,family,file,page,rendition,salt,rendition_salt,file_commitment,rendition_commitment,views,path";
const ITEM: &str = "item";
const PAGE: &str = "page";

/// The longest line, in bytes: 32 views and 32 siblings.
const MAX_LINE: u64 = 10_000;

/// The opening of one position.
pub struct Opened {
    /// The position.
    pub position: u64,
    /// The end of its file's name, which may be empty; `None` where there is no file.
    pub suffix: Option<Suffix>,
    /// The number of the page, where it is one of the document that the file is.
    pub page: Option<u32>,
    /// The salt of the file commitment.
    pub salt: Salt,
    /// Text or image, and the salt of the rendition commitment; `None` for an exception.
    pub rendition: Option<(Kind, Salt)>,
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
        Some(self.suffix.as_ref()?.file(self.position))
    }

    /// The name of its rendition in `renditions/`, if it has one.
    #[must_use]
    pub fn rendition_file(&self) -> Option<String> {
        let (kind, _) = self.rendition.as_ref()?;
        Some(rendition_name(self.position, *kind))
    }

    /// What its salt commits to: the file with this SHA-256 digest, or the page of it. Without a file
    /// the end of the name is empty.
    #[must_use]
    pub fn commit(&self, sha256: Digest) -> Digest {
        let none = Suffix::default();
        let suffix = self.suffix.as_ref().unwrap_or(&none);
        match self.page {
            None => self.salt.commit_file_digest(sha256, suffix),
            Some(page) => self.salt.commit_page(sha256, page),
        }
    }

    fn line(&self) -> String {
        let LeafData {
            status,
            family,
            file,
            rendition,
            views,
        } = &self.leaf;
        let status = match status {
            Status::Item => ITEM,
            Status::Page => PAGE,
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
        let rendition_salt = self.rendition.as_ref().map(|(_, salt)| salt.to_bytes());
        [
            self.position.to_string(),
            status.to_owned(),
            family.to_string(),
            self.file().unwrap_or_default(),
            self.page.map_or_else(String::new, |page| page.to_string()),
            self.rendition_file().unwrap_or_default(),
            hex::encode(self.salt.to_bytes()),
            rendition_salt.map_or_else(String::new, hex::encode),
            file.to_string(),
            rendition.map_or_else(String::new, |digest| digest.to_string()),
            views.join(" "),
            path.join(" "),
        ]
        .join(",")
            + "\n"
    }
}

fn rendition_name(position: u64, kind: Kind) -> String {
    match kind {
        Kind::Text => format!("{position}.txt"),
        Kind::Image => format!("{position}.png"),
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
    let fields: Vec<&str> = line.trim_end_matches('\n').splitn(13, ',').collect();
    let [
        position,
        status,
        family,
        file,
        page,
        rendition,
        salt,
        rendition_salt,
        commitment,
        rendition_commitment,
        views,
        path,
    ] = fields[..]
    else {
        return Err(Malformed::new("it does not have twelve fields"));
    };
    let position: u64 = number(position)?;
    let status = match status {
        ITEM => Status::Item,
        PAGE => Status::Page,
        reason => Status::Exception(reason.parse::<Reason>()?),
    };
    let mut leaf = LeafData {
        status,
        family: number(family)?,
        file: digest(commitment)?,
        rendition: optional(rendition_commitment, digest)?,
        views: Vec::new(),
    };
    let mut blinds = Vec::new();
    for view in views.split(' ').filter(|view| !view.is_empty()) {
        let (view, blind) = parse_view(view)?;
        leaf.views.push(view);
        blinds.push(blind);
    }
    leaf.check()?;
    let page = optional(page, number::<u32>)?;
    let rendition = match (rendition, rendition_salt) {
        ("", "") => None,
        (name, salt) => {
            let kind = if name.ends_with(".txt") {
                Kind::Text
            } else {
                Kind::Image
            };
            Some((kind, Salt::from_bytes(digest(salt)?.0)))
        }
    };
    if rendition.is_some() != status.is_read() || (page.is_none() && status == Status::Page) {
        return Err(Malformed::new("its status does not fit what is opened"));
    }
    let path = path
        .split(' ')
        .filter(|sibling| !sibling.is_empty())
        .map(digest)
        .collect::<Result<Vec<_>, _>>()?;
    Ok(Opened {
        position,
        suffix: suffix(position, file)?,
        page,
        salt: Salt::from_bytes(digest(salt)?.0),
        rendition,
        leaf,
        blinds,
        path: MerklePath::new(path),
    })
}

/// The value of a field that may be empty.
fn optional<T>(
    text: &str,
    read: impl FnOnce(&str) -> Result<T, Malformed>,
) -> Result<Option<T>, Malformed> {
    match text {
        "" => Ok(None),
        text => read(text).map(Some),
    }
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

fn suffix(position: u64, file: &str) -> Result<Option<Suffix>, Malformed> {
    if file.is_empty() {
        return Ok(None);
    }
    let end = file.split_once('.').map_or("", |(_, end)| end);
    let suffix = end.parse::<Suffix>();
    match suffix.ok().filter(|suffix| suffix.file(position) == file) {
        Some(suffix) => Ok(Some(suffix)),
        None => Err(Malformed::new("the file is not named by its position")),
    }
}

fn number<T: std::str::FromStr>(text: &str) -> Result<T, Malformed> {
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

    fn sample() -> Vec<Opened> {
        let committer = Committer::new(&Generators::derive(1), 1);
        let item = |position, status: Status, views: &[&str], suffix: Option<&str>| {
            let blinds: Vec<ViewBlind> = views.iter().map(|_| ViewBlind::random()).collect();
            let commit = |(view, blind): (&&str, &ViewBlind)| {
                (view.parse().unwrap(), committer.commit(&[1], blind))
            };
            let rendition = status.is_read().then(|| (Kind::Image, Salt::random()));
            Opened {
                position,
                suffix: suffix.map(|end| end.parse().unwrap()),
                page: (status == Status::Page).then_some(3),
                salt: Salt::random(),
                rendition,
                leaf: LeafData {
                    status,
                    family: position,
                    file: Digest([5; 32]),
                    rendition: status.is_read().then_some(Digest([6; 32])),
                    views: views.iter().zip(&blinds).map(commit).collect(),
                },
                blinds,
                path: MerklePath::new(vec![Digest([7; 32]), Digest([8; 32])]),
            }
        };
        vec![
            item(0, Status::Item, &["gray-4x4", "rgb-4x4"], Some("tif")),
            item(1, Status::Page, &["gray-4x4", "rgb-4x4"], Some("pdf")),
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
            [Some("0.tif"), Some("1.pdf"), Some("2"), None].map(|name| name.map(str::to_owned))
        );
        assert_eq!(read[1].rendition_file().as_deref(), Some("1.png"));
        assert!(text.len() as u64 <= max_bytes(4));
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
            text.replace("0.tif", "1.tif"),
            text.replace("0.tif", "../0.tif"),
            text.replace("0.tif", "0.TIF"),
            text.replace("0.tif", "0."),
            text.replace("0.tif", "0.t/f"),
            text.replace("1.pdf,3", "1.pdf,03"),
            text.replace("1.pdf,3", "1.pdf,"),
            text.replace("0.png", "1.png"),
            text.replace("0.png", "0.gif"),
            text.replace("0.png", ""),
            text.replace("damaged", "tired"),
            text.replace("damaged", "item "),
            text.replace("gray-4x4", "gray-04x4"),
            text.replace("gray-4x4", "text-hash-8"),
            text.replace("gray-4x4:", "gray-4x4::"),
            text.replace("0707", "070"),
            text.replace(" 0808", "  0808"),
            text.replace("0707", "0X07"),
            [lines[0], lines[3], lines[2]].concat(),
            [lines[0], lines[1], lines[1]].concat(),
        ];
        for case in cases {
            assert!(parse(case.as_bytes()).is_err(), "{case}");
        }
        assert!(parse(&[0xff]).is_err());
    }
}
