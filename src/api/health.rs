//! Whether the process runs, and whether it can serve.

use crate::api::error::ApiError;
use crate::api::respond::{failure, success};
use crate::engine::House;
use axum::body::Body;
use axum::http::{Response, StatusCode};
use serde::Serialize;

#[derive(Serialize)]
struct Status {
    status: &'static str,
}

/// The process runs, since it answers.
pub(in crate::api) fn healthz() -> Response<Body> {
    success(StatusCode::OK, &Status { status: "ok" })
}

/// The ledger can be served.
pub(in crate::api) fn readyz(house: &House) -> Response<Body> {
    match house.not_ready() {
        None => success(StatusCode::OK, &Status { status: "ready" }),
        Some(why) => failure(&ApiError::NotReady(why.reason)),
    }
}
