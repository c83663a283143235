//! The checks of one opened position, `[audit-path]` to `[audit-decision]`.

use super::finding::{AuditCheck, Finding, ItemFault, NameEffect, Shown, Sound};
use crate::fault::{CannotRun, NotPassed};
use crate::files::{self, Digested};
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

/// What the checks compare with.
pub struct ItemChecker<'a> {
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

impl<'a> ItemChecker<'a> {
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

    /// Checks one position.
    ///
    /// # Errors
    /// When the system does not give the file's bytes.
    pub fn check(&self, opened: &Opened) -> Result<Finding, CannotRun> {
        match self.sound(opened) {
            Ok(sound) => Ok(Finding::Sound(sound)),
            Err(Stopped::Fault(check, what)) => Ok(Finding::Fault(ItemFault {
                position: opened.position,
                check,
                what,
            })),
            Err(Stopped::CannotRun(error)) => Err(error),
        }
    }

    fn sound(&self, opened: &Opened) -> Result<Sound, Stopped> {
        self.check_path(opened)?;
        let Some(name) = opened.file() else {
            check_absent(opened)?;
            return Ok(unnamed(Shown::NoBytes));
        };
        let limits = Limits::from(self.profile.limits());
        let path = format!("{}/{name}", names::FILES);
        let Some(bytes) = self.check_file(opened, &path, &limits)? else {
            return Ok(unnamed(Shown::Unreadable));
        };
        let document = Document::parse(&bytes, Path::new(&name), &limits);
        let name = name_effect(&bytes, document.as_ref().ok(), &limits);
        let document = match (document, opened.leaf.status) {
            (Ok(document), Status::Item) => document,
            (Err(found), Status::Exception(reason)) if Reason::from(found) == reason => {
                let shown = Shown::Unreadable;
                return Ok(Sound { shown, name });
            }
            (Ok(_), Status::Exception(reason)) => {
                let what = format!("the file can be read, but its leaf says: {reason}");
                return Err(fault(AuditCheck::Views, what));
            }
            (Err(found), Status::Item | Status::Exception(_)) => {
                let what =
                    format!("the file cannot be read ({found}), but its leaf does not say so");
                return Err(fault(AuditCheck::Views, what));
            }
        };
        self.check_views(opened, &document)?;
        let shown = Shown::Views;
        Ok(Sound { shown, name })
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

    /// The file is the committed one. `None` for a file above the size limit whose leaf says so.
    fn check_file(
        &self,
        opened: &Opened,
        path: &str,
        limits: &Limits,
    ) -> Result<Option<Vec<u8>>, Stopped> {
        let opens = |digest: Digest| {
            if opened.salt.commit_file_digest(digest) == opened.leaf.file {
                return Ok(());
            }
            let what = "the file and its salt do not open the file commitment";
            Err(fault(AuditCheck::File, what))
        };
        if opened.leaf.status == Status::Exception(Reason::TooLarge) {
            let Digested { size, sha256 } = files::digest_produced(&self.folder, path)?;
            if size > limits.file_bytes {
                opens(sha256)?;
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
                let what = "the file matches the request, but is listed as not responsive";
                return Err(fault(AuditCheck::Decision, what));
            }
        }
        Ok(())
    }
}

/// A position whose file is not read as a document.
fn unnamed(shown: Shown) -> Sound {
    let name = NameEffect::None;
    Sound { shown, name }
}

/// Whether the file, read as plain text or as an e-mail, reads otherwise than under the name that it
/// is shown with. No commitment binds that name: a memo could be shown as a web page, which no
/// reader here understands.
fn name_effect(bytes: &[u8], shown: Option<&Document>, limits: &Limits) -> NameEffect {
    let content = shown.map(|document| &document.content);
    if matches!(content, Some(Content::Image(_))) {
        return NameEffect::None;
    }
    let reads_otherwise = |name: &str| {
        let other = Document::parse(bytes, Path::new(name), limits).ok();
        other.as_ref() != shown
    };
    if ["0.txt", "0.eml"].into_iter().any(reads_otherwise) {
        NameEffect::ReadsOtherwise
    } else {
        NameEffect::None
    }
}

/// A position without a file: allowed only where the bytes could not be read when the commitment was
/// made.
fn check_absent(opened: &Opened) -> Result<(), Stopped> {
    let unread = [Reason::ReadError, Reason::SymbolicLink, Reason::SpecialFile];
    if !unread.map(Status::Exception).contains(&opened.leaf.status) {
        return Err(fault(AuditCheck::File, "its file is not there"));
    }
    if opened.salt.commit(b"") != opened.leaf.file {
        let what = "the salt does not open the file commitment to an empty file";
        return Err(fault(AuditCheck::File, what));
    }
    Ok(())
}

/// Why the checks of a position ended.
enum Stopped {
    Fault(AuditCheck, String),
    CannotRun(CannotRun),
}

fn fault(check: AuditCheck, what: impl Display) -> Stopped {
    Stopped::Fault(check, what.to_string())
}

impl From<NotPassed> for Stopped {
    /// Reading the file is part of its check.
    fn from(why: NotPassed) -> Self {
        match why {
            NotPassed::Rejected(found) => fault(AuditCheck::File, found.what),
            NotPassed::CannotRun(error) => Self::CannotRun(error),
        }
    }
}
