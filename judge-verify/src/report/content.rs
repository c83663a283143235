//! What the reports say, in whatever form.

use crate::check::Check;
use crate::checks::{Comparisons, Counts, Matter, Outcome, Passed, Redacted, Verdict, Verified};
use duces_protocol::answers::AnswerKind;
use duces_protocol::commitment::Notes;
use duces_protocol::digest::Digest;
use duces_protocol::production::withholding::Rendering;
use duces_protocol::profile::Families;

/// What a verified production of matches shows.
pub const SHOWN: &str = "For every item that the responding party committed to, before it knew \
    the request, exactly one of these holds: the item is cryptographically proved not to match the \
    request's classifier; it is proved to match, and the document itself was produced and checked \
    against the commitment; it is proved to match, and a redacted rendition stands in its place, with a \
    stated basis for each redaction; it is proved to match and withheld on a stated basis; or it is listed \
    as unreadable, or as having no view that the classifier reads. Where the profile brings families \
    together, every member that could be read of the family of a produced match is produced, redacted or \
    withheld too. Of an item that is not produced, nothing else was disclosed, but what its redacted rendition and the log \
    say: the production shows \
    which views it has, whether it is a page, and which items belong together as a family, but no \
    score, no content, no name, no size.";

/// What a verified production of classes or scores shows.
pub const SHOWN_ANSWERS: &str = "For every item that the responding party committed to, before it knew \
    the request, exactly one of these holds: the request's classifier is cryptographically proved to give \
    the listed answer on the item's committed view; or the item is listed as unreadable, or as having \
    no view that the classifier reads. No document was produced. Of an item, nothing else was disclosed: \
    the production shows its answer, which views it has, whether it is a page, and which items belong \
    together as a family, but no content, no name, no size.";

/// What a verified production shows.
pub(super) fn shown(outcome: &Outcome) -> &'static str {
    match &outcome.matter {
        Some(matter) if matter.answers != AnswerKind::Match => SHOWN_ANSWERS,
        _ => SHOWN,
    }
}

/// What no report of this program shows; [`not_shown`] adds what the matter at hand leaves open.
pub const NOT_SHOWN: [&str; 8] = [
    "That the committed items are everything the responding party holds. Whether the collection \
     was complete is a question for testimony about custodians and sources.",
    "That an undisclosed item was reduced honestly: that its text or image (its rendition) is what its \
     file holds, and its view what the rendition gives. Both were fixed before the request was known. \
     Opening a random sample in camera ('judge-verify sample') bounds the share of false ones. A planted \
     view, which no text or image gives, makes no proof false; it can leave a request without proof.",
    "That an undisclosed exception is unreadable for the reason that is stated, and that an item \
     without the view has no such content. The same sample looks at those that it draws.",
    "That a rendition holds all that a person sees in the file. The extractor takes the text that a \
     file stores: not handwriting, nor text in pictures, unless the profile names a program that reads \
     it. The charset of a plain text is a guess where the file does not state it. The end of a file's \
     name, such as .csv, may decide how it is read; it is committed to, but nothing shows that the file \
     always had it.",
    "That a document was searched as it looks. Where the profile says so, the pages of a PDF that are one \
     scanned image, and the pictures on its other pages, are items of their own. Of a page that is drawn \
     the words are in the text of its document, and what is drawn beside them (lines, areas, very small \
     images) is not searched; a page without words or pictures is an exception. A produced page is the \
     committed image; that its document holds it, no check here shows.",
    "That each part of a file was found, and that a family is complete: an attachment which the \
     extractor does not know for one is no item.",
    "That the classifier is a good definition of relevance. How much it overlooks (its recall, and \
     the elusion) is measured by sampling.",
    "That a privilege or exemption is valid. The log states the bases; the court decides on them.",
];

/// What this report does not show: [`NOT_SHOWN`], and what the commitment and the comparisons leave
/// open.
#[must_use]
pub fn not_shown(outcome: &Outcome) -> Vec<String> {
    let mut all = NOT_SHOWN.map(str::to_owned).to_vec();
    if let Some(matter) = &outcome.matter {
        all.extend(match matter.answers {
            AnswerKind::Match => None,
            AnswerKind::Class => Some(
                "What a class stands for: a number is what the classifier gives; its name is the parties' \
                 word."
                    .to_owned(),
            ),
            AnswerKind::Scores => Some(
                "What a score measures, and the unit that the rule states: integers are what the \
                 classifier gives. A score beyond the range of the last table stands as that table's end."
                    .to_owned(),
            ),
        });
        all.extend(matter.hidden.map(sealed));
        all.extend(matter.ceremony.map(ceremony));
        all.extend(notes(&matter.notes, is_extended(outcome)));
    }
    let redacted = |counts: &Counts| counts.redacted + counts.companions_redacted;
    all.extend(outcome.counts.as_ref().map(redacted).and_then(redactions));
    if let Some(counts) = &outcome.counts
        && counts.exceptions_left_out > 0
    {
        all.push(format!(
            "What is in the unreadable members of produced families that were not handed over: {} \
             exceptions.",
            counts.exceptions_left_out
        ));
    }
    if let Some(comparisons) = &outcome.comparisons
        && comparisons.not_compared > 0
    {
        all.push(format!(
            "That the produced renditions that were not compared are what their files hold: {} of {}. \
             They are the committed ones, and whoever opens the files can look.",
            comparisons.not_compared,
            comparisons.total()
        ));
    }
    all
}

/// What redacted renditions leave open.
fn redactions(count: u64) -> Option<String> {
    let text = format!(
        "That what is shown of a redacted document was taken from it, and that nothing more is missing than \
         the entries of the log say: {count} positions. What was checked of each: its commitments are the \
         committed ones; the classifier is proved to match it, unless it came with its family; the \
         redacted text or pages and the bases are those that the ledger names; no file of it was produced. \
         Its file, its whole text or image and its view were not opened to anybody, and could not be \
         compared with what is shown. Opening a position in camera ('judge-verify sample') shows the original."
    );
    (count > 0).then_some(text)
}

/// What the proofs of a sealed classifier leave open.
fn sealed(hidden: u64) -> String {
    format!(
        "What the classifier looks for. Its {hidden} weights and biases are hidden behind commitments: \
         the proofs show that one and the same model made every decision, and what shape it has; not \
         that the rule's words describe it, not that it was made without knowledge of the documents, \
         nor how good it is. A sample that is drawn after model and documents were committed to, and \
         labelled, measures that. No classifier was evaluated here on a produced document: that its \
         view is the committed one was checked, and that it matches is proved."
    )
}

/// What a ceremony file leaves open.
fn ceremony(digest: Digest) -> String {
    format!(
        "That nobody knows the number behind the ceremony file whose SHA-256 is {digest}: whoever knows it can \
         prove anything. This program knows no list of public ceremonies: compare the digest with what the \
         organisers of the ceremony publish."
    )
}

/// What the notes of a commitment leave open.
fn notes(notes: &Notes, is_extended: bool) -> Vec<String> {
    let mut all = Vec::new();
    if notes.links > 0 {
        all.push(format!(
            "What the symbolic links of the collection lead to: {} were not followed. Each is a listed \
             exception; files that are reached by a link alone are not committed to.",
            notes.links
        ));
    }
    if notes.folders > 0 {
        all.push(format!(
            "What is in the folders that could not be listed: {}. Each is a listed exception; nothing \
             in them is committed to.",
            notes.folders
        ));
    }
    if let Some(list) = notes.exclusions {
        all.push(format!(
            "That the files with the reason 'excluded' do not matter. Their digests are on a list of \
             known files whose SHA-256 is {list}; ask for that list."
        ));
    }
    if let Some(earlier) = notes.extends.filter(|_| !is_extended) {
        all.push(format!(
            "That the commitment extends the earlier one whose digest is {earlier}. It says so; whoever \
             has that one can have it checked with --earlier."
        ));
    }
    all
}

/// Whether an earlier commitment was given, and its positions are the first ones.
pub(super) fn is_extended(outcome: &Outcome) -> bool {
    let given = outcome.matter.as_ref().is_some_and(|m| m.earlier.is_some());
    let passed = |passed: &Passed| passed.check == Check::Commitment;
    given && outcome.passed.iter().any(passed)
}

/// What the commitment states beside its positions, as labels and values.
pub(super) fn note_rows(outcome: &Outcome, matter: &Matter) -> Vec<(&'static str, String)> {
    let Notes {
        links,
        folders,
        exclusions,
        extends,
    } = matter.notes;
    let families = match matter.families {
        Families::Alone => "a match is produced alone",
        Families::Together => "a match is produced with its family",
    };
    let extractor = match &matter.extractor {
        Some(version) => format!("version {version}"),
        None => "no version named".to_owned(),
    };
    let count = |number: u64| (number > 0).then(|| number.to_string());
    let digest = |digest: Option<Digest>| digest.map(|digest| digest.to_string());
    let extended = |digest: Digest| match matter.earlier {
        Some(items) if is_extended(outcome) => {
            format!("{digest}, checked: its {items} positions come first, unchanged")
        }
        _ => format!("{digest}, not checked"),
    };
    let more = [
        ("Links not followed", count(links)),
        ("Folders not listed", count(folders)),
        ("Exclusion list", digest(exclusions)),
        ("Extends", extends.map(extended)),
    ];
    let more = more
        .into_iter()
        .filter_map(|(label, value)| Some((label, value?)));
    let weights = matter.hidden.map(|hidden| {
        (
            "Sealed model",
            format!("{hidden} hidden weights and biases"),
        )
    });
    let answers = ("Answers", matter.answer_words.clone());
    std::iter::once(answers)
        .chain(weights)
        .chain([("Families", families.to_owned()), ("Extractor", extractor)])
        .chain(more)
        .collect()
}

/// What the rule is called in reports.
pub(super) fn rule_label(matter: &Matter) -> &'static str {
    match matter.answers {
        AnswerKind::Match => "Match rule",
        AnswerKind::Class | AnswerKind::Scores => "Answer rule",
    }
}

/// How many rows of a list the text and HTML forms show; the JSON form has them all.
pub(super) const ROWS: usize = 1_000;

/// Labels and numbers of the counts, in the order of reports. Where the production is not
/// verified, they are only what its ledger says, and the labels say so.
pub(super) fn count_rows(outcome: &Outcome, counts: &Counts) -> Vec<(&'static str, u64)> {
    let asked = outcome.matter.as_ref().map(|matter| matter.answers);
    let verified = matches!(outcome.verdict, Verdict::Verified(_));
    let answered = match asked {
        None | Some(AnswerKind::Match) => return match_rows(outcome, counts),
        Some(AnswerKind::Class) if verified => "Answered (proved to have the listed class)",
        Some(AnswerKind::Scores) if verified => "Answered (proved to have the listed scores)",
        Some(_) => "Listed as answered",
    };
    vec![
        ("Committed items", counts.items),
        (answered, counts.answered),
        ("Unreadable (exceptions)", counts.exceptions),
        ("Without the view that the classifier reads", counts.no_view),
        ("Families of more than one item", counts.families),
        ("Pages of documents", counts.pages),
    ]
}

fn match_rows(outcome: &Outcome, counts: &Counts) -> Vec<(&'static str, u64)> {
    let [responsive, not_responsive] = match outcome.verdict {
        Verdict::Verified(_) => [
            "Responsive (proved to match)",
            "Not responsive (proved not to match)",
        ],
        Verdict::Rejected(..) | Verdict::NotChecked(..) => {
            ["Listed as responsive", "Listed as not responsive"]
        }
    };
    vec![
        ("Committed items", counts.items),
        (responsive, counts.responsive),
        ("  produced", counts.produced),
        ("  produced with redactions", counts.redacted),
        ("  withheld", counts.withheld),
        (not_responsive, counts.not_responsive),
        ("Unreadable (exceptions)", counts.exceptions),
        ("Without the view that the classifier reads", counts.no_view),
        (
            "No match, produced with its family",
            counts.companions_produced,
        ),
        (
            "No match, redacted, with its family",
            counts.companions_redacted,
        ),
        (
            "No match, withheld from its family",
            counts.companions_withheld,
        ),
        (
            "Unreadable, left out of a produced family",
            counts.exceptions_left_out,
        ),
        ("Families of more than one item", counts.families),
        ("Pages of documents", counts.pages),
    ]
}

/// What one line says of a redacted document.
pub(super) fn redacted_line(redacted: &Redacted) -> String {
    let shown = match redacted.pages {
        0 => "text".to_owned(),
        1 => "1 page".to_owned(),
        pages => format!("{pages} pages"),
    };
    let bases: Vec<&str> = redacted
        .redactions
        .iter()
        .map(|redaction| redaction.basis.as_str())
        .collect();
    format!(
        "position {}: {}, {shown}, {} redacted: {}",
        redacted.position,
        redacted.bates,
        bases.len(),
        bases.join("; ")
    )
}

/// Labels and numbers of the two logs.
pub(super) fn log_rows(verified: &Verified) -> Vec<(String, u64)> {
    let rows = Rendering::ALL.into_iter().flat_map(|rendering| {
        let counts = verified.log_counts(rendering);
        let title = rendering.title();
        [
            (format!("{title}: withheld"), counts.withheld),
            (format!("{title}: redactions"), counts.redactions),
        ]
    });
    rows.filter(|(_, count)| *count > 0).collect()
}

/// What is said of a production that passed: the checks, and what was compared.
pub(super) fn passed(outcome: &Outcome) -> String {
    let compared = outcome
        .comparisons
        .as_ref()
        .map(Comparisons::sentence)
        .unwrap_or_default();
    let proved = outcome.counts.as_ref().map(proved).unwrap_or_default();
    format!("All nine checks passed. {proved} {compared}")
        .trim_end()
        .to_owned()
}

/// How many positions are proved, and how many are not, in one sentence.
fn proved(counts: &Counts) -> String {
    let unproved = [
        (counts.exceptions, "that could not be read"),
        (counts.no_view, "without the view that the classifier reads"),
    ];
    let rest: Vec<String> = unproved
        .iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, words)| format!("{count} {words}"))
        .collect();
    let proved = counts.responsive + counts.not_responsive + counts.answered;
    let items = counts.items;
    if rest.is_empty() {
        return format!("Proved: all {items} positions.");
    }
    let rest = rest.join(" and ");
    format!("Proved: {proved} of {items} positions; nothing is proved of {rest}.")
}

/// The verdict in words.
pub struct Sentence {
    /// What is so: one sentence.
    pub what: String,
    /// What to do next.
    pub next: String,
}

/// The verdict as one sentence, and what to do next.
#[must_use]
pub fn sentence(outcome: &Outcome) -> Sentence {
    match &outcome.verdict {
        Verdict::Verified(_) => Sentence {
            what: format!("VERIFIED. {}", passed(outcome)),
            next: "Read what this does not show, below.".to_owned(),
        },
        Verdict::Rejected(check, fault) => Sentence {
            what: format!("REJECTED at {check}: {}: {}", fault.place, fault.what),
            next: "ask the responding party for a production that passes this check".to_owned(),
        },
        Verdict::NotChecked(check, error) => Sentence {
            what: format!("NOT CHECKED, stopped at {check}: {}", error.what),
            next: error.fix.clone(),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn notes_say_what_they_leave_open() {
        assert!(notes(&Notes::default(), false).is_empty());
        let list = Digest([7; 32]);
        let stated = Notes {
            links: 3,
            folders: 2,
            exclusions: Some(list),
            extends: Some(Digest([8; 32])),
        };
        assert_eq!(notes(&stated, true).len(), 3);
        let all = notes(&stated, false);
        assert_eq!(all.len(), 4);
        assert!(all[0].contains("lead to: 3 were not followed"));
        assert!(all[1].contains("could not be listed: 2."));
        assert!(all[2].contains(&list.to_string()));
        assert!(all[3].contains(&Digest([8; 32]).to_string()));
    }
}
