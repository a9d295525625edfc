//! The second store: opening it with care, making it durable, and throwing it away when it is no good.

use crate::journal::data_dir::sync_dir;
use crate::journal::error::JournalError;
use crate::journal::quiet::quietly;
use crate::journal::sled_files::{Lock, remove_broken_snapshots, wait_for_lock};
use crate::journal::sled_log::{SEGMENT_BYTES, STORE_FILE};
use crate::values::EventNumber;
use sled::{Db, Tree};
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// Largest value; the store keeps values in its log up to twice as many bytes.
pub(super) const VALUE_BYTES_MAX: usize = 64 << 10;
/// Our note of how far the last complete checkpoint got.
const NOTE: &str = "note";
const CONDEMNED: &str = "damaged";

/// The store of the tables, and the file that holds all of it.
#[derive(Clone)]
pub(super) struct Store {
    db: Db,
    path: PathBuf,
    /// Whether damage was met since it was opened.
    condemned: Arc<AtomicBool>,
}

/// Why a store does not open.
#[derive(Debug)]
pub(super) enum OpenError {
    /// Somebody holds it; it may be fine.
    InUse,
    /// It is no good, and may be thrown away.
    Damaged(String),
}

impl Store {
    /// Opens what is at `path`, or makes it.
    pub(super) fn open(path: &Path, cache_bytes: u64) -> Result<Self, OpenError> {
        if fs::read(path.join(NOTE)).is_ok_and(|note| note == CONDEMNED.as_bytes()) {
            return Err(OpenError::Damaged("damage was met in them".to_owned()));
        }
        match wait_for_lock(&path.join(STORE_FILE)) {
            Lock::HeldByAnother => return Err(OpenError::InUse),
            // Given back before the store takes it for itself.
            Lock::Ours(file) => drop(file),
            Lock::NoFile => {}
        }
        if path.exists() {
            let damaged = |error: JournalError| OpenError::Damaged(error.to_string());
            remove_broken_snapshots(path).map_err(damaged)?;
        }
        open_store(path, cache_bytes).map(|db| Self {
            db,
            path: path.to_path_buf(),
            condemned: Arc::default(),
        })
    }

    /// Removes all of it. The store must not be open; if it just was, its last threads are waited for.
    pub(super) fn wipe(path: &Path) -> Result<(), JournalError> {
        // One that panicked never gives its lock back: then it stays with the file that goes away here.
        let _lock = wait_for_lock(&path.join(STORE_FILE));
        match fs::remove_dir_all(path) {
            Ok(()) => Ok(()),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(()),
            Err(error) => Err(JournalError::io("remove", path, &error)),
        }
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    pub(super) fn tree(&self, name: &str) -> Result<Tree, JournalError> {
        self.db.open_tree(name).map_err(|error| self.failed("open a table in", &error))
    }

    /// Makes everything written so far durable: the store's own flush only starts the writing.
    pub(super) fn make_durable(&self) -> Result<(), JournalError> {
        self.db.flush().map_err(|error| self.failed("flush", &error))?;
        let file = self.path.join(STORE_FILE);
        File::open(&file)
            .and_then(|opened| opened.sync_data())
            .map_err(|error| JournalError::io("sync", &file, &error))?;
        self.assert_nothing_outside_the_log()
    }

    /// Makes the names of the store's files durable, once after it was made.
    pub(super) fn make_names_durable(&self) -> Result<(), JournalError> {
        sync_dir(&self.path)?;
        sync_dir(self.path.parent().unwrap_or(&self.path))
    }

    /// Notes, outside the store, that a checkpoint is complete: a log that lost its end opens without a
    /// complaint.
    pub(super) fn note_checkpoint(&self, covers: EventNumber) -> Result<(), JournalError> {
        self.note(&covers.to_string())
    }

    /// From now on nothing is known, until a checkpoint is complete again.
    ///
    /// # Errors
    /// `Damaged` if damage was met by somebody who read: the note of that must stay. `Io`.
    pub(super) fn note_nothing(&self) -> Result<(), JournalError> {
        if self.condemned.load(Ordering::Relaxed) {
            return Err(JournalError::damaged(&self.path, "damage was met in them"));
        }
        self.note("")
    }

    /// Whether the store lost what was noted; a note that a power cut garbled says nothing.
    pub(super) fn lost_its_end(&self, covers: EventNumber) -> bool {
        let note = fs::read_to_string(self.path.join(NOTE)).unwrap_or_default();
        note.parse().is_ok_and(|noted: u64| noted != covers.number())
    }

    /// Notes that the store is not to be opened again.
    pub(super) fn condemn(&self) {
        self.condemned.store(true, Ordering::Relaxed);
        if let Err(error) = self.note(CONDEMNED) {
            tracing::error!(%error, "damaged tables may be opened again");
        }
    }

    fn note(&self, text: &str) -> Result<(), JournalError> {
        let note = self.path.join(NOTE);
        fs::write(&note, text).map_err(|error| JournalError::io("write", &note, &error))
    }

    /// A failure of the store while doing something.
    pub(super) fn failed(&self, doing: &'static str, error: &sled::Error) -> JournalError {
        match error {
            sled::Error::Corruption { .. } | sled::Error::ReportableBug(_) => {
                JournalError::damaged(&self.path, damage(error))
            }
            sled::Error::Io(_)
            | sled::Error::Unsupported(_)
            | sled::Error::CollectionNotFound(_) => {
                let reason = error.to_string();
                JournalError::Io { doing, path: self.path.clone(), reason }
            }
        }
    }

    /// Values too large for the log would go to files that are never synced.
    fn assert_nothing_outside_the_log(&self) -> Result<(), JournalError> {
        let blobs = self.path.join("blobs");
        let outside = fs::read_dir(&blobs).is_ok_and(|mut entries| entries.next().is_some());
        if outside {
            return Err(JournalError::damaged(&self.path, "a value left the log for a file"));
        }
        Ok(())
    }
}

fn open_store(path: &Path, cache_bytes: u64) -> Result<Db, OpenError> {
    let config = sled::Config::new()
        .path(path)
        .cache_capacity(cache_bytes)
        .segment_size(SEGMENT_BYTES)
        .flush_every_ms(None);
    // On damage the store panics as often as it returns an error.
    match quietly(|| config.open()) {
        Ok(Ok(db)) => Ok(db),
        Ok(Err(sled::Error::Io(error))) if error.to_string().contains("acquire lock") => {
            Err(OpenError::InUse)
        }
        Ok(Err(error)) => Err(OpenError::Damaged(damage(&error))),
        Err(panic) => Err(OpenError::Damaged(panic)),
    }
}

/// What is wrong with a damaged store, for people: the store's own words speak of backtraces.
fn damage(error: &sled::Error) -> String {
    match error {
        sled::Error::Corruption { .. } => "its store finds bytes that it never wrote".into(),
        sled::Error::Io(_)
        | sled::Error::Unsupported(_)
        | sled::Error::ReportableBug(_)
        | sled::Error::CollectionNotFound(_) => error.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn damage_is_told_without_a_backtrace() {
        let told = damage(&sled::Error::Corruption { at: None, bt: () });
        assert!(told.contains("bytes") && !told.contains("backtrace"), "{told}");
    }
}
