//! The JSON report.

use super::About;
use super::content::{is_extended, not_shown};
use crate::check::Check;
use crate::checks::{
    Comparisons, Counts, Exception, LogCounts, Outcome, Produced, Redacted, Verdict, Verified,
};
use crate::fault::NotPassed;
use crate::signatures::Signatures;
use duces_protocol::production::withholding::Rendering;
use duces_shell::memory;
use serde::Serialize;
use std::collections::BTreeMap;

#[derive(Serialize)]
struct Report<'a> {
    format: &'static str,
    program: String,
    verdict: &'static str,
    failure: Option<FailedCheck<'a>>,
    checks: Vec<CheckLine>,
    matter: Option<Matter<'a>>,
    counts: Option<Counts>,
    comparisons: Option<&'a Comparisons>,
    produced: Option<Vec<Produced>>,
    redacted: Option<&'a [Redacted]>,
    withheld: Option<Vec<Withheld<'a>>>,
    logs: Option<BTreeMap<&'static str, LogCounts>>,
    exceptions: Option<Vec<Exception>>,
    classes: Option<BTreeMap<u32, u64>>,
    answers: Option<Vec<Answered>>,
    does_not_show: Vec<String>,
    signatures: Option<&'a Signatures>,
    figures: Figures,
}

#[derive(Serialize)]
struct FailedCheck<'a> {
    check: usize,
    name: &'static str,
    what: &'a str,
    place: Option<&'a str>,
    fix: Option<&'a str>,
}

#[derive(Serialize)]
struct CheckLine {
    number: usize,
    name: &'static str,
    result: &'static str,
    seconds: Option<f64>,
}

#[derive(Serialize)]
struct Matter<'a> {
    origin: &'a str,
    items: u64,
    commitment: String,
    root: String,
    profile: String,
    request: String,
    production: String,
    classifier: String,
    hidden_weights: Option<u64>,
    model: String,
    links_not_followed: u64,
    folders_not_listed: u64,
    exclusion_list: Option<String>,
    extends: Option<String>,
    extension_checked: bool,
    families: &'static str,
    extractor: Option<&'a str>,
    view: &'a str,
    answers: &'static str,
    rule: &'a str,
    scheme: &'static str,
    ceremony: Option<String>,
    width: u32,
    k: u32,
    lanes: u32,
}

/// The integers of an answer.
#[derive(Serialize)]
struct Answered {
    position: u64,
    answer: Vec<i32>,
}

#[derive(Serialize)]
struct Withheld<'a> {
    position: u64,
    basis: &'a str,
    description: &'a str,
}

#[derive(Serialize)]
struct Figures {
    items: u64,
    seconds: f64,
    milliseconds_per_item: Option<f64>,
    proof_bytes: Option<u64>,
    ledger_bytes: Option<u64>,
    bytes_per_item: Option<f64>,
    peak_memory_bytes: Option<u64>,
}

/// The report's text.
///
/// # Errors
/// When the ledger cannot be read again.
pub fn render(outcome: &Outcome, about: &About) -> Result<String, NotPassed> {
    let verified = match &outcome.verdict {
        Verdict::Verified(verified) => Some(verified.as_ref()),
        Verdict::Rejected(..) | Verdict::NotChecked(..) => None,
    };
    let in_a_file = |verified: &&Verified| verified.counts().answered > 0;
    let answered = verified.filter(in_a_file).map(answered).transpose()?;
    let report = Report {
        format: "duces-verdict-v1",
        program: format!("judge-verify {}", env!("CARGO_PKG_VERSION")),
        verdict: outcome.verdict.word(),
        failure: failure(&outcome.verdict),
        checks: check_lines(outcome),
        matter: matter(outcome),
        counts: outcome.counts,
        comparisons: outcome.comparisons.as_ref(),
        produced: verified.map(|verified| verified.produced().collect()),
        redacted: verified.map(Verified::redacted),
        withheld: verified.map(withheld),
        logs: verified.map(logs),
        exceptions: verified.map(|verified| verified.exceptions().collect()),
        classes: verified
            .map(|verified| verified.classes())
            .filter(|classes| !classes.is_empty()),
        answers: answered,
        does_not_show: not_shown(outcome),
        signatures: about.signatures.as_ref(),
        figures: figures(outcome),
    };
    let mut text = serde_json::to_string_pretty(&report).expect("a report is plain data");
    text.push('\n');
    Ok(text)
}

/// The check that failed or could not run.
fn failure(verdict: &Verdict) -> Option<FailedCheck<'_>> {
    let (check, what, place, fix) = match verdict {
        Verdict::Verified(_) => return None,
        Verdict::Rejected(check, fault) => (check, &fault.what, Some(fault.place.as_str()), None),
        Verdict::NotChecked(check, error) => (check, &error.what, None, Some(error.fix.as_str())),
    };
    Some(FailedCheck {
        check: check.number(),
        name: check.name(),
        what,
        place,
        fix,
    })
}

fn matter(outcome: &Outcome) -> Option<Matter<'_>> {
    let matter = outcome.matter.as_ref()?;
    Some(Matter {
        origin: &matter.origin,
        items: matter.items,
        commitment: matter.commitment.to_string(),
        root: matter.root.to_string(),
        profile: matter.profile.to_string(),
        request: matter.request.to_string(),
        production: matter.production.to_string(),
        classifier: matter.classifier.to_string(),
        hidden_weights: matter.hidden,
        model: matter.model.to_string(),
        links_not_followed: matter.notes.links,
        folders_not_listed: matter.notes.folders,
        exclusion_list: matter.notes.exclusions.map(|list| list.to_string()),
        extends: matter.notes.extends.map(|earlier| earlier.to_string()),
        extension_checked: is_extended(outcome),
        families: matter.families.name(),
        extractor: matter.extractor.as_deref(),
        view: &matter.view,
        answers: matter.answers.name(),
        rule: &matter.rule,
        scheme: matter.scheme,
        ceremony: matter.ceremony.map(|digest| digest.to_string()),
        width: matter.width,
        k: matter.k,
        lanes: matter.lanes,
    })
}

fn answered(verified: &Verified) -> Result<Vec<Answered>, NotPassed> {
    let answers = verified.answers().map(|answer| {
        let (position, answer) = answer?;
        Ok(Answered {
            position,
            answer: answer.outputs().unwrap_or_default(),
        })
    });
    answers.collect()
}

fn withheld(verified: &Verified) -> Vec<Withheld<'_>> {
    let entries = verified.withheld();
    entries
        .map(|entry| Withheld {
            position: entry.position,
            basis: &entry.basis,
            description: &entry.description,
        })
        .collect()
}

/// How many entries each log has, by the names of their files.
fn logs(verified: &Verified) -> BTreeMap<&'static str, LogCounts> {
    let counts = |rendering: Rendering| {
        let [csv, _] = rendering.files();
        (csv, verified.log_counts(rendering))
    };
    Rendering::ALL.into_iter().map(counts).collect()
}

fn check_lines(outcome: &Outcome) -> Vec<CheckLine> {
    let failed = match &outcome.verdict {
        Verdict::Rejected(check, _) => Some(*check),
        Verdict::Verified(_) | Verdict::NotChecked(..) => None,
    };
    let line = |check: Check| {
        let passed = outcome.passed.iter().find(|passed| passed.check == check);
        let result = match passed {
            Some(_) => "passed",
            None if failed == Some(check) => "failed",
            None => "not checked",
        };
        let seconds = passed.map(|passed| passed.time.as_secs_f64());
        CheckLine {
            number: check.number(),
            name: check.name(),
            result,
            seconds,
        }
    };
    Check::ALL.into_iter().map(line).collect()
}

fn figures(outcome: &Outcome) -> Figures {
    let items = outcome.matter.as_ref().map_or(0, |matter| matter.items);
    let per_item = |total: f64| (items > 0).then(|| total / items as f64);
    let seconds = outcome.time.as_secs_f64();
    let proof_bytes = match &outcome.verdict {
        Verdict::Verified(verified) => Some(verified.proof_bytes()),
        Verdict::Rejected(..) | Verdict::NotChecked(..) => None,
    };
    Figures {
        items,
        seconds,
        milliseconds_per_item: per_item(seconds * 1000.0),
        proof_bytes,
        ledger_bytes: outcome.matter.as_ref().map(|matter| matter.ledger_bytes),
        bytes_per_item: proof_bytes.and_then(|bytes| per_item(bytes as f64)),
        peak_memory_bytes: memory::peak(),
    }
}
