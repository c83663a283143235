//! JSON Schema (2020-12), as much of it as the schemas in `docs/schemas/` use. A keyword that is not known here
//! is an error, so that nothing of a schema is passed over. The tests of `judge-page/` put the same schemas
//! before a validator of others.

use serde_json::{Map, Value};

/// A schema.
pub struct Schema(Value);

/// Words that say nothing about a value.
const NOTES: [&str; 4] = ["$schema", "$defs", "title", "description"];

impl Schema {
    /// A schema that was read.
    #[must_use]
    pub fn new(schema: Value) -> Self {
        Self(schema)
    }

    /// Whether a value has the form.
    ///
    /// # Errors
    /// Where it has not, and why.
    pub fn check(&self, value: &Value) -> Result<(), String> {
        self.part(&self.0, value)
            .map_err(|what| format!("the value{what}"))
    }

    fn part(&self, schema: &Value, value: &Value) -> Result<(), String> {
        let words = match schema {
            Value::Bool(true) => return Ok(()),
            Value::Bool(false) => return Err(" must not be there".to_owned()),
            Value::Object(words) => words,
            other => return Err(format!(" has no schema: {other}")),
        };
        for (word, says) in words {
            self.word(words, word, says, value)?;
        }
        Ok(())
    }

    fn word(
        &self,
        words: &Map<String, Value>,
        word: &str,
        says: &Value,
        value: &Value,
    ) -> Result<(), String> {
        let holds = |schema: &Value| self.part(schema, value).is_ok();
        let is_right = match word {
            "$ref" => {
                let name = text(says)?
                    .strip_prefix("#/$defs/")
                    .ok_or("another reference")?;
                return self.part(&self.0["$defs"][name], value);
            }
            "type" => list(says).iter().any(|kind| is_of(kind, value)),
            "const" => says == value,
            "enum" => list(says).contains(value),
            "minimum" => value.as_f64() >= says.as_f64() || !value.is_number(),
            "maximum" => value.as_f64() <= says.as_f64() || !value.is_number(),
            "pattern" => match value {
                Value::String(value) => fits(text(says)?, value)?,
                _ => true,
            },
            "anyOf" => list(says).iter().any(holds),
            "oneOf" => list(says).iter().filter(|schema| holds(schema)).count() == 1,
            "allOf" => {
                return list(says)
                    .iter()
                    .try_for_each(|schema| self.part(schema, value));
            }
            "if" => {
                let next = if holds(says) { "then" } else { "else" };
                return words
                    .get(next)
                    .map_or(Ok(()), |schema| self.part(schema, value));
            }
            "then" | "else" => true,
            "properties" | "required" | "additionalProperties" | "propertyNames" => {
                return self.members(words, word, says, value);
            }
            "items" | "minItems" | "maxItems" | "contains" | "minContains" | "maxContains" => {
                return self.elements(words, word, says, value);
            }
            note if NOTES.contains(&note) => true,
            unknown => return Err(format!(" has a schema with the unknown word {unknown}")),
        };
        is_right
            .then_some(())
            .ok_or_else(|| format!(" is not as {word} says ({says}): {value}"))
    }

    fn members(
        &self,
        words: &Map<String, Value>,
        word: &str,
        says: &Value,
        value: &Value,
    ) -> Result<(), String> {
        let Value::Object(members) = value else {
            return Ok(());
        };
        let known = |name: &str| {
            words
                .get("properties")
                .is_some_and(|all| !all[name].is_null())
        };
        for (name, member) in members {
            let part = match word {
                "properties" if known(name) => self.part(&says[name], member),
                "additionalProperties" if !known(name) => self.part(says, member),
                "propertyNames" => self.part(says, &Value::String(name.clone())),
                _ => Ok(()),
            };
            part.map_err(|what| format!(".{name}{what}"))?;
        }
        let missing = match word {
            "required" => list(says)
                .iter()
                .find(|name| !text(name).is_ok_and(|name| members.contains_key(name))),
            _ => None,
        };
        missing.map_or(Ok(()), |name| Err(format!(" lacks {name}")))
    }

    fn elements(
        &self,
        words: &Map<String, Value>,
        word: &str,
        says: &Value,
        value: &Value,
    ) -> Result<(), String> {
        let Value::Array(elements) = value else {
            return Ok(());
        };
        let number =
            |word: &str, default| words.get(word).and_then(Value::as_u64).unwrap_or(default);
        let count = elements.len() as u64;
        let is_right = match word {
            "items" => {
                for (at, element) in elements.iter().enumerate() {
                    self.part(says, element)
                        .map_err(|what| format!("[{at}]{what}"))?;
                }
                true
            }
            "minItems" => count >= number(word, 0),
            "maxItems" => count <= number(word, u64::MAX),
            "contains" => {
                let held = elements
                    .iter()
                    .filter(|element| self.part(says, element).is_ok());
                (number("minContains", 1)..=number("maxContains", u64::MAX))
                    .contains(&(held.count() as u64))
            }
            _ => true,
        };
        is_right
            .then_some(())
            .ok_or_else(|| format!(" is not as {word} says"))
    }
}

fn text(value: &Value) -> Result<&str, String> {
    value
        .as_str()
        .ok_or_else(|| format!(" has a schema with {value} in the place of a word"))
}

/// The elements of a list, or the one thing that stands in its place.
fn list(value: &Value) -> &[Value] {
    match value {
        Value::Array(list) => list,
        one => std::slice::from_ref(one),
    }
}

fn is_of(kind: &Value, value: &Value) -> bool {
    match kind.as_str() {
        Some("null") => value.is_null(),
        Some("boolean") => value.is_boolean(),
        Some("string") => value.is_string(),
        Some("number") => value.is_number(),
        Some("integer") => value.is_i64() || value.is_u64(),
        Some("array") => value.is_array(),
        Some("object") => value.is_object(),
        _ => false,
    }
}

/// The two patterns that the schemas use.
fn fits(pattern: &str, value: &str) -> Result<bool, String> {
    let is_hex = |c: char| matches!(c, '0'..='9' | 'a'..='f');
    match pattern {
        "^[0-9a-f]{64}$" => Ok(value.len() == 64 && value.chars().all(is_hex)),
        "^[0-9]+$" => Ok(!value.is_empty() && value.bytes().all(|byte| byte.is_ascii_digit())),
        _ => Err(format!(" has a schema with the unknown pattern {pattern}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn every_word_can_refuse() {
        for (schema, right, wrong) in [
            (json!({"type": "integer"}), json!(1), json!(1.5)),
            (json!({"type": ["string", "null"]}), json!(null), json!([])),
            (json!({"const": 1}), json!(1), json!(2)),
            (json!({"enum": ["a", "b"]}), json!("b"), json!("c")),
            (json!({"minimum": 0}), json!(0), json!(-1)),
            (json!({"maximum": 9}), json!(9), json!(10)),
            (json!({"pattern": "^[0-9]+$"}), json!("12"), json!("1x")),
            (
                json!({"anyOf": [{"const": 1}, {"const": 2}]}),
                json!(2),
                json!(3),
            ),
            (
                json!({"oneOf": [{"minimum": 1}, {"minimum": 2}]}),
                json!(1),
                json!(2),
            ),
            (
                json!({"allOf": [{"minimum": 1}, {"maximum": 2}]}),
                json!(2),
                json!(3),
            ),
            (
                json!({"if": {"const": 1}, "then": false}),
                json!(2),
                json!(1),
            ),
            (
                json!({"if": {"const": 1}, "else": false}),
                json!(1),
                json!(2),
            ),
            (
                json!({"properties": {"a": {"const": 1}}}),
                json!({"a": 1, "b": 2}),
                json!({"a": 2}),
            ),
            (
                json!({"properties": {"a": true}, "additionalProperties": false}),
                json!({"a": 1}),
                json!({"b": 1}),
            ),
            (
                json!({"propertyNames": {"pattern": "^[0-9]+$"}}),
                json!({"1": 0}),
                json!({"x": 0}),
            ),
            (json!({"required": ["a"]}), json!({"a": null}), json!({})),
            (json!({"items": {"const": 1}}), json!([1, 1]), json!([1, 2])),
            (json!({"minItems": 1}), json!([1]), json!([])),
            (json!({"maxItems": 1}), json!([1]), json!([1, 2])),
            (
                json!({"contains": {"const": 1}, "maxContains": 1}),
                json!([1, 2]),
                json!([1, 1]),
            ),
            (
                json!({"$ref": "#/$defs/a", "$defs": {"a": {"const": 1}}}),
                json!(1),
                json!(2),
            ),
        ] {
            let schema = Schema::new(schema);
            assert_eq!(schema.check(&right), Ok(()));
            assert!(schema.check(&wrong).is_err(), "{wrong}");
        }
        let unknown = Schema::new(json!({"format": "uri"}));
        assert!(
            unknown
                .check(&json!("x"))
                .unwrap_err()
                .contains("unknown word")
        );
    }
}
