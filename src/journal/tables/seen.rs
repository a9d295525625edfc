//! "Was this id seen?", asked at every sale and almost always answered no: a filter in memory over all
//! keys in the tables, so that only a likely yes touches the disk.

use crate::journal::keys::LookUpKey;
use crate::journal::vault::LookUpMask;
use fastbloom::AtomicBloomFilter;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

/// How many chunks there are at most, and how many keys the first takes; each takes twice as many as
/// the one before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Shape {
    pub(super) first_keys: u64,
    pub(super) chunks_max: usize,
}

impl Shape {
    const FIRST_KEYS: u64 = 65_536;
    /// More than there will ever be.
    const CHUNKS_CEILING: usize = 32;

    /// The most chunks that fit into so much memory, and one at least; beyond them every question goes to the
    /// disk. 134 million keys in 256 MiB.
    pub(super) fn within(bytes: u64) -> Self {
        let mut shape = Self { first_keys: Self::FIRST_KEYS, chunks_max: 1 };
        while shape.chunks_max < Self::CHUNKS_CEILING && shape.next().bytes() <= bytes {
            shape = shape.next();
        }
        shape
    }

    fn next(self) -> Self {
        Self { chunks_max: self.chunks_max.saturating_add(1), ..self }
    }

    /// Keys of all chunks together.
    fn keys(self) -> u64 {
        (0..self.chunks_max).fold(0, |keys: u64, chunk| keys.saturating_add(self.capacity(chunk)))
    }

    fn bytes(self) -> u64 {
        self.keys().saturating_mul(BYTES_PER_KEY)
    }

    fn capacity(self, chunk: usize) -> u64 {
        self.first_keys << chunk
    }
}

/// Sixteen bits and eleven hashes for each key of a full chunk: one false positive in 2,000 and chunk,
/// so less than one in a hundred whatever the number of chunks.
const KEYS_PER_WORD: u64 = 4;
const BYTES_PER_KEY: u64 = 2;
const HASHES: u32 = 11;

/// Which keys the tables hold. Clones are the same filter; one thread adds, any number ask.
#[derive(Clone)]
pub struct Seen {
    shape: Shape,
    chunks: Arc<RwLock<Chunks>>,
    /// Keys in all chunks.
    keys: Arc<AtomicU64>,
    /// How identifiers were added.
    mask: LookUpMask,
}

/// The chunks there are; none in a full filter, which answers "maybe" to all.
#[derive(Default)]
struct Chunks {
    list: Vec<Arc<Chunk>>,
    full: bool,
}

/// How full a filter is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FilterFill {
    pub keys: u64,
    /// Most keys; one more, and it is full.
    pub keys_max: u64,
    /// Whether keys are missing in it, so that every question goes to the disk.
    pub full: bool,
    pub bytes: u64,
}

/// Keys added one after the other; all chunks but the last are full and never change again.
pub(super) struct Chunk {
    filter: AtomicBloomFilter,
}

/// What became of a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Added {
    /// The filter answers "maybe" for it already.
    Already,
    /// It went into the last chunk.
    New,
    /// The last chunk was full, and is closed now; it went into a new one.
    InNewChunk,
    /// There is no room any more; every answer is "maybe" from now on.
    Full,
}

impl Seen {
    pub(super) fn new(shape: Shape) -> Self {
        let list = vec![Arc::new(Chunk::empty(shape, 0))];
        let chunks = Arc::new(RwLock::new(Chunks { list, full: false }));
        Self { shape, chunks, keys: Arc::default(), mask: LookUpMask::None }
    }

    /// The same filter, where identifiers were added under a mask.
    pub(super) fn under(self, mask: LookUpMask) -> Self {
        Self { mask, ..self }
    }

    /// `false`: no identifier in the tables has this key. `true`: ask the tables.
    #[must_use]
    pub fn maybe_identifier(&self, key: &LookUpKey) -> bool {
        self.maybe(&self.mask.of(key))
    }

    /// `false`: no operation in the tables has this key. `true`: ask the tables.
    #[must_use]
    pub fn maybe(&self, key: &LookUpKey) -> bool {
        let chunks = self.reading();
        let has = |chunk: &Arc<Chunk>| chunk.filter.contains_hash(fingerprint(key));
        chunks.full || chunks.list.iter().rev().any(has)
    }

    /// Adds a fingerprint; `in_last` is how many the last chunk holds.
    pub(super) fn add(&self, key: &LookUpKey, in_last: u64) -> Added {
        if self.is_full() {
            return Added::Full;
        }
        if self.maybe(key) {
            return Added::Already;
        }
        let last = self.count().saturating_sub(1);
        if in_last < self.shape.capacity(last) {
            self.insert(fingerprint(key));
            return Added::New;
        }
        self.begin_chunk();
        if self.is_full() {
            return Added::Full;
        }
        self.insert(fingerprint(key));
        Added::InNewChunk
    }

    /// How full it is, and what it takes.
    #[must_use]
    pub fn fill(&self) -> FilterFill {
        let chunks = self.reading();
        let there = Shape { chunks_max: chunks.list.len(), ..self.shape };
        FilterFill {
            keys: self.keys.load(Ordering::Relaxed),
            keys_max: self.shape.keys(),
            full: chunks.full,
            bytes: there.bytes(),
        }
    }

    /// Whether every answer is "maybe".
    pub(super) fn is_full(&self) -> bool {
        self.reading().full
    }

    /// From now on every answer is "maybe", and no bit is kept for it.
    pub(super) fn give_up(&self) {
        *self.writing() = Chunks { list: Vec::new(), full: true };
    }

    fn reading(&self) -> RwLockReadGuard<'_, Chunks> {
        self.chunks.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn writing(&self) -> RwLockWriteGuard<'_, Chunks> {
        self.chunks.write().unwrap_or_else(PoisonError::into_inner)
    }

    /// How many chunks there are, the last one included.
    pub(super) fn count(&self) -> usize {
        self.reading().list.len()
    }

    pub(super) fn chunk(&self, index: usize) -> Option<Arc<Chunk>> {
        self.reading().list.get(index).cloned()
    }

    /// Puts a fingerprint into the last chunk.
    pub(super) fn insert(&self, fingerprint: u64) {
        if let Some(last) = self.chunk(self.count().saturating_sub(1)) {
            last.filter.insert_hash(fingerprint);
            self.keys.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Puts a chunk that was saved in the place of the last one and begins the next.
    /// `false` if it has not the size that its place demands.
    pub(super) fn restore(&self, words: Vec<u64>) -> bool {
        let last = self.count().saturating_sub(1);
        if words.len() != Chunk::words(self.shape, last) {
            return false;
        }
        let chunk = Arc::new(Chunk { filter: AtomicBloomFilter::from_vec(words).hashes(HASHES) });
        if let Some(place) = self.writing().list.get_mut(last) {
            *place = chunk;
        }
        self.keys.fetch_add(self.shape.capacity(last), Ordering::Relaxed);
        self.begin_chunk();
        true
    }

    /// Where there is no place for another chunk, the filter is full.
    fn begin_chunk(&self) {
        let next = self.count();
        if next >= self.shape.chunks_max {
            return self.give_up();
        }
        // Made before the others are kept waiting: the last chunks are large.
        let chunk = Arc::new(Chunk::empty(self.shape, next));
        self.writing().list.push(chunk);
    }
}

impl Chunk {
    fn empty(shape: Shape, index: usize) -> Self {
        let words = vec![0; Self::words(shape, index)];
        Self { filter: AtomicBloomFilter::from_vec(words).hashes(HASHES) }
    }

    fn words(shape: Shape, index: usize) -> usize {
        let words = shape.capacity(index).div_ceil(KEYS_PER_WORD);
        usize::try_from(words).unwrap_or(usize::MAX)
    }

    /// The bits, to be saved.
    pub(super) fn bytes(&self) -> Vec<u8> {
        self.filter.iter().flat_map(u64::to_le_bytes).collect()
    }
}

/// What the filter looks at of a key: keys are hashes already.
pub(super) fn fingerprint(key: &LookUpKey) -> u64 {
    let (first, _) = key.split_first_chunk().expect("a key has sixteen bytes");
    u64::from_be_bytes(*first)
}

#[cfg(test)]
mod tests {
    use super::*;
    use sha2::{Digest, Sha256};

    fn key(number: u64) -> LookUpKey {
        let digest = Sha256::digest(number.to_be_bytes());
        digest[..16].try_into().unwrap()
    }

    /// Adds keys `0..count`, and returns the filter with how many its last chunk holds.
    fn filled(shape: Shape, count: u64) -> (Seen, u64) {
        let (seen, mut in_last) = (Seen::new(shape), 0);
        for number in 0..count {
            match seen.add(&key(number), in_last) {
                Added::New => in_last += 1,
                Added::InNewChunk => in_last = 1,
                Added::Already | Added::Full => {}
            }
        }
        (seen, in_last)
    }

    #[test]
    fn what_was_added_is_maybe_there_and_little_else_is() {
        let (seen, _) = filled(Shape { first_keys: 1_024, chunks_max: 11 }, 30_000);
        assert_eq!(seen.count(), 5);
        assert!((0..30_000).all(|number| seen.maybe(&key(number))));
        let wrong = (30_000..130_000).filter(|number| seen.maybe(&key(*number))).count();
        assert!(wrong < 1_000, "{wrong} of 100,000 wrong");
    }

    #[test]
    fn a_full_filter_leaves_every_question_to_the_disk() {
        let shape = Shape { first_keys: 64, chunks_max: 2 };
        let (seen, _) = filled(shape, 190);
        assert!(!(1_000..1_100).all(|number| seen.maybe(&key(number))));
        assert_eq!((seen.fill().keys, seen.fill().keys_max, seen.fill().full), (190, 192, false));
        assert_eq!(seen.fill().bytes, 2 * 192);
        let (seen, _) = filled(shape, 1_000);
        assert!((0..2_000).all(|number| seen.maybe(&key(number))));
        // What answers nothing takes nothing.
        assert_eq!((seen.fill().full, seen.fill().bytes), (true, 0));
    }

    #[test]
    fn a_filter_takes_no_more_memory_than_it_may() {
        let check = |mib: u64, chunks_max: usize| {
            let shape = Shape::within(mib << 20);
            assert_eq!(shape.chunks_max, chunks_max, "{mib} MiB");
            assert!(shape.bytes() <= mib << 20 && shape.next().bytes() > mib << 20, "{mib} MiB");
        };
        check(1, 3);
        check(255, 10);
        check(256, 11);
        check(511, 11);
        check(512, 12);
        check(1 << 20, 23);
        assert_eq!(Shape::within(256 << 20).keys(), 134_152_192);
        assert_eq!(Shape::within(0).chunks_max, 1);
        assert_eq!(Shape::within(u64::MAX).chunks_max, 32);
    }

    /// Saved chunks outlive the program: if an update of the filter's crate moves the bits, the number
    /// of the fold must move too.
    #[test]
    fn the_bits_of_a_key_stay_where_they_are() {
        let (seen, _) = filled(Shape { first_keys: 16, chunks_max: 1 }, 2);
        let bytes = seen.chunk(0).unwrap().bytes();
        assert_eq!(
            hex::encode(bytes),
            "00001000a0004801100020000100000200080220018440000060015000000000"
        );
    }
}
