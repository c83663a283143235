//! `openings.csv` `[format-openings]`: what opens the commitments of what is produced, and of nothing
//! else.
//!
//! ```text
//! position,bates,native,suffix,rendition,salt,rendition_salt,blind
//! 17,EPA0000001,EPA0000001.docx,docx,EPA0000001.txt,1b4f…,77e2…,60a3…
//! 19,EPA0000002,,,EPA0000002.png,,09ac…,51f0…
//! ```
//!
//! Lines are in ascending order of position and end in a line feed; numbers are decimal; salts (of the
//! file commitment and of the rendition commitment) and blinds (of the request's view) are 64 lower-case
//! hex digits. `suffix` is the end of the file's name that is committed to with it, which may be empty
//! ([`Suffix`]); the produced file has an extension from the closed list. A page has no native file and
//! no salt of one; an exception has no rendition and no salt of one; what has no view that the request
//! reads has no blind.

use super::bates::{BatesNumber, Extension};
use crate::bytes::Malformed;
use crate::leaf::{Salt, Suffix};
use crate::pedersen::ViewBlind;
use crate::view::Kind;

const HEADER: &str = "position,bates,native,suffix,rendition,salt,rendition_salt,blind";

/// The longest line, in bytes, that a well-formed opening can have.
const MAX_LINE: u64 = 512;

/// The opening of one produced document.
pub struct Opening {
    /// Its position in the commitment.
    pub position: u64,
    /// Its Bates number.
    pub bates: BatesNumber,
    /// Its native file; a page has none.
    pub native: Option<NativeOpening>,
    /// Text or image, and the salt of the rendition commitment; an exception has none.
    pub rendition: Option<(Kind, Salt)>,
    /// The blind of the request's view, if it has that view.
    pub blind: Option<ViewBlind>,
}

/// What opens the file commitment, beside the file's bytes.
pub struct NativeOpening {
    /// The extension of the produced file.
    pub extension: Extension,
    /// The end of the name that is committed to.
    pub suffix: Suffix,
    /// The salt of the commitment.
    pub salt: Salt,
}

impl Opening {
    /// The name of its file in `natives/`, if it has one.
    #[must_use]
    pub fn native_file(&self) -> Option<String> {
        let native = self.native.as_ref()?;
        Some(self.bates.native(native.extension))
    }

    /// The path of its rendition in the production, if it has one.
    #[must_use]
    pub fn rendition_file(&self) -> Option<String> {
        let (kind, _) = self.rendition.as_ref()?;
        Some(self.bates.rendition(*kind))
    }
}

/// The largest file of `produced` openings, in bytes.
#[must_use]
pub fn max_bytes(produced: u64) -> u64 {
    produced.saturating_add(1).saturating_mul(MAX_LINE)
}

/// The file's text.
#[must_use]
pub fn render<'a>(openings: impl IntoIterator<Item = &'a Opening>) -> String {
    let mut text = format!("{HEADER}\n");
    for opening in openings {
        let secret = |bytes: Option<[u8; 32]>| bytes.map_or_else(String::new, hex::encode);
        let rendition = opening.rendition_file().unwrap_or_default();
        let native = opening.native.as_ref();
        text += &format!(
            "{},{},{},{},{},{},{},{}\n",
            opening.position,
            opening.bates,
            opening.native_file().unwrap_or_default(),
            native.map_or("", |native| native.suffix.as_str()),
            rendition.rsplit('/').next().unwrap_or_default(),
            secret(native.map(|native| native.salt.to_bytes())),
            secret(opening.rendition.as_ref().map(|(_, salt)| salt.to_bytes())),
            secret(opening.blind.as_ref().map(ViewBlind::to_bytes)),
        );
    }
    text
}

/// Reads the file's bytes.
///
/// # Errors
/// Names the line: another header or number of fields, a spelling that is not canonical,
/// positions that do not ascend, the name of a file out of form, a salt without its file, neither
/// native file nor rendition.
pub fn parse(bytes: &[u8]) -> Result<Vec<Opening>, Malformed> {
    let text = std::str::from_utf8(bytes).map_err(|_| Malformed::new("it is not UTF-8"))?;
    let mut lines = text.split_inclusive('\n').zip(1..);
    if lines.next().map(|(line, _)| line.strip_suffix('\n')) != Some(Some(HEADER)) {
        return Err(Malformed::new(format!("its header is not '{HEADER}'")));
    }
    let mut openings: Vec<Opening> = Vec::new();
    for (line, number) in lines {
        let at_line = |error: Malformed| Malformed::new(format!("line {number}: {error}"));
        let opening = parse_line(line).map_err(at_line)?;
        if openings
            .last()
            .is_some_and(|last| last.position >= opening.position)
        {
            return Err(at_line(Malformed::new("the positions do not ascend")));
        }
        openings.push(opening);
    }
    Ok(openings)
}

fn parse_line(line: &str) -> Result<Opening, Malformed> {
    let line = line
        .strip_suffix('\n')
        .ok_or_else(|| Malformed::new("it has no line end"))?;
    let fields: Vec<&str> = line.splitn(9, ',').collect();
    let [
        position,
        bates,
        native,
        suffix,
        rendition,
        salt,
        rendition_salt,
        blind,
    ] = fields[..]
    else {
        return Err(Malformed::new("it does not have eight fields"));
    };
    let number: u64 = position
        .parse()
        .ok()
        .filter(|number: &u64| number.to_string() == position)
        .ok_or_else(|| Malformed::new("the position is not a number"))?;
    let bates: BatesNumber = bates.parse()?;
    let opening = Opening {
        position: number,
        native: together(native, salt, |native, salt| {
            let extension = native.rsplit_once('.').map_or("", |(_, end)| end).parse()?;
            let salt = Salt::from_bytes(secret(salt, "salt")?);
            named(bates.native(extension) == native)?;
            Ok(NativeOpening {
                extension,
                suffix: suffix.parse()?,
                salt,
            })
        })?,
        rendition: together(rendition, rendition_salt, |rendition, salt| {
            let kind = if rendition.ends_with(".txt") {
                Kind::Text
            } else {
                Kind::Image
            };
            let salt = Salt::from_bytes(secret(salt, "rendition's salt")?);
            named(bates.rendition(kind).rsplit('/').next() == Some(rendition))?;
            Ok((kind, salt))
        })?,
        blind: match blind {
            "" => None,
            blind => Some(ViewBlind::from_bytes(&secret(blind, "blind")?)?),
        },
        bates,
    };
    if opening.native.is_none() && !suffix.is_empty() {
        return Err(Malformed::new("it has the end of a name, but no file"));
    }
    if opening.native.is_none() && opening.rendition.is_none() {
        return Err(Malformed::new("it opens neither a file nor a rendition"));
    }
    Ok(opening)
}

/// A file and its salt: both or neither.
fn together<T>(
    file: &str,
    salt: &str,
    read: impl FnOnce(&str, &str) -> Result<T, Malformed>,
) -> Result<Option<T>, Malformed> {
    match (file, salt) {
        ("", "") => Ok(None),
        ("", _) | (_, "") => Err(Malformed::new("a file or its salt is missing")),
        (file, salt) => read(file, salt).map(Some),
    }
}

fn named(by_its_number: bool) -> Result<(), Malformed> {
    if by_its_number {
        Ok(())
    } else {
        Err(Malformed::new("a file is not named by its Bates number"))
    }
}

fn secret(text: &str, what: &str) -> Result<[u8; 32], Malformed> {
    crate::digest::Digest::from_hex(text)
        .map(|digest| digest.0)
        .ok_or_else(|| Malformed::new(format!("the {what} is not 64 lower-case hex digits")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::production::bates::BatesPrefix;

    fn sample() -> String {
        let prefix: BatesPrefix = "EPA".parse().unwrap();
        let number = |serial| prefix.number(serial);
        let native = |extension: &str, suffix: &str| {
            Some(NativeOpening {
                extension: extension.parse().unwrap(),
                suffix: suffix.parse().unwrap(),
                salt: Salt::random(),
            })
        };
        let openings = [
            Opening {
                position: 3,
                bates: number(1),
                native: native("png", "png"),
                rendition: Some((Kind::Image, Salt::random())),
                blind: Some(ViewBlind::random()),
            },
            Opening {
                position: 17,
                bates: number(2),
                native: None,
                rendition: Some((Kind::Text, Salt::random())),
                blind: None,
            },
            Opening {
                position: 18,
                bates: number(3),
                native: native("bin", ""),
                rendition: None,
                blind: None,
            },
        ];
        render(&openings)
    }

    #[test]
    fn round_trips() {
        let text = sample();
        let openings = parse(text.as_bytes()).unwrap();
        assert_eq!(render(&openings), text);
        assert_eq!(openings[1].position, 17);
        assert_eq!(openings[1].native_file(), None);
        assert_eq!(
            openings[1].rendition_file().as_deref(),
            Some("text/EPA0000002.txt")
        );
        assert_eq!(openings[2].native_file().as_deref(), Some("EPA0000003.bin"));
        assert!(text.len() as u64 <= max_bytes(3));
        assert!(parse(format!("{HEADER}\n").as_bytes()).unwrap().is_empty());
    }

    #[test]
    fn every_other_spelling_is_refused() {
        let text = sample();
        let salt = text.split(',').nth(12).unwrap();
        let lines: Vec<&str> = text.split_inclusive('\n').collect();
        let cases = [
            String::new(),
            text.trim_end().to_owned(),
            text.replace("position", "Position"),
            text.replace("\n3,", "\n03,"),
            text.replace("\n3,", "\n+3,"),
            text.replace("\n3,", "\n17,"),
            text.replace("EPA0000001.png", "EPA0000009.png"),
            text.replace("EPA0000001.png", "../EPA0000001.png"),
            text.replace(".png", ".exe"),
            text.replace(".png", ""),
            text.replace("EPA0000002.txt", ""),
            text.replace("EPA0000002.txt", "EPA0000002.tx"),
            text.replace(salt, ""),
            text.replace("EPA", "E/A"),
            text.replace(",png,", ",PNG,"),
            text.replace(",png,", ",p/g,"),
            text.replace("0000002,,,", "0000002,,txt,"),
            text.replace(salt, &salt.to_uppercase().replace('0', "A")),
            text.replace(salt, &salt[1..]),
            text.replace('\n', ",\n"),
            text.replace('\n', "\r\n"),
            format!("{text}\n"),
            [lines[0], lines[2], lines[1]].concat(),
            [lines[0], lines[1], lines[1]].concat(),
        ];
        for case in cases {
            assert!(parse(case.as_bytes()).is_err(), "{case}");
        }
        let line = lines[1];
        let blind = line.trim_end().rsplit(',').next().unwrap();
        let large = text.replace(blind, &"f".repeat(64));
        assert!(
            parse(large.as_bytes()).is_err(),
            "a blind above the group order"
        );
        assert!(parse(&[0xff]).is_err());
    }
}
