//! The key of a house in a file of its own, with a checksum: a key with a flipped bit is a key all the
//! same, and everything that rests on it would quietly be somebody else's.

use crate::journal::data_dir::{DataDir, keep_private};
use crate::journal::error::JournalError;
use std::io::ErrorKind;
use std::path::Path;

/// The key from which what the journal must not tell is derived.
pub(in crate::journal) const KEY_FILE: &str = "house-key";
/// The same while it is being written.
const KEY_FILE_BEGUN: &str = "house-key.begun";
const KEY_BYTES: usize = 32;

/// A key as it was found.
struct Found {
    key: [u8; KEY_BYTES],
    /// Files of before have the key alone.
    is_checked: bool,
}

impl DataDir {
    /// The key of the house, made by `make` the first time it is asked for. A file without a checksum gets
    /// one.
    ///
    /// # Errors
    /// `Damaged` if the file is not as it was written; `Io`.
    pub fn house_key(&self, make: impl FnOnce() -> [u8; 32]) -> Result<[u8; 32], JournalError> {
        match read(self.path())? {
            Some(Found { key, is_checked: true }) => Ok(key),
            Some(Found { key, is_checked: false }) => self.keep_house_key(key),
            None => self.keep_house_key(make()),
        }
    }

    /// The key of the house, where it was asked for before.
    ///
    /// # Errors
    /// As [`Self::house_key`].
    pub fn kept_house_key(&self) -> Result<Option<[u8; 32]>, JournalError> {
        house_key_in(self.path())
    }

    /// Whole or not at all.
    fn keep_house_key(&self, key: [u8; KEY_BYTES]) -> Result<[u8; KEY_BYTES], JournalError> {
        let bytes = [&key[..], &checksum_of(&key)].concat();
        keep_private(self.path(), (KEY_FILE, KEY_FILE_BEGUN), &bytes)?;
        Ok(key)
    }
}

/// The key of the house in a directory that may be in no state to be opened.
pub(in crate::journal) fn house_key_in(directory: &Path) -> Result<Option<[u8; 32]>, JournalError> {
    Ok(read(directory)?.map(|found| found.key))
}

fn read(directory: &Path) -> Result<Option<Found>, JournalError> {
    let path = directory.join(KEY_FILE);
    let bytes = match std::fs::read(&path) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(JournalError::io("read", &path, &error)),
    };
    let damaged = |what| JournalError::damaged(directory, format!("{KEY_FILE} {what}"));
    let (key, checksum) = bytes.split_first_chunk().ok_or_else(|| damaged("is no key"))?;
    let is_checked = !checksum.is_empty();
    if is_checked && checksum != checksum_of(key) {
        return Err(damaged("is not as it was written"));
    }
    Ok(Some(Found { key: *key, is_checked }))
}

fn checksum_of(key: &[u8]) -> [u8; 4] {
    crc32fast::hash(key).to_be_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::journal::data_dir::private_file;
    use std::io::Write;
    use std::os::unix::fs::PermissionsExt;

    #[test]
    fn a_house_has_one_key_of_its_own() {
        let temp = tempfile::tempdir().unwrap();
        let data_dir = DataDir::create_or_open(temp.path()).unwrap();
        assert_eq!(data_dir.kept_house_key(), Ok(None));
        // As a crash in the middle leaves it.
        let mut begun = private_file(&temp.path().join(KEY_FILE_BEGUN)).unwrap();
        begun.write_all(&[9; 40]).unwrap();
        assert_eq!(data_dir.house_key(|| [1; 32]), Ok([1; 32]));
        assert_eq!(data_dir.house_key(|| [2; 32]), Ok([1; 32]));
        let file = temp.path().join(KEY_FILE);
        assert_eq!(file.metadata().unwrap().permissions().mode() & 0o777, 0o600);
        drop(data_dir);
        DataDir::open_existing(temp.path()).unwrap();
    }

    #[test]
    fn a_key_that_changed_is_refused() {
        let temp = tempfile::tempdir().unwrap();
        let data_dir = DataDir::create_or_open(temp.path()).unwrap();
        data_dir.house_key(|| [1; 32]).unwrap();
        let file = temp.path().join(KEY_FILE);
        let whole = std::fs::read(&file).unwrap();
        for bit in 0..whole.len() * 8 {
            let mut flipped = whole.clone();
            flipped[bit.div_euclid(8)] ^= 1 << (bit % 8);
            std::fs::write(&file, flipped).unwrap();
            let damaged = data_dir.house_key(|| [3; 32]).unwrap_err();
            assert!(damaged.to_string().contains("house-key"), "{damaged}");
        }
        for length in (0..whole.len()).filter(|length| *length != KEY_BYTES) {
            std::fs::write(&file, &whole[..length]).unwrap();
            assert!(data_dir.kept_house_key().is_err(), "{length} bytes");
        }
    }

    #[test]
    fn a_key_of_before_gets_its_checksum() {
        let temp = tempfile::tempdir().unwrap();
        let data_dir = DataDir::create_or_open(temp.path()).unwrap();
        let file = temp.path().join(KEY_FILE);
        std::fs::write(&file, [5; KEY_BYTES]).unwrap();
        assert_eq!(data_dir.kept_house_key(), Ok(Some([5; 32])));
        assert_eq!(std::fs::read(&file).unwrap().len(), KEY_BYTES, "reading changes nothing");
        assert_eq!(data_dir.house_key(|| [6; 32]), Ok([5; 32]));
        assert!(std::fs::read(&file).unwrap().len() > KEY_BYTES);
        assert_eq!(data_dir.house_key(|| [6; 32]), Ok([5; 32]));
    }
}
