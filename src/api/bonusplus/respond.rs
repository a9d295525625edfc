//! Answers of the dialect: bare JSON, nothing at all, or `{code, msg, devMsg}`.

use super::error::{ErrorShape, Manner};
use crate::api::error::ApiError;
use crate::api::respond::{json, log, nothing};
use crate::api::telemetry::RefusalCode;
use axum::body::Body;
use axum::http::{HeaderValue, Response, StatusCode, header};
use serde::Serialize;

/// What was asked for, as it is.
pub(super) fn success<T: Serialize>(data: &T) -> Response<Body> {
    json(StatusCode::OK, data)
}

/// It is done, and there is nothing to say.
pub(super) fn done() -> Response<Body> {
    nothing(StatusCode::NO_CONTENT)
}

/// Why it was not done.
pub(super) fn failure(error: &ApiError, manner: Manner) -> Response<Body> {
    log(error);
    let (status, shape) = ErrorShape::of(error, manner);
    let mut response = json(status, &shape);
    let row = error.row();
    response.extensions_mut().insert(RefusalCode(row.code));
    if let Some(seconds) = row.retry_after_seconds {
        response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    }
    response
}
