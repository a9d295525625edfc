//! Keeps a ledger open: throws it away whole after a failed write and opens it again, sweeps due dates.

use crate::engine::arbiters::Arbiters;
use crate::engine::core::Core;
use crate::engine::error::EngineError;
use crate::engine::house_options::HouseOptions;
use crate::engine::not_ready::{Cause, NotReady};
use crate::engine::opening::{Opened, open};
use crate::engine::operators::Registry;
use crate::engine::pulse::Pulse;
use crate::engine::{campaigns, sweeper};
use crate::journal::DataDir;
use arc_swap::ArcSwap;
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Duration;
use tokio::sync::watch;

/// How often the due dates are looked through.
const SWEEP_EVERY: Duration = Duration::from_secs(60);
/// Waits between attempts to open again: the first, and the longest.
const REOPEN_FIRST: Duration = Duration::from_millis(100);
const REOPEN_LONGEST: Duration = Duration::from_secs(5);
/// How often a closing house looks whether all requests are answered.
const DRAIN_POLL: Duration = Duration::from_millis(2);
/// A house behind its doors.
pub(super) struct Inner {
    pub(super) options: HouseOptions,
    /// Locked as long as the house stands, also between two openings; let go when it is closed.
    pub(super) data_dir: Mutex<Option<DataDir>>,
    pub(super) arbiters: Arc<Arbiters>,
    pub(super) state: ArcSwap<State>,
    /// Who may operate the house; it outlives every opening.
    pub(super) registry: Arc<Registry>,
    /// Whether the house is about to close: nobody waits for anything to happen any more.
    pub(super) leaving: watch::Sender<bool>,
    pub(super) pulse: Arc<Pulse>,
}

/// Whether the ledger is open.
pub(super) enum State {
    Serving(Arc<Opened>),
    /// Being opened, for the first time or again, and why.
    Down(NotReady),
    Closed,
}

impl Inner {
    pub(super) fn open(&self) -> Result<Arc<Opened>, NotReady> {
        let data_dir = self.data_dir.lock().unwrap_or_else(PoisonError::into_inner);
        let data_dir = data_dir.as_ref().ok_or_else(NotReady::closed)?;
        let opened = open(&self.options, data_dir, &self.arbiters, &self.pulse).map(Arc::new);
        opened.map_err(|why| self.as_seen_on_disk(why))
    }

    fn as_seen_on_disk(&self, why: NotReady) -> NotReady {
        self.pulse.look_at_disk();
        why.seen_on(self.pulse.disk().map(|disk| disk.space))
    }

    /// Why the house does not serve; `None`: it does.
    pub(super) fn not_ready(&self) -> Option<NotReady> {
        let state = self.state.load();
        let opened = match &**state {
            State::Serving(opened) => opened,
            State::Down(why) => return Some(why.clone().while_replaying(self.pulse.replayed())),
            State::Closed => return Some(NotReady::closed()),
        };
        let core = &opened.core;
        if let Some(error) = core.journal.failed() {
            return Some(NotReady::from(error).seen_on(self.pulse.disk().map(|disk| disk.space)));
        }
        if *self.leaving.borrow() {
            return Some(NotReady::draining());
        }
        if core.is_clock_too_far_behind() {
            return Some(NotReady::clock_behind(core.clock_behind_millis()));
        }
        self.pulse.overdue_millis(core.clock.now()).map(NotReady::disk_slow)
    }

    /// Lets the data directory go, for whoever opens it next.
    pub(super) fn let_go(&self) {
        drop(self.data_dir.lock().unwrap_or_else(PoisonError::into_inner).take());
    }

    pub(super) fn opened(&self) -> Result<Arc<Opened>, EngineError> {
        self.ask(Arc::clone)
    }

    /// What the ledger says that is served; a quick question holds nothing of it.
    pub(super) fn ask<T>(
        &self,
        question: impl FnOnce(&Arc<Opened>) -> T,
    ) -> Result<T, EngineError> {
        match &**self.state.load() {
            State::Serving(opened) => Ok(question(opened)),
            State::Down(why) => Err(why.clone().into()),
            State::Closed => Err(NotReady::closed().into()),
        }
    }

    /// Waits until every request under way is answered, within bounds.
    pub(super) async fn drain(&self, core: &Core) {
        let answered = async {
            while core.places.taken() > 0 {
                tokio::time::sleep(DRAIN_POLL).await;
            }
        };
        let most = Duration::from_secs(self.options.shutdown_seconds);
        if tokio::time::timeout(most, answered).await.is_err() {
            tracing::warn!("closing with requests still under way");
        }
    }

    /// Throws the failed opening away whole and opens again: the same path as a restart.
    async fn reopen(self: &Arc<Self>, failed: Arc<Opened>) {
        self.pulse.reopenings.inc();
        let tables = || NotReady::new(Cause::DiskFailing, "its tables could not be written");
        let why = failed.core.journal.failed().map_or_else(tables, NotReady::from);
        tracing::error!(reason = %why.reason, "the ledger failed; opening it again");
        self.replace(State::Down(why));
        if let Err(error) = blocking(move || failed.close()).await {
            tracing::error!(%error, "the failed ledger did not close");
        }
        let mut wait = REOPEN_FIRST;
        while !matches!(&**self.state.load(), State::Closed) {
            let inner = Arc::clone(self);
            match opened_by(inner).await {
                Ok(opened) => {
                    tracing::info!("the ledger is open again");
                    return self.replace(State::Serving(opened));
                }
                Err(why) => {
                    tracing::error!(reason = %why.reason, "the ledger does not open");
                    self.replace(State::Down(why));
                }
            }
            tokio::time::sleep(wait).await;
            wait = wait.saturating_mul(2).min(REOPEN_LONGEST);
        }
    }

    /// Changes the state, unless the house was closed meanwhile.
    pub(super) fn replace(&self, state: State) {
        let before = self.state.load_full();
        if !matches!(*before, State::Closed) {
            self.state.compare_and_swap(&before, Arc::new(state));
        }
    }
}

/// Opens the ledger on a thread of its own.
pub(super) async fn opened_by(inner: Arc<Inner>) -> Result<Arc<Opened>, NotReady> {
    blocking(move || inner.open()).await.map_err(NotReady::from).flatten()
}

/// Waits for failures and opens again, as long as the house stands.
pub(super) async fn supervise(house: Weak<Inner>) {
    loop {
        let Some(inner) = house.upgrade() else { return };
        let Ok(opened) = inner.opened() else { return };
        drop(inner);
        let failure = Arc::clone(&opened.core.failure);
        failure.notified().await;
        let Some(inner) = house.upgrade() else { return };
        inner.reopen(opened).await;
    }
}

pub(super) async fn sweep_regularly(house: Weak<Inner>) {
    loop {
        tokio::time::sleep(SWEEP_EVERY).await;
        let Some(inner) = house.upgrade() else { return };
        let Ok(opened) = inner.opened() else { continue };
        if let Err(error) = sweeper::sweep(&opened).await {
            tracing::warn!(%error, "due dates were not swept");
        }
        if let Err(error) = campaigns::advance(&opened).await {
            tracing::warn!(%error, "a campaign waits");
        }
    }
}

/// Runs something that waits for the disk on a thread of its own.
pub(super) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, EngineError> {
    tokio::task::spawn_blocking(work).await.map_err(|error| EngineError::Broken(error.to_string()))
}
