//! Accounts from the tables for those who fold the journal: many at once, since one after the other would be
//! most of the time that a fold takes.

use crate::journal::error::JournalError;
use crate::journal::fold::capture_of;
use crate::journal::operation::{Capture, EntityEvents, Numbered};
use crate::journal::tables::Tables;
use crate::values::{CustomerId, TenantId};
use std::num::NonZero;
use std::panic::resume_unwind;

/// Threads that read side by side.
const READERS_MAX: usize = 4;

/// An account among those of all tenants.
pub(in crate::journal) type AccountId = (TenantId, CustomerId);

/// Whom an operation is about.
pub(in crate::journal) fn accounts_of(numbered: &Numbered) -> impl Iterator<Item = AccountId> {
    let tenant = numbered.operation.tenant;
    numbered.operation.entities.iter().filter_map(move |entity| match entity {
        EntityEvents::Account(customer, _) => Some((tenant, *customer)),
        EntityEvents::Tenant(_) | EntityEvents::Login(..) | EntityEvents::Voucher(..) => None,
    })
}

/// Accounts as the tables have them; quickest where they are asked for in the order of their keys.
pub(in crate::journal) fn captures_side_by_side(
    tables: &Tables,
    wanted: &[AccountId],
) -> Result<Vec<(AccountId, Option<Capture>)>, JournalError> {
    let cores = std::thread::available_parallelism().map_or(1, NonZero::get);
    let share = wanted.len().div_ceil(cores.min(READERS_MAX)).max(1);
    let read = |accounts: &[AccountId]| {
        let read = accounts.iter().map(|id| Ok((*id, stored_capture(tables, id.0, id.1)?)));
        read.collect::<Result<Vec<_>, JournalError>>()
    };
    std::thread::scope(|scope| {
        let readers: Vec<_> =
            wanted.chunks(share).map(|accounts| scope.spawn(move || read(accounts))).collect();
        let mut found = Vec::with_capacity(wanted.len());
        for reader in readers {
            found.extend(reader.join().unwrap_or_else(|panic| resume_unwind(panic))?);
        }
        Ok(found)
    })
}

/// An account as the tables have it, with nothing to add to them.
pub(in crate::journal) fn stored_capture(
    tables: &Tables,
    tenant: TenantId,
    customer: CustomerId,
) -> Result<Option<Capture>, JournalError> {
    let stored = tables.account(tenant, customer)?;
    Ok(stored.map(|(account, as_of)| capture_of(tenant, account, as_of)))
}
