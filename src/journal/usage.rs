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
            self.count(&UsageChange::of(events), first);
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

    /// Counts what the operation that begins with event `first` did, unless it is counted.
    pub fn count(&mut self, change: &UsageChange, first: EventNumber) {
        for promotion in &change.used {
            self.set(*promotion, first, |uses| uses.saturating_add(1));
        }
        for promotion in &change.given_back {
            self.set(*promotion, first, |uses| uses.saturating_sub(1));
        }
    }

    fn set(&mut self, promotion: PromotionId, first: EventNumber, next: impl FnOnce(u64) -> u64) {
        let known = self.0.entry(promotion).or_default();
        if known.as_of < first {
            *known = Used { uses: next(known.uses), as_of: first };
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

/// What the events of one account do to the uses of promotions: a sale uses some, a return of a whole
/// sale gives them back. An operation is one or the other.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct UsageChange {
    pub used: Vec<PromotionId>,
    pub given_back: Vec<PromotionId>,
}

impl UsageChange {
    /// Of an operation, which records one sale of an account at most.
    #[must_use]
    pub fn of(events: &[AccountEvent]) -> Self {
        let used = events.iter().find_map(|event| {
            if let AccountEvent::SaleRecorded(sale) = event {
                return Some(sale.promotions_used());
            }
            None
        });
        let given_back = events.iter().find_map(|event| {
            if let AccountEvent::LimitsGivenBack(back) = event {
                return Some(back.promotions.clone());
            }
            None
        });
        Self { used: used.unwrap_or_default(), given_back: given_back.unwrap_or_default() }
    }

    /// What of it is about one promotion.
    #[must_use]
    pub(in crate::journal) fn about(&self, promotion: PromotionId) -> Self {
        let only =
            |all: &[PromotionId]| all.iter().copied().filter(|known| *known == promotion).collect();
        Self { used: only(&self.used), given_back: only(&self.given_back) }
    }

    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.used.is_empty() && self.given_back.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_operation_counts_once() {
        let mut usage = Usage::default();
        let (first, second) = (PromotionId(1), PromotionId(2));
        let use_of =
            |used: &[PromotionId]| UsageChange { used: used.to_vec(), ..UsageChange::default() };
        let back = UsageChange { given_back: vec![first], ..UsageChange::default() };
        for _ in 0..2 {
            // The second time it is a fold that begins again.
            usage.count(&use_of(&[first, second]), EventNumber(5));
            usage.count(&use_of(&[first]), EventNumber(9));
            usage.count(&back, EventNumber(11));
        }
        usage.count(&use_of(&[second]), EventNumber(12));
        assert_eq!([first, second].map(|it| usage.of(it)), [1, 2]);
        assert_eq!(usage.of(PromotionId(3)), 0);
    }
}
