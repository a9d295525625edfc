//! The seam below the journal: where the records of one partition are kept. Narrow and synchronous,
//! called from the journal thread; an adapter that needs a runtime brings its own.

use crate::journal::error::JournalError;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use thiserror::Error;

/// The records of one partition: numbered from 1 without a gap, never changed once written.
pub trait PartitionLog: Send {
    /// Takes the log over: appends the record that `opening` makes of the last one (`None`: the log is
    /// empty). From then on every earlier claim is refused.
    ///
    /// # Errors
    /// Whatever `opening` or the append refused.
    fn open(&mut self, opening: &mut Opening<'_>) -> Result<Claim, LogError>;

    /// Appends a record with the number `expected`, one above the last. Durable when it returns.
    /// Never "maybe": what may or may not have been written is an error, and is found out by the next
    /// [`PartitionLog::open`].
    ///
    /// # Errors
    /// `Fenced`: the claim is stale or the number is taken; all state must be thrown away.
    /// `Full`, `TooLarge`, `Unavailable`.
    fn append(&mut self, claim: &Claim, expected: u64, record: &[u8]) -> Result<u64, LogError>;

    /// Appends records one after the other, the first with the number `expected`. Durable, all of them,
    /// when it returns: for whoever writes a journal anew and has nobody waiting for a single record.
    ///
    /// # Errors
    /// As [`PartitionLog::append`]; some of them may be there then.
    fn append_all(
        &mut self,
        claim: &Claim,
        expected: u64,
        records: &[Vec<u8>],
    ) -> Result<(), LogError> {
        for (number, record) in (expected..).zip(records) {
            self.append(claim, number, record)?;
        }
        Ok(())
    }

    /// How many bytes the store's file has, to notice later that its end is lost; 0 where there is none.
    fn stored_bytes(&self) -> u64;

    /// A way to read the log from other threads.
    fn reader(&self) -> Arc<dyn LogReader>;
}

/// Makes the record that opens an epoch from the last record and its number.
pub type Opening<'a> = dyn FnMut(Option<(u64, &[u8])>) -> Result<Vec<u8>, LogError> + 'a;

/// Reads what was appended. Keeps the store open as long as it lives.
pub trait LogReader: Send + Sync {
    /// The records from `from` to `through`, in order and without gaps; possibly fewer of them, but at
    /// least one if `from` exists.
    ///
    /// # Errors
    /// `Damaged`, `Unavailable`.
    fn read(&self, from: u64, through: u64) -> Result<Vec<(u64, Vec<u8>)>, LogError>;

    /// The first and last number there is.
    ///
    /// # Errors
    /// `Damaged`, `Unavailable`.
    fn bounds(&self) -> Result<Option<(u64, u64)>, LogError>;
}

/// The right to append, until somebody else opens the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Claim {
    /// The number of the Open record, which is the last one at that time.
    pub epoch: u64,
}

/// Why a log does not do what it is asked for.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum LogError {
    #[error("another process has taken the log over")]
    Fenced,
    #[error("less than {free_min} bytes are free on the disk")]
    Full { free_min: u64 },
    #[error("the record has {bytes} bytes, the largest possible has {max}")]
    TooLarge { bytes: usize, max: usize },
    #[error("the store is damaged: {0}")]
    Damaged(String),
    #[error("{0}")]
    Unavailable(String),
}

/// Where and how a log is opened.
#[derive(Debug, Clone)]
pub struct LogPlace {
    /// The directory for the store's files; it exists.
    pub directory: PathBuf,
    /// Memory for its pages, in bytes (soft).
    pub cache_bytes: u64,
    /// Appends are refused while the file system has less than this free, in bytes.
    pub disk_free_min: u64,
}

/// Opens a log: the embedded store, or what a test puts in its place or around it.
pub type LogFactory =
    Arc<dyn Fn(&LogPlace) -> Result<Box<dyn PartitionLog>, JournalError> + Send + Sync>;

impl LogError {
    /// The same for an operator, with the place it happened.
    pub(in crate::journal) fn at(self, path: &Path) -> JournalError {
        let path = path.to_path_buf();
        match self {
            Self::Fenced => JournalError::Fenced(path),
            Self::Full { free_min } => JournalError::Full { path, free_min },
            Self::Damaged(place) => JournalError::Damaged { path, place },
            Self::TooLarge { .. } | Self::Unavailable(_) => {
                JournalError::Unavailable { path, reason: self.to_string() }
            }
        }
    }
}
