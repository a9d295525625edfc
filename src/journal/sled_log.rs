//! The embedded log: one sled tree in a directory of its own, made as durable as it claims to be.
//! sled's `flush` does not fsync, values that do not fit go to files that are never fsynced, and some
//! left-overs of a crash keep it from opening; all of that is dealt with here and nowhere else.

use crate::journal::data_dir::sync_dir;
use crate::journal::disk::disk_space;
use crate::journal::error::JournalError;
use crate::journal::log::{Claim, LogError, LogPlace, LogReader, Opening, PartitionLog};
use crate::journal::quiet::quietly;
use crate::journal::record::RECORD_BYTES_MAX;
use crate::journal::sled_files::{Lock, remove_broken_snapshots, wait_for_lock};
use std::fs::File;
use std::io::ErrorKind;
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::sync::Arc;

/// Values up to about a 64th of this stay inside the store's own file, and so does the largest record.
pub(super) const SEGMENT_BYTES: usize = 8 << 20;
const _: () = assert!(RECORD_BYTES_MAX < SEGMENT_BYTES >> 6);

/// Most records, and about the most bytes, of one read.
const READ_RECORDS_MAX: usize = 256;
const READ_BYTES_MAX: usize = 1 << 20;

pub(super) const STORE_FILE: &str = "db";
const CONFIG_FILE: &str = "conf";
const BLOBS_DIR: &str = "blobs";

struct SledLog {
    db: sled::Db,
    /// The store's file, opened a second time to be synced.
    file: File,
    place: LogPlace,
    /// When the directory of values that do not fit last changed; it must stay empty.
    blobs_changed_at: (i64, i64),
    last: u64,
    epoch: Option<u64>,
    /// After a failed write the store's state is unknown: nothing more is written.
    failed: bool,
}

struct SledReader {
    db: sled::Db,
}

/// Opens the embedded log.
///
/// # Errors
/// `Damaged`, `Io`, `Unavailable`.
pub fn open_sled_log(place: &LogPlace) -> Result<Box<dyn PartitionLog>, JournalError> {
    let directory = &place.directory;
    match wait_for_lock(&directory.join(STORE_FILE)) {
        Lock::HeldByAnother => {
            let reason = "its store is still held by the one before".to_owned();
            return Err(JournalError::Unavailable { path: directory.clone(), reason });
        }
        // Given back before the store takes it for itself.
        Lock::Ours(file) => drop(file),
        Lock::NoFile => {}
    }
    remove_broken_snapshots(directory)?;
    let config = sled::Config::new()
        .path(directory)
        .segment_size(SEGMENT_BYTES)
        .flush_every_ms(None)
        .cache_capacity(place.cache_bytes);
    let db = quietly(|| config.open())
        .map_err(|panic| JournalError::damaged(directory, panic))?
        .map_err(|error| log_error(&error, place.disk_free_min).at(directory))?;
    let file = sync_names(directory)?;
    let blobs = directory.join(BLOBS_DIR);
    refuse_blobs(&blobs).map_err(|error| error.at(directory))?;
    let blobs_changed_at = changed_at(&blobs).map_err(|error| error.at(directory))?;
    let reader = SledReader { db: db.clone() };
    let last = reader.bounds().map_err(|error| error.at(directory))?.map_or(0, |(_, last)| last);
    let place = place.clone();
    Ok(Box::new(SledLog { db, file, place, blobs_changed_at, last, epoch: None, failed: false }))
}

/// sled syncs neither its configuration nor the names of its files. Done at every opening, since the one
/// that made them may have been cut short. Returns the store's file.
fn sync_names(directory: &Path) -> Result<File, JournalError> {
    let open = |name: &str| {
        let path = directory.join(name);
        let file = File::open(&path).and_then(|file| file.sync_all().map(|()| file));
        file.map_err(|error| JournalError::io("sync", &path, &error))
    };
    open(CONFIG_FILE)?;
    let file = open(STORE_FILE)?;
    sync_dir(&directory.join(BLOBS_DIR))?;
    sync_dir(directory)?;
    Ok(file)
}

impl SledLog {
    fn write<R: AsRef<[u8]>>(&mut self, first: u64, records: &[R]) -> Result<(), LogError> {
        let free_min = self.place.disk_free_min;
        quietly(|| {
            for (number, record) in (first..).zip(records) {
                self.db.insert(number.to_be_bytes(), record.as_ref())?;
            }
            self.db.flush()
        })
        .map_err(LogError::Unavailable)?
        .map_err(|error| log_error(&error, free_min))?;
        self.file.sync_data().map_err(|error| {
            LogError::Unavailable(format!("the store's file cannot be synced: {error}"))
        })?;
        let blobs = self.place.directory.join(BLOBS_DIR);
        if changed_at(&blobs)? != self.blobs_changed_at {
            refuse_blobs(&blobs)?;
        }
        Ok(())
    }

    fn check_free_space(&self) -> Result<(), LogError> {
        let free_min = self.place.disk_free_min;
        let disk = disk_space(&self.place.directory)
            .map_err(|error| LogError::Unavailable(error.to_string()))?;
        if disk.free_bytes < free_min {
            return Err(LogError::Full { free_min });
        }
        Ok(())
    }

    /// Writes records, the first with the number `first`, and makes them durable together.
    fn put<R: AsRef<[u8]>>(&mut self, first: u64, records: &[R]) -> Result<(), LogError> {
        if self.failed {
            return Err(LogError::Unavailable("an earlier write failed".into()));
        }
        let bytes = records.iter().map(|record| record.as_ref().len()).max().unwrap_or(0);
        if bytes > RECORD_BYTES_MAX {
            return Err(LogError::TooLarge { bytes, max: RECORD_BYTES_MAX });
        }
        self.check_free_space()?;
        self.failed = true;
        self.write(first, records)?;
        self.failed = false;
        let count = u64::try_from(records.len()).unwrap_or(u64::MAX);
        self.last = first.saturating_add(count).saturating_sub(1);
        Ok(())
    }

    fn check_next(&self, claim: &Claim, expected: u64) -> Result<(), LogError> {
        if self.epoch != Some(claim.epoch) || expected != self.last.saturating_add(1) {
            return Err(LogError::Fenced);
        }
        Ok(())
    }
}

impl PartitionLog for SledLog {
    fn open(&mut self, opening: &mut Opening<'_>) -> Result<Claim, LogError> {
        let reader = SledReader { db: self.db.clone() };
        let tail = match self.last {
            0 => None,
            last => Some((last, reader.get(last)?)),
        };
        let record = opening(tail.as_ref().map(|(number, bytes)| (*number, &bytes[..])))?;
        let epoch = self.last.saturating_add(1);
        self.put(epoch, &[&record])?;
        self.epoch = Some(epoch);
        Ok(Claim { epoch })
    }

    fn append(&mut self, claim: &Claim, expected: u64, record: &[u8]) -> Result<u64, LogError> {
        self.check_next(claim, expected)?;
        self.put(expected, &[record])?;
        Ok(expected)
    }

    fn append_all(
        &mut self,
        claim: &Claim,
        expected: u64,
        records: &[Vec<u8>],
    ) -> Result<(), LogError> {
        self.check_next(claim, expected)?;
        self.put(expected, records)
    }

    fn stored_bytes(&self) -> u64 {
        self.file.metadata().map_or(0, |metadata| metadata.len())
    }

    fn reader(&self) -> Arc<dyn LogReader> {
        Arc::new(SledReader { db: self.db.clone() })
    }
}

impl SledReader {
    fn get(&self, number: u64) -> Result<Vec<u8>, LogError> {
        let missing = || LogError::Damaged(format!("record {number} is missing"));
        let found = self.read(number, number)?;
        found.into_iter().next().map(|(_, record)| record).ok_or_else(missing)
    }
}

impl LogReader for SledReader {
    fn read(&self, from: u64, through: u64) -> Result<Vec<(u64, Vec<u8>)>, LogError> {
        let mut records: Vec<(u64, Vec<u8>)> = Vec::new();
        if from > through {
            return Ok(records);
        }
        let mut bytes = 0_usize;
        let outcome = read_quietly(|| {
            for entry in self.db.range(from.to_be_bytes()..=through.to_be_bytes()) {
                let (key, record) = entry?;
                bytes = bytes.saturating_add(record.len());
                records.push((number_of(&key), record.to_vec()));
                if bytes >= READ_BYTES_MAX || records.len() >= READ_RECORDS_MAX {
                    break;
                }
            }
            Ok(())
        });
        if records.is_empty() {
            // What was read before damage is handed out; who reads on is told where it begins.
            outcome?;
        }
        let sound = (from..).zip(&records).take_while(|(expected, (number, _))| expected == number);
        let sound = sound.count();
        if sound == 0 && !records.is_empty() {
            return Err(LogError::Damaged("it is missing".into()));
        }
        records.truncate(sound);
        Ok(records)
    }

    fn bounds(&self) -> Result<Option<(u64, u64)>, LogError> {
        read_quietly(|| {
            let (first, last) = (self.db.first()?, self.db.last()?);
            Ok(first.zip(last).map(|((first, _), (last, _))| (number_of(&first), number_of(&last))))
        })
    }
}

fn read_quietly<T>(read: impl FnOnce() -> Result<T, sled::Error>) -> Result<T, LogError> {
    quietly(read).map_err(LogError::Damaged)?.map_err(|error| log_error(&error, 0))
}

/// 0, which no record has, for a key that is none of ours.
fn number_of(key: &[u8]) -> u64 {
    key.try_into().map_or(0, u64::from_be_bytes)
}

fn changed_at(blobs: &Path) -> Result<(i64, i64), LogError> {
    let metadata = blobs.metadata().map_err(|error| LogError::Unavailable(error.to_string()))?;
    Ok((metadata.mtime(), metadata.mtime_nsec()))
}

/// A value in a file of its own is never synced: it must not come to that.
fn refuse_blobs(blobs: &Path) -> Result<(), LogError> {
    let mut entries =
        std::fs::read_dir(blobs).map_err(|error| LogError::Unavailable(error.to_string()))?;
    match entries.next() {
        None => Ok(()),
        Some(_) => Err(LogError::Damaged("a record lies outside the store's own file".into())),
    }
}

fn log_error(error: &sled::Error, free_min: u64) -> LogError {
    match error {
        sled::Error::Io(error) if error.kind() == ErrorKind::StorageFull => {
            LogError::Full { free_min }
        }
        sled::Error::Corruption { .. } => {
            LogError::Damaged("its store finds bytes that it never wrote".into())
        }
        sled::Error::Io(_)
        | sled::Error::CollectionNotFound(_)
        | sled::Error::Unsupported(_)
        | sled::Error::ReportableBug(_) => LogError::Unavailable(one_line(&error.to_string())),
    }
}

fn one_line(text: &str) -> String {
    text.lines().next().unwrap_or_default().to_owned()
}
