//! A tenant's settings file, or its list of stores: TOML with the contract's words becomes JSON with the same names. Names
//! and values are checked behind the operator API, for every caller alike.

use crate::admin::exit::Failure;
use serde_json::{Map, Value};
use std::fs;
use std::path::Path;

/// Reads a settings file.
pub(super) fn read(path: &Path) -> Result<Value, Failure> {
    let shown = path.display();
    let text = fs::read_to_string(path)
        .map_err(|error| Failure::Usage(format!("cannot read {shown}: {error}")))?;
    parse(&text).map_err(|reason| Failure::Usage(format!("{shown}: {reason}")))
}

/// The settings as JSON; otherwise a sentence that names the field or the place.
pub(super) fn parse(text: &str) -> Result<Value, String> {
    let table: toml::Table = text.parse().map_err(|error: toml::de::Error| {
        let line = error.span().map_or(0, |span| line_of(text, span.start));
        format!("line {line}: {}", error.message().replace('\n', ", "))
    })?;
    object(table, "")
}

fn line_of(text: &str, offset: usize) -> usize {
    let before = text.get(..offset).unwrap_or(text);
    before.matches('\n').count().saturating_add(1)
}

fn object(table: toml::Table, path: &str) -> Result<Value, String> {
    let mut fields = Map::new();
    for (name, value) in table {
        let inner = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
        fields.insert(name, json(value, &inner)?);
    }
    Ok(Value::Object(fields))
}

fn json(value: toml::Value, path: &str) -> Result<Value, String> {
    match value {
        toml::Value::String(text) => Ok(Value::String(text)),
        toml::Value::Integer(number) => Ok(Value::from(number)),
        toml::Value::Boolean(truth) => Ok(Value::Bool(truth)),
        toml::Value::Float(_) => {
            Err(format!("{path} is not exact as it stands: write it in quotes"))
        }
        toml::Value::Datetime(_) => Err(format!("{path} is a date: write it in quotes")),
        toml::Value::Array(items) => items
            .into_iter()
            .enumerate()
            .map(|(index, item)| json(item, &format!("{path}[{index}]")))
            .collect::<Result<Vec<Value>, String>>()
            .map(Value::Array),
        toml::Value::Table(table) => object(table, path),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn words_and_values_stay_as_they_are_written() {
        let text = r#"
            currency = "TJS"
            redeem_hold_seconds = 86400
            max_redeem_percent = "30"
            redeem_from_app = true
            [[tiers]]
            name = "Base"
            bonus_percent = "5"
        "#;
        let expected = json!({
            "currency": "TJS", "redeem_hold_seconds": 86400, "max_redeem_percent": "30",
            "redeem_from_app": true, "tiers": [{ "name": "Base", "bonus_percent": "5" }],
        });
        assert_eq!(parse(text), Ok(expected));
    }

    #[test]
    fn what_is_not_exact_is_refused_by_name() {
        let check = |text: &str, expected: &str| {
            let refusal = parse(text).unwrap_err();
            assert!(refusal.contains(expected), "{refusal}");
        };
        check("welcome_bonus = 5.5", "welcome_bonus is not exact as it stands: write it in quotes");
        check("[[tiers]]\nbonus_percent = 5.0", "tiers[0].bonus_percent");
        check("effective_from = 2026-01-01", "effective_from is a date: write it in quotes");
        check("a = 1\nb = = 2", "line 2");
    }
}
