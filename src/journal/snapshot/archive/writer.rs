//! Appends the records of a journal to its archive, beside whoever goes on writing the journal: it goes on
//! where the archive ends, cuts off what a crash left half written, and ends a file when it is large enough.

use crate::journal::chain::Chain;
use crate::journal::data_dir::{
    LOCK_FILE, create_private_dirs, keep_private, private_file, sync_dir,
};
use crate::journal::disk::disk_space;
use crate::journal::error::JournalError;
use crate::journal::high_water::{HighWater, Mark, MarkWriter};
use crate::journal::reader::JournalReader;
use crate::journal::record::Tail;
use crate::journal::snapshot::archive::layout::{
    Found, HIGH_WATER_FILE, VAULT_DIR, find, keep_checksum, record_files, write_format,
};
use crate::journal::snapshot::archive::scan::{Whole, scan};
use crate::journal::snapshot::create::RECORD_FILE_BYTES_MAX;
use crate::journal::snapshot::record_file::RecordFileWriter;
use crate::journal::vault::{Beside, Vault, VaultMirror};
use std::fs::File;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

/// In a data directory: where its archive is, once there is one.
const ARCHIVE_NOTE: (&str, &str) = ("archive-dir", "archive-dir.begun");

/// Where the records of a journal are kept a second time.
#[derive(Debug, Clone)]
pub struct ArchivePlace {
    pub directory: PathBuf,
    /// Whose journal it is; remembers that the archive was begun.
    pub data_dir: PathBuf,
    /// Nothing is written while the file system has less than this free, in bytes.
    pub disk_free_min: u64,
}

/// Is told, with the archive, how many bytes were written with a block; it may break off.
type OnBlock<'a> = dyn FnMut(&mut ArchiveWriter, u64) -> Result<ControlFlow<()>, JournalError> + 'a;

/// An archive that grows; nobody else writes to it.
pub struct ArchiveWriter {
    place: ArchivePlace,
    file_bytes_max: u64,
    /// The newest file, if it is not full.
    file: Option<RecordFileWriter>,
    tail: Tail,
    /// Whether something was added that is not durable yet.
    unsynced: bool,
    vault: VaultMirror,
    high_water: HighWater,
    marks: MarkWriter,
    _lock: File,
}

impl ArchiveWriter {
    /// Goes on where the archive ends, or begins one in an empty directory. `durable` is the last record of
    /// the journal that is durable.
    ///
    /// # Errors
    /// `Archive` if it is not of this journal, or is gone; `Damaged` naming the file; `InUse`; `Io`.
    pub fn open(
        place: ArchivePlace,
        journal: &JournalReader,
        durable: u64,
    ) -> Result<Self, JournalError> {
        let directory = &place.directory;
        let found = find(directory)?;
        if found == Found::Fresh {
            refuse_gone(&place)?;
            create_private_dirs(directory)?;
        }
        let lock = lock(directory)?;
        let mark = directory.join(HIGH_WATER_FILE);
        if found == Found::Fresh {
            HighWater::create(&mark)?;
            write_format(directory)?;
        }
        let (high_water, marks, mark) = HighWater::open(&mark)?;
        let (tail, file) = newest(directory, &mark)?;
        refuse_another(directory, &tail, journal, durable)?;
        keep_private(&place.data_dir, ARCHIVE_NOTE, place.note().as_bytes())?;
        let vault = VaultMirror::new(&directory.join(VAULT_DIR));
        let mut writer = Self {
            place,
            file_bytes_max: RECORD_FILE_BYTES_MAX,
            file: None,
            tail,
            unsynced: false,
            vault,
            high_water,
            marks,
            _lock: lock,
        };
        if let Some((path, whole)) = file {
            writer.resume(&path, &whole)?;
        }
        Ok(writer)
    }

    /// The same with smaller files.
    #[cfg(test)]
    pub(in crate::journal::snapshot) fn with_files_of(self, file_bytes_max: u64) -> Self {
        Self { file_bytes_max, ..self }
    }

    /// Where the archive ends.
    #[must_use]
    pub fn tail(&self) -> &Tail {
        &self.tail
    }

    /// Brings the keys up to those of the journal's vault, durably: to be called before records are added that
    /// need them, and also when none are, since a key that is destroyed there is destroyed here. Where the two
    /// say different things of a key, the records that are in the archive decide.
    ///
    /// # Errors
    /// `Io`, `Damaged`.
    pub fn follow_vault(
        &mut self,
        vault: &Vault,
        journal: &JournalReader,
    ) -> Result<(), JournalError> {
        let through = self.tail.last_event;
        self.vault.follow(vault, Some(Beside { journal, through }))
    }

    /// Adds the records of the journal through one that is durable. After every block `on_block` is told how
    /// many bytes were written with it; it may take its time, and it may break off.
    ///
    /// # Errors
    /// If the journal cannot be read or is damaged, or the archive written; it must be opened anew then.
    pub fn append(
        &mut self,
        journal: &JournalReader,
        through: u64,
        on_block: &mut OnBlock<'_>,
    ) -> Result<(), JournalError> {
        if self.tail.record >= through {
            return Ok(());
        }
        self.check_free_space()?;
        for link in Chain::new(journal, self.tail.record.saturating_add(1)) {
            let link = link?;
            if link.info.number <= self.tail.record {
                continue; // the parts of its group that are here already
            }
            let written = self.push(&link.stored, link.tail())?;
            if written > 0 {
                self.check_free_space()?;
                if on_block(self, written)?.is_break() {
                    break;
                }
            }
            if self.tail.record >= through {
                break;
            }
        }
        Ok(())
    }

    /// Makes all that was added durable.
    ///
    /// # Errors
    /// `Io`; the archive must be opened anew then.
    pub fn sync(&mut self) -> Result<(), JournalError> {
        if !self.unsynced {
            return Ok(());
        }
        let mut bytes = 0;
        if let Some(file) = &mut self.file {
            file.sync()?;
            bytes = file.bytes();
        }
        self.marks.write(&self.high_water, &Mark::of(&self.tail, bytes))?;
        self.high_water.sync()?;
        self.unsynced = false;
        Ok(())
    }

    /// Adds a record; how many bytes were written with it.
    fn push(&mut self, stored: &[u8], tail: Tail) -> Result<u64, JournalError> {
        let mut file = match self.file.take() {
            Some(file) => file,
            None => {
                let file = RecordFileWriter::create(&self.place.directory, &self.tail)?;
                sync_dir(&self.place.directory)?;
                file
            }
        };
        let before = file.bytes();
        let written = file.push(stored)?;
        let count = if written { file.bytes().saturating_sub(before) } else { 0 };
        self.tail = tail;
        self.unsynced = true;
        let full = file.bytes_at_most() >= self.file_bytes_max;
        self.file = Some(file);
        if full {
            self.end_file()?;
        }
        Ok(count)
    }

    fn end_file(&mut self) -> Result<(), JournalError> {
        let Some(file) = self.file.take() else { return Ok(()) };
        let written = file.finish(&self.tail)?;
        keep_checksum(&self.place.directory, &written.name, &written.sha256)
    }

    /// Goes on with the newest file, or puts right what a crash left of its end.
    fn resume(&mut self, path: &Path, whole: &Whole) -> Result<(), JournalError> {
        if let Some(what) = &whole.trouble {
            let record = whole.tail.record;
            tracing::warn!(path = %path.display(), what, record, "cutting off a torn end");
        }
        if whole.ended {
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            return keep_checksum(&self.place.directory, &name, &whole.sha256());
        }
        self.file = Some(RecordFileWriter::resume(path, whole)?);
        Ok(())
    }

    fn check_free_space(&self) -> Result<(), JournalError> {
        let free_min = self.place.disk_free_min;
        if disk_space(&self.place.directory)?.free_bytes < free_min {
            return Err(JournalError::Full { path: self.place.directory.clone(), free_min });
        }
        Ok(())
    }
}

impl ArchivePlace {
    /// The directory as every process finds it.
    fn absolute(&self) -> PathBuf {
        std::path::absolute(&self.directory).unwrap_or_else(|_| self.directory.clone())
    }

    fn note(&self) -> String {
        format!("{}\n", self.absolute().display())
    }
}

/// Where the archive of a data directory was, as far as it remembers.
#[must_use]
pub fn archive_of(data_dir: &Path) -> Option<PathBuf> {
    let note = std::fs::read_to_string(data_dir.join(ARCHIVE_NOTE.0)).ok()?;
    note.strip_suffix('\n').map(PathBuf::from)
}

/// An empty directory where the archive was is a disk that is not there: nothing is begun in its place.
fn refuse_gone(place: &ArchivePlace) -> Result<(), JournalError> {
    if archive_of(&place.data_dir).is_none_or(|before| before != place.absolute()) {
        return Ok(());
    }
    let reason = format!(
        "it was begun and is gone: bring its disk back, or name another directory, or remove {} to begin it anew",
        place.data_dir.join(ARCHIVE_NOTE.0).display()
    );
    Err(JournalError::archive(&place.directory, reason))
}

fn lock(directory: &Path) -> Result<File, JournalError> {
    let path = directory.join(LOCK_FILE);
    let lock = private_file(&path).map_err(|error| JournalError::io("open", &path, &error))?;
    lock.try_lock().map_err(|_| JournalError::InUse(directory.to_path_buf()))?;
    Ok(lock)
}

/// Where the archive ends, and its newest file. Less than what was durable is damage; what is beyond that
/// may be torn, and is copied anew where it begins a file.
fn newest(directory: &Path, mark: &Mark) -> Result<(Tail, Option<(PathBuf, Whole)>), JournalError> {
    for (first, path) in record_files(directory)?.into_iter().rev() {
        if first > mark.record {
            tracing::warn!(path = %path.display(), "removing a file that was never durable");
            std::fs::remove_file(&path)
                .map_err(|error| JournalError::io("remove", &path, &error))?;
            continue;
        }
        let mut marked = None;
        let whole = scan(&path, None, &mut |tail| {
            if tail.record == mark.record {
                marked = Some(tail.hash);
            }
        })?;
        if marked != Some(mark.hash) || (whole.ended && whole.trouble.is_some()) {
            return Err(whole.damaged(&path, mark.record));
        }
        return Ok((whole.tail, Some((path, whole))));
    }
    if mark.record > 0 {
        let what = format!("the file that held record {} is missing", mark.record);
        return Err(JournalError::damaged(directory, what));
    }
    Ok((Tail::nothing(), None))
}

/// An archive goes on with the journal that it is of, and with no other.
fn refuse_another(
    directory: &Path,
    tail: &Tail,
    journal: &JournalReader,
    durable: u64,
) -> Result<(), JournalError> {
    let record = tail.record;
    if record > durable {
        let reason = format!(
            "it holds record {record}, and the journal ends with {durable}: a ledger that was restored to an \
             earlier moment needs an archive of its own"
        );
        return Err(JournalError::archive(directory, reason));
    }
    if record == 0 || journal.tail_at(record)?.hash == tail.hash {
        return Ok(());
    }
    let reason = format!(
        "it is of another journal: record {record} is another one there; name another directory"
    );
    Err(JournalError::archive(directory, reason))
}
