//! A directory on its way: made beside its place, marked as unfinished, and given its name when all of it
//! is durable. What a crash leaves keeps its mark, and is neither taken for whole nor in anybody's way.

use crate::journal::data_dir::{
    UNFINISHED_FILE, create_private_dirs, parent_of, private_file, sync_dir,
};
use crate::journal::error::JournalError;
use std::fs::File;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

/// What follows the name of a directory until it is whole.
const SUFFIX: &str = ".unfinished";

/// A directory that only its maker uses; removed when dropped before it is whole.
pub(super) struct Workplace {
    path: PathBuf,
    target: PathBuf,
    /// Holds the lock that tells others that its maker is alive.
    _mark: File,
    committed: bool,
}

impl Workplace {
    /// Begins a directory that is to be `target`, which must not exist. What an earlier attempt left is
    /// removed.
    pub(super) fn begin(target: &Path) -> Result<Self, JournalError> {
        refuse_existing(target)?;
        let path = beside(target);
        remove_abandoned(&path)?;
        // Cut off before it had its mark, or when that was gone already: it is empty, and nobody's.
        let _ = std::fs::remove_dir(&path);
        refuse_existing(&path)?;
        create_private_dirs(&path)?;
        let mark = path.join(UNFINISHED_FILE);
        let cannot = |error: std::io::Error| JournalError::io("write", &mark, &error);
        let file = private_file(&mark).map_err(cannot)?;
        file.try_lock().map_err(|_| JournalError::InUse(path.clone()))?;
        file.sync_all().map_err(cannot)?;
        sync_dir(&path)?;
        Ok(Self { path, target: target.to_path_buf(), _mark: file, committed: false })
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Makes everything in the directory durable, and gives it its name. Whoever wrote it may be done and
    /// yet have left something unsynced: a store writes once more when it is closed.
    pub(super) fn commit(mut self) -> Result<(), JournalError> {
        sync_below(&self.path)?;
        let mark = self.path.join(UNFINISHED_FILE);
        std::fs::remove_file(&mark).map_err(|error| JournalError::io("remove", &mark, &error))?;
        sync_dir(&self.path)?;
        self.committed = true;
        std::fs::rename(&self.path, &self.target)
            .map_err(|error| JournalError::io("rename", &self.path, &error))?;
        sync_dir(&parent_of(&self.target))
    }
}

impl Drop for Workplace {
    fn drop(&mut self) {
        if self.committed {
            return;
        }
        if let Err(error) = std::fs::remove_dir_all(&self.path) {
            tracing::warn!(path = %self.path.display(), %error, "an unfinished directory stays");
        }
    }
}

/// Syncs all files below a directory, and the directories that hold their names.
fn sync_below(path: &Path) -> Result<(), JournalError> {
    let cannot = |error: std::io::Error| JournalError::io("sync", path, &error);
    for entry in std::fs::read_dir(path).map_err(cannot)? {
        let entry = entry.map_err(cannot)?;
        if entry.file_type().map_err(cannot)?.is_dir() {
            sync_below(&entry.path())?;
        } else {
            File::open(entry.path()).and_then(|file| file.sync_all()).map_err(cannot)?;
        }
    }
    sync_dir(path)
}

/// Whether a directory is marked as unfinished.
pub(super) fn is_unfinished(path: &Path) -> bool {
    path.join(UNFINISHED_FILE).exists()
}

/// Removes a directory that is marked as unfinished and whose maker is gone. True if there was one.
pub(super) fn remove_abandoned(path: &Path) -> Result<bool, JournalError> {
    let Ok(mark) = File::open(path.join(UNFINISHED_FILE)) else { return Ok(false) };
    if mark.try_lock().is_err() {
        return Ok(false);
    }
    tracing::info!(path = %path.display(), "removing what was never finished");
    remove_marked(path)?;
    Ok(true)
}

/// Marks a directory, so that it is never taken for whole again, and removes it; the mark goes last.
pub(super) fn remove_whole(path: &Path) -> Result<(), JournalError> {
    let mark = path.join(UNFINISHED_FILE);
    let cannot = |error: std::io::Error| JournalError::io("write", &mark, &error);
    private_file(&mark).and_then(|file| file.sync_all()).map_err(cannot)?;
    sync_dir(path)?;
    remove_marked(path)
}

fn remove_marked(path: &Path) -> Result<(), JournalError> {
    let cannot = |error: std::io::Error| JournalError::io("remove", path, &error);
    for entry in std::fs::read_dir(path).map_err(cannot)? {
        let entry = entry.map_err(cannot)?;
        if entry.file_name() == UNFINISHED_FILE {
            continue;
        }
        let is_dir = entry.file_type().map_err(cannot)?.is_dir();
        let inner = entry.path();
        if is_dir { std::fs::remove_dir_all(inner) } else { std::fs::remove_file(inner) }
            .map_err(cannot)?;
    }
    std::fs::remove_dir_all(path).map_err(cannot)?;
    sync_dir(&parent_of(path))
}

fn refuse_existing(path: &Path) -> Result<(), JournalError> {
    match std::fs::symlink_metadata(path) {
        Ok(_) => Err(JournalError::Exists(path.to_path_buf())),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
        Err(error) => Err(JournalError::io("read", path, &error)),
    }
}

fn beside(target: &Path) -> PathBuf {
    let mut name = target.file_name().unwrap_or_default().to_os_string();
    name.push(SUFFIX);
    target.with_file_name(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_directory_gets_its_name_when_it_is_whole() {
        let temp = tempfile::tempdir().unwrap();
        let target = temp.path().join("a");
        let place = Workplace::begin(&target).unwrap();
        std::fs::write(place.path().join("file"), "all").unwrap();
        assert!(is_unfinished(place.path()) && !target.exists());
        let second = Workplace::begin(&target).err().unwrap();
        assert!(matches!(second, JournalError::Exists(_)), "its maker is alive: {second}");
        place.commit().unwrap();
        assert!(target.join("file").exists() && !is_unfinished(&target));
        assert!(matches!(Workplace::begin(&target), Err(JournalError::Exists(_))));
        remove_whole(&target).unwrap();
        assert!(!target.exists());
    }

    #[test]
    fn what_was_never_finished_is_gone_with_the_next_attempt() {
        let temp = tempfile::tempdir().unwrap();
        let target = temp.path().join("a");
        drop(Workplace::begin(&target).unwrap());
        assert_eq!(std::fs::read_dir(temp.path()).unwrap().count(), 0, "nothing stays");
        // As a crash leaves it that came before the mark, or after it.
        std::fs::create_dir(beside(&target)).unwrap();
        drop(Workplace::begin(&target).unwrap());
        // As a crash leaves it: the lock is gone with its maker.
        let left = beside(&target);
        std::fs::create_dir_all(left.join("inner")).unwrap();
        std::fs::write(left.join(UNFINISHED_FILE), "").unwrap();
        let place = Workplace::begin(&target).unwrap();
        assert!(!place.path().join("inner").exists());
        drop(place);
        // Whole and without its name: never removed.
        std::fs::create_dir_all(left.join("inner")).unwrap();
        assert!(
            matches!(Workplace::begin(&target), Err(JournalError::Exists(path)) if path == left)
        );
        assert!(left.join("inner").exists());
    }
}
