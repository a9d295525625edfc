//! Tables that grow with every sale, as sorted runs: what a checkpoint adds is written once, in the order of
//! the keys, to a file of its own, and files are merged as they become many. What it costs to add an entry
//! therefore does not grow with the table.

mod block;
mod merge;
mod packer;
mod rack;
mod run;
mod run_writer;
mod staged;
mod sync_aside;
#[cfg(test)]
mod tests;
mod walk;

pub(super) use rack::Rack;
pub(in crate::journal) use run::LastBlocks;
pub(super) use run_writer::RunWriter;
pub(super) use staged::Staged;
pub(super) use walk::{Walk, Walked};

use crate::journal::codec::Encode;
use crate::journal::error::JournalError;
use crate::journal::tables::runs::run::Run;
use crate::journal::tables::runs::walk::Way;
use std::ops::{Bound, RangeBounds};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};

/// The runs of a table, oldest first.
type RunList = Arc<Vec<Arc<Run>>>;

/// One table. Any number of threads read what is sealed; one writes.
#[derive(Default)]
pub(in crate::journal::tables) struct Runs {
    sealed: RwLock<RunList>,
    staged: Mutex<Staged>,
    /// A run that was written beside what is staged, and is sealed with it.
    written: Mutex<Option<Arc<Run>>>,
}

impl Runs {
    fn of(runs: Vec<Arc<Run>>) -> Self {
        Self { sealed: RwLock::new(Arc::new(runs)), ..Self::default() }
    }

    /// Takes an entry that is sealed with the others.
    pub(in crate::journal::tables) fn put<T: Encode>(&self, key: &[u8], value: &T) {
        self.staged().put_encoded(key, value);
    }

    /// The same, where `write` appends the value, which is then never in a buffer of its own.
    pub(in crate::journal::tables) fn put_written(
        &self,
        key: &[u8],
        write: impl FnOnce(&mut Vec<u8>),
    ) {
        self.staged().put(key, write);
    }

    /// Takes entries in the order of their keys that somebody wrote to a run; what is staged counts more.
    pub(in crate::journal::tables) fn take_run(
        &self,
        writer: RunWriter,
    ) -> Result<(), JournalError> {
        *self.written() = Some(Arc::new(writer.finish()?));
        Ok(())
    }

    pub(in crate::journal::tables) fn remove(&self, key: &[u8]) {
        self.staged().remove(key);
    }

    /// The sealed value of a key.
    pub(in crate::journal::tables) fn get(
        &self,
        key: &[u8],
    ) -> Result<Option<Vec<u8>>, JournalError> {
        self.get_near(key, &mut LastBlocks::default())
    }

    /// The same for who asks for one key after the other.
    pub(in crate::journal::tables) fn get_near(
        &self,
        key: &[u8],
        last: &mut LastBlocks,
    ) -> Result<Option<Vec<u8>>, JournalError> {
        for run in self.list().iter().rev() {
            if let Some(known) = run.get(key, last)? {
                return Ok(known);
            }
        }
        Ok(None)
    }

    /// What the key will lead to once all is sealed: what the writer goes by.
    pub(in crate::journal::tables) fn get_staged(
        &self,
        key: &[u8],
    ) -> Result<Option<Vec<u8>>, JournalError> {
        let staged = self.staged().get(key).map(|value| value.map(<[u8]>::to_vec));
        staged.map_or_else(|| self.get(key), Ok)
    }

    /// Sealed entries upwards.
    pub(in crate::journal::tables) fn range<K: AsRef<[u8]>>(
        &self,
        range: impl RangeBounds<K>,
    ) -> Result<Walk, JournalError> {
        Walk::begin(&self.list(), Way::Up, owned(&range))
    }

    /// Sealed entries downwards.
    pub(in crate::journal::tables) fn range_down<K: AsRef<[u8]>>(
        &self,
        range: impl RangeBounds<K>,
    ) -> Result<Walk, JournalError> {
        Walk::begin(&self.list(), Way::Down, owned(&range))
    }

    /// What is to be sealed.
    pub(in crate::journal::tables) fn staged(&self) -> MutexGuard<'_, Staged> {
        self.staged.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn written(&self) -> MutexGuard<'_, Option<Arc<Run>>> {
        self.written.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn list(&self) -> RunList {
        Arc::clone(&self.sealed.read().unwrap_or_else(PoisonError::into_inner))
    }

    fn publish(&self, list: RunList) {
        *self.sealed.write().unwrap_or_else(PoisonError::into_inner) = list;
    }

    fn take_staged(&self) -> Staged {
        std::mem::take(&mut *self.staged())
    }

    /// Takes the memory back of what was written.
    fn take_back(&self, staged: Staged) {
        let mut next = self.staged();
        if next.is_empty() {
            *next = staged.emptied();
        }
    }
}

fn owned<K: AsRef<[u8]>>(range: &impl RangeBounds<K>) -> (Bound<Vec<u8>>, Bound<Vec<u8>>) {
    let owned = |bound: Bound<&K>| bound.map(|key| key.as_ref().to_vec());
    (owned(range.start_bound()), owned(range.end_bound()))
}
