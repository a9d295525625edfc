//! A record file: consecutive records of the journal exactly as stored, in checksummed blocks. It says
//! which record it begins with and what that one continues, so that snapshots, later ones that go on where
//! another ended, and an archive that grows can be read one after the other.

use crate::journal::data_dir::private_file;
use crate::journal::error::JournalError;
use crate::journal::record::Tail;
use crate::journal::snapshot::archive::Whole;
use crate::journal::snapshot::block::{
    BLOCK_HEAD_BYTES, BlockHead, BlockWriter, End, HEAD_BYTES, Head, NumberedRecords,
};
use sha2::{Digest, Sha256};
use std::fs::File;
use std::io::{BufReader, ErrorKind, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

/// So many bytes are written before they are synced, so that no large sync holds up that of the journal.
const SYNC_BYTES: u64 = 4 << 20;

/// What is wrong with a file that should be there.
pub(super) const MISSING: &str = "the file is missing";

const NAME_PREFIX: &str = "records-";
const NAME_SUFFIX: &str = ".kpr";

/// The name of the file that begins with a record.
pub(super) fn name_of(first_record: u64) -> String {
    format!("{NAME_PREFIX}{first_record:020}{NAME_SUFFIX}")
}

/// The first record of a file by its name; `None`: it is none of ours.
pub(super) fn number_in(name: &str) -> Option<u64> {
    name.strip_prefix(NAME_PREFIX)?.strip_suffix(NAME_SUFFIX)?.parse().ok()
}

/// A file that is being written.
pub(super) struct RecordFileWriter {
    file: File,
    path: PathBuf,
    hash: Sha256,
    bytes: u64,
    unsynced: u64,
    block: BlockWriter,
    head: Head,
}

/// A file that is complete.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct WrittenFile {
    pub(super) name: String,
    pub(super) bytes: u64,
    pub(super) sha256: [u8; 32],
    pub(super) head: Head,
    pub(super) end: End,
}

impl RecordFileWriter {
    /// Begins the file of what comes after `tail`.
    pub(super) fn create(directory: &Path, tail: &Tail) -> Result<Self, JournalError> {
        let head = Head::after(tail);
        let path = directory.join(name_of(head.first_record));
        let cannot = |error: std::io::Error| JournalError::io("write", &path, &error);
        let file = private_file(&path).map_err(cannot)?;
        let block = BlockWriter::new(head.first_record).map_err(cannot)?;
        let hash = Sha256::new();
        let mut writer = Self { file, path, hash, bytes: 0, unsynced: 0, block, head };
        writer.write(&head.bytes())?;
        Ok(writer)
    }

    /// Goes on with a file that has no end yet, behind what is whole of it; what follows that is cut off.
    pub(super) fn resume(path: &Path, whole: &Whole) -> Result<Self, JournalError> {
        let cannot = |error: std::io::Error| JournalError::io("write", path, &error);
        let mut file = private_file(path).map_err(cannot)?;
        file.set_len(whole.bytes).map_err(cannot)?;
        file.seek(SeekFrom::Start(whole.bytes)).map_err(cannot)?;
        let block = BlockWriter::new(whole.tail.record.saturating_add(1)).map_err(cannot)?;
        let (head, hash) = (whole.head, whole.hash.clone());
        Ok(Self {
            file,
            path: path.to_path_buf(),
            hash,
            bytes: whole.bytes,
            unsynced: 0,
            block,
            head,
        })
    }

    /// Adds the next record. True where a block became full with it and was written.
    pub(super) fn push(&mut self, record: &[u8]) -> Result<bool, JournalError> {
        self.block.push(record);
        if !self.block.is_full() {
            return Ok(false);
        }
        let block = self.block.finish();
        self.write(&block)?;
        Ok(true)
    }

    /// How many bytes were written.
    pub(super) fn bytes(&self) -> u64 {
        self.bytes
    }

    /// The same with what waits for its block.
    pub(super) fn bytes_at_most(&self) -> u64 {
        let waiting = u64::try_from(self.block.waiting()).unwrap_or(u64::MAX);
        self.bytes.saturating_add(waiting)
    }

    /// Writes what waits for its block, and makes all of it durable.
    pub(super) fn sync(&mut self) -> Result<(), JournalError> {
        self.write_waiting()?;
        self.unsynced = 0;
        self.file.sync_data().map_err(|error| JournalError::io("sync", &self.path, &error))
    }

    fn write_waiting(&mut self) -> Result<(), JournalError> {
        if self.block.is_empty() {
            return Ok(());
        }
        let block = self.block.finish();
        self.write(&block)
    }

    /// Ends the file behind the record that made `tail`, durably.
    pub(super) fn finish(mut self, tail: &Tail) -> Result<WrittenFile, JournalError> {
        self.write_waiting()?;
        let end = End::at(tail);
        self.write(&end.bytes())?;
        self.file.sync_all().map_err(|error| JournalError::io("sync", &self.path, &error))?;
        Ok(WrittenFile {
            name: name_of(self.head.first_record),
            bytes: self.bytes,
            sha256: self.hash.finalize().into(),
            head: self.head,
            end,
        })
    }

    fn write(&mut self, bytes: &[u8]) -> Result<(), JournalError> {
        let cannot = |error: std::io::Error| JournalError::io("write", &self.path, &error);
        self.file.write_all(bytes).map_err(cannot)?;
        self.hash.update(bytes);
        let count = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
        self.bytes = self.bytes.saturating_add(count);
        self.unsynced = self.unsynced.saturating_add(count);
        if self.unsynced >= SYNC_BYTES {
            self.file.sync_data().map_err(cannot)?;
            self.unsynced = 0;
        }
        Ok(())
    }
}

/// A file that is read from its beginning, block by block.
pub(super) struct RecordFileReader<S = BufReader<File>> {
    file: S,
    path: PathBuf,
    head: Head,
    /// The record that the next block must begin with.
    next_record: u64,
}

impl RecordFileReader {
    pub(super) fn open(path: &Path) -> Result<Self, JournalError> {
        let file = File::open(path).map_err(|error| unreadable(path, &error))?;
        Self::over(BufReader::new(file), path)
    }
}

impl<S: Read + Seek> RecordFileReader<S> {
    /// Reads what `path` holds from wherever its bytes are.
    pub(super) fn over(mut file: S, path: &Path) -> Result<Self, JournalError> {
        let mut bytes = [0; HEAD_BYTES];
        file.read_exact(&mut bytes).map_err(|error| unreadable(path, &error))?;
        let head = Head::read(&bytes).map_err(|what| JournalError::damaged(path, what))?;
        let path = path.to_path_buf();
        Ok(Self { file, path, head, next_record: head.first_record })
    }

    pub(super) fn head(&self) -> Head {
        self.head
    }

    /// The records of the first block that has one with a number of at least `from`; `None`: the file has
    /// ended.
    pub(super) fn block_with(
        &mut self,
        from: u64,
    ) -> Result<Option<NumberedRecords>, JournalError> {
        loop {
            let mut bytes = [0; BLOCK_HEAD_BYTES];
            self.file.read_exact(&mut bytes).map_err(|error| unreadable(&self.path, &error))?;
            let head = BlockHead::read(&bytes).map_err(|what| self.damaged(what))?;
            if head.is_end {
                let stored = self.read(head.stored)?;
                let end = head.end(&bytes, &stored).map_err(|what| self.damaged(what))?;
                if end.last_record.saturating_add(1) != self.next_record {
                    return Err(self.damaged("its end is not behind its last record"));
                }
                return Ok(None);
            }
            if head.first_record != self.next_record {
                return Err(self.damaged("its blocks do not follow each other"));
            }
            self.next_record = head.next_record();
            if self.next_record > from {
                let stored = self.read(head.stored)?;
                let records = head.records(&bytes, &stored).map_err(|what| self.damaged(what))?;
                return Ok(Some(records));
            }
            let over = SeekFrom::Current(i64::try_from(head.stored).unwrap_or(i64::MAX));
            self.file.seek(over).map_err(|error| unreadable(&self.path, &error))?;
        }
    }

    fn read(&mut self, length: usize) -> Result<Vec<u8>, JournalError> {
        let mut bytes = vec![0; length];
        self.file.read_exact(&mut bytes).map_err(|error| unreadable(&self.path, &error))?;
        Ok(bytes)
    }

    fn damaged(&self, what: impl Into<String>) -> JournalError {
        JournalError::damaged(&self.path, what)
    }
}

/// A file of a copy that is not there, or ends too early, is damage.
pub(super) fn unreadable(path: &Path, error: &std::io::Error) -> JournalError {
    if error.kind() == ErrorKind::NotFound {
        return JournalError::damaged(path, MISSING);
    }
    if error.kind() == ErrorKind::UnexpectedEof {
        return JournalError::damaged(path, "it is cut off");
    }
    JournalError::io("read", path, error)
}
