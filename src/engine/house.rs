//! A house: one ledger served, reopened by itself after a failed write, closed on request.

use crate::engine::arbiters::Arbiters;
use crate::engine::clock::Clock;
use crate::engine::core::{AccountKey, Core};
use crate::engine::entropy::Entropy;
use crate::engine::error::EngineError;
use crate::engine::house_options::HouseOptions;
use crate::engine::not_ready::NotReady;
use crate::engine::opening::Opened;
use crate::engine::operators::Registry;
use crate::engine::order::{Done, Identifier, Order, TenantDone, TenantOrder};
use crate::engine::pulse::Pulse;
use crate::engine::supervisor::{Inner, State, blocking, opened_by, supervise, sweep_regularly};
use crate::engine::{campaigns, replay, sweeper};
use crate::journal::{DataDir, token_key};
use crate::ledger::{AccountView, LookUp, Refusal, Tenant, TokenHash};
use crate::values::{CustomerId, PromotionId, TenantId, Timestamp, TokenId};
use arc_swap::ArcSwap;
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::sync::watch;

/// Customer numbers looked at for one page of the list: numbers may have gaps.
const LIST_SCAN_MAX: u64 = 10_000;

/// A ledger that is served. Clones are the same house. Must be used inside an actix `System`.
#[derive(Clone)]
pub struct House {
    inner: Arc<Inner>,
}

impl House {
    /// Opens (or creates) the data directory and serves it.
    ///
    /// # Errors
    /// `Unavailable` with a sentence for the operator.
    pub async fn open(options: HouseOptions) -> Result<Self, EngineError> {
        let house = Self::begin(options)?;
        house.serve().await?;
        Ok(house)
    }

    /// Takes (or creates) the data directory; nothing is served before [`Self::serve`], but the house says
    /// how far it has got.
    ///
    /// # Errors
    /// `Unavailable` with a sentence for the operator.
    pub fn begin(options: HouseOptions) -> Result<Self, EngineError> {
        let data_dir = DataDir::create_or_open(&options.data_dir).map_err(EngineError::from)?;
        replay::remove_scratch(&options.data_dir);
        let (registry, pulse) = (Registry::open(&data_dir)?, Arc::new(Pulse::new(&data_dir)));
        let arbiters = Arc::new(Arbiters::start(options.arbiter_count())?);
        let inner = Arc::new(Inner {
            options,
            data_dir: Mutex::new(Some(data_dir)),
            arbiters,
            state: ArcSwap::from_pointee(State::Down(NotReady::opening())),
            registry: Arc::new(registry),
            leaving: watch::Sender::new(false),
            pulse,
        });
        Ok(Self { inner })
    }

    /// Opens what [`Self::begin`] took, and serves it.
    ///
    /// # Errors
    /// `Unavailable` with a sentence for the operator; the house has let go of everything then.
    pub async fn serve(&self) -> Result<(), EngineError> {
        match opened_by(Arc::clone(&self.inner)).await {
            Ok(opened) => self.inner.replace(State::Serving(opened)),
            Err(why) => {
                self.inner.arbiters.stop();
                self.inner.let_go();
                return Err(why.into());
            }
        }
        let arbiter = self.inner.arbiters.handle(0);
        arbiter.spawn(supervise(Arc::downgrade(&self.inner)));
        arbiter.spawn(sweep_regularly(Arc::downgrade(&self.inner)));
        Ok(())
    }

    #[must_use]
    pub fn clock(&self) -> &Clock {
        &self.inner.options.clock
    }

    #[must_use]
    pub fn entropy(&self) -> &Entropy {
        &self.inner.options.entropy
    }

    /// Runs `serve` on every arbiter, once each; that is where listeners live.
    pub fn on_each_arbiter(&self, serve: impl Fn(usize) + Send + Sync + 'static) {
        let serve = Arc::new(serve);
        for index in 0..self.inner.arbiters.count() {
            let serve = Arc::clone(&serve);
            self.inner.arbiters.handle(index).spawn_fn(move || serve(index));
        }
    }

    /// The instant of a request, taken once: never before what was already written.
    ///
    /// # Errors
    /// `ClockSteppedBack` by more than five seconds; `Unavailable`.
    pub fn stamp(&self) -> Result<Timestamp, EngineError> {
        self.inner.ask(|opened| opened.core.stamp())?
    }

    /// Why the house is not ready; `None`: it is.
    #[must_use]
    pub fn not_ready(&self) -> Option<NotReady> {
        self.inner.not_ready()
    }

    /// Whether each of the threads that serve takes its turns.
    pub async fn arbiters_answer(&self, within: Duration) -> bool {
        tokio::time::timeout(within, self.inner.arbiters.answer()).await.is_ok()
    }

    /// The tenant whose token (current, or before within its grace) has this SHA-256.
    ///
    /// # Errors
    /// `Unavailable`: nothing can be said.
    pub fn tenant_by_token(
        &self,
        hash: &TokenHash,
        now: Timestamp,
    ) -> Result<Option<Arc<Tenant>>, EngineError> {
        let found = |core: &Core| core.unless_dismissed(core.tenants.by_token(hash, now));
        self.inner.ask(|opened| found(&opened.core))?
    }

    /// # Errors
    /// `Unavailable`: nothing can be said.
    pub fn tenant(&self, id: TenantId) -> Result<Option<Arc<Tenant>>, EngineError> {
        let core = self.core()?;
        core.unless_dismissed(core.tenants.tenant(id))
    }

    /// All tenants by id.
    ///
    /// # Errors
    /// `Unavailable`: nothing can be said.
    pub fn tenants(&self) -> Result<Vec<Arc<Tenant>>, EngineError> {
        Ok(self.core()?.tenants.all().into_iter().map(|entry| Arc::clone(&entry.tenant)).collect())
    }

    /// Performs a request that may change an account; the outcome is durable.
    ///
    /// # Errors
    /// The refusal, or why there is no answer; nothing was changed, or nothing may be said about it.
    pub async fn perform(&self, order: Order) -> Result<Done, EngineError> {
        let core = self.core()?;
        core.perform(order).await
    }

    /// An account as it is at `at`, resting on durable events only.
    ///
    /// # Errors
    /// `CustomerNotFound`; as [`Self::perform`].
    pub async fn look_up(
        &self,
        tenant: TenantId,
        at: Timestamp,
        who: Identifier,
        look_up: LookUp,
    ) -> Result<AccountView, EngineError> {
        let core = self.core()?;
        let known = core.tenant_entry(tenant)?;
        let country = known.tenant.settings.at(at).rules.default_country;
        let customer = core.resolve_unfollowed(tenant, &who, country).await?;
        let customer = customer.ok_or(Refusal::CustomerNotFound)?;
        let view = core.look(AccountKey { tenant, customer }, at, look_up, None).await?;
        view.ok_or_else(|| Refusal::CustomerNotFound.into())
    }

    /// The account a Bearer token belongs to; `None`: no such token.
    ///
    /// # Errors
    /// As [`Self::perform`].
    pub async fn bearer(
        &self,
        tenant: TenantId,
        at: Timestamp,
        token: TokenId,
        hash: TokenHash,
    ) -> Result<Option<AccountView>, EngineError> {
        let core = self.core()?;
        let key = token_key(tenant, token);
        let Some(customer) = core.customer_of(key, false).await? else { return Ok(None) };
        core.look(AccountKey { tenant, customer }, at, LookUp::default(), Some((token, hash))).await
    }

    /// Up to `limit` customers after `after`, by number.
    ///
    /// # Errors
    /// As [`Self::perform`].
    pub async fn customers(
        &self,
        tenant: TenantId,
        at: Timestamp,
        after: CustomerId,
        limit: usize,
    ) -> Result<Vec<AccountView>, EngineError> {
        let core = self.core()?;
        let entry = core.tenant_entry(tenant)?;
        let last = entry
            .counters
            .last_customer()
            .number()
            .min(after.number().saturating_add(LIST_SCAN_MAX));
        let mut found = Vec::new();
        let mut number = after.number();
        while number < last && found.len() < limit {
            number = number.saturating_add(1);
            let key = AccountKey { tenant, customer: CustomerId(number) };
            match core.look(key, at, LookUp::default(), None).await {
                // One that was merged shows whom it went to, and that one is in the list itself.
                Ok(view) => found.extend(view.filter(|view| view.id == key.customer)),
                Err(EngineError::Refused(Refusal::CustomerNotFound)) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(found)
    }

    /// Changes a tenant; the outcome is durable.
    ///
    /// # Errors
    /// As [`Self::perform`].
    pub async fn change_tenant(&self, order: TenantOrder) -> Result<TenantDone, EngineError> {
        let core = self.core()?;
        Box::pin(core.change_tenant(order)).await
    }

    /// How often the promotions of a tenant were used.
    ///
    /// # Errors
    /// As [`Self::perform`].
    pub fn promotion_uses(
        &self,
        tenant: TenantId,
    ) -> Result<BTreeMap<PromotionId, u64>, EngineError> {
        let entry = self.core()?.tenant_entry(tenant)?;
        let usage = entry.counters.permits.usage();
        Ok(usage.iter().map(|(promotion, used)| (promotion, used.uses)).collect())
    }

    /// Settles every account on which something is due by now. Returns how many there were.
    ///
    /// # Errors
    /// As [`Self::perform`].
    pub async fn sweep(&self) -> Result<u64, EngineError> {
        let opened = self.opened()?;
        sweeper::sweep(&opened).await
    }

    /// Lets campaigns get on, where it is time to tell customers. Returns how many accounts were asked.
    ///
    /// # Errors
    /// As [`Self::perform`].
    pub async fn advance_campaigns(&self) -> Result<u64, EngineError> {
        let opened = self.opened()?;
        campaigns::advance(&opened).await
    }

    /// Writes everything submitted by now into the tables.
    ///
    /// # Errors
    /// As [`Self::perform`].
    pub async fn checkpoint(&self) -> Result<(), EngineError> {
        let opened = self.opened()?;
        opened.checkpointer.checkpoint(Vec::new()).await
    }

    /// How many accounts are in memory.
    ///
    /// # Errors
    /// `Unavailable`: nothing can be said.
    pub fn residents(&self) -> Result<usize, EngineError> {
        Ok(self.core()?.accounts.len())
    }

    /// The house is about to close: calls that wait for something to happen end at once, and so does
    /// every later wait.
    pub fn end_waits(&self) {
        self.inner.leaving.send_replace(true);
    }

    /// Answers all that was taken, writes a last checkpoint and closes the data directory.
    ///
    /// # Errors
    /// `Unavailable` if the last checkpoint could not be written; the journal is whole all the same.
    pub async fn close(self) -> Result<(), EngineError> {
        self.end_waits();
        let state = self.inner.state.swap(Arc::new(State::Closed));
        let result = match &*state {
            State::Serving(opened) => {
                self.inner.drain(&opened.core).await;
                let written = opened.checkpointer.checkpoint(Vec::new()).await;
                let opened = Arc::clone(opened);
                blocking(move || opened.close()).await.and(written)
            }
            State::Down(_) | State::Closed => Ok(()),
        };
        let inner = Arc::clone(&self.inner);
        blocking(move || {
            inner.arbiters.stop();
            inner.let_go();
        })
        .await?;
        result
    }

    pub(super) fn inner(&self) -> &Arc<Inner> {
        &self.inner
    }

    pub(super) fn core(&self) -> Result<Arc<Core>, EngineError> {
        self.inner.ask(|opened| Arc::clone(&opened.core))
    }

    pub(super) fn data_dir(&self) -> &Path {
        &self.inner.options.data_dir
    }

    pub(super) fn registry(&self) -> &Arc<Registry> {
        &self.inner.registry
    }

    pub(super) fn leaving(&self) -> watch::Receiver<bool> {
        self.inner.leaving.subscribe()
    }

    pub(super) fn opened(&self) -> Result<Arc<Opened>, EngineError> {
        self.inner.opened()
    }
}
