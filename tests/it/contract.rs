//! The document and the router hold each other: same routes, examples that fit their schemas, and a
//! check of any answer against what the document says about it.

use jsonschema::Validator;
use kopilka::api::{bonusplus_routes, routes};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, OnceLock};

const DOCUMENT: &str = include_str!("../../openapi.yaml");
const BONUSPLUS_DOCUMENT: &str = include_str!("../../openapi-bonusplus.yaml");
const METHODS: [&str; 5] = ["get", "post", "put", "patch", "delete"];
/// Statuses that any operation behind the door can answer, whatever it does.
const ALWAYS_POSSIBLE: [&str; 4] = ["401", "413", "422", "503"];
const ALWAYS_POSSIBLE_IN_BONUSPLUS: [&str; 6] = ["400", "401", "403", "413", "429", "503"];

/// The document as JSON; its parts are addressed by pointer.
pub(crate) fn document() -> &'static Value {
    static READ: OnceLock<Value> = OnceLock::new();
    READ.get_or_init(|| serde_saphyr::from_str(DOCUMENT).unwrap())
}

/// The document of the BonusPlus dialect.
pub(crate) fn bonusplus_document() -> &'static Value {
    static READ: OnceLock<Value> = OnceLock::new();
    READ.get_or_init(|| serde_saphyr::from_str(BONUSPLUS_DOCUMENT).unwrap())
}

fn documents() -> [&'static Value; 2] {
    [document(), bonusplus_document()]
}

/// Every operation: method in capitals, path, and what the document says about it.
pub(crate) fn operations() -> Vec<(String, &'static str, &'static Value)> {
    operations_of(document())
}

/// The same of a document.
pub(crate) fn operations_of(
    document: &'static Value,
) -> Vec<(String, &'static str, &'static Value)> {
    let paths = document["paths"].as_object().unwrap();
    let methods = |(path, item): (&'static String, &'static Value)| {
        METHODS.iter().filter_map(move |method| {
            item.get(method).map(|said| (method.to_uppercase(), path.as_str(), said))
        })
    };
    paths.iter().flat_map(methods).collect()
}

/// What a body looks like; one that has its values in lines is shown as the list of them, a text as a string.
fn content_of(body: &'static Value) -> &'static Value {
    let kinds = ["application/json", "application/x-ndjson", "application/openmetrics-text"];
    let mut contents = kinds.iter().filter_map(|kind| body["content"].get(kind));
    contents.next().unwrap_or_else(|| panic!("neither JSON nor lines of it: {body:#}"))
}

/// Follows a `$ref` of the document, if it is one.
pub(crate) fn resolved(value: &'static Value) -> &'static Value {
    resolved_in(document(), value)
}

/// The same of a document.
pub(crate) fn resolved_in(document: &'static Value, value: &'static Value) -> &'static Value {
    match value.get("$ref").and_then(Value::as_str) {
        Some(reference) => document.pointer(reference.trim_start_matches('#')).unwrap(),
        None => value,
    }
}

/// A validator of a schema that may refer to the components of the document.
fn validator(document: &Value, schema: &Value) -> Validator {
    let whole = json!({ "allOf": [schema], "components": document["components"] });
    jsonschema::draft202012::options().should_validate_formats(true).build(&whole).unwrap()
}

/// The same, made once for each place of the document.
fn validator_at(document: &'static Value, schema: &'static Value) -> Arc<Validator> {
    static MADE: Mutex<BTreeMap<usize, Arc<Validator>>> = Mutex::new(BTreeMap::new());
    let place = std::ptr::from_ref(schema).addr();
    let known = MADE.lock().unwrap().get(&place).map(Arc::clone);
    known.unwrap_or_else(|| {
        let made = Arc::new(validator(document, schema));
        MADE.lock().unwrap().insert(place, Arc::clone(&made));
        made
    })
}

/// Panics, saying where, if `instance` does not fit `schema`.
fn assert_fits(document: &'static Value, schema: &'static Value, instance: &Value, what: &str) {
    let complaints: Vec<String> = validator_at(document, schema)
        .iter_errors(instance)
        .map(|error| format!("{}: {error}", error.instance_path()))
        .collect();
    assert!(complaints.is_empty(), "{what}: {complaints:#?}\n{instance:#}");
}

/// Panics if the document does not allow this answer to an operation, or not with this body.
pub(crate) fn assert_documented(method: &str, template: &str, status: u16, body: &Value) {
    assert_documented_in(document(), (method, template), status, body);
}

/// The same of a document; an answer without a body is null.
pub(crate) fn assert_documented_in(
    document: &'static Value,
    (method, template): (&str, &str),
    status: u16,
    body: &Value,
) {
    let what = format!("{method} {template} -> {status}");
    let mut all = operations_of(document).into_iter();
    let found = all.find(|(verb, path, _)| verb == method && *path == template);
    let (_, _, operation) = found.unwrap_or_else(|| panic!("{what}: no such operation"));
    let response = operation["responses"].get(status.to_string());
    let response = response.unwrap_or_else(|| panic!("{what}: no such status"));
    let response = resolved_in(document, response);
    if response.get("content").is_none() {
        assert_eq!(*body, Value::Null, "{what}: nothing is to be said");
        return;
    }
    assert_fits(document, &content_of(response)["schema"], body, &what);
}

/// Panics if the document does not say that this answer may carry the proof of what was written.
pub(crate) fn assert_proof_documented(
    document: &'static Value,
    (method, template): (&str, &str),
    status: u16,
) {
    let mut all = operations_of(document).into_iter();
    let found = all.find(|(verb, path, _)| verb == method && *path == template);
    let response = found.map(|(_, _, operation)| &operation["responses"][status.to_string()]);
    let headers = response.map(|response| &resolved_in(document, response)["headers"]);
    for name in ["X-Ledger-Event", "X-Ledger-Hash"] {
        let declared = headers.is_some_and(|headers| headers.get(name).is_some());
        assert!(declared, "{method} {template} -> {status} does not declare {name}");
    }
}

/// Panics if this is not how errors are told.
pub(crate) fn assert_envelope(body: &Value) {
    assert_fits(document(), &document()["components"]["schemas"]["ApiError"], body, "an error");
}

#[test]
fn the_document_has_the_routes_of_the_routers_and_no_others() {
    for (document, routes) in documents().into_iter().zip([routes(), bonusplus_routes()]) {
        let documented: BTreeSet<(String, &str)> =
            operations_of(document).into_iter().map(|(method, path, _)| (method, path)).collect();
        let routed: BTreeSet<(String, &str)> =
            routes.into_iter().map(|(method, path)| (method.to_owned(), path)).collect();
        assert_eq!(documented, routed);
    }
}

#[test]
fn the_schemas_are_schemas() {
    for document in documents() {
        for (name, schema) in document["components"]["schemas"].as_object().unwrap() {
            jsonschema::meta::validate(schema).unwrap_or_else(|error| panic!("{name}: {error}"));
            validator(document, schema);
        }
    }
}

#[test]
fn every_example_fits_its_schema() {
    for document in documents() {
        for (method, path, operation) in operations_of(document) {
            check_examples(document, operation, &format!("{method} {path}"));
        }
    }
}

fn check_examples(document: &'static Value, operation: &'static Value, what: &str) {
    for parameter in operation["parameters"].as_array().into_iter().flatten() {
        let parameter = resolved_in(document, parameter);
        assert_fits(document, &parameter["schema"], &parameter["example"], what);
    }
    if let Some(body) = operation.get("requestBody") {
        let content = content_of(body);
        assert_fits(document, &content["schema"], &content["example"], what);
    }
    for (status, response) in operation["responses"].as_object().unwrap() {
        let response = resolved_in(document, response);
        let what = format!("{what} -> {status}");
        if response.get("content").is_none() {
            assert_eq!(status, "204", "{what} says nothing");
            continue;
        }
        let content = content_of(response);
        assert!(content.get("example").is_some(), "{what} has no example");
        assert_fits(document, &content["schema"], &content["example"], &what);
    }
}

#[test]
fn every_operation_says_what_it_is_and_which_statuses_can_always_occur() {
    let of_bonex: &[&str] = &ALWAYS_POSSIBLE;
    let possible = [of_bonex, &ALWAYS_POSSIBLE_IN_BONUSPLUS];
    for (document, possible) in documents().into_iter().zip(possible) {
        let mut ids = BTreeSet::new();
        for (method, path, operation) in operations_of(document) {
            let what = format!("{method} {path}");
            assert!(operation["summary"].is_string(), "{what}: no summary");
            assert!(operation["tags"].is_array(), "{what}: no tag");
            assert!(
                ids.insert(operation["operationId"].as_str().unwrap()),
                "{what}: id used twice"
            );
            if operation["tags"] == json!(["Health"]) {
                continue;
            }
            for status in possible {
                assert!(operation["responses"].get(status).is_some(), "{what}: no {status}");
            }
        }
    }
}

#[test]
fn a_path_names_the_parameters_it_declares() {
    for document in documents() {
        for (method, path, operation) in operations_of(document) {
            let declared = operation["parameters"].as_array().into_iter().flatten();
            let declared: BTreeSet<&str> = declared
                .map(|parameter| resolved_in(document, parameter))
                .filter(|parameter| parameter["in"] == "path")
                .map(|parameter| parameter["name"].as_str().unwrap())
                .collect();
            let named: BTreeSet<&str> = path
                .split('/')
                .filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'))
                .collect();
            assert_eq!(declared, named, "{method} {path}");
        }
    }
}

#[test]
fn an_answer_that_is_not_documented_is_noticed() {
    let sale = |body: Value| {
        let checked = std::panic::catch_unwind(|| {
            assert_documented("POST", "/api/v1/partner/sale", 201, &body);
        });
        checked.is_ok()
    };
    let mut good = json!({ "success": true, "data": {
        "id": 1, "client_id": 1, "total_amount": 955, "bonus_accrued": 47.75, "bonus_redeemed": 45,
        "external_sale_id": null, "sale_date": "2026-01-10T14:00:00+05:00", "new_balance": -0.05
    }});
    assert!(sale(good.clone()));
    for (field, wrong) in [
        ("total_amount", json!("955.00")),
        ("bonus_accrued", json!(-1)),
        ("sale_date", json!("yesterday")),
        ("extra", json!(1)),
    ] {
        let mut bad = good.clone();
        bad["data"][field] = wrong;
        assert!(!sale(bad), "{field}");
    }
    good["data"].as_object_mut().unwrap().remove("new_balance");
    assert!(!sale(good));
}
