//! The records of a vault, in bytes.

use super::tensor;
use duces_protocol::bytes::{Malformed, Reader, Writer};
use duces_protocol::digest::Digest;
use duces_protocol::leaf::{LeafData, LeafFields, Salt, Source, Status, Suffix};
use duces_protocol::pedersen::{ViewBlind, ViewCommitment};
use duces_protocol::view::View;
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use zeroize::Zeroizing;

/// Names a member of a family: the number of the corpus's entry, and the member's place in it, the
/// entry's own file being 0.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct MemberKey {
    /// Which entry of the corpus.
    pub entry: u64,
    /// Which member of its family.
    pub place: u32,
}

impl MemberKey {
    /// The member that heads the family.
    #[must_use]
    pub fn head(self) -> Self {
        Self { place: 0, ..self }
    }
}

/// A rendition that is committed to.
pub struct CommittedRendition {
    /// Its digest.
    pub digest: Digest,
    /// The salt of its commitment.
    pub salt: Salt,
    /// Whether it comes from its file or from a load file.
    pub source: Source,
    /// Whether a program of the profile made it or a load file stated it, so that the vault keeps it: it
    /// may not come out the same twice.
    pub is_kept: bool,
}

impl CommittedRendition {
    fn commit(&self) -> Digest {
        self.salt.commit_rendition(self.digest, self.source)
    }
}

/// What a vault holds of one member of a family, the tensors and blinds of its views apart.
pub struct Member {
    /// Its name, as the folder or its container states it.
    pub name: String,
    /// The member that holds it; none for a file of the corpus.
    pub parent: Option<u32>,
    /// Its type, as the extractor names it; empty where it was not read.
    pub kind: String,
    /// Length of the file in bytes; 0 where there is none.
    pub size: u64,
    /// SHA-256 of the file, of a page that of the document; of the empty string where it could not
    /// be read.
    pub sha256: Digest,
    /// The end of its name that is committed to; empty where it could not be read, and of a page.
    pub suffix: Suffix,
    /// Which page of the document it is, from 0.
    pub page: Option<u32>,
    /// The salt of the file commitment.
    pub salt: Salt,
    /// Item, page or exception.
    pub status: Status,
    /// Its rendition; an exception has none.
    pub rendition: Option<CommittedRendition>,
    /// The first member of the corpus with the same bytes, if there is an earlier one.
    pub duplicate_of: Option<MemberKey>,
    /// The commitments to its views, compressed, ascending by view.
    pub(crate) points: Vec<(View, [u8; 32])>,
}

/// What a vault holds of one position.
pub struct VaultItem {
    /// Which member of which family it is.
    pub key: MemberKey,
    /// The path of the file that it is, or that holds it, relative to the corpus folder.
    pub path: PathBuf,
    /// The position that heads its family.
    pub family: u64,
    /// The rest.
    pub member: Member,
}

impl VaultItem {
    /// Its name for people: the path, and of a part its own name behind it. It is no path to open: a
    /// container may call its parts what it likes.
    #[must_use]
    pub fn name(&self) -> PathBuf {
        let part = match (self.key.place, self.member.page) {
            (0, _) => return self.path.clone(),
            (_, Some(page)) => format!("page {}", u64::from(page) + 1),
            (_, None) => self.member.name.clone(),
        };
        let mut name = self.path.clone().into_os_string();
        name.push(" > ");
        name.push(part);
        name.into()
    }

    /// The public data of the position.
    ///
    /// # Errors
    /// When a view commitment is damaged.
    pub fn leaf(&self) -> Result<LeafData, Malformed> {
        self.member.leaf(self.family)
    }
}

impl Member {
    /// Its public data, its family being headed by the position `family`.
    ///
    /// # Errors
    /// When a view commitment is damaged.
    pub fn leaf(&self, family: u64) -> Result<LeafData, Malformed> {
        let views = self
            .points
            .iter()
            .map(|(view, bytes)| Ok((*view, ViewCommitment::from_bytes(bytes)?)))
            .collect::<Result<_, Malformed>>()?;
        let LeafFields {
            status,
            family,
            file,
            rendition,
        } = self.leaf_fields(family);
        let leaf = LeafData {
            status,
            family,
            file,
            rendition,
            views,
        };
        leaf.check()?;
        Ok(leaf)
    }

    /// Its leaf at a position.
    pub(super) fn leaf_hash(&self, position: u64, family: u64) -> Digest {
        self.leaf_fields(family)
            .hash(position, self.points.iter().copied())
    }

    fn leaf_fields(&self, family: u64) -> LeafFields {
        let rendition = self.rendition.as_ref();
        LeafFields {
            status: self.status,
            family,
            file: match self.page {
                None => self.salt.commit_file_digest(self.sha256, &self.suffix),
                Some(page) => self.salt.commit_page(self.sha256, page),
            },
            rendition: rendition.map(CommittedRendition::commit),
        }
    }

    pub(super) fn encode(&self) -> Vec<u8> {
        let mut out = Writer::new();
        out.string(&self.name).string(&self.kind);
        option(&mut out, self.parent.as_ref(), |out, parent| {
            out.u32(*parent);
        });
        out.u64(self.size)
            .raw(&self.sha256.0)
            .string(self.suffix.as_str());
        option(&mut out, self.page.as_ref(), |out, page| {
            out.u32(*page);
        });
        out.raw(&self.salt.to_bytes()).u8(self.status.code());
        option(&mut out, self.rendition.as_ref(), |out, rendition| {
            out.raw(&rendition.digest.0)
                .raw(&rendition.salt.to_bytes())
                .u8(rendition.is_kept.into())
                .u8((rendition.source == Source::LoadFile).into());
        });
        option(&mut out, self.duplicate_of.as_ref(), |out, first| {
            out.u64(first.entry).u32(first.place);
        });
        out.length(self.points.len());
        for (view, point) in &self.points {
            out.string(&view.to_string()).raw(point);
        }
        out.finish()
    }

    pub(super) fn decode(bytes: &[u8]) -> Result<Self, Malformed> {
        let mut from = Reader::new(bytes);
        let name = from.string(1 << 16, "a name")?;
        let kind = from.string(256, "a type")?;
        let parent = optional(&mut from, Reader::u32)?;
        let size = from.u64()?;
        let sha256 = Digest(from.array()?);
        let suffix = from.string(8, "the end of a name")?.parse()?;
        let page = optional(&mut from, Reader::u32)?;
        let salt = Salt::from_bytes(from.array()?);
        let status = Status::from_code(from.u8()?)?;
        let rendition = optional(&mut from, |from| {
            Ok(CommittedRendition {
                digest: Digest(from.array()?),
                salt: Salt::from_bytes(from.array()?),
                is_kept: from.u8()? != 0,
                source: match from.u8()? {
                    0 => Source::File,
                    _ => Source::LoadFile,
                },
            })
        })?;
        let duplicate_of = optional(&mut from, |from| {
            Ok(MemberKey {
                entry: from.u64()?,
                place: from.u32()?,
            })
        })?;
        let count = from.length(256, 36, "the list of views")?;
        let points = (0..count)
            .map(|_| Ok((from.string(64, "the view's name")?.parse()?, from.array()?)))
            .collect::<Result<_, Malformed>>()?;
        from.finish()?;
        Ok(Self {
            name,
            parent,
            kind,
            size,
            sha256,
            suffix,
            page,
            salt,
            status,
            rendition,
            duplicate_of,
            points,
        })
    }
}

/// Writes a value that may be absent.
fn option<T>(out: &mut Writer, value: Option<&T>, write: impl FnOnce(&mut Writer, &T)) {
    out.u8(value.is_some().into());
    if let Some(value) = value {
        write(out, value);
    }
}

/// The counterpart of [`option`].
fn optional<'a, T>(
    from: &mut Reader<'a>,
    read: impl FnOnce(&mut Reader<'a>) -> Result<T, Malformed>,
) -> Result<Option<T>, Malformed> {
    match from.u8()? {
        0 => Ok(None),
        _ => read(from).map(Some),
    }
}

/// A path stored as its bytes, length first.
pub(super) fn read_path(from: &mut Reader) -> Result<PathBuf, Malformed> {
    let length = from.length(1 << 16, 1, "a path")?;
    Ok(Path::new(OsStr::from_bytes(from.take(length)?)).to_owned())
}

/// What opens the commitment to a view: the private inputs of its proof.
pub struct ViewOpening {
    /// The view's bytes; erased when they are dropped.
    pub tensor: Zeroizing<Vec<u8>>,
    /// The blind of the commitment.
    pub blind: ViewBlind,
}

impl ViewOpening {
    pub(super) fn encode(&self) -> Vec<u8> {
        let mut out = Writer::new();
        out.raw(&self.blind.to_bytes())
            .raw(&tensor::encode(&self.tensor));
        out.finish()
    }

    /// The counterpart of [`Self::encode`] for a view of `len` bytes.
    pub(super) fn decode(bytes: &[u8], len: usize) -> Result<Self, Malformed> {
        let mut from = Reader::new(bytes);
        let blind = ViewBlind::from_bytes(&from.array()?)?;
        let tensor = tensor::decode(from.take(from.remaining())?, len)?;
        Ok(Self {
            tensor: Zeroizing::new(tensor),
            blind,
        })
    }
}
