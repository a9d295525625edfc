//! What each command asks of a ledger and prints of its answer.

mod adjust;
mod customer;
mod export;
mod import;
mod report;
mod tenant;
mod verify;

pub(super) use adjust::adjust;
pub(super) use customer::customer;
pub(super) use export::export;
pub(super) use import::import;
pub(super) use report::report;
pub(super) use tenant::tenant;
pub(super) use verify::verify;
