//! Finds customers and their actors: in memory, else from the tables, else not at all.

use crate::engine::account_actor::AccountEntity;
use crate::engine::claims::{Claim, Guard, Key, Known, Lead};
use crate::engine::core::{AccountKey, Core, Slot};
use crate::engine::error::EngineError;
use crate::engine::order::Identifier;
use crate::engine::shell::Mailbox;
use crate::journal::{
    OperationRef, Outcome, PackedAccount, Reply, card_key, phone_key, reserve_key, telegram_key,
};
use crate::ledger::CardNumber;
use crate::values::{
    Country, CustomerId, EventNumber, Phone, TenantId, Timestamp, number_of_ean13,
};
use dashmap::mapref::entry::Entry;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use tokio::sync::oneshot;

/// What the map says of an account.
enum Place {
    Here(Mailbox<AccountEntity>),
    Wait(oneshot::Receiver<()>),
    /// Ours to wake.
    Resting(PackedAccount),
    /// Not in memory.
    Absent,
    /// Ours to fetch: an actor had it and is gone, so the tables may be behind.
    Died,
}

pub(super) fn tell(waiting: Vec<oneshot::Sender<()>>) {
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
            None => Box::pin(self.resolve_former(tenant, who, country)).await,
        }
    }

    /// As [`Self::resolve`], but maybe merged into another customer since. For who asks the account next: it
    /// says so itself, and hardly any was merged.
    pub(super) async fn resolve_unfollowed(
        self: &Arc<Self>,
        tenant: TenantId,
        who: &Identifier,
        country: Option<Country>,
    ) -> Result<Option<CustomerId>, EngineError> {
        match self.named_by(tenant, who, country).await? {
            Some(customer) => Ok(Some(customer)),
            None => Box::pin(self.resolve_former(tenant, who, country)).await,
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
        if !self.seen.maybe_identifier(&key) {
            return Ok(None);
        }
        Box::pin(self.readers.read(move |sources| sources.tables.identifier(&key))).await
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
                // Nearly every id is new, as far as that can be said without asking the tables.
                Claim::Mine(guard) if !self.seen.maybe(&key) => return Ok(Ok(guard)),
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
                Known::Nothing if !self.seen.maybe(&key) => return Ok(None),
                Known::Nothing => return self.stored_operation(key).await,
            }
        }
    }

    /// What the tables say of an id that they may know.
    async fn stored_operation(&self, key: Key) -> Result<Option<OperationRef>, EngineError> {
        Box::pin(self.readers.read(move |sources| sources.tables.operation(&key))).await
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
                Place::Absent => {
                    if Box::pin(self.let_in(key)).await? {
                        return Box::pin(self.fetch(key, false, at)).await;
                    }
                }
                Place::Resting(account) => return self.wake(key, &account, at).await,
                Place::Died => return Box::pin(self.fetch(key, true, at)).await,
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

    /// The actor of an account that is in memory, used at `at`. Most are, and nothing is moved for it.
    pub(super) fn resident(
        &self,
        key: AccountKey,
        at: Timestamp,
    ) -> Option<Mailbox<AccountEntity>> {
        match self.accounts.get(&key).as_deref() {
            Some(Slot::Resident { mailbox, used_at }) if mailbox.connected() => {
                used_at.store(at.millis(), Ordering::Relaxed);
                Some(mailbox.clone())
            }
            Some(
                Slot::Resident { .. } | Slot::Hydrating(_) | Slot::Resting { .. } | Slot::Dead,
            )
            | None => None,
        }
    }

    fn place_of(&self, key: AccountKey, at: Timestamp) -> Place {
        match self.resident(key, at) {
            Some(mailbox) => Place::Here(mailbox),
            None => self.place_unless_resident(key, at),
        }
    }

    fn place_unless_resident(&self, key: AccountKey, at: Timestamp) -> Place {
        match self.accounts.entry(key) {
            Entry::Occupied(mut entry) => match entry.get_mut() {
                Slot::Resident { mailbox, used_at } if mailbox.connected() => {
                    used_at.store(at.millis(), Ordering::Relaxed);
                    Place::Here(mailbox.clone())
                }
                Slot::Resident { .. } | Slot::Dead => {
                    entry.insert(Slot::Hydrating(Vec::new()));
                    Place::Died
                }
                Slot::Resting { .. } => match entry.insert(Slot::Hydrating(Vec::new())) {
                    Slot::Resting { account, .. } => Place::Resting(account),
                    Slot::Resident { .. } | Slot::Hydrating(_) | Slot::Dead => {
                        unreachable!("the entry is held since it was seen resting")
                    }
                },
                Slot::Hydrating(waiting) => {
                    let (sender, receiver) = oneshot::channel();
                    waiting.push(sender);
                    Place::Wait(receiver)
                }
            },
            Entry::Vacant(_) => Place::Absent,
        }
    }

    pub(super) async fn until_durable(&self, event: EventNumber) -> Result<(), EngineError> {
        let (sender, receiver) = oneshot::channel();
        let finish = Box::new(move |outcome| {
            let _ = sender.send(outcome);
        });
        self.journal.after(event, Reply { home: 0, finish });
        match receiver.await {
            Ok(Outcome::Durable(_)) => Ok(()),
            Ok(Outcome::Lost) | Err(_) => Err(self.lost()),
        }
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
