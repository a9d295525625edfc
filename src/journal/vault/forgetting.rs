//! What follows from the event of forgetting: the keys of those it names are destroyed, however often it is
//! met again.

use crate::journal::error::JournalError;
use crate::journal::operation::{EntityEvents, Operation};
use crate::journal::reader::JournalReader;
use crate::journal::vault::{KeyNeeds, Sealing, Vault};
use crate::ledger::AccountEvent;
use crate::values::{CustomerId, EventNumber, TenantId};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// What a journal tells of keys.
pub(super) struct ToldOfKeys {
    /// The last slot of each tenant that something was sealed under.
    pub(super) sealed: BTreeMap<TenantId, u64>,
    /// Whose keys are to be destroyed.
    pub(super) forgotten: BTreeSet<(TenantId, CustomerId)>,
}

impl ToldOfKeys {
    /// Reads a journal to its very end, without any key.
    ///
    /// # Errors
    /// If the journal cannot be read.
    pub(super) fn by(journal: &JournalReader) -> Result<Self, JournalError> {
        let needs = Arc::new(KeyNeeds::default());
        let blind = journal.clone().under(Sealing::Noting(Arc::clone(&needs)));
        let mut forgotten = BTreeSet::new();
        for numbered in blind.operations(EventNumber(1), EventNumber(u64::MAX)) {
            forgotten.extend(forgotten_in(&numbered?.operation));
        }
        Ok(Self { sealed: needs.of_tenants(), forgotten })
    }
}

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

    /// Destroys the keys of all whom a journal forgets, to its very end; returns them. What the vault lacks of what
    /// the journal was sealed under is lost before: no other key takes its place on the way to a slot behind it.
    ///
    /// # Errors
    /// If the journal cannot be read, or a key not be destroyed.
    pub fn forget_all(
        &self,
        journal: &JournalReader,
    ) -> Result<BTreeSet<(TenantId, CustomerId)>, JournalError> {
        let ToldOfKeys { sealed, forgotten } = ToldOfKeys::by(journal)?;
        for (tenant, last) in sealed {
            self.lay_lost(tenant, last)?;
        }
        forgotten.iter().try_for_each(|(tenant, customer)| self.destroy(*tenant, *customer))?;
        Ok(forgotten)
    }
}
