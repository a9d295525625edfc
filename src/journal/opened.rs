//! A journal taken over: its log opened, held against the high-water mark, and claimed by an Open record.
//! Recovery reads it in this state; the writer starts from it.

use crate::journal::data_dir::DataDir;
use crate::journal::error::JournalError;
use crate::journal::high_water::{HighWater, Mark, MarkWriter};
use crate::journal::log::{Claim, LogError, LogFactory, LogPlace, PartitionLog};
use crate::journal::reader::JournalReader;
use crate::journal::record::{Framed, Tail};
use crate::journal::sled_files::refuse_lost_end;
use crate::journal::sled_log::open_sled_log;
use crate::journal::vault::Sealing;
use crate::values::Timestamp;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Appends are refused while the file system has less than this free: enough for the store to close, for
/// the tables' last checkpoint and for the logs.
pub const DISK_FREE_MIN: u64 = 64 << 20;

/// Is told on the journal thread how many operations a group had that has become durable.
pub type GroupWatch = Arc<dyn Fn(usize) + Send + Sync>;

/// How a journal is opened.
#[derive(Clone)]
pub struct JournalOptions {
    /// Memory for the store's pages, in bytes (soft).
    pub cache_bytes: u64,
    /// The instant of the opening.
    pub now: Timestamp,
    /// See [`DISK_FREE_MIN`].
    pub disk_free_min: u64,
    /// Opens the log in place of the embedded one.
    pub log: Option<LogFactory>,
    /// How what is personal or secret is treated.
    pub sealing: Sealing,
}

/// A journal that is ours and not yet written to.
pub struct OpenedLog {
    pub(super) log: Box<dyn PartitionLog>,
    pub(super) claim: Claim,
    pub(super) tail: Tail,
    pub(super) reader: JournalReader,
    pub(super) high_water: Arc<HighWater>,
    pub(super) marks: MarkWriter,
    pub(super) group_watch: GroupWatch,
}

/// A log that holds at least what its mark says.
struct Checked {
    log: Box<dyn PartitionLog>,
    reader: JournalReader,
    high_water: HighWater,
    marks: MarkWriter,
    tail: Tail,
}

impl JournalOptions {
    /// The embedded log with the usual reserve of disk space.
    #[must_use]
    pub fn new(cache_bytes: u64, now: Timestamp) -> Self {
        let (disk_free_min, log, sealing) = (DISK_FREE_MIN, None, Sealing::Plain);
        Self { cache_bytes, now, disk_free_min, log, sealing }
    }

    /// The same, with what is personal or secret treated in this way.
    #[must_use]
    pub fn under(self, sealing: Sealing) -> Self {
        Self { sealing, ..self }
    }

    /// Opens the log in a directory.
    pub(super) fn open_log(
        &self,
        directory: PathBuf,
    ) -> Result<Box<dyn PartitionLog>, JournalError> {
        let (cache_bytes, disk_free_min) = (self.cache_bytes, self.disk_free_min);
        let place = LogPlace { directory, cache_bytes, disk_free_min };
        match &self.log {
            Some(factory) => factory(&place),
            None => open_sled_log(&place),
        }
    }
}

impl OpenedLog {
    /// Opens the journal and appends an Open record, so that nobody who had it before can write.
    ///
    /// # Errors
    /// `LostTail`, `Damaged`, `Full`, `Io`, `Unavailable`.
    pub fn open(data_dir: &DataDir, options: &JournalOptions) -> Result<Self, JournalError> {
        let Checked { mut log, reader, high_water, mut marks, tail } =
            open_checked(data_dir, options)?;
        let mut opened = None;
        let mut opening = |found: Option<(u64, &[u8])>| {
            let found = found.map_or(0, |(number, _)| number);
            if found != tail.record {
                return Err(LogError::Fenced);
            }
            let framed = Framed::opening(&tail, options.now);
            opened = Some(framed.tail);
            Ok(framed.bytes)
        };
        let claim = log.open(&mut opening).map_err(|error| error.at(data_dir.path()))?;
        let tail = opened
            .filter(|tail| tail.record == claim.epoch)
            .ok_or_else(|| LogError::Fenced.at(data_dir.path()))?;
        marks.write(&high_water, &Mark::of(&tail, log.stored_bytes()))?;
        high_water.sync()?;
        tracing::info!(epoch = claim.epoch, last_event = %tail.last_event, "journal opened");
        let group_watch: GroupWatch = Arc::new(|_| ());
        let high_water = Arc::new(high_water);
        Ok(Self { log, claim, tail, reader, high_water, marks, group_watch })
    }

    /// The same, with somebody who is told of every group.
    #[must_use]
    pub fn watched_by(self, group_watch: GroupWatch) -> Self {
        Self { group_watch, ..self }
    }

    /// Where the journal ends: at its Open record.
    #[must_use]
    pub fn tail(&self) -> Tail {
        self.tail
    }

    #[must_use]
    pub fn reader(&self) -> JournalReader {
        self.reader.clone()
    }
}

/// Opens the journal to be read, appending nothing.
///
/// # Errors
/// `LostTail`, `Damaged`, `Io`, `Unavailable`.
pub fn open_read_only(
    data_dir: &DataDir,
    options: &JournalOptions,
) -> Result<JournalReader, JournalError> {
    open_checked(data_dir, options).map(|checked| checked.reader)
}

fn open_checked(data_dir: &DataDir, options: &JournalOptions) -> Result<Checked, JournalError> {
    let (high_water, marks, mark) = HighWater::open(&data_dir.high_water_path())?;
    let directory = data_dir.journal_path();
    if mark.record > 0 {
        refuse_lost_end(data_dir.path(), &directory, &mark)?;
    }
    let log = options.open_log(directory)?;
    let reader = JournalReader::new(log.reader(), data_dir.path()).under(options.sealing.clone());
    let tail = check_against(&mark, &reader, data_dir.path())?;
    Ok(Checked { log, reader, high_water, marks, tail })
}

/// Holds the journal against its mark, and reads what is beyond it to the end; it may lag behind.
fn check_against(mark: &Mark, reader: &JournalReader, path: &Path) -> Result<Tail, JournalError> {
    let (first, last) = reader.bounds()?.unwrap_or((1, 0));
    if last < mark.record {
        return Err(JournalError::LostTail { path: path.to_path_buf(), record: mark.record });
    }
    if first != 1 {
        return Err(JournalError::damaged(path, "record 1: it is missing"));
    }
    let mut tail = Tail::nothing();
    if mark.record > 0 {
        tail = reader.tail_at(mark.record)?;
        if tail.hash != mark.hash {
            let place = format!("record {}: it is not the one that was written", mark.record);
            return Err(JournalError::damaged(path, place));
        }
    }
    for link in reader.links(mark.record.saturating_add(1)) {
        tail = link?;
    }
    Ok(tail)
}
