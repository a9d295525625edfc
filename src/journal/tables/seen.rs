//! "Was this id seen?", asked at every sale and almost always answered no: a filter in memory over all
//! keys in the tables, so that only a likely yes touches the disk.

use crate::journal::keys::LookUpKey;
use crate::journal::vault::LookUpMask;
use fastbloom::AtomicBloomFilter;
use std::sync::{Arc, PoisonError, RwLock};

/// How many chunks there are at most, and how many keys the first takes; each takes twice as many as
/// the one before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Shape {
    pub(super) first_keys: u64,
    pub(super) chunks_max: usize,
}

impl Shape {
    /// 134 million keys in 268 MB; beyond them every question goes to the disk.
    pub(super) const REAL: Self = Self { first_keys: 65_536, chunks_max: 11 };

    fn capacity(self, chunk: usize) -> u64 {
        self.first_keys << chunk
    }
}

/// Sixteen bits and eleven hashes for each key of a full chunk: one false positive in 2,000 and chunk,
/// so less than one in a hundred whatever the number of chunks.
const WORDS_PER_KEY: u64 = 4;
const HASHES: u32 = 11;

/// Which keys the tables hold. Clones are the same filter; one thread adds, any number ask.
#[derive(Clone)]
pub struct Seen {
    shape: Shape,
    chunks: Arc<RwLock<Vec<Arc<Chunk>>>>,
    /// How identifiers were added.
    mask: LookUpMask,
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
        let first = Arc::new(Chunk::empty(shape, 0));
        Self { shape, chunks: Arc::new(RwLock::new(vec![first])), mask: LookUpMask::None }
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
        let chunks = self.chunks.read().unwrap_or_else(PoisonError::into_inner);
        chunks.len() > self.shape.chunks_max
            || chunks.iter().rev().any(|chunk| chunk.filter.contains_hash(fingerprint(key)))
    }

    /// Adds a fingerprint; `in_last` is how many the last chunk holds.
    pub(super) fn add(&self, key: &LookUpKey, in_last: u64) -> Added {
        if self.maybe(key) {
            return Added::Already;
        }
        let last = self.count().saturating_sub(1);
        if in_last < self.shape.capacity(last) {
            self.insert(fingerprint(key));
            return Added::New;
        }
        self.begin_chunk();
        if self.count() > self.shape.chunks_max {
            return Added::Full;
        }
        self.insert(fingerprint(key));
        Added::InNewChunk
    }

    /// The memory it takes.
    #[must_use]
    pub fn bytes(&self) -> usize {
        let full_sized = 0..self.count().min(self.shape.chunks_max);
        let words = full_sized.map(|index| Chunk::words(self.shape, index));
        words.fold(0_usize, usize::saturating_add).saturating_mul(size_of::<u64>())
    }

    /// How many chunks there are, the last one included.
    pub(super) fn count(&self) -> usize {
        self.chunks.read().unwrap_or_else(PoisonError::into_inner).len()
    }

    pub(super) fn chunk(&self, index: usize) -> Option<Arc<Chunk>> {
        self.chunks.read().unwrap_or_else(PoisonError::into_inner).get(index).cloned()
    }

    /// Puts a fingerprint into the last chunk.
    pub(super) fn insert(&self, fingerprint: u64) {
        if let Some(last) = self.chunk(self.count().saturating_sub(1)) {
            last.filter.insert_hash(fingerprint);
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
        let mut chunks = self.chunks.write().unwrap_or_else(PoisonError::into_inner);
        chunks[last] = chunk;
        drop(chunks);
        self.begin_chunk();
        true
    }

    /// Beyond the last place there is a chunk of no size: its presence says that the filter is full.
    fn begin_chunk(&self) {
        let next = self.count();
        if next > self.shape.chunks_max {
            return;
        }
        // Made before the others are kept waiting: the last chunks are large.
        let chunk = if next == self.shape.chunks_max {
            Chunk { filter: AtomicBloomFilter::from_vec(vec![0]).hashes(1) }
        } else {
            Chunk::empty(self.shape, next)
        };
        self.chunks.write().unwrap_or_else(PoisonError::into_inner).push(Arc::new(chunk));
    }
}

impl Chunk {
    fn empty(shape: Shape, index: usize) -> Self {
        let words = vec![0; Self::words(shape, index)];
        Self { filter: AtomicBloomFilter::from_vec(words).hashes(HASHES) }
    }

    fn words(shape: Shape, index: usize) -> usize {
        let words = shape.capacity(index).div_ceil(WORDS_PER_KEY);
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
        let (seen, _) = filled(shape, 1_000);
        assert_eq!(seen.count(), 3);
        assert!((0..2_000).all(|number| seen.maybe(&key(number))));
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
