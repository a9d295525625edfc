//! Uses of promotions that all customers share: a use is set aside before a sale is decided, counted
//! when the sale has its place in the journal, and given back if the sale did not need it. So however
//! many sales come at once, a limit is reached and never passed.

use crate::journal::{Usage, UsageChange};
use crate::ledger::{PromotionFacts, Promotions};
use crate::values::{EventNumber, PromotionId};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// The uses of a tenant's promotions.
#[derive(Debug, Default)]
pub(super) struct Permits {
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    /// As of the last submitted event.
    usage: Usage,
    /// Set aside for sales under way.
    reserved: BTreeMap<PromotionId, u64>,
}

/// Uses set aside for one command. Dropped, they are given back.
pub(super) struct Reserved {
    permits: Arc<Permits>,
    granted: Vec<PromotionId>,
}

impl Permits {
    pub(super) fn from(usage: Usage) -> Arc<Self> {
        let state = State { usage, reserved: BTreeMap::new() };
        Arc::new(Self { state: Mutex::new(state) })
    }

    /// Sets a use aside of every promotion whose limit leaves one.
    pub(super) fn reserve(self: &Arc<Self>, wanted: &[(PromotionId, u32)]) -> Reserved {
        let mut granted = Vec::new();
        if !wanted.is_empty() {
            let mut state = self.lock();
            let State { usage, reserved } = &mut *state;
            for (promotion, limit) in wanted {
                let known = reserved.entry(*promotion).or_insert(0);
                if usage.of(*promotion).saturating_add(*known) < u64::from(*limit) {
                    *known = known.saturating_add(1);
                    granted.push(*promotion);
                }
            }
        }
        Reserved { permits: Arc::clone(self), granted }
    }

    /// How often each promotion was used.
    pub(super) fn usage(&self) -> Usage {
        self.lock().usage.clone()
    }

    /// A poisoned lock is taken all the same: whoever panicked under it was between two complete states.
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Reserved {
    /// What a decision about `all` promotions needs to know of them.
    pub(super) fn facts(&self, all: &Arc<Promotions>) -> PromotionFacts {
        PromotionFacts { all: Arc::clone(all), permits: self.granted.clone() }
    }

    /// The operation that begins with event `first` has used these; the rest is given back. Called in
    /// the order of the events.
    pub(super) fn count(mut self, change: &UsageChange, first: EventNumber) {
        if change.is_empty() {
            return;
        }
        // At once, so that nobody in between sees a use both counted and set aside.
        let mut state = self.permits.lock();
        state.usage.count(change, first);
        state.give_back(&std::mem::take(&mut self.granted));
    }
}

impl State {
    fn give_back(&mut self, granted: &[PromotionId]) {
        for promotion in granted {
            if let Some(known) = self.reserved.get_mut(promotion) {
                *known = known.saturating_sub(1);
            }
        }
    }
}

impl Drop for Reserved {
    fn drop(&mut self) {
        if !self.granted.is_empty() {
            self.permits.lock().give_back(&self.granted);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PROMOTION: PromotionId = PromotionId(3);

    fn used() -> UsageChange {
        UsageChange { used: vec![PROMOTION], ..UsageChange::default() }
    }

    fn granted(reserved: &Reserved) -> usize {
        reserved.granted.len()
    }

    #[test]
    fn a_limit_is_reached_and_never_passed() {
        let permits = Permits::from(Usage::default());
        let reserve = || permits.reserve(&[(PROMOTION, 2)]);
        let (first, second, third) = (reserve(), reserve(), reserve());
        assert_eq!([&first, &second, &third].map(granted), [1, 1, 0]);
        drop((second, third));
        first.count(&used(), EventNumber(7));
        let (second, third) = (reserve(), reserve());
        assert_eq!([&second, &third].map(granted), [1, 0]);
        second.count(&used(), EventNumber(9));
        assert_eq!(granted(&reserve()), 0);
        assert_eq!(permits.usage().of(PROMOTION), 2);
        // A higher limit leaves more; uses without a limit count, too.
        assert_eq!(granted(&permits.reserve(&[(PROMOTION, 3), (PromotionId(4), 1)])), 2);
        permits.reserve(&[]).count(&used(), EventNumber(11));
        assert_eq!(granted(&permits.reserve(&[(PROMOTION, 3)])), 0);
        // A sale that is returned whole was no use.
        let back = UsageChange { given_back: vec![PROMOTION], ..UsageChange::default() };
        permits.reserve(&[]).count(&back, EventNumber(13));
        assert_eq!(granted(&permits.reserve(&[(PROMOTION, 3)])), 1);
    }

    #[test]
    fn what_was_counted_before_counts() {
        let mut usage = Usage::default();
        usage.count(&used(), EventNumber(5));
        let permits = Permits::from(usage);
        assert_eq!(granted(&permits.reserve(&[(PROMOTION, 1)])), 0);
        assert_eq!(granted(&permits.reserve(&[(PROMOTION, 2)])), 1);
    }
}
