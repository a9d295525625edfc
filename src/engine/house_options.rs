//! How a house is opened: where its ledger lies, and what it may take of the machine.

use crate::engine::clock::Clock;
use crate::engine::entropy::Entropy;
use crate::journal::{KEYS_AT_ONCE, LogFactory, MasterKey};
use std::path::PathBuf;

/// Where snapshots go unless told otherwise, in the data directory.
pub const SNAPSHOT_DIR: &str = "snapshots";

/// How a house is opened.
#[derive(Clone)]
pub struct HouseOptions {
    pub data_dir: PathBuf,
    pub clock: Clock,
    pub entropy: Entropy,
    /// Threads that serve accounts; 0: one less than there are cores, at least one.
    pub arbiters: usize,
    /// Requests under way at once; one more is told to try again.
    pub places_max: usize,
    /// How often all that changed is written into the tables, in seconds.
    pub checkpoint_seconds: u64,
    /// Accounts without a request for so long leave memory at the next checkpoint, in seconds.
    pub idle_seconds: u64,
    /// Accounts in memory at once; one more waits until another has left.
    pub resident_accounts_max: usize,
    /// Memory for the pages of the journal and of the tables, in bytes each (soft).
    pub cache_bytes: u64,
    /// Memory for the filter of seen ids, in bytes; ids beyond it are looked for on the disk.
    pub filter_bytes: u64,
    /// How long a closing house waits for requests under way, in seconds.
    pub shutdown_seconds: u64,
    /// The share of one thread's time that verifying beside the traffic takes, in percent.
    pub verify_share_percent: u8,
    /// Another log than the embedded one.
    pub log: Option<LogFactory>,
    /// Where snapshots go.
    pub snapshot_dir: PathBuf,
    /// Where the archive is; `None`: there is to be none.
    pub archive_dir: Option<PathBuf>,
    /// What wraps the keys of personal data, unless it lies in the data directory.
    pub master_key: Option<MasterKey>,
    /// How many keys of a chain's customers are made at once, before the first of them is used.
    pub keys_at_once: u64,
}

impl HouseOptions {
    /// The defaults, for a data directory.
    #[must_use]
    pub fn new(data_dir: PathBuf) -> Self {
        Self {
            snapshot_dir: data_dir.join(SNAPSHOT_DIR),
            data_dir,
            clock: Clock::wall(),
            entropy: Entropy::system(),
            arbiters: 0,
            places_max: 8_192,
            checkpoint_seconds: 30,
            idle_seconds: 600,
            resident_accounts_max: 200_000,
            cache_bytes: 64 << 20,
            filter_bytes: 256 << 20,
            shutdown_seconds: 30,
            verify_share_percent: 10,
            log: None,
            archive_dir: None,
            master_key: None,
            keys_at_once: KEYS_AT_ONCE,
        }
    }

    pub(super) fn arbiter_count(&self) -> usize {
        let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        if self.arbiters > 0 { self.arbiters } else { cores.saturating_sub(1).max(1) }
    }
}
