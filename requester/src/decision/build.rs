//! Appends the decision to a lowered model.

use super::answer;
use super::nodes::{ORIGIN, counted, linear_rows, step};
use super::rows::{Entry, Reduced, Row};
use super::rule::{Comparison, Rule};
use super::tail;
use crate::float::{Func, Linear, Map, Node, Pointwise, Program, Term, ValueId};
use crate::graph::{Ratio, Symbol, Value};
use crate::lower::Lowered;
use crate::onnx::Refusal;

/// The most pairs of classes that a rule may compare.
pub(super) const MAX_PAIRS: usize = 1 << 14;

/// A program that ends with a decision.
pub struct Decided {
    /// The program; its last value is the answer: for a match one element, 0 or 1.
    pub program: Program,
    /// The value whose elements are compared with zero first: the score, or scores.
    pub scores: ValueId,
    /// What the rule was taken to mean, for the report.
    pub meaning: String,
    /// Nodes of the program that may be multiplied out; those after them stay as they are.
    pub inlined: usize,
}

impl Decided {
    /// A program all of whose nodes may be multiplied out.
    pub(super) fn new(program: Program, scores: ValueId, meaning: String) -> Self {
        Self {
            inlined: program.nodes.len(),
            program,
            scores,
            meaning,
        }
    }
}

pub(super) fn refuse(what: impl Into<String>, fix: impl Into<String>) -> Refusal {
    Refusal::new(what, fix)
}

/// Scores and, for probabilities, what they are divided by.
pub(super) struct Output {
    pub(super) name: String,
    pub(super) numerator: Value,
    pub(super) denominator: Option<Value>,
    logarithm: bool,
    rounded: bool,
}

/// Appends the decision that `rule` describes.
///
/// # Errors
/// When the rule does not fit the model's outputs, or holds for every document or none.
pub fn decide(lowered: Lowered, rule: &Rule) -> Result<Decided, Refusal> {
    let Lowered {
        program, outputs, ..
    } = lowered;
    match rule {
        Rule::Compare {
            output,
            index,
            comparison,
            cutoff,
        } => {
            let output = find(&outputs, output.as_deref())?;
            in_range(*index, &output)?;
            if output.rounded {
                return Err(refuse(
                    format!("'{}' is rounded after its Softmax", output.name),
                    "use a rule on argmax, or export the model without its last QuantizeLinear",
                ));
            }
            compare(program, &output, *index, *comparison, *cutoff)
        }
        Rule::Argmax(classes) => {
            let output = find(&outputs, None)?;
            for &class in classes {
                in_range(class, &output)?;
            }
            let scores = tail::unrounded(&program, output.numerator.id);
            let rounded = output.rounded || scores != output.numerator.id;
            let meaning = format!(
                "{rule} over the {} elements of '{}'{}, the lowest index among equals",
                output.numerator.len(),
                output.name,
                if rounded {
                    " before they are rounded"
                } else {
                    ""
                }
            );
            argmax(program, scores, output.numerator.len(), classes, meaning)
        }
        Rule::Label(wanted) => {
            let (scores, index) = labelled(&outputs, wanted)?;
            let meaning = format!("label {wanted}: the score of class {index} is the largest");
            argmax(program, scores.id, scores.len(), &[index], meaning)
        }
        Rule::Class => answer::class(program, &find(&outputs, None)?),
        Rule::Scores => answer::scores(program, &find(&outputs, None)?),
    }
}

/// The scores of the model's last label output, and the index of the label.
fn labelled(outputs: &[(String, Symbol)], wanted: &str) -> Result<(Value, usize), Refusal> {
    let label = outputs.iter().rev().find_map(|(_, symbol)| match symbol {
        Symbol::Label(label) => Some(label),
        _ => None,
    });
    let label = label.ok_or_else(|| {
        refuse(
            "the model has no label output",
            "use a rule on argmax or output[…]",
        )
    })?;
    let index = if label.names.is_empty() {
        let index = wanted.parse().ok();
        index.filter(|&index| index < label.scores.len())
    } else {
        label.names.iter().position(|name| name == wanted)
    };
    let index = index.ok_or_else(|| {
        let known = label.names.join(", ");
        refuse(
            format!("'{wanted}' is not one of its labels: {known}"),
            "name one of them",
        )
    })?;
    Ok((label.scores.clone(), index))
}

fn find(outputs: &[(String, Symbol)], name: Option<&str>) -> Result<Output, Refusal> {
    let mut candidates = outputs
        .iter()
        .filter(|(_, symbol)| matches!(symbol, Symbol::Value(_) | Symbol::Ratio(_)));
    let found = match name {
        Some(name) => candidates.find(|(own, _)| own == name),
        None => candidates.next_back(),
    };
    let (name, symbol) = found.ok_or_else(|| {
        let known: Vec<&str> = outputs.iter().map(|(name, _)| name.as_str()).collect();
        let known = known.join(", ");
        match name {
            Some(name) => refuse(
                format!("'{name}' is not an output of scores; the model's outputs are {known}"),
                "name one of them, or write output[…] for the last one",
            ),
            None => refuse(
                format!(
                    "none of the model's outputs ({known}) is a score that depends on the document"
                ),
                "export the model with its scores or probabilities as an output",
            ),
        }
    })?;
    let name = name.clone();
    Ok(match symbol {
        Symbol::Ratio(Ratio {
            numerator,
            denominator,
            logarithm,
            rounded,
        }) => Output {
            name,
            numerator: numerator.clone(),
            denominator: Some(denominator.clone()),
            logarithm: *logarithm,
            rounded: *rounded,
        },
        Symbol::Value(value) => Output {
            name,
            numerator: value.clone(),
            denominator: None,
            logarithm: false,
            rounded: false,
        },
        _ => return Err(refuse("the output is not a score", "name another output")),
    })
}

fn in_range(index: usize, output: &Output) -> Result<(), Refusal> {
    let len = output.numerator.len();
    if index < len {
        return Ok(());
    }
    Err(refuse(
        format!(
            "the rule names element {index}, output '{}' has {len}",
            output.name
        ),
        "count elements from 0",
    ))
}

/// `output[index] ⋈ cutoff`.
fn compare(
    mut program: Program,
    output: &Output,
    index: usize,
    comparison: Comparison,
    cutoff: f64,
) -> Result<Decided, Refusal> {
    let (sign, strict) = match comparison {
        Comparison::AtLeast => (1.0, false),
        Comparison::Above => (1.0, true),
        Comparison::AtMost => (-1.0, false),
        Comparison::Below => (-1.0, true),
    };
    let (id, cut) = (
        output.numerator.id,
        if output.logarithm {
            libm::exp(cutoff)
        } else {
            cutoff
        },
    );
    let row = match &output.denominator {
        None => Row::new(&program, &[(id, index, sign)], -sign * cut, strict),
        Some(denominator) => {
            let parts = [(id, index, sign), (denominator.id, 0, -sign * cut)];
            Row::new(&program, &parts, 0.0, strict)
        }
    };
    let meaning = format!("element {index} of '{}' {comparison} {cutoff}", output.name);
    let row = undecided(row.reduce(&program))?;
    let row = match divided_by_pivot(&mut program, &row) {
        Some(row) => undecided(row.reduce(&program))?,
        None => row,
    };
    let scores = linear_rows(&mut program, std::slice::from_ref(&row));
    step(&mut program, scores, vec![row.strict]);
    Ok(Decided::new(program, scores, meaning))
}

/// The row of a comparison that some documents pass and some do not.
pub(super) fn undecided(reduced: Reduced) -> Result<Row, Refusal> {
    match reduced {
        Reduced::Row(row) => Ok(row),
        Reduced::Always(outcome) => Err(refuse(
            format!(
                "the rule holds for {} document",
                if outcome { "every" } else { "no" }
            ),
            "choose a cutoff inside the range of the output",
        )),
    }
}

/// A row over exponentials of which exactly one has its sign, `a·e^{y_j} ≥ Σ b_k·e^{y_k}`, divided
/// by that one, the pivot. What is left are exponentials of differences, which may saturate.
fn divided_by_pivot(program: &mut Program, row: &Row) -> Option<Row> {
    let entries = row.entries();
    let value = entries.first()?.0;
    let node = program.pointwise(value)?;
    if !matches!(node.func, Func::Exp { .. }) || row.constant != 0.0 {
        return None;
    }
    if entries.iter().any(|entry| entry.0 != value) {
        return None;
    }
    let source = node.source;
    let positive = |sign: f64| entries.iter().filter(move |e| e.2 * sign > 0.0);
    let sign = [1.0, -1.0]
        .into_iter()
        .find(|&sign| positive(sign).count() == 1)?;
    let &(_, pivot, weight) = positive(sign).next()?;
    let others: Vec<&Entry> = entries.iter().filter(|e| e.1 != pivot).collect();
    let mut bias = Vec::new();
    let mut exponents = Vec::new();
    for &&(_, index, other) in &others {
        bias.push(libm::log((other / weight).abs()));
        exponents.push(vec![(index as u32, 1.0), (pivot as u32, -1.0)]);
    }
    let len = others.len();
    let origin = ORIGIN.to_owned();
    let terms = vec![Term {
        source,
        factor: 1.0,
        map: Map::Sparse(exponents),
    }];
    let linear = Linear {
        len,
        channels: len,
        terms,
        bias,
        origin: origin.clone(),
    };
    let exponents = program.push(Node::Linear(linear));
    // Whatever exceeds 1 decides alone, so saturation above 1 changes nothing.
    let pointwise = Pointwise {
        source: exponents,
        func: Func::Exp { cap: 2.0 },
        origin,
    };
    let powers = program.push(Node::Pointwise(pointwise));
    // sign = 1: 1 − Σ ≥ 0; sign = −1: Σ − 1 ≥ 0.
    let parts: Vec<_> = (0..len).map(|index| (powers, index, -sign)).collect();
    Some(Row::new(program, &parts, sign, row.strict))
}

/// "The largest score is one of `classes`": some member beats every other score.
fn argmax(
    mut program: Program,
    scores: ValueId,
    count: usize,
    classes: &[usize],
    meaning: String,
) -> Result<Decided, Refusal> {
    let pairs = Pairs::new(count, classes)?;
    let mut rows = Vec::new();
    for &member in &pairs.members {
        for &other in &pairs.others {
            let parts = [(scores, member, 1.0), (scores, other, -1.0)];
            // The lower index wins among equals.
            let row = Row::new(&program, &parts, 0.0, member > other);
            rows.push(undecided(row.reduce(&program))?);
        }
    }
    let strict: Vec<bool> = rows.iter().map(|row| row.strict).collect();
    let compared = linear_rows(&mut program, &rows);
    let beats = step(&mut program, compared, strict);
    pairs.count(&mut program, beats);
    Ok(Decided::new(program, compared, meaning))
}

/// The pairs of classes that are compared: each member with each other class.
struct Pairs {
    members: Vec<usize>,
    others: Vec<usize>,
    /// Whether the rule holds when no member wins.
    negated: bool,
}

impl Pairs {
    /// The pairs for "one of `classes` wins", of `count` classes.
    fn new(count: usize, classes: &[usize]) -> Result<Self, Refusal> {
        let mut others: Vec<usize> = (0..count).filter(|c| !classes.contains(c)).collect();
        if others.is_empty() || classes.is_empty() {
            return Err(refuse(
                format!("the rule names {} of {count} classes", classes.len()),
                "name at least one class and leave at least one out",
            ));
        }
        // "Not one of the others" needs fewer rows when those are fewer.
        let mut members = classes.to_vec();
        let negated = others.len() < members.len();
        if negated {
            std::mem::swap(&mut members, &mut others);
        }
        if members.len() * others.len() > MAX_PAIRS {
            return Err(refuse(
                "the rule compares too many pairs of classes",
                "name fewer classes",
            ));
        }
        Ok(Self {
            members,
            others,
            negated,
        })
    }

    /// Appends the decision, `beats` having a step for each pair: a member wins when it beats all
    /// others, and the rule holds when a member wins.
    fn count(&self, program: &mut Program, beats: ValueId) {
        let (members, others) = (self.members.len(), self.others.len());
        let needed = others as f64;
        let of_member = |m: usize| -> Vec<(u32, f64)> {
            let pairs = (0..others).map(|o| (m * others + o) as u32);
            pairs.map(|pair| (pair, 1.0)).collect()
        };
        let sums = || (0..members).map(of_member).collect();
        let wins = match (members, others) {
            (1, 1) => return,
            (_, 1) => beats,
            (1, _) if self.negated => {
                // It does not beat all of them: at least one less.
                counted(program, beats, sums(), -1.0, needed - 1.0);
                return;
            }
            _ => counted(program, beats, sums(), 1.0, -needed),
        };
        if members > 1 {
            let all = (0..members as u32).map(|m| (m, 1.0)).collect();
            let (sign, constant) = if self.negated {
                (-1.0, 0.0)
            } else {
                (1.0, -1.0)
            };
            counted(program, wins, vec![all], sign, constant);
        }
    }
}
