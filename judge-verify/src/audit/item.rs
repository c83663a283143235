//! The checks of one opened position, `[audit-path]` to `[audit-decision]`.

mod extraction;

use super::finding::{AuditCheck, Finding, ItemFault, Shown, Unverifiable};
use crate::extractor::SecondReader;
use crate::fault::{CannotRun, Fault, NotPassed};
use crate::files::{self, Digested};
use duces_protocol::answers::Answer;
use duces_protocol::audit::names;
use duces_protocol::audit::opened::Opened;
use duces_protocol::commitment::Commitment;
use duces_protocol::digest::Digest;
use duces_protocol::leaf::{FileHasher, Source, Status, Suffix};
use duces_protocol::pedersen::{Committer, Generators};
use duces_protocol::profile::Profile;
use duces_protocol::rendition::Rendition;
use duces_protocol::request::Request;
use duces_protocol::view::{Kind, View};
use duces_views::derive;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Display;
use std::path::PathBuf;

/// What the checks compare with.
pub struct ItemChecker<'a> {
    /// The folder of opened positions.
    pub folder: PathBuf,
    /// The commitment.
    pub commitment: &'a Commitment,
    /// The profile that the commitment names.
    pub profile: &'a Profile,
    /// The request, and what the ledger says that its classifier answers, where both are known.
    pub decided: Option<Decided<'a>>,
    /// Reads files again.
    pub reader: &'a SecondReader,
    committers: Vec<(View, Committer)>,
}

/// What the ledger of a production claims, and the request that it answers.
#[derive(Clone, Copy)]
pub struct Decided<'a> {
    /// The request.
    pub request: &'a Request,
    /// The answers of the drawn positions that the ledger says are proved.
    pub claims: &'a BTreeMap<u64, Answer>,
}

impl Decided<'_> {
    /// The claim for a position is what the classifier answers on its view.
    fn check(&self, position: u64, tensor: &[u8]) -> Result<(), Stopped> {
        let classifier = &self.request.classifier;
        let found = Answer::of_outputs(classifier.answers(), &classifier.answer(tensor));
        let claimed = self.claims.get(&position);
        if claimed == found.as_ref() {
            return Ok(());
        }
        let words =
            |answer: Option<&Answer>| answer.map_or("nothing".to_owned(), Answer::to_string);
        let what = format!(
            "the classifier answers '{}' of the document, and the ledger says '{}'",
            words(found.as_ref()),
            words(claimed)
        );
        Err(fault(AuditCheck::Decision, what))
    }
}

/// The file of an opened position.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum CommittedFile {
    /// It has this SHA-256.
    Whole(Digest),
    /// The position is a page of it.
    OfPage,
    /// Nothing was there to commit to.
    None,
}

/// A file that opens the file commitment.
struct File {
    /// The end of its name that is committed to; of a page that of the document's.
    suffix: Suffix,
    /// Its digest.
    sha256: Digest,
    /// Its bytes, unless it is larger than any file that is read.
    bytes: Option<Vec<u8>>,
}

impl<'a> ItemChecker<'a> {
    /// Prepares to commit again to the views that occur among these openings.
    pub fn new(
        folder: PathBuf,
        commitment: &'a Commitment,
        profile: &'a Profile,
        decided: Option<Decided<'a>>,
        reader: &'a SecondReader,
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
            decided,
            reader,
            committers: views.into_iter().map(committer).collect(),
        }
    }

    /// Checks one position.
    ///
    /// # Errors
    /// When the system does not give the file's bytes.
    pub fn check(&self, opened: &Opened) -> Result<Finding, CannotRun> {
        match self.sound(opened) {
            Ok(shown) => Ok(Finding::Sound(shown)),
            Err(Stopped::Unverifiable(why)) => Ok(Finding::Unverifiable(why)),
            Err(Stopped::Fault(check, what)) => Ok(Finding::Fault(ItemFault {
                position: opened.position,
                check,
                what,
            })),
            Err(Stopped::CannotRun(error)) => Err(error),
        }
    }

    /// The file that was committed to at a position: `[audit-path]` and `[audit-file]` alone.
    ///
    /// # Errors
    /// When it does not open as it was committed, or the system does not give its bytes.
    pub fn committed_file(&self, opened: &Opened) -> Result<CommittedFile, NotPassed> {
        let digest = || -> Result<CommittedFile, Stopped> {
            self.check_path(opened)?;
            Ok(match self.file(opened)? {
                Some(_) if opened.page.is_some() => CommittedFile::OfPage,
                Some(file) => CommittedFile::Whole(file.sha256),
                None => CommittedFile::None,
            })
        };
        digest().map_err(|why| match why {
            Stopped::Fault(check, what) => {
                Fault::new(format!("position {}, {check}", opened.position), what).into()
            }
            Stopped::Unverifiable(why) => {
                Fault::new(format!("position {}", opened.position), why.words()).into()
            }
            Stopped::CannotRun(error) => error.into(),
        })
    }

    /// All checks. What only the extractor can show comes last, so that a position of which it can
    /// show nothing has passed the others.
    fn sound(&self, opened: &Opened) -> Result<Shown, Stopped> {
        self.check_path(opened)?;
        let file = self.file(opened)?;
        let rendition = self.rendition(opened)?;
        if let Some((rendition, _)) = &rendition {
            self.check_views(opened, rendition)?;
        }
        match file {
            Some(file) => extraction::check(self, opened, &file, rendition.as_ref()),
            None => Err(Stopped::Unverifiable(Unverifiable::NoBytes)),
        }
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

    /// The file, which is the committed one, or that of the page. `None` where nothing was there to
    /// commit to: only an exception may say so.
    fn file(&self, opened: &Opened) -> Result<Option<File>, Stopped> {
        let at_file = |what: &str| Err(fault(AuditCheck::File, what));
        let (Some(name), Some(suffix)) = (opened.file(), &opened.suffix) else {
            if opened.leaf.status.is_read() {
                return at_file("its file is not there");
            }
            let empty = FileHasher::of(b"");
            if opened.commit(empty) != opened.leaf.file {
                return at_file("the salt does not open the file commitment to an empty file");
            }
            return Ok(None);
        };
        let path = format!("{}/{name}", names::FILES);
        let limit = self.profile.limits().max_file_bytes;
        // The file of an exception may be of any size: that may be why it is one.
        let about = match opened.leaf.status {
            Status::Exception(_) => Some(files::digest_produced(&self.folder, &path)?),
            Status::Item | Status::Page => None,
        };
        let (sha256, bytes) = match about {
            Some(Digested { size, sha256 }) if size > limit => (sha256, None),
            _ => {
                let bytes = files::read_produced(&self.folder, &path, limit)?;
                (FileHasher::of(&bytes), Some(bytes))
            }
        };
        if opened.commit(sha256) != opened.leaf.file {
            return at_file("the file and its salt do not open the file commitment");
        }
        let suffix = suffix.clone();
        Ok(Some(File {
            suffix,
            sha256,
            bytes,
        }))
    }

    /// The rendition, which is the committed one, and where it comes from.
    fn rendition(&self, opened: &Opened) -> Result<Option<(Rendition, Source)>, Stopped> {
        let (Some(name), Some((kind, salt))) = (opened.rendition_file(), &opened.rendition) else {
            return Ok(None);
        };
        let at_rendition = |what: &str| fault(AuditCheck::Rendition, what);
        let path = format!("{}/{name}", names::RENDITIONS);
        let pixels = self.profile.limits().max_pixels;
        let (rendition, _) =
            files::read_rendition(&self.folder, &path, *kind, pixels).map_err(|why| match why {
                NotPassed::Rejected(found) => at_rendition(&found.what),
                NotPassed::CannotRun(error) => Stopped::CannotRun(error),
            })?;
        let load_files = self.profile.extraction().load_files;
        let commitment = opened.leaf.rendition;
        let source = commitment.and_then(|it| salt.open_rendition(&rendition, it, load_files));
        let Some(source) = source else {
            return Err(at_rendition(
                "the rendition and its salt do not open the rendition commitment",
            ));
        };
        if opened.leaf.status == Status::Page && *kind != Kind::Image {
            return Err(at_rendition("a page is an image"));
        }
        Ok(Some((rendition, source)))
    }

    /// The leaf has the views that the profile names for this kind of rendition, each committed to.
    fn check_views(&self, opened: &Opened, rendition: &Rendition) -> Result<(), Stopped> {
        let views = opened.leaf.views.iter().map(|(view, _)| view);
        if !views.eq(self.profile.views_of(rendition.kind())) {
            let what = "its views are not those that the profile names for such a rendition";
            return Err(fault(AuditCheck::Views, what));
        }
        for ((view, committed), blind) in opened.leaf.views.iter().zip(&opened.blinds) {
            let tensor = derive(rendition, *view);
            let committer = self.committers.iter().find(|(known, _)| known == view);
            let (Some(tensor), Some((_, committer))) = (tensor, committer) else {
                let what = format!("the rendition has no view {view}");
                return Err(fault(AuditCheck::Views, what));
            };
            if committer.commit(&tensor, blind) != *committed {
                let what = format!(
                    "the view {view} of the rendition and its blind do not open the view commitment"
                );
                return Err(fault(AuditCheck::ViewCommitments, what));
            }
            if let Some(decided) = &self.decided
                && decided.request.view == *view
            {
                decided.check(opened.position, &tensor)?;
            }
        }
        Ok(())
    }
}

/// Why the checks of a position ended.
enum Stopped {
    Fault(AuditCheck, String),
    Unverifiable(Unverifiable),
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
