//! Whether the process runs, and whether it can serve.

use crate::api::error::ApiError;
use crate::api::respond::{failure_with, success};
use crate::engine::{House, NotReady, Progress};
use axum::body::Body;
use axum::http::{Response, StatusCode};
use serde::Serialize;

#[derive(Serialize)]
struct Status {
    status: &'static str,
}

/// What a probe is told beside the envelope.
#[derive(Serialize)]
struct NotReadyShape {
    cause: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    progress: Option<ProgressShape>,
}

#[derive(Serialize)]
struct ProgressShape {
    events: u64,
    events_total: u64,
}

/// The process runs, since it answers.
pub(in crate::api) fn healthz() -> Response<Body> {
    success(StatusCode::OK, &Status { status: "ok" })
}

/// The ledger can be served.
pub(in crate::api) fn readyz(house: &House) -> Response<Body> {
    match house.not_ready() {
        None => success(StatusCode::OK, &Status { status: "ready" }),
        Some(NotReady { cause, reason, progress }) => {
            let progress = progress
                .map(|Progress { events, events_total }| ProgressShape { events, events_total });
            let more = NotReadyShape { cause: cause.name(), progress };
            failure_with(&ApiError::NotReady(reason), &more)
        }
    }
}
