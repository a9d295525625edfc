//! JSON as people read it: an object as lines of name and value, a list as a table. Figures are
//! printed as they were written, never through a float.

use crate::admin::exit::Failure;
use serde::Deserialize;
use serde_json::value::RawValue;
use std::collections::BTreeMap;

const EMPTY: &str = "-";
/// Where values begin: after the longest name there is, and a space.
const WIDTH: usize = 30;

/// An object: `name  value`, one line each, in the order of the names; what is inside an object or a
/// list follows, indented.
pub(super) fn lines(json: &str) -> Result<String, Failure> {
    let mut written = Vec::new();
    for (name, value) in object(json)? {
        if let Some(items) = list(value.get()) {
            written.push(name);
            written.extend(items.iter().map(|item| format!("  {}", cell(item))));
        } else if object(value.get()).is_ok() {
            written.push(name);
            let inner = lines(value.get())?;
            written.extend(inner.lines().map(|line| format!("  {line}")));
        } else {
            written.push(format!("{name:<WIDTH$}{}", cell(value)));
        }
    }
    Ok(written.join("\n"))
}

/// A list of objects as a table of the named columns; a column is a field, or `outer.inner`.
pub(super) fn table(json: &str, columns: &[&str]) -> Result<String, Failure> {
    let items = list(json).ok_or_else(strange)?;
    let mut rows = vec![columns.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>()];
    for item in items {
        let fields = object(item.get())?;
        rows.push(columns.iter().map(|column| field(&fields, column)).collect());
    }
    let width = |index: usize| {
        rows.iter().filter_map(|row| row.get(index)).map(|cell| cell.chars().count()).max()
    };
    let widths: Vec<usize> = (0..columns.len()).map(|index| width(index).unwrap_or(0)).collect();
    let padded = |row: &Vec<String>| {
        let cells = row.iter().zip(&widths).map(|(cell, width)| format!("{cell:<width$}"));
        cells.collect::<Vec<_>>().join("  ").trim_end().to_owned()
    };
    Ok(rows.iter().map(padded).collect::<Vec<_>>().join("\n"))
}

/// The items of a list; anything else is one item.
pub(super) fn items(json: &str) -> Vec<&str> {
    list(json).map_or_else(|| vec![json], |items| items.into_iter().map(RawValue::get).collect())
}

/// A field of an object.
pub(super) fn field_of<'a>(json: &'a str, name: &str) -> Result<&'a str, Failure> {
    object(json)?.get(name).map(|value| value.get()).ok_or_else(strange)
}

fn field(fields: &BTreeMap<String, &RawValue>, column: &str) -> String {
    let (outer, inner) = column.split_once('.').map_or((column, None), |(a, b)| (a, Some(b)));
    let Some(value) = fields.get(outer) else { return EMPTY.into() };
    let Some(inner) = inner else { return cell(value) };
    object(value.get()).map_or_else(|_| EMPTY.into(), |fields| field(&fields, inner))
}

/// A text without its quotes, nothing as a dash, an object as `name=value` pairs.
fn cell(value: &RawValue) -> String {
    let text = value.get();
    if text == "null" {
        return EMPTY.into();
    }
    if let Ok(plain) = serde_json::from_str::<String>(text) {
        return plain;
    }
    let Ok(fields) = object(text) else { return text.to_owned() };
    let pairs = fields.iter().map(|(name, value)| format!("{name}={}", cell(value)));
    pairs.collect::<Vec<_>>().join(" ")
}

fn object(json: &str) -> Result<BTreeMap<String, &RawValue>, Failure> {
    read(json).ok_or_else(strange)
}

fn list(json: &str) -> Option<Vec<&RawValue>> {
    read(json)
}

fn read<'a, T: Deserialize<'a>>(json: &'a str) -> Option<T> {
    serde_json::from_str(json).ok()
}

fn strange() -> Failure {
    Failure::Unreachable("the answer is not what this program expects".into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_object_is_lines_with_its_own_figures() {
        let shown = lines(
            r#"{"name":"A \"b\"","balance":1234567890.10,"card":null,"lots":[{"id":1,"left":2.50}],"tier":{"id":2}}"#,
        );
        let expected = format!(
            "{:<30}1234567890.10\n{:<30}-\nlots\n  id=1 left=2.50\n{:<30}A \"b\"\ntier\n  {:<30}2",
            "balance", "card", "name", "id"
        );
        assert_eq!(shown, Ok(expected));
    }

    #[test]
    fn a_list_is_a_table() {
        let json = r#"[{"id":1,"tier":{"name":"Base"}},{"id":20,"tier":null,"more":1}]"#;
        let shown = table(json, &["id", "tier.name"]).unwrap();
        assert_eq!(shown, "id  tier.name\n1   Base\n20  -");
        assert!(table("{}", &["id"]).is_err());
    }
}
