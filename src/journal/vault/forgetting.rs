//! What follows from the event of forgetting: the keys of those it names are destroyed, however often it is
//! met again.

use crate::journal::error::JournalError;
use crate::journal::operation::{EntityEvents, Operation};
use crate::journal::reader::JournalReader;
use crate::journal::vault::Vault;
use crate::ledger::AccountEvent;
use crate::values::{CustomerId, EventNumber, TenantId};
use std::collections::BTreeSet;

/// The customers that an operation forgets.
pub(in crate::journal) fn forgotten_in(
    operation: &Operation,
) -> impl Iterator<Item = (TenantId, CustomerId)> {
    let tenant = operation.tenant;
    operation.entities.iter().filter_map(move |entity| match entity {
        EntityEvents::Account(customer, events) => {
            let forgets = |event: &AccountEvent| matches!(event, AccountEvent::Forgotten { .. });
            events.iter().any(forgets).then_some((tenant, *customer))
        }
        EntityEvents::Tenant(_) | EntityEvents::Login(..) | EntityEvents::Voucher(..) => None,
    })
}

impl Vault {
    /// Destroys the keys of all whom an operation forgets; durable when it returns.
    pub(in crate::journal) fn forget(&self, operation: &Operation) -> Result<(), JournalError> {
        forgotten_in(operation).try_for_each(|(tenant, customer)| self.destroy(tenant, customer))
    }

    /// Destroys the keys of all whom a journal forgets, to its very end; returns them.
    ///
    /// # Errors
    /// If the journal cannot be read, or a key not be destroyed.
    pub fn forget_all(
        &self,
        journal: &JournalReader,
    ) -> Result<BTreeSet<(TenantId, CustomerId)>, JournalError> {
        let mut forgotten = BTreeSet::new();
        for numbered in journal.operations(EventNumber(1), EventNumber(u64::MAX)) {
            let operation = numbered?.operation;
            self.forget(&operation)?;
            forgotten.extend(forgotten_in(&operation));
        }
        Ok(forgotten)
    }
}
