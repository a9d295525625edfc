//! What a house notes of itself for those who watch it; outlives every opening of its ledger. Noting is
//! cheap: an atomic, or a lock that hardly anybody else wants.

use crate::journal::{DataDir, DiskSpace, Replayed, bytes_below, disk_space};
use crate::values::Timestamp;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::histogram::{Histogram, exponential_buckets};
use prometheus_client::registry::Registry;
use std::path::PathBuf;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// How long a write may be under way before the house says that it cannot serve, in milliseconds.
const WRITE_MAX_MILLIS: i64 = 5_000;
/// What `append_began` holds while nothing is being written.
const NOTHING_UNDER_WAY: i64 = i64::MIN;

/// What the data directory takes of its disk, and what is left.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct DiskUse {
    pub(super) space: DiskSpace,
    pub(super) journal_bytes: u64,
    pub(super) tables_bytes: u64,
}

/// The pulse of a house.
#[derive(Debug)]
pub(super) struct Pulse {
    append_seconds: Histogram,
    group_operations: Histogram,
    checkpoint_seconds: Histogram,
    pub(super) admission_refusals: Counter,
    pub(super) reopenings: Counter,
    /// When the write began that is under way, in milliseconds.
    append_began: AtomicI64,
    replayed: Mutex<Option<Replayed>>,
    /// Where the journal and the tables are.
    journal: PathBuf,
    tables: PathBuf,
    disk: Mutex<Option<DiskUse>>,
}

impl Pulse {
    pub(super) fn new(data_dir: &DataDir) -> Self {
        Self {
            journal: data_dir.journal_path(),
            tables: data_dir.tables_path(),
            // 100 us to 6.5 s: from an NVMe disk to one about to fail.
            append_seconds: Histogram::new(exponential_buckets(0.0001, 2.0, 17)),
            // 1 to 256, which is the largest group.
            group_operations: Histogram::new(exponential_buckets(1.0, 2.0, 9)),
            // 1 ms to 131 s.
            checkpoint_seconds: Histogram::new(exponential_buckets(0.001, 2.0, 18)),
            admission_refusals: Counter::default(),
            reopenings: Counter::default(),
            append_began: AtomicI64::new(NOTHING_UNDER_WAY),
            replayed: Mutex::new(None),
            disk: Mutex::new(None),
        }
    }

    /// Shows what was noted under its names.
    pub(super) fn register(&self, registry: &mut Registry) {
        registry.register(
            "journal_append_seconds",
            "How long a group took to become durable: insert, flush and sync",
            self.append_seconds.clone(),
        );
        registry.register(
            "journal_group_operations",
            "Operations that shared one sync",
            self.group_operations.clone(),
        );
        registry.register(
            "checkpoint_seconds",
            "How long it took to write what had changed into the tables",
            self.checkpoint_seconds.clone(),
        );
        registry.register(
            "admission_refusals",
            "Requests that got no place, or no room in memory, and were told to try again",
            self.admission_refusals.clone(),
        );
        registry.register(
            "reopenings",
            "How often the ledger was thrown away after a failure and opened again",
            self.reopenings.clone(),
        );
    }

    pub(super) fn append_begins(&self, now: Timestamp) {
        self.append_began.store(now.millis(), Ordering::Release);
    }

    pub(super) fn append_ended(&self, took: Duration) {
        self.append_began.store(NOTHING_UNDER_WAY, Ordering::Release);
        self.append_seconds.observe(took.as_secs_f64());
    }

    /// How long a write has been under way that should have ended, in milliseconds.
    pub(super) fn overdue_millis(&self, now: Timestamp) -> Option<i64> {
        let began = self.append_began.load(Ordering::Acquire);
        let since = now.millis().saturating_sub(began);
        (began != NOTHING_UNDER_WAY && since >= WRITE_MAX_MILLIS).then_some(since)
    }

    pub(super) fn group_written(&self, operations: usize) {
        let operations = u32::try_from(operations).unwrap_or(u32::MAX);
        self.group_operations.observe(operations.into());
    }

    pub(super) fn checkpoint_written(&self, took: Duration) {
        self.checkpoint_seconds.observe(took.as_secs_f64());
    }

    /// How far an opening has got; `None`: there is nothing to replay, or no more.
    pub(super) fn note_replayed(&self, replayed: Option<Replayed>) {
        *self.replayed.lock().unwrap_or_else(PoisonError::into_inner) = replayed;
    }

    pub(super) fn replayed(&self) -> Option<Replayed> {
        *self.replayed.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Looks at the disk, which may take its time: for threads that nobody waits for.
    pub(super) fn look_at_disk(&self) {
        let space = disk_space(&self.journal).ok();
        let found = space.map(|space| DiskUse {
            space,
            journal_bytes: bytes_below(&self.journal),
            tables_bytes: bytes_below(&self.tables),
        });
        *self.disk.lock().unwrap_or_else(PoisonError::into_inner) = found;
    }

    /// As it was looked at last; `None`: it did not say.
    pub(super) fn disk(&self) -> Option<DiskUse> {
        *self.disk.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_write_that_does_not_end_is_noticed_and_forgotten_when_it_does() {
        let dir = tempfile::tempdir().unwrap();
        let pulse = Pulse::new(&DataDir::create_or_open(&dir.path().join("ledger")).unwrap());
        let at = |seconds| Timestamp::from_millis(1_800_000_000_000).plus_seconds(seconds);
        assert_eq!(pulse.overdue_millis(at(0)), None);
        pulse.append_begins(at(0));
        assert_eq!(pulse.overdue_millis(at(4)), None);
        assert_eq!(pulse.overdue_millis(at(5)), Some(5_000));
        pulse.append_ended(Duration::from_secs(5));
        assert_eq!(pulse.overdue_millis(at(60)), None);
        assert_eq!(pulse.disk(), None);
        pulse.look_at_disk();
        assert!(pulse.disk().unwrap().space.free_bytes > 0);
    }
}
