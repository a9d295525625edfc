//! Accounts from the tables for those who fold the journal.

use crate::journal::error::JournalError;
use crate::journal::operation::{Capture, capture_of};
use crate::journal::tables::{LastBlocks, Tables};
use crate::values::{CustomerId, TenantId};

/// An account among those of all tenants.
pub(in crate::journal) type AccountId = (TenantId, CustomerId);

/// An account as the tables have it, with nothing to add to them. Who asks for many in the order of their
/// numbers hands the same `last` on.
pub(in crate::journal) fn stored_capture(
    tables: &Tables,
    (tenant, customer): AccountId,
    last: &mut LastBlocks,
) -> Result<Option<Capture>, JournalError> {
    let stored = tables.account_near(tenant, customer, last)?;
    Ok(stored.map(|(account, as_of)| capture_of(tenant, account, as_of)))
}
