//! Customers of the scenario who are forgotten.

use super::{Scenario, Who};
use crate::journal::keys::{
    card_key, device_key, former_phone_key, phone_key, referral_key, telegram_key, token_key,
};
use crate::ledger::Account;
use crate::values::Timestamp;

impl Scenario {
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
