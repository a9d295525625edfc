//! The uses of promotions in the tables, each held against the journal up to its own event.

use crate::journal::error::JournalError;
use crate::journal::operation::Operation;
use crate::journal::tables::Tables;
use crate::journal::usage::{Usage, Used};
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
        let mut usage = Usage::default();
        usage.take(operation, first);
        for (promotion, _) in usage.iter() {
            let stored = self.stored.get(&(operation.tenant, promotion));
            let as_of = stored.map_or(EventNumber::default(), |used| used.as_of);
            if first <= as_of.max(self.covers) {
                self.counted.entry(operation.tenant).or_default().count(&[promotion], first);
            }
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
