//! The bytes of a record file: its head, and the blocks of records behind it, in big-endian integers.
//!
//! | bytes of the head | what |
//! |---|---|
//! | 0-2, 3 | `KPR`, format version |
//! | 4-11 | number of the first record |
//! | 12-43 | hash of the record before the first; zeros before record 1 |
//! | 44-51 | last event before the first record |
//! | 52-55 | CRC-32 of everything before |
//!
//! | bytes of a block | what |
//! |---|---|
//! | 0, 1 | 1 records, 2 end; 1 compressed |
//! | 2-9 | number of its first record; of the end: of the last record |
//! | 10-13, 14-17 | count of records; length before compression |
//! | 18-21 | length as stored |
//! | 22-25 | CRC-32 of everything before and of what follows |
//!
//! Behind a block's head come its records, each as the journal has it behind its length, all of them
//! compressed together; behind that of the end the hash of the last record and its last event. A file that
//! is still being written has no end: what is whole of it can be read all the same.

use crate::journal::codec::{Compressor, decompress};
use crate::journal::record::{Hash, RECORD_BYTES_MAX, Tail};

/// About so many bytes of records go into a block before compression.
pub(super) const BLOCK_BYTES: usize = 256 << 10;
/// No block is larger before compression.
const BLOCK_BYTES_MAX: usize = BLOCK_BYTES + RECORD_BYTES_MAX + LENGTH_BYTES;
pub(super) const HEAD_BYTES: usize = 56;
pub(super) const BLOCK_HEAD_BYTES: usize = 26;
const MAGIC: [u8; 3] = *b"KPR";
const VERSION: u8 = 1;
const RECORDS: u8 = 1;
const END: u8 = 2;
const COMPRESSED: u8 = 1;
const LENGTH_BYTES: usize = 4;

/// Records with their numbers.
pub(super) type NumberedRecords = Vec<(u64, Vec<u8>)>;

/// What a file says before its records: what they continue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Head {
    pub(super) first_record: u64,
    pub(super) before: Hash,
    pub(super) last_event_before: u64,
}

/// What a block says before its contents.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct BlockHead {
    pub(super) is_end: bool,
    compressed: bool,
    /// Of the end: the last one.
    pub(super) first_record: u64,
    pub(super) count: u32,
    length: usize,
    pub(super) stored: usize,
}

/// How a file ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct End {
    pub(super) last_record: u64,
    pub(super) hash: Hash,
    pub(super) last_event: u64,
}

impl Head {
    pub(super) fn after(tail: &Tail) -> Self {
        Self {
            first_record: tail.record.saturating_add(1),
            before: tail.hash,
            last_event_before: tail.last_event.number(),
        }
    }

    pub(super) fn bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(HEAD_BYTES);
        bytes.extend(MAGIC);
        bytes.push(VERSION);
        bytes.extend(self.first_record.to_be_bytes());
        bytes.extend(self.before);
        bytes.extend(self.last_event_before.to_be_bytes());
        bytes.extend(crc32fast::hash(&bytes).to_be_bytes());
        bytes
    }

    /// What the bytes say; else what is wrong with them.
    pub(super) fn read(bytes: &[u8; HEAD_BYTES]) -> Result<Self, String> {
        let mut fields = Fields(bytes);
        if fields.take::<3>() != MAGIC {
            return Err("it is not a record file of Kopilka".into());
        }
        let [version] = fields.take();
        let head = Self {
            first_record: u64::from_be_bytes(fields.take()),
            before: fields.take(),
            last_event_before: u64::from_be_bytes(fields.take()),
        };
        check(bytes.split_at(HEAD_BYTES - CHECKSUM_BYTES).0, &[], fields.take())?;
        match version {
            VERSION => Ok(head),
            other => Err(format!("its format version {other} is not one that this program knows")),
        }
    }
}

const CHECKSUM_BYTES: usize = 4;

impl BlockHead {
    pub(super) fn read(bytes: &[u8; BLOCK_HEAD_BYTES]) -> Result<Self, String> {
        let mut fields = Fields(bytes);
        let [kind, flags] = fields.take();
        let length = |bytes| usize::try_from(u32::from_be_bytes(bytes)).unwrap_or(usize::MAX);
        let head = Self {
            is_end: kind == END,
            compressed: flags == COMPRESSED,
            first_record: u64::from_be_bytes(fields.take()),
            count: u32::from_be_bytes(fields.take()),
            length: length(fields.take()),
            stored: length(fields.take()),
        };
        let possible = matches!(kind, RECORDS | END) && matches!(flags, 0 | COMPRESSED);
        if possible && head.length <= BLOCK_BYTES_MAX && head.stored <= BLOCK_BYTES_MAX {
            return Ok(head);
        }
        Err("a block begins with figures that cannot be".into())
    }

    /// The number behind its last record.
    pub(super) fn next_record(&self) -> u64 {
        self.first_record.saturating_add(u64::from(self.count))
    }

    /// The contents, checked against the head's own bytes.
    fn contents(&self, head: &[u8; BLOCK_HEAD_BYTES], stored: &[u8]) -> Result<Vec<u8>, String> {
        let (checked, checksum) = head.split_at(BLOCK_HEAD_BYTES - CHECKSUM_BYTES);
        check(checked, stored, checksum.try_into().unwrap_or_default())?;
        if !self.compressed {
            return Ok(stored.to_vec());
        }
        decompress(stored, self.length).map_err(|error| error.to_string())
    }

    /// The records of a block with their numbers.
    pub(super) fn records(
        &self,
        head: &[u8; BLOCK_HEAD_BYTES],
        stored: &[u8],
    ) -> Result<NumberedRecords, String> {
        let contents = self.contents(head, stored)?;
        let mut rest = contents.as_slice();
        let mut records = Vec::new();
        for number in self.first_record..self.next_record() {
            let record = take_record(&mut rest);
            let record = record.ok_or_else(|| format!("record {number} is cut off"))?;
            records.push((number, record.to_vec()));
        }
        if rest.is_empty() { Ok(records) } else { Err("a block is longer than its records".into()) }
    }

    /// What the block of the end says.
    pub(super) fn end(&self, head: &[u8; BLOCK_HEAD_BYTES], stored: &[u8]) -> Result<End, String> {
        let contents = self.contents(head, stored)?;
        let (hash, last_event) =
            contents.split_first_chunk().ok_or("its end is cut off".to_owned())?;
        let last_event = last_event.try_into().map_err(|_| "its end is cut off".to_owned())?;
        let last_event = u64::from_be_bytes(last_event);
        Ok(End { last_record: self.first_record, hash: *hash, last_event })
    }
}

impl End {
    pub(super) fn at(tail: &Tail) -> Self {
        Self { last_record: tail.record, hash: tail.hash, last_event: tail.last_event.number() }
    }

    pub(super) fn bytes(&self) -> Vec<u8> {
        let contents = [&self.hash[..], &self.last_event.to_be_bytes()].concat();
        block_bytes([END, 0], (self.last_record, 0), contents.len(), &contents)
    }
}

/// Records on their way into a block.
pub(super) struct BlockWriter {
    contents: Vec<u8>,
    first_record: u64,
    count: u32,
    compressor: Compressor,
}

impl BlockWriter {
    pub(super) fn new(first_record: u64) -> std::io::Result<Self> {
        Ok(Self { contents: Vec::new(), first_record, count: 0, compressor: Compressor::new()? })
    }

    pub(super) fn push(&mut self, record: &[u8]) {
        let length = u32::try_from(record.len()).unwrap_or(u32::MAX);
        self.contents.extend(length.to_be_bytes());
        self.contents.extend(record);
        self.count = self.count.saturating_add(1);
    }

    pub(super) fn is_full(&self) -> bool {
        self.contents.len() >= BLOCK_BYTES
    }

    /// Bytes that were pushed since the last block.
    pub(super) fn waiting(&self) -> usize {
        self.contents.len()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// The block of what was pushed; the next one begins.
    pub(super) fn finish(&mut self) -> Vec<u8> {
        let compressed = self.compressor.compress(&self.contents);
        let flags = if compressed.is_some() { COMPRESSED } else { 0 };
        let stored = compressed.as_deref().unwrap_or(&self.contents);
        let numbers = (self.first_record, self.count);
        let bytes = block_bytes([RECORDS, flags], numbers, self.contents.len(), stored);
        self.first_record = self.first_record.saturating_add(u64::from(self.count));
        self.count = 0;
        self.contents.clear();
        bytes
    }
}

fn block_bytes(
    kind_and_flags: [u8; 2],
    (first_record, count): (u64, u32),
    length: usize,
    stored: &[u8],
) -> Vec<u8> {
    let in_bytes = |length: usize| u32::try_from(length).unwrap_or(u32::MAX).to_be_bytes();
    let mut bytes = Vec::with_capacity(BLOCK_HEAD_BYTES.saturating_add(stored.len()));
    bytes.extend(kind_and_flags);
    bytes.extend(first_record.to_be_bytes());
    bytes.extend(count.to_be_bytes());
    bytes.extend(in_bytes(length));
    bytes.extend(in_bytes(stored.len()));
    bytes.extend(checksum(&bytes, stored).to_be_bytes());
    bytes.extend(stored);
    bytes
}

fn take_record<'a>(rest: &mut &'a [u8]) -> Option<&'a [u8]> {
    let (length, after) = rest.split_first_chunk()?;
    let length = usize::try_from(u32::from_be_bytes(*length)).ok()?;
    let (record, after) = after.split_at_checked(length)?;
    *rest = after;
    Some(record)
}

fn check(head: &[u8], contents: &[u8], stated: [u8; CHECKSUM_BYTES]) -> Result<(), String> {
    if checksum(head, contents).to_be_bytes() == stated {
        return Ok(());
    }
    Err("checksum differs".into())
}

fn checksum(head: &[u8], contents: &[u8]) -> u32 {
    let mut checksum = crc32fast::Hasher::new();
    checksum.update(head);
    checksum.update(contents);
    checksum.finalize()
}

/// Fields of a fixed size, taken from the front.
struct Fields<'a>(&'a [u8]);

impl Fields<'_> {
    fn take<const N: usize>(&mut self) -> [u8; N] {
        let (field, rest) = self.0.split_first_chunk().expect("a head has its full length");
        self.0 = rest;
        *field
    }
}

/// For fuzzers: the bytes with the checksums that belong to what they say.
#[cfg(any(test, feature = "fuzzing"))]
pub(super) fn mend_blocks(bytes: &[u8]) -> Vec<u8> {
    const CHECKED: usize = BLOCK_HEAD_BYTES - CHECKSUM_BYTES;
    let mut mended = bytes.to_vec();
    let Some((head, mut rest)) = mended.split_at_mut_checked(HEAD_BYTES) else { return mended };
    let (checked, stated) = head.split_at_mut(HEAD_BYTES - CHECKSUM_BYTES);
    stated.copy_from_slice(&checksum(checked, &[]).to_be_bytes());
    while let Some((head, after)) = rest.split_first_chunk_mut::<BLOCK_HEAD_BYTES>() {
        let stored = BlockHead::read(head).map_or(0, |head| head.stored);
        let Some((stored, after)) = after.split_at_mut_checked(stored) else { break };
        let (checked, stated) = head.split_at_mut(CHECKED);
        stated.copy_from_slice(&checksum(checked, stored).to_be_bytes());
        rest = after;
    }
    mended
}

#[cfg(test)]
mod tests {
    use super::*;

    fn block(records: &[&[u8]]) -> Vec<u8> {
        let mut writer = BlockWriter::new(7).unwrap();
        records.iter().for_each(|record| writer.push(record));
        writer.finish()
    }

    fn read(bytes: &[u8]) -> Result<Vec<(u64, Vec<u8>)>, String> {
        let (head, stored) = bytes.split_first_chunk().ok_or("cut off")?;
        let block = BlockHead::read(head)?;
        if block.stored != stored.len() {
            return Err("cut off".into());
        }
        block.records(head, stored)
    }

    #[test]
    fn records_come_back_as_they_were() {
        let long = vec![7; 5_000];
        let records: [&[u8]; 3] = [b"one", b"", &long];
        let found = read(&block(&records)).unwrap();
        let expected: Vec<(u64, Vec<u8>)> =
            (7..).zip(records).map(|(number, record)| (number, record.to_vec())).collect();
        assert_eq!(found, expected);
        assert!(block(&records).len() < 200, "what repeats is compressed");
    }

    #[test]
    fn every_flipped_bit_and_every_cut_is_noticed() {
        let whole = block(&[b"one", b"another"]);
        for at in 0..whole.len() * 8 {
            let mut flipped = whole.clone();
            flipped[at.div_euclid(8)] ^= 1 << at.rem_euclid(8);
            assert!(read(&flipped).is_err(), "bit {at}");
        }
        for length in 0..whole.len() {
            assert!(read(&whole[..length]).is_err(), "cut to {length}");
        }
    }

    #[test]
    fn heads_and_ends_come_back_and_notice_a_flipped_bit() {
        let head = Head { first_record: 9, before: [3; 32], last_event_before: 40 };
        let bytes: [u8; HEAD_BYTES] = head.bytes().try_into().unwrap();
        assert_eq!(Head::read(&bytes), Ok(head));
        for at in 0..HEAD_BYTES * 8 {
            let mut flipped = bytes;
            flipped[at.div_euclid(8)] ^= 1 << at.rem_euclid(8);
            assert!(Head::read(&flipped).is_err(), "bit {at}");
        }
        let end = End { last_record: 12, hash: [5; 32], last_event: 77 };
        let bytes = end.bytes();
        let (head, stored) = bytes.split_first_chunk().unwrap();
        let block = BlockHead::read(head).unwrap();
        assert!(block.is_end);
        assert_eq!(block.end(head, stored), Ok(end));
    }
}
