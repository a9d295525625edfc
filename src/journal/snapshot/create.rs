//! Copies a journal through one of its records, beside whoever goes on writing it: records never change, so
//! the copy is what the journal was at that record, however long it takes.

use crate::journal::data_dir::{DATA_DIR_VERSION, LOCK_FILE, create_private_dirs, private_file};
use crate::journal::error::JournalError;
use crate::journal::house_key_file::KEY_FILE;
use crate::journal::reader::JournalReader;
use crate::journal::record::{Hash, Tail};
use crate::journal::records::Records;
use crate::journal::snapshot::increment::{beginning, parent_in};
use crate::journal::snapshot::manifest::{Contents, FileEntry, Manifest, Span};
use crate::journal::snapshot::record_file::{RecordFileWriter, WrittenFile};
use crate::journal::snapshot::shelf::remove_leftovers;
use crate::journal::snapshot::totals::Totals;
use crate::journal::snapshot::workplace::Workplace;
use crate::journal::vault::Sealing;
use crate::values::{EventNumber, Timestamp};
use sha2::{Digest, Sha256};
use std::fs::{File, TryLockError};
use std::io::{Read, Write};
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use thiserror::Error;

/// Most bytes of a record file, but for the block that reaches it.
pub(super) const RECORD_FILE_BYTES_MAX: u64 = 64 << 20;

/// Bytes of a file that are in memory at once while it is hashed.
const PIECE_BYTES: usize = 256 << 10;

/// What is copied.
pub struct SnapshotSource {
    pub journal: JournalReader,
    /// The last record of the copy.
    pub through: u64,
    /// The key of the house, where it lies in a file of its own; otherwise it is in the vault of the
    /// journal, which is copied with it.
    pub house_key: Option<[u8; 32]>,
    pub created_at: Timestamp,
    pub kind: SnapshotKind,
}

/// How much a snapshot holds itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum SnapshotKind {
    /// Everything.
    #[default]
    Full,
    /// What came after the newest whole snapshot of the same journal, which is needed to restore it.
    /// Everything, where there is none or its chain is as long as may be.
    Incremental,
}

/// Where copies go: a directory that nobody else puts one into meanwhile.
pub struct SnapshotPlace {
    directory: PathBuf,
    disk_free_min: u64,
    file_bytes_max: u64,
    _lock: File,
}

/// How far a copy has got.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct SnapshotProgress {
    pub records: u64,
    pub records_total: u64,
    /// As written.
    pub bytes: u64,
}

/// A snapshot that is whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CreatedSnapshot {
    pub path: PathBuf,
    pub manifest: Manifest,
}

/// Why there is no snapshot; nothing of it stays.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum SnapshotError {
    #[error("a snapshot is being made in {} already", .0.display())]
    UnderWay(PathBuf),
    #[error("the snapshot was stopped before it was whole")]
    Stopped,
    #[error(transparent)]
    Journal(#[from] JournalError),
}

impl SnapshotPlace {
    /// Takes the directory, which is made where it is missing, for one snapshot. A copy ends unfinished
    /// rather than leave less than `disk_free_min` bytes free.
    ///
    /// # Errors
    /// `UnderWay` if somebody has it; `Io`.
    pub fn claim(directory: &Path, disk_free_min: u64) -> Result<Self, SnapshotError> {
        create_private_dirs(directory)?;
        let path = directory.join(LOCK_FILE);
        let lock = private_file(&path).map_err(|error| JournalError::io("open", &path, &error))?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                return Err(SnapshotError::UnderWay(directory.to_path_buf()));
            }
            Err(TryLockError::Error(error)) => {
                return Err(JournalError::io("lock", &path, &error).into());
            }
        }
        remove_leftovers(directory)?;
        Ok(Self {
            directory: directory.to_path_buf(),
            disk_free_min,
            file_bytes_max: RECORD_FILE_BYTES_MAX,
            _lock: lock,
        })
    }

    /// The same with smaller files.
    #[cfg(test)]
    pub(super) fn with_files_of(self, file_bytes_max: u64) -> Self {
        Self { file_bytes_max, ..self }
    }
}

/// Makes a snapshot. After every block `on_block` is told how far it has got; it may take its time, and it
/// may break off.
///
/// # Errors
/// `Stopped` if it was broken off; if the journal cannot be read or is damaged, or the copy written.
pub fn create_snapshot(
    source: &SnapshotSource,
    place: &SnapshotPlace,
    on_block: &mut dyn FnMut(&SnapshotProgress) -> ControlFlow<()>,
) -> Result<CreatedSnapshot, SnapshotError> {
    let cut = source.journal.tail_at(source.through)?;
    let target = place.directory.join(snapshot_name(source.created_at, cut.last_event));
    let workplace = Workplace::begin(&target)?;
    let parent = match source.kind {
        SnapshotKind::Full => None,
        SnapshotKind::Incremental => parent_in(&place.directory, source)?,
    };
    let (before, totals) = beginning(parent.as_ref(), source)?;
    let mut copy = Copy::new(workplace.path(), place, (before, totals), source.through);
    copy.run(source, on_block)?;
    let mut files: Vec<FileEntry> = copy.files.iter().map(entry_of).collect();
    files.extend(copy_keys(source, workplace.path())?);
    let manifest = Manifest::of(Contents {
        data_dir_version: DATA_DIR_VERSION,
        created_at: source.created_at.max(cut.last_time),
        last_time: cut.last_time,
        records: Span { first: before.record.saturating_add(1), last: cut.record },
        events: Span { first: before.last_event.plus(1).number(), last: cut.last_event.number() },
        before: before.hash,
        root: cut.hash,
        tenants: copy.totals.finish(),
        files,
        parent: parent.map(|parent| parent.as_parent()),
    });
    manifest.write(workplace.path())?;
    workplace.commit()?;
    Ok(CreatedSnapshot { path: target, manifest })
}

/// The name of the copy that is made at an instant and ends with an event. Sorts by time:
/// `2026-03-02T09-00-00.000Z-event-1234`.
#[must_use]
pub fn snapshot_name(at: Timestamp, last_event: EventNumber) -> String {
    format!("{}-event-{last_event}", at.to_string().replace(':', "-"))
}

/// A copy on its way.
struct Copy<'a> {
    directory: &'a Path,
    place: &'a SnapshotPlace,
    file: Option<RecordFileWriter>,
    files: Vec<WrittenFile>,
    totals: Totals,
    progress: SnapshotProgress,
    tail: Tail,
}

impl<'a> Copy<'a> {
    fn new(
        directory: &'a Path,
        place: &'a SnapshotPlace,
        (tail, totals): (Tail, Totals),
        records_total: u64,
    ) -> Self {
        Self {
            directory,
            place,
            file: None,
            files: Vec::new(),
            totals,
            progress: SnapshotProgress { records: tail.record, records_total, bytes: 0 },
            tail,
        }
    }

    fn run(
        &mut self,
        source: &SnapshotSource,
        on_block: &mut dyn FnMut(&SnapshotProgress) -> ControlFlow<()>,
    ) -> Result<(), SnapshotError> {
        // The roots are bound by the chain, which is checked; `verify` computes them again. No figure needs a
        // key: a damaged one is copied as it is, and stops nobody's copy.
        let (first, journal) = (self.tail.record.saturating_add(1), source.journal.clone());
        let mut records = Records::new(&journal.under(Sealing::Blind), first, false);
        while self.tail.record < source.through {
            let Some(next) = records.next_link() else {
                let missing = self.tail.record.saturating_add(1);
                return Err(source.journal.damaged(missing, "it is missing").into());
            };
            let (link, operations) = next?;
            operations.iter().for_each(|numbered| self.totals.take(numbered));
            if self.push(&link.stored, link.tail())? {
                self.check_free_space()?;
                if on_block(&self.progress).is_break() {
                    return Err(SnapshotError::Stopped);
                }
            }
        }
        self.end_file()?;
        // The last word: all of it is written.
        let _ = on_block(&self.progress);
        Ok(())
    }

    /// Adds a record; true where something was written with it.
    fn push(&mut self, stored: &[u8], tail: Tail) -> Result<bool, JournalError> {
        let mut file = match self.file.take() {
            Some(file) => file,
            None => RecordFileWriter::create(self.directory, &self.tail)?,
        };
        let before = file.bytes();
        let written = file.push(stored)?;
        self.tail = tail;
        self.progress.records = tail.record;
        self.progress.bytes =
            self.progress.bytes.saturating_add(file.bytes().saturating_sub(before));
        let full = file.bytes_at_most() >= self.place.file_bytes_max;
        self.file = Some(file);
        if full {
            self.end_file()?;
        }
        Ok(written || full)
    }

    fn end_file(&mut self) -> Result<(), JournalError> {
        if let Some(file) = self.file.take() {
            self.files.push(file.finish(&self.tail)?);
        }
        Ok(())
    }

    fn check_free_space(&self) -> Result<(), JournalError> {
        let path = self.directory;
        let disk = rustix::fs::statvfs(path)
            .map_err(|error| JournalError::io("tell the free space of", path, &error.into()))?;
        let free_min = self.place.disk_free_min;
        if disk.f_bavail.saturating_mul(disk.f_frsize) < free_min {
            return Err(JournalError::Full { path: path.to_path_buf(), free_min });
        }
        Ok(())
    }
}

fn entry_of(file: &WrittenFile) -> FileEntry {
    FileEntry {
        name: file.name.clone(),
        bytes: file.bytes,
        sha256: file.sha256,
        records: Some(Span { first: file.head.first_record, last: file.end.last_record }),
    }
}

/// Copies the keys behind the records: those of all of them are there, and none that was destroyed meanwhile.
fn copy_keys(source: &SnapshotSource, directory: &Path) -> Result<Vec<FileEntry>, JournalError> {
    if let Some(vault) = source.journal.sealing().vault() {
        let names = vault.copy_to(directory)?.into_iter();
        return names.map(|name| described(directory, name)).collect();
    }
    source.house_key.iter().map(|key| write_key(directory, key)).collect()
}

/// A file that was written already.
fn described(directory: &Path, name: String) -> Result<FileEntry, JournalError> {
    let path = directory.join(&name);
    let cannot = |error: std::io::Error| JournalError::io("read", &path, &error);
    let mut file = File::open(&path).map_err(cannot)?;
    let (mut sha256, mut bytes, mut piece) = (Sha256::new(), 0_u64, vec![0; PIECE_BYTES]);
    loop {
        let count = file.read(&mut piece).map_err(cannot)?;
        if count == 0 {
            return Ok(FileEntry { name, bytes, sha256: sha256.finalize().into(), records: None });
        }
        sha256.update(piece.get(..count).unwrap_or_default());
        bytes = bytes.saturating_add(u64::try_from(count).unwrap_or(u64::MAX));
    }
}

fn write_key(directory: &Path, key: &[u8; 32]) -> Result<FileEntry, JournalError> {
    let path = directory.join(KEY_FILE);
    private_file(&path)
        .and_then(|mut file| {
            file.write_all(key)?;
            file.sync_all()
        })
        .map_err(|error| JournalError::io("write", &path, &error))?;
    let sha256: Hash = Sha256::digest(key).into();
    Ok(FileEntry { name: KEY_FILE.into(), bytes: 32, sha256, records: None })
}
