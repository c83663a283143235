//! `judge-verify sample`: draws the positions that are to be opened (docs/protocol.md
//! section 8, "Audit sample").
//!
//! The draw is a function of the committed root, the request and the judge's nonce. For the
//! elusion test it is over the positions that the production lists as not responsive, so the
//! production must pass the checks that tie its ledger to commitment and request. That its
//! dispositions are proved, `judge-verify production` shows.

use crate::checks::{self, Bound, Inputs, Stopped};
use crate::cli::SampleArgs;
use crate::extractor::Choice;
use crate::fault::{CannotRun, Fault, NotPassed, ledger_fault};
use duces_protocol::answers::AnswerKind;
use duces_protocol::audit::draw::{Draw, Nonce, Scope};
use duces_protocol::audit::sample;
use duces_protocol::bytes::Malformed;
use duces_protocol::production::ledger::Disposition;
use duces_shell::{output, shown};

const DRAWN_HERE: &str = "drawn here";
const TYPED_IN: &str = "typed in: the sample is worth something if nobody could choose the nonce, or \
                        knew it before the production was made";

/// Runs the command; returns the text to print.
///
/// # Errors
/// When the production does not belong to commitment and request, the sample is larger than what
/// it is drawn from, or the file cannot be written.
pub fn run(args: &SampleArgs) -> Result<String, NotPassed> {
    output::check_file(&args.out, args.force).map_err(CannotRun::from)?;
    let production = bound(&Inputs {
        production: args.production.clone(),
        commitment: args.commitment.clone(),
        earlier: Vec::new(),
        request: args.request.clone(),
        srs: None,
        extractor: Choice::default(),
    })?;
    let scope = scope(args.elusion);
    let (nonce, origin) = match args.nonce {
        Some(nonce) => (nonce, TYPED_IN),
        None => (Nonce::random(), DRAWN_HERE),
    };
    let (positions, population) = match scope {
        Scope::All => {
            let population = production.commitment().items();
            let draw = draw(&production, nonce, scope, population);
            (draw.sample(args.size).map_err(too_large)?, population)
        }
        Scope::NotResponsive if production.answers() != AnswerKind::Match => {
            return Err(CannotRun::new(
                "the request asks for no matches: no position is proved not to match",
                "leave --elusion out",
            )
            .into());
        }
        Scope::NotResponsive => {
            let among = not_responsive(&production)?;
            let population = among.len() as u64;
            let draw = draw(&production, nonce, scope, population);
            let numbers = draw.sample(args.size).map_err(too_large)?;
            (places(&among, &numbers), population)
        }
    };
    let list = sample::render(&positions);
    output::write_file(&args.out, list.as_bytes(), args.force).map_err(CannotRun::from)?;
    let size = positions.len();
    let out = shown(&args.out);
    Ok(format!(
        "drawn: {size} of {population} positions {}\nnonce: {nonce}\nthe nonce was {origin}\n\
         wrote {out}: for 'responder open --positions', and with the nonce for 'judge-verify audit'",
        described(scope)
    ))
}

/// What is drawn from.
pub fn scope(elusion: bool) -> Scope {
    if elusion {
        Scope::NotResponsive
    } else {
        Scope::All
    }
}

/// The scope in words that follow "positions".
pub fn described(scope: Scope) -> &'static str {
    match scope {
        Scope::All => "of the commitment",
        Scope::NotResponsive => "listed as not responsive",
    }
}

/// Runs the checks that tie a production to commitment and request.
///
/// # Errors
/// The first check that does not pass, by number and name.
pub fn bound(inputs: &Inputs) -> Result<Bound, NotPassed> {
    checks::until_bound(inputs).map_err(|Stopped { check, why }| match why {
        NotPassed::Rejected(fault) => {
            let place = format!("the production is refused at {check}: {}", fault.place);
            Fault::new(place, fault.what).into()
        }
        cannot_run @ NotPassed::CannotRun(_) => cannot_run,
    })
}

/// The positions that a production lists as not responsive, ascending.
///
/// # Errors
/// When the ledger cannot be read again.
pub fn not_responsive(production: &Bound) -> Result<Vec<u64>, NotPassed> {
    let mut positions = Vec::new();
    for line in production.ledger().lines() {
        let line = line.map_err(ledger_fault)?;
        if line.outcome.disposition == Disposition::NotResponsive {
            positions.push(line.position);
        }
    }
    Ok(positions)
}

/// The positions at these places of a list.
///
/// # Panics
/// When a number is not below the length of the list.
pub fn places(among: &[u64], numbers: &[u64]) -> Vec<u64> {
    let place = |number: &u64| usize::try_from(*number).expect("the list is in memory");
    numbers.iter().map(|number| among[place(number)]).collect()
}

fn draw(production: &Bound, nonce: Nonce, scope: Scope, population: u64) -> Draw {
    Draw {
        root: production.commitment().root(),
        request: production.request_digest(),
        nonce,
        scope,
        population,
    }
}

fn too_large(error: Malformed) -> CannotRun {
    CannotRun::new(error, "choose another --size")
}
