//! Keeps a ledger open: throws it away whole after a failed write and opens it again, sweeps due dates.

use crate::engine::arbiters::Arbiters;
use crate::engine::core::Core;
use crate::engine::error::EngineError;
use crate::engine::house::HouseOptions;
use crate::engine::opening::{Opened, open};
use crate::engine::operators::Registry;
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
}

/// Whether the ledger is open.
pub(super) enum State {
    Serving(Arc<Opened>),
    /// Being opened again, and why.
    Down(String),
    Closed,
}

impl Inner {
    pub(super) fn open(&self) -> Result<Arc<Opened>, EngineError> {
        let data_dir = self.data_dir.lock().unwrap_or_else(PoisonError::into_inner);
        let data_dir =
            data_dir.as_ref().ok_or_else(|| EngineError::Unavailable("it is closed".into()))?;
        open(&self.options, data_dir, &self.arbiters).map(Arc::new)
    }

    /// Lets the data directory go, for whoever opens it next.
    pub(super) fn let_go(&self) {
        drop(self.data_dir.lock().unwrap_or_else(PoisonError::into_inner).take());
    }

    pub(super) fn opened(&self) -> Result<Arc<Opened>, EngineError> {
        match &**self.state.load() {
            State::Serving(opened) => Ok(Arc::clone(opened)),
            State::Down(reason) => Err(EngineError::Unavailable(reason.clone())),
            State::Closed => Err(EngineError::Unavailable("it is closed".into())),
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
        let failure = failed.core.journal.failed();
        let reason = failure.map_or_else(
            || "its tables could not be written".to_owned(),
            |error| error.to_string(),
        );
        tracing::error!(%reason, "the ledger failed; opening it again");
        self.replace(State::Down(reason));
        if let Err(error) = blocking(move || failed.close()).await {
            tracing::error!(%error, "the failed ledger did not close");
        }
        let mut wait = REOPEN_FIRST;
        while !matches!(&**self.state.load(), State::Closed) {
            let inner = Arc::clone(self);
            match blocking(move || inner.open()).await.and_then(|opened| opened) {
                Ok(opened) => {
                    tracing::info!("the ledger is open again");
                    return self.replace(State::Serving(opened));
                }
                Err(error) => {
                    tracing::error!(%error, "the ledger does not open");
                    self.replace(State::Down(error.into_reason()));
                }
            }
            tokio::time::sleep(wait).await;
            wait = wait.saturating_mul(2).min(REOPEN_LONGEST);
        }
    }

    /// Changes the state, unless the house was closed meanwhile.
    fn replace(&self, state: State) {
        let before = self.state.load_full();
        if !matches!(*before, State::Closed) {
            self.state.compare_and_swap(&before, Arc::new(state));
        }
    }
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
