//! The records of the journal with their operations: parts are joined, and what never came to its end is
//! left out.

use crate::journal::chain::{Chain, Link};
use crate::journal::codec::CodecError;
use crate::journal::error::JournalError;
use crate::journal::operation::Numbered;
use crate::journal::reader::JournalReader;
use crate::journal::record::{Header, read_operations, root};
use crate::journal::vault::SealError;
use crate::values::{EventNumber, Timestamp};

/// A record as it lies in the journal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordInfo {
    pub number: u64,
    /// Equal to `number` in a record that opens an epoch.
    pub epoch: u64,
    pub time: Timestamp,
    /// The number of its first event, or of the next one where it has none.
    pub first_event: EventNumber,
    pub events: u32,
    /// Its size as stored.
    pub bytes: usize,
    pub hash: [u8; 32],
}

/// Why the operations of a record cannot be told.
enum Unread {
    Damaged(String),
    /// They are sealed, and there is no vault.
    NoVault,
}

/// The records from one on; ends after the first error.
pub struct Records {
    pub(super) chain: Chain,
    check_roots: bool,
    /// What is there of a group that is written in parts, and how many parts that is.
    parts: Vec<u8>,
    parts_read: u16,
}

impl Records {
    pub(super) fn new(reader: &JournalReader, from: u64, check_roots: bool) -> Self {
        let chain = Chain::new(reader, from);
        Self { chain, check_roots, parts: Vec::new(), parts_read: 0 }
    }

    /// The next record as it lies in the journal, with the operations that are complete with it.
    pub(super) fn next_link(&mut self) -> Option<Result<(Link, Vec<Numbered>), JournalError>> {
        let link = match self.chain.next()? {
            Ok(link) => link,
            Err(error) => return Some(Err(error)),
        };
        Some(match self.join(&link) {
            Ok(operations) => Ok((link, operations)),
            Err(what) => {
                self.chain.ended = true;
                Err(what.at(&self.chain.reader, link.info.number))
            }
        })
    }

    /// Takes a record in; the operations that are complete with it.
    fn join(&mut self, link: &Link) -> Result<Vec<Numbered>, Unread> {
        let header = &link.header;
        if header.open {
            // What was being written in parts when the journal was last left has no commit mark.
            self.parts.clear();
            self.parts_read = 0;
            return Ok(Vec::new());
        }
        if header.part != self.parts_read.saturating_add(1) {
            let what = format!("part {} follows part {}", header.part, self.parts_read);
            return Err(Unread::Damaged(what));
        }
        if !header.is_last_part() {
            self.parts.extend(&link.body);
            self.parts_read = header.part;
            return Ok(Vec::new());
        }
        self.parts_read = 0;
        if self.parts.is_empty() {
            return self.decode(header, &link.body);
        }
        let mut whole = std::mem::take(&mut self.parts);
        whole.extend(&link.body);
        self.decode(header, &whole)
    }

    fn decode(&self, header: &Header, body: &[u8]) -> Result<Vec<Numbered>, Unread> {
        let mut leaves = Vec::new();
        let wanted = self.check_roots.then_some(&mut leaves);
        let sealing = &self.chain.reader.sealing;
        let operations =
            read_operations(body, header.first_event, sealing, wanted).map_err(Unread::from)?;
        let events = operations.iter().map(|one| one.operation.count()).sum::<u64>();
        if events != u64::from(header.events) {
            let what = format!("it holds {events} events instead of {}", header.events);
            return Err(Unread::Damaged(what));
        }
        if self.check_roots && root(&leaves) != header.root {
            return Err(Unread::Damaged("the root over its events differs".into()));
        }
        Ok(operations)
    }
}

impl Unread {
    fn at(self, reader: &JournalReader, record: u64) -> JournalError {
        match self {
            Self::Damaged(what) => reader.damaged(record, what),
            Self::NoVault => JournalError::VaultMissing(reader.path().to_path_buf()),
        }
    }
}

impl From<CodecError> for Unread {
    fn from(error: CodecError) -> Self {
        if let CodecError::Sealed(SealError::NoVault(_)) = error {
            return Self::NoVault;
        }
        Self::Damaged(error.to_string())
    }
}

impl Iterator for Records {
    type Item = Result<(RecordInfo, Vec<Numbered>), JournalError>;

    fn next(&mut self) -> Option<Self::Item> {
        self.next_link().map(|next| next.map(|(link, operations)| (link.info, operations)))
    }
}
