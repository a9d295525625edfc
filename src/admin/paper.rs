//! JSON as it is printed for somebody to read on paper: every name with its value, in the order of the
//! document, what is inside indented. Figures as they were written.

use crate::admin::exit::Failure;
use serde::de::{MapAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;
use std::fmt;

const STEP: &str = "  ";

/// The fields of an object, in their order.
struct Fields(Vec<(String, Box<RawValue>)>);

impl<'de> Deserialize<'de> for Fields {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(InOrder)
    }
}

struct InOrder;

impl<'de> Visitor<'de> for InOrder {
    type Value = Fields;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Fields, A::Error> {
        let mut fields = Vec::new();
        while let Some(field) = map.next_entry()? {
            fields.push(field);
        }
        Ok(Fields(fields))
    }
}

/// A document as lines; what it says nothing about is left out.
pub(super) fn paper(json: &str) -> Result<String, Failure> {
    let mut lines = Vec::new();
    object(json, 0, &mut lines)?;
    Ok(lines.join("\n"))
}

fn object(json: &str, depth: usize, lines: &mut Vec<String>) -> Result<(), Failure> {
    let Fields(fields) = read(json)?;
    for (name, value) in fields {
        field(&name, value.get(), depth, lines)?;
    }
    Ok(())
}

fn field(name: &str, value: &str, depth: usize, lines: &mut Vec<String>) -> Result<(), Failure> {
    let (indent, name) = (STEP.repeat(depth), name.replace('_', " "));
    match value.as_bytes() {
        b"null" | b"[]" | b"{}" => {}
        [b'{', ..] => {
            lines.push(format!("{indent}{name}:"));
            object(value, depth.saturating_add(1), lines)?;
        }
        [b'[', ..] => {
            lines.push(format!("{indent}{name}:"));
            list(value, depth.saturating_add(1), lines)?;
        }
        [b'"', ..] => lines.push(format!("{indent}{name}: {}", read::<String>(value)?)),
        _ => lines.push(format!("{indent}{name}: {value}")),
    }
    Ok(())
}

/// The items of a list, told apart by dashes.
fn list(json: &str, depth: usize, lines: &mut Vec<String>) -> Result<(), Failure> {
    let indent = STEP.repeat(depth);
    for item in read::<Vec<Box<RawValue>>>(json)? {
        match item.get().as_bytes() {
            [b'{', ..] => {
                lines.push(format!("{indent}-"));
                object(item.get(), depth.saturating_add(1), lines)?;
            }
            [b'"', ..] => lines.push(format!("{indent}- {}", read::<String>(item.get())?)),
            _ => lines.push(format!("{indent}- {}", item.get())),
        }
    }
    Ok(())
}

fn read<'a, T: Deserialize<'a>>(json: &'a str) -> Result<T, Failure> {
    let strange = |_| Failure::Unreachable("the answer is not what was asked for".into());
    serde_json::from_str(json).map_err(strange)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_document_is_lines_in_its_own_order() {
        let json = r#"{"made_at":"2026-03-02","card":null,"person":{"full_name":"Anna","devices":[]},
            "operations":[{"event":7,"amount":47.50,"lines":[1,"two"]},{"event":9}]}"#;
        let expected = "made at: 2026-03-02\nperson:\n  full name: Anna\noperations:\n  -\n    event: 7\n    \
                        amount: 47.50\n    lines:\n      - 1\n      - two\n  -\n    event: 9";
        assert_eq!(paper(json).as_deref(), Ok(expected));
        assert!(paper("[1]").is_err());
    }
}
