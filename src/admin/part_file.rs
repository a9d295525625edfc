//! A file that stands under its name only once all of it is there: until then it grows beside it, under a
//! lock, so that two that are asked for one name do not mix.

use crate::admin::exit::Failure;
use std::ffi::OsString;
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Write};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

/// What the name of a file ends with until all of it is there.
const PART: &str = ".part";

/// A file on its way to its name. One that breaks off leaves its part, which the next one writes anew.
pub(super) struct PartFile {
    name: PathBuf,
    part: PathBuf,
    /// Locked as long as it is written, where the file system has locks.
    file: File,
}

impl PartFile {
    /// Begins a file that does not exist yet, over what is left of one that broke off.
    ///
    /// # Errors
    /// `Usage`: there is such a file, another program writes it just now, or none can be made there.
    pub(super) fn begin(name: &Path) -> Result<Self, Failure> {
        if name.exists() {
            return Err(there_already(name));
        }
        let part = part_of(name);
        let unusable =
            |error: &io::Error| Failure::Usage(format!("cannot make {}: {error}", part.display()));
        let opened = OpenOptions::new().create(true).truncate(false).write(true).open(&part);
        let file = opened.map_err(|error| unusable(&error))?;
        // Before the lock it may have become somebody's whole file: what it is now is looked at under it.
        let is_ours = !is_held(&file.try_lock()) && is_same(&file, &part);
        if name.exists() {
            if is_ours {
                let _ = fs::remove_file(&part);
            }
            return Err(there_already(name));
        }
        if !is_ours {
            let name = name.display();
            return Err(Failure::Usage(format!("{name} is being written by another export")));
        }
        file.set_len(0).map_err(|error| unusable(&error))?;
        Ok(Self { name: name.to_path_buf(), part, file })
    }

    /// Gives it its name, once all of it is on the disk.
    ///
    /// # Errors
    /// `Usage`: somebody else made a file of that name meanwhile; `Unreachable`: the disk fails.
    pub(super) fn finish(self) -> Result<(), Failure> {
        let lost = |error: io::Error| lost(&self.name, &error);
        self.file.sync_all().map_err(lost)?;
        if self.name.exists() {
            return Err(there_already(&self.name));
        }
        fs::rename(&self.part, &self.name).map_err(lost)
    }
}

impl Write for PartFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.file.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

/// What became of a file that could not be written.
pub(super) fn lost(place: &Path, error: &io::Error) -> Failure {
    Failure::Unreachable(format!("cannot write to {}: {error}", place.display()))
}

fn there_already(name: &Path) -> Failure {
    Failure::Usage(format!("{} exists already", name.display()))
}

/// Whether another program holds the lock that was asked for. Where a file system has no locks, nobody does.
const fn is_held(asked: &Result<(), TryLockError>) -> bool {
    matches!(asked, Err(TryLockError::WouldBlock))
}

/// Whether a file that is open is still the one of this name.
fn is_same(file: &File, name: &Path) -> bool {
    let place = |found: fs::Metadata| (found.dev(), found.ino());
    let (open, named) = (file.metadata().map(place), fs::metadata(name).map(place));
    matches!((open, named), (Ok(open), Ok(named)) if open == named)
}

fn part_of(name: &Path) -> PathBuf {
    let mut part = OsString::from(name);
    part.push(PART);
    part.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(begun: Result<PartFile, Failure>) -> String {
        begun.err().expect("it is refused").to_string()
    }

    #[test]
    fn two_of_one_name_do_not_mix() {
        let dir = tempfile::tempdir().unwrap();
        let name = dir.path().join("lots.csv");
        let mut first = PartFile::begin(&name).unwrap();
        first.write_all(b"all of the first").unwrap();
        let second = refusal(PartFile::begin(&name));
        assert!(second.contains("is being written by another export"), "{second}");
        assert!(!name.exists(), "half of it stands under the name");
        first.finish().unwrap();
        assert_eq!(fs::read(&name).unwrap(), b"all of the first");
        let third = refusal(PartFile::begin(&name));
        assert!(third.contains("exists already"), "{third}");
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1, "something is left beside it");
    }

    #[test]
    fn a_file_system_without_locks_refuses_nobody() {
        let without_locks = TryLockError::Error(io::ErrorKind::Unsupported.into());
        assert!(!is_held(&Err(without_locks)));
        assert!(!is_held(&Ok(())));
        assert!(is_held(&Err(TryLockError::WouldBlock)));
    }

    #[test]
    fn what_broke_off_is_written_anew() {
        let dir = tempfile::tempdir().unwrap();
        let name = dir.path().join("lots.csv");
        let mut broken_off = PartFile::begin(&name).unwrap();
        broken_off.write_all(b"a long beginning of something").unwrap();
        drop(broken_off);
        let mut again = PartFile::begin(&name).unwrap();
        again.write_all(b"whole").unwrap();
        again.finish().unwrap();
        assert_eq!(fs::read(&name).unwrap(), b"whole");
    }

    #[test]
    fn what_somebody_else_made_meanwhile_stays() {
        let dir = tempfile::tempdir().unwrap();
        let name = dir.path().join("lots.csv");
        let mut late = PartFile::begin(&name).unwrap();
        late.write_all(b"late").unwrap();
        fs::write(&name, "of somebody else").unwrap();
        assert!(late.finish().is_err());
        assert_eq!(fs::read(&name).unwrap(), b"of somebody else");
    }
}
