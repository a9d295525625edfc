//! The two envelopes of an answer, alone or in a line of many, and what every answer carries: JSON that
//! no one may cache.

use crate::api::error::{ApiError, ErrorRow};
use crate::api::json_text::JsonText;
use crate::api::telemetry::RefusalCode;
use crate::engine::EngineError;
use crate::journal::Proof;
use axum::body::Body;
use axum::http::{HeaderValue, Response, StatusCode, header};
use serde::Serialize;

#[derive(Serialize)]
struct Success<'a, T> {
    success: bool,
    data: &'a T,
}

#[derive(Serialize)]
struct Failure<'a> {
    success: bool,
    error: &'a str,
    code: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    field: Option<&'a str>,
}

#[derive(Serialize)]
struct Extended<'a, T> {
    #[serde(flatten)]
    envelope: Failure<'a>,
    #[serde(flatten)]
    more: &'a T,
}

/// A result that stands in a line of its own.
#[derive(Serialize)]
struct Line<T> {
    line: usize,
    status: u16,
    /// What the headers of an answer of its own would say.
    #[serde(skip_serializing_if = "Option::is_none")]
    ledger_event: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    ledger_hash: Option<String>,
    #[serde(flatten)]
    envelope: T,
}

/// `{"success": true, "data": ...}`
pub(in crate::api) fn success<T: Serialize>(status: StatusCode, data: &T) -> Response<Body> {
    json(status, &Success { success: true, data })
}

/// The same, with data that writes itself.
pub(in crate::api) fn success_text(
    status: StatusCode,
    mut text: JsonText,
    write_data: impl FnOnce(&mut JsonText),
) -> Response<Body> {
    text.literal("{\"success\":true,\"data\":");
    write_data(&mut text);
    text.literal("}");
    with_type(status, Body::from(text.into_bytes()), "application/json")
}

/// `{"success": false, "error": "...", "code": "...", "field": "..."}`
pub(in crate::api) fn failure(error: &ApiError) -> Response<Body> {
    log(error);
    let row = error.row();
    refused(&row, &Failure::of(&row))
}

/// The same with more to say than the envelope does.
pub(in crate::api) fn failure_with<T: Serialize>(error: &ApiError, more: &T) -> Response<Body> {
    let row = error.row();
    refused(&row, &Extended { envelope: Failure::of(&row), more })
}

fn refused<T: Serialize>(row: &ErrorRow, body: &T) -> Response<Body> {
    let mut response = json(row.status, body);
    response.extensions_mut().insert(RefusalCode(row.code));
    if let Some(seconds) = row.retry_after_seconds {
        response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    }
    response
}

/// `{"line": ..., "status": ..., "success": true, "data": ...}` and the end of the line; with what proves
/// that it was written.
pub(in crate::api) fn success_line<T: Serialize>(
    line: usize,
    status: StatusCode,
    proof: Option<&Proof>,
    data: &T,
) -> Vec<u8> {
    text_line(&Line {
        line,
        status: status.as_u16(),
        ledger_event: proof.map(|proof| proof.event.number()),
        ledger_hash: proof.map(Proof::hash_text),
        envelope: Success { success: true, data },
    })
}

/// `{"line": ..., "status": ..., "success": false, ...}` and the end of the line.
pub(in crate::api) fn failure_line(line: usize, error: &ApiError) -> Vec<u8> {
    log(error);
    let row = error.row();
    text_line(&Line {
        line,
        status: row.status.as_u16(),
        ledger_event: None,
        ledger_hash: None,
        envelope: Failure::of(&row),
    })
}

/// An answer in lines of another kind, likewise.
pub(in crate::api) fn streamed(lines: Body, content_type: &'static str) -> Response<Body> {
    with_type(StatusCode::OK, lines, content_type)
}

/// An answer that is written while it is being found out.
pub(in crate::api) fn lines(results: Body) -> Response<Body> {
    with_type(StatusCode::OK, results, "application/x-ndjson")
}

impl<'a> Failure<'a> {
    fn of(row: &'a ErrorRow) -> Self {
        Self { success: false, error: &row.text, code: row.code, field: row.field.as_deref() }
    }
}

fn text_line<T: Serialize>(line: &Line<T>) -> Vec<u8> {
    let mut text = serde_json::to_vec(line).expect("our shapes are JSON");
    text.push(b'\n');
    text
}

/// A body that stands for itself.
pub(in crate::api) fn json<T: Serialize>(status: StatusCode, body: &T) -> Response<Body> {
    let bytes = serde_json::to_vec(body).expect("our shapes are JSON");
    with_type(status, Body::from(bytes), "application/json")
}

fn with_type(status: StatusCode, body: Body, content_type: &'static str) -> Response<Body> {
    let mut response = Response::new(body);
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

/// No body at all.
pub(in crate::api) fn nothing(status: StatusCode) -> Response<Body> {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

/// Our affairs are logged, theirs are not.
pub(in crate::api) fn log(error: &ApiError) {
    match error {
        ApiError::Engine(EngineError::Broken(what)) => {
            tracing::error!(%what, "an internal check failed");
        }
        ApiError::Engine(EngineError::Unavailable(why)) => {
            tracing::warn!(%why, "the ledger is not available");
        }
        ApiError::Engine(EngineError::ClockSteppedBack) => {
            tracing::warn!("the clock stepped back");
        }
        ApiError::Engine(EngineError::Overloaded | EngineError::Refused(_))
        | ApiError::RouteUnknown
        | ApiError::MethodNotAllowed
        | ApiError::BodyTooLarge
        | ApiError::TenantTokenInvalid
        | ApiError::TenantSuspended
        | ApiError::SignatureMissing
        | ApiError::TimestampOutOfRange
        | ApiError::SignatureInvalid
        | ApiError::BearerInvalid
        | ApiError::OperatorTokenInvalid
        | ApiError::Field(_)
        | ApiError::NotReady(_)
        | ApiError::BadRequest(_)
        | ApiError::TelegramHashInvalid
        | ApiError::TelegramDataExpired
        | ApiError::PlusKeyInvalid
        | ApiError::SnapshotUnderWay
        | ApiError::Operator(_)
        | ApiError::UriTooLong
        | ApiError::RateLimited { .. }
        | ApiError::TooManyWrongKeys { .. } => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::complaint::{Complaint, FieldError};
    use http_body_util::BodyExt;

    async fn text_of(response: Response<Body>) -> String {
        let bytes = response.into_body().collect().await.unwrap().to_bytes();
        String::from_utf8(bytes.to_vec()).unwrap()
    }

    #[tokio::test]
    async fn envelopes_have_their_shape() {
        let done = success(StatusCode::CREATED, &5);
        assert_eq!(done.headers()[header::CACHE_CONTROL], "no-store");
        assert_eq!(text_of(done).await, r#"{"success":true,"data":5}"#);
        let text = JsonText::with_room(0);
        let written = success_text(StatusCode::CREATED, text, |text| {
            text.whole(5);
        });
        assert_eq!(written.headers()[header::CONTENT_TYPE], "application/json");
        assert_eq!(written.headers()[header::CACHE_CONTROL], "no-store");
        assert_eq!(text_of(written).await, r#"{"success":true,"data":5}"#);
        let refused = failure(&FieldError::new("phone", Complaint::Required).into());
        assert_eq!(refused.status(), 422);
        assert_eq!(
            text_of(refused).await,
            r#"{"success":false,"error":"phone is required.","code":"required","field":"phone"}"#
        );
        let overloaded = failure(&EngineError::Overloaded.into());
        assert_eq!(overloaded.headers()[header::RETRY_AFTER], "1");
        assert!(!text_of(overloaded).await.contains("field"));
    }
}
