//! `[audit-extraction]`: the extractor makes the committed rendition of the file, or states the
//! committed reason why there is none.
//!
//! The end of a name is committed to, and nothing shows that it was the file's. So a file is read once
//! more without it: where that makes another rendition, the position shows nothing
//! ([`Unverifiable::Name`]).

use super::{File, ItemChecker, Stopped, fault};
use crate::audit::finding::{AuditCheck, Shown, Unverifiable};
use crate::extractor::NotCompared;
use duces_protocol::audit::opened::Opened;
use duces_protocol::exceptions::Reason;
use duces_protocol::leaf::{Source, Status, Suffix};
use duces_protocol::rendition::Rendition;

/// Reads the file again.
pub(super) fn check(
    checker: &ItemChecker<'_>,
    opened: &Opened,
    file: &File,
    rendition: Option<&(Rendition, Source)>,
) -> Result<Shown, Stopped> {
    let unverifiable = |why| Err(Stopped::Unverifiable(why));
    let Some(bytes) = &file.bytes else {
        return if opened.leaf.status == Status::Exception(Reason::Limit) {
            Ok(Shown::Unreadable)
        } else {
            unverifiable(Unverifiable::Limit)
        };
    };
    if opened.leaf.status == Status::Exception(Reason::Excluded) {
        return unverifiable(Unverifiable::Excluded);
    }
    let read = |suffix: &Suffix| {
        let read = match opened.page {
            Some(number) => checker.reader.page(bytes, suffix, number),
            None => checker.reader.read(bytes, suffix),
        };
        read.map_err(|why| Stopped::Unverifiable(Unverifiable::NotRead(why)))
    };
    let found = read(&file.suffix)?;
    if let Some((stated, Source::LoadFile)) = rendition
        && found.as_ref() != Ok(stated)
    {
        return unverifiable(Unverifiable::NotRead(NotCompared::LoadFile));
    }
    let without = Suffix::default();
    let unnamed = if file.suffix == without {
        found.clone()
    } else {
        read(&without)?
    };
    let by_name = unnamed != found;
    let shown = judge(
        opened.leaf.status,
        rendition.map(|(stated, _)| stated),
        found,
    )?;
    if by_name {
        return unverifiable(Unverifiable::Name);
    }
    Ok(shown)
}

/// Compares what the leaf states with what was found.
fn judge(
    status: Status,
    stated: Option<&Rendition>,
    found: Result<Rendition, Reason>,
) -> Result<Shown, Stopped> {
    let differs = |what: String| Err(fault(AuditCheck::Extraction, what));
    let unverifiable = |why| Err(Stopped::Unverifiable(why));
    match (status, stated, found) {
        (Status::Item, Some(stated), Ok(found)) if *stated == found => Ok(Shown::Item),
        (Status::Page, Some(stated), Ok(found)) if *stated == found => Ok(Shown::Page),
        (Status::Exception(stated), _, Err(found)) if stated == found => Ok(Shown::Unreadable),
        // Time is the machine's. A limit may be one over the family that the file belongs to.
        (_, _, Err(Reason::TimedOut)) | (Status::Exception(Reason::TimedOut), ..) => {
            unverifiable(Unverifiable::Time)
        }
        (Status::Exception(Reason::Limit), ..) => unverifiable(Unverifiable::Limit),
        (Status::Exception(reason), _, Ok(_)) => differs(format!(
            "the extractor reads the file, but its leaf says: {reason}"
        )),
        (Status::Exception(reason), _, Err(found)) => differs(format!(
            "the extractor says of the file: {found}, its leaf says: {reason}"
        )),
        (Status::Item | Status::Page, _, Ok(_)) => {
            differs("the extractor makes another rendition of the file".to_owned())
        }
        (Status::Item | Status::Page, _, Err(found)) => differs(format!(
            "the extractor says of the file: {found}, but its leaf does not say so"
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(text: &str) -> Rendition {
        Rendition::Text(text.to_owned())
    }

    #[test]
    fn what_differs_is_a_fault() {
        let stated = text("memo");
        let exception = Status::Exception;
        for (status, stated, found) in [
            (Status::Item, Some(&stated), Ok(text("other"))),
            (Status::Page, Some(&stated), Ok(text("other"))),
            (Status::Item, Some(&stated), Err(Reason::Damaged)),
            (exception(Reason::Damaged), None, Ok(text("memo"))),
            (exception(Reason::Damaged), None, Err(Reason::NoText)),
            (exception(Reason::ReadError), None, Ok(text("memo"))),
        ] {
            let result = judge(status, stated, found);
            let Err(Stopped::Fault(check, _)) = result else {
                panic!("{status:?} passes");
            };
            assert_eq!(check, AuditCheck::Extraction);
        }
    }

    #[test]
    fn what_agrees_is_shown() {
        let stated = text("memo");
        let item = judge(Status::Item, Some(&stated), Ok(text("memo")));
        assert_eq!(item.ok(), Some(Shown::Item));
        let page = judge(Status::Page, Some(&stated), Ok(text("memo")));
        assert_eq!(page.ok(), Some(Shown::Page));
        for &reason in Reason::ALL {
            let exception = judge(Status::Exception(reason), None, Err(reason));
            assert_eq!(exception.ok(), Some(Shown::Unreadable));
        }
    }

    #[test]
    fn time_and_limits_of_a_family_show_nothing() {
        let stated = text("memo");
        for (status, stated, found, why) in [
            (
                Status::Item,
                Some(&stated),
                Err(Reason::TimedOut),
                Unverifiable::Time,
            ),
            (
                Status::Exception(Reason::TimedOut),
                None,
                Ok(text("memo")),
                Unverifiable::Time,
            ),
            (
                Status::Exception(Reason::Limit),
                None,
                Ok(text("memo")),
                Unverifiable::Limit,
            ),
        ] {
            let result = judge(status, stated, found);
            assert!(matches!(result, Err(Stopped::Unverifiable(found)) if found == why));
        }
    }
}
