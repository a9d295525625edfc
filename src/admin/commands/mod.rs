//! What each command asks of a ledger and prints of its answer.

mod adjust;
mod customer;
mod rebuild;
mod report;
mod tenant;
mod verify;

pub(super) use adjust::adjust;
pub(super) use customer::customer;
pub(super) use rebuild::rebuild;
pub(super) use report::report;
pub(super) use tenant::tenant;
pub(super) use verify::verify;
