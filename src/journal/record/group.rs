//! A group on its way into the journal: operations gathered up to the size of a record, then framed,
//! as one record or, for a single operation that is larger, as several parts.

use crate::journal::codec::{Compressor, decompress};
use crate::journal::error::JournalError;
use crate::journal::operation::Numbered;
use crate::journal::record::body::write_operation;
use crate::journal::record::frame::{
    Body, FrameError, Header, PARTS_MAX, RECORD_BODY_MAX, write_frame,
};
use crate::journal::record::merkle::{Hash, NO_EVENTS, root};
use crate::journal::vault::Sealing;
use crate::values::{EventNumber, Timestamp};
use std::io;

/// Where the journal ends: what the next record is chained to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tail {
    /// The number of the last record.
    pub record: u64,
    pub epoch: u64,
    /// The last event of the last complete group.
    pub last_event: EventNumber,
    /// The newest operation, or the last opening if that was later.
    pub last_time: Timestamp,
    /// The last record's hash.
    pub hash: [u8; 32],
}

/// Encodes one group after the other; keeps its buffers between them.
pub struct GroupEncoder {
    body: Vec<u8>,
    leaves: Vec<Hash>,
    newest: Option<Timestamp>,
    first_event: Option<EventNumber>,
    compressor: Compressor,
    sealing: Sealing,
}

/// A record that continues the journal, and the tail it makes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Framed {
    pub bytes: Vec<u8>,
    pub tail: Tail,
}

impl GroupEncoder {
    /// # Errors
    /// Where there is no compressor.
    pub fn new() -> io::Result<Self> {
        Ok(Self {
            body: Vec::with_capacity(RECORD_BODY_MAX),
            leaves: Vec::new(),
            newest: None,
            first_event: None,
            compressor: Compressor::new()?,
            sealing: Sealing::Plain,
        })
    }

    /// The same, sealing what is personal or secret.
    pub(in crate::journal) fn under(self, sealing: Sealing) -> Self {
        Self { sealing, ..self }
    }

    /// Adds an operation. False, and nothing is added, if the group is full with those before it; the
    /// first operation of a group is always taken.
    ///
    /// # Errors
    /// If what is personal or secret cannot be sealed; the encoder is of no use then.
    pub fn add(&mut self, numbered: &Numbered) -> Result<bool, JournalError> {
        let (body_length, leaf_count) = (self.body.len(), self.leaves.len());
        write_operation(numbered, &self.sealing, &mut self.body, &mut self.leaves)?;
        if body_length > 0 && self.body.len() > RECORD_BODY_MAX {
            self.body.truncate(body_length);
            self.leaves.truncate(leaf_count);
            return Ok(false);
        }
        self.newest = self.newest.max(Some(numbered.operation.at));
        self.first_event.get_or_insert(numbered.first_event);
        Ok(true)
    }

    /// The records of the group, to be appended in this order after `tail`. `None` if it is larger
    /// than any group may be. The encoder is empty again.
    #[must_use]
    pub fn finish(&mut self, tail: &Tail) -> Option<Vec<Framed>> {
        let records = self.frame(tail);
        self.body.clear();
        self.body.shrink_to(RECORD_BODY_MAX.saturating_mul(2));
        self.leaves.clear();
        self.newest = None;
        self.first_event = None;
        records
    }

    fn frame(&mut self, tail: &Tail) -> Option<Vec<Framed>> {
        let of = u16::try_from(self.body.len().div_ceil(RECORD_BODY_MAX).max(1)).ok()?;
        if of > PARTS_MAX {
            return None;
        }
        let events = u32::try_from(self.leaves.len()).ok()?;
        let first_event = self.first_event.unwrap_or(tail.last_event.plus(1));
        let time = self.newest.map_or(tail.last_time, |newest| newest.max(tail.last_time));
        let mut records: Vec<Framed> = Vec::with_capacity(usize::from(of));
        for (part, chunk) in (1..=of).zip(self.body.chunks(RECORD_BODY_MAX)) {
            let before = records.last().map_or(tail, |record| &record.tail);
            let last = part == of;
            let header = Header {
                open: false,
                part,
                of,
                epoch: before.epoch,
                number: before.record.saturating_add(1),
                time,
                first_event,
                events: if last { events } else { 0 },
                previous: before.hash,
                root: if last { root(&self.leaves) } else { NO_EVENTS },
            };
            let compressed = self.compressor.compress(chunk);
            let body = Body {
                bytes: compressed.as_deref().unwrap_or(chunk),
                compressed: compressed.is_some(),
                length: chunk.len(),
            };
            records.push(Framed::of(&header, body));
        }
        Some(records)
    }
}

impl Framed {
    fn of(header: &Header, body: Body<'_>) -> Self {
        let (bytes, hash) = write_frame(header, body);
        Self { bytes, tail: Tail::of(header, hash) }
    }

    /// The record that opens an epoch after `tail` at `now`.
    pub(in crate::journal) fn opening(tail: &Tail, now: Timestamp) -> Self {
        let number = tail.record.saturating_add(1);
        let header = Header {
            open: true,
            part: 1,
            of: 1,
            epoch: number,
            number,
            time: tail.last_time.max(now),
            first_event: tail.last_event.plus(1),
            events: 0,
            previous: tail.hash,
            root: NO_EVENTS,
        };
        Self::of(&header, Body { bytes: &[], compressed: false, length: 0 })
    }
}

impl Tail {
    /// The end of a journal without a record.
    pub(in crate::journal) fn nothing() -> Self {
        Self {
            record: 0,
            epoch: 0,
            last_event: EventNumber(0),
            last_time: Timestamp::from_millis(i64::MIN),
            hash: [0; 32],
        }
    }

    /// The tail that a record makes.
    pub(in crate::journal) fn of(header: &Header, hash: Hash) -> Self {
        Self {
            record: header.number,
            epoch: header.epoch,
            last_event: header.last_event(),
            last_time: header.time,
            hash,
        }
    }
}

impl Body<'_> {
    /// The body before compression, appended to `whole`.
    pub(in crate::journal) fn unpack_into(self, whole: &mut Vec<u8>) -> Result<(), String> {
        if !self.compressed {
            whole.extend(self.bytes);
            return Ok(());
        }
        let mut body = decompress(self.bytes, self.length).map_err(|error| error.to_string())?;
        if whole.is_empty() {
            *whole = body;
        } else {
            whole.append(&mut body);
        }
        Ok(())
    }
}

/// Whether a record continues the journal.
pub(in crate::journal) fn check_link(header: &Header, before: &Tail) -> Result<(), FrameError> {
    let same = |what: &'static str, same: bool| {
        if same { Ok(()) } else { Err(FrameError::Unchained(what)) }
    };
    same("the record number", header.number == before.record.saturating_add(1))?;
    same("the hash of the record before", header.previous == before.hash)?;
    same("the number of the first event", header.first_event == before.last_event.plus(1))?;
    same("the epoch", header.open || header.epoch == before.epoch)?;
    same("the order of time", header.time >= before.last_time)
}
