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
            let entries = shelf.accounts.scan_prefix(layout::tenant_key(tenant)).keys();
            let customer = |key: sled::Result<sled::IVec>| {
                let key = key.map_err(|error| shelf.store.failed("read", &error))?;
                let parsed = layout::parse_account_key(&key);
                let (_, customer) = parsed.ok_or_else(|| shelf.malformed_key(layout::ACCOUNTS))?;
                Ok(customer)
            };
            entries.take(most).map(customer).collect()
        })
    }
}
