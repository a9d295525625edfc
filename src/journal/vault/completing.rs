//! A slot for every customer that there is. What lacks behind the last slot was lost, where an older copy of the vault
//! was laid back, or never was, where a journal is older than its vault: the journal tells which.

use crate::journal::error::JournalError;
use crate::journal::reader::JournalReader;
use crate::journal::tables::TenantCounts;
use crate::journal::vault::forgetting::ToldOfKeys;
use crate::journal::vault::slot::Slot;
use crate::journal::vault::slot_file::SlotFile;
use crate::journal::vault::{KEYS_AT_ONCE, Vault, copies};
use crate::values::TenantId;
use std::collections::BTreeMap;

/// Gives every customer that is counted a slot: an empty one to whom the journal was sealed for, so that no other
/// key ever takes the place of one that was lost, and a key to all others. The journal is read to its end for it
/// where one lacks; whom it forgets is forgotten then, not lost, also where an older copy of the vault has their key.
///
/// # Errors
/// `Damaged` if all keys of a tenant are gone; `Io`. If the journal cannot be read.
pub(in crate::journal) fn complete_keys(
    journal: &JournalReader,
    counts: impl IntoIterator<Item = (TenantId, TenantCounts)>,
) -> Result<(), JournalError> {
    let Some(vault) = journal.sealing().vault() else { return Ok(()) };
    let mut lacking = BTreeMap::new();
    for (tenant, counts) in counts {
        let last = counts.counters.customer;
        if last > 0 && vault.count_of(tenant)? <= last {
            lacking.insert(tenant, last);
        }
    }
    if lacking.is_empty() {
        return Ok(());
    }
    let ToldOfKeys { sealed, forgotten } = ToldOfKeys::by(journal)?;
    for (tenant, last) in lacking {
        vault.complete(tenant, sealed.get(&tenant).copied(), last)?;
    }
    for (tenant, customer) in forgotten {
        // Who has no slot yet comes with what is not folded yet, and is forgotten with it.
        if customer.number() < vault.count_of(tenant)? {
            vault.destroy(tenant, customer)?;
        }
    }
    Ok(())
}

impl Vault {
    /// How many slots a tenant has.
    fn count_of(&self, tenant: TenantId) -> Result<u64, JournalError> {
        let mut files = self.files();
        if !files.tenants.contains_key(&tenant) && !self.has_file(tenant) {
            return Ok(0);
        }
        Ok(self.file_of(&mut files, tenant)?.count())
    }

    /// Lays slots through the last customer. When something was sealed for the customer of a slot, all slots before
    /// it were there: what lacks of those is lost.
    fn complete(
        &self,
        tenant: TenantId,
        sealed: Option<u64>,
        last: u64,
    ) -> Result<(), JournalError> {
        let mut files = self.files();
        if sealed.is_some() && !self.has_file(tenant) {
            let path = self.directory.join(copies::name_of(tenant));
            return Err(JournalError::damaged(&path, "it is missing; bring it back from a copy"));
        }
        let file = self.file_of(&mut files, tenant)?;
        let lost = sealed.map_or(0, |slot| slot.saturating_add(1).saturating_sub(file.count()));
        if lost > 0 {
            let path = file.path().display();
            tracing::error!(
                %path,
                "{lost} keys of customers of tenant {tenant} are lost: it is older than the journal beside it; what \
                 they sealed cannot be read; `kopilka restore --salvage` with a copy that has them brings them back"
            );
        }
        if let Some(sealed) = sealed {
            lay_empty(file, sealed)?;
        }
        while file.count() <= last {
            self.add_keys(file, tenant)?;
        }
        Ok(())
    }

    /// Lays empty slots through the last one that something of a tenant was sealed under. Of a tenant of whom there
    /// is no file at all none is made: whatever needs it says that it is missing.
    pub(super) fn lay_lost(&self, tenant: TenantId, last: u64) -> Result<(), JournalError> {
        let mut files = self.files();
        if !self.has_file(tenant) {
            return Ok(());
        }
        lay_empty(self.file_of(&mut files, tenant)?, last)
    }
}

/// Fills up with empty slots through a slot.
fn lay_empty(file: &mut SlotFile, last: u64) -> Result<(), JournalError> {
    while let Some(lacks) = last.checked_sub(file.count()) {
        let piece = lacks.saturating_add(1).min(KEYS_AT_ONCE);
        file.extend(&vec![Slot::empty(); usize::try_from(piece).unwrap_or(1)])?;
    }
    Ok(())
}
