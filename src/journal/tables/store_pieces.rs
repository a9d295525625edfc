//! A tenant's catalog of stores in the tables: in pieces, since it may be large, and written only when
//! it has changed, since it seldom does.

use crate::journal::codec::encode;
use crate::journal::error::JournalError;
use crate::journal::record::{StoredStore, store_catalog};
use crate::journal::tables::layout;
use crate::journal::tables::shelf::Shelf;
use crate::journal::tables::tenant_record::TenantRecord;
use crate::ledger::{Store, StoreCatalog, Tenant};
use crate::values::TenantId;

/// Stores in one value; up to two kilobytes each.
pub(super) const STORES_PER_PIECE_MAX: usize = 25;

impl Shelf {
    /// Writes the catalog if it is not that of the tenant in the tables.
    pub(super) fn write_stores(&self, tenant: &Tenant) -> Result<(), JournalError> {
        let version = tenant.stores.version();
        if self.stores_version(tenant.id)? == version {
            return Ok(());
        }
        for (piece, stores) in (0..).zip(tenant.stores.all().chunks(STORES_PER_PIECE_MAX)) {
            let stored: Vec<StoredStore<'_>> = stores.iter().map(StoredStore::from).collect();
            self.put(
                &self.stores,
                &layout::stores_key(tenant.id, version, piece),
                encode(&stored),
            )?;
        }
        Ok(())
    }

    /// Deletes catalogs before the one that the tenant has.
    pub(super) fn delete_old_stores(&self, tenant: &Tenant) -> Result<(), JournalError> {
        let oldest = layout::stores_key(tenant.id, 0, 0);
        let kept = layout::stores_key(tenant.id, tenant.stores.version(), 0);
        for entry in self.stores.range(oldest..kept) {
            let (key, _) = self.next(entry)?;
            self.remove(&self.stores, &key)?;
        }
        Ok(())
    }

    /// The catalog of a version; 0 is the one of a tenant that never had a store.
    pub(super) fn stores(
        &self,
        tenant: TenantId,
        version: u32,
    ) -> Result<StoreCatalog, JournalError> {
        let range =
            layout::stores_key(tenant, version, 0)..=layout::stores_key(tenant, version, u32::MAX);
        let mut stores: Vec<Store> = Vec::new();
        for entry in self.stores.range(range) {
            let (_, value) = self.next(entry)?;
            let piece: Vec<StoredStore<'_>> = self.decode(layout::STORES, &value)?;
            for stored in piece {
                let store = Store::try_from(stored);
                stores.push(store.map_err(|error| self.damaged(layout::STORES, &error))?);
            }
        }
        store_catalog(version, stores).map_err(|error| self.damaged(layout::STORES, &error))
    }

    fn stores_version(&self, tenant: TenantId) -> Result<u32, JournalError> {
        let Some(bytes) = self.get(&self.tenants, &layout::tenant_key(tenant))? else {
            return Ok(0);
        };
        let record: TenantRecord = self.decode(layout::TENANTS, &bytes)?;
        Ok(record.stores)
    }
}
