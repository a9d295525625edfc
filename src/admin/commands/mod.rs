//! What each command asks of a ledger and prints of its answer.

mod adjust;
mod customer;
mod report;
mod restore;
mod snapshot;
mod tenant;
mod verify;

pub(super) use adjust::adjust;
pub(super) use customer::customer;
pub(super) use report::report;
pub(super) use restore::restore;
pub(super) use snapshot::snapshot;
pub(super) use tenant::tenant;
pub(super) use verify::verify;
