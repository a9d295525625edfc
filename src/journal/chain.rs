//! The records of the journal, one after the other: each checked alone and against the one before it.

use crate::journal::error::JournalError;
use crate::journal::reader::JournalReader;
use crate::journal::record::{Header, Tail, check_link, read_frame};
use crate::journal::records::RecordInfo;
use std::collections::VecDeque;

/// Records one after the other, each checked against the one before it.
pub(super) struct Chain {
    pub(super) reader: JournalReader,
    next: u64,
    /// The end of the journal before `next`, once begun.
    pub(super) before: Tail,
    ahead: VecDeque<(u64, Vec<u8>)>,
    /// Records to be read next time: whoever looks for one record reads few, whoever goes on many.
    at_once: u64,
    begun: bool,
    pub(super) ended: bool,
}

/// A checked record with its body unpacked.
pub(super) struct Link {
    pub(super) header: Header,
    pub(super) info: RecordInfo,
    pub(super) body: Vec<u8>,
    /// The record as it lies in the journal.
    pub(super) stored: Vec<u8>,
}

impl Chain {
    pub(super) fn new(reader: &JournalReader, from: u64) -> Self {
        Self {
            reader: reader.clone(),
            next: from.max(1),
            before: Tail::nothing(),
            ahead: VecDeque::new(),
            at_once: 1,
            begun: false,
            ended: false,
        }
    }

    /// Steps back to the first part of a group, and looks at the record before it.
    fn begin(&mut self) -> Result<(), JournalError> {
        let part = self.reader.header_of(self.next)?.part;
        self.next = self.next.saturating_sub(u64::from(part.saturating_sub(1))).max(1);
        if self.next > 1 {
            self.before = self.reader.tail_at(self.next.saturating_sub(1))?;
        }
        self.begun = true;
        Ok(())
    }

    fn step(&mut self) -> Result<Option<Link>, JournalError> {
        if self.ahead.is_empty() && !self.read_on()? {
            return Ok(None);
        }
        let Some((number, bytes)) = self.ahead.pop_front() else {
            return Ok(None);
        };
        if number != self.next {
            return Err(self.reader.damaged(self.next, "it is missing"));
        }
        let link = self.check(bytes)?;
        self.before = link.tail();
        self.next = self.next.saturating_add(1);
        Ok(Some(link))
    }

    /// Reads the next records; false at the end of the journal.
    fn read_on(&mut self) -> Result<bool, JournalError> {
        let Some((_, last)) = self.reader.bounds()?.filter(|(_, last)| self.next <= *last) else {
            return Ok(false);
        };
        if !self.begun {
            self.begin()?;
        }
        let through = last.min(self.next.saturating_add(self.at_once.saturating_sub(1)));
        self.at_once = self.at_once.saturating_mul(2);
        let read = self.reader.log.read(self.next, through);
        self.ahead.extend(read.map_err(|error| self.reader.unreadable(self.next, error))?);
        if self.ahead.is_empty() {
            return Err(self.reader.damaged(self.next, "it is missing"));
        }
        Ok(true)
    }

    fn check(&self, stored: Vec<u8>) -> Result<Link, JournalError> {
        let damaged = |what: String| self.reader.damaged(self.next, what);
        let frame = read_frame(&stored).map_err(|error| damaged(error.to_string()))?;
        let header = frame.header;
        check_link(&header, &self.before).map_err(|error| damaged(error.to_string()))?;
        let mut body = Vec::new();
        frame.body.unpack_into(&mut body).map_err(damaged)?;
        let info = RecordInfo {
            number: header.number,
            epoch: header.epoch,
            time: header.time,
            first_event: header.first_event,
            events: header.events,
            bytes: stored.len(),
            hash: frame.hash,
        };
        Ok(Link { header, info, body, stored })
    }
}

impl Link {
    /// The end of the journal with this record as its last.
    pub(super) fn tail(&self) -> Tail {
        Tail::of(&self.header, self.info.hash)
    }
}

impl Iterator for Chain {
    type Item = Result<Link, JournalError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.ended {
            return None;
        }
        let step = self.step().transpose();
        self.ended = !matches!(step, Some(Ok(_)));
        step
    }
}
