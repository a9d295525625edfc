//! The accounts that memory is ahead of the tables with: all others are in the tables as they are.

use crate::engine::core::AccountKey;
use crate::values::{CustomerId, TenantId};
use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};

/// Accounts with events that no written checkpoint has.
#[derive(Default)]
pub(super) struct DirtyAccounts {
    lists: Mutex<Lists>,
}

#[derive(Default)]
struct Lists {
    /// Since they were last asked for their states.
    gathering: Vec<AccountKey>,
    /// Those of the checkpoint under way.
    writing: Arc<Vec<AccountKey>>,
}

impl DirtyAccounts {
    pub(super) fn mark(&self, key: AccountKey) {
        self.with(|lists| lists.gathering.push(key));
    }

    /// Whether there are events since the last checkpoint began.
    pub(super) fn has_any(&self) -> bool {
        self.with(|lists| !lists.gathering.is_empty())
    }

    /// Whom a checkpoint must ask.
    pub(super) fn begin_checkpoint(&self) -> Arc<Vec<AccountKey>> {
        self.with(|lists| {
            lists.writing = Arc::new(std::mem::take(&mut lists.gathering));
            Arc::clone(&lists.writing)
        })
    }

    /// The tables have the states of those.
    pub(super) fn end_checkpoint(&self) {
        drop(self.with(|lists| std::mem::take(&mut lists.writing)));
    }

    /// Those of a tenant.
    pub(super) fn of_tenant(&self, tenant: TenantId) -> BTreeSet<CustomerId> {
        // Whoever marks one waits for no more than a copy.
        let (gathering, writing) =
            self.with(|lists| (lists.gathering.clone(), Arc::clone(&lists.writing)));
        let theirs = gathering.iter().chain(&*writing).filter(|key| key.tenant == tenant);
        theirs.map(|key| key.customer).collect()
    }

    fn with<T>(&self, act: impl FnOnce(&mut Lists) -> T) -> T {
        act(&mut self.lists.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_account_is_dirty_until_a_checkpoint_that_began_later_is_written() {
        let dirty = DirtyAccounts::default();
        let mark = |tenant, customer| {
            dirty.mark(AccountKey { tenant: TenantId(tenant), customer: CustomerId(customer) });
        };
        let check = |step: &str, expected: &[u64]| {
            let found = dirty.of_tenant(TenantId(1));
            assert!(found.into_iter().eq(expected.iter().copied().map(CustomerId)), "{step}");
        };
        mark(1, 5);
        mark(1, 5);
        mark(2, 6);
        check("it gathers", &[5]);
        assert_eq!(dirty.begin_checkpoint().len(), 3);
        mark(1, 7);
        check("the first ones are being written", &[5, 7]);
        dirty.end_checkpoint();
        check("they are written", &[7]);
        assert!(dirty.has_any());
        dirty.begin_checkpoint();
        assert!(!dirty.has_any());
        check("the next one is being written", &[7]);
        dirty.end_checkpoint();
        check("it is written", &[]);
    }
}
