//! Writes a journal anew, record by record, into a data directory that nobody uses yet.

use crate::journal::data_dir::DataDir;
use crate::journal::error::JournalError;
use crate::journal::high_water::{HighWater, Mark, MarkWriter};
use crate::journal::log::{Claim, LogError, PartitionLog};
use crate::journal::opened::JournalOptions;
use crate::journal::operation::Numbered;
use crate::journal::record::{Framed, GroupEncoder, Tail};
use crate::journal::vault::Sealing;
use std::path::PathBuf;

/// About so many bytes of records are made durable together.
const BATCH_BYTES: usize = 4 << 20;

pub(super) struct JournalBuilder {
    log: Box<dyn PartitionLog>,
    claim: Option<Claim>,
    /// Records that are not written yet, and their bytes.
    batch: Vec<Vec<u8>>,
    batch_bytes: usize,
    tail: Tail,
    encoder: GroupEncoder,
    high_water: HighWater,
    marks: MarkWriter,
    path: PathBuf,
    sealing: Sealing,
}

impl JournalBuilder {
    pub(super) fn create(
        data_dir: &DataDir,
        options: &JournalOptions,
    ) -> Result<Self, JournalError> {
        let path = data_dir.path().to_path_buf();
        let (high_water, marks, _) = HighWater::open(&data_dir.high_water_path())?;
        let log = options.open_log(data_dir.journal_path())?;
        let encoder =
            GroupEncoder::new().map_err(|error| JournalError::io("write", &path, &error))?;
        let encoder = encoder.under(options.sealing.clone());
        let (claim, tail) = (None, Tail::nothing());
        Ok(Self {
            log,
            claim,
            batch: Vec::new(),
            batch_bytes: 0,
            tail,
            encoder,
            high_water,
            marks,
            path,
            sealing: options.sealing.clone(),
        })
    }

    /// How what is personal or secret is written.
    pub(super) fn sealing(&self) -> &Sealing {
        &self.sealing
    }

    /// Where the journal ends.
    pub(super) fn tail(&self) -> &Tail {
        &self.tail
    }

    /// Adds a record as it is; it continues the tail and makes another one. The first one opens.
    pub(super) fn push(&mut self, record: Vec<u8>, tail: Tail) -> Result<(), JournalError> {
        self.tail = tail;
        if self.claim.is_none() {
            let mut opening = |found: Option<(u64, &[u8])>| match found {
                None => Ok(record.clone()),
                Some(_) => Err(LogError::Fenced),
            };
            let claim = self.log.open(&mut opening).map_err(|error| error.at(&self.path))?;
            self.claim = Some(claim);
            return Ok(());
        }
        self.batch_bytes = self.batch_bytes.saturating_add(record.len());
        self.batch.push(record);
        if self.batch_bytes >= BATCH_BYTES { self.write(tail.record) } else { Ok(()) }
    }

    /// Adds an operation to the group that is gathered. False, and nothing is added, if that is full.
    pub(super) fn gather(&mut self, numbered: &Numbered) -> Result<bool, JournalError> {
        self.encoder.add(numbered)
    }

    /// Writes the group that was gathered.
    pub(super) fn push_group(&mut self) -> Result<(), JournalError> {
        let records = self.encoder.finish(&self.tail).ok_or_else(|| {
            JournalError::damaged(&self.path, "an operation is larger than any group may be")
        })?;
        records.into_iter().try_for_each(|Framed { bytes, tail }| self.push(bytes, tail))
    }

    /// All of it is durable: where the journal ends.
    pub(super) fn finish(mut self) -> Result<Tail, JournalError> {
        self.write(self.tail.record)?;
        self.marks.write(&self.high_water, &Mark::of(&self.tail, self.log.stored_bytes()))?;
        self.high_water.sync()?;
        Ok(self.tail)
    }

    /// Writes the batch, whose last record has the number `last`.
    fn write(&mut self, last: u64) -> Result<(), JournalError> {
        let count = u64::try_from(self.batch.len()).unwrap_or(u64::MAX);
        let Some(claim) = self.claim.filter(|_| count > 0) else { return Ok(()) };
        let first = last.saturating_sub(count).saturating_add(1);
        let written = self.log.append_all(&claim, first, &self.batch);
        written.map_err(|error| error.at(&self.path))?;
        self.batch.clear();
        self.batch_bytes = 0;
        Ok(())
    }
}
