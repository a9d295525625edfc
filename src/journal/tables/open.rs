//! Opening the tables: what is missing, damaged, of another fold version or ahead of the journal is
//! wiped, since the journal can fill them again.

use crate::journal::codec::encode;
use crate::journal::error::JournalError;
use crate::journal::quiet::quietly;
use crate::journal::sled_files::{Lock, wait_for_lock};
use crate::journal::sled_log::STORE_FILE;
use crate::journal::tables::filters::Filters;
use crate::journal::tables::seen::Shape;
use crate::journal::tables::shelf::Shelf;
use crate::journal::tables::store::{OpenError, Store};
use crate::journal::tables::{FOLD_VERSION, Tables, layout};
use crate::journal::vault::Sealing;
use crate::values::EventNumber;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// What the tables may take of the memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TablesMemory {
    pub cache_bytes: u64,
    /// The filter of seen ids; what it has no room for is looked for on the disk.
    pub filter_bytes: u64,
}

impl TablesMemory {
    /// A cache of this size, and as much for the filter as there are ids.
    #[must_use]
    pub fn with_whole_filter(cache_bytes: u64) -> Self {
        Self { cache_bytes, filter_bytes: u64::MAX }
    }

    fn shape(self) -> Shape {
        Shape::within(self.filter_bytes)
    }
}

/// Writes the tables; there is one, on one thread.
pub struct TablesWriter {
    pub(super) tables: Tables,
    pub(super) filters: Filters,
    memory: TablesMemory,
    fresh: bool,
}

/// Removes the tables at `path`, whatever state they are in; nobody may have them open.
///
/// # Errors
/// If somebody holds them, or the disk fails.
pub(in crate::journal) fn wipe_tables(path: &Path) -> Result<(), JournalError> {
    if matches!(wait_for_lock(&path.join(STORE_FILE)), Lock::HeldByAnother) {
        return Err(JournalError::InUse(path.into()));
    }
    Store::wipe(path)
}

/// What was found where tables should be.
enum Found {
    Good(Box<TablesWriter>),
    NoGood(String),
}

impl TablesWriter {
    /// Opens the tables at `path` of a journal whose last event is `tail`, wiping them where they are
    /// no good; recovery fills what is missing.
    ///
    /// # Errors
    /// If somebody holds them, or the disk fails.
    pub fn open(path: &Path, cache_bytes: u64, tail: EventNumber) -> Result<Self, JournalError> {
        let memory = TablesMemory::with_whole_filter(cache_bytes);
        Self::open_under(path, memory, tail, &Sealing::Plain)
    }

    /// The same, where what is personal or secret lies sealed in this way; tables in which it lies in
    /// another way are no good.
    ///
    /// # Errors
    /// As [`Self::open`].
    pub fn open_under(
        path: &Path,
        memory: TablesMemory,
        tail: EventNumber,
        sealing: &Sealing,
    ) -> Result<Self, JournalError> {
        Self::open_shaped(path, memory, tail, (memory.shape(), sealing))
    }

    pub(super) fn open_shaped(
        path: &Path,
        memory: TablesMemory,
        tail: EventNumber,
        form: (Shape, &Sealing),
    ) -> Result<Self, JournalError> {
        match find(path, memory, tail, form)? {
            Found::Good(writer) => return Ok(*writer),
            Found::NoGood(reason) => {
                tracing::warn!(path = %path.display(), reason, "the tables are rebuilt");
                Store::wipe(path)?;
            }
        }
        match find(path, memory, tail, form)? {
            Found::Good(writer) => Ok(*writer),
            Found::NoGood(reason) => Err(JournalError::Unavailable { path: path.into(), reason }),
        }
    }

    /// Throws all of it away and begins anew. No reader may be left.
    ///
    /// # Errors
    /// If a reader is left, or the disk fails.
    pub fn wipe(self, reason: &str) -> Result<Self, JournalError> {
        let path: PathBuf = self.tables.shelf.store.path().into();
        let (memory, sealing) = (self.memory, self.tables.shelf.sealing.clone());
        tracing::warn!(path = %path.display(), reason, "the tables are rebuilt");
        drop(self);
        Store::wipe(&path)?;
        Self::open_under(&path, memory, EventNumber::default(), &sealing)
    }

    /// Whether nothing was in the tables when they were opened.
    #[must_use]
    pub fn is_fresh(&self) -> bool {
        self.fresh
    }

    /// A handle that reads.
    #[must_use]
    pub fn reader(&self) -> Tables {
        self.tables.clone()
    }

    fn of(
        store: Store,
        memory: TablesMemory,
        (shape, sealing): (Shape, &Sealing),
    ) -> Result<Self, JournalError> {
        let filters = Filters::open(&store, store.tree(layout::FILTERS)?, shape)?;
        let shelf = Arc::new(Shelf::of(store, sealing.clone())?);
        let seen = filters.seen().under(shelf.mask.clone());
        let tables = Tables { seen, shelf, condemns: true };
        let fresh = tables.shelf.checkpoint()?.covers == 0;
        Ok(Self { tables, filters, memory, fresh })
    }

    fn first_of_all(&self) -> Result<(), JournalError> {
        let shelf = &self.tables.shelf;
        shelf.put(&shelf.meta, layout::META_MASK, shelf.mask.fingerprint().to_vec())?;
        shelf.put(&shelf.meta, layout::META_FOLD_VERSION, encode(&FOLD_VERSION))?;
        shelf.make_durable()?;
        shelf.store.make_names_durable()
    }
}

impl Tables {
    /// Opens tables to be looked at as they are; `None` if there are none, or of another fold version.
    ///
    /// # Errors
    /// If they are damaged or somebody holds them.
    pub fn open_as_they_are(path: &Path, cache_bytes: u64) -> Result<Option<Self>, JournalError> {
        Self::open_as_they_lie(path, cache_bytes, &Sealing::Plain)
    }

    /// The same of tables in which what is personal or secret lies sealed in this way; `None` also if it
    /// lies in another way.
    ///
    /// # Errors
    /// As [`Self::open_as_they_are`].
    pub fn open_as_they_lie(
        path: &Path,
        cache_bytes: u64,
        sealing: &Sealing,
    ) -> Result<Option<Self>, JournalError> {
        if !path.join("db").exists() {
            return Ok(None);
        }
        let store = Store::open(path, cache_bytes).map_err(|error| match error {
            OpenError::InUse => JournalError::InUse(path.into()),
            OpenError::Damaged(place) => JournalError::damaged(path, place),
        })?;
        let memory = TablesMemory::with_whole_filter(cache_bytes);
        quietly(|| {
            let Tables { shelf, seen, .. } =
                TablesWriter::of(store, memory, (memory.shape(), sealing))?.tables;
            if shelf.store.lost_its_end(EventNumber(shelf.checkpoint()?.covers)) {
                return Err(JournalError::damaged(path, "the tables lost their end"));
            }
            let same_form = fold_version(&shelf)? == Some(FOLD_VERSION) && is_masked_so(&shelf)?;
            Ok(same_form.then_some(Self { shelf, seen, condemns: false }))
        })
        .unwrap_or_else(|panic| Err(JournalError::damaged(path, panic)))
    }
}

fn find(
    path: &Path,
    memory: TablesMemory,
    tail: EventNumber,
    form: (Shape, &Sealing),
) -> Result<Found, JournalError> {
    let store = match Store::open(path, memory.cache_bytes) {
        Ok(store) => store,
        Err(OpenError::InUse) => return Err(JournalError::InUse(path.into())),
        Err(OpenError::Damaged(reason)) => return Ok(Found::NoGood(reason)),
    };
    match quietly(|| judge(store, memory, tail, form)) {
        Ok(Err(JournalError::Damaged { place, .. })) | Err(place) => Ok(Found::NoGood(place)),
        Ok(judged) => judged,
    }
}

fn judge(
    store: Store,
    memory: TablesMemory,
    tail: EventNumber,
    form: (Shape, &Sealing),
) -> Result<Found, JournalError> {
    let writer = TablesWriter::of(store, memory, form)?;
    let shelf = &writer.tables.shelf;
    let covers = EventNumber(shelf.checkpoint()?.covers);
    if shelf.store.lost_its_end(covers) {
        return Ok(Found::NoGood("they lost their end".to_owned()));
    }
    match fold_version(shelf)? {
        None => {
            writer.first_of_all()?;
            return Ok(Found::Good(Box::new(writer)));
        }
        Some(FOLD_VERSION) => {}
        Some(other) => {
            return Ok(Found::NoGood(format!("fold version {other} instead of {FOLD_VERSION}")));
        }
    }
    shelf.rack.delete_strays()?;
    if !is_masked_so(shelf)? {
        return Ok(Found::NoGood("their keys are those of another vault".to_owned()));
    }
    let reach = shelf.reach()?.number().max(covers.number());
    if reach > tail.number() {
        let reason = format!("they rest on event {reach}, the journal ends with {tail}");
        return Ok(Found::NoGood(reason));
    }
    Ok(Found::Good(Box::new(writer)))
}

/// Whether identifiers are looked up by the keys that the tables were written with.
fn is_masked_so(shelf: &Shelf) -> Result<bool, JournalError> {
    let kept = shelf.get(&shelf.meta, layout::META_MASK)?;
    Ok(kept.is_some_and(|kept| *kept == shelf.mask.fingerprint()))
}

fn fold_version(shelf: &Shelf) -> Result<Option<u32>, JournalError> {
    let version = shelf.get(&shelf.meta, layout::META_FOLD_VERSION)?;
    version.map(|bytes| shelf.decode(layout::META, &bytes)).transpose()
}
