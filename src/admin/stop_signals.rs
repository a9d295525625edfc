//! What asks a server to stop: SIGTERM, or Ctrl-C.

use crate::admin::exit::Failure;
#[cfg(unix)]
use tokio::signal::unix::{Signal, SignalKind, signal};

/// Listens from the moment it is made, so that whoever is told that a server serves can stop it in order.
pub(super) struct StopSignals {
    #[cfg(unix)]
    terminate: Signal,
    #[cfg(unix)]
    interrupt: Signal,
}

fn deaf(error: &std::io::Error) -> Failure {
    Failure::Unreachable(format!("cannot listen to signals: {error}"))
}

impl StopSignals {
    #[cfg(unix)]
    pub(super) fn listen() -> Result<Self, Failure> {
        let to = |kind| signal(kind).map_err(|error| deaf(&error));
        Ok(Self {
            terminate: to(SignalKind::terminate())?,
            interrupt: to(SignalKind::interrupt())?,
        })
    }

    #[cfg(not(unix))]
    pub(super) fn listen() -> Result<Self, Failure> {
        Ok(Self {})
    }

    /// Resolves when the first one comes.
    #[cfg(unix)]
    pub(super) async fn come(mut self) -> Result<(), Failure> {
        tokio::select! {
            _ = self.terminate.recv() => Ok(()),
            _ = self.interrupt.recv() => Ok(()),
        }
    }

    /// Resolves when Ctrl-C comes.
    #[cfg(not(unix))]
    pub(super) async fn come(self) -> Result<(), Failure> {
        tokio::signal::ctrl_c().await.map_err(|error| deaf(&error))
    }
}
