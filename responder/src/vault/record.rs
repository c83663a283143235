//! The records of a vault, in bytes.

use super::tensor;
use duces_protocol::bytes::{Malformed, Reader, Writer};
use duces_protocol::digest::Digest;
use duces_protocol::leaf::{LeafData, Salt, Status};
use duces_protocol::pedersen::{ViewBlind, ViewCommitment};
use duces_protocol::view::View;
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use zeroize::Zeroizing;

/// What a vault holds of one position, the tensors and blinds of its views apart.
pub struct VaultItem {
    /// The file's path, relative to the corpus folder.
    pub path: PathBuf,
    /// Length of the file in bytes; 0 where it could not be read.
    pub size: u64,
    /// SHA-256 of the file; of the empty string where it could not be read.
    pub sha256: Digest,
    /// The salt of the file commitment.
    pub salt: Salt,
    /// Item or exception.
    pub status: Status,
    /// The position that heads the item's family.
    pub family: u64,
    /// The commitments to its views, compressed, ascending by view.
    pub(crate) points: Vec<(View, [u8; 32])>,
}

impl VaultItem {
    /// The public data of the position.
    ///
    /// # Errors
    /// When a view commitment is damaged.
    pub fn leaf(&self) -> Result<LeafData, Malformed> {
        let views = self
            .points
            .iter()
            .map(|(view, bytes)| Ok((*view, ViewCommitment::from_bytes(bytes)?)))
            .collect::<Result<_, Malformed>>()?;
        let file = self.salt.commit_file_digest(self.sha256);
        let leaf = LeafData {
            status: self.status,
            family: self.family,
            file,
            views,
        };
        leaf.check()?;
        Ok(leaf)
    }

    pub(super) fn encode(&self) -> Vec<u8> {
        let path = self.path.as_os_str().as_bytes();
        let mut out = Writer::new();
        out.length(path.len())
            .raw(path)
            .u64(self.size)
            .raw(&self.sha256.0);
        out.raw(&self.salt.to_bytes())
            .u8(self.status.code())
            .u64(self.family);
        out.length(self.points.len());
        for (view, point) in &self.points {
            out.string(&view.to_string()).raw(point);
        }
        out.finish()
    }

    pub(super) fn decode(bytes: &[u8]) -> Result<Self, Malformed> {
        let mut from = Reader::new(bytes);
        let path = read_path(&mut from)?;
        let size = from.u64()?;
        let sha256 = Digest(from.array()?);
        let salt = Salt::from_bytes(from.array()?);
        let status = Status::from_code(from.u8()?)?;
        let family = from.u64()?;
        let count = from.length(256, 36, "the list of views")?;
        let points = (0..count)
            .map(|_| Ok((from.string(64, "the view's name")?.parse()?, from.array()?)))
            .collect::<Result<_, Malformed>>()?;
        from.finish()?;
        Ok(Self {
            path,
            size,
            sha256,
            salt,
            status,
            family,
            points,
        })
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
