//! The language of the rule: `argmax = 5`, `argmax in 3,5`, `output[0] >= 0.25`, `label = spam`.

use std::fmt;
use std::str::FromStr;

/// A rule for a match, or what the answer is in place of one.
#[derive(Clone, PartialEq, Debug)]
pub enum Rule {
    /// The index of the largest score is one of these (sorted, no duplicates).
    Argmax(Vec<usize>),
    /// One score against a cutoff.
    Compare {
        /// The model's output; `None` for its last one that is not a label.
        output: Option<String>,
        /// Element of the output.
        index: usize,
        /// How.
        comparison: Comparison,
        /// Against what.
        cutoff: f64,
    },
    /// The label that the model gives.
    Label(String),
    /// No match: the index of the largest score is the answer.
    Class,
    /// No match: all scores are the answer.
    Scores,
}

/// A comparison with a cutoff.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Comparison {
    /// `>=`
    AtLeast,
    /// `>`
    Above,
    /// `<=`
    AtMost,
    /// `<`
    Below,
}

impl fmt::Display for Comparison {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::AtLeast => ">=",
            Self::Above => ">",
            Self::AtMost => "<=",
            Self::Below => "<",
        })
    }
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Argmax(classes) => match classes.as_slice() {
                [one] => write!(f, "argmax = {one}"),
                many => {
                    let list: Vec<String> = many.iter().map(usize::to_string).collect();
                    write!(f, "argmax in {}", list.join(","))
                }
            },
            Self::Compare {
                output,
                index,
                comparison,
                cutoff,
            } => {
                let output = output.as_deref().unwrap_or("output");
                write!(f, "{output}[{index}] {comparison} {cutoff}")
            }
            Self::Label(name) => write!(f, "label = {name}"),
            Self::Class => f.write_str("argmax"),
            Self::Scores => f.write_str("scores"),
        }
    }
}

impl FromStr for Rule {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let text = text.trim();
        if text.len() > 1024 || text.chars().any(char::is_control) {
            return Err("the rule is too long or contains control characters".to_owned());
        }
        if let Some(rest) = text.strip_prefix("argmax") {
            return argmax(rest.trim());
        }
        let label = text
            .strip_prefix("label")
            .map(str::trim)
            .and_then(|r| r.strip_prefix('='));
        if let Some(name) = label.map(|name| name.trim_start_matches('=').trim()) {
            return if name.is_empty() {
                Err("no label is named".to_owned())
            } else {
                Ok(Self::Label(name.to_owned()))
            };
        }
        compare(text)
    }
}

fn argmax(rest: &str) -> Result<Rule, String> {
    let list = rest
        .strip_prefix("in")
        .or_else(|| rest.strip_prefix("=="))
        .or_else(|| rest.strip_prefix('='))
        .ok_or_else(|| format!("'argmax {rest}' has neither '=' nor 'in'"))?;
    let class = |text: &str| {
        let text = text.trim();
        text.parse::<usize>()
            .map_err(|_| format!("'{text}' is not the index of a class"))
    };
    let list = list
        .trim()
        .trim_start_matches(['{', '['])
        .trim_end_matches(['}', ']']);
    let mut classes: Vec<usize> = list.split(',').map(class).collect::<Result<_, _>>()?;
    classes.sort_unstable();
    classes.dedup();
    Ok(Rule::Argmax(classes))
}

fn compare(text: &str) -> Result<Rule, String> {
    let signs = [
        (">=", Comparison::AtLeast),
        ("<=", Comparison::AtMost),
        (">", Comparison::Above),
        ("<", Comparison::Below),
    ];
    let (left, comparison, right) = signs
        .iter()
        .find_map(|(sign, comparison)| {
            text.split_once(sign)
                .map(|(left, right)| (left.trim(), *comparison, right.trim()))
        })
        .ok_or_else(|| format!("'{text}' compares nothing"))?;
    let cutoff = right
        .parse::<f64>()
        .ok()
        .filter(|cutoff| cutoff.is_finite());
    let cutoff = cutoff.ok_or_else(|| format!("'{right}' is not a number"))?;
    let (name, index) = match left
        .strip_suffix(']')
        .and_then(|left| left.rsplit_once('['))
    {
        Some((name, index)) => {
            let index = index.trim().parse::<usize>();
            (
                name.trim(),
                index.map_err(|_| format!("'{left}' does not name an element"))?,
            )
        }
        None => (left, 0),
    };
    if name.is_empty() {
        return Err("no output is named".to_owned());
    }
    let output = (name != "output").then(|| name.to_owned());
    Ok(Rule::Compare {
        output,
        index,
        comparison,
        cutoff,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_are_read() {
        let rule = |text: &str| text.parse::<Rule>();
        assert_eq!(rule("argmax = 5"), Ok(Rule::Argmax(vec![5])));
        assert_eq!(rule("argmax in 5, 3"), Ok(Rule::Argmax(vec![3, 5])));
        assert_eq!(rule("label = spam"), Ok(Rule::Label("spam".to_owned())));
        let expected = Rule::Compare {
            output: None,
            index: 0,
            comparison: Comparison::AtLeast,
            cutoff: 0.25,
        };
        assert_eq!(rule(" output[0]>=0.25"), Ok(expected.clone()));
        assert_eq!(expected.to_string(), "output[0] >= 0.25");
        let Ok(Rule::Compare {
            output,
            index,
            comparison,
            ..
        }) = rule("probabilities[1] < 1e-3")
        else {
            panic!("a comparison")
        };
        assert_eq!((output.as_deref(), index), (Some("probabilities"), 1));
        assert_eq!(comparison, Comparison::Below);
    }

    #[test]
    fn nonsense_is_refused() {
        for text in [
            "",
            "argmax",
            "argmax = x",
            "argmax in",
            "output[0]",
            "output[a] > 1",
            "[0] > 1",
            "output[0] > nan",
            "label =",
            "a\nb > 1",
        ] {
            assert!(text.parse::<Rule>().is_err(), "{text}");
        }
    }
}
