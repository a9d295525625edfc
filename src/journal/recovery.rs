//! Recovery: brings the tables up to the end of the journal before an engine serves, and single
//! accounts back to life while it does.

use crate::journal::error::JournalError;
use crate::journal::fetch::stored_capture;
use crate::journal::fold::Fold;
use crate::journal::misfold::FoldError;
use crate::journal::operation::{Capture, EntityEvents, LoginCapture, Numbered};
use crate::journal::quiet::quietly;
use crate::journal::reader::JournalReader;
use crate::journal::tables::{Tables, TablesMemory, TablesWriter, TenantCounts};
use crate::journal::turn::Turn;
use crate::journal::usage::Usage;
use crate::journal::vault::{complete_keys, forgotten_in};
use crate::ledger::Tenant;
use crate::values::{CustomerId, EventNumber, TenantId, Timestamp};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// Events that are read from the journal before the accounts of all are fetched, together; an operation is not
/// divided. Some of them are batches of an import, with hundreds of accounts each.
const EVENTS_AT_ONCE: u64 = 16_384;

/// How things stand at the end of the journal; the tables cover all of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recovered {
    /// By id, each with its last event.
    pub tenants: Vec<(Tenant, EventNumber)>,
    /// The ids each tenant has used, and its own number of its last operation.
    pub counts: BTreeMap<TenantId, TenantCounts>,
    /// How often promotions were used.
    pub usage: BTreeMap<TenantId, Usage>,
    /// The latest command instant.
    pub last_time: Timestamp,
    /// The last event of the journal.
    pub covers: EventNumber,
    /// How many operations were not in the tables.
    pub replayed: u64,
    /// The logins of phones that were sent a code of late.
    pub logins: Vec<LoginCapture>,
}

/// How far a recovery has got: at `event`, of those `from` the first the tables lack `through` the last.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Replayed {
    pub from: EventNumber,
    pub event: EventNumber,
    pub through: EventNumber,
}

/// Opens the tables at `path` and folds what they lack of the journal into them. Where they turn out to
/// be no good on the way, they are thrown away and the journal is folded from its beginning.
///
/// # Errors
/// `Misfold` if an operation does not fit even then; if the journal cannot be read, or the tables
/// written, or somebody holds them.
pub fn recover(
    path: &Path,
    cache_bytes: u64,
    journal: &JournalReader,
) -> Result<(TablesWriter, Recovered), FoldError> {
    recover_watched(path, TablesMemory::with_whole_filter(cache_bytes), journal, &|_| ())
}

/// The same, where `watch` is told of every operation that is folded.
///
/// # Errors
/// As [`recover`].
pub fn recover_watched(
    path: &Path,
    memory: TablesMemory,
    journal: &JournalReader,
    watch: &dyn Fn(Replayed),
) -> Result<(TablesWriter, Recovered), FoldError> {
    let tail = journal.tail()?.map_or(EventNumber::default(), |tail| tail.last_event);
    let mut writer = TablesWriter::open_under(path, memory, tail, journal.sealing())?;
    let doubt = match catch_up(&mut writer, journal, tail, watch) {
        Ok(recovered) => return Ok((writer, recovered)),
        Err(FoldError::Journal(JournalError::Damaged { path, place }))
            if path.starts_with(writer.reader().path()) =>
        {
            place
        }
        // The journal is the truth, so tables that it does not continue are wrong.
        Err(FoldError::Misfold(misfold)) if !writer.is_fresh() => misfold.to_string(),
        Err(error) => return Err(error),
    };
    let mut writer = writer.wipe(&doubt)?;
    let recovered = catch_up(&mut writer, journal, tail, watch)?;
    Ok((writer, recovered))
}

/// An account as of event `through`, from the tables and the journal after their checkpoint, with what
/// the tables lack of it; `None` if there is none. Every event up to `through` must be durable.
///
/// # Errors
/// If the journal does not fit, or either cannot be read.
pub fn rebuild_account(
    tables: &Tables,
    journal: &JournalReader,
    (tenant, customer): (TenantId, CustomerId),
    through: EventNumber,
) -> Result<Option<Capture>, FoldError> {
    // The checkpoint first: a state read after it is at least as new.
    let covers = tables.checkpoint()?.covers;
    let mut known = stored_capture(tables, tenant, customer)?;
    for numbered in journal.operations(covers.plus(1), through) {
        for_each_turn(&numbered?, |turn| {
            let theirs = (turn.operation.tenant, turn.customer) == (tenant, customer);
            if theirs { turn.extend(&mut known).map(drop) } else { Ok(()) }
        })?;
    }
    Ok(known)
}

/// Folds the rest of the journal; a panic of the store on the way is damage of the tables.
fn catch_up(
    writer: &mut TablesWriter,
    journal: &JournalReader,
    tail: EventNumber,
    watch: &dyn Fn(Replayed),
) -> Result<Recovered, FoldError> {
    complete_keys(journal, writer.reader().counts()?)?;
    let from = writer.reader().checkpoint()?.covers.plus(1);
    let path = writer.reader().path().to_path_buf();
    let operations = journal.operations(from, tail).inspect(|numbered| {
        if let Ok(numbered) = numbered {
            watch(Replayed { from, event: numbered.first_event, through: tail });
        }
    });
    let recovered = quietly(|| replay(writer, operations))
        .unwrap_or_else(|panic| Err(JournalError::damaged(&path, panic).into()))?;
    complete_keys(journal, recovered.counts.clone())?;
    Ok(recovered)
}

/// Folds operations into the tables, those after their checkpoint to the end of the journal.
///
/// # Errors
/// `Misfold` if an operation does not fit; if the operations cannot be read or the tables written.
pub fn replay(
    writer: &mut TablesWriter,
    operations: impl IntoIterator<Item = Result<Numbered, JournalError>>,
) -> Result<Recovered, FoldError> {
    let interrupted = writer.reader().interrupted()?;
    let mut fold = Fold::resume(writer.reader())?;
    let mut replayed: u64 = 0;
    let mut forgotten = BTreeSet::new();
    let mut operations = operations.into_iter();
    loop {
        let next = some_of(&mut operations)?;
        if next.is_empty() {
            break;
        }
        fold.fetch(&next)?;
        for numbered in next {
            forgotten.extend(forgotten_in(&numbered.operation));
            fold.take(&numbered)?;
            replayed = replayed.saturating_add(1);
        }
        if fold.is_full() {
            // First: what is covered is not replayed again.
            writer.forget(&std::mem::take(&mut forgotten))?;
            fold.flush_into(writer)?;
            tracing::info!(event = %fold.covers(), "the tables catch up with the journal");
        }
    }
    // A crash may have come between the event and what follows from it.
    writer.forget(&forgotten)?;
    if replayed > 0 || interrupted {
        fold.flush_into(writer)?;
        tracing::info!(operations = replayed, event = %fold.covers(), "the tables are complete");
    }
    Ok(Recovered {
        tenants: fold.tenants().cloned().collect(),
        counts: fold.counts().clone(),
        usage: fold.usage().clone(),
        last_time: fold.last_time(),
        covers: fold.covers(),
        replayed,
        logins: fold.logins().cloned().collect(),
    })
}

/// The next operations, as many as are taken together; none: there are none any more.
pub(in crate::journal) fn some_of(
    operations: &mut impl Iterator<Item = Result<Numbered, JournalError>>,
) -> Result<Vec<Numbered>, JournalError> {
    let (mut some, mut events) = (Vec::new(), 0_u64);
    while events < EVENTS_AT_ONCE
        && let Some(numbered) = operations.next()
    {
        let numbered = numbered?;
        events = events.saturating_add(numbered.operation.count());
        some.push(numbered);
    }
    Ok(some)
}

/// Hands out the events of an operation account by account, with their numbers.
pub(in crate::journal) fn for_each_turn<E>(
    numbered: &Numbered,
    mut visit: impl FnMut(&Turn<'_>) -> Result<(), E>,
) -> Result<(), E> {
    let operation = &numbered.operation;
    let mut first = numbered.first_event;
    for entity in &operation.entities {
        match entity {
            EntityEvents::Tenant(_) | EntityEvents::Login(..) | EntityEvents::Voucher(..) => {}
            EntityEvents::Account(customer, events) => {
                let (customer, begins) = (*customer, numbered.first_event);
                visit(&Turn { operation, begins, customer, events, first })?;
            }
        }
        first = first.plus(entity.count());
    }
    Ok(())
}
