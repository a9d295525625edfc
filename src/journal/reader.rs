//! Reads the journal back, from any thread: its operations by event, its records by number.

use crate::journal::chain::Chain;
use crate::journal::error::JournalError;
use crate::journal::log::{LogError, LogReader};
use crate::journal::operation::Numbered;
use crate::journal::record::{Header, Tail, peek_frame, read_frame};
use crate::journal::records::Records;
use crate::journal::vault::Sealing;
use crate::values::EventNumber;
use std::collections::VecDeque;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// A way to read the journal. Clones read the same one; the store stays open as long as any lives.
///
/// It sees a record before it is durable: who must not tell what may still be lost asks for nothing
/// beyond the journal's durable event.
#[derive(Clone)]
pub struct JournalReader {
    pub(super) log: Arc<dyn LogReader>,
    pub(super) path: PathBuf,
    pub(super) sealing: Sealing,
}

/// The operations from one event through another; ends after the first error.
pub struct Operations {
    records: Records,
    ready: VecDeque<Numbered>,
    from: EventNumber,
    through: EventNumber,
    /// Why it cannot begin; the first thing it says.
    refused: Option<JournalError>,
}

impl JournalReader {
    pub(in crate::journal) fn new(log: Arc<dyn LogReader>, path: &Path) -> Self {
        Self { log, path: path.to_path_buf(), sealing: Sealing::Plain }
    }

    /// The same, reading what is sealed in this way.
    #[must_use]
    pub fn under(self, sealing: Sealing) -> Self {
        Self { sealing, ..self }
    }

    /// How what is personal or secret is treated here, and in the tables of this journal.
    #[must_use]
    pub fn sealing(&self) -> &Sealing {
        &self.sealing
    }

    /// All records from `from_record` on (from the beginning of its group), each with the operations that
    /// are complete with it, checked to the last hash.
    #[must_use]
    pub fn records(&self, from_record: u64) -> Records {
        Records::new(self, from_record, true)
    }

    /// The operations whose first event is in `from..=through`, in order.
    #[must_use]
    pub fn operations(&self, from: EventNumber, through: EventNumber) -> Operations {
        let (first, refused) = match self.record_of(from) {
            Ok(found) => (found.unwrap_or(u64::MAX), None),
            Err(error) => (u64::MAX, Some(error)),
        };
        let records = Records::new(self, first, false);
        Operations { records, ready: VecDeque::new(), from, through, refused }
    }

    /// The operation that begins with `first_event`; `None`: none does.
    ///
    /// # Errors
    /// `Damaged`, `Unavailable`.
    pub fn operation(&self, first_event: EventNumber) -> Result<Option<Numbered>, JournalError> {
        self.operations(first_event, first_event).next().transpose()
    }

    /// The operations that begin with these events, in the order asked; `None` where none does. What
    /// neighbours share, a group that was written at once, is read once.
    ///
    /// # Errors
    /// `Damaged`, `Unavailable`.
    pub fn operations_at(
        &self,
        first_events: &[EventNumber],
    ) -> Result<Vec<Option<Numbered>>, JournalError> {
        let mut group: Vec<Numbered> = Vec::new();
        let mut found = Vec::with_capacity(first_events.len());
        for event in first_events {
            let place = |group: &[Numbered]| group.iter().position(|one| one.first_event == *event);
            if place(&group).is_none() {
                group = self.group_of(*event)?;
            }
            found.push(place(&group).and_then(|place| group.get(place).cloned()));
        }
        Ok(found)
    }

    /// The operations that were written together with an event; nothing, if there is no such event.
    fn group_of(&self, event: EventNumber) -> Result<Vec<Numbered>, JournalError> {
        let Some(number) = self.record_of(event)? else { return Ok(Vec::new()) };
        for read in Records::new(self, number, false) {
            let (_, operations) = read?;
            if !operations.is_empty() {
                return Ok(operations);
            }
        }
        Ok(Vec::new())
    }

    /// The end of the journal; `None`: it is empty.
    ///
    /// # Errors
    /// `Damaged`, `Unavailable`.
    pub fn tail(&self) -> Result<Option<Tail>, JournalError> {
        let Some((_, last)) = self.bounds()? else {
            return Ok(None);
        };
        self.tail_at(last).map(Some)
    }

    /// The tails that the journal had with each record from `from_record` on.
    pub(in crate::journal) fn links(
        &self,
        from_record: u64,
    ) -> impl Iterator<Item = Result<Tail, JournalError>> + use<> {
        Chain::new(self, from_record).map(|link| link.map(|link| link.tail()))
    }

    /// The data directory, for messages.
    pub(in crate::journal) fn path(&self) -> &Path {
        &self.path
    }

    pub(in crate::journal) fn bounds(&self) -> Result<Option<(u64, u64)>, JournalError> {
        self.log.bounds().map_err(|error| error.at(&self.path))
    }

    /// The tail that the journal had when `number` was its last record.
    pub(in crate::journal) fn tail_at(&self, number: u64) -> Result<Tail, JournalError> {
        let bytes = self.bytes_of(number)?;
        let frame = read_frame(&bytes).map_err(|error| self.damaged(number, error))?;
        Ok(Tail::of(&frame.header, frame.hash))
    }

    /// The first record after which `event` is complete.
    pub(super) fn record_of(&self, event: EventNumber) -> Result<Option<u64>, JournalError> {
        let Some((first, last)) = self.bounds()? else {
            return Ok(None);
        };
        if self.header_of(last)?.last_event() < event {
            return Ok(None);
        }
        let (mut low, mut high) = (first, last);
        while low < high {
            let middle = low.midpoint(high);
            if self.header_of(middle)?.last_event() < event {
                low = middle.saturating_add(1);
            } else {
                high = middle;
            }
        }
        Ok(Some(low))
    }

    /// The header of a record, not yet checked.
    pub(super) fn header_of(&self, number: u64) -> Result<Header, JournalError> {
        let bytes = self.bytes_of(number)?;
        let (header, _) = peek_frame(&bytes)
            .ok_or_else(|| self.damaged(number, "it is not a record of a Kopilka journal"))?;
        Ok(header)
    }

    fn bytes_of(&self, number: u64) -> Result<Vec<u8>, JournalError> {
        let records =
            self.log.read(number, number).map_err(|error| self.unreadable(number, error))?;
        let record = records.into_iter().find(|(found, _)| *found == number);
        record.map(|(_, bytes)| bytes).ok_or_else(|| self.damaged(number, "it is missing"))
    }

    /// Damage that the log itself finds, with its place.
    pub(super) fn unreadable(&self, number: u64, error: LogError) -> JournalError {
        match error {
            LogError::Damaged(what) => self.damaged(number, what),
            LogError::Fenced
            | LogError::Full { .. }
            | LogError::TooLarge { .. }
            | LogError::Unavailable(_) => error.at(&self.path),
        }
    }

    pub(super) fn damaged(&self, number: u64, what: impl std::fmt::Display) -> JournalError {
        JournalError::damaged(&self.path, format!("record {number}: {what}"))
    }
}

impl Iterator for Operations {
    type Item = Result<Numbered, JournalError>;

    fn next(&mut self) -> Option<Self::Item> {
        if let Some(error) = self.refused.take() {
            return Some(Err(error));
        }
        loop {
            while let Some(numbered) = self.ready.pop_front() {
                if numbered.first_event > self.through {
                    self.records.chain.ended = true;
                    self.ready.clear();
                    return None;
                }
                if numbered.first_event >= self.from {
                    return Some(Ok(numbered));
                }
            }
            if self.records.chain.before.last_event >= self.through {
                return None;
            }
            match self.records.next()? {
                Ok((_, operations)) => self.ready.extend(operations),
                Err(error) => return Some(Err(error)),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::journal::scenario::{Scenario, journal_of};

    #[test]
    fn operations_are_found_alone_and_beside_their_neighbours() {
        let operations = Scenario::new(3).play(100);
        let (_, reader) = journal_of(&operations);
        let newest_first = operations.iter().rev();
        let events: Vec<EventNumber> = newest_first.clone().map(|one| one.first_event).collect();
        let found = reader.operations_at(&events).unwrap();
        assert!(found.iter().map(Option::as_ref).eq(newest_first.map(Some)));
        let larger = operations.iter().find(|one| one.operation.count() > 1).unwrap();
        let within = larger.first_event.plus(1);
        let beyond = operations[99].first_event.plus(1_000);
        assert_eq!(reader.operations_at(&[within, beyond]).unwrap(), [None, None]);
    }
}
