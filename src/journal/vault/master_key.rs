//! The key of the keys: it wraps those of a vault and stands in nothing that they seal. It comes from
//! outside, or lies in a file of its own in the data directory.

use crate::journal::data_dir::{DataDir, keep_private};
use crate::journal::error::JournalError;
use crate::journal::vault::cipher::KEY_BYTES;
use std::fmt;
use std::io::ErrorKind;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

/// Where the key lies unless it comes from outside.
pub const MASTER_KEY_FILE: &str = "master.key";
/// The same while it is being written.
const MASTER_KEY_FILE_BEGUN: &str = "master.key.begun";

/// 32 bytes, written as 64 hexadecimal digits.
#[derive(Clone, PartialEq, Eq)]
pub struct MasterKey([u8; KEY_BYTES]);

impl MasterKey {
    #[must_use]
    pub const fn new(bytes: [u8; KEY_BYTES]) -> Self {
        Self(bytes)
    }

    /// Reads 64 hexadecimal digits; white space around them does not matter.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let bytes = hex::decode(text.trim()).ok()?;
        bytes.try_into().ok().map(Self)
    }

    /// Reads a file with the key.
    ///
    /// # Errors
    /// `MasterKeyUnusable` if there is no such file or it holds no key.
    pub fn read(path: &Path) -> Result<Self, JournalError> {
        let unusable =
            |reason: String| JournalError::MasterKeyUnusable { path: path.into(), reason };
        let text = std::fs::read_to_string(path).map_err(|error| unusable(error.to_string()))?;
        Self::parse(&text).ok_or_else(|| unusable("it is not 64 hexadecimal digits".into()))
    }

    pub(super) const fn bytes(&self) -> &[u8; KEY_BYTES] {
        &self.0
    }
}

impl fmt::Debug for MasterKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("MasterKey(..)")
    }
}

impl DataDir {
    /// The master key that lies in the directory; `None`: none does.
    pub(super) fn kept_master_key(&self) -> Result<Option<MasterKey>, JournalError> {
        let path = self.path().join(MASTER_KEY_FILE);
        let mode = match std::fs::metadata(&path) {
            Ok(metadata) => metadata.permissions().mode(),
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(JournalError::io("read", &path, &error)),
        };
        if mode & 0o077 != 0 {
            let reason = format!("others may read it (mode {:o}); chmod 600 it", mode & 0o777);
            return Err(JournalError::MasterKeyUnusable { path, reason });
        }
        MasterKey::read(&path).map(Some)
    }

    /// Lays a master key into the directory, whole or not at all.
    pub(in crate::journal) fn keep_master_key(&self, key: &MasterKey) -> Result<(), JournalError> {
        let text = format!("{}\n", hex::encode(key.bytes()));
        keep_private(self.path(), (MASTER_KEY_FILE, MASTER_KEY_FILE_BEGUN), text.as_bytes())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_master_key_is_64_digits_and_is_never_shown() {
        let key = MasterKey::parse(&format!(" {}\n", "aB".repeat(32))).unwrap();
        assert_eq!(key.bytes(), &[0xab; 32]);
        assert_eq!(format!("{key:?}"), "MasterKey(..)");
        for text in ["", "ab", &"ab".repeat(33), &"xy".repeat(32)] {
            assert_eq!(MasterKey::parse(text), None, "{text}");
        }
    }

    #[test]
    fn a_master_key_that_others_may_read_is_refused() {
        let temp = tempfile::tempdir().unwrap();
        let data_dir = DataDir::create_or_open(temp.path()).unwrap();
        assert_eq!(data_dir.kept_master_key(), Ok(None));
        let key = MasterKey::new([3; 32]);
        data_dir.keep_master_key(&key).unwrap();
        assert_eq!(data_dir.kept_master_key(), Ok(Some(key)));
        let path = temp.path().join(MASTER_KEY_FILE);
        assert_eq!(path.metadata().unwrap().permissions().mode() & 0o777, 0o600);
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o640)).unwrap();
        let refusal = data_dir.kept_master_key().unwrap_err().to_string();
        assert!(refusal.contains("master.key") && refusal.contains("640"), "{refusal}");
    }
}
