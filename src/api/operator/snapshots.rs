//! Snapshots of the ledger: one begun, those there are, and the older ones removed.

use super::Call;
use crate::api::complaint::{Complaint, FieldError};
use crate::api::error::ApiError;
use crate::api::respond::success;
use crate::engine::{SnapshotOverview, SnapshotUnderWay};
use crate::journal::{Manifest, Pruned, Shelved, ShelvedState, SnapshotKind};
use axum::body::Body;
use axum::http::{Response, StatusCode};
use serde::Serialize;

/// Most snapshots that a pruning is asked to keep.
const KEEP_MAX: u64 = 10_000;
/// The parameter that asks for what came after the last one.
const INCREMENTAL: &str = "incremental";

#[derive(Debug, Serialize)]
struct OverviewShape {
    snapshots: Vec<SnapshotShape>,
    under_way: Option<UnderWayShape>,
    last_failure: Option<String>,
}

#[derive(Debug, Serialize)]
struct SnapshotShape {
    name: String,
    state: &'static str,
    /// Why it cannot be read.
    reason: Option<String>,
    #[serde(flatten)]
    manifest: Option<ManifestShape>,
}

#[derive(Debug, Serialize)]
struct ManifestShape {
    created_at: String,
    last_event: u64,
    records: u64,
    tenants: usize,
    customers: u64,
    operations: u64,
    bytes: u64,
    root: String,
    /// The one that it continues.
    parent: Option<String>,
}

#[derive(Debug, Serialize)]
struct UnderWayShape {
    name: String,
    begun_at: String,
    last_event: u64,
    records: u64,
    records_total: u64,
    bytes: u64,
}

#[derive(Debug, Serialize)]
struct PrunedShape<'a> {
    removed: &'a [String],
    kept: &'a [String],
}

pub(super) async fn create(call: &Call<'_>) -> Result<Response<Body>, ApiError> {
    let kind = kind_of(call)?;
    let begun = call.house.begin_snapshot(call.asked.at, kind).await?;
    Ok(success(StatusCode::ACCEPTED, &UnderWayShape::of(begun)))
}

fn kind_of(call: &Call<'_>) -> Result<SnapshotKind, FieldError> {
    match call.asked.query(INCREMENTAL)?.as_deref() {
        None | Some("false") => Ok(SnapshotKind::Full),
        Some("true") => Ok(SnapshotKind::Incremental),
        Some(_) => Err(FieldError::new(INCREMENTAL, Complaint::NotFlag)),
    }
}

pub(super) async fn list(call: &Call<'_>) -> Result<Response<Body>, ApiError> {
    let SnapshotOverview { shelf, under_way, last_failure } = call.house.snapshots().await?;
    let shape = OverviewShape {
        snapshots: shelf.iter().map(SnapshotShape::of).collect(),
        under_way: under_way.map(UnderWayShape::of),
        last_failure,
    };
    Ok(success(StatusCode::OK, &shape))
}

pub(super) async fn prune(call: &Call<'_>) -> Result<Response<Body>, ApiError> {
    let required = || FieldError::new("keep", Complaint::Required);
    let keep = call.asked.whole("keep", 1, KEEP_MAX)?.ok_or_else(required)?;
    let pruned = call.house.prune_snapshots(usize::try_from(keep).unwrap_or(usize::MAX)).await?;
    Ok(success(StatusCode::OK, &PrunedShape::of(&pruned)))
}

/// Snapshots as the operator API shows them, for commands that look at a directory of them.
#[must_use]
pub fn write_snapshot_list(shelf: &[Shelved]) -> String {
    let shapes: Vec<SnapshotShape> = shelf.iter().map(SnapshotShape::of).collect();
    serde_json::to_string(&shapes).expect("our shapes are JSON")
}

/// The same of what a pruning did.
#[must_use]
pub fn write_pruned(pruned: &Pruned) -> String {
    serde_json::to_string(&PrunedShape::of(pruned)).expect("our shapes are JSON")
}

impl SnapshotShape {
    fn of(shelved: &Shelved) -> Self {
        let (state, reason, manifest) = match &shelved.state {
            ShelvedState::Whole(manifest) => ("whole", None, Some(ManifestShape::of(manifest))),
            ShelvedState::Unfinished => ("unfinished", None, None),
            ShelvedState::Damaged(reason) => ("damaged", Some(reason.clone()), None),
        };
        Self { name: shelved.name.clone(), state, reason, manifest }
    }
}

impl ManifestShape {
    fn of(manifest: &Manifest) -> Self {
        Self {
            created_at: manifest.created_at.to_string(),
            last_event: manifest.last_event().number(),
            records: manifest.records.last,
            tenants: manifest.tenants.len(),
            customers: manifest.customers,
            operations: manifest.operations,
            bytes: manifest.bytes(),
            root: hex::encode(manifest.root),
            parent: manifest.parent.as_ref().map(|parent| parent.name.clone()),
        }
    }
}

impl UnderWayShape {
    fn of(under_way: SnapshotUnderWay) -> Self {
        Self {
            name: under_way.name,
            begun_at: under_way.begun_at.to_string(),
            last_event: under_way.last_event.number(),
            records: under_way.progress.records,
            records_total: under_way.progress.records_total,
            bytes: under_way.progress.bytes,
        }
    }
}

impl<'a> PrunedShape<'a> {
    fn of(pruned: &'a Pruned) -> Self {
        Self { removed: &pruned.removed, kept: &pruned.kept }
    }
}
