//! Keeps the archive of a ledger: a thread of its own appends the records of the journal to it as they become
//! durable. It reads them back from the journal, so no sale waits for it; what fails is tried again.

use crate::engine::clock::Stopwatch;
use crate::engine::core::Core;
use crate::engine::coverage::Coverage;
use crate::engine::error::EngineError;
use crate::engine::house::House;
use crate::engine::house_options::HouseOptions;
use crate::engine::snapshots::{Pace, SNAPSHOT_DISK_FREE_MIN};
use crate::journal::{
    ArchivePlace, ArchiveWriter, JournalError, JournalReader, JournalTrouble, Tail,
};
use crate::values::{EventNumber, Timestamp};
use std::ops::ControlFlow;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

/// How often what is new is added and made durable: the distance to the copy, but for the disk's own time.
const SYNC_EVERY: Duration = Duration::from_millis(500);
/// Waits between attempts after a failure: the first, and the longest.
const RETRY_FIRST: Duration = Duration::from_secs(1);
const RETRY_LONGEST: Duration = Duration::from_secs(60);
/// How long a closing ledger waits for what its archive lacks; the next opening adds the rest.
const LAST_PASS_MAX: Duration = Duration::from_secs(5);
/// How long it waits for a disk that does not answer.
const CLOSE_MAX: Duration = Duration::from_secs(10);

/// Why an archive does not follow.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ArchiveCause {
    /// Less is free on its disk than must be.
    DiskFull,
    /// It cannot be read or written.
    DiskFailing,
    /// It is of another journal, is gone, or somebody else writes it.
    Refused,
    /// Something in it is not as it was written.
    Damaged,
}

/// What went wrong with an archive, and since when nothing has gone right.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ArchiveTrouble {
    pub cause: ArchiveCause,
    /// A sentence without its full stop.
    pub reason: String,
    pub since: Timestamp,
}

/// How an archive stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ArchiveStanding {
    pub directory: PathBuf,
    /// The last record in it that is durable there; 0: none is known yet.
    pub last_record: u64,
    pub last_event: EventNumber,
    /// What it lacks of what is durable in the journal, and for how long it has lacked something.
    pub lag_events: u64,
    pub lag_seconds: u64,
    /// `None`: it follows.
    pub trouble: Option<ArchiveTrouble>,
}

/// The archive of one opening of a ledger.
pub(super) struct Archiver {
    shared: Arc<Shared>,
    core: Arc<Core>,
    thread: Mutex<Option<JoinHandle<()>>>,
}

/// What the thread and those who ask share.
struct Shared {
    directory: PathBuf,
    last_record: AtomicU64,
    coverage: Coverage,
    desk: Mutex<Desk>,
    /// Wakes a thread that rests, and whoever waits for its end.
    turned: Condvar,
}

#[derive(Default)]
struct Desk {
    trouble: Option<ArchiveTrouble>,
    stopped: bool,
    /// The thread is about to be gone.
    ended: bool,
}

/// Says so however the thread ends.
struct Ending(Arc<Shared>);

/// The thread's own.
struct Work {
    shared: Arc<Shared>,
    core: Arc<Core>,
    /// Gone with the thread, so that the store is let go.
    journal: JournalReader,
    place: ArchivePlace,
    /// How long to wait after the next failure.
    retry: Duration,
}

impl ArchiveCause {
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::DiskFull => "disk_full",
            Self::DiskFailing => "disk_failing",
            Self::Refused => "refused",
            Self::Damaged => "damaged",
        }
    }

    fn of(error: &JournalError) -> Self {
        match error.trouble() {
            JournalTrouble::Full => Self::DiskFull,
            JournalTrouble::Failing => Self::DiskFailing,
            JournalTrouble::Damaged => Self::Damaged,
            JournalTrouble::Refused => Self::Refused,
        }
    }
}

impl Archiver {
    /// Begins to follow the journal; `None`: no archive is wanted.
    pub(super) fn start(
        options: &HouseOptions,
        core: &Arc<Core>,
        journal: JournalReader,
    ) -> Result<Option<Self>, EngineError> {
        let Some(directory) = options.archive_dir.clone() else { return Ok(None) };
        let shared = Arc::new(Shared {
            directory: directory.clone(),
            last_record: AtomicU64::new(0),
            coverage: Coverage::new(EventNumber(0), core.clock.now()),
            desk: Mutex::default(),
            turned: Condvar::new(),
        });
        let place = ArchivePlace {
            directory,
            data_dir: options.data_dir.clone(),
            disk_free_min: SNAPSHOT_DISK_FREE_MIN,
        };
        let work = Work {
            shared: Arc::clone(&shared),
            core: Arc::clone(core),
            journal,
            place,
            retry: RETRY_FIRST,
        };
        let thread = std::thread::Builder::new()
            .name("archive".into())
            .spawn(move || {
                let _ending = Ending(Arc::clone(&work.shared));
                work.run();
            })
            .map_err(|error| {
                EngineError::Unavailable(format!("no thread for the archive: {error}"))
            })?;
        Ok(Some(Self { shared, core: Arc::clone(core), thread: Mutex::new(Some(thread)) }))
    }

    pub(super) fn standing(&self) -> ArchiveStanding {
        let Shared { directory, last_record, coverage, .. } = &*self.shared;
        let (lag_events, millis) = coverage.lag(self.core.journal.durable(), self.core.clock.now());
        ArchiveStanding {
            directory: directory.clone(),
            last_record: last_record.load(Ordering::Acquire),
            last_event: coverage.through(),
            lag_events,
            lag_seconds: u64::try_from(millis.div_euclid(1_000)).unwrap_or(0),
            trouble: self.shared.desk().trouble.clone(),
        }
    }

    /// Adds what is durable by now, within bounds, and lets the journal go. The journal is closed: nothing
    /// more becomes durable.
    pub(super) fn close(&self) {
        self.shared.desk().stopped = true;
        self.shared.turned.notify_all();
        let thread = self.thread.lock().unwrap_or_else(PoisonError::into_inner).take();
        let Some(thread) = thread else { return };
        if !self.shared.wait(CLOSE_MAX, |desk| desk.ended) {
            let path = self.shared.directory.display();
            tracing::error!(%path, "the disk of the archive does not answer; not waiting for it");
        } else if thread.join().is_err() {
            tracing::error!("the archive ended with a panic");
        }
    }
}

impl Shared {
    fn desk(&self) -> MutexGuard<'_, Desk> {
        self.desk.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Sleeps, unless the ledger closes.
    fn rest(&self, time: Duration) {
        self.wait(time, |desk| desk.stopped);
    }

    /// Waits for something; false: it did not come to be in time.
    fn wait(&self, time: Duration, reached: impl Fn(&Desk) -> bool) -> bool {
        let waited = self.turned.wait_timeout_while(self.desk(), time, |desk| !reached(desk));
        let (desk, _) = waited.unwrap_or_else(PoisonError::into_inner);
        reached(&desk)
    }
}

impl Drop for Ending {
    fn drop(&mut self) {
        self.0.desk().ended = true;
        self.0.turned.notify_all();
    }
}

impl Work {
    fn run(mut self) {
        while let Err(error) = self.follow() {
            self.note_failure(&error);
            if self.shared.desk().stopped {
                return;
            }
            self.shared.rest(self.retry);
            self.retry = self.retry.saturating_mul(2).min(RETRY_LONGEST);
        }
    }

    /// Adds what becomes durable until the ledger closes.
    fn follow(&mut self) -> Result<(), JournalError> {
        let durable = self.core.journal.durable_record();
        let mut writer = ArchiveWriter::open(self.place.clone(), &self.journal, durable)?;
        self.note(writer.tail(), None);
        loop {
            // Asked first: all that was durable when the ledger closed is added.
            let stopped = self.shared.desk().stopped;
            if stopped && self.core.journal.failed().is_some() {
                return Ok(()); // the next opening must not wait
            }
            let (at, durable) = (self.core.clock.now(), self.core.journal.durable_record());
            self.keep_what_comes_first(&mut writer)?;
            self.add(&mut writer, durable)?;
            writer.sync()?;
            self.note(writer.tail(), Some(at).filter(|_| writer.tail().record >= durable));
            self.note_success();
            if stopped {
                return Ok(());
            }
            self.shared.rest(SYNC_EVERY);
        }
    }

    /// What else must be durable in the archive before the records that are added next: whatever is needed
    /// to read them, and to serve a ledger that is restored of them.
    fn keep_what_comes_first(&self, writer: &mut ArchiveWriter) -> Result<(), JournalError> {
        let vault = self.journal.sealing().vault();
        vault.map_or(Ok(()), |vault| writer.follow_vault(vault, &self.journal))
    }

    /// Adds records through a durable one, in turn working and resting; the copy is durable now and then.
    fn add(&self, writer: &mut ArchiveWriter, durable: u64) -> Result<(), JournalError> {
        let (begun, mut synced) = (Stopwatch::start(), Stopwatch::start());
        let (mut pace, mut bytes) = (Pace::begin(), 0_u64);
        writer.append(&self.journal, durable, &mut |writer, written| {
            bytes = bytes.saturating_add(written);
            if synced.elapsed() >= SYNC_EVERY {
                writer.sync()?;
                self.note(writer.tail(), None);
                synced = Stopwatch::start();
            }
            if self.shared.desk().stopped {
                let late = begun.elapsed() >= LAST_PASS_MAX;
                return Ok(if late { ControlFlow::Break(()) } else { ControlFlow::Continue(()) });
            }
            self.shared.rest(pace.rest_after(bytes));
            pace.rested();
            Ok(ControlFlow::Continue(()))
        })
    }

    /// The archive ends here; `whole_at`: an instant at which it lacked nothing.
    fn note(&self, tail: &Tail, whole_at: Option<Timestamp>) {
        self.shared.last_record.store(tail.record, Ordering::Release);
        if tail.record > 0 {
            self.shared.coverage.reaches(tail.last_event, whole_at.unwrap_or(tail.last_time));
        }
    }

    fn note_success(&mut self) {
        self.retry = RETRY_FIRST;
        if self.shared.desk().trouble.take().is_some() {
            let path = self.shared.directory.display();
            tracing::info!(%path, "the archive follows again");
        }
    }

    fn note_failure(&self, error: &JournalError) {
        let (cause, reason) = (ArchiveCause::of(error), error.to_string());
        let mut desk = self.shared.desk();
        let before = desk.trouble.as_ref();
        if before.is_none_or(|before| before.reason != reason) {
            tracing::error!(%error, "the archive does not follow; sales go on");
        }
        let since = before.map_or_else(|| self.core.clock.now(), |before| before.since);
        desk.trouble = Some(ArchiveTrouble { cause, reason, since });
    }
}

impl House {
    /// How the archive stands; `None`: there is to be none.
    ///
    /// # Errors
    /// As [`Self::perform`].
    pub fn archive(&self) -> Result<Option<ArchiveStanding>, EngineError> {
        Ok(self.opened()?.archiver.as_ref().map(Archiver::standing))
    }
}
