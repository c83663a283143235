//! The strict reader of both frames.

use super::{ANSWER_MAGIC, Answer, Malformed, NAME_BYTES, Outcome, REQUEST_MAGIC, Request, Wanted};
use super::{VERSION_BYTES, tag};
use crate::extraction::{
    Content, Extraction, Limits, Options, Part, Raster, Reason, Rendered, Rendition, Role,
};
use crate::kind::Kind;

/// Reads a request: all of `frame`.
///
/// # Errors
/// Where it breaks the form.
pub fn request(frame: &[u8]) -> Result<Request<'_>, Malformed> {
    let mut reader = Reader::new(frame);
    reader.magic(REQUEST_MAGIC)?;
    let wanted = reader.byte()?;
    let pages = reader.flag()?;
    let number = reader.u32()?;
    let wanted = match (wanted, number) {
        (0, 0) => Wanted::Extraction,
        (1, number) => Wanted::Page(number),
        (2, 0) => Wanted::Kind,
        _ => return reader.refuse("neither an extraction nor a page nor a kind is asked for"),
    };
    let limits = Limits {
        input_bytes: reader.u64()?,
        text_bytes: reader.u64()?,
        unpacked_bytes: reader.u64()?,
        pixels: reader.u64()?,
        operators: reader.u64()?,
        parts: reader.u32()?,
        depth: reader.u32()?,
        nesting: reader.u32()?,
        pages: reader.u32()?,
    };
    let name = reader.name()?;
    let bytes = reader.bytes(u64::MAX, "the file is longer than the frame")?;
    reader.end()?;
    Ok(Request {
        wanted,
        options: Options { pages, limits },
        name,
        bytes,
    })
}

/// Reads the answer to a request with these options: all of `frame`.
///
/// # Errors
/// Where it breaks the form or exceeds a limit of the request.
pub fn answer(frame: &[u8], wanted: Wanted, options: &Options) -> Result<Answer, Malformed> {
    let mut reader = Reader::new(frame);
    reader.magic(ANSWER_MAGIC)?;
    let version = reader.short()?;
    if version.len() > VERSION_BYTES || !version.bytes().all(|b| b.is_ascii_graphic()) {
        return reader.refuse("this is no version");
    }
    let confinement = reader.byte()?;
    let outcome = match (reader.byte()?, wanted) {
        (0, Wanted::Extraction) => Outcome::Extraction(reader.extraction(options)?),
        (1, Wanted::Page(_)) => {
            let page = match reader.rendition(&options.limits)? {
                Ok(Rendition::Image(raster)) => Ok(raster),
                Ok(Rendition::Text(_)) => return reader.refuse("a page is no text"),
                Err(reason) => Err(reason),
            };
            Outcome::Page(page)
        }
        (2, Wanted::Kind) => Outcome::Kind(reader.kind()?),
        _ => return reader.refuse("this was not asked for"),
    };
    reader.end()?;
    Ok(Answer {
        version: version.to_owned(),
        confinement,
        outcome,
    })
}

/// Bytes and how far they are read.
pub(crate) struct Reader<'a> {
    frame: &'a [u8],
    at: usize,
}

impl<'a> Reader<'a> {
    pub(crate) fn new(frame: &'a [u8]) -> Self {
        Self { frame, at: 0 }
    }

    pub(crate) fn refuse<T>(&self, what: &'static str) -> Result<T, Malformed> {
        Err(Malformed { at: self.at, what })
    }

    fn take(&mut self, count: usize) -> Result<&'a [u8], Malformed> {
        let end = self.at.checked_add(count);
        match end.and_then(|end| self.frame.get(self.at..end)) {
            Some(bytes) => {
                self.at += count;
                Ok(bytes)
            }
            None => self.refuse("the frame ends too early"),
        }
    }

    pub(crate) fn array<const N: usize>(&mut self) -> Result<[u8; N], Malformed> {
        let bytes = self.take(N)?;
        Ok(bytes.try_into().expect("as many bytes were taken"))
    }

    fn magic(&mut self, expected: [u8; 8]) -> Result<(), Malformed> {
        if self.frame.get(..8) != Some(&expected) {
            return self.refuse("another format or another version");
        }
        self.at = 8;
        Ok(())
    }

    pub(crate) fn end(&self) -> Result<(), Malformed> {
        if self.at != self.frame.len() {
            return self.refuse("there are bytes after the end");
        }
        Ok(())
    }

    fn byte(&mut self) -> Result<u8, Malformed> {
        Ok(self.array::<1>()?[0])
    }

    pub(crate) fn u32(&mut self) -> Result<u32, Malformed> {
        Ok(u32::from_le_bytes(self.array()?))
    }

    pub(crate) fn u64(&mut self) -> Result<u64, Malformed> {
        Ok(u64::from_le_bytes(self.array()?))
    }

    pub(crate) fn flag(&mut self) -> Result<bool, Malformed> {
        match self.byte()? {
            0 => Ok(false),
            1 => Ok(true),
            _ => self.refuse("a flag is 0 or 1"),
        }
    }

    /// A byte string of at most so many bytes.
    fn bytes(&mut self, most: u64, what: &'static str) -> Result<&'a [u8], Malformed> {
        let length = self.u32()?;
        if u64::from(length) > most {
            return self.refuse(what);
        }
        self.take(length as usize)
    }

    fn text(&mut self, most: u64, what: &'static str) -> Result<&'a str, Malformed> {
        let bytes = self.bytes(most, what)?;
        str::from_utf8(bytes).or_else(|_| self.refuse("this is not UTF-8"))
    }

    pub(crate) fn name(&mut self) -> Result<&'a str, Malformed> {
        self.text(NAME_BYTES as u64, "a name is too long")
    }

    fn short(&mut self) -> Result<&'a str, Malformed> {
        let length = self.byte()?;
        let bytes = self.take(usize::from(length))?;
        str::from_utf8(bytes).or_else(|_| self.refuse("this is not UTF-8"))
    }

    /// A word with a meaning.
    fn word<T>(
        &mut self,
        meaning: impl Fn(&str) -> Option<T>,
        what: &'static str,
    ) -> Result<T, Malformed> {
        let word = self.short()?;
        meaning(word).map_or_else(|| self.refuse(what), Ok)
    }

    fn reason(&mut self) -> Result<Reason, Malformed> {
        self.word(Reason::from_name, "this is no reason")
    }

    pub(crate) fn kind(&mut self) -> Result<Kind, Malformed> {
        self.word(Kind::from_name, "this is no kind")
    }

    pub(crate) fn role(&mut self) -> Result<Role, Malformed> {
        self.word(Role::from_name, "this is no role")
    }

    fn extraction(&mut self, options: &Options) -> Result<Extraction, Malformed> {
        let kind = self.kind()?;
        let reading = match self.flag()? {
            true => Some(self.name()?.to_owned()),
            false => None,
        };
        let rendition = self.rendition(&options.limits)?;
        let count = self.u32()?;
        if count > options.limits.parts {
            return self.refuse("there are too many parts");
        }
        let mut parts = Vec::new();
        let mut left = options.limits.unpacked_bytes;
        for _ in 0..count {
            let part = self.part(left, options)?;
            if let Content::Bytes(bytes) = &part.content {
                left -= bytes.len() as u64;
            }
            parts.push(part);
        }
        Ok(Extraction {
            kind,
            reading,
            rendition,
            parts,
        })
    }

    pub(crate) fn rendition(&mut self, limits: &Limits) -> Result<Rendered, Malformed> {
        match self.byte()? {
            tag::TEXT => {
                let text = self.text(limits.text_bytes, "the text is too long")?;
                if text.contains(['\0', '\r']) {
                    return self.refuse("the text holds NUL or CR");
                }
                Ok(Ok(Rendition::Text(text.to_owned())))
            }
            tag::IMAGE => Ok(Ok(Rendition::Image(self.raster(limits)?))),
            tag::REASON => Ok(Err(self.reason()?)),
            _ => self.refuse("this is no rendition"),
        }
    }

    fn raster(&mut self, limits: &Limits) -> Result<Raster, Malformed> {
        let (width, height) = (self.u32()?, self.u32()?);
        let channels = self.byte()?;
        let pixels = u64::from(width) * u64::from(height);
        if pixels == 0 || pixels > limits.pixels || !matches!(channels, 1 | 3) {
            return self.refuse("an image has other dimensions");
        }
        let Some(count) = pixels
            .checked_mul(u64::from(channels))
            .and_then(|count| usize::try_from(count).ok())
        else {
            return self.refuse("an image has other dimensions");
        };
        Ok(Raster {
            width,
            height,
            channels,
            samples: self.take(count)?.to_vec(),
        })
    }

    fn part(&mut self, left: u64, options: &Options) -> Result<Part, Malformed> {
        let name = self.name()?.to_owned();
        let role = self.role()?;
        let content = match self.byte()? {
            tag::BYTES => Content::Bytes(self.bytes(left, "the parts are too long")?.to_vec()),
            tag::PAGE => {
                let number = self.u32()?;
                if !options.pages || number >= options.limits.pages {
                    return self.refuse("there is no such page");
                }
                Content::Page(number)
            }
            tag::UNREAD => Content::Unread(self.reason()?),
            _ => return self.refuse("this is no part"),
        };
        Ok(Part {
            name,
            role,
            content,
        })
    }
}
