//! Where the sale records are that the tables do not have yet, by their ids.

use crate::engine::quick_map::QuickMap;
use crate::values::{CustomerId, EventNumber, SaleId, TenantId};

/// Whose record it is, and where the operation begins that wrote it.
pub(super) type SalePlace = (CustomerId, EventNumber);

/// Durable sale records, from their commit until a checkpoint has them.
#[derive(Default)]
pub(super) struct FreshSales {
    places: QuickMap<(TenantId, SaleId), SalePlace>,
}

impl FreshSales {
    pub(super) fn remember(&self, tenant: TenantId, sale: SaleId, place: SalePlace) {
        self.places.insert((tenant, sale), place);
    }

    pub(super) fn forget(&self, tenant: TenantId, sale: SaleId) {
        self.places.remove(&(tenant, sale));
    }

    pub(super) fn find(&self, tenant: TenantId, sale: SaleId) -> Option<SalePlace> {
        self.places.get(&(tenant, sale)).map(|place| *place)
    }
}
