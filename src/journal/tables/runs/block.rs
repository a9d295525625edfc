//! A block of a run: entries in the order of their keys, each key without what it shares with the one before.

use crate::journal::codec::{CodecError, decode_front, encode_into};
use std::cmp::Ordering;

/// A block is closed once it holds so many bytes.
const BLOCK_BYTES: usize = 8 << 10;

/// An entry as it is looked at: `None` says that the key is gone, whatever older runs say.
pub(super) type Entry<'a> = (&'a [u8], Option<&'a [u8]>);

/// What stands before the rest of a key and its value: bytes shared with the key before, bytes of the rest,
/// and one more than the bytes of the value, or 0 where the key is gone.
type Head = (u32, u32, u32);

/// Takes entries in the order of their keys.
#[derive(Default)]
pub(super) struct BlockBuilder {
    bytes: Vec<u8>,
    first_key: Vec<u8>,
    last_key: Vec<u8>,
}

impl BlockBuilder {
    pub(super) fn add(&mut self, key: &[u8], value: Option<&[u8]>) {
        if self.bytes.is_empty() {
            self.first_key.extend_from_slice(key);
        }
        let shared = shared_bytes(&self.last_key, key);
        let rest = &key[shared..];
        let marked = value.map_or(0, |value| count(value.len()).saturating_add(1));
        let head: Head = (count(shared), count(rest.len()), marked);
        encode_into(&head, &mut self.bytes);
        self.bytes.extend_from_slice(rest);
        self.bytes.extend_from_slice(value.unwrap_or_default());
        self.last_key.clear();
        self.last_key.extend_from_slice(key);
    }

    pub(super) fn is_full(&self) -> bool {
        self.bytes.len() >= BLOCK_BYTES
    }

    /// The first key and the bytes of what was added since the last time, if anything was.
    pub(super) fn take(&mut self) -> Option<(Vec<u8>, Vec<u8>)> {
        self.last_key.clear();
        let first_key = std::mem::take(&mut self.first_key);
        // The next one will be about as large.
        let next = Vec::with_capacity(self.bytes.len());
        let bytes = std::mem::replace(&mut self.bytes, next);
        (!bytes.is_empty()).then_some((first_key, bytes))
    }
}

/// How many bytes two keys begin with alike: eight at once, since most of a key is that of its account.
fn shared_bytes(one: &[u8], other: &[u8]) -> usize {
    let (one_words, _) = one.as_chunks::<8>();
    let (other_words, _) = other.as_chunks::<8>();
    let words = one_words.iter().zip(other_words).take_while(|(one, other)| one == other).count();
    let from = words.saturating_mul(8);
    let rest = one[from..].iter().zip(&other[from..]);
    from.saturating_add(rest.take_while(|(one, other)| one == other).count())
}

/// A block that is looked at.
pub(super) struct Block {
    /// All keys, one behind the other.
    keys: Vec<u8>,
    bytes: Vec<u8>,
    places: Vec<Place>,
}

/// Where an entry stands: its key in `keys`, its value in `bytes`.
struct Place {
    key: (usize, usize),
    value: Option<(usize, usize)>,
}

impl Block {
    pub(super) fn read(bytes: Vec<u8>) -> Result<Self, CodecError> {
        let outside = || CodecError::OutOfRange("an entry of a block");
        let (mut keys, mut places) = (Vec::with_capacity(bytes.len() >> 1), Vec::new());
        let (mut at, mut last) = (0, (0, 0));
        while at < bytes.len() {
            let rest = bytes.get(at..).unwrap_or_default();
            let ((shared, own, marked), head): (Head, usize) = decode_front(rest)?;
            let (shared, own) = (length(shared), length(own));
            let own_from = at.saturating_add(head);
            let value_from = own_from.saturating_add(own);
            let shared_through = usize::saturating_add(last.0, shared);
            let own_key = bytes.get(own_from..value_from).ok_or_else(outside)?;
            if shared_through > last.1 {
                return Err(outside());
            }
            let key_from = keys.len();
            keys.extend_from_within(last.0..shared_through);
            keys.extend_from_slice(own_key);
            last = (key_from, keys.len());
            at = value_from.saturating_add(length(marked.saturating_sub(1)));
            if at > bytes.len() {
                return Err(outside());
            }
            let value = (marked > 0).then_some((value_from, at));
            places.push(Place { key: last, value });
        }
        Ok(Self { keys, bytes, places })
    }

    pub(super) fn count(&self) -> usize {
        self.places.len()
    }

    pub(super) fn entry(&self, index: usize) -> Option<Entry<'_>> {
        let place = self.places.get(index)?;
        Some((self.key(place), place.value.map(|(from, to)| &self.bytes[from..to])))
    }

    /// Where a key is, or the index of the first entry behind it.
    pub(super) fn find(&self, key: &[u8]) -> Result<usize, usize> {
        self.places.binary_search_by(|place| self.key(place).cmp(key))
    }

    /// How many entries stand before a key; with it, if it is to be counted and there.
    pub(super) fn count_through(&self, key: &[u8], with_it: bool) -> usize {
        self.places.partition_point(|place| match self.key(place).cmp(key) {
            Ordering::Less => true,
            Ordering::Equal => with_it,
            Ordering::Greater => false,
        })
    }

    fn key(&self, place: &Place) -> &[u8] {
        &self.keys[place.key.0..place.key.1]
    }
}

fn count(bytes: usize) -> u32 {
    u32::try_from(bytes).expect("a value has at most 64 KiB, and a key a few bytes")
}

fn length(count: u32) -> usize {
    usize::try_from(count).unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_two_keys_begin_with_is_counted_to_the_byte() {
        let key: Vec<u8> = (0..20).collect();
        for differs_at in 0..=key.len() {
            for length in 0..=key.len() {
                let mut other = key[..length].to_vec();
                if let Some(byte) = other.get_mut(differs_at) {
                    *byte ^= 1;
                }
                assert_eq!(shared_bytes(&key, &other), differs_at.min(length), "{other:?}");
                assert_eq!(shared_bytes(&other, &key), differs_at.min(length), "{other:?}");
            }
        }
    }

    #[test]
    fn what_was_added_is_read_again() {
        let entries: [(&[u8], Option<&[u8]>); 5] = [
            (b"a", Some(b"1")),
            (b"ab", None),
            (b"abc", Some(b"")),
            (b"b", Some(&[7; 300])),
            (b"bcd", Some(b"2")),
        ];
        let mut builder = BlockBuilder::default();
        for (key, value) in entries {
            builder.add(key, value);
        }
        let (first_key, bytes) = builder.take().unwrap();
        assert_eq!(first_key, b"a");
        assert!(builder.take().is_none());
        let block = Block::read(bytes.clone()).unwrap();
        assert_eq!(block.count(), entries.len());
        for (index, entry) in entries.into_iter().enumerate() {
            assert_eq!(block.entry(index), Some(entry));
            assert_eq!(block.find(entry.0), Ok(index));
            assert_eq!(block.count_through(entry.0, false), index);
            assert_eq!(block.count_through(entry.0, true), index + 1);
        }
        assert_eq!(block.entry(5), None);
        assert_eq!(block.find(b"ac"), Err(3));
        for cut in 1..bytes.len() {
            let _ = Block::read(bytes[..cut].to_vec());
        }
        assert!(Block::read(bytes[..bytes.len() - 1].to_vec()).is_err());
    }
}
