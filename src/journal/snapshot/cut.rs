//! Where a copy ends: at a record with which everything is complete.

use crate::journal::error::JournalError;
use crate::journal::reader::JournalReader;
use crate::values::EventNumber;

impl JournalReader {
    /// The last record of a copy of a journal that is being written: what is durable is in it. `opened` is
    /// the record that opened the journal.
    ///
    /// # Errors
    /// `Damaged`, `Unavailable`.
    pub fn cut_at(&self, durable: EventNumber, opened: u64) -> Result<u64, JournalError> {
        // With the last durable event its whole group is durable; the opening was before any answer.
        Ok(self.record_of(durable)?.unwrap_or(opened).max(opened))
    }

    /// The last record of a copy of a journal that nobody writes: all of it, but for a group in parts
    /// whose end is missing.
    ///
    /// # Errors
    /// `Unavailable` if the journal has no records; `Damaged`.
    pub fn cut_at_end(&self) -> Result<u64, JournalError> {
        let Some((_, last)) = self.bounds()? else {
            let reason = "it has no records: no server has opened it yet".to_owned();
            return Err(JournalError::Unavailable { path: self.path().to_path_buf(), reason });
        };
        let header = self.header_of(last)?;
        let unfinished = if header.is_last_part() { 0 } else { u64::from(header.part) };
        Ok(last.saturating_sub(unfinished))
    }
}
