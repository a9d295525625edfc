//! Recovery: brings the tables up to the end of the journal before an engine serves, and single
//! accounts back to life while it does.

use crate::journal::error::JournalError;
use crate::journal::fold::{Fold, stored_capture};
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
    for numbered in operations {
        let numbered = numbered?;
        forgotten.extend(forgotten_in(&numbered.operation));
        fold.take(&numbered)?;
        replayed = replayed.saturating_add(1);
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::journal::data_dir::DataDir;
    use crate::journal::opened::OpenedLog;
    use crate::journal::operation::Additions;
    use crate::journal::operation::Operation;
    use crate::journal::scenario::{Dice, Scenario, journal_of};
    use crate::journal::tables::tests::assert_same;
    use crate::journal::test_kit::{Kit, options};
    use crate::journal::verify::verify;
    use crate::ledger::AccountEvent;

    const CACHE_BYTES: u64 = 8 << 20;
    const FAR: EventNumber = EventNumber(u64::MAX);

    fn open(path: &Path) -> TablesWriter {
        TablesWriter::open(path, CACHE_BYTES, FAR).unwrap()
    }

    fn assert_recovered(writer: &TablesWriter, recovered: &Recovered, world: &Scenario) {
        assert_same(&writer.reader(), world);
        assert_eq!(recovered.tenants, world.tenants.values().cloned().collect::<Vec<_>>());
        assert_eq!(recovered.counts, world.counts);
        assert_eq!(recovered.usage, world.usage);
        assert!(!recovered.usage.is_empty(), "promotions are used");
        assert_eq!((recovered.covers, recovered.last_time), (world.tail(), world.now()));
    }

    #[test]
    fn the_fold_makes_what_the_actors_made() {
        for seed in 1..=4 {
            let dir = tempfile::tempdir().unwrap();
            let mut world = Scenario::new(seed);
            let mut operations = world.play(250);
            let mut writer = open(dir.path());
            writer.write_checkpoint(&world.batch()).unwrap();
            let later = world.play(350);
            operations.extend(later.iter().cloned());
            let recovered = replay(&mut writer, later.into_iter().map(Ok)).unwrap();
            assert_eq!(recovered.replayed, 350);
            assert_recovered(&writer, &recovered, &world);

            let anew = tempfile::tempdir().unwrap();
            let (_, journal) = journal_of(&operations);
            let (writer, recovered) = recover(anew.path(), CACHE_BYTES, &journal).unwrap();
            assert_recovered(&writer, &recovered, &world);
            drop(writer);
            let (writer, recovered) = recover(anew.path(), CACHE_BYTES, &journal).unwrap();
            assert_eq!(recovered.replayed, 0);
            assert_recovered(&writer, &recovered, &world);
        }
    }

    /// Everything real: a journal on disk, its writer, the data directory.
    #[test]
    fn a_data_directory_comes_back_whole() {
        let dir = tempfile::tempdir().unwrap();
        let mut world = Scenario::new(17);
        let kit = Kit::open(dir.path(), None);
        for numbered in world.play(300) {
            let numbers = kit.journal.submit(numbered.operation, |_| None).unwrap();
            assert_eq!(numbers.first, numbered.first_event);
        }
        drop(kit);
        let data_dir = DataDir::open_existing(dir.path()).unwrap();
        let opened = OpenedLog::open(&data_dir, &options(None)).unwrap();
        let (path, journal) = (data_dir.tables_path(), opened.reader());
        let (writer, recovered) = recover(&path, CACHE_BYTES, &journal).unwrap();
        assert_recovered(&writer, &recovered, &world);
        let report = verify(&journal, Some(&writer.reader()), &mut |_| {});
        assert_eq!(report.difference, None);
        assert_eq!(report.covered.operations, 300);
        assert_eq!(report.covered.accounts_compared, report.covered.accounts);
    }

    /// A crash in the middle of a checkpoint, more operations or none, in small or large folds.
    #[test]
    fn an_interrupted_checkpoint_is_written_over() {
        let mut dice = Dice::new(4);
        for seed in 1..=16 {
            let dir = tempfile::tempdir().unwrap();
            let mut world = Scenario::new(seed);
            let mut operations = world.play(150);
            let mut writer = open(dir.path());
            writer.write_checkpoint(&world.batch()).unwrap();
            operations.extend(world.play(150));
            let mut pick = |sides| usize::try_from(dice.below(sides)).unwrap();
            let (additions, states) = (pick(60), pick(30));
            writer.interrupt_checkpoint(&world.batch(), additions, states);
            operations.extend(world.play(usize::try_from(dice.below(2) * 80).unwrap()));
            drop(writer);
            let (_, journal) = journal_of(&operations);

            let looked_at = Tables::open_as_they_are(dir.path(), CACHE_BYTES).unwrap().unwrap();
            let report = verify(&journal, Some(&looked_at), &mut |_| {});
            assert_eq!(report.difference, None, "seed {seed}: {additions}, {states}");
            drop(looked_at);

            let mut writer = open(dir.path());
            let from = writer.reader().checkpoint().unwrap().covers.plus(1);
            let mut fold = Fold::resume(writer.reader()).unwrap();
            for (index, numbered) in journal.operations(from, FAR).enumerate() {
                fold.take(&numbered.unwrap()).unwrap();
                if index % 13 == 5 && seed % 2 == 0 {
                    fold.flush_into(&mut writer).unwrap();
                }
            }
            fold.flush_into(&mut writer).unwrap();
            assert_same(&writer.reader(), &world);
        }
    }

    #[test]
    fn damaged_tables_are_folded_anew() {
        let dir = tempfile::tempdir().unwrap();
        let mut world = Scenario::new(6);
        let mut operations = world.play(200);
        let mut writer = open(dir.path());
        writer.write_checkpoint(&world.batch()).unwrap();
        for (tenant, customer) in world.accounts.keys() {
            writer.damage_account(*tenant, *customer);
        }
        operations.extend(world.play(50));
        drop(writer);
        let (_, journal) = journal_of(&operations);
        let (writer, recovered) = recover(dir.path(), CACHE_BYTES, &journal).unwrap();
        assert_eq!(recovered.replayed, 250);
        assert_recovered(&writer, &recovered, &world);
    }

    /// Tables of another history, in which the journal's next event does not fit.
    #[test]
    fn tables_that_the_journal_does_not_continue_are_folded_anew() {
        let dir = tempfile::tempdir().unwrap();
        let (mut world, mut other) = (Scenario::new(6), Scenario::new(7));
        other.play(60);
        let operations = world.play(400);
        let mut writer = open(dir.path());
        writer.write_checkpoint(&other.batch()).unwrap();
        drop(writer);
        let (_, journal) = journal_of(&operations);
        let (writer, recovered) = recover(dir.path(), CACHE_BYTES, &journal).unwrap();
        assert_eq!(recovered.replayed, 400);
        assert_recovered(&writer, &recovered, &world);
    }

    #[test]
    fn a_journal_that_does_not_fold_is_refused_with_its_place() {
        let dir = tempfile::tempdir().unwrap();
        let mut operations = Scenario::new(6).play(300);
        let draws = |event: &AccountEvent| matches!(event, AccountEvent::Debited(debit) if !debit.draws.is_empty());
        let accounts = |operation: &Operation| {
            operation.entities.iter().any(|entity| match entity {
                EntityEvents::Account(_, events) => events.iter().any(draws),
                EntityEvents::Tenant(_) | EntityEvents::Login(..) | EntityEvents::Voucher(..) => {
                    false
                }
            })
        };
        let index = operations.iter().rposition(|one| accounts(&one.operation)).unwrap();
        let first = operations[index].first_event;
        for entity in &mut operations[index].operation.entities {
            if let EntityEvents::Account(_, events) = entity {
                for event in events {
                    if let AccountEvent::Debited(debit) = event {
                        debit.draws.clear();
                    }
                }
            }
        }
        let (_, journal) = journal_of(&operations);
        let Err(FoldError::Misfold(misfold)) = recover(dir.path(), CACHE_BYTES, &journal) else {
            panic!("it folds");
        };
        assert!((first..first.plus(5)).contains(&misfold.event), "{misfold}");
        assert!(misfold.customer.is_some() && misfold.reason.contains("do not fit"), "{misfold}");
    }

    #[test]
    fn an_account_comes_back_to_life() {
        let dir = tempfile::tempdir().unwrap();
        let mut world = Scenario::new(13);
        let mut operations = world.play(200);
        let mut writer = open(dir.path());
        writer.write_checkpoint(&world.batch()).unwrap();
        operations.extend(world.play(200));
        let live = world.batch();
        let (_, journal) = journal_of(&operations);
        let tables = writer.reader();
        for (who, (account, as_of)) in &world.accounts {
            let rebuilt = rebuild_account(&tables, &journal, *who, world.tail()).unwrap().unwrap();
            assert_eq!((&rebuilt.account, rebuilt.as_of), (account, *as_of));
            let mut captured = live.captures.iter();
            match captured.find(|one| (one.tenant, one.account.id) == *who) {
                Some(captured) => assert_eq!(rebuilt, *captured),
                None => assert!(*rebuilt.additions == Additions::default()),
            }
        }
        let nobody = (TenantId(1), CustomerId(999));
        assert_eq!(rebuild_account(&tables, &journal, nobody, world.tail()), Ok(None));
        let (who, (_, as_of)) = world.accounts.last_key_value().unwrap();
        let before = EventNumber(live.captures.last().unwrap().as_of.number() - 50);
        let earlier = rebuild_account(&tables, &journal, *who, before).unwrap();
        assert!(earlier.is_some_and(|one| one.as_of <= before.max(*as_of)));
    }
}
