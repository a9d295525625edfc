//! Forgetting: a customer, and every account that was merged into theirs, in one operation. Codes that
//! were sent to their phones and not used are good for nothing any more.

use crate::engine::app_login::LoginChange;
use crate::engine::beside::Beside;
use crate::engine::claim_ids::Marked;
use crate::engine::claims::Guard;
use crate::engine::core::{AccountKey, Core};
use crate::engine::error::EngineError;
use crate::engine::hold::Held;
use crate::engine::leads::Taken;
use crate::engine::order::{Done, Identifier};
use crate::engine::perform::{Command, Errand, TRIES_MAX};
use crate::journal::{EntityEvents, merged_key};
use crate::ledger::{
    Account, AccountEvent, AccountView, Action, Attempt, Forget, LookUp, Reason, Refusal,
};
use crate::values::{CustomerId, EventNumber, Phone, TenantId, Timestamp};
use std::collections::BTreeSet;
use std::sync::Arc;

/// Whoever is to be forgotten, with the turns of all their accounts.
struct WholePerson {
    view: AccountView,
    turns: Vec<Guard<()>>,
}

impl Core {
    /// Forgets a customer. Asked again, by their number, it changes nothing and says the same.
    pub(super) async fn forget(
        self: &Arc<Self>,
        mut errand: Errand,
        who: Identifier,
        reason: Reason,
    ) -> Result<Done, EngineError> {
        let claim = match self.claim_mark(&errand).await? {
            Marked::Repeated(done) => return Ok(done),
            Marked::Fresh(claim) => claim,
        };
        let tenant = errand.tenant_id();
        let customer = self.resolve(tenant, &who, errand.country()).await?;
        let customer = customer.ok_or(Refusal::CustomerNotFound)?;
        let key = AccountKey { tenant, customer };
        let WholePerson { view, turns } = self.whole_person(key, errand.at).await?;
        if view.forgotten_at.is_some() {
            return Ok(Done::Changed(Box::new(view)));
        }
        self.deliver(key, view.referral.outbox).await?;
        let held = self.hold_aliases(tenant, &view.absorbed, errand.at).await?;
        let aliases: Vec<Account> = held.iter().map(|held| held.account.clone()).collect();
        errand.at = held.iter().map(|held| held.not_before).fold(errand.at, Timestamp::max);
        let mut taken = Taken { operations: Vec::from_iter(claim), turns, ..Taken::default() };
        let phones = aliases.iter().map(|alias| alias.phone).chain([view.phone]);
        let phones: Vec<Phone> = phones.flatten().collect();
        let mut marks = Vec::new();
        for phone in &phones {
            // Of a customer who registered when nothing was remembered of phones.
            let claimed = self.claim_first_mark(tenant, *phone).await?;
            marks.extend(claimed.as_ref().map(|(mark, _)| *mark));
            taken.operations.extend(claimed);
        }
        let mut beside = Vec::new();
        for phone in phones {
            beside.extend(self.revoke_code(tenant, phone, errand.at).await);
        }
        let action = Action::Forget(Box::new(Forget { reason, marks, aliases }));
        let command = Command { taken, held, beside, ..Command::from(action) };
        self.act(errand, customer, command).await
    }

    /// Whether the operation that begins at `event` is one that forgets somebody.
    pub(super) async fn forgets(&self, event: EventNumber) -> Result<bool, EngineError> {
        let read = self.readers.read(move |sources| sources.journal.operation(event)).await?;
        let entities = read.map(|numbered| numbered.operation.entities).unwrap_or_default();
        Ok(entities.iter().any(|entity| match entity {
            EntityEvents::Account(_, events) => {
                events.iter().any(|event| matches!(event, AccountEvent::Forgotten { .. }))
            }
            EntityEvents::Tenant(_) | EntityEvents::Login(..) | EntityEvents::Voucher(..) => false,
        }))
    }

    /// Waits until none of their accounts takes part in a merge, the lowest number first as merges do.
    async fn whole_person(
        self: &Arc<Self>,
        key: AccountKey,
        at: Timestamp,
    ) -> Result<WholePerson, EngineError> {
        let mut known = BTreeSet::from([key.customer]);
        for _ in 0..TRIES_MAX {
            let mut turns = Vec::with_capacity(known.len());
            for customer in &known {
                turns.push(self.turns.turn(merged_key(key.tenant, *customer)).await);
            }
            let view = self.look_at_any(key, at, LookUp::default(), None).await?;
            let view = view.ok_or(Refusal::CustomerNotFound)?;
            if view.id != key.customer {
                // Merged into somebody else a moment ago.
                return Err(EngineError::Overloaded);
            }
            let found: BTreeSet<CustomerId> =
                view.absorbed.iter().copied().chain([view.id]).collect();
            if found == known {
                return Ok(WholePerson { view, turns });
            }
            known = found;
        }
        Err(EngineError::Overloaded)
    }

    async fn hold_aliases(
        self: &Arc<Self>,
        tenant: TenantId,
        customers: &[CustomerId],
        at: Timestamp,
    ) -> Result<Vec<Held>, EngineError> {
        let mut held = Vec::with_capacity(customers.len());
        for customer in customers {
            held.push(*self.hold(AccountKey { tenant, customer: *customer }, at).await?);
        }
        Ok(held)
    }

    /// Uses up the code that a phone was sent, if it is still good.
    async fn revoke_code(&self, tenant: TenantId, phone: Phone, at: Timestamp) -> Option<Beside> {
        let key = self.house_key.logins_key(tenant, phone);
        let turn = self.turns.turn(key).await;
        let login = self.logins.of(key);
        login.code.as_ref()?;
        match login.attempt(true, at) {
            Attempt::Right(step) => {
                Some(self.login_beside(LoginChange { tenant, key, step, turn }))
            }
            Attempt::Wrong(..) => None,
        }
    }
}
