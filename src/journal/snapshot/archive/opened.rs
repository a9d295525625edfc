//! An archive that is read: which records it has, and what is wrong with it. What is whole before the first
//! damage can be read; nothing behind it ever is.

use crate::journal::error::JournalError;
use crate::journal::high_water::{HighWater, Mark};
use crate::journal::reader::JournalReader;
use crate::journal::record::{Hash, Tail};
use crate::journal::snapshot::archive::layout::{
    Found, HIGH_WATER_FILE, VAULT_DIR, find, kept_checksum, record_files,
};
use crate::journal::snapshot::archive::scan::{Whole, scan};
use crate::journal::snapshot::copied_log::{CopiedFile, CopiedLog};
use crate::journal::snapshot::manifest::Span;
use crate::journal::snapshot::record_file::{MISSING, name_of};
use crate::journal::vault::{KeyNeeds, MasterKey, Sealing, VaultCopy, check_copy};
use crate::values::EventNumber;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

const NONE: &str = "there is none";

/// An archive of which every byte was looked at.
pub struct Archive {
    path: PathBuf,
    pub(in crate::journal::snapshot) files: Vec<CopiedFile>,
    /// The record that the first one continues, and where the last one leaves the journal.
    pub(in crate::journal::snapshot) before: Tail,
    pub(in crate::journal::snapshot) tail: Tail,
    /// Where the journal ended with the records that were asked for.
    pub(in crate::journal::snapshot) asked: BTreeMap<u64, Hash>,
    torn: Option<TornEnd>,
    damage: Option<JournalError>,
}

/// The end of the newest file, which was being written when something went down.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TornEnd {
    pub file: PathBuf,
    /// The last record before it.
    pub whole_through: u64,
    pub what: String,
}

/// An archive by what lies in its directory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ArchiveSummary {
    pub files: usize,
    pub bytes: u64,
    /// Durable in it.
    pub last_record: u64,
    pub last_event: EventNumber,
}

/// What is read of an archive so far, file after file.
struct Reading<'a> {
    archive: Archive,
    mark: Mark,
    marked: bool,
    /// Whether there was a file, and whether the last one was brought to its end.
    begun: bool,
    ended: bool,
    wanted: &'a [u64],
}

impl Archive {
    /// Reads all of an archive, also of one that is growing meanwhile. `wanted` are records whose hashes are
    /// wanted; `progress` is told how many bytes of all were read.
    ///
    /// # Errors
    /// `Archive` if there is none, or of a newer version; `Damaged` naming the file if its beginning cannot be
    /// told; `Io`.
    pub(in crate::journal::snapshot) fn open(
        path: &Path,
        wanted: &[u64],
        progress: &mut dyn FnMut(u64, u64),
    ) -> Result<Self, JournalError> {
        if find(path)? == Found::Fresh {
            return Err(JournalError::archive(path, NONE));
        }
        // Before the files: what it says was durable then.
        let (_, _, mark) = HighWater::open(&path.join(HIGH_WATER_FILE))?;
        let files = record_files(path)?;
        let bytes: Vec<u64> = files.iter().map(|(_, path)| length_of(path)).collect();
        let total = bytes.iter().copied().fold(0, u64::saturating_add);
        let archive = Self {
            path: path.to_path_buf(),
            files: Vec::new(),
            before: Tail::nothing(),
            tail: Tail::nothing(),
            asked: BTreeMap::new(),
            torn: None,
            damage: None,
        };
        let mut reading =
            Reading { archive, mark, marked: mark.record == 0, begun: false, ended: true, wanted };
        let (mut read, count) = (0_u64, files.len());
        for (index, (_, file)) in files.into_iter().enumerate() {
            reading.take(&file, index.saturating_add(1) == count)?;
            read = read.saturating_add(bytes.get(index).copied().unwrap_or(0));
            progress(read, total);
            if reading.archive.damage.is_some() {
                break;
            }
        }
        Ok(reading.finish())
    }

    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The records that can be read, of all files together; none if the last is before the first.
    #[must_use]
    pub fn records(&self) -> Span {
        Span { first: self.before.record.saturating_add(1), last: self.tail.record }
    }

    /// Where the journal ended with the last record that can be read.
    #[must_use]
    pub fn tail(&self) -> &Tail {
        &self.tail
    }

    /// What was cut off its newest file, if that was not brought to its end.
    #[must_use]
    pub fn torn(&self) -> Option<&TornEnd> {
        self.torn.as_ref()
    }

    /// What is not as it was written; what can be read ends before it.
    #[must_use]
    pub fn damage(&self) -> Option<&JournalError> {
        self.damage.as_ref()
    }

    /// Its records as a journal, but for what is sealed in them; `None`: it does not have the first ones.
    pub(in crate::journal::snapshot) fn journal(&self) -> Option<JournalReader> {
        let log = || Arc::new(CopiedLog::new(self.files.clone()));
        (self.before.record == 0)
            .then(|| JournalReader::new(log(), &self.path).under(Sealing::Blind))
    }

    /// Holds its mirror of the vault against what its records need.
    pub(in crate::journal::snapshot) fn check_keys(
        &self,
        needs: &KeyNeeds,
        master: Option<&MasterKey>,
    ) -> Result<(), JournalError> {
        check_copy(&self.path.join(VAULT_DIR), needs, master)
    }

    /// Its mirror of the vault; `None`: it has no keys.
    pub(in crate::journal::snapshot) fn vault(&self) -> Result<Option<VaultCopy>, JournalError> {
        VaultCopy::all_of(&self.path.join(VAULT_DIR))
    }
}

impl Reading<'_> {
    /// Takes a file in, or notes what is wrong with it.
    fn take(&mut self, path: &Path, newest: bool) -> Result<(), JournalError> {
        let before = self.begun.then_some(self.archive.tail);
        let (mark, wanted) = (self.mark, self.wanted);
        let (mut marked, mut asked) = (false, BTreeMap::new());
        let scanned = scan(path, before.as_ref(), &mut |tail| {
            marked |= tail.record == mark.record && tail.hash == mark.hash;
            if wanted.contains(&tail.record) {
                asked.insert(tail.record, tail.hash);
            }
        });
        let whole = match scanned {
            Ok(whole) => whole,
            Err(JournalError::Damaged { place, .. }) if newest && self.marked => {
                return self.tear(path, place);
            }
            Err(error @ JournalError::Damaged { .. }) => {
                self.archive.damage = Some(error);
                return Ok(());
            }
            Err(error) => return Err(error),
        };
        self.marked |= marked;
        self.archive.asked.extend(asked);
        let sound = if whole.ended { self.check_ended(path, &whole, newest)? } else { newest };
        self.add(path, &whole);
        if !sound && self.archive.damage.is_none() {
            self.archive.damage = Some(whole.damaged(path, self.mark.record));
        }
        match whole.trouble {
            Some(what) if self.archive.damage.is_none() => self.tear(path, what),
            Some(_) | None => Ok(()),
        }
    }

    /// Holds a file that was brought to its end against the checksum beside it. Whether it may be where it
    /// is.
    fn check_ended(
        &mut self,
        path: &Path,
        whole: &Whole,
        newest: bool,
    ) -> Result<bool, JournalError> {
        let kept = match kept_checksum(path) {
            Ok(kept) => kept,
            Err(error @ JournalError::Damaged { .. }) => {
                self.archive.damage = Some(error);
                return Ok(false);
            }
            Err(error) => return Err(error),
        };
        let what = match kept {
            Some(kept) if kept == whole.sha256() && whole.trouble.is_none() => return Ok(true),
            // Ended a moment ago.
            None if newest && whole.trouble.is_none() => return Ok(true),
            None => "the file with its SHA-256 is missing".to_owned(),
            Some(_) => "its SHA-256 is not the one beside it".to_owned(),
        };
        self.archive.damage = Some(JournalError::damaged(path, what));
        Ok(false)
    }

    fn add(&mut self, path: &Path, whole: &Whole) {
        let archive = &mut self.archive;
        if !self.begun {
            archive.before = whole.before();
        }
        (self.begun, self.ended) = (true, whole.ended);
        let records = Span { first: whole.head.first_record, last: whole.tail.record };
        archive.tail = whole.tail;
        if records.first <= records.last {
            archive.files.push(CopiedFile::new(path, records.first, records));
        }
    }

    /// What follows the last whole record of the newest file was never durable.
    fn tear(&mut self, path: &Path, what: String) -> Result<(), JournalError> {
        if self.marked {
            let whole_through = self.archive.tail.record;
            self.archive.torn = Some(TornEnd { file: path.to_path_buf(), whole_through, what });
        } else {
            let place = format!("{what}; it held record {}", self.mark.record);
            self.archive.damage = Some(JournalError::damaged(path, place));
        }
        Ok(())
    }

    /// All files were read: what was durable must have been in them.
    fn finish(mut self) -> Archive {
        if !self.marked && self.archive.damage.is_none() {
            let next = name_of(self.archive.tail.record.saturating_add(1));
            let missing = JournalError::damaged(&self.archive.path.join(next), MISSING);
            let place = format!("it lacks its end; it held record {}", self.mark.record);
            let newest = self.archive.files.last().filter(|_| !self.ended);
            let cut = newest.map(|file| JournalError::damaged(file.path(), place));
            self.archive.damage = Some(cut.unwrap_or(missing));
        }
        self.archive
    }
}

/// What the directory of an archive says of itself; its files are not looked into.
///
/// # Errors
/// `Archive` if there is none; `Io`.
pub fn archive_summary(path: &Path) -> Result<ArchiveSummary, JournalError> {
    if find(path)? == Found::Fresh {
        return Err(JournalError::archive(path, NONE));
    }
    let (_, _, mark) = HighWater::open(&path.join(HIGH_WATER_FILE))?;
    let files = record_files(path)?;
    Ok(ArchiveSummary {
        files: files.len(),
        bytes: files.iter().map(|(_, path)| length_of(path)).fold(0, u64::saturating_add),
        last_record: mark.record,
        last_event: EventNumber(mark.last_event),
    })
}

fn length_of(path: &Path) -> u64 {
    path.metadata().map_or(0, |metadata| metadata.len())
}
