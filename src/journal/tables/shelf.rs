//! The trees of the tables, and entries in and out of them as bytes.

use crate::journal::codec::{BorrowDecode, CodecError, Decode, Encode, decode, encode};
use crate::journal::error::JournalError;
use crate::journal::tables::runs::Rack;
use crate::journal::tables::store::Store;
use crate::journal::tables::{CheckpointRecord, layout};
use crate::journal::vault::{LookUpMask, SealError, Sealing};
use crate::values::EventNumber;
use sled::{IVec, Tree};

/// The store with its trees.
pub(super) struct Shelf {
    pub(super) store: Store,
    /// The tables that grow with every sale.
    pub(super) rack: Rack,
    pub(super) lots: Tree,
    pub(super) tenants: Tree,
    pub(super) settings: Tree,
    pub(super) inventory: Tree,
    pub(super) stores: Tree,
    pub(super) promotions: Tree,
    pub(super) usage: Tree,
    pub(super) counters: Tree,
    pub(super) due: Tree,
    pub(super) feed: Tree,
    pub(super) logins: Tree,
    pub(super) vouchers: Tree,
    pub(super) voucher_rows: Tree,
    pub(super) voucher_numbers: Tree,
    pub(super) voucher_due: Tree,
    pub(super) meta: Tree,
    /// How what is personal or secret lies here.
    pub(super) sealing: Sealing,
    /// How the keys of identifiers lie here.
    pub(super) mask: LookUpMask,
    /// Whether an unfinished checkpoint left rows in the runs that must make way for those to come.
    pub(super) leftovers: bool,
}

/// Which runs there were when all of a checkpoint was written.
#[derive(Encode, Decode)]
struct WholeRuns {
    covers: u64,
    listing: Vec<u8>,
}

impl Shelf {
    /// Of a checkpoint that was begun and not finished, nothing that it put in runs is there any more: all of it
    /// is folded again.
    pub(super) fn of(store: Store, sealing: Sealing) -> Result<Self, JournalError> {
        let meta = store.tree(layout::META)?;
        let listing = meta.get(layout::META_RUNS);
        let mut listing = listing.map_err(|error| store.failed("read", &error))?;
        let checkpoint = checkpoint_in(&store, &meta)?;
        let interrupted = reach_in(&store, &meta)?.number() != checkpoint.reach;
        let whole: Option<WholeRuns> = stored_in(&store, &meta, layout::META_WHOLE_RUNS)?;
        let whole = whole.filter(|whole| interrupted && whole.covers == checkpoint.covers);
        let leftovers = interrupted && whole.is_none();
        if let Some(whole) = whole {
            listing = Some(whole.listing.into());
        }
        let rack = Rack::open(store.path(), listing.as_deref())?;
        Ok(Self {
            rack,
            leftovers,
            lots: store.tree(layout::LOTS)?,
            tenants: store.tree(layout::TENANTS)?,
            settings: store.tree(layout::SETTINGS)?,
            inventory: store.tree(layout::INVENTORY)?,
            stores: store.tree(layout::STORES)?,
            promotions: store.tree(layout::PROMOTIONS)?,
            usage: store.tree(layout::USAGE)?,
            counters: store.tree(layout::COUNTERS)?,
            due: store.tree(layout::DUE)?,
            feed: store.tree(layout::FEED)?,
            logins: store.tree(layout::LOGINS)?,
            vouchers: store.tree(layout::VOUCHERS)?,
            voucher_rows: store.tree(layout::VOUCHER_ROWS)?,
            voucher_numbers: store.tree(layout::VOUCHER_NUMBERS)?,
            voucher_due: store.tree(layout::VOUCHER_DUE)?,
            meta,
            mask: sealing.mask(),
            sealing,
            store,
        })
    }

    /// Makes everything that was put so far durable, and lets readers see what lies in runs.
    pub(super) fn make_durable(&self) -> Result<(), JournalError> {
        self.make_durable_through(None)
    }

    /// The same, and with it what all of the tables cover from now on. That stands behind the list of runs in
    /// the store: whatever a crash leaves of the two, it is not there without the states it speaks of.
    pub(super) fn make_durable_through(
        &self,
        complete: Option<&CheckpointRecord>,
    ) -> Result<(), JournalError> {
        let sealed = self.rack.seal(complete.is_some())?;
        if !sealed.listing().is_empty() {
            self.put(&self.meta, layout::META_RUNS, sealed.listing().to_vec())?;
        }
        if let Some(record) = complete {
            // Before what it belongs to, for an older list must not pass for that of this checkpoint.
            let whole = WholeRuns { covers: record.covers, listing: sealed.listing().to_vec() };
            self.put(&self.meta, layout::META_WHOLE_RUNS, encode(&whole))?;
            self.put(&self.meta, layout::META_CHECKPOINT, encode(record))?;
        }
        self.store.make_durable()?;
        self.rack.publish(sealed);
        Ok(())
    }

    pub(super) fn get(&self, tree: &Tree, key: &[u8]) -> Result<Option<IVec>, JournalError> {
        tree.get(key).map_err(|error| self.store.failed("read", &error))
    }

    /// Reads one entry of an iteration.
    pub(super) fn next(
        &self,
        entry: sled::Result<(IVec, IVec)>,
    ) -> Result<(IVec, IVec), JournalError> {
        entry.map_err(|error| self.store.failed("read", &error))
    }

    pub(super) fn put(&self, tree: &Tree, key: &[u8], value: Vec<u8>) -> Result<(), JournalError> {
        tree.insert(key, value).map(drop).map_err(|error| self.store.failed("write", &error))
    }

    pub(super) fn remove(&self, tree: &Tree, key: &[u8]) -> Result<(), JournalError> {
        tree.remove(key).map(drop).map_err(|error| self.store.failed("write", &error))
    }

    /// What the bytes of an entry of `table` say.
    pub(super) fn decode<'a, T: BorrowDecode<'a, ()>>(
        &self,
        table: &str,
        bytes: &'a [u8],
    ) -> Result<T, JournalError> {
        decode(bytes).map_err(|error| self.damaged(table, &error))
    }

    pub(super) fn damaged(&self, table: &str, error: &CodecError) -> JournalError {
        if let CodecError::Sealed(SealError::Vault(error)) = error {
            return error.clone(); // that is where the damage is
        }
        JournalError::damaged(self.store.path(), format!("table {table}: {error}"))
    }

    pub(super) fn malformed_key(&self, table: &str) -> JournalError {
        JournalError::damaged(self.store.path(), format!("table {table}: a key is malformed"))
    }

    /// What all of the tables cover; nothing, if none was written yet.
    pub(super) fn checkpoint(&self) -> Result<CheckpointRecord, JournalError> {
        checkpoint_in(&self.store, &self.meta)
    }

    /// The latest event that anything in the tables may rest on.
    pub(super) fn reach(&self) -> Result<EventNumber, JournalError> {
        reach_in(&self.store, &self.meta)
    }
}

fn checkpoint_in(store: &Store, meta: &Tree) -> Result<CheckpointRecord, JournalError> {
    let stored = stored_in(store, meta, layout::META_CHECKPOINT)?;
    Ok(stored.unwrap_or(CheckpointRecord { covers: 0, last_time: 0, reach: 0 }))
}

fn reach_in(store: &Store, meta: &Tree) -> Result<EventNumber, JournalError> {
    Ok(stored_in(store, meta, layout::META_REACH)?.map(EventNumber).unwrap_or_default())
}

fn stored_in<T: for<'a> BorrowDecode<'a, ()>>(
    store: &Store,
    meta: &Tree,
    key: &[u8],
) -> Result<Option<T>, JournalError> {
    let stored = meta.get(key).map_err(|error| store.failed("read", &error))?;
    let damaged = |error: CodecError| {
        JournalError::damaged(store.path(), format!("table {}: {error}", layout::META))
    };
    stored.map(|bytes| decode(&bytes).map_err(damaged)).transpose()
}
