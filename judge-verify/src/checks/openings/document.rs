//! One produced document: its file, its rendition, its view, and what the extractor makes of the file.

use crate::checks::comparisons::Comparison;
use crate::checks::evidence::Evidence;
use crate::extractor::{NotCompared, SecondReader};
use crate::fault::{Fault, NotPassed};
use crate::files::{self, Digested};
use duces_protocol::digest::Digest;
use duces_protocol::exceptions::Reason;
use duces_protocol::leaf::{FileHasher, Source, Status, Suffix};
use duces_protocol::pedersen::Committer;
use duces_protocol::production::ledger::Line;
use duces_protocol::production::load_file::{Native, Row};
use duces_protocol::production::names;
use duces_protocol::production::openings::Opening;
use duces_protocol::profile::Limits;
use duces_protocol::rendition::Rendition;
use duces_protocol::request::AnyRequest;
use duces_protocol::view::Kind;
use duces_views::derive;

/// What a produced document needs in order to be opened.
pub struct Opener<'a> {
    /// All that was read before.
    pub evidence: &'a Evidence,
    /// Commits to the request's view again.
    pub committer: &'a Committer,
    /// Reads files again.
    pub reader: &'a SecondReader,
}

/// A produced document that opens its position.
pub struct Document {
    /// Its line of the load file.
    pub row: Row,
    /// Its files in the production, with their digests.
    pub files: Vec<(String, Digest)>,
    /// What came of reading the file again.
    pub comparison: Comparison,
}

/// A native file that opens the file commitment.
struct NativeFile {
    name: String,
    native: Native,
    /// The end of its name that is committed to.
    suffix: Suffix,
    /// Its bytes, unless it is larger than any file that is read.
    bytes: Option<Vec<u8>>,
}

/// A rendition that opens its commitment.
struct Rendered {
    name: String,
    sha256: Digest,
    rendition: Rendition,
    /// Where it comes from, as it was committed to.
    source: Source,
}

impl Opener<'_> {
    /// Opens one document, given the line of its position.
    ///
    /// # Errors
    /// What does not open, or cannot be read.
    pub fn open(&self, opening: &Opening, line: &Line) -> Result<Document, NotPassed> {
        check_shape(opening, line.status)?;
        let native = self.native(opening, line)?;
        let rendered = self.rendition(opening, line)?;
        let rendition = rendered.as_ref().map(|rendered| &rendered.rendition);
        self.check_view(opening, line, rendition)?;
        let comparison = self.compare(line.status, native.as_ref(), rendered.as_ref());
        let row = Row::opened(
            opening.bates.clone(),
            opening.position,
            line.family,
            native.as_ref().map(|file| file.native),
            rendition.map(Rendition::kind),
        );
        let native = native.map(|file| (file.name, file.native.sha256));
        let rendered = rendered.map(|rendered| (rendered.name, rendered.sha256));
        Ok(Document {
            row,
            files: native.into_iter().chain(rendered).collect(),
            comparison,
        })
    }

    /// The native file, which opens the file commitment.
    fn native(&self, opening: &Opening, line: &Line) -> Result<Option<NativeFile>, NotPassed> {
        let (Some(file), Some(opened)) = (opening.native_file(), &opening.native) else {
            return Ok(None);
        };
        let name = format!("{}/{file}", names::NATIVES);
        let folder = &self.evidence.folder;
        let limit = self.limits().max_file_bytes;
        // The file of an exception may be of any size: that may be why it is one.
        let about = match line.status {
            Status::Exception(_) => Some(files::digest_produced(folder, &name)?),
            Status::Item | Status::Page => None,
        };
        let (about, bytes) = match about {
            Some(about) if about.size > limit => (about, None),
            _ => {
                let bytes = files::read_produced(folder, &name, limit)?;
                let about = Digested {
                    size: bytes.len() as u64,
                    sha256: FileHasher::of(&bytes),
                };
                (about, Some(bytes))
            }
        };
        let opens = opened.salt.commit_file_digest(about.sha256, &opened.suffix);
        if opens != line.file {
            let what = "the file, the end of its name and its salt do not open the file commitment";
            return Err(fault(&name, opening, what));
        }
        Ok(Some(NativeFile {
            name,
            native: Native {
                extension: opened.extension,
                size: about.size,
                sha256: about.sha256,
            },
            suffix: opened.suffix.clone(),
            bytes,
        }))
    }

    /// The rendition, which opens the rendition commitment, and has the views that the leaf names.
    fn rendition(&self, opening: &Opening, line: &Line) -> Result<Option<Rendered>, NotPassed> {
        let (Some(name), Some((kind, salt))) = (opening.rendition_file(), &opening.rendition)
        else {
            return Ok(None);
        };
        let page = opening.bates.image_key(1);
        let (rendition, sha256) = self.evidence.handed_over(&name, *kind, &page)?;
        let load_files = self.evidence.profile.extraction().load_files;
        let opened = line
            .rendition
            .and_then(|commitment| salt.open_rendition(&rendition, commitment, load_files));
        let Some(source) = opened else {
            let what = "the rendition and its salt do not open the rendition commitment";
            return Err(fault(&name, opening, what));
        };
        let views = self.evidence.profile.views_of(*kind);
        if !line.names().eq(views.iter().copied()) {
            let what = "its leaf has not the views that the profile names for such a rendition";
            return Err(fault(&name, opening, what));
        }
        if line.status == Status::Page && *kind != Kind::Image {
            return Err(fault(&name, opening, "a page is an image"));
        }
        Ok(Some(Rendered {
            name,
            sha256,
            rendition,
            source,
        }))
    }

    /// The view of the rendition opens the view commitment, and a public classifier says of it what the
    /// ledger says.
    fn check_view(
        &self,
        opening: &Opening,
        line: &Line,
        rendition: Option<&Rendition>,
    ) -> Result<(), NotPassed> {
        let request = &self.evidence.request;
        let at_line = |what: &str| {
            let place = format!("{}, position {}", names::OPENINGS, opening.position);
            NotPassed::from(Fault::new(place, what))
        };
        let (committed, blind) = match (self.evidence.view_of(line)?, &opening.blind) {
            (Some(committed), Some(blind)) => (committed, blind),
            (None, None) => return Ok(()),
            (Some(_), None) => return Err(at_line("the blind of its view is missing")),
            (None, Some(_)) => {
                return Err(at_line(
                    "it has a blind, but no view that the request reads",
                ));
            }
        };
        let name = opening.rendition_file().unwrap_or_default();
        let fault = |what: &str| fault(&name, opening, what);
        let view = rendition
            .and_then(|rendition| derive(rendition, request.view()))
            .ok_or_else(|| fault(&format!("it has no view {}", request.view())))?;
        if committed != self.committer.commit(&view, blind) {
            return Err(fault(
                "the view of the rendition and its blind do not open the view commitment",
            ));
        }
        // The proof of the batch has the decision for this commitment. A sealed classifier cannot be
        // evaluated here.
        let AnyRequest::Public(request) = request else {
            return Ok(());
        };
        match (
            line.outcome.disposition.claims_match(),
            request.classifier.matches(&view),
        ) {
            (true, false) => Err(fault("it does not match the request")),
            (false, true) => Err(fault(
                "it matches the request, but is listed as not responsive",
            )),
            (true, true) | (false, false) => Ok(()),
        }
    }

    /// Reads the file again.
    fn compare(
        &self,
        status: Status,
        native: Option<&NativeFile>,
        rendered: Option<&Rendered>,
    ) -> Comparison {
        let (Some(file), Some(rendered)) = (native, rendered) else {
            return match (status, native) {
                (Status::Exception(reason), Some(file)) => self.exception(reason, file),
                _ => Comparison::NotCompared(NotCompared::Page),
            };
        };
        let bytes = file.bytes.as_deref().unwrap_or_default();
        let rendition = &rendered.rendition;
        match self.reader.read(bytes, &file.suffix) {
            Err(why) => Comparison::NotCompared(why),
            Ok(Ok(read)) if read == *rendition => Comparison::Confirmed,
            Ok(_) if rendered.source == Source::LoadFile => {
                Comparison::NotCompared(NotCompared::LoadFile)
            }
            Ok(Ok(read)) if read.kind() != rendition.kind() => {
                Comparison::Different("of another kind".to_owned())
            }
            Ok(Ok(_)) => Comparison::Different("another rendition".to_owned()),
            // How long a reader takes is the machine's doing.
            Ok(Err(Reason::TimedOut)) => Comparison::NotCompared(NotCompared::Machine),
            Ok(Err(reason)) => Comparison::Different(format!("nothing ({reason})")),
        }
    }

    /// Whether the file of an exception can be read. Of a listed exclusion nobody says that it
    /// cannot.
    fn exception(&self, reason: Reason, file: &NativeFile) -> Comparison {
        let bytes = match (&file.bytes, reason) {
            (None, _) | (_, Reason::Excluded) => return Comparison::Exception,
            (Some(bytes), _) => bytes,
        };
        match self.reader.read(bytes, &file.suffix) {
            Ok(Ok(_)) => Comparison::Readable,
            Ok(Err(_)) | Err(_) => Comparison::Exception,
        }
    }

    fn limits(&self) -> Limits {
        self.evidence.profile.limits()
    }
}

/// An item has a file and a rendition, a page a rendition, an exception a file.
fn check_shape(opening: &Opening, status: Status) -> Result<(), Fault> {
    let what = match (
        status,
        opening.native.is_some(),
        opening.rendition.is_some(),
    ) {
        (Status::Item, true, true)
        | (Status::Page, false, true)
        | (Status::Exception(_), true, false) => return Ok(()),
        (Status::Item, ..) => "an item is opened with its file and its rendition",
        (Status::Page, ..) => "a page is opened with its rendition alone",
        (Status::Exception(_), ..) => "an exception is opened with its file alone",
    };
    let place = format!("{}, position {}", names::OPENINGS, opening.position);
    Err(Fault::new(place, what))
}

fn fault(name: &str, opening: &Opening, what: &str) -> NotPassed {
    Fault::new(format!("{name} (position {})", opening.position), what).into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use duces_protocol::leaf::Salt;
    use duces_protocol::production::bates::BatesPrefix;
    use duces_protocol::production::openings::NativeOpening;

    #[test]
    fn each_status_has_its_files() {
        let prefix: BatesPrefix = "EPA".parse().unwrap();
        let opening = |native: bool, rendition: bool| Opening {
            position: 3,
            bates: prefix.number(1),
            native: native.then(|| NativeOpening {
                extension: "pdf".parse().unwrap(),
                suffix: Suffix::of("a.pdf"),
                salt: Salt::random(),
            }),
            rendition: rendition.then(|| (Kind::Text, Salt::random())),
            blind: None,
        };
        let exception = Status::Exception(Reason::Damaged);
        for (status, native, rendition) in [
            (Status::Item, true, true),
            (Status::Page, false, true),
            (exception, true, false),
        ] {
            for (with_native, with_rendition) in [(true, true), (false, true), (true, false)] {
                let fits = (native, rendition) == (with_native, with_rendition);
                let checked = check_shape(&opening(with_native, with_rendition), status);
                assert_eq!(checked.is_ok(), fits, "{status:?}");
            }
        }
    }
}
