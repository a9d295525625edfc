//! The data directory: whose it is, which version, and that nobody else uses it, all settled before
//! any store touches a file in it.

use crate::journal::error::JournalError;
use crate::journal::high_water::HighWater;
use std::fs::{DirBuilder, File, OpenOptions, TryLockError};
use std::io::{ErrorKind, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// The version of the directory that this program writes.
pub(in crate::journal) const DATA_DIR_VERSION: u32 = 1;
const FORMAT_PREFIX: &str = "kopilka data dir ";
const FORMAT: &str = "kopilka data dir 1\n";

const FORMAT_FILE: &str = "kopilka.format";
/// Its name until all of it is on the disk.
const FORMAT_FILE_BEGUN: &str = "kopilka.format.begun";
/// How often, and how far apart, the lock is tried.
const LOCK_TRIES_MAX: u32 = 50;
const LOCK_PAUSE: Duration = Duration::from_millis(10);
pub(in crate::journal) const LOCK_FILE: &str = "lock";
pub(in crate::journal) const HIGH_WATER_FILE: &str = "high-water";
/// Lies in a directory that is not whole yet, and in nothing else.
pub(in crate::journal) const UNFINISHED_FILE: &str = "unfinished";
pub(in crate::journal) const JOURNAL_DIR: &str = "journal";
const TABLES_DIR: &str = "tables";
/// What a freshly made file system holds by itself.
const LOST_AND_FOUND: &str = "lost+found";

/// A data directory of ours, locked against every other process as long as this value lives.
#[derive(Debug)]
pub struct DataDir {
    path: PathBuf,
    _lock: File,
}

/// What a directory may hold that nobody has come to the end of filling.
const BEGINNING: [&str; 7] = [
    FORMAT_FILE,
    FORMAT_FILE_BEGUN,
    LOCK_FILE,
    HIGH_WATER_FILE,
    JOURNAL_DIR,
    TABLES_DIR,
    LOST_AND_FOUND,
];

/// What a path turned out to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Found {
    /// Nothing, or a creation that did not come to its end: nothing was ever written there.
    Fresh,
    Ours,
    Newer(u32),
    Foreign,
    /// A restore that did not come to its end.
    Unfinished,
}

impl DataDir {
    /// Opens a data directory, or makes one of a missing or empty directory.
    ///
    /// # Errors
    /// `NotOurs`, `NewerVersion`, `InUse`: nothing was changed. `Io`.
    pub fn create_or_open(path: &Path) -> Result<Self, JournalError> {
        if find(path)? == Found::Fresh {
            create_private_dirs(path)?;
        }
        Self::open(path)
    }

    /// Opens a data directory that exists.
    ///
    /// # Errors
    /// `NoDataDir`, `NotOurs`, `NewerVersion`, `InUse`: nothing was changed. `Io`.
    pub fn open_existing(path: &Path) -> Result<Self, JournalError> {
        match find(path)? {
            Found::Fresh => Err(JournalError::NoDataDir(path.to_path_buf())),
            Found::Ours | Found::Newer(_) | Found::Foreign | Found::Unfinished => Self::open(path),
        }
    }

    /// Fills a new directory that is marked as unfinished: nobody opens it before the mark is gone.
    pub(in crate::journal) fn begin(path: &Path) -> Result<Self, JournalError> {
        let data_dir = Self { path: path.to_path_buf(), _lock: lock(path)? };
        data_dir.fill()?;
        Ok(data_dir)
    }

    /// The directory exists; whose it is decides under the lock.
    fn open(path: &Path) -> Result<Self, JournalError> {
        refuse_what_is_not_ours(path, find(path)?)?;
        let data_dir = Self { path: path.to_path_buf(), _lock: lock(path)? };
        let found = find(path)?;
        refuse_what_is_not_ours(path, found)?;
        if found == Found::Fresh {
            data_dir.fill()?;
        }
        Ok(data_dir)
    }

    /// Writes what a new directory begins with; the format file comes last and makes it ours.
    fn fill(&self) -> Result<(), JournalError> {
        create_private_dirs(&self.journal_path())?;
        create_private_dirs(&self.tables_path())?;
        HighWater::create(&self.high_water_path())?;
        sync_dir(&self.path)?;
        keep_private(&self.path, (FORMAT_FILE, FORMAT_FILE_BEGUN), FORMAT.as_bytes())?;
        let parent = self.path.canonicalize().ok().and_then(|path| Some(path.parent()?.to_owned()));
        parent.map_or(Ok(()), |parent| sync_dir(&parent))
    }

    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Where the journal's store is.
    #[must_use]
    pub fn journal_path(&self) -> PathBuf {
        self.path.join(JOURNAL_DIR)
    }

    /// Where the derived tables are; they may be deleted while nobody uses the directory.
    #[must_use]
    pub fn tables_path(&self) -> PathBuf {
        self.path.join(TABLES_DIR)
    }

    /// Where the mark is that shows a lost end of the journal.
    #[must_use]
    pub fn high_water_path(&self) -> PathBuf {
        self.path.join(HIGH_WATER_FILE)
    }
}

/// Makes a directory that its owner alone can enter, with its parents: the journal holds secrets. The names of
/// all that it makes are durable when it returns.
pub(in crate::journal) fn create_private_dirs(path: &Path) -> Result<(), JournalError> {
    let is_missing = |place: &&Path| !place.as_os_str().is_empty() && !place.exists();
    let mut missing: Vec<&Path> = path.ancestors().take_while(is_missing).collect();
    DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(path)
        .map_err(|error| JournalError::io("create", path, &error))?;
    missing.reverse();
    missing.into_iter().try_for_each(|made| sync_dir(&parent_of(made)))
}

/// The directory that holds a path, also a relative one.
pub(in crate::journal) fn parent_of(path: &Path) -> PathBuf {
    let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty());
    parent.map_or_else(|| PathBuf::from("."), Path::to_path_buf)
}

/// Opens a file for writing, making it readable for its owner alone.
pub(in crate::journal) fn private_file(path: &Path) -> std::io::Result<File> {
    OpenOptions::new().read(true).write(true).create(true).truncate(false).mode(0o600).open(path)
}

/// Replaces a file of a directory, whole or not at all; `begun` is its name while it is written.
pub(in crate::journal) fn keep_private(
    dir: &Path,
    (name, begun): (&str, &str),
    bytes: &[u8],
) -> Result<(), JournalError> {
    let begun = dir.join(begun);
    private_file(&begun)
        .and_then(|mut file| {
            file.set_len(0)?;
            file.write_all(bytes)?;
            file.sync_all()?;
            std::fs::rename(&begun, dir.join(name))
        })
        .map_err(|error| JournalError::io("write", &begun, &error))?;
    sync_dir(dir)
}

/// Makes the names in a directory durable.
pub(in crate::journal) fn sync_dir(path: &Path) -> Result<(), JournalError> {
    File::open(path)
        .and_then(|dir| dir.sync_all())
        .map_err(|error| JournalError::io("sync", path, &error))
}

/// Takes the lock; for a moment, a process that is being started by whoever just gave it back may hold it
/// still, since it begins as a copy of them.
fn lock(path: &Path) -> Result<File, JournalError> {
    let lock_path = path.join(LOCK_FILE);
    let file =
        private_file(&lock_path).map_err(|error| JournalError::io("open", &lock_path, &error))?;
    for _ in 0..LOCK_TRIES_MAX {
        match file.try_lock() {
            Ok(()) => return Ok(file),
            Err(TryLockError::WouldBlock) => std::thread::sleep(LOCK_PAUSE),
            Err(TryLockError::Error(error)) => {
                return Err(JournalError::io("lock", &lock_path, &error));
            }
        }
    }
    Err(JournalError::InUse(path.to_path_buf()))
}

fn refuse_what_is_not_ours(path: &Path, found: Found) -> Result<(), JournalError> {
    match found {
        Found::Fresh | Found::Ours => Ok(()),
        Found::Newer(version) => Err(JournalError::NewerVersion {
            path: path.to_path_buf(),
            found: version,
            known: DATA_DIR_VERSION,
        }),
        Found::Foreign => Err(JournalError::NotOurs(path.to_path_buf())),
        Found::Unfinished => Err(JournalError::Unfinished(path.to_path_buf())),
    }
}

/// Looks at a path and changes nothing.
fn find(path: &Path) -> Result<Found, JournalError> {
    let cannot_read = |error: std::io::Error| JournalError::io("read", path, &error);
    let entries = match std::fs::read_dir(path) {
        Ok(entries) => entries,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Found::Fresh),
        Err(error) if error.kind() == ErrorKind::NotADirectory => return Ok(Found::Foreign),
        Err(error) => return Err(cannot_read(error)),
    };
    if path.join(UNFINISHED_FILE).exists() {
        return Ok(Found::Unfinished);
    }
    let mut names = Vec::new();
    for entry in entries {
        names.push(entry.map_err(cannot_read)?.file_name());
    }
    let format = match std::fs::read(path.join(FORMAT_FILE)) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == ErrorKind::NotFound => Vec::new(),
        Err(error) => return Err(JournalError::io("read", &path.join(FORMAT_FILE), &error)),
    };
    if format == FORMAT.as_bytes() {
        return Ok(Found::Ours);
    }
    let only_begun = names.iter().all(|name| BEGINNING.iter().any(|begun| name == begun));
    if only_begun && FORMAT.as_bytes().starts_with(&format) && is_unused(path) {
        return Ok(Found::Fresh);
    }
    let version = std::str::from_utf8(&format)
        .ok()
        .and_then(|text| text.lines().next()?.strip_prefix(FORMAT_PREFIX)?.trim().parse().ok());
    Ok(match version {
        Some(version) if version > DATA_DIR_VERSION => Found::Newer(version),
        Some(_) | None => Found::Foreign,
    })
}

/// Whether no store has put anything below `path` yet.
fn is_unused(path: &Path) -> bool {
    [JOURNAL_DIR, TABLES_DIR].iter().all(|dir| {
        std::fs::read_dir(path.join(dir)).map_or(true, |mut entries| entries.next().is_none())
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;
    use std::os::unix::fs::PermissionsExt;

    /// All files below a path with their contents: what "nothing was changed" means.
    fn everything(path: &Path) -> BTreeMap<PathBuf, Option<Vec<u8>>> {
        let mut found = BTreeMap::new();
        for entry in std::fs::read_dir(path).into_iter().flatten() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                found.extend(everything(&path));
                found.insert(path, None);
            } else {
                found.insert(path.clone(), Some(std::fs::read(path).unwrap()));
            }
        }
        found
    }

    fn check_refused(path: &Path, expected: fn(&JournalError) -> bool) {
        let before = everything(path);
        for open in [DataDir::create_or_open, DataDir::open_existing] {
            let error = open(path).unwrap_err();
            assert!(expected(&error), "{error:?}");
            assert!(error.to_string().contains(&path.display().to_string()), "{error}");
        }
        assert_eq!(everything(path), before);
    }

    #[test]
    fn a_new_directory_is_ours_private_and_locked() {
        let temp = tempfile::tempdir().unwrap();
        let path = temp.path().join("a/b");
        let missing = DataDir::open_existing(&path).unwrap_err();
        assert_eq!(missing, JournalError::NoDataDir(path.clone()));
        assert!(!temp.path().join("a").exists());
        let data_dir = DataDir::create_or_open(&path).unwrap();
        let mode = |path: &Path| path.metadata().unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(&path), 0o700);
        assert_eq!(mode(&data_dir.journal_path()), 0o700);
        assert_eq!(mode(&data_dir.high_water_path()), 0o600);
        check_refused(&path, |error| matches!(error, JournalError::InUse(_)));
        drop(data_dir);
        DataDir::open_existing(&path).unwrap();
        DataDir::create_or_open(&path).unwrap();
    }

    #[test]
    fn an_interrupted_creation_begins_again() {
        let whole = tempfile::tempdir().unwrap();
        DataDir::create_or_open(whole.path()).unwrap();
        for kept in [0, 5, FORMAT.len() - 1] {
            std::fs::write(whole.path().join(FORMAT_FILE), &FORMAT[..kept]).unwrap();
            let missing = DataDir::open_existing(whole.path()).unwrap_err();
            assert!(matches!(missing, JournalError::NoDataDir(_)));
            DataDir::create_or_open(whole.path()).unwrap();
            DataDir::open_existing(whole.path()).unwrap();
        }
        std::fs::remove_file(whole.path().join(FORMAT_FILE)).unwrap();
        // What a power cut leaves of a page that was not on the disk yet.
        std::fs::write(whole.path().join(FORMAT_FILE_BEGUN), [0; FORMAT.len()]).unwrap();
        drop(DataDir::create_or_open(whole.path()).unwrap());
        std::fs::remove_file(whole.path().join(FORMAT_FILE)).unwrap();
        std::fs::create_dir(whole.path().join(LOST_AND_FOUND)).unwrap();
        DataDir::create_or_open(whole.path()).unwrap();
    }

    #[test]
    fn what_is_not_ours_is_refused_and_untouched() {
        let temp = tempfile::tempdir().unwrap();
        std::fs::write(temp.path().join("thesis.txt"), "years of work").unwrap();
        check_refused(temp.path(), |error| matches!(error, JournalError::NotOurs(_)));
        check_refused(&temp.path().join("thesis.txt"), |error| {
            matches!(error, JournalError::NotOurs(_))
        });
        // A used directory without its format file is not taken for a fresh one.
        let used = tempfile::tempdir().unwrap();
        DataDir::create_or_open(used.path()).unwrap();
        std::fs::remove_file(used.path().join(FORMAT_FILE)).unwrap();
        std::fs::write(used.path().join("journal/db"), "records").unwrap();
        check_refused(used.path(), |error| matches!(error, JournalError::NotOurs(_)));
    }

    #[test]
    fn a_newer_version_is_refused_and_untouched() {
        let temp = tempfile::tempdir().unwrap();
        std::fs::write(temp.path().join(FORMAT_FILE), "kopilka data dir 2\n").unwrap();
        check_refused(temp.path(), |error| {
            matches!(error, JournalError::NewerVersion { found: 2, known: 1, .. })
        });
        std::fs::write(temp.path().join(FORMAT_FILE), "something else\n").unwrap();
        check_refused(temp.path(), |error| matches!(error, JournalError::NotOurs(_)));
    }
}
