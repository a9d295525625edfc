//! The customers of a tenant, in the order of their numbers.

use crate::journal::error::JournalError;
use crate::journal::tables::{Tables, layout};
use crate::values::{CustomerId, TenantId};

impl Tables {
    /// The first `most` customers of a tenant by number; only keys are read.
    ///
    /// # Errors
    /// `Damaged`, `Io`.
    pub fn customers(
        &self,
        tenant: TenantId,
        most: usize,
    ) -> Result<Vec<CustomerId>, JournalError> {
        self.carefully(|shelf| {
            let all = layout::account_key(tenant, CustomerId(0))
                ..=layout::account_key(tenant, CustomerId(u64::MAX));
            let entries = shelf.rack.accounts.range(all)?;
            entries.take(most).map(|entry| shelf.account_key_of(entry).map(|(_, id)| id)).collect()
        })
    }
}
