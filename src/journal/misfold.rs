//! Why a journal does not fold: what happened does not fit what came before it, or it cannot be read.

use crate::journal::error::JournalError;
use crate::values::{CustomerId, EventNumber, TenantId};
use thiserror::Error;

/// An operation that does not fit what came before it: a bug, or a journal that was tampered with.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("event {event} of tenant {tenant}{}: {reason}", of_customer(*.customer))]
pub struct Misfold {
    pub event: EventNumber,
    pub tenant: TenantId,
    pub customer: Option<CustomerId>,
    pub reason: String,
}

/// Why the fold stopped.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum FoldError {
    #[error(transparent)]
    Misfold(#[from] Misfold),
    #[error(transparent)]
    Journal(#[from] JournalError),
}

fn of_customer(customer: Option<CustomerId>) -> String {
    customer.map_or_else(String::new, |customer| format!(", customer {customer}"))
}
