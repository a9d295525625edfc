//! Whether what callers have proof of is in the journal, and where it is not, which kind of hole is there.

use crate::journal::error::JournalError;
use crate::journal::log::LogError;
use crate::journal::proof::{Proof, RecordHash};
use crate::journal::reader::JournalReader;
use crate::journal::record::{Header, peek_frame, read_frame};
use crate::values::EventNumber;
use thiserror::Error;

/// What became of something that a caller has proof of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Presence {
    /// It is there, and so is everything that was written before it.
    Present,
    Hole(Hole),
}

/// Why something is not there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum Hole {
    #[error("the journal ends with event {last}")]
    BeyondEnd { last: EventNumber },
    /// What stands there, or something before it, is not what was answered for.
    #[error("record {record}, which holds that event, has the hash {}", hex::encode(.found))]
    OtherHash { record: u64, found: RecordHash },
    #[error("record {record}, which should hold that event, is missing or damaged")]
    Gap { record: u64 },
}

/// A record that was found for an event.
struct Found {
    number: u64,
    /// What it holds.
    first: EventNumber,
    last: EventNumber,
    /// `None`: it is damaged.
    hash: Option<RecordHash>,
}

impl JournalReader {
    /// What became of each of `proofs`, in their order. Nothing beyond `through` is looked at.
    ///
    /// # Errors
    /// `Damaged` if not even the end of the journal can be read; `Unavailable`.
    pub fn presence(
        &self,
        proofs: &[Proof],
        through: EventNumber,
    ) -> Result<Vec<Presence>, JournalError> {
        let Some((first, last)) = self.bounds()? else {
            let nothing = Hole::BeyondEnd { last: EventNumber(0) };
            return Ok(vec![Presence::Hole(nothing); proofs.len()]);
        };
        let end = self.header_of(last)?.last_event().min(through);
        let mut order: Vec<usize> = (0..proofs.len()).collect();
        order.sort_by_key(|index| proofs[*index].event);
        let mut found = vec![Presence::Hole(Hole::BeyondEnd { last: end }); proofs.len()];
        let mut known: Option<Found> = None;
        for index in order {
            let proof = proofs[index];
            if proof.event > end {
                break;
            }
            // Those that were written together are found together; the next one is further on.
            let record = match known.take() {
                Some(record) if proof.event <= record.last => record,
                Some(record) => self.find(proof.event, record.number.saturating_add(1), last)?,
                None => self.find(proof.event, first, last)?,
            };
            found[index] = record.presence_of(&proof);
            known = Some(record);
        }
        Ok(found)
    }

    /// The first record in `low..=last` that can be read and reaches `event`; `last` does.
    fn find(&self, event: EventNumber, mut low: u64, last: u64) -> Result<Found, JournalError> {
        let (mut number, mut limit) = (last, last);
        while low < limit {
            let middle = low.midpoint(limit);
            match self.readable_from(middle, limit)? {
                None => limit = middle,
                Some((place, header)) if header.last_event() < event => {
                    low = place.saturating_add(1);
                }
                Some((place, _)) => (number, limit) = (place, middle),
            }
        }
        let bytes = self.bytes_if_there(number)?.unwrap_or_default();
        let frame = read_frame(&bytes).ok();
        let (first, last) = match &frame {
            Some(frame) => (frame.header.first_event, frame.header.last_event()),
            None => (event, event),
        };
        Ok(Found { number, first, last, hash: frame.map(|frame| frame.hash) })
    }

    /// The first record in `from..limit` whose header can be read.
    fn readable_from(&self, from: u64, limit: u64) -> Result<Option<(u64, Header)>, JournalError> {
        for number in from..limit {
            let bytes = self.bytes_if_there(number)?;
            if let Some((header, _)) = bytes.as_deref().and_then(peek_frame) {
                return Ok(Some((number, header)));
            }
        }
        Ok(None)
    }

    /// A record's bytes; `None`: it is missing, or the store cannot read it.
    fn bytes_if_there(&self, number: u64) -> Result<Option<Vec<u8>>, JournalError> {
        match self.log.read(number, number) {
            Ok(records) => {
                let mut records = records.into_iter();
                Ok(records.find(|(found, _)| *found == number).map(|(_, bytes)| bytes))
            }
            Err(LogError::Damaged(_)) => Ok(None),
            Err(error) => Err(self.unreadable(number, error)),
        }
    }
}

impl Found {
    fn presence_of(&self, proof: &Proof) -> Presence {
        match self.hash {
            None => Presence::Hole(Hole::Gap { record: self.number }),
            // What reaches the event begins after it: the record in between is gone.
            Some(_) if proof.event < self.first => {
                Presence::Hole(Hole::Gap { record: self.number.saturating_sub(1) })
            }
            Some(hash) if hash == proof.hash => Presence::Present,
            Some(found) => Presence::Hole(Hole::OtherHash { record: self.number, found }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::journal::memory_log::MemoryLog;
    use crate::journal::record::Tail;
    use crate::journal::scenario::{Scenario, journal_of};

    const FAR: EventNumber = EventNumber(u64::MAX);

    /// The proof of every record that holds events, by its last event.
    fn proofs_of(reader: &JournalReader) -> Vec<(u64, Proof)> {
        let records = reader.records(1).map(Result::unwrap);
        let holding = records.filter(|(info, _)| info.events > 0);
        let proof = |info: crate::journal::RecordInfo| {
            let last = info.first_event.plus(u64::from(info.events) - 1);
            (info.number, Proof { event: last, hash: info.hash })
        };
        holding.map(|(info, _)| proof(info)).collect()
    }

    fn journal() -> (MemoryLog, JournalReader, Vec<(u64, Proof)>) {
        let (log, reader) = journal_of(&Scenario::new(9).play(200));
        let proofs = proofs_of(&reader);
        (log, reader, proofs)
    }

    fn holes(reader: &JournalReader, proofs: &[(u64, Proof)]) -> Vec<(u64, Hole)> {
        let asked: Vec<Proof> = proofs.iter().map(|(_, proof)| *proof).collect();
        let found = reader.presence(&asked, FAR).unwrap();
        let hole = |(presence, (record, _)): (Presence, &(u64, Proof))| match presence {
            Presence::Present => None,
            Presence::Hole(hole) => Some((*record, hole)),
        };
        found.into_iter().zip(proofs).filter_map(hole).collect()
    }

    #[test]
    fn what_was_written_is_there_in_any_order() {
        let (_, reader, mut proofs) = journal();
        assert!(proofs.len() > 10);
        assert_eq!(holes(&reader, &proofs), []);
        proofs.reverse();
        let again = proofs[3];
        proofs.push(again);
        assert_eq!(holes(&reader, &proofs), []);
        // Every event of a record is proven by its hash.
        let (record, proof) = proofs[0];
        let earlier = Proof { event: EventNumber(proof.event.number() - 1), ..proof };
        let before = proofs.iter().find(|(other, _)| *other < record).unwrap().1;
        let expected = if earlier.event > before.event { 0 } else { 1 };
        assert_eq!(holes(&reader, &[(record, earlier)]).len(), expected);
        assert_eq!(reader.presence(&[], FAR), Ok(Vec::new()));
    }

    #[test]
    fn a_tail_that_was_cut_shows_as_beyond_the_end() {
        let (log, reader, proofs) = journal();
        let (kept, last) = proofs[proofs.len().div_euclid(2)];
        let mut records = log.records();
        records.truncate(usize::try_from(kept).unwrap());
        log.replace(records);
        let lost = proofs.iter().filter(|(record, _)| *record > kept);
        let expected: Vec<_> =
            lost.map(|(record, _)| (*record, Hole::BeyondEnd { last: last.event })).collect();
        assert!(!expected.is_empty());
        assert_eq!(holes(&reader, &proofs), expected);
        // What is not durable yet is not looked at.
        let asked = [proofs[0].1, last];
        let found = reader.presence(&asked, proofs[0].1.event).unwrap();
        let beyond = Hole::BeyondEnd { last: proofs[0].1.event };
        assert_eq!(found, [Presence::Present, Presence::Hole(beyond)]);
    }

    #[test]
    fn another_hash_and_a_damaged_record_are_told_apart() {
        let (log, reader, mut proofs) = journal();
        let at = proofs.len().div_euclid(3);
        let (record, proof) = proofs[at];
        proofs[at].1.hash[31] ^= 1;
        let expected = Hole::OtherHash { record, found: proof.hash };
        assert_eq!(holes(&reader, &proofs), [(record, expected)]);
        proofs[at].1 = proof;
        let mut records = log.records();
        *records[usize::try_from(record - 1).unwrap()].last_mut().unwrap() ^= 1;
        log.replace(records);
        assert_eq!(holes(&reader, &proofs), [(record, Hole::Gap { record })]);
    }

    /// Bytes that are nothing at all, in a row: everything around them is still found.
    #[test]
    fn a_gap_hides_nothing_but_itself() {
        let (log, reader, proofs) = journal();
        let at = proofs.len().div_euclid(2);
        let gone: Vec<u64> = proofs[at..at + 3].iter().map(|(record, _)| *record).collect();
        let mut records = log.records();
        for record in &gone {
            records[usize::try_from(record - 1).unwrap()] = b"gone".to_vec();
        }
        log.replace(records);
        let found = holes(&reader, &proofs);
        assert_eq!(found.iter().map(|(record, _)| *record).collect::<Vec<_>>(), gone);
        assert!(found.iter().all(|(_, hole)| matches!(hole, Hole::Gap { .. })), "{found:?}");
    }

    #[test]
    fn an_empty_journal_has_nothing() {
        let reader = JournalReader::new(MemoryLog::default().handle(None).reader(), "d".as_ref());
        let proof = Proof { event: EventNumber(1), hash: Tail::nothing().hash };
        let hole = Hole::BeyondEnd { last: EventNumber(0) };
        assert_eq!(reader.presence(&[proof], FAR), Ok(vec![Presence::Hole(hole)]));
    }
}
