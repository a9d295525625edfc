//! A file of slots: a head that says how many there are, then one slot after the other.

use crate::journal::data_dir::{keep_private, parent_of};
use crate::journal::error::JournalError;
use crate::journal::vault::slot::{SLOT_BYTES, SlotBytes};
use sha2::{Digest, Sha256};
use std::fs::{File, OpenOptions};
use std::io::ErrorKind;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

const MAGIC: &[u8; 16] = b"kopilka vault 1\n";
/// What follows the name of a file until its head is on the disk.
const BEGUN_SUFFIX: &str = ".begun";
/// Bytes of the head that its check covers.
const CHECKED_BYTES: usize = 32;

/// A file of slots that is open.
pub(super) struct SlotFile {
    path: PathBuf,
    file: File,
    /// Whose slots they are.
    owner: u32,
    /// Slots from 0 on that were written and made durable.
    count: u64,
}

impl SlotFile {
    /// Opens a file; `None`: there is none.
    pub(super) fn open(path: &Path, owner: u32) -> Result<Option<Self>, JournalError> {
        Self::open_with(OpenOptions::new().read(true).write(true), path, owner)
    }

    fn open_with(
        options: &OpenOptions,
        path: &Path,
        owner: u32,
    ) -> Result<Option<Self>, JournalError> {
        let file = match options.open(path) {
            Ok(file) => file,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(JournalError::io("open", path, &error)),
        };
        let mut head = [0; SLOT_BYTES];
        let read = file.read_exact_at(&mut head, 0);
        let count = read.ok().and_then(|()| count_of(&head, owner));
        let count = count.ok_or_else(|| JournalError::damaged(path, "its head"))?;
        let length = file.metadata().map_err(|error| JournalError::io("read", path, &error))?.len();
        if length < place_of(count) {
            return Err(JournalError::damaged(path, "it lost its end"));
        }
        Ok(Some(Self { path: path.to_path_buf(), file, owner, count }))
    }

    /// Opens a file that is not to be changed; `None`: there is none.
    pub(super) fn open_to_read(path: &Path, owner: u32) -> Result<Option<Self>, JournalError> {
        Self::open_with(OpenOptions::new().read(true), path, owner)
    }

    /// Opens a file, which is made without a slot where it is missing. It gets its name with a whole head, so that
    /// a power cut leaves none that nobody can open.
    pub(super) fn open_or_create(path: &Path, owner: u32) -> Result<Self, JournalError> {
        if let Some(found) = Self::open_whole(path, owner)? {
            return Ok(found);
        }
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let begun = format!("{name}{BEGUN_SUFFIX}");
        keep_private(&parent_of(path), (&name, &begun), &head_of(owner, 0))?;
        Self::open(path, owner)?.ok_or_else(|| JournalError::damaged(path, "it is missing"))
    }

    /// A file shorter than its head never had a slot.
    pub(super) fn open_whole(path: &Path, owner: u32) -> Result<Option<Self>, JournalError> {
        let short = std::fs::metadata(path)
            .is_ok_and(|found| found.len() < u64::try_from(SLOT_BYTES).unwrap_or(u64::MAX));
        if short { Ok(None) } else { Self::open(path, owner) }
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// How many slots there are.
    pub(super) const fn count(&self) -> u64 {
        self.count
    }

    /// A slot; `None`: there are not so many.
    pub(super) fn read(&self, slot: u64) -> Result<Option<SlotBytes>, JournalError> {
        if slot >= self.count {
            return Ok(None);
        }
        let mut bytes = [0; SLOT_BYTES];
        let read = self.file.read_exact_at(&mut bytes, place_of(slot));
        read.map_err(|error| JournalError::io("read", &self.path, &error))?;
        Ok(Some(bytes))
    }

    /// Up to so many slots from one on; none, if there are not so many.
    pub(super) fn read_some(&self, from: u64, most: u64) -> Result<Vec<SlotBytes>, JournalError> {
        let slots = self.count.saturating_sub(from).min(most);
        let length = usize::try_from(slots).unwrap_or(0).saturating_mul(SLOT_BYTES);
        let mut bytes = vec![0; length];
        let read = self.file.read_exact_at(&mut bytes, place_of(from));
        read.map_err(|error| JournalError::io("read", &self.path, &error))?;
        let (slots, _) = bytes.as_chunks::<SLOT_BYTES>();
        Ok(slots.to_vec())
    }

    /// Adds slots; they are durable before they count.
    pub(super) fn extend(&mut self, slots: &[SlotBytes]) -> Result<(), JournalError> {
        self.write_at(self.count, &slots.concat())?;
        let added = u64::try_from(slots.len()).unwrap_or(u64::MAX);
        let count = self.count.saturating_add(added);
        self.write_head(count)?;
        self.count = count;
        Ok(())
    }

    /// Writes over a slot; durable when it returns.
    pub(super) fn overwrite(&mut self, slot: u64, bytes: &SlotBytes) -> Result<(), JournalError> {
        self.write_at(slot, bytes)
    }

    fn write_at(&self, slot: u64, bytes: &[u8]) -> Result<(), JournalError> {
        self.file
            .write_all_at(bytes, place_of(slot))
            .and_then(|()| self.file.sync_data())
            .map_err(|error| JournalError::io("write", &self.path, &error))
    }

    fn write_head(&self, count: u64) -> Result<(), JournalError> {
        let head = head_of(self.owner, count);
        self.file
            .write_all_at(&head, 0)
            .and_then(|()| self.file.sync_all())
            .map_err(|error| JournalError::io("write", &self.path, &error))
    }
}

/// Where a slot begins; the head is as long as one.
fn place_of(slot: u64) -> u64 {
    let length = u64::try_from(SLOT_BYTES).unwrap_or(u64::MAX);
    slot.saturating_add(1).saturating_mul(length)
}

fn head_of(owner: u32, count: u64) -> SlotBytes {
    let (owner, count) = (owner.to_be_bytes(), count.to_be_bytes());
    let checked = [&MAGIC[..], &owner, &[0; 4], &count].concat();
    let check = Sha256::digest(&checked);
    let mut head = [0; SLOT_BYTES];
    let bytes = checked.into_iter().chain(check);
    head.iter_mut().zip(bytes).for_each(|(byte, value)| *byte = value);
    head
}

/// How many slots a head tells of; `None`: it is not the head of a file of this owner.
fn count_of(head: &SlotBytes, owner: u32) -> Option<u64> {
    let count = head.get(CHECKED_BYTES.saturating_sub(8)..CHECKED_BYTES)?;
    let count = u64::from_be_bytes(count.try_into().ok()?);
    (*head == head_of(owner, count)).then_some(count)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::journal::vault::slot::Slot;

    #[test]
    fn slots_stay_where_they_are_and_the_head_tells_how_many() {
        let temp = tempfile::tempdir().unwrap();
        let path = temp.path().join("tenant-1.keys");
        assert!(SlotFile::open(&path, 1).unwrap().is_none());
        let mut file = SlotFile::open_or_create(&path, 1).unwrap();
        assert_eq!(file.read(0), Ok(None));
        file.extend(&[[1; 64], [2; 64]]).unwrap();
        file.extend(&[[3; 64]]).unwrap();
        file.overwrite(1, &Slot::destroyed()).unwrap();
        let file = SlotFile::open_or_create(&path, 1).unwrap();
        assert_eq!((file.count(), file.read(0), file.read(3)), (3, Ok(Some([1; 64])), Ok(None)));
        assert_eq!(file.read(1), Ok(Some(Slot::destroyed())));
        assert_eq!(file.read(2), Ok(Some([3; 64])));
        assert!(SlotFile::open(&path, 2).is_err(), "of another tenant");
    }

    #[test]
    fn a_head_that_is_not_as_written_and_a_lost_end_are_noticed() {
        let temp = tempfile::tempdir().unwrap();
        let path = temp.path().join("tenant-1.keys");
        SlotFile::open_or_create(&path, 1).unwrap().extend(&[[1; 64], [2; 64]]).unwrap();
        let whole = std::fs::read(&path).unwrap();
        for bit in 0..SLOT_BYTES * 8 {
            let mut flipped = whole.clone();
            flipped[bit.div_euclid(8)] ^= 1 << bit.rem_euclid(8);
            std::fs::write(&path, &flipped).unwrap();
            assert!(SlotFile::open(&path, 1).is_err(), "bit {bit}");
        }
        std::fs::write(&path, &whole[..whole.len() - 1]).unwrap();
        assert!(SlotFile::open(&path, 1).is_err());
        // As a crash leaves an extension that was not made durable: it does not count.
        std::fs::write(&path, [whole.clone(), vec![9; 100]].concat()).unwrap();
        assert_eq!(SlotFile::open(&path, 1).unwrap().unwrap().count(), 2);
        // As a crash leaves the very beginning.
        std::fs::write(&path, &whole[..10]).unwrap();
        assert_eq!(SlotFile::open_or_create(&path, 1).unwrap().count(), 0);
    }
}
