//! What lies in the directory of an archive: whose it is and of which version, its record files, and beside
//! each file that is complete its SHA-256, as `sha256sum -c` reads it.

use crate::journal::data_dir::{LOCK_FILE, keep_private};
use crate::journal::error::JournalError;
use crate::journal::record::Hash;
use crate::journal::snapshot::record_file::{name_of, number_in};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

const FORMAT_FILE: &str = "kopilka.archive";
const FORMAT_PREFIX: &str = "kopilka archive ";
const FORMAT: &str = "kopilka archive 1\n";
/// The version of the archive that this program writes.
const VERSION: u32 = 1;
/// How far the archive had come when it was last durable, as the journal has it.
pub(super) const HIGH_WATER_FILE: &str = "high-water";
/// The mirror of the vault: the keys of all that is sealed in the records.
pub(super) const VAULT_DIR: &str = "vault";
const CHECKSUM_SUFFIX: &str = ".sha256";
/// What is written begins with this name, and gets its own when it is whole.
const BEGUN_SUFFIX: &str = ".begun";
/// What a freshly made file system holds by itself.
const LOST_AND_FOUND: &str = "lost+found";

/// What a path turned out to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Found {
    /// Nothing, or a beginning that did not come to its end.
    Fresh,
    Ours,
}

/// Looks at a directory and changes nothing.
pub(super) fn find(directory: &Path) -> Result<Found, JournalError> {
    let cannot = |error: std::io::Error| JournalError::io("read", directory, &error);
    let entries = match std::fs::read_dir(directory) {
        Ok(entries) => entries,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Found::Fresh),
        Err(error) => return Err(cannot(error)),
    };
    let path = directory.join(FORMAT_FILE);
    match std::fs::read_to_string(&path) {
        Ok(format) if format == FORMAT => return Ok(Found::Ours),
        Ok(format) => return Err(refuse_format(directory, &format)),
        Err(error) if error.kind() == ErrorKind::NotFound => {}
        Err(error) => return Err(JournalError::io("read", &path, &error)),
    }
    let begun = format!("{FORMAT_FILE}{BEGUN_SUFFIX}");
    let begins = [LOCK_FILE, HIGH_WATER_FILE, LOST_AND_FOUND, &begun];
    for entry in entries {
        let name = entry.map_err(cannot)?.file_name();
        if !begins.iter().any(|begins| name == *begins) {
            let reason = "it holds something else; nothing in it was changed";
            return Err(JournalError::archive(directory, reason));
        }
    }
    Ok(Found::Fresh)
}

fn refuse_format(directory: &Path, format: &str) -> JournalError {
    let version = format.strip_prefix(FORMAT_PREFIX).and_then(|rest| rest.trim().parse().ok());
    JournalError::archive(
        directory,
        match version {
            Some(version) if version > VERSION => format!(
                "it was written by a newer Kopilka (archive version {version}, this program knows up to \
             {VERSION}); use the newer program, nothing was changed"
            ),
            Some::<u32>(_) | None => {
                "it holds something else; nothing in it was changed".to_owned()
            }
        },
    )
}

/// Makes the directory ours; the last thing that its beginning does.
pub(super) fn write_format(directory: &Path) -> Result<(), JournalError> {
    let begun = format!("{FORMAT_FILE}{BEGUN_SUFFIX}");
    keep_private(directory, (FORMAT_FILE, &begun), FORMAT.as_bytes())
}

/// The record files by the number of their first record, which is in their name.
pub(super) fn record_files(directory: &Path) -> Result<Vec<(u64, PathBuf)>, JournalError> {
    let cannot = |error: std::io::Error| JournalError::io("read", directory, &error);
    let mut found = Vec::new();
    for entry in std::fs::read_dir(directory).map_err(cannot)? {
        let path = entry.map_err(cannot)?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        if let Some(first) = number_in(&name).filter(|first| name_of(*first) == name) {
            found.push((first, path));
        }
    }
    found.sort_unstable();
    Ok(found)
}

/// Writes the SHA-256 of a file beside it, durably.
pub(super) fn keep_checksum(
    directory: &Path,
    name: &str,
    sha256: &Hash,
) -> Result<(), JournalError> {
    let (kept, begun) = (format!("{name}{CHECKSUM_SUFFIX}"), format!("{name}{BEGUN_SUFFIX}"));
    keep_private(directory, (&kept, &begun), line_of(name, sha256).as_bytes())
}

/// The SHA-256 that stands beside a file; `None`: none does.
pub(super) fn kept_checksum(file: &Path) -> Result<Option<Hash>, JournalError> {
    let name = file.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let path = file.with_file_name(format!("{name}{CHECKSUM_SUFFIX}"));
    let text = match std::fs::read_to_string(&path) {
        Ok(text) => text,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) if error.kind() == ErrorKind::InvalidData => String::new(),
        Err(error) => return Err(JournalError::io("read", &path, &error)),
    };
    let digits = text.split(' ').next().and_then(|digits| hex::decode(digits).ok());
    let sha256: Option<Hash> = digits.and_then(|digits| digits.try_into().ok());
    let sha256 = sha256.filter(|sha256| line_of(&name, sha256) == text);
    sha256.map(Some).ok_or_else(|| JournalError::damaged(&path, "it is not what was written"))
}

fn line_of(name: &str, sha256: &Hash) -> String {
    format!("{}  {name}\n", hex::encode(sha256))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_archive_is_begun_in_an_empty_directory_alone() {
        let temp = tempfile::tempdir().unwrap();
        let dir = temp.path().join("archive");
        assert_eq!(find(&dir), Ok(Found::Fresh));
        std::fs::create_dir(&dir).unwrap();
        std::fs::create_dir(dir.join(LOST_AND_FOUND)).unwrap();
        assert_eq!(find(&dir), Ok(Found::Fresh));
        std::fs::write(dir.join("thesis.txt"), "years of work").unwrap();
        let refused = find(&dir).unwrap_err().to_string();
        assert!(refused.contains("something else"), "{refused}");
        write_format(&dir).unwrap();
        assert_eq!(find(&dir), Ok(Found::Ours));
        std::fs::write(dir.join(FORMAT_FILE), "kopilka archive 2\n").unwrap();
        let refused = find(&dir).unwrap_err().to_string();
        assert!(refused.contains("newer Kopilka (archive version 2"), "{refused}");
    }
}
