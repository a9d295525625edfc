//! Accounts from the tables for those who fold the journal.

use crate::journal::error::JournalError;
use crate::journal::operation::{Capture, capture_of};
use crate::journal::tables::Tables;
use crate::values::{CustomerId, TenantId};

/// An account among those of all tenants.
pub(in crate::journal) type AccountId = (TenantId, CustomerId);

/// An account as the tables have it, with nothing to add to them.
pub(in crate::journal) fn stored_capture(
    tables: &Tables,
    tenant: TenantId,
    customer: CustomerId,
) -> Result<Option<Capture>, JournalError> {
    let stored = tables.account(tenant, customer)?;
    Ok(stored.map(|(account, as_of)| capture_of(tenant, account, as_of)))
}
