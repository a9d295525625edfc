//! `/verification`: the journal verified beside the traffic: begun, and how it stands.

use super::Call;
use super::verify_document::{CoveredDocument, VerifyDocument};
use crate::api::error::ApiError;
use crate::api::respond::success;
use crate::engine::{Extent, Verification};
use axum::body::Body;
use axum::http::{Response, StatusCode};
use serde::{Deserialize, Serialize};

/// How a verification stands, as a document.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct VerificationDocument {
    pub state: VerificationState,
    /// What was durable when it began: its last record, and an event that this record reaches.
    pub through_record: Option<u64>,
    pub through_event: Option<u64>,
    /// How far it has got.
    pub covered: Option<CoveredDocument>,
    /// What it found, once it is done.
    pub report: Option<VerifyDocument>,
}

/// Where a verification has got to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum VerificationState {
    /// None was asked for since the ledger was opened.
    None,
    Running,
    Done,
    /// It broke off by a fault of its own.
    Broken,
}

/// Begins one, unless one is running.
pub(super) async fn start(call: &Call<'_>) -> Result<Response<Body>, ApiError> {
    let standing = call.house.start_verification().await?;
    Ok(success(StatusCode::ACCEPTED, &VerificationDocument::from(standing)))
}

pub(super) fn show(call: &Call<'_>) -> Result<Response<Body>, ApiError> {
    let standing = call.house.verification()?;
    Ok(success(StatusCode::OK, &VerificationDocument::from(standing)))
}

impl VerificationDocument {
    const fn none() -> Self {
        Self {
            state: VerificationState::None,
            through_record: None,
            through_event: None,
            covered: None,
            report: None,
        }
    }

    fn of(state: VerificationState, extent: Extent) -> Self {
        Self {
            state,
            through_record: Some(extent.record),
            through_event: Some(extent.event.number()),
            ..Self::none()
        }
    }
}

impl From<Verification> for VerificationDocument {
    fn from(standing: Verification) -> Self {
        match standing {
            Verification::None => Self::none(),
            Verification::Running { extent, covered } => Self {
                covered: Some((&covered).into()),
                ..Self::of(VerificationState::Running, extent)
            },
            Verification::Done { extent, report } => Self {
                covered: Some((&report.covered).into()),
                report: Some((&report).into()),
                ..Self::of(VerificationState::Done, extent)
            },
            Verification::Broken { extent } => Self::of(VerificationState::Broken, extent),
        }
    }
}
