//! How a tenant's inventory lies in the tables: in pieces under its version, since it changes seldom
//! and is large; the tenant's record says which version is its own.

use crate::journal::codec::{Decode, Encode, encode};
use crate::journal::error::JournalError;
use crate::journal::record::StoredItem;
use crate::journal::tables::layout;
use crate::journal::tables::shelf::Shelf;
use crate::ledger::{Inventory, Item, Tenant};
use crate::values::TenantId;

/// Bytes of items in one value, about: what is larger would leave the store's log.
const PIECE_BYTES_MAX: usize = 48 << 10;

/// An item with whether it is active, encoded.
#[derive(Encode, Decode)]
struct Piece(Vec<(Vec<u8>, bool)>);

impl Shelf {
    /// Writes the inventory unless the tables have this version of it; nothing leads there yet.
    pub(super) fn write_inventory(&self, tenant: &Tenant) -> Result<(), JournalError> {
        let version = tenant.inventory.version();
        if version == 0 || self.has_inventory(tenant.id, version)? {
            return Ok(());
        }
        let mut number = 0_u32;
        let mut piece = Vec::new();
        let mut bytes = 0_usize;
        for (item, active) in tenant.inventory.items() {
            let item = encode(&StoredItem::from(item));
            bytes = bytes.saturating_add(item.len());
            piece.push((item, active));
            if bytes >= PIECE_BYTES_MAX {
                self.write_piece(tenant.id, version, number, std::mem::take(&mut piece))?;
                (number, bytes) = (number.saturating_add(1), 0);
            }
        }
        self.write_piece(tenant.id, version, number, piece)
    }

    fn write_piece(
        &self,
        tenant: TenantId,
        version: u64,
        number: u32,
        items: Vec<(Vec<u8>, bool)>,
    ) -> Result<(), JournalError> {
        let key = layout::inventory_key(tenant, version, number);
        self.put(&self.inventory, &key, encode(&Piece(items)))
    }

    /// Whether the tenant's record leads to this version, so that all of it is there.
    fn has_inventory(&self, tenant: TenantId, version: u64) -> Result<bool, JournalError> {
        let record = self.tenant_record(tenant)?;
        Ok(record.is_some_and(|record| record.inventory_version == version))
    }

    /// Removes the versions before this one.
    pub(super) fn forget_inventories(&self, tenant: &Tenant) -> Result<(), JournalError> {
        let from = layout::inventory_key(tenant.id, 0, 0);
        let to = layout::inventory_key(tenant.id, tenant.inventory.version(), 0);
        for entry in self.inventory.range(from..to) {
            let (key, _) = self.next(entry)?;
            self.remove(&self.inventory, &key)?;
        }
        Ok(())
    }

    pub(super) fn inventory(
        &self,
        tenant: TenantId,
        version: u64,
    ) -> Result<Inventory, JournalError> {
        let from = layout::inventory_key(tenant, version, 0);
        let to = layout::inventory_key(tenant, version, u32::MAX);
        let mut items = Vec::new();
        for entry in self.inventory.range(from..=to) {
            let (_, value) = self.next(entry)?;
            let Piece(piece) = self.decode(layout::INVENTORY, &value)?;
            for (item, active) in piece {
                let stored: StoredItem<'_> = self.decode(layout::INVENTORY, &item)?;
                let item = Item::try_from(stored);
                let item = item.map_err(|error| self.damaged(layout::INVENTORY, &error))?;
                items.push((item, active));
            }
        }
        Ok(Inventory::of(items, version))
    }
}
