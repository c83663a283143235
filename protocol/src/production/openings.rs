//! `openings.csv` `[format-openings]`: what opens the commitments of the produced items, and of
//! no others.
//!
//! ```text
//! position,bates,native,salt,blind
//! 17,EPA0000001,EPA0000001.png,1b4f…,60a3…
//! ```
//!
//! Lines are in ascending order of position and end in a line feed; numbers are decimal, salts
//! (of the file commitment) and blinds (of the request's view) 64 lower-case hex digits.

use super::bates::{BatesNumber, Extension};
use crate::bytes::Malformed;
use crate::leaf::FileSalt;
use crate::pedersen::ViewBlind;

const HEADER: &str = "position,bates,native,salt,blind";

/// The longest line, in bytes, that a well-formed opening can have.
const MAX_LINE: u64 = 320;

/// The opening of one produced item.
pub struct Opening {
    /// Its position in the commitment.
    pub position: u64,
    /// Its Bates number.
    pub bates: BatesNumber,
    /// The extension of its native file.
    pub extension: Extension,
    /// The salt of its file commitment.
    pub salt: FileSalt,
    /// The blind of the request's view.
    pub blind: ViewBlind,
}

impl Opening {
    /// The name of its file in `natives/`.
    #[must_use]
    pub fn native(&self) -> String {
        self.bates.native(self.extension)
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
        let Opening {
            position,
            bates,
            salt,
            blind,
            ..
        } = opening;
        let (salt, blind) = (hex::encode(salt.to_bytes()), hex::encode(blind.to_bytes()));
        text += &format!("{position},{bates},{},{salt},{blind}\n", opening.native());
    }
    text
}

/// Reads the file's bytes.
///
/// # Errors
/// Names the line: another header or number of fields, a spelling that is not canonical,
/// positions that do not ascend, an extension or a native file's name out of form.
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
    let fields: Vec<&str> = line.splitn(6, ',').collect();
    let [position, bates, native, salt, blind] = fields[..] else {
        return Err(Malformed::new("it does not have five fields"));
    };
    let number: u64 = position
        .parse()
        .ok()
        .filter(|number: &u64| number.to_string() == position)
        .ok_or_else(|| Malformed::new("the position is not a number"))?;
    let bates: BatesNumber = bates.parse()?;
    let extension: Extension = native.rsplit_once('.').map_or("", |(_, end)| end).parse()?;
    if bates.native(extension) != native {
        return Err(Malformed::new(
            "the native file is not named by its Bates number",
        ));
    }
    let salt = FileSalt::from_bytes(secret(salt, "salt")?);
    let blind = ViewBlind::from_bytes(&secret(blind, "blind")?)?;
    Ok(Opening {
        position: number,
        bates,
        extension,
        salt,
        blind,
    })
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
        let openings: Vec<Opening> = [(3, "png"), (17, "txt")]
            .into_iter()
            .zip(1..)
            .map(|((position, extension), serial)| Opening {
                position,
                bates: prefix.number(serial),
                extension: extension.parse().unwrap(),
                salt: FileSalt::random(),
                blind: ViewBlind::random(),
            })
            .collect();
        render(&openings)
    }

    #[test]
    fn round_trips() {
        let text = sample();
        let openings = parse(text.as_bytes()).unwrap();
        assert_eq!(render(&openings), text);
        assert_eq!(
            (openings[1].position, openings[1].native()),
            (17, "EPA0000002.txt".into())
        );
        assert!(text.len() as u64 <= max_bytes(2));
        assert!(parse(format!("{HEADER}\n").as_bytes()).unwrap().is_empty());
    }

    #[test]
    fn every_other_spelling_is_refused() {
        let text = sample();
        let salt = text.split(',').nth(7).unwrap();
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
            text.replace("EPA", "E/A"),
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
