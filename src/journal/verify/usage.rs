//! The uses of promotions in the tables, each held against the journal up to its own event.

use crate::journal::error::JournalError;
use crate::journal::operation::{EntityEvents, Operation};
use crate::journal::tables::Tables;
use crate::journal::usage::{Usage, UsageChange, Used};
use crate::journal::verify::report::{Difference, Place};
use crate::values::{EventNumber, PromotionId, TenantId};
use std::collections::BTreeMap;

/// What the tables say, and what the journal says up to the same events.
pub(super) struct UsageAudit {
    stored: BTreeMap<(TenantId, PromotionId), Used>,
    counted: BTreeMap<TenantId, Usage>,
    covers: EventNumber,
}

impl UsageAudit {
    pub(super) fn new(tables: &Tables, covers: EventNumber) -> Result<Self, JournalError> {
        let stored = tables.usage()?.into_iter().flat_map(|(tenant, usage)| {
            let all: Vec<_> = usage.iter().map(|(id, used)| ((tenant, id), used)).collect();
            all
        });
        Ok(Self { stored: stored.collect(), counted: BTreeMap::new(), covers })
    }

    pub(super) fn take(&mut self, operation: &Operation, first: EventNumber) {
        for entity in &operation.entities {
            let EntityEvents::Account(_, events) = entity else { continue };
            let change = UsageChange::of(events);
            for promotion in change.used.iter().chain(&change.given_back) {
                self.take_one(operation.tenant, (*promotion, &change), first);
            }
        }
    }

    fn take_one(
        &mut self,
        tenant: TenantId,
        (promotion, change): (PromotionId, &UsageChange),
        first: EventNumber,
    ) {
        let stored = self.stored.get(&(tenant, promotion));
        let as_of = stored.map_or(EventNumber::default(), |used| used.as_of);
        if first <= as_of.max(self.covers) {
            self.counted.entry(tenant).or_default().count(&change.about(promotion), first);
        }
    }

    pub(super) fn finish(&self) -> Result<(), Box<Difference>> {
        let counted = |(tenant, usage): (&TenantId, &Usage)| {
            let tenant = *tenant;
            let all: Vec<_> = usage.iter().map(|(id, used)| ((tenant, id), used)).collect();
            all
        };
        let counted: BTreeMap<_, _> = self.counted.iter().flat_map(counted).collect();
        for (tenant, promotion) in counted.keys().chain(self.stored.keys()) {
            let key = (*tenant, *promotion);
            let uses = |all: &BTreeMap<_, Used>| all.get(&key).copied().unwrap_or_default();
            let (expected, found) = (uses(&counted), uses(&self.stored));
            let place = Place::of_tenant(*tenant, expected.as_of.max(found.as_of));
            let what = format!("the uses of promotion {promotion} in the tables");
            place.same(&what, expected.uses, found.uses)?;
        }
        Ok(())
    }
}
