//! A snapshot that is read: its manifest, the check of its files, and its records as a journal.

use crate::journal::data_dir::DataDir;
use crate::journal::error::JournalError;
use crate::journal::house_key_file::KEY_FILE;
use crate::journal::log::{LogError, LogReader};
use crate::journal::reader::JournalReader;
use crate::journal::record::Hash;
use crate::journal::snapshot::block::NumberedRecords;
use crate::journal::snapshot::manifest::{FileEntry, MANIFEST_FILE, Manifest, Span};
use crate::journal::snapshot::record_file::{RecordFileReader, name_of, unreadable};
use crate::journal::snapshot::workplace::is_unfinished;
use crate::journal::vault::{Sealing, is_vault_file, lay_vault};
use sha2::{Digest, Sha256};
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

/// Bytes of a file that are in memory at once while it is checked.
const CHECK_BYTES: usize = 256 << 10;

/// A snapshot whose manifest is sound.
pub struct Snapshot {
    path: PathBuf,
    manifest: Manifest,
}

impl Snapshot {
    /// Reads the manifest of a snapshot.
    ///
    /// # Errors
    /// `NoSnapshot`, `NewerSnapshot`, `Damaged` naming the file, `Io`.
    pub fn open(path: &Path) -> Result<Self, JournalError> {
        if is_unfinished(path) {
            return Err(JournalError::NoSnapshot(path.to_path_buf()));
        }
        let manifest = Manifest::read(path)?;
        let manifest = manifest.ok_or_else(|| JournalError::NoSnapshot(path.to_path_buf()))?;
        let snapshot = Self { path: path.to_path_buf(), manifest };
        snapshot.check_entries()?;
        Ok(snapshot)
    }

    #[must_use]
    pub fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Reads every file and holds it against its length and SHA-256. `progress` is told after every piece
    /// how many bytes were read so far.
    ///
    /// # Errors
    /// `Damaged` naming the file; `Io`.
    pub fn check_files(&self, progress: &mut dyn FnMut(u64)) -> Result<(), JournalError> {
        let mut read = 0;
        for entry in &self.manifest.files {
            self.check_file(entry, &mut read, progress)?;
        }
        Ok(())
    }

    fn check_file(
        &self,
        entry: &FileEntry,
        read: &mut u64,
        progress: &mut dyn FnMut(u64),
    ) -> Result<(), JournalError> {
        let path = self.path.join(&entry.name);
        let cannot = |error: std::io::Error| unreadable(&path, &error);
        let mut file = File::open(&path).map_err(cannot)?;
        let found = file.metadata().map_err(cannot)?.len();
        if found != entry.bytes {
            let what = format!("it has {found} bytes instead of {}", entry.bytes);
            return Err(JournalError::damaged(&path, what));
        }
        let (mut hash, mut piece) = (Sha256::new(), vec![0; CHECK_BYTES]);
        loop {
            let count = file.read(&mut piece).map_err(cannot)?;
            if count == 0 {
                break;
            }
            hash.update(piece.get(..count).unwrap_or_default());
            *read = read.saturating_add(u64::try_from(count).unwrap_or(u64::MAX));
            progress(*read);
        }
        if Hash::from(hash.finalize()) == entry.sha256 {
            return Ok(());
        }
        Err(JournalError::damaged(&path, "its SHA-256 is not the one in the manifest"))
    }

    /// The records as a journal, which is read like any other, but for what is sealed in it; its reads do not hold the files against the
    /// manifest again.
    #[must_use]
    pub fn journal(&self) -> JournalReader {
        let spans = self.manifest.files.iter().filter_map(|file| file.records);
        let log = SnapshotLog {
            path: self.path.clone(),
            bounds: self.manifest.records,
            files: spans.collect(),
            place: Mutex::new(None),
        };
        JournalReader::new(Arc::new(log), &self.path).under(Sealing::Blind)
    }

    /// Lays its keys into a data directory that has none. False: the snapshot has no keys.
    pub(super) fn lay_keys(&self, data_dir: &DataDir) -> Result<bool, JournalError> {
        let files = self.manifest.files.iter().map(|file| file.name.as_str());
        let keys: Vec<&str> = files.filter(|name| is_vault_file(name)).collect();
        lay_vault(&self.path, &keys, data_dir)?;
        Ok(!keys.is_empty())
    }

    /// The key of the house that the snapshot is of; `None`: it had none yet.
    ///
    /// # Errors
    /// `Damaged` if it has another length; `Io`.
    pub(super) fn house_key(&self) -> Result<Option<[u8; 32]>, JournalError> {
        if !self.manifest.files.iter().any(|file| file.name == KEY_FILE) {
            return Ok(None);
        }
        let path = self.path.join(KEY_FILE);
        let bytes =
            std::fs::read(&path).map_err(|error| JournalError::io("read", &path, &error))?;
        let key = bytes.try_into().map_err(|_| JournalError::damaged(&path, "it is no key"))?;
        Ok(Some(key))
    }

    /// The entries of a manifest must make sense together, and name files of the snapshot alone.
    fn check_entries(&self) -> Result<(), JournalError> {
        let damaged = |what: &str| JournalError::damaged(&self.path.join(MANIFEST_FILE), what);
        let mut next = self.manifest.records.first;
        for entry in &self.manifest.files {
            match entry.records {
                Some(Span { first, last }) => {
                    if first != next || last < first || entry.name != name_of(first) {
                        return Err(damaged("its record files do not follow each other"));
                    }
                    next = last.saturating_add(1);
                }
                None if entry.name == KEY_FILE || is_vault_file(&entry.name) => {}
                None => return Err(damaged("it names a file that no snapshot has")),
            }
        }
        if next == self.manifest.records.last.saturating_add(1) && self.manifest.records.first == 1
        {
            return Ok(());
        }
        Err(damaged("its record files do not hold all of its records"))
    }
}

/// The record files of a snapshot as a log. Reads go on where the last one ended, as far as they can.
struct SnapshotLog {
    path: PathBuf,
    bounds: Span,
    files: Vec<Span>,
    place: Mutex<Option<Place>>,
}

/// A file that is being read, and its last block.
struct Place {
    first_record: u64,
    file: RecordFileReader,
    block: NumberedRecords,
}

impl LogReader for SnapshotLog {
    fn read(&self, from: u64, through: u64) -> Result<Vec<(u64, Vec<u8>)>, LogError> {
        let Some(span) = self.files.iter().find(|span| (span.first..=span.last).contains(&from))
        else {
            return Ok(Vec::new());
        };
        let mut place = self.place.lock().unwrap_or_else(PoisonError::into_inner);
        if !place.as_ref().is_some_and(|place| place.leads_to(span.first, from)) {
            *place = None;
            let file = RecordFileReader::open(&self.path.join(name_of(span.first)));
            let file = file.map_err(damaged)?;
            if file.head().first_record != span.first {
                return Err(LogError::Damaged(format!("{} is another file", name_of(span.first))));
            }
            *place = Some(Place { first_record: span.first, file, block: Vec::new() });
        }
        let Some(place) = place.as_mut() else { return Ok(Vec::new()) };
        if !place.holds(from) {
            let block = place.file.block_with(from).map_err(damaged)?;
            place.block = block.ok_or_else(|| {
                LogError::Damaged(format!("it is not in {}", name_of(span.first)))
            })?;
        }
        let wanted = |(number, _): &&(u64, Vec<u8>)| (from..=through).contains(number);
        Ok(place.block.iter().filter(wanted).cloned().collect())
    }

    fn bounds(&self) -> Result<Option<(u64, u64)>, LogError> {
        Ok((self.bounds.first <= self.bounds.last).then_some((self.bounds.first, self.bounds.last)))
    }
}

/// The same for a reader of the log, who names the snapshot itself.
fn damaged(error: JournalError) -> LogError {
    if let JournalError::Damaged { path, place } = error {
        let file = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        return LogError::Damaged(format!("{file}: {place}"));
    }
    LogError::Unavailable(error.to_string())
}

impl Place {
    fn holds(&self, record: u64) -> bool {
        let first = self.block.first().map(|(number, _)| *number);
        let last = self.block.last().map(|(number, _)| *number);
        first.zip(last).is_some_and(|(first, last)| (first..=last).contains(&record))
    }

    /// Whether a record is in the last block or behind it.
    fn leads_to(&self, file: u64, record: u64) -> bool {
        let first = self.block.first().map_or(self.first_record, |(number, _)| *number);
        self.first_record == file && first <= record
    }
}
