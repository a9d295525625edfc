//! What is asked about snapshots and the archive.

use crate::admin::gateway::Request;

const ARCHIVE: &str = "/operator/v1/archive";
const SNAPSHOTS: &str = "/operator/v1/snapshots";

pub(in crate::admin) fn show_archive() -> Request {
    Request::get(ARCHIVE.into())
}

pub(in crate::admin) fn create_snapshot(incremental: bool) -> Request {
    let kind = if incremental { "?incremental=true" } else { "" };
    Request::post(format!("{SNAPSHOTS}{kind}"), String::new())
}

pub(in crate::admin) fn list_snapshots() -> Request {
    Request::get(SNAPSHOTS.into())
}

pub(in crate::admin) fn prune_snapshots(keep: u16) -> Request {
    Request::delete(format!("{SNAPSHOTS}?keep={keep}"))
}
