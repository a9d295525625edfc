//! Snapshots of a ledger that is served: one at a time, on a thread of its own that takes a bounded share of
//! the processor and of the disk while sales go on.

use crate::engine::clock::Stopwatch;
use crate::engine::error::EngineError;
use crate::engine::house::House;
use crate::engine::supervisor::blocking;
use crate::journal::{
    CreatedSnapshot, DISK_FREE_MIN, JournalReader, Pruned, Shelved, SnapshotError, SnapshotKind,
    SnapshotPlace, SnapshotProgress, SnapshotSource, create_snapshot, list_snapshots,
    prune_snapshots, snapshot_name, work_in_background,
};
use crate::values::{EventNumber, Timestamp};
use std::ops::ControlFlow;
use std::path::PathBuf;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;
use thiserror::Error;

/// The thread rests so many times as long as it worked.
const REST_FACTOR: u32 = 5;
/// Most bytes that it writes a second, averaged over a block.
const BYTES_PER_SECOND: u64 = 32 << 20;
/// A snapshot ends unfinished rather than leave less free than this: sales come first.
pub(super) const SNAPSHOT_DISK_FREE_MIN: u64 = DISK_FREE_MIN * 4;

/// Why no snapshot is begun.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum SnapshotRefusal {
    #[error("a snapshot is being made already")]
    UnderWay,
    #[error(transparent)]
    Engine(#[from] EngineError),
}

impl From<SnapshotError> for SnapshotRefusal {
    fn from(error: SnapshotError) -> Self {
        match error {
            SnapshotError::UnderWay(_) => Self::UnderWay,
            SnapshotError::Stopped | SnapshotError::Journal(_) => {
                Self::Engine(EngineError::Unavailable(error.to_string()))
            }
        }
    }
}

/// A snapshot that is being made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SnapshotUnderWay {
    /// What it is going to be called.
    pub name: String,
    pub begun_at: Timestamp,
    /// The last event of it.
    pub last_event: EventNumber,
    pub progress: SnapshotProgress,
}

/// What there is of snapshots.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SnapshotOverview {
    /// The oldest first.
    pub shelf: Vec<Shelved>,
    pub under_way: Option<SnapshotUnderWay>,
    /// Why the last one that was begun since the ledger was opened is not there; `None`: it is.
    pub last_failure: Option<String>,
}

/// The snapshots of one opening of a ledger.
pub(super) struct Snapshots {
    /// Gone when the ledger closes, so that the store is let go.
    journal: Mutex<Option<JournalReader>>,
    /// The record that opened the journal.
    opened: u64,
    directory: PathBuf,
    shared: Arc<Shared>,
    thread: Mutex<Option<JoinHandle<()>>>,
}

#[derive(Default)]
struct Shared {
    desk: Mutex<Desk>,
    /// Wakes a thread that rests.
    stop: Condvar,
}

#[derive(Default)]
struct Desk {
    under_way: Option<SnapshotUnderWay>,
    last_failure: Option<String>,
    stopped: bool,
}

impl Snapshots {
    pub(super) fn new(journal: JournalReader, opened: u64, directory: PathBuf) -> Self {
        Self {
            journal: Mutex::new(Some(journal)),
            opened,
            directory,
            shared: Arc::default(),
            thread: Mutex::new(None),
        }
    }

    /// Begins a snapshot of all that is durable; waits for the disk to find where that ends.
    fn begin(
        &self,
        durable: EventNumber,
        begun_at: Timestamp,
        kind: SnapshotKind,
    ) -> Result<SnapshotUnderWay, SnapshotRefusal> {
        let mut thread = locked(&self.thread);
        let closed = || EngineError::Unavailable("it is closed".into());
        let journal = locked(&self.journal).clone().ok_or_else(closed)?;
        let place = SnapshotPlace::claim(&self.directory, SNAPSHOT_DISK_FREE_MIN)?;
        let through = journal.cut_at(durable, self.opened).map_err(EngineError::from)?;
        let under_way = SnapshotUnderWay {
            name: snapshot_name(begun_at, durable),
            begun_at,
            last_event: durable,
            progress: SnapshotProgress { records_total: through, ..SnapshotProgress::default() },
        };
        // The key of the house lies in the vault.
        let source =
            SnapshotSource { journal, through, house_key: None, created_at: begun_at, kind };
        self.shared.desk().under_way = Some(under_way.clone());
        let shared = Arc::clone(&self.shared);
        let spawned = std::thread::Builder::new().name("snapshot".into()).spawn(move || {
            work_in_background();
            shared.work(&source, place);
        });
        match spawned {
            Ok(handle) => {
                *thread = Some(handle);
                Ok(under_way)
            }
            Err(error) => {
                self.shared.desk().under_way = None;
                let reason = format!("no thread for a snapshot: {error}");
                Err(EngineError::Unavailable(reason).into())
            }
        }
    }

    /// Breaks off what is under way, and lets the journal go.
    pub(super) fn close(&self) {
        drop(locked(&self.journal).take());
        self.shared.desk().stopped = true;
        self.shared.stop.notify_all();
        if let Some(thread) = locked(&self.thread).take() {
            // A panic was its own end; the store is let go all the same.
            let _ = thread.join();
        }
    }
}

impl Shared {
    fn desk(&self) -> MutexGuard<'_, Desk> {
        locked(&self.desk)
    }

    fn work(&self, source: &SnapshotSource, place: SnapshotPlace) {
        let mut pace = Pace::begin();
        let outcome = create_snapshot(source, &place, &mut |progress| {
            if let Some(under_way) = &mut self.desk().under_way {
                under_way.progress = *progress;
            }
            self.rest(pace.rest_after(progress.bytes));
            pace.rested();
            if self.desk().stopped { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        });
        tell(&outcome);
        // Whoever sees that nothing is under way may begin the next one.
        drop(place);
        let mut desk = self.desk();
        desk.last_failure = outcome.err().map(|error| error.to_string());
        desk.under_way = None;
    }

    /// Sleeps, unless the ledger closes.
    fn rest(&self, time: Duration) {
        let waited = self.stop.wait_timeout_while(self.desk(), time, |desk| !desk.stopped);
        drop(waited.unwrap_or_else(PoisonError::into_inner));
    }
}

/// How much work is followed by how much rest.
pub(super) struct Pace {
    worked: Stopwatch,
    /// Written by the last rest.
    bytes: u64,
}

impl Pace {
    pub(super) fn begin() -> Self {
        Self { worked: Stopwatch::start(), bytes: 0 }
    }

    /// Work begins again.
    pub(super) fn rested(&mut self) {
        self.worked = Stopwatch::start();
    }

    /// How long to rest now, with so many bytes written in all.
    pub(super) fn rest_after(&mut self, bytes: u64) -> Duration {
        let written = bytes.saturating_sub(self.bytes);
        self.bytes = bytes;
        rest_of(self.worked.elapsed(), written)
    }
}

/// How long is rested after so much work that wrote so many bytes.
fn rest_of(worked: Duration, written: u64) -> Duration {
    let micros = written.saturating_mul(1_000_000).div_euclid(BYTES_PER_SECOND);
    worked.saturating_mul(REST_FACTOR).max(Duration::from_micros(micros).saturating_sub(worked))
}

fn tell(outcome: &Result<CreatedSnapshot, SnapshotError>) {
    match outcome {
        Ok(made) => {
            let event = made.manifest.last_event();
            tracing::info!(path = %made.path.display(), %event, "a snapshot is whole");
        }
        Err(error) => tracing::error!(%error, "there is no snapshot"),
    }
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl House {
    /// Begins a snapshot of all that is durable by now.
    ///
    /// # Errors
    /// `UnderWay` if one is being made; as [`Self::perform`].
    pub async fn begin_snapshot(
        &self,
        at: Timestamp,
        kind: SnapshotKind,
    ) -> Result<SnapshotUnderWay, SnapshotRefusal> {
        let opened = self.opened()?;
        let begun = blocking(move || {
            let durable = opened.core.journal.durable();
            opened.snapshots.begin(durable, at, kind)
        });
        begun.await?
    }

    /// The snapshots there are, and the one that is being made.
    ///
    /// # Errors
    /// `Unavailable` if their directory cannot be read.
    pub async fn snapshots(&self) -> Result<SnapshotOverview, EngineError> {
        let opened = self.opened()?;
        blocking(move || {
            let shelf = list_snapshots(&opened.snapshots.directory)?;
            let desk = opened.snapshots.shared.desk();
            let last_failure = desk.last_failure.clone();
            Ok(SnapshotOverview { shelf, under_way: desk.under_way.clone(), last_failure })
        })
        .await?
    }

    /// Removes all snapshots but the newest `keep`, at least one, and what crashes left of others.
    ///
    /// # Errors
    /// `Unavailable` if one cannot be removed.
    pub async fn prune_snapshots(&self, keep: usize) -> Result<Pruned, EngineError> {
        let opened = self.opened()?;
        blocking(move || Ok(prune_snapshots(&opened.snapshots.directory, keep)?)).await?
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_snapshot_rests_longer_than_it_works_and_writes_no_faster_than_its_share() {
        let check = |worked: u64, written: u64, expected: u64| {
            let rest = rest_of(Duration::from_millis(worked), written);
            assert_eq!(rest, Duration::from_millis(expected), "{worked} ms, {written} bytes");
        };
        check(10, 0, 50);
        check(10, 1 << 20, 50);
        check(1, 32 << 20, 999);
        check(0, 16 << 20, 500);
    }
}
