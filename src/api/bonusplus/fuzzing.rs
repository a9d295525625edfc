//! For fuzzers: what plug-ins send, a body or a date by itself.

use super::reader::Fields;
use super::retail::business_time;
use crate::api::complaint::FieldError;
use crate::fuzzing::{Target, lines};
use crate::ledger::BusinessTime;
use crate::values::Country;
use std::fmt::{Debug, Display};

const SEEDS: &str = r#"{"amount": "5,5", "date": "31.12.1990", "list": [{"amount": 1}], "text": " a "}
{"amount": 5.125, "whole": "5.0", "flag": "true", "phone": "8 (916) 123-45-67", "list": ["a", 7]}
{"amount": "+1e2", "whole": 1000, "flag": 0, "date": "1990-12-31T00:00:00", "list": "one", "text": 7}
{"amount": "", "flag": "", "date": "", "list": {"amount": -1, "text": null}, "phone": 79161234567}
{"amount": 1, "amount": "0.30000000000000004", "text": "\ud83d\ude00\u0000", "list": ""}
2026-03-01T14:30:05.123+03:00
2026-03-01 14:30:05
01.03.2026 14:30
02.03.2026"#;
const TODAY: &str = "2026-03-02";
const LIST_MAX: usize = 3;
const TEXT_MAX: usize = 16;
const WHOLE_MAX: u64 = 1_000;

pub(in crate::api) fn target() -> Target {
    Target { name: "plugin_body", run, seeds: || lines(SEEDS) }
}

/// What is read of a field is read the same when it is written; what is not is complained of by name.
fn run(bytes: &[u8]) {
    if let Ok(text) = std::str::from_utf8(bytes) {
        check_business_time(text);
    }
    let Ok(fields) = Fields::parse(bytes) else { return };
    check_fields(&fields, "");
    if let Ok(Some(inner)) = fields.one_or_more("list", LIST_MAX) {
        assert!((1..=LIST_MAX).contains(&inner.len()));
    }
    if let Ok(Some(entries)) = fields.entries("list", LIST_MAX) {
        for (index, entry) in entries.iter().enumerate() {
            check_fields(entry, &format!("list[{index}]."));
        }
    }
}

fn check_fields(fields: &Fields<'_>, place: &str) {
    check(fields, (place, "amount"), |fields| fields.balance("amount"));
    check(fields, (place, "amount"), |fields| fields.money("amount"));
    check(fields, (place, "amount"), |fields| fields.bonus("amount"));
    check(fields, (place, "amount"), |fields| fields.quantity("amount"));
    check(fields, (place, "amount"), |fields| fields.unit_price("amount"));
    check(fields, (place, "whole"), |fields| fields.whole("whole", 1, WHOLE_MAX));
    check(fields, (place, "flag"), |fields| fields.flag("flag"));
    check(fields, (place, "date"), |fields| fields.date("date"));
    check(fields, (place, "phone"), |fields| fields.phone("phone", Some(Country::Ru)));
    check(fields, (place, "text"), |fields| {
        Ok(fields.text::<TEXT_MAX>("text")?.map(|text| text.as_str().to_owned()))
    });
    let words = fields.words("list", LIST_MAX);
    let words = named(words, &format!("{place}list")).flatten();
    assert!(words.is_none_or(|words| (1..=LIST_MAX).contains(&words.len())));
}

/// What was read; what could not be read was complained of under this name, or within it.
fn named<T>(read: Result<T, FieldError>, name: &str) -> Option<T> {
    read.map_err(|error| assert!(error.field.starts_with(name), "{} is {name}", error.field)).ok()
}

fn check<T: Debug + Display + PartialEq>(
    fields: &Fields<'_>,
    (place, name): (&str, &str),
    read: impl Fn(&Fields<'_>) -> Result<Option<T>, FieldError>,
) {
    let Some(Some(value)) = named(read(fields), &format!("{place}{name}")) else { return };
    let written = serde_json::json!({ name: value.to_string() }).to_string();
    let again = Fields::parse(written.as_bytes()).ok();
    let again = again.and_then(|fields| read(&fields).ok().flatten());
    assert_eq!(again, Some(value), "{written}");
}

/// An instant is written as one, wall-clock time without an offset.
fn check_business_time(text: &str) {
    let Some(Some(time)) = business_time(text, TODAY) else { return };
    let written = match time {
        BusinessTime::Instant(at) => at.to_string(),
        BusinessTime::Local(local) => local.to_string(),
    };
    assert_eq!(business_time(&written, TODAY), Some(Some(time)), "{text} is written as {written}");
}
