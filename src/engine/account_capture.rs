//! What an account hands over to the tables, and what it forgets once they have it.

use crate::engine::account_actor::AccountEntity;
use crate::engine::claims::{Key, Lead};
use crate::engine::core::{Core, Forwarded};
use crate::journal::{Capture, phone_key};
use crate::ledger::{Account, next_notice};
use crate::values::{TenantId, Timestamp};

impl Core {
    /// When an account's customer is to be told of what expires, by the settings that its tenant has now.
    pub(super) fn next_notice(
        &self,
        tenant: TenantId,
        account: &Account,
        now: Timestamp,
    ) -> Option<Timestamp> {
        let tenant = self.tenants.tenant(tenant)?;
        next_notice(account, &tenant.settings, now)
    }
}

impl AccountEntity {
    pub(super) fn capture(&mut self) {
        let Some(account) = &self.account else { return };
        if !std::mem::take(&mut self.dirty) {
            return;
        }
        let notice_at = self.core.next_notice(self.key.tenant, account, self.last_turn_at);
        let next_due = account.next_due();
        let additions = self.captured.take(std::mem::take(&mut self.fresh));
        self.captured_as_of = self.as_of;
        // Not taken: neither is the end of this checkpoint, so that it fails.
        self.core.forward(Forwarded::Account(Box::new(Capture {
            tenant: self.key.tenant,
            account: (**account).clone(),
            as_of: self.as_of,
            additions,
            notice_at,
            due_in_tables: self.due_in_tables,
        })));
        // From the next capture on: it comes only when this one is written.
        self.due_in_tables = next_due;
    }

    /// What leads to sales and operations is forgotten by who wrote the tables.
    pub(super) fn forget_captured(&mut self) {
        let captured = std::mem::take(&mut self.captured);
        self.forgotten_through = self.captured_as_of;
        self.inherited.forget_through(self.core.coverage.through());
        if !self.inherited.is_empty() {
            // The next checkpoint has the rest of it, and says so only to those that it asks.
            self.mark_dirty();
        }
        // Only what was done here, and not again since: another account may have taken what was freed. The
        // phone leads here as long as the account is in memory: its next sale asks for it again.
        for (key, leads_to) in captured.additions().identifiers.iter().copied() {
            let changed = &self.fresh.additions.identifiers;
            let again = changed.iter().any(|(changed, _)| *changed == key);
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
