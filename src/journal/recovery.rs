//! Recovery: brings the tables up to the end of the journal before an engine serves, and single
//! accounts back to life while it does.

use crate::journal::error::JournalError;
use crate::journal::fetch::stored_capture;
use crate::journal::misfold::FoldError;
use crate::journal::operation::{Capture, EntityEvents, LoginCapture, Numbered};
use crate::journal::quiet::quietly;
use crate::journal::reader::JournalReader;
use crate::journal::side_by_side::side_by_side;
use crate::journal::tables::{LastBlocks, Tables, TablesMemory, TablesWriter, TenantCounts};
use crate::journal::tail_fold::TailFold;
use crate::journal::turn::Turn;
use crate::journal::usage::Usage;
use crate::journal::vault::complete_keys;
use crate::ledger::Tenant;
use crate::values::{CustomerId, EventNumber, TenantId, Timestamp};
use std::collections::BTreeMap;
use std::path::Path;

/// Events that one thread reads from the journal in one go, and some more of the last operation.
const EVENTS_AT_ONCE: u64 = 4_096;
/// Such readings of a thread that wait.
const READINGS_MAX: usize = 2;

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
    let mut known = stored_capture(tables, (tenant, customer), &mut LastBlocks::default())?;
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
    let mut watch = |event| watch(Replayed { from, event, through: tail });
    let recovered = quietly(|| replay_journal(writer, journal, (from, tail), &mut watch))
        .unwrap_or_else(|panic| Err(JournalError::damaged(&path, panic).into()))?;
    complete_keys(journal, recovered.counts.clone())?;
    Ok(recovered)
}

/// Folds the operations of a journal from one event through another into the tables, those after their checkpoint.
/// They are read side by side; `watch` is told the event with which each begins, in their order.
///
/// # Errors
/// `Misfold` if an operation does not fit; if the operations cannot be read or the tables written.
pub(in crate::journal) fn replay_journal(
    writer: &mut TablesWriter,
    journal: &JournalReader,
    (from, through): (EventNumber, EventNumber),
    watch: &mut dyn FnMut(EventNumber),
) -> Result<Recovered, FoldError> {
    let step = usize::try_from(EVENTS_AT_ONCE).unwrap_or(usize::MAX);
    let begins: Vec<u64> = (from.number()..=through.number()).step_by(step).collect();
    let read = |begin: &u64, some: &mut Vec<Numbered>| {
        let last = EventNumber(*begin).plus(EVENTS_AT_ONCE.saturating_sub(1)).min(through);
        for numbered in journal.operations(EventNumber(*begin), last) {
            some.push(numbered?);
        }
        Ok(())
    };
    let interrupted = writer.reader().interrupted()?;
    let mut fold = TailFold::resume(writer.reader())?;
    let mut replayed: u64 = 0;
    side_by_side((&begins, READINGS_MAX), read, |some: &mut Vec<Numbered>| {
        for numbered in some.drain(..) {
            watch(numbered.first_event);
            fold.take(numbered)?;
            replayed = replayed.saturating_add(1);
            if fold.is_full() {
                fold.flush_into(writer)?;
                tracing::info!(event = %fold.covers(), "the tables catch up with the journal");
            }
        }
        Ok::<_, FoldError>(())
    })?;
    if replayed > 0 || interrupted {
        fold.flush_into(writer)?;
        tracing::info!(operations = replayed, event = %fold.covers(), "the tables are complete");
    }
    Ok(fold.recovered(replayed))
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
