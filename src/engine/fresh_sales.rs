//! Where the sale records are that the tables do not have yet, by their ids.

use crate::engine::quick_map::QuickMap;
use crate::values::{CustomerId, EventNumber, SaleId, TenantId};
use std::sync::atomic::{AtomicUsize, Ordering};

/// Whose record it is, and where the operation begins that wrote it.
pub(super) type SalePlace = (CustomerId, EventNumber);

/// Durable sale records, from their commit until a checkpoint has them. They gather in one of two generations
/// while the tables write what the other one tells of: that one is then forgotten as a whole, by the thread
/// that wrote it, instead of sale by sale where the next ones are decided.
#[derive(Default)]
pub(super) struct FreshSales {
    generations: [QuickMap<(TenantId, SaleId), SalePlace>; 2],
    /// Counts the checkpoints; its lowest bit says which generation gathers.
    checkpoints: AtomicUsize,
}

impl FreshSales {
    pub(super) fn remember(&self, tenant: TenantId, sale: SaleId, place: SalePlace) {
        self.gathering().insert((tenant, sale), place);
    }

    /// From now on sales gather in the other generation: what was remembered before is in the states that a
    /// checkpoint asks for after this.
    pub(super) fn begin_checkpoint(&self) {
        self.checkpoints.fetch_add(1, Ordering::AcqRel);
    }

    /// That checkpoint is written. Whoever remembers a sale in the old generation only now leaves it there
    /// until the next but one, which does no harm.
    pub(super) fn end_checkpoint(&self) {
        self.written().clear();
    }

    pub(super) fn find(&self, tenant: TenantId, sale: SaleId) -> Option<SalePlace> {
        let known = self.generations.iter().find_map(|sales| sales.get(&(tenant, sale)));
        known.map(|place| *place)
    }

    fn gathering(&self) -> &QuickMap<(TenantId, SaleId), SalePlace> {
        &self.generations[self.checkpoints.load(Ordering::Acquire) & 1]
    }

    fn written(&self) -> &QuickMap<(TenantId, SaleId), SalePlace> {
        &self.generations[!self.checkpoints.load(Ordering::Acquire) & 1]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sale_is_found_from_its_commit_until_a_checkpoint_has_it() {
        let (tenant, place) = (TenantId(1), (CustomerId(2), EventNumber(3)));
        let sales = FreshSales::default();
        let check = |step: &str, expected: [bool; 4]| {
            let found = [1, 2, 3, 4].map(|sale| sales.find(tenant, SaleId(sale)).is_some());
            assert_eq!(found, expected, "{step}");
        };
        sales.remember(tenant, SaleId(1), place);
        check("it gathers", [true, false, false, false]);
        sales.begin_checkpoint();
        sales.remember(tenant, SaleId(2), place);
        check("it is being written", [true, true, false, false]);
        sales.end_checkpoint();
        check("it is written", [false, true, false, false]);
        sales.remember(tenant, SaleId(3), place);
        sales.begin_checkpoint();
        sales.remember(tenant, SaleId(4), place);
        check("the next ones are being written", [false, true, true, true]);
        sales.end_checkpoint();
        check("the next ones are written", [false, false, false, true]);
        assert_eq!(sales.find(tenant, SaleId(4)), Some(place));
        assert_eq!(sales.find(TenantId(9), SaleId(4)), None);
    }
}
