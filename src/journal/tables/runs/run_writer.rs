//! Writes a run: entries in the order of their keys, then the filter over the keys, the index of the
//! blocks, and the end that says where they are.

use crate::journal::codec::encode_into;
use crate::journal::error::JournalError;
use crate::journal::tables::runs::block::BlockBuilder;
use crate::journal::tables::runs::packer::Packer;
use crate::journal::tables::runs::run::{
    BlockPlace, KEYS_PER_WORD, Run, Trailer, filter_of, fingerprint,
};
use crate::journal::tables::runs::sync_aside::SyncAside;
use fastbloom::AtomicBloomFilter;
use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

/// Bytes that are gathered before they go to the file.
const BUFFER_BYTES: usize = 256 << 10;
/// Bytes that are not synced yet, at most: the journal's own sync waits on the same disk behind all of them.
const UNSYNCED_BYTES_MAX: u64 = 1 << 20;

/// A run that is being written. It is nothing until it is finished.
pub(in crate::journal::tables) struct RunWriter {
    path: PathBuf,
    number: u64,
    file: BufWriter<File>,
    offset: u64,
    entries: u64,
    block: BlockBuilder,
    places: Vec<BlockPlace>,
    filter: AtomicBloomFilter,
    packer: Packer,
    unsynced: u64,
    /// Who syncs what is not the end; nobody: whoever writes does it.
    aside: Option<SyncAside>,
}

impl RunWriter {
    /// Begins a run of at most so many entries.
    pub(super) fn begin(path: &Path, number: u64, entries_max: u64) -> Result<Self, JournalError> {
        let failed = |error| JournalError::io("write", path, &error);
        let file = File::create(path).map_err(failed)?;
        let words = usize::try_from(entries_max.div_ceil(KEYS_PER_WORD).max(1));
        Ok(Self {
            path: path.to_path_buf(),
            number,
            file: BufWriter::with_capacity(BUFFER_BYTES, file),
            offset: 0,
            entries: 0,
            block: BlockBuilder::default(),
            places: Vec::new(),
            filter: filter_of(vec![0; words.unwrap_or(usize::MAX)]),
            packer: Packer::new().map_err(failed)?,
            unsynced: 0,
            aside: None,
        })
    }

    /// The same, synced by a thread of its own: for who writes much while no sale waits for the disk.
    pub(super) fn synced_aside(self) -> Result<Self, JournalError> {
        let aside = SyncAside::of(self.file.get_ref());
        let aside = aside.map_err(|error| JournalError::io("sync", &self.path, &error))?;
        Ok(Self { aside: Some(aside), ..self })
    }

    /// Takes the entry behind all that came before it.
    pub(in crate::journal::tables) fn push(
        &mut self,
        key: &[u8],
        value: Option<&[u8]>,
    ) -> Result<(), JournalError> {
        self.filter.insert_hash(fingerprint(key));
        self.block.add(key, value);
        self.entries = self.entries.saturating_add(1);
        if self.block.is_full() { self.close_block() } else { Ok(()) }
    }

    /// Writes the rest and makes all of it durable, its name excepted.
    pub(super) fn finish(mut self) -> Result<Run, JournalError> {
        self.close_block()?;
        let filter: Vec<u8> = self.filter.iter().flat_map(u64::to_le_bytes).collect();
        let mut index = Vec::new();
        for place in &self.places {
            encode_into(place, &mut index);
        }
        let trailer = Trailer {
            entries: self.entries,
            filter_bytes: u64::try_from(filter.len()).unwrap_or(u64::MAX),
            filter_checksum: crc32fast::hash(&filter),
            index_bytes: u64::try_from(index.len()).unwrap_or(u64::MAX),
            index_checksum: crc32fast::hash(&index),
        };
        for part in [filter.as_slice(), &index, &trailer.bytes()] {
            self.write(part)?;
        }
        let aside = self.aside.take().map_or(Ok(()), SyncAside::end);
        aside.map_err(|error| JournalError::io("sync", &self.path, &error))?;
        self.sync()?;
        Run::open(&self.path, self.number)
    }

    fn close_block(&mut self) -> Result<(), JournalError> {
        let Some((first_key, block)) = self.block.take() else { return Ok(()) };
        let compressed = self.packer.pack(&block);
        let stored = compressed.as_deref().unwrap_or(&block);
        let size = |bytes: &[u8]| {
            u32::try_from(bytes.len())
                .expect("a block is closed with the entry that fills its 8 KiB")
        };
        self.places.push(BlockPlace {
            first_key,
            offset: self.offset,
            stored_bytes: size(stored),
            bytes: size(&block),
            checksum: crc32fast::hash(stored),
        });
        let stored = compressed.unwrap_or(block);
        self.write(&stored)
    }

    fn write(&mut self, bytes: &[u8]) -> Result<(), JournalError> {
        let written = self.file.write_all(bytes);
        written.map_err(|error| JournalError::io("write", &self.path, &error))?;
        let count = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
        self.offset = self.offset.saturating_add(count);
        self.unsynced = self.unsynced.saturating_add(count);
        if self.unsynced >= UNSYNCED_BYTES_MAX { self.sync() } else { Ok(()) }
    }

    fn sync(&mut self) -> Result<(), JournalError> {
        self.unsynced = 0;
        let flushed = self.file.flush();
        let synced = flushed.and_then(|()| match &self.aside {
            Some(aside) => {
                aside.ask();
                Ok(())
            }
            None => self.file.get_ref().sync_data(),
        });
        synced.map_err(|error| JournalError::io("sync", &self.path, &error))
    }
}
