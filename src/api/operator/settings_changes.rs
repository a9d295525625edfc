//! What differs between two settings documents, field by field, as they are written.

use super::settings_shape::write_settings_document;
use crate::ledger::SettingsDraft;
use serde::Serialize;
use serde_json::{Map, Value};

/// One field that differs; null: the document does not have it.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub(super) struct ChangeShape {
    /// As errors name it: `tiers[1].bonus_percent`.
    field: String,
    from: Value,
    to: Value,
}

/// Every field that differs, in the order of their names.
pub(super) fn changes(from: &SettingsDraft, to: &SettingsDraft) -> Vec<ChangeShape> {
    let value = |settings| -> Value {
        serde_json::from_str(&write_settings_document(settings))
            .expect("a settings document is JSON")
    };
    let mut found = Vec::new();
    compare(String::new(), value(from), value(to), &mut found);
    found
}

fn compare(field: String, from: Value, to: Value, found: &mut Vec<ChangeShape>) {
    match (from, to) {
        (from, to) if from == to => {}
        (Value::Object(from), Value::Object(to)) => compare_objects(&field, from, to, found),
        (Value::Array(from), Value::Array(to)) => {
            let length = from.len().max(to.len());
            let (mut from, mut to) = (from.into_iter(), to.into_iter());
            for index in 0..length {
                let pair = (from.next().unwrap_or_default(), to.next().unwrap_or_default());
                compare(format!("{field}[{index}]"), pair.0, pair.1, found);
            }
        }
        (from, to) => found.push(ChangeShape { field, from, to }),
    }
}

fn compare_objects(
    field: &str,
    from: Map<String, Value>,
    mut to: Map<String, Value>,
    found: &mut Vec<ChangeShape>,
) {
    let inner = |name: &str| {
        if field.is_empty() { name.to_owned() } else { format!("{field}.{name}") }
    };
    for (name, value) in from {
        let other = to.remove(&name).unwrap_or_default();
        compare(inner(&name), value, other, found);
    }
    for (name, value) in to {
        compare(inner(&name), Value::Null, value, found);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::read_settings_document;
    use serde_json::json;

    #[test]
    fn each_field_that_differs_is_named() {
        let read = |document: &Value| read_settings_document(&document.to_string()).unwrap();
        let tier = |name: &str, from: &str, percent: &str| json!({"name": name, "color": "#000000", "from_total_spent": from, "bonus_percent": percent});
        let base = tier("Base", "0.00", "5");
        let before = json!({"tiers": [base], "expire_after_days": 365, "min_redeem": "1.00"});
        let after = json!({
            "tiers": [tier("Base", "0.00", "7"), tier("Gold", "500.00", "10")],
            "expire_after_months": 6, "min_redeem": "1",
        });
        let mut expected = [
            ("expire_after_days", json!(365), Value::Null),
            ("tiers[0].bonus_percent", json!("5"), json!("7")),
            ("tiers[1]", Value::Null, tier("Gold", "500.00", "10")),
            ("expire_after_months", Value::Null, json!(6)),
            ("welcome_expire_after_days", json!(365), Value::Null),
            ("welcome_expire_after_months", Value::Null, json!(6)),
        ]
        .map(|(field, from, to)| ChangeShape { field: field.to_owned(), from, to });
        expected.sort_by(|one, other| one.field.cmp(&other.field));
        let mut found = changes(&read(&before), &read(&after));
        found.sort_by(|one, other| one.field.cmp(&other.field));
        assert_eq!(found, expected);
        assert_eq!(changes(&read(&before), &read(&before)), []);
    }
}
