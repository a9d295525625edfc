//! Customers of the scenario who are forgotten.

use super::{Scenario, Who};
use crate::journal::keys::{
    card_key, device_key, former_phone_key, phone_key, referral_key, telegram_key, token_key,
};
use crate::ledger::{Account, Action, Forget, Reason};
use crate::values::{CustomerId, TenantId, Timestamp};

/// Customers up to this one stay, so that there is always somebody.
const STAY: u64 = 4;

impl Scenario {
    /// A customer is forgotten with those who were merged into theirs, unless it is one of those who stay.
    pub(super) fn forget(&mut self, tenant: TenantId, account: &Account) -> Action {
        if account.id.number() <= STAY {
            return Action::Settle;
        }
        let alias = |id: &CustomerId| self.accounts[&(tenant, *id)].0.clone();
        let aliases = account.absorbed.iter().map(alias).collect();
        let mark = (u128::from(self.next_event.number()) | 1 << 101).to_be_bytes();
        let marks = if self.dice.below(2) == 0 { vec![mark] } else { Vec::new() };
        let reason = Reason::parse("letter").unwrap();
        Action::Forget(Box::new(Forget { reason, marks, aliases }))
    }

    /// Nothing that named a customer leads anywhere.
    pub(super) fn note_forgotten(
        &mut self,
        (tenant, customer): Who,
        before: Option<&Account>,
        at: Timestamp,
    ) {
        let before = before.expect("only who is here is forgotten");
        let mut freed = Vec::new();
        freed.extend(before.phone.map(|phone| phone_key(tenant, phone)));
        freed.extend(before.card.as_ref().map(|card| card_key(tenant, card)));
        freed.extend(before.telegram.as_ref().map(|user| telegram_key(tenant, user.id)));
        freed.extend(before.referral.code.map(|code| referral_key(tenant, code)));
        freed.extend(before.tokens.iter().map(|token| token_key(tenant, token.id)));
        freed.extend(before.devices.iter().map(|device| device_key(tenant, &device.token)));
        let former = before.former_phones.iter().filter(|former| former.until > at);
        freed.extend(former.map(|former| former_phone_key(tenant, former.phone)));
        for key in freed {
            assert_eq!(self.identifiers.remove(&key), Some(customer));
        }
    }
}

/// Whether customers are forgotten, and some of them with aliases.
#[test]
fn customers_are_forgotten_with_those_merged_into_theirs() {
    let mut forgotten = 0;
    for seed in 1..=4 {
        let mut world = Scenario::new(seed);
        world.play(3_000);
        let those = world.accounts.values().filter(|(account, _)| account.is_forgotten());
        forgotten += those.filter(|(account, _)| account.merged_into.is_some()).count();
    }
    assert!(forgotten > 0, "none of them had an alias");
}
