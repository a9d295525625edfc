//! `/archive`: how the copy stands that every record goes into.

use super::Call;
use crate::api::error::ApiError;
use crate::api::respond::success;
use crate::engine::{ArchiveStanding, ArchiveTrouble};
use axum::body::Body;
use axum::http::{Response, StatusCode};
use serde::Serialize;

#[derive(Debug, Serialize)]
struct ArchiveShape {
    state: ArchiveState,
    directory: Option<String>,
    last_record: Option<u64>,
    last_event: Option<u64>,
    lag_events: Option<u64>,
    lag_seconds: Option<u64>,
    trouble: Option<TroubleShape>,
}

#[derive(Debug, Clone, Copy, Serialize)]
#[serde(rename_all = "snake_case")]
enum ArchiveState {
    /// There is to be none.
    Off,
    Following,
    /// Tried again by itself.
    Failing,
}

#[derive(Debug, Serialize)]
struct TroubleShape {
    cause: &'static str,
    reason: String,
    since: String,
}

pub(super) fn show(call: &Call<'_>) -> Result<Response<Body>, ApiError> {
    let standing = call.house.archive()?;
    Ok(success(StatusCode::OK, &standing.map_or_else(ArchiveShape::off, ArchiveShape::of)))
}

impl ArchiveShape {
    fn off() -> Self {
        Self {
            state: ArchiveState::Off,
            directory: None,
            last_record: None,
            last_event: None,
            lag_events: None,
            lag_seconds: None,
            trouble: None,
        }
    }

    fn of(standing: ArchiveStanding) -> Self {
        let trouble = standing.trouble.map(TroubleShape::of);
        Self {
            state: if trouble.is_none() { ArchiveState::Following } else { ArchiveState::Failing },
            directory: Some(standing.directory.display().to_string()),
            last_record: Some(standing.last_record),
            last_event: Some(standing.last_event.number()),
            lag_events: Some(standing.lag_events),
            lag_seconds: Some(standing.lag_seconds),
            trouble,
        }
    }
}

impl TroubleShape {
    fn of(trouble: ArchiveTrouble) -> Self {
        let ArchiveTrouble { cause, reason, since } = trouble;
        Self { cause: cause.name(), reason, since: since.to_string() }
    }
}
