//! The report of an audit, as JSON: docs/schemas/audit-v1.json.

use super::confidence::{chance, upper_bound};
use super::finding::{Audit, Decisions, Drawn, Tally};
use super::report::{HIDDEN, Sentence, sentence};
use crate::sample::source_sentence;
use duces_protocol::audit::nonce::Source;
use serde::Serialize;

#[derive(Serialize)]
struct Report<'a> {
    format: &'static str,
    program: String,
    verdict: &'static str,
    sentence: String,
    commitment: String,
    request: String,
    nonce: String,
    source: &'static str,
    source_words: String,
    extractor: &'a str,
    decisions: &'static str,
    draws: Vec<Draw>,
    together: Found,
    unverifiable: Vec<NotVerified>,
    faults: Vec<Faulty<'a>>,
    reviewed_relevant: Option<u64>,
}

/// One draw, and what it says of what was drawn from.
#[derive(Serialize)]
struct Draw {
    scope: String,
    population: u64,
    found: Found,
    /// Of a fault or what cannot be verified: the upper bound of the share, at 95 % confidence.
    bound: f64,
    chances: Vec<Chance>,
}

/// The chance that as many positions as were checked in full have one of `hidden` false ones.
#[derive(Serialize)]
struct Chance {
    hidden: u64,
    chance: f64,
}

#[derive(Serialize)]
struct Found {
    positions: u64,
    items: u64,
    pages: u64,
    exceptions: u64,
    unverifiable: u64,
    faults: u64,
}

#[derive(Serialize)]
struct NotVerified {
    position: u64,
    why: &'static str,
}

#[derive(Serialize)]
struct Faulty<'a> {
    position: u64,
    check: u8,
    what: &'a str,
}

/// The report's text.
///
/// # Panics
/// Never: a report is plain data.
#[must_use]
pub fn json(audit: &Audit) -> String {
    let (verdict, sentence) = match sentence(audit) {
        Sentence::NoFault(text) => ("NO FAULT", text),
        Sentence::Faults(text) => ("FAULTS", text),
        Sentence::Nothing(text) => ("NOT CHECKED", text),
    };
    let report = Report {
        format: "duces-audit-v1",
        program: format!("judge-verify {}", env!("CARGO_PKG_VERSION")),
        verdict,
        sentence,
        commitment: audit.commitment.to_string(),
        request: audit.request.to_string(),
        nonce: audit.nonce.to_string(),
        source: match audit.source {
            Source::Drawn => "drawn",
            Source::Typed => "typed",
            Source::Beacon(_) => "beacon",
            Source::Shares(_) => "shares",
        },
        source_words: source_sentence(&audit.source),
        extractor: &audit.extractor,
        decisions: match audit.decisions {
            Decisions::Compared => "compared",
            Decisions::NoProduction => "no production",
            Decisions::Sealed => "sealed",
        },
        draws: audit.strata.iter().map(draw).collect(),
        together: found(&audit.tally),
        unverifiable: audit
            .unverifiable
            .iter()
            .map(|&(position, why)| NotVerified {
                position,
                why: why.words(),
            })
            .collect(),
        faults: audit
            .faults
            .iter()
            .map(|fault| Faulty {
                position: fault.position,
                check: fault.check as u8,
                what: &fault.what,
            })
            .collect(),
        reviewed_relevant: audit.review.map(|review| review.relevant),
    };
    let mut text = serde_json::to_string_pretty(&report).expect("a report is plain data");
    text.push('\n');
    text
}

fn draw(drawn: &Drawn) -> Draw {
    let (population, size) = (drawn.stratum.population, drawn.stratum.size);
    let checked = drawn.tally.checked();
    let against = drawn.tally.faults + drawn.tally.unverifiable();
    let hidden = HIDDEN.into_iter().filter(|hidden| *hidden <= population);
    Draw {
        scope: drawn.stratum.scope.to_string(),
        population,
        found: found(&drawn.tally),
        bound: upper_bound(against, size, population),
        chances: hidden
            .map(|hidden| Chance {
                hidden,
                chance: chance(checked, population, hidden),
            })
            .collect(),
    }
}

fn found(tally: &Tally) -> Found {
    Found {
        positions: tally.size,
        items: tally.items,
        pages: tally.pages,
        exceptions: tally.exceptions,
        unverifiable: tally.unverifiable(),
        faults: tally.faults,
    }
}
