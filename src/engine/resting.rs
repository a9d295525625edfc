//! Accounts that nobody asked for lately: they lose their actor first, and leave memory later.

use crate::engine::account_actor::AccountEntity;
use crate::engine::core::{AccountKey, Core, Slot};
use crate::journal::PackedAccount;
use crate::ledger::Account;
use crate::values::{Phone, Timestamp};

impl AccountEntity {
    /// Ends, and leaves what there is to know of the account in its place.
    pub(super) fn rest_if_idle(&mut self, idle_before: Timestamp) {
        let Some(account) = &self.account else { return };
        if self.is_idle(idle_before) && !std::mem::replace(&mut self.departed, true) {
            let packed = PackedAccount::of(account, self.as_of);
            self.core.lay_to_rest(self.key, packed, self.last_turn_at);
        }
    }
}

impl Core {
    /// Puts a packed account in the place of its actor.
    pub(super) fn lay_to_rest(&self, key: AccountKey, account: PackedAccount, used_at: Timestamp) {
        let Some(mut slot) = self.accounts.get_mut(&key) else { return };
        if matches!(*slot, Slot::Resident { .. }) {
            *slot = Slot::Resting { account, used_at };
        }
    }

    /// Lets an account leave memory that rests and that nobody asked for since an instant; otherwise its actor
    /// must be told.
    pub(super) fn leaves_at_rest(&self, key: AccountKey, idle_before: Timestamp) -> bool {
        let rests = |_: &AccountKey, slot: &Slot| match slot {
            Slot::Resting { used_at, .. } => *used_at < idle_before,
            Slot::Resident { .. } | Slot::Hydrating(_) | Slot::Dead => false,
        };
        match self.accounts.remove_if(&key, rests) {
            Some((_, Slot::Resting { account, .. })) => {
                let phones = account.unpack(key.customer).map(|(account, _)| phones_of(&account));
                self.forget_phones(key, &phones.unwrap_or_default());
                self.room.one_left();
                true
            }
            Some((_, Slot::Resident { .. } | Slot::Hydrating(_) | Slot::Dead)) | None => false,
        }
    }

    pub(super) fn has_actor(&self, key: AccountKey) -> bool {
        matches!(self.accounts.get(&key).as_deref(), Some(Slot::Resident { .. }))
    }
}

/// All phones that ever led to an account.
pub(super) fn phones_of(account: &Account) -> Vec<Phone> {
    let former = account.former_phones.iter().map(|former| former.phone);
    account.phone.into_iter().chain(former).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::account_turn::AccountTurn;
    use crate::engine::test_kit::Kit;
    use crate::values::CustomerId;

    const CUSTOMER: CustomerId = CustomerId(1);

    fn rests(core: &Core, key: AccountKey) -> bool {
        matches!(core.accounts.get(&key).as_deref(), Some(Slot::Resting { .. }))
    }

    #[test]
    fn an_account_rests_wakes_and_leaves() {
        actix::System::new().block_on(async {
            let kit = Kit::open().await;
            let opened = kit.opened();
            let (core, key) = (&opened.core, AccountKey { tenant: kit.tenant, customer: CUSTOMER });
            kit.grant(1).await;
            let later = core.stamp().unwrap().plus_seconds(1);
            // Not before the tables have all of it.
            core.tell(key, AccountTurn::RestIfIdle { idle_before: later });
            kit.grant(1).await;
            assert!(!rests(core, key));
            kit.house.checkpoint().await.unwrap();
            core.tell(key, AccountTurn::RestIfIdle { idle_before: later });
            while !rests(core, key) {
                tokio::task::yield_now().await;
            }
            let before = core.journal.submitted();
            kit.grant(1).await;
            assert!(!rests(core, key) && core.journal.submitted() > before);
            kit.house.checkpoint().await.unwrap();
            core.tell(key, AccountTurn::RestIfIdle { idle_before: later });
            while !rests(core, key) {
                tokio::task::yield_now().await;
            }
            assert!(!core.leaves_at_rest(key, Timestamp::from_millis(0)) && rests(core, key));
            assert!(core.leaves_at_rest(key, later));
            assert!(core.accounts.get(&key).is_none());
        });
    }
}
