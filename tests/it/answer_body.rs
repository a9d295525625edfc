//! What an answer says, by the kind of its content.

use axum::http::HeaderValue;
use serde_json::Value;

/// JSON; lines of it as a list; CSV and metrics as text.
pub(crate) fn read(kind: Option<&HeaderValue>, bytes: &[u8]) -> Value {
    if kind.is_some_and(|kind| kind == "application/x-ndjson") {
        let lines = bytes.split(|byte| *byte == b'\n').filter(|line| !line.is_empty());
        lines.map(|line| serde_json::from_slice::<Value>(line).unwrap()).collect()
    } else if is_csv(kind) || is_metrics(kind) {
        Value::String(String::from_utf8(bytes.to_vec()).unwrap())
    } else if bytes.is_empty() {
        Value::Null
    } else {
        serde_json::from_slice(bytes).unwrap()
    }
}

/// Of which no schema says anything.
pub(crate) fn is_csv(kind: Option<&HeaderValue>) -> bool {
    kind.is_some_and(|kind| kind == "text/csv; charset=utf-8")
}

fn is_metrics(kind: Option<&HeaderValue>) -> bool {
    kind.is_some_and(|kind| kind.as_bytes().starts_with(b"application/openmetrics"))
}
