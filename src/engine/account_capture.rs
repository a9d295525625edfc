//! What an account hands over to the tables, and what it forgets once they have it.

use crate::engine::account_actor::AccountEntity;
use crate::engine::account_turn::Tail;
use crate::engine::claims::{Key, Lead};
use crate::engine::core::Forwarded;
use crate::journal::{Capture, phone_key};
use crate::ledger::next_notice;

impl AccountEntity {
    pub(super) fn capture(&mut self) {
        let Some(account) = &self.account else { return };
        if !std::mem::take(&mut self.dirty) {
            return;
        }
        let Tail { rows, sales, operations, identifiers, trails, .. } = &self.fresh;
        let tenant = self.core.tenants.tenant(self.key.tenant);
        let notice_at =
            tenant.and_then(|tenant| next_notice(account, &tenant.settings, self.last_turn_at));
        // Not taken: neither is the end of this checkpoint, so that it fails.
        self.core.forward(Forwarded::Account(Box::new(Capture {
            tenant: self.key.tenant,
            account: account.clone(),
            as_of: self.as_of,
            rows: rows.clone(),
            sales: sales.clone(),
            operations: operations.clone(),
            identifiers: identifiers.clone(),
            trails: trails.clone(),
            notice_at,
        })));
        self.captured.append(std::mem::take(&mut self.fresh));
        self.captured_as_of = self.as_of;
    }

    pub(super) fn forget_captured(&mut self) {
        let captured = std::mem::take(&mut self.captured);
        self.forgotten_through = self.captured_as_of;
        for (key, _) in captured.operations {
            self.core.operations.forget(key);
        }
        for sale in captured.sales {
            self.core.fresh_sales.forget(self.key.tenant, sale.id);
        }
        // Only what was done here, and not again since: another account may have taken what was freed. The
        // phone leads here as long as the account is in memory: its next sale asks for it again.
        for (key, leads_to) in captured.identifiers {
            let again = self.fresh.identifiers.iter().any(|(changed, _)| *changed == key);
            if !again && !self.is_own_phone(key) {
                let lead = Lead::after(self.key.customer, leads_to);
                self.core.identifiers.forget_this(key, &lead);
            }
        }
    }

    fn is_own_phone(&self, key: Key) -> bool {
        let phone = self.account.as_ref().and_then(|account| account.phone);
        phone.is_some_and(|phone| phone_key(self.key.tenant, phone) == key)
    }
}
