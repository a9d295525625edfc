//! An account on its way into memory: fetched from the tables, or folded anew where its actor died.

use crate::engine::account_actor::AccountEntity;
use crate::engine::core::{AccountKey, Core, Slot};
use crate::engine::directory::tell;
use crate::engine::error::EngineError;
use crate::engine::shell::Mailbox;
use crate::engine::tail::{Inherited, Tail};
use crate::journal::{FoldError, PackedAccount, rebuild_account};
use crate::ledger::Account;
use crate::values::{EventNumber, Timestamp};
use dashmap::mapref::entry::Entry;
use std::sync::Arc;
use std::sync::atomic::Ordering;

/// An account as it comes from the store.
struct Loaded {
    account: Account,
    as_of: EventNumber,
    /// What the tables lack; `None`: they have it as it is.
    tail: Option<(Tail, Inherited)>,
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
            self.core.room.one_left();
        }
    }
}

impl Core {
    /// Fetches an account that is marked as on its way.
    pub(super) async fn fetch(
        self: &Arc<Self>,
        key: AccountKey,
        died: bool,
        at: Timestamp,
    ) -> Result<Option<Mailbox<AccountEntity>>, EngineError> {
        let mut hydration = Hydration { core: self, key, died };
        let loaded = if died { self.rebuild(key).await? } else { self.load(key).await? };
        // In an opening that is over, an account that is not in memory may have been there, ahead of the
        // tables.
        if self.dismissed.load(Ordering::SeqCst) {
            return Err(EngineError::Unavailable("it is closing".into()));
        }
        hydration.died = false;
        // Opened while we read: who is there is ahead of what was read.
        let mailbox =
            self.resident(key, at).or_else(|| loaded.map(|loaded| self.move_in(key, loaded, at)));
        drop(hydration);
        Ok(mailbox)
    }

    /// Gives a resting account, which is marked as on its way, its actor again.
    pub(super) async fn wake(
        self: &Arc<Self>,
        key: AccountKey,
        packed: &PackedAccount,
        at: Timestamp,
    ) -> Result<Option<Mailbox<AccountEntity>>, EngineError> {
        match packed.unpack(key.customer) {
            Ok((account, as_of)) => {
                let hydration = Hydration { core: self, key, died: false };
                if self.dismissed.load(Ordering::SeqCst) {
                    return Err(EngineError::Unavailable("it is closing".into()));
                }
                let mailbox = self.move_in(key, Loaded { account, as_of, tail: None }, at);
                drop(hydration);
                Ok(Some(mailbox))
            }
            // The tables have it as well.
            Err(error) => {
                tracing::error!(%error, "a resting account does not unpack");
                self.fetch(key, false, at).await
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
            tail: Some((Tail { additions: Arc::unwrap_or_clone(capture.additions) }, inherited)),
        }))
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
}
