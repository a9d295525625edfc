//! Reads every key of a ledger once after it was opened, beside its traffic: one that is damaged is told before
//! somebody needs it.

use crate::engine::clock::Stopwatch;
use crate::engine::error::EngineError;
use crate::engine::verifier::Pace;
use crate::journal::{Vault, work_in_background};
use std::sync::mpsc::{Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;

/// The share of the time that it reads, in percent.
const SHARE_PERCENT: u8 = 10;

/// The thread that reads, while there is one.
pub(super) struct KeyWatch(Mutex<Option<Running>>);

struct Running {
    /// Dropped, it tells the thread to end.
    stop: Sender<()>,
    handle: JoinHandle<()>,
}

impl KeyWatch {
    pub(super) fn start(vault: &Arc<Vault>) -> Result<Self, EngineError> {
        let (stop, stopped) = channel();
        let vault = Arc::clone(vault);
        let handle = std::thread::Builder::new()
            .name("keys".into())
            .spawn(move || {
                work_in_background();
                let mut pace =
                    Pace { share_percent: SHARE_PERCENT, stopped, since: Stopwatch::start() };
                if let Err(error) = vault.look_through(&mut || pace.keep()) {
                    tracing::error!(%error, "not all keys of the vault can be read");
                }
            })
            .map_err(|error| {
                EngineError::Unavailable(format!("no thread for the keys: {error}"))
            })?;
        Ok(Self(Mutex::new(Some(Running { stop, handle }))))
    }

    /// Ends what is being read.
    pub(super) fn stop(&self) {
        let running = self.0.lock().unwrap_or_else(PoisonError::into_inner).take();
        let Some(Running { stop, handle }) = running else { return };
        drop(stop);
        if handle.join().is_err() {
            tracing::error!("the reading of the keys ended with a panic");
        }
    }
}
