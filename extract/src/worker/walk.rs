//! A file and all that it holds, in a fixed order.
//!
//! The order is depth first: a file, then each of its parts followed by that part's own. Limits
//! count over the whole family, so that containers in containers do not multiply them:
//! [`Limits::parts`] members besides the file, and [`Limits::unpacked_bytes`] of parts. What does not
//! fit is still a member, with the reason `limit`: a part of its own when it is too deep or too
//! large, and one member for all further parts of a container when the family is full.

use super::Unavailable;
use crate::extraction::{
    Content, Decoded, Extraction, Limits, Options, Part, Reason, Rendition, Role,
};
use crate::kind::Kind;
use std::sync::Arc;

/// What extracts files one by one.
pub trait Source {
    /// Extracts one file.
    ///
    /// # Errors
    /// The machine failed, not the file.
    fn extract(&self, bytes: &[u8], name: &str) -> Result<Extraction, Unavailable>;

    /// Decodes a page of it.
    ///
    /// # Errors
    /// The machine failed, not the file.
    fn page(&self, bytes: &[u8], name: &str, number: u32) -> Result<Decoded, Unavailable>;

    /// How files are read.
    fn options(&self) -> &Options;
}

impl Source for super::Extractor {
    fn extract(&self, bytes: &[u8], name: &str) -> Result<Extraction, Unavailable> {
        self.extract(bytes, name)
    }

    fn page(&self, bytes: &[u8], name: &str, number: u32) -> Result<Decoded, Unavailable> {
        self.page(bytes, name, number)
    }

    fn options(&self) -> &Options {
        self.options()
    }
}

/// A file of a family.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Member {
    /// Its place in the order, the file itself being 0.
    pub place: u32,
    /// The member that holds it; none for the file itself.
    pub parent: Option<u32>,
    /// How many containers it lies in.
    pub depth: u32,
    /// Its name, as its container states it.
    pub name: String,
    /// What it is to its container; none for the file itself.
    pub role: Option<Role>,
    /// Its bytes; none for a page and for what was not read.
    pub bytes: Option<Arc<Vec<u8>>>,
    /// Which page of the member that holds it, from 0, where it is a page.
    pub page: Option<u32>,
    /// Its kind, where it has bytes.
    pub kind: Option<Kind>,
    /// Which reading was taken.
    pub reading: Option<String>,
    /// What a view is computed from, or why there is nothing.
    pub rendition: Result<Rendition, Reason>,
}

/// The members of a family, one after the other.
pub struct Family<'a, S: Source> {
    source: &'a S,
    /// Parts yet to come, the next one last.
    waiting: Vec<Waiting>,
    /// Members so far.
    count: u32,
    /// Parts that the family may still have.
    parts_left: u32,
    /// Bytes that its parts may still have.
    bytes_left: u64,
    limits: Limits,
}

struct Waiting {
    parent: Option<u32>,
    depth: u32,
    role: Option<Role>,
    name: String,
    what: What,
}

enum What {
    File(Vec<u8>),
    Page {
        /// The document and its name.
        bytes: Arc<Vec<u8>>,
        name: String,
        number: u32,
    },
    Unread(Reason),
}

/// Extracts a file, then its parts in turn.
pub fn walk<'a, S: Source>(source: &'a S, bytes: Vec<u8>, name: &str) -> Family<'a, S> {
    let limits = source.options().limits;
    Family {
        source,
        waiting: vec![Waiting {
            parent: None,
            depth: 0,
            role: None,
            name: name.to_owned(),
            what: What::File(bytes),
        }],
        count: 0,
        parts_left: limits.parts,
        bytes_left: limits.unpacked_bytes,
        limits,
    }
}

impl<S: Source> Iterator for Family<'_, S> {
    type Item = Result<Member, Unavailable>;

    fn next(&mut self) -> Option<Self::Item> {
        let next = self.waiting.pop()?;
        let member = self.member(next);
        if member.is_err() {
            self.waiting.clear();
        }
        Some(member)
    }
}

impl<S: Source> Family<'_, S> {
    fn member(&mut self, next: Waiting) -> Result<Member, Unavailable> {
        let place = self.count;
        self.count += 1;
        let mut member = Member {
            place,
            parent: next.parent,
            depth: next.depth,
            name: next.name,
            role: next.role,
            bytes: None,
            page: None,
            kind: None,
            reading: None,
            rendition: Err(Reason::Limit),
        };
        match next.what {
            What::Unread(reason) => member.rendition = Err(reason),
            What::Page {
                bytes,
                name,
                number,
            } => {
                member.page = Some(number);
                let page = self.source.page(&bytes, &name, number)?;
                member.rendition = page.map(Rendition::Image);
            }
            What::File(bytes) => {
                let bytes = Arc::new(bytes);
                if member.depth <= self.limits.depth {
                    let extraction = self.source.extract(&bytes, &member.name)?;
                    member.kind = Some(extraction.kind);
                    member.reading = extraction.reading;
                    member.rendition = extraction.rendition;
                    self.wait(&member, &bytes, extraction.parts);
                }
                member.bytes = Some(bytes);
            }
        }
        Ok(member)
    }

    /// Puts the parts of a member before all that waits already.
    fn wait(&mut self, holder: &Member, bytes: &Arc<Vec<u8>>, mut parts: Vec<Part>) {
        let fit = parts.len().min(self.parts_left as usize);
        let further = parts.split_off(fit);
        self.parts_left -= u32::try_from(fit).expect("no more than are left");
        let waiting = |name, role, what| Waiting {
            parent: Some(holder.place),
            depth: holder.depth + 1,
            role: Some(role),
            name,
            what,
        };
        let first = further.first().map(|part| {
            let name = match further.len() {
                1 => part.name.clone(),
                count => format!("{count} further parts"),
            };
            waiting(name, part.role, What::Unread(Reason::Limit))
        });
        let taken: Vec<_> = parts
            .into_iter()
            .map(|part| {
                let what = self.what(holder, bytes, part.content);
                waiting(part.name, part.role, what)
            })
            .chain(first)
            .collect();
        self.waiting.extend(taken.into_iter().rev());
    }

    fn what(&mut self, holder: &Member, bytes: &Arc<Vec<u8>>, content: Content) -> What {
        match content {
            Content::Unread(reason) => What::Unread(reason),
            Content::Page(number) => What::Page {
                bytes: Arc::clone(bytes),
                name: holder.name.clone(),
                number,
            },
            Content::Bytes(part) => match self.bytes_left.checked_sub(part.len() as u64) {
                Some(left) => {
                    self.bytes_left = left;
                    What::File(part)
                }
                None => What::Unread(Reason::Limit),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::extraction::Raster;

    /// Files whose names say how many files of the next name they hold: `3/2` is three of `2`.
    struct Boxes(Options);

    impl Source for Boxes {
        fn extract(&self, _: &[u8], name: &str) -> Result<Extraction, Unavailable> {
            let (count, inner) = name.split_once('/').unwrap_or((name, ""));
            let count: usize = count.parse().unwrap_or(0);
            let part = |number: usize| Part {
                name: inner.to_owned(),
                role: Role::Entry,
                content: match inner {
                    "page" => Content::Page(u32::try_from(number).unwrap()),
                    _ => Content::Bytes(vec![0; 10]),
                },
            };
            let text = Rendition::Text(name.to_owned());
            Ok(Extraction::new(Kind::Zip, Ok(text)).with_parts((0..count).map(part).collect()))
        }

        fn page(&self, bytes: &[u8], name: &str, number: u32) -> Result<Decoded, Unavailable> {
            assert_eq!((bytes, name), (&b"x"[..], "2/page"));
            Ok(Ok(Raster {
                width: 1,
                height: 1,
                channels: 1,
                samples: vec![u8::try_from(number).unwrap()],
            }))
        }

        fn options(&self) -> &Options {
            &self.0
        }
    }

    /// Depth, name and reason of each member.
    fn family(name: &str, limits: Limits) -> Vec<(u32, String, Option<Reason>)> {
        let boxes = Boxes(Options {
            pages: true,
            limits,
        });
        let members = walk(&boxes, b"x".to_vec(), name).map(|member| member.unwrap());
        let about = |(place, member): (usize, Member)| {
            assert_eq!(member.place as usize, place);
            (member.depth, member.name, member.rendition.err())
        };
        members.enumerate().map(about).collect()
    }

    fn read(depth: u32, name: &str) -> (u32, String, Option<Reason>) {
        (depth, name.to_owned(), None)
    }

    fn limited(depth: u32, name: &str) -> (u32, String, Option<Reason>) {
        (depth, name.to_owned(), Some(Reason::Limit))
    }

    #[test]
    fn a_file_comes_before_its_parts_and_they_before_the_next_file() {
        let expected = [
            read(0, "2/1/0"),
            read(1, "1/0"),
            read(2, "0"),
            read(1, "1/0"),
            read(2, "0"),
        ];
        assert_eq!(family("2/1/0", Limits::DEFAULT), expected);
        let pages = [read(0, "2/page"), read(1, "page"), read(1, "page")];
        assert_eq!(family("2/page", Limits::DEFAULT), pages);
    }

    #[test]
    fn limits_count_over_the_family() {
        let parts = Limits {
            parts: 3,
            ..Limits::DEFAULT
        };
        let expected = [
            read(0, "2/2/0"),
            read(1, "2/0"),
            read(2, "0"),
            limited(2, "0"),
            read(1, "2/0"),
            limited(2, "2 further parts"),
        ];
        assert_eq!(family("2/2/0", parts), expected);
        let bytes = Limits {
            unpacked_bytes: 25,
            ..Limits::DEFAULT
        };
        let expected = [read(0, "3/0"), read(1, "0"), read(1, "0"), limited(1, "0")];
        assert_eq!(family("3/0", bytes), expected);
        let depth = Limits {
            depth: 1,
            ..Limits::DEFAULT
        };
        let expected = [read(0, "1/1/0"), read(1, "1/0"), limited(2, "0")];
        assert_eq!(family("1/1/0", depth), expected);
    }
}
