//! What of a forgotten customer lies in tables that were written before.

use crate::journal::error::JournalError;
use crate::journal::keys::LookUpKey;
use crate::journal::tables::{Lead, TablesWriter};
use crate::journal::verify::identifiers;
use crate::values::{CustomerId, TenantId};
use std::collections::BTreeSet;

/// Identifiers looked at together.
const PAGE: usize = 1_000;

impl TablesWriter {
    /// Destroys the keys of customers whose forgetting is in the tables now, and frees what still leads to
    /// them: of a customer whose key was gone before, no event says any more what that was.
    ///
    /// # Errors
    /// If the disk fails, or the tables are damaged.
    pub(in crate::journal) fn forget(
        &mut self,
        forgotten: &BTreeSet<(TenantId, CustomerId)>,
    ) -> Result<(), JournalError> {
        let shelf = &self.tables.shelf;
        let Some(vault) = shelf.sealing.vault().filter(|_| !forgotten.is_empty()) else {
            return Ok(());
        };
        for (tenant, customer) in forgotten {
            vault.destroy(*tenant, *customer)?;
        }
        for key in self.leads_to(forgotten)? {
            shelf.rack.identifiers.remove(&key);
        }
        shelf.make_durable()
    }

    /// The keys, as they lie here, that lead to forgotten customers and that their accounts do not tell of.
    fn leads_to(
        &self,
        forgotten: &BTreeSet<(TenantId, CustomerId)>,
    ) -> Result<Vec<LookUpKey>, JournalError> {
        let (mut stray, mut last) = (Vec::new(), None);
        loop {
            let page = self.tables.identifiers_after(last, PAGE)?;
            let Some((end, _)) = page.last() else { return Ok(stray) };
            last = Some(*end);
            for (key, lead) in page {
                if forgotten.contains(&(lead.tenant, lead.customer)) && !self.is_told(&key, lead)? {
                    stray.push(key);
                }
            }
        }
    }

    fn is_told(&self, key: &LookUpKey, lead: Lead) -> Result<bool, JournalError> {
        let stored = self.tables.account(lead.tenant, lead.customer)?;
        Ok(stored.is_some_and(|(account, _)| {
            let known = identifiers(lead.tenant, &account);
            known.iter().any(|(_, of)| self.tables.kept_key(of) == *key)
        }))
    }
}
