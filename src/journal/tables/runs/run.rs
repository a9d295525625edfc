//! A run: a file of entries in the order of their keys that is written once and never changes. Its index,
//! and a filter over its keys, are in memory; its blocks are read as they are needed.

use crate::journal::codec::{CodecError, Decode, Encode, decode_front, decompress};
use crate::journal::error::JournalError;
use crate::journal::tables::runs::block::Block;
use fastbloom::AtomicBloomFilter;
use std::fs::File;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

/// Keys in one word of a filter.
pub(super) const KEYS_PER_WORD: u64 = 4;
/// Bytes of such a word.
const WORD_BYTES: u64 = 8;
/// The last bytes of every run, before its own figures.
const MAGIC: u64 = u64::from_le_bytes(*b"kpkl-run");
pub(super) const TRAILER_BYTES: usize = 40;
/// Hashes of a filter with sixteen bits for each key: one false positive in 2,000.
const HASHES: u32 = 11;

/// A sealed run.
pub(super) struct Run {
    pub(super) number: u64,
    pub(super) bytes: u64,
    /// Entries, those that say that a key is gone included.
    pub(super) entries: u64,
    path: PathBuf,
    file: File,
    blocks: Vec<BlockPlace>,
    filter: AtomicBloomFilter,
}

/// Where a block lies.
#[derive(Debug, Clone, Encode, Decode)]
pub(super) struct BlockPlace {
    pub(super) first_key: Vec<u8>,
    pub(super) offset: u64,
    pub(super) stored_bytes: u32,
    /// Before compression; the same as stored: it was not worth it.
    pub(super) bytes: u32,
    pub(super) checksum: u32,
}

/// The end of a run's file: where its filter and its index lie, right before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Trailer {
    pub(super) entries: u64,
    pub(super) filter_bytes: u64,
    pub(super) filter_checksum: u32,
    pub(super) index_bytes: u64,
    pub(super) index_checksum: u32,
}

impl Run {
    pub(super) fn open(path: &Path, number: u64) -> Result<Self, JournalError> {
        let file = File::open(path).map_err(|error| JournalError::io("open", path, &error))?;
        let metadata = file.metadata().map_err(|error| JournalError::io("read", path, &error))?;
        let bytes = metadata.len();
        let damaged = |what: &str| JournalError::damaged(path, format!("a run: {what}"));
        let trailer_at = offset_before(bytes, TRAILER_BYTES).ok_or_else(|| damaged("its end"))?;
        let trailer = read(&file, path, trailer_at, TRAILER_BYTES)?;
        let trailer = Trailer::parse(&trailer).ok_or_else(|| damaged("its end"))?;
        // The count has no checksum, and the next merge makes room by it.
        if trailer.entries.div_ceil(KEYS_PER_WORD) > trailer.filter_bytes.div_ceil(WORD_BYTES) {
            return Err(damaged("its end"));
        }
        let part = |before: u64, length: u64, checksum: u32| {
            let at = before.checked_sub(length).ok_or_else(|| damaged("its parts"))?;
            let part = read(&file, path, at, usize::try_from(length).unwrap_or(usize::MAX))?;
            let whole = crc32fast::hash(&part) == checksum;
            whole.then_some((at, part)).ok_or_else(|| damaged("its parts"))
        };
        let (index_at, index) = part(trailer_at, trailer.index_bytes, trailer.index_checksum)?;
        let (_, filter) = part(index_at, trailer.filter_bytes, trailer.filter_checksum)?;
        let blocks = read_index(&index).map_err(|_| damaged("its index"))?;
        let (words, _) = filter.as_chunks();
        let words = words.iter().map(|word| u64::from_le_bytes(*word)).collect();
        let filter = filter_of(words);
        let path = path.to_path_buf();
        Ok(Self { number, bytes, entries: trailer.entries, path, file, blocks, filter })
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    pub(super) fn blocks(&self) -> usize {
        self.blocks.len()
    }

    /// What it says of a key: nothing, that it is gone, or its value.
    pub(super) fn get(
        &self,
        key: &[u8],
        last: &mut LastBlocks,
    ) -> Result<Option<Option<Vec<u8>>>, JournalError> {
        if !self.filter.contains_hash(fingerprint(key)) {
            return Ok(None);
        }
        let Some(index) = self.block_of(key) else { return Ok(None) };
        let block = last.block(self, index)?;
        let found = block.find(key).ok().and_then(|index| block.entry(index));
        Ok(found.map(|(_, value)| value.map(<[u8]>::to_vec)))
    }

    /// The block that holds a key, if any does.
    pub(super) fn block_of(&self, key: &[u8]) -> Option<usize> {
        self.blocks.partition_point(|place| place.first_key.as_slice() <= key).checked_sub(1)
    }

    pub(super) fn block(&self, index: usize) -> Result<Block, JournalError> {
        let place = &self.blocks[index];
        let damaged = || JournalError::damaged(&self.path, format!("a run: block {index}"));
        let stored = usize::try_from(place.stored_bytes).unwrap_or(usize::MAX);
        let bytes = read(&self.file, &self.path, place.offset, stored)?;
        if crc32fast::hash(&bytes) != place.checksum {
            return Err(damaged());
        }
        let bytes = if place.stored_bytes == place.bytes {
            bytes
        } else {
            let length = usize::try_from(place.bytes).unwrap_or(usize::MAX);
            decompress(&bytes, length).map_err(|_| damaged())?
        };
        Block::read(bytes).map_err(|_| damaged())
    }
}

/// The block of each run that was looked at last: whoever asks for keys in their order often needs it again.
#[derive(Default)]
pub(in crate::journal) struct LastBlocks(Vec<LastBlock>);

struct LastBlock {
    run: u64,
    index: usize,
    block: Block,
}

impl LastBlocks {
    fn block(&mut self, run: &Run, index: usize) -> Result<&Block, JournalError> {
        let known = self.0.iter().position(|last| last.run == run.number);
        let place = match known {
            Some(place) if self.0[place].index == index => place,
            Some(place) => {
                self.0[place] = LastBlock { run: run.number, index, block: run.block(index)? };
                place
            }
            None => {
                self.0.push(LastBlock { run: run.number, index, block: run.block(index)? });
                self.0.len().saturating_sub(1)
            }
        };
        Ok(&self.0[place].block)
    }
}

impl Trailer {
    pub(super) fn bytes(self) -> [u8; TRAILER_BYTES] {
        let mut bytes = [0; TRAILER_BYTES];
        bytes[..8].copy_from_slice(&self.entries.to_le_bytes());
        bytes[8..16].copy_from_slice(&self.filter_bytes.to_le_bytes());
        bytes[16..24].copy_from_slice(&self.index_bytes.to_le_bytes());
        bytes[24..28].copy_from_slice(&self.filter_checksum.to_le_bytes());
        bytes[28..32].copy_from_slice(&self.index_checksum.to_le_bytes());
        bytes[32..].copy_from_slice(&MAGIC.to_le_bytes());
        bytes
    }

    fn parse(bytes: &[u8]) -> Option<Self> {
        let (entries, rest) = bytes.split_first_chunk()?;
        let (filter_bytes, rest) = rest.split_first_chunk()?;
        let (index_bytes, rest) = rest.split_first_chunk()?;
        let (filter_checksum, rest) = rest.split_first_chunk()?;
        let (index_checksum, magic) = rest.split_first_chunk()?;
        let trailer = Self {
            entries: u64::from_le_bytes(*entries),
            filter_bytes: u64::from_le_bytes(*filter_bytes),
            filter_checksum: u32::from_le_bytes(*filter_checksum),
            index_bytes: u64::from_le_bytes(*index_bytes),
            index_checksum: u32::from_le_bytes(*index_checksum),
        };
        (magic == MAGIC.to_le_bytes()).then_some(trailer)
    }
}

/// One place after the other: however many there are, none is decoded in one go with the others.
fn read_index(bytes: &[u8]) -> Result<Vec<BlockPlace>, CodecError> {
    let (mut places, mut rest) = (Vec::new(), bytes);
    while !rest.is_empty() {
        let (place, length) = decode_front(rest)?;
        places.push(place);
        rest = rest.get(length..).unwrap_or_default();
    }
    places.shrink_to_fit();
    Ok(places)
}

/// A filter with these bits.
pub(super) fn filter_of(words: Vec<u64>) -> AtomicBloomFilter {
    AtomicBloomFilter::from_vec(words).hashes(HASHES)
}

/// What the filter looks at of a key. Keys are hashes, or numbers in a row: all of their bytes count.
pub(super) fn fingerprint(key: &[u8]) -> u64 {
    const SPREAD: u64 = 0x9E37_79B9_7F4A_7C15;
    key.chunks(8).fold(SPREAD, |mixed, chunk| {
        let mut word = [0; 8];
        word[..chunk.len()].copy_from_slice(chunk);
        let mixed = (mixed ^ u64::from_le_bytes(word)).wrapping_mul(SPREAD);
        mixed ^ (mixed >> 29)
    })
}

fn offset_before(end: u64, bytes: usize) -> Option<u64> {
    end.checked_sub(u64::try_from(bytes).ok()?)
}

fn read(file: &File, path: &Path, offset: u64, bytes: usize) -> Result<Vec<u8>, JournalError> {
    let mut read = vec![0; bytes];
    match file.read_exact_at(&mut read, offset) {
        Ok(()) => Ok(read),
        Err(error) if error.kind() == std::io::ErrorKind::UnexpectedEof => {
            Err(JournalError::damaged(path, "a run: it is too short"))
        }
        Err(error) => Err(JournalError::io("read", path, &error)),
    }
}
