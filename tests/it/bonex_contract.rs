//! The whole Bonex contract is in our document: its operations, security, parameters, fields and
//! statuses, from the facts in `data/contract/bonex.ndjson`. What we add stands beside it.

use crate::contract::{document, operations, resolved};
use serde_json::{Value, json};
use std::collections::BTreeSet;

const FACTS: &str = include_str!("../../data/contract/bonex.ndjson");
const OPERATIONS: usize = 21;
/// Where a Bearer token is optional with us (a decision of our own).
const BEARER_OPTIONAL: &str = "GET /api/v1/client/promotions";

/// A schema of the document with its references followed and its parts merged.
fn merged(schema: &'static Value) -> Value {
    let schema = resolved(schema);
    let mut whole = json!({});
    let parts = schema["allOf"].as_array().into_iter().flatten().map(merged);
    // Where one of several fits, what the contract says must be in one of them.
    let choices = ["oneOf", "anyOf"].iter().filter_map(|key| schema[*key].as_array()).flatten();
    let parts: Vec<Value> = parts.chain(choices.map(merged)).collect();
    let own = json!({
        "types": types_of(schema),
        "enum": schema["enum"],
        "required": schema["required"],
        "maxLength": schema["maxLength"],
        "minLength": schema["minLength"],
        "maxItems": schema["maxItems"],
        "minimum": schema["minimum"],
        "maximum": schema["maximum"],
        "items": schema.get("items").map(merged),
        "properties": schema["properties"].as_object().map(|fields| {
            fields.iter().map(|(name, field)| (name.clone(), merged(field))).collect::<Value>()
        }),
    });
    for part in parts.into_iter().chain([own]) {
        merge(&mut whole, part);
    }
    whole
}

fn types_of(schema: &Value) -> Vec<String> {
    let name = |value: &Value| match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(_) => "number",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    };
    if let Some(only) = schema.get("const") {
        return vec![name(only).to_owned()];
    }
    if let Some(values) = schema["enum"].as_array() {
        return values.iter().map(|value| name(value).to_owned()).collect();
    }
    match &schema["type"] {
        Value::String(one) => vec![one.clone()],
        Value::Array(several) => {
            several.iter().filter_map(Value::as_str).map(str::to_owned).collect()
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Object(_) => Vec::new(),
    }
}

/// Adds what `part` says: lists are united, objects merged, anything else replaced.
fn merge(whole: &mut Value, part: Value) {
    match (whole, part) {
        (_, Value::Null) => {}
        (Value::Object(whole), Value::Object(part)) => {
            for (name, value) in part {
                merge(whole.entry(name).or_insert(Value::Null), value);
            }
        }
        (Value::Array(whole), Value::Array(part)) => whole.extend(part),
        (whole, part) => *whole = part,
    }
}

fn words(value: &Value) -> BTreeSet<&str> {
    value.as_array().into_iter().flatten().filter_map(Value::as_str).collect()
}

/// What differs between a schema of the contract and ours.
struct Comparison<'a> {
    operation: &'a str,
    /// Whether we read it: then we may take more, not less. Else we write it: then all of it.
    is_request: bool,
    differences: Vec<String>,
}

impl Comparison<'_> {
    fn differs(&mut self, place: &str, what: &str) {
        self.differences.push(format!("{} {place}: {what}", self.operation));
    }

    fn compare(&mut self, place: &str, theirs: &Value, ours: &Value) {
        if ours.is_null() {
            return self.differs(place, "is missing");
        }
        self.compare_types(place, theirs, ours);
        if self.is_request {
            self.compare_limits(place, theirs, ours);
        }
        for (name, field) in theirs["properties"].as_object().into_iter().flatten() {
            self.compare(&format!("{place}.{name}"), field, &ours["properties"][name]);
        }
        if theirs["items"].is_object() {
            self.compare(&format!("{place}[]"), &theirs["items"], &ours["items"]);
        }
    }

    fn compare_types(&mut self, place: &str, theirs: &Value, ours: &Value) {
        let (theirs, ours) = (words(&theirs["types"]), words(&ours["types"]));
        // An integer is a number; a field that may be null with them need not be with us.
        let fits =
            |kind: &&str| ours.contains(*kind) || (**kind == *"number" && ours.contains("integer"));
        let wanted = theirs.iter().filter(|kind| self.is_request || **kind != "null");
        let missing: Vec<&&str> = wanted.filter(|kind| !fits(kind)).collect();
        if !missing.is_empty() {
            self.differs(place, &format!("is not {missing:?} but {ours:?}"));
        }
    }

    fn compare_limits(&mut self, place: &str, theirs: &Value, ours: &Value) {
        let (required, asked) = (words(&theirs["required"]), words(&ours["required"]));
        if required != asked {
            self.differs(place, &format!("requires {asked:?} instead of {required:?}"));
        }
        let (known, taken) = (words(&theirs["enum"]), words(&ours["enum"]));
        if !known.is_subset(&taken) {
            self.differs(place, &format!("takes {taken:?} instead of {known:?}"));
        }
        for limit in ["maxLength", "maxItems", "minimum", "minLength"] {
            let (theirs, ours) = (&theirs[limit], &ours[limit]);
            if !theirs.is_null() && !ours.is_null() && theirs.as_f64() != ours.as_f64() {
                self.differs(place, &format!("has {limit} {ours} instead of {theirs}"));
            }
        }
    }
}

fn body_of(content: &'static Value) -> Value {
    content.pointer("/content/application~1json/schema").map(merged).unwrap_or_default()
}

fn compare_operation(fact: &Value) -> Vec<String> {
    let name = fact["operation"].as_str().unwrap();
    let mut comparison = Comparison { operation: name, is_request: true, differences: Vec::new() };
    let mut all = operations().into_iter();
    let found = all.find(|(method, path, _)| format!("{method} {path}") == name);
    let Some((_, path, ours)) = found else {
        comparison.differs("", "is not there");
        return comparison.differences;
    };
    let security: BTreeSet<BTreeSet<&str>> = ours["security"]
        .as_array()
        .unwrap()
        .iter()
        .map(|way| way.as_object().unwrap().keys().map(String::as_str).collect())
        .collect();
    let mut expected: BTreeSet<BTreeSet<&str>> =
        fact["security"].as_array().unwrap().iter().map(words).collect();
    if name == BEARER_OPTIONAL {
        expected.insert(["TenantToken"].into());
    }
    if security != expected {
        comparison.differs("security", &format!("is {security:?} instead of {expected:?}"));
    }
    let of_path = document()["paths"][path]["parameters"].as_array().into_iter().flatten();
    let parameters: Vec<&Value> =
        of_path.chain(ours["parameters"].as_array().into_iter().flatten()).map(resolved).collect();
    for parameter in fact["parameters"].as_array().unwrap() {
        let place = parameter["name"].as_str().unwrap();
        let mut known = parameters.iter();
        match known.find(|ours| ours["name"] == place && ours["in"] == parameter["in"]) {
            Some(ours) => comparison.compare(place, &parameter["schema"], &merged(&ours["schema"])),
            None => comparison.differs(place, "is missing"),
        }
    }
    if fact["request"].is_object() {
        comparison.compare("request", &fact["request"], &body_of(&ours["requestBody"]));
    }
    comparison.is_request = false;
    for (status, body) in fact["responses"].as_object().unwrap() {
        match ours["responses"].get(status).map(resolved) {
            Some(response) if body.is_object() => {
                comparison.compare(status, body, &body_of(response));
            }
            Some(_) => {}
            None => comparison.differs(status, "is not declared"),
        }
    }
    comparison.differences
}

fn facts() -> Vec<Value> {
    FACTS.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// Whether the contract itself has this status, of an operation such as `GET /api/v1/client/settings`.
pub(crate) fn contract_declares(operation: &str, status: u16) -> bool {
    let of = |fact: &Value| fact["operation"] == operation;
    facts().iter().any(|fact| of(fact) && fact["responses"].get(status.to_string()).is_some())
}

#[test]
fn the_document_contains_the_whole_contract() {
    let facts = facts();
    assert_eq!(facts.len(), OPERATIONS);
    let differences: Vec<String> = facts.iter().flat_map(compare_operation).collect();
    assert!(differences.is_empty(), "{differences:#?}");
}
