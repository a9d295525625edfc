//! Record files of copies as a log, which is read like that of any journal. Its reads do not hold the files
//! against what is kept of them elsewhere; who opens a copy does that before.

use crate::journal::error::JournalError;
use crate::journal::log::{LogError, LogReader};
use crate::journal::snapshot::block::NumberedRecords;
use crate::journal::snapshot::manifest::Span;
use crate::journal::snapshot::record_file::RecordFileReader;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

/// A record file, and which of its records are read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct CopiedFile {
    path: PathBuf,
    /// The first record in it.
    first: u64,
    pub(super) records: Span,
}

/// Record files one after the other. Reads go on where the last one ended, as far as they can.
pub(super) struct CopiedLog {
    /// Without gaps, in order.
    files: Vec<CopiedFile>,
    place: Mutex<Option<Place>>,
}

/// Logs one after the other, each of which has its records.
pub(super) struct JoinedLog {
    /// Without gaps, in order.
    pub(super) stretches: Vec<(Span, Arc<dyn LogReader>)>,
}

/// A file that is being read, and its last block.
struct Place {
    path: PathBuf,
    first_record: u64,
    file: RecordFileReader,
    block: NumberedRecords,
}

impl CopiedFile {
    pub(super) fn new(path: &Path, first: u64, records: Span) -> Self {
        Self { path: path.to_path_buf(), first, records }
    }

    pub(super) fn path(&self) -> &PathBuf {
        &self.path
    }

    /// The same without the records before one; `None`: nothing is left.
    pub(super) fn beginning_with(self, record: u64) -> Option<Self> {
        let records = Span { first: self.records.first.max(record), ..self.records };
        (records.first <= records.last).then_some(Self { records, ..self })
    }
}

impl CopiedLog {
    pub(super) fn new(files: Vec<CopiedFile>) -> Self {
        Self { files, place: Mutex::new(None) }
    }
}

impl LogReader for CopiedLog {
    fn read(&self, from: u64, through: u64) -> Result<Vec<(u64, Vec<u8>)>, LogError> {
        let Some(file) = self.files.iter().find(|file| file.records.holds(from)) else {
            return Ok(Vec::new());
        };
        let through = through.min(file.records.last);
        let mut place = self.place.lock().unwrap_or_else(PoisonError::into_inner);
        if !place.as_ref().is_some_and(|place| place.leads_to(&file.path, from)) {
            *place = None;
            *place = Some(Place::begin(file)?);
        }
        let Some(place) = place.as_mut() else { return Ok(Vec::new()) };
        if !place.holds(from) {
            let block = place.file.block_with(from).map_err(damaged)?;
            let missing = || LogError::Damaged(format!("it is not in {}", named(&file.path)));
            place.block = block.ok_or_else(missing)?;
        }
        let wanted = |(number, _): &&(u64, Vec<u8>)| (from..=through).contains(number);
        Ok(place.block.iter().filter(wanted).cloned().collect())
    }

    fn bounds(&self) -> Result<Option<(u64, u64)>, LogError> {
        let (first, last) = (self.files.first(), self.files.last());
        Ok(first.zip(last).map(|(first, last)| (first.records.first, last.records.last)))
    }
}

impl LogReader for JoinedLog {
    fn read(&self, from: u64, through: u64) -> Result<Vec<(u64, Vec<u8>)>, LogError> {
        match self.stretches.iter().find(|(span, _)| span.holds(from)) {
            Some((span, log)) => log.read(from, through.min(span.last)),
            None => Ok(Vec::new()),
        }
    }

    fn bounds(&self) -> Result<Option<(u64, u64)>, LogError> {
        let (first, last) = (self.stretches.first(), self.stretches.last());
        Ok(first.zip(last).map(|((first, _), (last, _))| (first.first, last.last)))
    }
}

/// The same for a reader of the log, who names the copy itself.
fn damaged(error: JournalError) -> LogError {
    if let JournalError::Damaged { path, place } = error {
        return LogError::Damaged(format!("{}: {place}", named(&path)));
    }
    LogError::Unavailable(error.to_string())
}

fn named(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

impl Place {
    fn begin(file: &CopiedFile) -> Result<Self, LogError> {
        let reader = RecordFileReader::open(&file.path).map_err(damaged)?;
        if reader.head().first_record != file.first {
            return Err(LogError::Damaged(format!("{} is another file", named(&file.path))));
        }
        let (path, first_record) = (file.path.clone(), file.first);
        Ok(Self { path, first_record, file: reader, block: Vec::new() })
    }

    fn holds(&self, record: u64) -> bool {
        let first = self.block.first().map(|(number, _)| *number);
        let last = self.block.last().map(|(number, _)| *number);
        first.zip(last).is_some_and(|(first, last)| (first..=last).contains(&record))
    }

    /// Whether a record is in the last block or behind it.
    fn leads_to(&self, file: &Path, record: u64) -> bool {
        let first = self.block.first().map_or(self.first_record, |(number, _)| *number);
        self.path == file && first <= record
    }
}
