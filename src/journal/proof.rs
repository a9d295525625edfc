//! Proof that something was written: the number of its last event and the hash of the record that holds
//! it, which through the chain is a hash of everything before it as well.

use crate::journal::error::JournalError;
use crate::journal::operation::{Numbered, last_of};
use crate::journal::reader::JournalReader;
use crate::journal::records::Records;
use crate::values::EventNumber;

/// The hash of a record: over its header, which holds the root over its events, the hash of its body
/// and the hash of the record before it.
pub type RecordHash = [u8; 32];

/// What a caller is given to keep of what was written for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Proof {
    /// The last event of the operation.
    pub event: EventNumber,
    /// Of the record that the operation is complete with.
    pub hash: RecordHash,
}

impl Proof {
    /// A hash as it is written: 64 hexadecimal digits of either case.
    #[must_use]
    pub fn parse_hash(text: &str) -> Option<RecordHash> {
        let mut hash = RecordHash::default();
        hex::decode_to_slice(text, &mut hash).ok().map(|()| hash)
    }

    /// The hash in lower-case hexadecimal digits.
    #[must_use]
    pub fn hash_text(&self) -> String {
        hex::encode(self.hash)
    }
}

impl JournalReader {
    /// The operation that begins with `first_event`, and the proof that it was answered with; `None`:
    /// none begins there.
    ///
    /// # Errors
    /// `Damaged`, `Unavailable`.
    pub fn proven_operation(
        &self,
        first_event: EventNumber,
    ) -> Result<Option<(Numbered, Proof)>, JournalError> {
        let Some(number) = self.record_of(first_event)? else { return Ok(None) };
        for read in Records::new(self, number, false) {
            let (info, operations) = read?;
            if operations.is_empty() {
                continue;
            }
            let found = operations.into_iter().find(|one| one.first_event == first_event);
            return Ok(found.map(|numbered| {
                let count = usize::try_from(numbered.operation.count()).unwrap_or(usize::MAX);
                let event = last_of(first_event, count);
                (numbered, Proof { event, hash: info.hash })
            }));
        }
        Ok(None)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::journal::operation::Outcome;
    use crate::journal::scenario::Scenario;
    use crate::journal::test_kit::Kit;
    use std::sync::mpsc::channel;

    #[test]
    fn a_hash_is_64_digits() {
        let proof = Proof { event: EventNumber(7), hash: [0xAB; 32] };
        assert_eq!(proof.hash_text(), "ab".repeat(32));
        assert_eq!(Proof::parse_hash(&"aB".repeat(32)), Some(proof.hash));
        for wrong in ["", "ab", &"ab".repeat(33), &"xy".repeat(32), &format!(" {}", "a".repeat(63))]
        {
            assert_eq!(Proof::parse_hash(wrong), None, "{wrong}");
        }
    }

    /// What the writer hands out with an answer is what the journal says later.
    #[test]
    fn the_proof_of_an_answer_is_the_one_that_is_read_back() {
        let dir = tempfile::tempdir().unwrap();
        let kit = Kit::open(dir.path(), None);
        let mut given = Vec::new();
        for numbered in Scenario::new(5).play(120) {
            let (told, answered) = channel();
            let submitted = kit.journal.submit(numbered.operation, |_| {
                let finish = Box::new(move |outcome| told.send(outcome).unwrap());
                Some(crate::journal::Reply { home: 0, finish })
            });
            given.push((submitted.unwrap(), answered));
        }
        assert!(given.iter().any(|(numbers, _)| numbers.first < numbers.last));
        for (numbers, answered) in given {
            let Ok(Outcome::Durable(Some(hash))) = answered.recv() else { panic!("no hash") };
            let (numbered, proof) = kit.reader.proven_operation(numbers.first).unwrap().unwrap();
            assert_eq!(numbered.first_event, numbers.first);
            assert_eq!(proof, Proof { event: numbers.last, hash });
        }
        let beyond = kit.journal.submitted().plus(1);
        assert_eq!(kit.reader.proven_operation(beyond), Ok(None));
        assert_eq!(kit.journal.durable_record(), kit.reader.tail().unwrap().unwrap().record);
    }
}
