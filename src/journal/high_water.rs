//! How far the journal had come when it was last durable, kept outside its store: a store that silently
//! lost its end opens without a word, and this file is how that is noticed.

use crate::journal::data_dir::private_file;
use crate::journal::error::JournalError;
use crate::journal::record::Tail;
use std::fs::File;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};

/// Slots are a disk sector apart, so that a torn write spoils one of the two at most.
const SLOT_SPACING: u64 = 4_096;
const SLOT_BYTES: usize = 72;
const CHECKED_BYTES: usize = 68;
const MAGIC: [u8; 4] = *b"KPHW";

/// A point that the journal had reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(in crate::journal) struct Mark {
    /// The last record; 0: none yet.
    pub(in crate::journal) record: u64,
    pub(in crate::journal) hash: [u8; 32],
    /// How many bytes the store's file had; 0 where it has none.
    pub(in crate::journal) stored_bytes: u64,
    pub(in crate::journal) last_event: u64,
}

/// The file with the mark.
#[derive(Debug)]
pub(in crate::journal) struct HighWater {
    file: File,
    path: PathBuf,
    unsynced: AtomicBool,
}

/// Writes marks into the two slots in turn; there is one writer.
#[derive(Debug)]
pub(in crate::journal) struct MarkWriter {
    sequence: u64,
}

impl HighWater {
    /// Makes the file with an empty mark, durably.
    pub(in crate::journal) fn create(path: &Path) -> Result<(), JournalError> {
        let cannot_write = |error: std::io::Error| JournalError::io("write", path, &error);
        let file = private_file(path).map_err(cannot_write)?;
        file.set_len(0).map_err(cannot_write)?;
        file.write_all_at(&slot_bytes(0, &Mark::default()), 0).map_err(cannot_write)?;
        file.sync_all().map_err(cannot_write)
    }

    /// Opens the file and reads the newest mark in it.
    pub(in crate::journal) fn open(path: &Path) -> Result<(Self, MarkWriter, Mark), JournalError> {
        let file = File::options()
            .read(true)
            .write(true)
            .open(path)
            .map_err(|error| JournalError::io("open", path, &error))?;
        let slots = [0, SLOT_SPACING].map(|at| read_slot(&file, at));
        let newest = slots.into_iter().flatten().max_by_key(|(sequence, _)| *sequence);
        let Some((sequence, mark)) = newest else {
            return Err(JournalError::damaged(path, "neither of its two marks can be read"));
        };
        let high_water = Self { file, path: path.to_path_buf(), unsynced: AtomicBool::new(false) };
        Ok((high_water, MarkWriter { sequence }, mark))
    }

    /// Makes the last mark durable, if it is not.
    pub(in crate::journal) fn sync(&self) -> Result<(), JournalError> {
        if self.unsynced.swap(false, Ordering::AcqRel) {
            self.file.sync_data().map_err(|error| {
                self.unsynced.store(true, Ordering::Release);
                JournalError::io("sync", &self.path, &error)
            })?;
        }
        Ok(())
    }
}

impl MarkWriter {
    /// Writes a mark. It survives the process at once, and a power cut after [`HighWater::sync`].
    pub(in crate::journal) fn write(
        &mut self,
        high_water: &HighWater,
        mark: &Mark,
    ) -> Result<(), JournalError> {
        self.sequence = self.sequence.saturating_add(1);
        let at = if self.sequence.is_multiple_of(2) { 0 } else { SLOT_SPACING };
        high_water
            .file
            .write_all_at(&slot_bytes(self.sequence, mark), at)
            .map_err(|error| JournalError::io("write", &high_water.path, &error))?;
        high_water.unsynced.store(true, Ordering::Release);
        Ok(())
    }
}

impl Mark {
    /// The mark of a journal that ends with `tail`.
    pub(in crate::journal) fn of(tail: &Tail, stored_bytes: u64) -> Self {
        Self {
            record: tail.record,
            hash: tail.hash,
            stored_bytes,
            last_event: tail.last_event.number(),
        }
    }
}

fn slot_bytes(sequence: u64, mark: &Mark) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(SLOT_BYTES);
    bytes.extend(MAGIC);
    bytes.extend(sequence.to_be_bytes());
    bytes.extend(mark.record.to_be_bytes());
    bytes.extend(mark.hash);
    bytes.extend(mark.stored_bytes.to_be_bytes());
    bytes.extend(mark.last_event.to_be_bytes());
    bytes.extend(crc32fast::hash(&bytes).to_be_bytes());
    bytes
}

fn read_slot(file: &File, at: u64) -> Option<(u64, Mark)> {
    let mut bytes = [0; SLOT_BYTES];
    file.read_exact_at(&mut bytes, at).ok()?;
    let (checked, checksum) = bytes.split_at_checked(CHECKED_BYTES)?;
    let intact = checked.starts_with(&MAGIC)
        && checksum == crc32fast::hash(checked).to_be_bytes().as_slice();
    let number = |from: usize| {
        let field = checked.get(from..)?.first_chunk()?;
        Some(u64::from_be_bytes(*field))
    };
    let mark = Mark {
        record: number(12)?,
        hash: *checked.get(20..)?.first_chunk()?,
        stored_bytes: number(52)?,
        last_event: number(60)?,
    };
    intact.then_some((number(4)?, mark))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mark(record: u64) -> Mark {
        let byte = u8::try_from(record).unwrap();
        Mark { record, hash: [byte; 32], stored_bytes: record * 100, last_event: record * 7 }
    }

    #[test]
    fn the_newest_intact_mark_counts() {
        let temp = tempfile::tempdir().unwrap();
        let path = temp.path().join("high-water");
        HighWater::create(&path).unwrap();
        let (_, _, first) = HighWater::open(&path).unwrap();
        assert_eq!(first, Mark::default());
        for record in 1..=5 {
            let (high_water, mut writer, _) = HighWater::open(&path).unwrap();
            writer.write(&high_water, &mark(record)).unwrap();
            high_water.sync().unwrap();
            assert_eq!(HighWater::open(&path).unwrap().2, mark(record));
        }
        let whole = std::fs::read(&path).unwrap();
        for at in 0..SLOT_BYTES {
            let mut torn = whole.clone();
            torn[usize::try_from(SLOT_SPACING).unwrap() + at] ^= 1;
            std::fs::write(&path, torn).unwrap();
            assert_eq!(HighWater::open(&path).unwrap().2, mark(4), "byte {at}");
        }
        std::fs::write(&path, vec![0; whole.len()]).unwrap();
        let error = HighWater::open(&path).unwrap_err();
        assert!(matches!(error, JournalError::Damaged { .. }), "{error}");
        assert!(matches!(HighWater::open(&temp.path().join("no")), Err(JournalError::Io { .. })));
    }
}
