//! Finds customers and their actors: in memory, else from the tables, else not at all.

use crate::engine::account_actor::AccountEntity;
use crate::engine::account_turn::{Inherited, Tail};
use crate::engine::claims::{Claim, Guard, Key, Known, Lead};
use crate::engine::core::{AccountKey, Core, Slot};
use crate::engine::error::EngineError;
use crate::engine::order::Identifier;
use crate::engine::shell::Mailbox;
use crate::journal::{
    FoldError, OperationRef, Outcome, Reply, card_key, phone_key, rebuild_account, reserve_key,
    telegram_key,
};
use crate::ledger::{Account, CardNumber};
use crate::values::{
    Country, CustomerId, EventNumber, Phone, TenantId, Timestamp, number_of_ean13,
};
use dashmap::mapref::entry::Entry;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use tokio::sync::oneshot;

/// An account as it comes from the store.
struct Loaded {
    account: Account,
    as_of: EventNumber,
    /// What the tables lack; `None`: they have it as it is.
    tail: Option<Tail>,
}

/// What the map says of an account.
enum Place {
    Here(Mailbox<AccountEntity>),
    Wait(oneshot::Receiver<()>),
    /// Ours to fetch; `died`: an actor had it and is gone, so the tables may be behind.
    Fetch {
        died: bool,
    },
}

/// Marks an account as on its way; if the fetch is given up, the next one tries again.
struct Hydration<'a> {
    core: &'a Core,
    key: AccountKey,
    /// The tables may be behind, so that the next one must not rely on them alone either.
    died: bool,
}

impl Drop for Hydration<'_> {
    fn drop(&mut self) {
        let Entry::Occupied(mut slot) = self.core.accounts.entry(self.key) else { return };
        let Slot::Hydrating(waiting) = slot.get_mut() else { return };
        tell(std::mem::take(waiting));
        if self.died {
            slot.insert(Slot::Dead);
        } else {
            slot.remove();
        }
    }
}

fn tell(waiting: Vec<oneshot::Sender<()>>) {
    for sender in waiting {
        let _ = sender.send(());
    }
}

impl Core {
    /// The customer an identifier names, by a phone that they gave up lately too.
    pub(super) async fn resolve(
        self: &Arc<Self>,
        tenant: TenantId,
        who: &Identifier,
        country: Option<Country>,
    ) -> Result<Option<CustomerId>, EngineError> {
        match self.resolve_own(tenant, who, country).await? {
            Some(customer) => Ok(Some(customer)),
            None => self.resolve_former(tenant, who, country).await,
        }
    }

    /// The customer whom an identifier names now.
    pub(super) async fn resolve_own(
        &self,
        tenant: TenantId,
        who: &Identifier,
        country: Option<Country>,
    ) -> Result<Option<CustomerId>, EngineError> {
        match self.named_by(tenant, who, country).await? {
            Some(customer) => Ok(Some(self.follow(tenant, customer).await?)),
            None => Ok(None),
        }
    }

    /// The customer whom an identifier was given to, merged into another one since or not.
    pub(super) async fn named_by(
        &self,
        tenant: TenantId,
        who: &Identifier,
        country: Option<Country>,
    ) -> Result<Option<CustomerId>, EngineError> {
        match who {
            Identifier::Customer(customer) => Ok(Some(*customer)),
            Identifier::Phone(phone) => self.customer_of_phone(tenant, *phone).await,
            Identifier::Text(text) => self.resolve_text(tenant, text, country).await,
            Identifier::Reserve(reserve) => {
                self.customer_of(reserve_key(tenant, reserve), false).await
            }
            Identifier::Telegram(user) => {
                self.customer_of(telegram_key(tenant, *user), false).await
            }
        }
    }

    /// After "+" a phone; otherwise an EAN, then a club card, then a phone (rule 27).
    async fn resolve_text(
        &self,
        tenant: TenantId,
        text: &str,
        country: Option<Country>,
    ) -> Result<Option<CustomerId>, EngineError> {
        let phone = Phone::parse(text, country).ok();
        if !text.trim_start().starts_with('+') {
            if let Some(number) = number_of_ean13(text) {
                return Ok(Some(CustomerId(number)));
            }
            if let Ok(card) = CardNumber::parse(text) {
                let found = self.customer_of(card_key(tenant, &card), false).await?;
                if found.is_some() {
                    return Ok(found);
                }
            }
        }
        match phone {
            Some(phone) => self.customer_of_phone(tenant, phone).await,
            None => Ok(None),
        }
    }

    pub(super) async fn customer_of_phone(
        &self,
        tenant: TenantId,
        phone: Phone,
    ) -> Result<Option<CustomerId>, EngineError> {
        self.customer_of(phone_key(tenant, phone), true).await
    }

    /// The customer behind a look-up key. A phone leads elsewhere only by an operation of its account, which
    /// says so here, so it may be kept in memory as long as that account is.
    pub(super) async fn customer_of(
        &self,
        key: Key,
        keep: bool,
    ) -> Result<Option<CustomerId>, EngineError> {
        loop {
            match self.identifiers.known(key) {
                Known::Taken(lead) => return Ok(lead.customer()),
                // Whoever had it has committed or let go: either way the next look tells.
                Known::Wait(told) => drop(told.await),
                Known::Nothing => break,
            }
        }
        let found = self.stored_identifier(key).await?;
        if keep && let Some(customer) = found {
            self.identifiers.remember_if_unknown(key, Lead::To(customer));
        }
        Ok(found)
    }

    /// Claims an identifier that nobody has: the guard, or who has it.
    pub(super) async fn claim_identifier(
        &self,
        key: Key,
    ) -> Result<Result<Guard<Lead>, CustomerId>, EngineError> {
        loop {
            match self.identifiers.claim(key, |lead| lead.customer().is_none()) {
                Claim::Wait(told) => drop(told.await),
                Claim::Taken(Lead::To(customer)) => return Ok(Err(customer)),
                Claim::Taken(Lead::FreedBy(_)) => {}
                Claim::Mine(guard) => {
                    if guard.was_freed() {
                        return Ok(Ok(guard));
                    }
                    return Ok(match self.stored_identifier(key).await? {
                        Some(customer) => Err(customer),
                        None => Ok(guard),
                    });
                }
            }
        }
    }

    async fn stored_identifier(&self, key: Key) -> Result<Option<CustomerId>, EngineError> {
        if !self.seen.maybe(&key) {
            return Ok(None);
        }
        self.readers.read(move |sources| sources.tables.identifier(&key)).await
    }

    /// Claims an external id or an Idempotency-Key: the guard, or what it led to.
    pub(super) async fn claim_operation(
        &self,
        key: Key,
    ) -> Result<Result<Guard<OperationRef>, OperationRef>, EngineError> {
        loop {
            match self.operations.claim(key, |_| false) {
                Claim::Wait(told) => drop(told.await),
                Claim::Taken(before) => return Ok(Err(before)),
                Claim::Mine(guard) => {
                    return Ok(match self.stored_operation(key).await? {
                        Some(before) => Err(before),
                        None => Ok(guard),
                    });
                }
            }
        }
    }

    /// What an external id led to, if it was taken.
    pub(super) async fn operation_under(
        &self,
        key: Key,
    ) -> Result<Option<OperationRef>, EngineError> {
        loop {
            match self.operations.known(key) {
                Known::Taken(before) => return Ok(Some(before)),
                Known::Wait(told) => drop(told.await),
                Known::Nothing => return self.stored_operation(key).await,
            }
        }
    }

    async fn stored_operation(&self, key: Key) -> Result<Option<OperationRef>, EngineError> {
        if !self.seen.maybe(&key) {
            return Ok(None);
        }
        self.readers.read(move |sources| sources.tables.operation(&key)).await
    }

    /// The actor of an account; `None` if there is no such account.
    pub(super) async fn mailbox(
        self: &Arc<Self>,
        key: AccountKey,
        at: Timestamp,
    ) -> Result<Option<Mailbox<AccountEntity>>, EngineError> {
        loop {
            match self.place_of(key, at) {
                Place::Here(mailbox) => return Ok(Some(mailbox)),
                Place::Wait(told) => drop(told.await),
                Place::Fetch { died } => {
                    let mut hydration = Hydration { core: self, key, died };
                    let loaded =
                        if died { self.rebuild(key).await? } else { self.load(key).await? };
                    // In an opening that is over, an account that is not in memory may have been there, ahead
                    // of the tables.
                    if self.dismissed.load(Ordering::SeqCst) {
                        return Err(EngineError::Unavailable("it is closing".into()));
                    }
                    hydration.died = false;
                    // Opened while we read: who is there is ahead of what was read.
                    let mailbox = self
                        .resident(key)
                        .or_else(|| loaded.map(|loaded| self.move_in(key, loaded, at)));
                    drop(hydration);
                    return Ok(mailbox);
                }
            }
        }
    }

    /// Starts the actor of an account that is about to be opened.
    pub(super) fn newcomer(
        self: &Arc<Self>,
        key: AccountKey,
        at: Timestamp,
    ) -> Mailbox<AccountEntity> {
        let core = Arc::clone(self);
        let handle = self.arbiters.handle(self.arbiter_of(key)).clone();
        let mailbox = Mailbox::start(&handle, move || AccountEntity::unopened(core, key));
        self.settle_in(key, mailbox.clone(), at);
        mailbox
    }

    fn resident(&self, key: AccountKey) -> Option<Mailbox<AccountEntity>> {
        match self.accounts.get(&key).as_deref() {
            Some(Slot::Resident { mailbox, .. }) if mailbox.connected() => Some(mailbox.clone()),
            Some(Slot::Resident { .. } | Slot::Hydrating(_) | Slot::Dead) | None => None,
        }
    }

    fn place_of(&self, key: AccountKey, at: Timestamp) -> Place {
        match self.accounts.entry(key) {
            Entry::Occupied(mut entry) => match entry.get_mut() {
                Slot::Resident { mailbox, used_at } if mailbox.connected() => {
                    used_at.store(at.millis(), Ordering::Relaxed);
                    Place::Here(mailbox.clone())
                }
                Slot::Resident { .. } | Slot::Dead => {
                    entry.insert(Slot::Hydrating(Vec::new()));
                    Place::Fetch { died: true }
                }
                Slot::Hydrating(waiting) => {
                    let (sender, receiver) = oneshot::channel();
                    waiting.push(sender);
                    Place::Wait(receiver)
                }
            },
            Entry::Vacant(entry) => {
                entry.insert(Slot::Hydrating(Vec::new()));
                Place::Fetch { died: false }
            }
        }
    }

    async fn load(&self, key: AccountKey) -> Result<Option<Loaded>, EngineError> {
        let stored = self
            .readers
            .read(move |sources| sources.tables.account(key.tenant, key.customer))
            .await?;
        Ok(stored.map(|(account, as_of)| Loaded { account, as_of, tail: None }))
    }

    /// Folds an account anew whose actor died: everything it had submitted must be durable first.
    async fn rebuild(&self, key: AccountKey) -> Result<Option<Loaded>, EngineError> {
        tracing::error!(tenant = %key.tenant, customer = %key.customer, "an account's actor died; folding it anew");
        let through = self.journal.submitted();
        self.until_durable(through).await?;
        let rebuilt = self
            .readers
            .read(move |sources| {
                let rebuild = |customer| {
                    let who = (key.tenant, customer);
                    rebuild_account(&sources.tables, &sources.journal, who, through)
                };
                let rebuilt = rebuild(key.customer)?;
                let absorbed = rebuilt.iter().flat_map(|capture| &capture.account.absorbed);
                let mut inherited = Inherited::default();
                for customer in absorbed {
                    inherited.take_capture(rebuild(*customer)?);
                }
                Ok::<_, FoldError>(rebuilt.map(|capture| (capture, inherited)))
            })
            .await?;
        Ok(rebuilt.map(|(capture, inherited)| Loaded {
            account: capture.account,
            as_of: capture.as_of,
            tail: Some(Tail {
                rows: capture.rows,
                sales: capture.sales,
                operations: capture.operations,
                identifiers: capture.identifiers,
                trails: capture.trails,
                inherited,
            }),
        }))
    }

    pub(super) async fn until_durable(&self, event: EventNumber) -> Result<(), EngineError> {
        let (sender, receiver) = oneshot::channel();
        let finish = Box::new(move |outcome| {
            let _ = sender.send(outcome);
        });
        self.journal.after(event, Reply { home: 0, finish });
        match receiver.await {
            Ok(Outcome::Durable) => Ok(()),
            Ok(Outcome::Lost) | Err(_) => Err(self.lost()),
        }
    }

    fn move_in(
        self: &Arc<Self>,
        key: AccountKey,
        loaded: Loaded,
        at: Timestamp,
    ) -> Mailbox<AccountEntity> {
        let core = Arc::clone(self);
        let handle = self.arbiters.handle(self.arbiter_of(key)).clone();
        let Loaded { account, as_of, tail } = loaded;
        let mailbox = Mailbox::start(&handle, move || {
            AccountEntity::resident(core, key, account, as_of, tail)
        });
        self.settle_in(key, mailbox.clone(), at);
        mailbox
    }

    pub(super) fn settle_in(
        &self,
        key: AccountKey,
        mailbox: Mailbox<AccountEntity>,
        at: Timestamp,
    ) {
        let used_at = AtomicI64::new(at.millis());
        let before = self.accounts.insert(key, Slot::Resident { mailbox, used_at });
        if let Some(Slot::Hydrating(waiting)) = before {
            tell(waiting);
        }
    }
}
