//! The filter of seen ids on disk: full chunks as they are, the last one as the keys that each
//! checkpoint added to it. A filter that lacks a key is marked, and stays full whatever memory it is given
//! later: only tables that are made anew have all keys again.

use crate::journal::codec::{Decode, Encode, decode, encode};
use crate::journal::error::JournalError;
use crate::journal::keys::LookUpKey;
use crate::journal::tables::seen::{Added, Seen, Shape, fingerprint};
use crate::journal::tables::store::{Store, VALUE_BYTES_MAX};
use sled::Tree;

/// Fingerprints in one list: half a value, since some take nine bytes.
const LIST_MAX: usize = VALUE_BYTES_MAX >> 4;

/// What an entry is, before the number of its chunk and its own number.
#[derive(Clone, Copy)]
enum Kind {
    /// A full chunk: how many pieces it has, and their checksum.
    Header = 0,
    Piece = 1,
    /// Fingerprints of the last chunk.
    List = 2,
    /// Says that keys are missing.
    Full = 3,
}

#[derive(Encode, Decode)]
struct Header {
    pieces: u32,
    checksum: u32,
}

/// The side of the filter that adds and saves.
pub(super) struct Filters {
    tree: Tree,
    seen: Seen,
    /// Keys in the last chunk.
    in_last: u64,
    /// Those of them that were not saved yet.
    unsaved: Vec<u64>,
    /// Full chunks that are on disk.
    saved: usize,
    /// Full chunks whose lists are gone.
    forgotten: usize,
    /// The number of the next list.
    next_list: u32,
    /// Whether a key was left out.
    lacking: bool,
    /// Whether that is on disk.
    marked: bool,
}

impl Filters {
    /// Reads back what was saved.
    pub(super) fn open(store: &Store, tree: Tree, shape: Shape) -> Result<Self, JournalError> {
        let seen = Seen::new(shape);
        let mark =
            tree.get(full_key()).map_err(|error| store.failed("read a filter in", &error))?;
        let marked = mark.is_some();
        let mut filters = Self {
            tree,
            seen,
            in_last: 0,
            unsaved: Vec::new(),
            saved: 0,
            forgotten: 0,
            next_list: 0,
            lacking: marked,
            marked,
        };
        if marked {
            filters.seen.give_up();
        } else {
            while !filters.seen.is_full() && filters.restore_chunk(store)? {}
            filters.restore_lists(store)?;
        }
        Ok(filters)
    }

    pub(super) fn seen(&self) -> Seen {
        self.seen.clone()
    }

    /// Adds a key; askers see it at once.
    pub(super) fn add(&mut self, key: &LookUpKey) {
        match self.seen.add(key, self.in_last) {
            Added::Already => {}
            Added::New => {
                self.in_last = self.in_last.saturating_add(1);
                self.unsaved.push(fingerprint(key));
            }
            Added::InNewChunk => {
                self.in_last = 1;
                self.unsaved = vec![fingerprint(key)];
            }
            Added::Full => {
                self.unsaved.clear();
                self.lacking = true;
            }
        }
    }

    /// Writes what was added since the last time.
    pub(super) fn save(&mut self, store: &Store) -> Result<(), JournalError> {
        if self.seen.is_full() {
            return self.save_mark(store);
        }
        let full = self.seen.count().saturating_sub(1);
        for index in self.saved..full {
            self.save_chunk(store, index)?;
            self.next_list = 0;
        }
        self.saved = full;
        for part in self.unsaved.chunks(LIST_MAX) {
            let key = entry_key(Kind::List, full, self.next_list);
            self.put(store, &key, encode(&part.to_vec()))?;
            self.next_list = self.next_list.saturating_add(1);
        }
        self.unsaved.clear();
        Ok(())
    }

    /// Notes that a key is missing, once.
    fn save_mark(&mut self, store: &Store) -> Result<(), JournalError> {
        if self.lacking && !self.marked {
            self.put(store, &full_key(), Vec::new())?;
            self.marked = true;
        }
        Ok(())
    }

    /// Deletes the lists of chunks that are durable as a whole by now.
    pub(super) fn forget_lists(&mut self, store: &Store) -> Result<(), JournalError> {
        for index in std::mem::replace(&mut self.forgotten, self.saved)..self.saved {
            for entry in self.tree.scan_prefix(chunk_prefix(Kind::List, index)).keys() {
                let key = entry.map_err(|error| store.failed("read a filter in", &error))?;
                self.tree.remove(key).map_err(|error| store.failed("write a filter in", &error))?;
            }
        }
        Ok(())
    }

    fn save_chunk(&self, store: &Store, index: usize) -> Result<(), JournalError> {
        let Some(chunk) = self.seen.chunk(index) else { return Ok(()) };
        let bytes = chunk.bytes();
        let mut pieces = 0;
        for piece in bytes.chunks(VALUE_BYTES_MAX) {
            self.put(store, &entry_key(Kind::Piece, index, pieces), piece.to_vec())?;
            pieces += 1;
        }
        let header = Header { pieces, checksum: crc32fast::hash(&bytes) };
        self.put(store, &entry_key(Kind::Header, index, 0), encode(&header))
    }

    fn put(&self, store: &Store, key: &[u8], value: Vec<u8>) -> Result<(), JournalError> {
        let put = self.tree.insert(key, value);
        put.map(drop).map_err(|error| store.failed("write a filter in", &error))
    }

    /// Takes the next full chunk in; `false` if there is none.
    fn restore_chunk(&mut self, store: &Store) -> Result<bool, JournalError> {
        let read = |key: &[u8]| {
            self.tree.get(key).map_err(|error| store.failed("read a filter in", &error))
        };
        let index = self.saved;
        let Some(header) = read(&entry_key(Kind::Header, index, 0))? else { return Ok(false) };
        let damaged = || JournalError::damaged(store.path(), format!("filters: chunk {index}"));
        let header: Header = decode(&header).map_err(|_| damaged())?;
        let mut bytes = Vec::new();
        for piece in 0..header.pieces {
            let piece = read(&entry_key(Kind::Piece, index, piece))?;
            bytes.extend_from_slice(&piece.ok_or_else(damaged)?);
        }
        if crc32fast::hash(&bytes) != header.checksum {
            return Err(damaged());
        }
        let (words, _) = bytes.as_chunks();
        if !self.seen.restore(words.iter().map(|word| u64::from_le_bytes(*word)).collect()) {
            return Err(damaged());
        }
        self.saved += 1;
        Ok(true)
    }

    fn restore_lists(&mut self, store: &Store) -> Result<(), JournalError> {
        for entry in self.tree.scan_prefix(chunk_prefix(Kind::List, self.saved)) {
            let (_, list) = entry.map_err(|error| store.failed("read a filter in", &error))?;
            let fingerprints: Vec<u64> = decode(&list)
                .map_err(|_| JournalError::damaged(store.path(), "filters: a list of keys"))?;
            for fingerprint in fingerprints {
                self.seen.insert(fingerprint);
                self.in_last = self.in_last.saturating_add(1);
            }
            self.next_list = self.next_list.saturating_add(1);
        }
        Ok(())
    }
}

fn full_key() -> [u8; 5] {
    chunk_prefix(Kind::Full, 0)
}

fn chunk_prefix(kind: Kind, chunk: usize) -> [u8; 5] {
    let mut key = [0; 5];
    key[0] = kind as u8;
    key[1..].copy_from_slice(&u32::try_from(chunk).unwrap_or(u32::MAX).to_be_bytes());
    key
}

fn entry_key(kind: Kind, chunk: usize, number: u32) -> [u8; 9] {
    let mut key = [0; 9];
    key[..5].copy_from_slice(&chunk_prefix(kind, chunk));
    key[5..].copy_from_slice(&number.to_be_bytes());
    key
}
