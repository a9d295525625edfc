//! The disk below a data directory: what is free on it, whether it can be written, and what a store takes
//! of it.

use crate::journal::error::JournalError;
use rustix::fs::{StatVfsMountFlags, statvfs};
use std::path::Path;

/// The file system that holds a directory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DiskSpace {
    /// What a process without special rights may still take.
    pub free_bytes: u64,
    pub total_bytes: u64,
    /// Whether it is mounted so that nothing can be written.
    pub read_only: bool,
}

/// Looks at the file system that holds `path`.
///
/// # Errors
/// `Io`.
pub fn disk_space(path: &Path) -> Result<DiskSpace, JournalError> {
    let disk = statvfs(path)
        .map_err(|error| JournalError::io("learn what is free below", path, &error.into()))?;
    Ok(DiskSpace {
        free_bytes: disk.f_bavail.saturating_mul(disk.f_frsize),
        total_bytes: disk.f_blocks.saturating_mul(disk.f_frsize),
        read_only: disk.f_flag.contains(StatVfsMountFlags::RDONLY),
    })
}

/// The bytes of all files below a directory; what cannot be read, or is gone meanwhile, counts as nothing.
#[must_use]
pub fn bytes_below(directory: &Path) -> u64 {
    let Ok(entries) = std::fs::read_dir(directory) else { return 0 };
    let size = |entry: std::fs::DirEntry| match entry.metadata() {
        Ok(metadata) if metadata.is_dir() => bytes_below(&entry.path()),
        Ok(metadata) => metadata.len(),
        Err(_) => 0,
    };
    entries.flatten().map(size).fold(0, u64::saturating_add)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_disk_says_what_is_free_and_a_directory_what_it_takes() {
        let dir = tempfile::tempdir().unwrap();
        let space = disk_space(dir.path()).unwrap();
        assert!(space.free_bytes <= space.total_bytes && space.total_bytes > 0);
        assert!(!space.read_only);
        assert!(disk_space(&dir.path().join("nowhere")).is_err());
        assert_eq!(bytes_below(&dir.path().join("nowhere")), 0);
        std::fs::create_dir(dir.path().join("journal")).unwrap();
        std::fs::write(dir.path().join("journal/db"), [0; 5]).unwrap();
        std::fs::write(dir.path().join("lock"), [0; 2]).unwrap();
        assert_eq!(bytes_below(dir.path()), 7);
    }
}
