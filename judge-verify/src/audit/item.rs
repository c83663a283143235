//! The checks of one opened position.

use super::{AuditCheck, ItemFault};
use crate::files;
use crate::verdict::{CannotRun, Failure};
use duces_protocol::audit::names;
use duces_protocol::audit::opened::Opened;
use duces_protocol::commitment::Commitment;
use duces_protocol::digest::Digest;
use duces_protocol::exceptions::Reason;
use duces_protocol::leaf::{FileHasher, Status};
use duces_protocol::pedersen::{Committer, Generators};
use duces_protocol::profile::Profile;
use duces_protocol::request::Request;
use duces_protocol::view::View;
use duces_views::{Content, Document, Limits, derive};
use std::collections::BTreeSet;
use std::fmt::Display;
use std::path::{Path, PathBuf};

/// What an opened position turned out to be.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind {
    /// A file, whose views were computed again.
    Item,
    /// A file that could not be read as a document, as stated.
    Exception,
    /// An exception whose bytes could not be read at all: there is nothing to compare.
    WithoutBytes,
}

/// What the checks compare with.
pub struct Bench<'a> {
    /// The folder of opened positions.
    pub folder: PathBuf,
    /// The commitment.
    pub commitment: &'a Commitment,
    /// The profile that the commitment names.
    pub profile: &'a Profile,
    /// The request, where no drawn item may match it.
    pub matches_none: Option<&'a Request>,
    committers: Vec<(View, Committer)>,
}

impl<'a> Bench<'a> {
    /// Prepares to commit again to the views that occur among these openings.
    pub fn new(
        folder: PathBuf,
        commitment: &'a Commitment,
        profile: &'a Profile,
        matches_none: Option<&'a Request>,
        openings: &[Opened],
    ) -> Self {
        let all = openings.iter().flat_map(|opened| &opened.leaf.views);
        let known = profile.views();
        let views: BTreeSet<View> = all
            .map(|(view, _)| *view)
            .filter(|view| known.contains(view))
            .collect();
        let longest = views.iter().map(View::byte_len).max().unwrap_or(0);
        let generators = Generators::derive(longest);
        let committer = |view: View| (view, Committer::new(&generators, view.byte_len()));
        Self {
            folder,
            commitment,
            profile,
            matches_none,
            committers: views.into_iter().map(committer).collect(),
        }
    }

    /// Checks one position; says what it is, and whether that rests on the name of its file.
    ///
    /// # Errors
    /// When the system does not give the file's bytes.
    pub fn check(&self, opened: &Opened) -> Result<Result<(Kind, bool), ItemFault>, CannotRun> {
        match self.checked(opened) {
            Ok(found) => Ok(Ok(found)),
            Err(Stopped::Fault(check, what)) => Ok(Err(ItemFault {
                position: opened.position,
                check,
                what,
            })),
            Err(Stopped::CannotRun(error)) => Err(error),
        }
    }

    fn checked(&self, opened: &Opened) -> Result<(Kind, bool), Stopped> {
        self.check_path(opened)?;
        let Some(name) = opened.file() else {
            return Ok((check_absent(opened)?, false));
        };
        let limits = Limits::from(self.profile.limits());
        let path = format!("{}/{name}", names::FILES);
        let Some(bytes) = self.check_file(opened, &path, &limits)? else {
            return Ok((Kind::Exception, false));
        };
        let document = Document::parse(&bytes, Path::new(&name), &limits);
        let by_name = rests_on_name(&bytes, document.as_ref().ok(), &limits);
        let document = match (document, opened.leaf.status) {
            (Ok(document), Status::Item) => document,
            (Err(found), Status::Exception(reason)) if Reason::from(found) == reason => {
                return Ok((Kind::Exception, by_name));
            }
            (Ok(_), Status::Exception(reason)) => {
                let what = format!("the file can be read, the leaf says: {reason}");
                return Err(fault(AuditCheck::Views, what));
            }
            (Err(found), Status::Item | Status::Exception(_)) => {
                let what = format!("the leaf says otherwise: {found}");
                return Err(fault(AuditCheck::Views, what));
            }
        };
        self.check_views(opened, &document)?;
        Ok((Kind::Item, by_name))
    }

    /// The leaf is the committed one.
    fn check_path(&self, opened: &Opened) -> Result<(), Stopped> {
        let at_path = |what: &dyn Display| fault(AuditCheck::Path, what);
        let items = self.commitment.items();
        if opened.leaf.family >= items {
            return Err(at_path(&"its family is not a position"));
        }
        let leaf = opened.leaf.hash(opened.position);
        let root = opened
            .path
            .root(leaf, opened.position, items)
            .map_err(|error| at_path(&error))?;
        self.commitment.check_tree(root).map_err(|_| {
            at_path(&"the leaf and its path do not lead to the root of the commitment")
        })
    }

    /// The file is the committed one. `None` for a file over the size limit that the leaf calls so.
    fn check_file(
        &self,
        opened: &Opened,
        path: &str,
        limits: &Limits,
    ) -> Result<Option<Vec<u8>>, Stopped> {
        let opens = |digest: Digest| {
            if opened.salt.commit_digest(digest) == opened.leaf.file {
                return Ok(());
            }
            let what = "the file and its salt do not open the file commitment";
            Err(fault(AuditCheck::File, what))
        };
        if opened.leaf.status == Status::Exception(Reason::TooLarge) {
            let (size, digest) = files::digest_produced(&self.folder, path)?;
            if size > limits.file_bytes {
                opens(digest)?;
                return Ok(None);
            }
        }
        let bytes = files::read_produced(&self.folder, path, limits.file_bytes)?;
        opens(FileHasher::of(&bytes))?;
        Ok(Some(bytes))
    }

    /// The leaf has the views that the profile names for this kind of document, each committed to.
    fn check_views(&self, opened: &Opened, document: &Document) -> Result<(), Stopped> {
        let views = opened.leaf.views.iter().map(|(view, _)| view);
        if !views.eq(self.profile.views_of(document.kind())) {
            let what = "its views are not those that the profile names for such a file";
            return Err(fault(AuditCheck::Views, what));
        }
        for ((view, committed), blind) in opened.leaf.views.iter().zip(&opened.blinds) {
            let tensor = derive(document, *view);
            let committer = self.committers.iter().find(|(known, _)| known == view);
            let (Some(tensor), Some((_, committer))) = (tensor, committer) else {
                let what = format!("the file has no view {view}");
                return Err(fault(AuditCheck::Views, what));
            };
            if committer.commit(&tensor, blind) != *committed {
                let what = format!(
                    "the view {view} of the file and its blind do not open the view commitment"
                );
                return Err(fault(AuditCheck::ViewCommitments, what));
            }
            let matches =
                |request: &&Request| request.view == *view && request.classifier.matches(&tensor);
            if self.matches_none.as_ref().is_some_and(matches) {
                let what = "the file matches the request, and is listed as not responsive";
                return Err(fault(AuditCheck::Decision, what));
            }
        }
        Ok(())
    }
}

/// Whether the file reads otherwise as plain text or as an e-mail than under the name that it is
/// shown with, which no commitment binds: so a memo may be shown as a web page, which has no reader.
fn rests_on_name(bytes: &[u8], shown: Option<&Document>, limits: &Limits) -> bool {
    let content = shown.map(|document| &document.content);
    if matches!(content, Some(Content::Image(_))) {
        return false;
    }
    ["0.txt", "0.eml"].iter().any(|name| {
        let other = Document::parse(bytes, Path::new(name), limits).ok();
        other.as_ref() != shown
    })
}

/// A position without a file: only where its bytes could not be read when it was committed.
fn check_absent(opened: &Opened) -> Result<Kind, Stopped> {
    let unread = [Reason::ReadError, Reason::SymbolicLink, Reason::SpecialFile];
    if !unread.map(Status::Exception).contains(&opened.leaf.status) {
        return Err(fault(AuditCheck::File, "its file is not there"));
    }
    if opened.salt.commit(b"") != opened.leaf.file {
        let what = "the salt does not open the file commitment to no bytes";
        return Err(fault(AuditCheck::File, what));
    }
    Ok(Kind::WithoutBytes)
}

/// Why the checks of a position ended.
enum Stopped {
    Fault(AuditCheck, String),
    CannotRun(CannotRun),
}

fn fault(check: AuditCheck, what: impl Display) -> Stopped {
    Stopped::Fault(check, what.to_string())
}

impl From<Failure> for Stopped {
    /// Reading is part of the file's check.
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Rejected(found) => fault(AuditCheck::File, found.what),
            Failure::CannotRun(error) => Self::CannotRun(error),
        }
    }
}
