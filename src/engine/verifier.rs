//! Verifies the journal of a ledger that is open, beside its traffic: on a thread of its own that works a
//! bounded share of the time, through what was durable when it began.

use crate::engine::clock::Stopwatch;
use crate::engine::error::EngineError;
use crate::journal::{Covered, JournalReader, VerifyReport, verify_through, work_in_background};
use crate::values::EventNumber;
use std::ops::ControlFlow;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

/// How long it works before it pauses.
const STRETCH: Duration = Duration::from_millis(5);
/// The whole of its time, in percent.
const WHOLE: u8 = 100;

/// How far a verification reaches: what was durable when it began.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Extent {
    pub event: EventNumber,
    /// Holds that event, or comes later.
    pub record: u64,
}

/// How the verification of an open ledger stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verification {
    /// None was asked for since the ledger was opened.
    None,
    Running {
        extent: Extent,
        covered: Covered,
    },
    Done {
        extent: Extent,
        report: VerifyReport,
    },
    /// It broke off by a fault of its own.
    Broken {
        extent: Extent,
    },
}

/// The thread that verifies, while there is one.
pub(super) struct Verifier {
    share_percent: u8,
    state: Arc<Mutex<State>>,
}

struct State {
    standing: Verification,
    thread: Option<Running>,
    /// The ledger is closing: nothing more is begun.
    closed: bool,
}

struct Running {
    /// Dropped, it tells the thread to end.
    stop: Sender<()>,
    handle: JoinHandle<()>,
}

/// Works and pauses in turn.
pub(super) struct Pace {
    pub(super) share_percent: u8,
    /// Ends when its other side is dropped.
    pub(super) stopped: Receiver<()>,
    pub(super) since: Stopwatch,
}

impl Verifier {
    /// Works so many percent of its time, at least one.
    pub(super) fn new(share_percent: u8) -> Self {
        let state = State { standing: Verification::None, thread: None, closed: false };
        let share_percent = share_percent.clamp(1, WHOLE);
        Self { share_percent, state: Arc::new(Mutex::new(state)) }
    }

    pub(super) fn standing(&self) -> Verification {
        lock(&self.state).standing.clone()
    }

    /// Begins, unless one is running; how it stands then.
    pub(super) fn start(
        &self,
        journal: JournalReader,
        extent: Extent,
    ) -> Result<Verification, EngineError> {
        let mut state = lock(&self.state);
        if state.closed {
            return Err(EngineError::Unavailable("it is closing".into()));
        }
        if !matches!(state.standing, Verification::Running { .. }) {
            state.standing = Verification::Running { extent, covered: Covered::default() };
            let (stop, stopped) = channel();
            let shared = Arc::clone(&self.state);
            let share_percent = self.share_percent;
            let handle = std::thread::Builder::new()
                .name("verify".into())
                .spawn(move || {
                    work_in_background();
                    let pace = Pace { share_percent, stopped, since: Stopwatch::start() };
                    work(&shared, &journal, extent, pace);
                })
                .map_err(|error| {
                    state.standing = Verification::None;
                    EngineError::Unavailable(error.to_string())
                })?;
            state.thread = Some(Running { stop, handle });
        }
        Ok(state.standing.clone())
    }

    /// Ends what is running, and begins nothing more: the store is let go.
    pub(super) fn stop(&self) {
        let running = {
            let mut state = lock(&self.state);
            state.closed = true;
            state.thread.take()
        };
        let Some(Running { stop, handle }) = running else { return };
        drop(stop);
        if handle.join().is_err() {
            tracing::error!("a verification ended with a panic");
        }
    }
}

impl Pace {
    /// Pauses when it is time to; says whether to go on.
    pub(super) fn keep(&mut self) -> ControlFlow<()> {
        let worked = self.since.elapsed();
        if worked < STRETCH {
            return ControlFlow::Continue(());
        }
        let told = self.stopped.recv_timeout(pause_after(worked, self.share_percent));
        self.since = Stopwatch::start();
        match told {
            Err(RecvTimeoutError::Timeout) => ControlFlow::Continue(()),
            Ok(()) | Err(RecvTimeoutError::Disconnected) => ControlFlow::Break(()),
        }
    }
}

/// How long to pause after working so long, so that the work is its share of both.
fn pause_after(worked: Duration, share_percent: u8) -> Duration {
    let rest = u32::from(WHOLE.saturating_sub(share_percent));
    let pause = worked.saturating_mul(rest).checked_div(u32::from(share_percent));
    pause.unwrap_or_default()
}

fn work(shared: &Mutex<State>, journal: &JournalReader, extent: Extent, mut pace: Pace) {
    let end = Broken { shared, extent };
    tracing::info!(event = %extent.event, "a verification begins");
    let report = verify_through(journal, extent.record, &mut |covered| {
        lock(shared).standing = Verification::Running { extent, covered: *covered };
        pace.keep()
    });
    let standing = match report {
        Some(report) => {
            match &report.difference {
                None => tracing::info!(event = %extent.event, "verified"),
                Some(difference) => tracing::error!(%difference, "the journal differs"),
            }
            Verification::Done { extent, report }
        }
        None => Verification::Broken { extent },
    };
    end.with(standing);
}

/// Says that a verification broke off, unless it is told how it ended.
struct Broken<'a> {
    shared: &'a Mutex<State>,
    extent: Extent,
}

impl Broken<'_> {
    fn with(self, standing: Verification) {
        lock(self.shared).standing = standing;
        std::mem::forget(self);
    }
}

impl Drop for Broken<'_> {
    fn drop(&mut self) {
        lock(self.shared).standing = Verification::Broken { extent: self.extent };
    }
}

/// A poisoned lock is taken all the same: what it guards is replaced whole.
fn lock(state: &Mutex<State>) -> MutexGuard<'_, State> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pause_makes_the_work_its_share() {
        let check = |worked: u64, share: u8, pause: u64| {
            let found = pause_after(Duration::from_millis(worked), share);
            assert_eq!(found, Duration::from_millis(pause), "{worked} ms at {share} %");
        };
        check(5, 10, 45);
        check(5, 50, 5);
        check(7, 100, 0);
        check(1, 1, 99);
    }

    #[test]
    fn a_stopped_one_goes_no_further_than_its_stretch() {
        let (stop, stopped) = channel();
        let mut pace = Pace { share_percent: 100, stopped, since: Stopwatch::start() };
        while pace.since.elapsed() < STRETCH {
            assert!(pace.keep().is_continue() || pace.since.elapsed() < STRETCH);
        }
        drop(stop);
        while pace.since.elapsed() < STRETCH {}
        assert!(pace.keep().is_break());
    }

    #[test]
    fn a_closed_one_begins_nothing() {
        let verifier = Verifier::new(0);
        assert_eq!((verifier.share_percent, verifier.standing()), (1, Verification::None));
        verifier.stop();
        assert!(lock(&verifier.state).closed);
    }
}
