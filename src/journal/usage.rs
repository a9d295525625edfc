//! How often the promotions of a tenant were used. Every figure says up to which event it counts, so
//! that nothing is counted twice, wherever a fold begins.

use crate::journal::operation::{EntityEvents, Operation};
use crate::ledger::AccountEvent;
use crate::values::{EventNumber, PromotionId, TenantId};
use std::collections::BTreeMap;

/// The uses of all promotions of a tenant.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Usage(BTreeMap<PromotionId, Used>);

/// The uses of one promotion.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Used {
    pub uses: u64,
    /// The first event of the last operation that is counted.
    pub as_of: EventNumber,
}

impl Usage {
    /// Takes an operation in that begins with event `first`.
    pub fn take(&mut self, operation: &Operation, first: EventNumber) {
        for entity in &operation.entities {
            let EntityEvents::Account(_, events) = entity else { continue };
            self.count(&promotions_used(events), first);
        }
    }

    /// Takes an operation in for its tenant, if it used any.
    pub fn take_into(
        all: &mut BTreeMap<TenantId, Self>,
        operation: &Operation,
        first: EventNumber,
    ) {
        let mut usage = Self::default();
        usage.take(operation, first);
        if !usage.0.is_empty() {
            all.entry(operation.tenant).or_default().take(operation, first);
        }
    }

    /// Counts uses in the operation that begins with event `first`, unless they are counted.
    pub fn count(&mut self, used: &[PromotionId], first: EventNumber) {
        for promotion in used {
            let known = self.0.entry(*promotion).or_default();
            if known.as_of < first {
                *known = Used { uses: known.uses.saturating_add(1), as_of: first };
            }
        }
    }

    #[must_use]
    pub fn of(&self, promotion: PromotionId) -> u64 {
        self.0.get(&promotion).map_or(0, |used| used.uses)
    }

    /// By promotion.
    pub fn iter(&self) -> impl Iterator<Item = (PromotionId, Used)> {
        self.0.iter().map(|(promotion, used)| (*promotion, *used))
    }

    pub(in crate::journal) fn insert(&mut self, promotion: PromotionId, used: Used) {
        self.0.insert(promotion, used);
    }
}

/// The promotions that the events of one account used; an operation records one sale of an account at
/// most.
#[must_use]
pub fn promotions_used(events: &[AccountEvent]) -> Vec<PromotionId> {
    let sale = events.iter().find_map(|event| {
        if let AccountEvent::SaleRecorded(sale) = event { Some(sale) } else { None }
    });
    sale.map_or_else(Vec::new, |sale| sale.promotions_used())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_operation_counts_once() {
        let mut usage = Usage::default();
        let (first, second) = (PromotionId(1), PromotionId(2));
        usage.count(&[first, second], EventNumber(5));
        usage.count(&[first], EventNumber(9));
        // A fold that begins again.
        usage.count(&[first, second], EventNumber(5));
        usage.count(&[first], EventNumber(9));
        usage.count(&[second], EventNumber(12));
        assert_eq!([first, second].map(|it| usage.of(it)), [2, 2]);
        assert_eq!(usage.of(PromotionId(3)), 0);
    }
}
