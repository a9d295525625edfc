//! The files of the embedded log, looked at without the store: left-overs that keep it from opening, and
//! whether the last known record will still be there once it is open.

use crate::journal::error::JournalError;
use crate::journal::high_water::Mark;
use crate::journal::record::{FRAME_BEGINS, peek_frame};
use crate::journal::sled_log::STORE_FILE;
use crate::journal::sled_tail::{parts_of, read};
use std::fs::File;
use std::io::ErrorKind;
use std::ops::Range;
use std::path::Path;
use std::time::Duration;

/// How the names of the store's own snapshots begin, and how that of an unfinished one ends.
const SNAPSHOT_PREFIX: &str = "snap.";
const UNFINISHED_SUFFIX: &str = ".generating";
/// What follows a snapshot's contents: their length and their CRC-32.
const SNAPSHOT_TRAILER: usize = 12;
const CHECKSUM_BYTES: usize = 4;

/// The store gives its lock back a moment after its last handle is gone, from a thread of its own; so
/// often, and so far apart, an opening is tried.
const LOCK_TRIES_MAX: usize = 100;
const LOCK_PAUSE: Duration = Duration::from_millis(10);

/// Whether a store's file is ours to open.
pub(in crate::journal) enum Lock {
    NoFile,
    Ours(File),
    HeldByAnother,
}

/// Waits for the lock that an open store holds on its file.
pub(in crate::journal) fn wait_for_lock(path: &Path) -> Lock {
    let Ok(file) = File::open(path) else { return Lock::NoFile };
    for _ in 0..LOCK_TRIES_MAX {
        if file.try_lock().is_ok() {
            return Lock::Ours(file);
        }
        std::thread::sleep(LOCK_PAUSE);
    }
    Lock::HeldByAnother
}

/// Removes snapshots of the store that were not written to their end: with one of them it does not open,
/// without any it reads its log instead.
pub(in crate::journal) fn remove_broken_snapshots(directory: &Path) -> Result<(), JournalError> {
    let cannot_read = |error: std::io::Error| JournalError::io("read", directory, &error);
    for entry in std::fs::read_dir(directory).map_err(cannot_read)? {
        let entry = entry.map_err(cannot_read)?;
        let name = entry.file_name();
        let Some(name) = name.to_str().filter(|name| name.starts_with(SNAPSHOT_PREFIX)) else {
            continue;
        };
        let path = entry.path();
        let bytes =
            std::fs::read(&path).map_err(|error| JournalError::io("read", &path, &error))?;
        if name.ends_with(UNFINISHED_SUFFIX) || !is_whole(&bytes) {
            tracing::warn!(path = %path.display(), "removing an unfinished snapshot of the store");
            std::fs::remove_file(&path)
                .map_err(|error| JournalError::io("remove", &path, &error))?;
        }
    }
    Ok(())
}

fn is_whole(snapshot: &[u8]) -> bool {
    let Some(length) = snapshot.len().checked_sub(SNAPSHOT_TRAILER).filter(|length| *length > 0)
    else {
        return false;
    };
    let (contents, trailer) = snapshot.split_at(length);
    trailer.last_chunk::<CHECKSUM_BYTES>() == Some(&crc32fast::hash(contents).to_le_bytes())
}

/// Refuses a store that will no longer hold the last known record once it is open: its file may have lost
/// its end, or the store would itself wipe it. Changes nothing.
pub(in crate::journal) fn refuse_lost_end(
    data_dir: &Path,
    store: &Path,
    mark: &Mark,
) -> Result<(), JournalError> {
    let path = store.join(STORE_FILE);
    let cannot_read = |error: std::io::Error| JournalError::io("read", &path, &error);
    let lost = JournalError::LostTail { path: data_dir.to_path_buf(), record: mark.record };
    let file = match File::open(&path) {
        Ok(file) => file,
        // A log that is not kept in this file says so by a length of 0.
        Err(error) if error.kind() == ErrorKind::NotFound && mark.stored_bytes == 0 => {
            return Ok(());
        }
        Err(error) if error.kind() == ErrorKind::NotFound => return Err(lost),
        Err(error) => return Err(cannot_read(error)),
    };
    let parts = parts_of(&file, newest_snapshot(store)?).map_err(cannot_read)?;
    if holds_record(&file, &parts.kept, mark).map_err(cannot_read)? {
        return Ok(());
    }
    if holds_record(&file, &parts.wiped, mark).map_err(cannot_read)? {
        let place = format!("its store has bad bytes before record {}", mark.record);
        return Err(JournalError::damaged(data_dir, place));
    }
    Err(lost)
}

/// The log sequence number in the name of the store's newest snapshot; 0 without one.
fn newest_snapshot(store: &Path) -> Result<u64, JournalError> {
    let cannot_read = |error: std::io::Error| JournalError::io("read", store, &error);
    let mut newest = 0;
    for entry in std::fs::read_dir(store).map_err(cannot_read)? {
        let name = entry.map_err(cannot_read)?.file_name();
        let digits = name.to_str().and_then(|name| name.strip_prefix(SNAPSHOT_PREFIX));
        let number = digits.and_then(|digits| u64::from_str_radix(digits, 16).ok());
        newest = number.map_or(newest, |number| newest.max(number));
    }
    Ok(newest)
}

/// Whether the header of the marked record lies in any of these ranges.
fn holds_record(file: &File, ranges: &[Range<u64>], mark: &Mark) -> std::io::Result<bool> {
    for range in ranges {
        let length = range.end.saturating_sub(range.start);
        let bytes = read(file, range.start, usize::try_from(length).unwrap_or(0))?;
        let is_it = |at: usize| {
            bytes
                .get(at..)
                .and_then(peek_frame)
                .is_some_and(|(header, hash)| header.number == mark.record && hash == mark.hash)
        };
        let mut begins = bytes
            .windows(FRAME_BEGINS.len())
            .enumerate()
            .filter(|(_, begins)| begins == FRAME_BEGINS);
        if begins.any(|(at, _)| is_it(at)) {
            return Ok(true);
        }
    }
    Ok(false)
}
