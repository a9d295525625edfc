//! Where the operations of each tenant begin, in the tenant's own numbers: those that the tables do not
//! have yet. The numbers are given here.

use crate::values::{EventNumber, TenantId};
use std::collections::{HashMap, VecDeque};

/// Operations of one tenant, one after the other in its own numbers, by the event each begins with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FeedRun {
    pub tenant: TenantId,
    /// The number of the first one.
    pub first: u64,
    pub begins: Vec<EventNumber>,
}

/// The latest operations of all tenants.
#[derive(Debug, Default)]
pub(super) struct Positions(HashMap<TenantId, Recent>);

#[derive(Debug, Default)]
struct Recent {
    /// The number of the operation before the first one here.
    before: u64,
    begins: VecDeque<EventNumber>,
}

impl FeedRun {
    /// The number of the last one; the one before `first` if there is none.
    #[must_use]
    pub fn last(&self) -> u64 {
        self.first.saturating_sub(1).saturating_add(length(self.begins.len()))
    }
}

impl Positions {
    /// Goes on behind the tenants' last numbers.
    pub(super) fn new(tenant_numbers: &HashMap<TenantId, u64>) -> Self {
        let recent = |before: u64| Recent { before, begins: VecDeque::new() };
        Self(tenant_numbers.iter().map(|(tenant, number)| (*tenant, recent(*number))).collect())
    }

    /// The number of a tenant's next operation, which begins with `first_event`.
    pub(super) fn push(&mut self, tenant: TenantId, first_event: EventNumber) -> u64 {
        let recent = self.0.entry(tenant).or_default();
        recent.begins.push_back(first_event);
        recent.last()
    }

    /// A tenant's last number; 0: it has had none.
    pub(super) fn last(&self, tenant: TenantId) -> u64 {
        self.0.get(&tenant).map_or(0, Recent::last)
    }

    /// The operations of every tenant through an event; of a tenant that has none here an empty run
    /// behind its last number.
    pub(super) fn through(&self, event: EventNumber) -> Vec<FeedRun> {
        let run = |(tenant, recent): (&TenantId, &Recent)| {
            let count = recent.count_through(event);
            let begins = recent.begins.iter().take(count).copied().collect();
            FeedRun { tenant: *tenant, first: recent.before.saturating_add(1), begins }
        };
        self.0.iter().map(run).collect()
    }

    /// The operations of a tenant with numbers in `after + 1 ..= through`, as far as they are here: the
    /// run begins where what is here begins.
    pub(super) fn between(&self, tenant: TenantId, after: u64, through: u64) -> FeedRun {
        let Some(recent) = self.0.get(&tenant) else {
            return FeedRun { tenant, first: 1, begins: Vec::new() };
        };
        let from = after.max(recent.before);
        let skip = usize::try_from(from.saturating_sub(recent.before)).unwrap_or(usize::MAX);
        let count = usize::try_from(through.saturating_sub(from)).unwrap_or(usize::MAX);
        let begins = recent.begins.iter().skip(skip).take(count).copied().collect();
        FeedRun { tenant, first: from.saturating_add(1), begins }
    }

    /// Lets go of what the tables have: everything through an event.
    pub(super) fn forget(&mut self, event: EventNumber) {
        for recent in self.0.values_mut() {
            let count = recent.count_through(event);
            recent.begins.drain(..count);
            recent.before = recent.before.saturating_add(length(count));
        }
    }
}

impl Recent {
    fn last(&self) -> u64 {
        self.before.saturating_add(length(self.begins.len()))
    }

    fn count_through(&self, event: EventNumber) -> usize {
        self.begins.partition_point(|first| *first <= event)
    }
}

fn length(count: usize) -> u64 {
    u64::try_from(count).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    const TENANT: TenantId = TenantId(1);

    #[test]
    fn numbers_go_on_and_what_is_written_is_let_go() {
        let mut positions = Positions::new(&HashMap::from([(TENANT, 5)]));
        let check = |positions: &Positions, after, through, first, begins: &[u64]| {
            let run = positions.between(TENANT, after, through);
            let found: Vec<u64> = run.begins.iter().map(|event| event.number()).collect();
            assert_eq!((run.first, found.as_slice()), (first, begins), "{after} {through}");
        };
        check(&positions, 0, 5, 6, &[]);
        for (event, number) in [(10, 6), (12, 7), (13, 8), (20, 9)] {
            assert_eq!(positions.push(TENANT, EventNumber(event)), number);
        }
        assert_eq!(positions.push(TenantId(2), EventNumber(15)), 1);
        check(&positions, 0, 9, 6, &[10, 12, 13, 20]);
        check(&positions, 6, 8, 7, &[12, 13]);
        check(&positions, 9, 9, 10, &[]);
        let written = positions.through(EventNumber(14));
        let of = |tenant| written.iter().find(|run| run.tenant == tenant).unwrap();
        assert_eq!((of(TENANT).first, of(TENANT).last()), (6, 8));
        assert_eq!((of(TenantId(2)).first, of(TenantId(2)).last()), (1, 0));
        positions.forget(EventNumber(14));
        check(&positions, 6, 9, 9, &[20]);
        assert_eq!((positions.last(TENANT), positions.last(TenantId(3))), (9, 0));
    }
}
