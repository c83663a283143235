//! Reading a family again, to hand over what was committed: every byte and every rendition must be the
//! committed one.

use crate::corpus::{Entry, EntryKind, Loaded, changed, load_file, lost};
use crate::vault::{Member, MemberKey, Vault};
use duces_extract::worker::{Pool, walk};
use duces_protocol::exceptions::Reason;
use duces_protocol::leaf::{FileHasher, Status};
use duces_protocol::rendition::Rendition;
use duces_shell::{Failure, extractor, shown};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;

/// A member as it was committed.
pub struct Again {
    /// Which member of the family it is.
    pub place: u32,
    /// What the vault holds of it.
    pub member: Member,
    /// Its bytes; none for a page, for what was not read, and for a file that is not read: one above
    /// the profile's limit, or on the list of exclusions.
    pub bytes: Option<Arc<Vec<u8>>>,
    /// The bytes of the document that it is a page of.
    pub document: Option<Arc<Vec<u8>>>,
    /// Its rendition; an exception has none.
    pub rendition: Option<Rendition>,
}

/// Reads the members at these places of the family of an entry, ascending.
///
/// # Errors
/// When the file is gone or has changed since the commitment, or reads otherwise than it did then.
pub fn read_again(
    vault: &Vault,
    pool: &Pool,
    entry: u64,
    places: &BTreeSet<u32>,
) -> Result<Vec<Again>, Failure> {
    let listed = vault.entry(entry)?;
    let mut wanted = BTreeMap::new();
    for &place in places {
        wanted.insert(place, vault.member(MemberKey { entry, place })?);
    }
    let head = vault.member(MemberKey { entry, place: 0 })?;
    if listed.kind != EntryKind::File || head.status == Status::Exception(Reason::ReadError) {
        let absent = |(place, member)| Again {
            place,
            member,
            bytes: None,
            document: None,
            rendition: None,
        };
        return Ok(wanted.into_iter().map(absent).collect());
    }
    let limit = vault.profile().limits().max_file_bytes;
    let loaded = load_file(&vault.corpus_of(entry).join(&listed.path), limit);
    let loaded = loaded.map_err(|error| lost(&listed.path, &error))?;
    let (bytes, sha256) = match loaded {
        Loaded::Bytes(bytes) => {
            let sha256 = FileHasher::of(&bytes);
            (Some(bytes), sha256)
        }
        Loaded::TooLarge { sha256, .. } => (None, sha256),
    };
    if sha256 != head.sha256 {
        return Err(changed(&listed.path));
    }
    let is_read = head.status != Status::Exception(Reason::Excluded);
    let Some(bytes) = bytes.filter(|_| is_read) else {
        // Nothing but the file itself was committed to.
        let whole = |(place, member)| Again {
            place,
            member,
            bytes: None,
            document: None,
            rendition: None,
        };
        return Ok(wanted.into_iter().map(whole).collect());
    };
    let name = listed.path.file_name().unwrap_or_default();
    let name = name.to_string_lossy().into_owned();
    let mut found = Vec::with_capacity(wanted.len());
    let has_pages = wanted.values().any(|member| member.page.is_some());
    let mut files = BTreeMap::new();
    for read in walk(pool, bytes, &name) {
        let read = read.map_err(extractor::failure)?;
        if let (true, Some(bytes)) = (has_pages, &read.bytes) {
            files.insert(read.place, Arc::clone(bytes));
        }
        let Some(member) = wanted.remove(&read.place) else {
            continue;
        };
        let key = MemberKey {
            entry,
            place: read.place,
        };
        let committed = member.rendition.as_ref();
        let rendition = match committed {
            Some(committed) if committed.is_kept => Ok(Rendition::Text(vault.kept_rendition(key)?)),
            // The text that a load file named could not be read, and the file's own was not asked for.
            None if is_stated(&listed, read.place) => Err(member.status),
            _ => read
                .rendition
                .map(extractor::rendition)
                .map_err(|reason| Status::Exception(extractor::reason(reason))),
        };
        let status = match &rendition {
            Err(status) => *status,
            Ok(_) if read.page.is_some() => Status::Page,
            Ok(_) => Status::Item,
        };
        let rendition = rendition.ok();
        let same_bytes = read
            .bytes
            .as_ref()
            .is_none_or(|bytes| FileHasher::of(bytes) == member.sha256);
        let same_rendition = rendition.as_ref().map(Rendition::digest)
            == committed.map(|committed| committed.digest);
        if !same_bytes || !same_rendition || status != member.status {
            return Err(reads_otherwise(&listed.path));
        }
        found.push(Again {
            place: read.place,
            member,
            document: read.page.and_then(|_| files.get(&read.parent?).cloned()),
            bytes: read.bytes,
            rendition,
        });
        if wanted.is_empty() {
            break;
        }
    }
    if wanted.is_empty() {
        Ok(found)
    } else {
        Err(reads_otherwise(&listed.path))
    }
}

/// Whether a load file names the text of the member at this place.
fn is_stated(listed: &Entry, place: u32) -> bool {
    place == 0 && listed.text.is_some()
}

fn reads_otherwise(path: &Path) -> Failure {
    Failure::refused(
        format!(
            "{} does not read as it did when the commitment was made",
            shown(path)
        ),
        "use the version of the extractor, and of the programs of the profile, that made the commitment",
    )
}
