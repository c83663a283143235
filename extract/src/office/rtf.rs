//! Rich Text Format 1.9, and text and HTML that Outlook wraps in it.
//!
//! | read | left out |
//! |---|---|
//! | body, tables, headers and footers | fonts, colours, styles, lists, properties |
//! | annotations and their authors, and footnotes, behind their paragraph | codes of fields; their results are read |
//! | text boxes, once | the same for old readers (`shprslt`, `nonshppict`) |
//! | hidden text, deleted text of tracked changes | what Outlook added to wrapped HTML (`htmlrtf`) |
//!
//! Pictures and embedded objects are parts. Characters are those of the charset of the font in use, or of
//! the document's code page; `\u` stands for itself, and what it replaces is left out.

mod font;
mod object;
mod words;

use crate::extraction::{Extraction, Options, Part, Reason};
use crate::kind::Kind;
use crate::text::lines::Lines;
use crate::text::plain;
use font::CodePage;
use object::Binary;
use std::collections::BTreeMap;

/// Reads a document.
pub fn read(bytes: &[u8], options: &Options) -> Extraction {
    match parse(bytes, options) {
        Ok((text, parts)) => {
            Extraction::new(Kind::Rtf, plain::rendition(&text, options)).with_parts(parts)
        }
        Err(reason) => Extraction::unread(Kind::Rtf, reason),
    }
}

/// The text and the parts of a document.
///
/// # Errors
/// [`Reason::Limit`].
pub fn parse(bytes: &[u8], options: &Options) -> Result<(String, Vec<Part>), Reason> {
    let mut reader = Reader {
        options,
        lines: Lines::new(options),
        parts: Vec::new(),
        left: options.limits.unpacked_bytes,
        state: State::default(),
        outer: Vec::new(),
        fonts: BTreeMap::new(),
        font: 0,
        standard: CodePage::Ansi,
        bytes: Vec::new(),
        notes: String::new(),
        high: None,
        replaced: 0,
    };
    reader.run(bytes)?;
    reader.flush();
    reader.end_notes();
    reader.lines.check()?;
    Ok((reader.lines.finish(), reader.parts))
}

/// What a group changes and its end restores.
#[derive(Clone, Default)]
struct State {
    /// Nothing is read until the group ends.
    skipped: bool,
    /// Within `\htmlrtf`: for readers that do not know the wrapped HTML.
    wrapping: bool,
    /// A destination follows that may be skipped.
    optional: bool,
    /// Nothing has been met in the group.
    fresh: bool,
    /// Within a footnote or an annotation.
    note: bool,
    /// Within the table of fonts.
    fonts: bool,
    /// Hexadecimal data of a picture or an object.
    binary: Option<Binary>,
    font: i32,
    /// Bytes that stand for a `\u` to readers that do not know it.
    replacement: Option<u32>,
}

struct Reader<'o> {
    options: &'o Options,
    lines: Lines,
    parts: Vec<Part>,
    /// Bytes that pictures and objects may still have.
    left: u64,
    state: State,
    outer: Vec<State>,
    fonts: BTreeMap<i32, CodePage>,
    /// The font that the table of fonts describes now.
    font: i32,
    standard: CodePage,
    /// Bytes in the charset of the font in use.
    bytes: Vec<u8>,
    /// Footnotes and annotations of the paragraph, which follow it.
    notes: String,
    /// The first half of a pair of UTF-16.
    high: Option<u16>,
    /// Characters that are still to be left out after a `\u`.
    replaced: u32,
}

/// A control word and its number.
struct Control<'a> {
    word: &'a [u8],
    number: Option<i32>,
    /// Where it ends, its closing space included.
    end: usize,
}

fn control(bytes: &[u8], at: usize) -> Control<'_> {
    let letters = bytes[at..]
        .iter()
        .take_while(|b| b.is_ascii_alphabetic())
        .count()
        .min(40);
    let mut end = at + letters;
    let minus = usize::from(bytes.get(end) == Some(&b'-'));
    let digits = bytes[end + minus..]
        .iter()
        .take_while(|b| b.is_ascii_digit())
        .count();
    let number = if digits > 0 {
        let text = std::str::from_utf8(&bytes[end..end + minus + digits]).unwrap_or_default();
        end += minus + digits;
        Some(
            text.parse()
                .unwrap_or(if minus == 1 { i32::MIN } else { i32::MAX }),
        )
    } else {
        None
    };
    let word = &bytes[at..at + letters];
    Control {
        word,
        number,
        end: end + usize::from(bytes.get(end) == Some(&b' ')),
    }
}

impl Reader<'_> {
    fn run(&mut self, bytes: &[u8]) -> Result<(), Reason> {
        let mut at = 0;
        while let Some(&byte) = bytes.get(at) {
            at += 1;
            let fresh = self.state.fresh;
            self.state.fresh &= matches!(byte, b'\r' | b'\n');
            match byte {
                b'{' => {
                    self.flush();
                    self.replaced = 0;
                    if self.outer.len() as u64 >= u64::from(self.options.limits.nesting) {
                        return Err(Reason::Limit);
                    }
                    let inner = State {
                        optional: false,
                        fresh: true,
                        binary: None,
                        ..self.state.clone()
                    };
                    self.outer.push(std::mem::replace(&mut self.state, inner));
                }
                b'}' => {
                    self.flush();
                    self.replaced = 0;
                    self.close_binary()?;
                    // A brace too many ends nothing: what follows is read all the same.
                    if let Some(outer) = self.outer.pop() {
                        self.state = outer;
                    }
                }
                // Elsewhere than at the beginning of a group the mark means nothing.
                b'\\' if bytes.get(at) == Some(&b'*') => {
                    at += 1;
                    self.state.optional = fresh;
                }
                b'\\' => at = self.escape(bytes, at)?,
                b'\r' | b'\n' => {}
                b'\t' => {
                    self.flush();
                    self.text("\t");
                }
                byte => self.byte(byte),
            }
            self.lines.check()?;
            if self.notes.len() as u64 > self.options.limits.text_bytes {
                return Err(Reason::Limit);
            }
        }
        Ok(())
    }

    /// What follows a backslash; returns where it ends.
    fn escape(&mut self, bytes: &[u8], at: usize) -> Result<usize, Reason> {
        let Some(&first) = bytes.get(at) else {
            return Ok(at);
        };
        if first.is_ascii_alphabetic() {
            let control = control(bytes, at);
            let mut end = control.end;
            if control.word == b"bin" {
                let length = usize::try_from(control.number.unwrap_or(0)).unwrap_or(0);
                let data = &bytes[end..(end.saturating_add(length)).min(bytes.len())];
                if let Some(binary) = &mut self.state.binary {
                    binary.raw(data);
                }
                end += data.len();
            } else {
                self.word(&control);
            }
            return Ok(end);
        }
        match first {
            b'\'' => {
                let digits = bytes
                    .get(at + 1..at + 3)
                    .and_then(|d| std::str::from_utf8(d).ok());
                if let Some(byte) = digits.and_then(|d| u8::from_str_radix(d, 16).ok()) {
                    self.byte(byte);
                    return Ok(at + 3);
                }
            }
            b'~' => self.character("\u{a0}"),
            b'_' => self.character("-"),
            b'\r' | b'\n' => self.character("\n"),
            b'{' | b'}' | b'\\' => self.byte(first),
            _ => {}
        }
        Ok(at + 1)
    }

    /// A byte of text: in the charset of the font, or a digit of binary data.
    fn byte(&mut self, byte: u8) {
        if self.replaced > 0 {
            self.replaced -= 1;
            return;
        }
        if let Some(binary) = &mut self.state.binary {
            binary.digit(byte);
        } else if !self.state.skipped && !self.state.wrapping {
            self.bytes.push(byte);
        }
    }

    /// A character that has a control word.
    fn character(&mut self, text: &str) {
        if self.replaced > 0 {
            self.replaced -= 1;
            return;
        }
        self.flush();
        // Lines and cells of wrapped HTML end where those for other readers do.
        let breaks = matches!(text, "\n" | "\t");
        let wrapping = self.state.wrapping;
        self.state.wrapping &= !breaks;
        self.text(text);
        self.state.wrapping = wrapping;
        if text == "\n" && !self.state.note {
            self.end_notes();
        }
    }

    fn text(&mut self, text: &str) {
        if self.state.skipped || self.state.wrapping || self.state.binary.is_some() {
            return;
        }
        if self.state.note {
            self.notes.push_str(text);
        } else {
            self.lines.verbatim(text);
        }
    }

    /// Puts the notes of a paragraph behind it.
    fn end_notes(&mut self) {
        for line in std::mem::take(&mut self.notes).lines() {
            self.lines.line();
            self.lines.verbatim(line);
        }
        self.lines.line();
    }

    /// A unit of UTF-16, given as a signed number.
    fn unit(&mut self, number: i32) {
        // Numbers above the unit's range are taken as they are meant: modulo 2^16.
        let unit = (number & 0xffff) as u16;
        let units = match self.high.take() {
            Some(high) => vec![high, unit],
            None if (0xd800..0xdc00).contains(&unit) => {
                self.high = Some(unit);
                return;
            }
            None => vec![unit],
        };
        let text: String = char::decode_utf16(units)
            .map(|c| c.unwrap_or(char::REPLACEMENT_CHARACTER))
            .collect();
        self.text(&text);
    }

    fn flush(&mut self) {
        self.flush_bytes();
        if self.high.take().is_some() {
            self.text("\u{fffd}");
        }
    }

    fn flush_bytes(&mut self) {
        if self.bytes.is_empty() {
            return;
        }
        let page = self
            .fonts
            .get(&self.state.font)
            .copied()
            .unwrap_or(self.standard);
        let page = if page == CodePage::Ansi {
            self.standard
        } else {
            page
        };
        let text = page.decode(&std::mem::take(&mut self.bytes));
        self.text(&text);
    }

    fn close_binary(&mut self) -> Result<(), Reason> {
        let Some(part) = self
            .state
            .binary
            .take()
            .and_then(|binary| binary.part(self.parts.len() + 1, &mut self.left))
        else {
            return Ok(());
        };
        if self.parts.len() as u64 >= u64::from(self.options.limits.parts) {
            return Err(Reason::Limit);
        }
        self.parts.push(part);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::extraction::{Content, Limits};

    const OPTIONS: Options = Options {
        pages: false,
        limits: Limits::DEFAULT,
    };

    fn text(rtf: &[u8]) -> String {
        parse(rtf, &OPTIONS).unwrap().0
    }

    #[test]
    fn code_pages_and_unicode() {
        let rtf = b"{\\rtf1\\ansi\\ansicpg1252{\\fonttbl{\\f0 A;}{\\f1\\fcharset238 B;}{\\f2\\fcharset128 C;}}\
            caf\\'e9 {\\f1 \\'e8esky} {\\f2 \\'82\\'a0} \\u8364? \\uc2\\u269\\'c4\\'8d \\uc1\\u-10179?\\u-8704?}";
        assert_eq!(text(rtf), "café česky あ € č \u{1f600}\n");
    }

    #[test]
    fn what_is_read_and_what_is_not() {
        let rtf = b"{\\rtf1{\\info{\\title T}}{\\*\\generator G}a\\par b\\tab c{\\field{\\*\\fldinst HYPERLINK x}\
            {\\fldrslt here}}{\\footnote note}{\\*\\annotation remark}\\{x\\}{\\shp{\\*\\shpinst{\\sp{\\sn n}{\\sv v}}\
            {\\shptxt box}}{\\shprslt box}}{\\v hidden}\\bin5 }{}{}end}after";
        assert_eq!(
            text(rtf),
            "a\nb\tchere{x} boxhiddenendafter\nnote\nremark\n"
        );
    }

    #[test]
    fn wrapped_html_is_read_once() {
        let rtf = b"{\\rtf1\\fromhtml1{\\*\\htmltag64 <p>}\\htmlrtf {\\par \\htmlrtf0 gas\\htmlrtf \\par}\\htmlrtf0 }";
        assert_eq!(text(rtf), "gas\n");
    }

    #[test]
    fn pictures_are_parts() {
        let (_, parts) = parse(
            b"{\\rtf1{\\*\\shppict{\\pict\\pngblip 8950\n4e47}}{\\nonshppict{\\pict 00}}x}",
            &OPTIONS,
        )
        .unwrap();
        assert_eq!(parts.len(), 1, "{parts:?}");
        assert_eq!(parts[0].content, Content::Bytes(b"\x89PNG".to_vec()));
    }

    #[test]
    fn groups_too_deep_are_refused() {
        let deep = b"{\\rtf1 "
            .iter()
            .chain(&[b'{'; 10_000])
            .copied()
            .collect::<Vec<_>>();
        assert_eq!(parse(&deep, &OPTIONS), Err(Reason::Limit));
        assert_eq!(text(b"{\\rtf1 a}}}}"), "a\n");
        assert_eq!(text(b"{\\rtf1 a\\"), "a\n");
    }
}
