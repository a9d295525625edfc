//! Recovery against the scenario: whatever the tables lack or hold too much of, what comes out is the same.

use crate::journal::data_dir::DataDir;
use crate::journal::error::JournalError;
use crate::journal::misfold::FoldError;
use crate::journal::opened::OpenedLog;
use crate::journal::operation::Additions;
use crate::journal::operation::EntityEvents;
use crate::journal::operation::Operation;
use crate::journal::reader::JournalReader;
use crate::journal::recovery::{Recovered, rebuild_account, recover, replay_journal};
use crate::journal::scenario::{Dice, Scenario, journal_of};
use crate::journal::tables::tests::broken_off::{clear_obstacles, obstruct};
use crate::journal::tables::tests::{assert_same, assert_same_accounts};
use crate::journal::tables::{Tables, TablesWriter};
use crate::journal::tail_fold::TailFold;
use crate::journal::test_kit::{Kit, options};
use crate::journal::verify::verify;
use crate::ledger::AccountEvent;
use crate::values::{CustomerId, EventNumber, TenantId};
use std::path::Path;

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
        let (_, journal) = journal_of(&operations);
        let rest = (later[0].first_event, world.tail());
        let recovered = replay_journal(&mut writer, &journal, rest, &mut |_| ()).unwrap();
        assert_eq!(recovered.replayed, 350);
        assert_recovered(&writer, &recovered, &world);

        let anew = tempfile::tempdir().unwrap();
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
        let of_an_earlier_release = seed % 4 < 2;
        if of_an_earlier_release {
            writer.lose_whole_runs();
        }
        operations.extend(world.play(usize::try_from(dice.below(2) * 80).unwrap()));
        drop(writer);
        let (_, journal) = journal_of(&operations);

        let looked_at = Tables::open_as_they_are(dir.path(), CACHE_BYTES).unwrap().unwrap();
        let report = verify(&journal, Some(&looked_at), &mut |_| {});
        assert_eq!(report.difference, None, "seed {seed}: {additions}, {states}");
        drop(looked_at);

        let mut writer = open(dir.path());
        let from = writer.reader().checkpoint().unwrap().covers.plus(1);
        let mut fold = TailFold::resume(writer.reader()).unwrap();
        for (index, numbered) in journal.operations(from, FAR).enumerate() {
            fold.take(numbered.unwrap()).unwrap();
            if index % 13 == 5 && seed % 2 == 0 {
                fold.flush_into(&mut writer).unwrap();
            }
        }
        fold.flush_into(&mut writer).unwrap();
        assert_same(&writer.reader(), &world);
    }
}

/// However what comes after it is divided, no row of a checkpoint that was broken off is met beside its own.
#[test]
fn rows_of_an_interrupted_checkpoint_make_way() {
    for of_an_earlier_release in [false, true] {
        let dir = tempfile::tempdir().unwrap();
        let mut world = Scenario::new(3);
        let mut operations = world.play(50);
        let mut writer = open(dir.path());
        writer.write_checkpoint(&world.batch()).unwrap();
        operations.extend(world.play(6_000));
        writer.interrupt_checkpoint(&world.batch(), usize::MAX, 0);
        if of_an_earlier_release {
            writer.lose_whole_runs();
        }
        drop(writer);
        let (_, journal) = journal_of(&operations);
        let mut writer = open(dir.path());
        let from = writer.reader().checkpoint().unwrap().covers.plus(1);
        let mut fold = TailFold::resume(writer.reader()).unwrap();
        for (index, numbered) in journal.operations(from, FAR).enumerate() {
            fold.take(numbered.unwrap()).unwrap();
            if index % 2_000 == 1_999 {
                fold.flush_into(&mut writer).unwrap();
            }
        }
        fold.flush_into(&mut writer).unwrap();
        assert_same_accounts(&writer.reader(), &world);
    }
}

/// Whichever file cannot be written, the next attempt finds what the last whole checkpoint covered, and goes on.
#[test]
fn a_fold_that_breaks_off_is_made_again() {
    let (mut broken_off, mut whole) = (0, 0);
    for spared in 0..12 {
        let dir = tempfile::tempdir().unwrap();
        let mut world = Scenario::new(spared);
        let mut operations = world.play(150);
        let mut writer = open(dir.path());
        writer.write_checkpoint(&world.batch()).unwrap();
        drop(writer);
        operations.extend(world.play(150));
        let (_, journal) = journal_of(&operations);
        obstruct_after_opening(dir.path(), spared, &journal, (&mut broken_off, &mut whole));
        let (writer, recovered) = recover(dir.path(), CACHE_BYTES, &journal).unwrap();
        assert_same(&writer.reader(), &world);
        assert_eq!((recovered.covers, recovered.last_time), (world.tail(), world.now()));
        let report = verify(&journal, Some(&writer.reader()), &mut |_| {});
        assert_eq!(report.difference, None, "{spared} spared");
    }
    assert!(broken_off > 4 && whole > 0, "{broken_off}, {whole}");
}

fn obstruct_after_opening(
    path: &Path,
    spared: u64,
    journal: &JournalReader,
    (broken_off, whole): (&mut u32, &mut u32),
) {
    let mut writer = open(path);
    obstruct(path, spared);
    let from = writer.reader().checkpoint().unwrap().covers.plus(1);
    let tail = journal.tail().unwrap().unwrap().last_event;
    match replay_journal(&mut writer, journal, (from, tail), &mut |_| ()) {
        Ok(_) => *whole += 1,
        Err(FoldError::Journal(JournalError::Io { .. })) => {
            assert_eq!(writer.reader().checkpoint().unwrap().covers.plus(1), from);
            *broken_off += 1;
        }
        Err(other) => panic!("{other}"),
    }
    drop(writer);
    clear_obstacles(path);
}

/// However the threads share the accounts, the same journal makes the same bytes.
#[test]
fn the_same_journal_makes_the_same_tables() {
    let mut world = Scenario::new(8);
    let (_, journal) = journal_of(&world.play(4_000));
    assert!(world.tail() > EventNumber(2 * 4_096), "more than is read in one go");
    let made = || {
        let dir = tempfile::tempdir().unwrap();
        let (writer, recovered) = recover(dir.path(), CACHE_BYTES, &journal).unwrap();
        assert_recovered(&writer, &recovered, &world);
        writer.reader().bytes_of_runs()
    };
    let first = made();
    assert!(first.len() > 100_000 && first == made(), "{} bytes", first.len());
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

/// Of several accounts that do not fold, the earliest event is told, whoever is folded first.
#[test]
fn a_journal_that_does_not_fold_is_refused_with_its_place() {
    for (seed, all) in [(6, false), (6, true), (7, true), (8, true)] {
        let dir = tempfile::tempdir().unwrap();
        let mut operations = Scenario::new(seed).play(300);
        let drawing: Vec<usize> =
            (0..operations.len()).filter(|index| draws(&operations[*index].operation)).collect();
        let first = drawing[if all { 0 } else { drawing.len() - 1 }];
        for index in drawing.into_iter().filter(|index| *index >= first) {
            take_draws(&mut operations[index].operation);
        }
        let first = operations[first].first_event;
        let (_, journal) = journal_of(&operations);
        let Err(FoldError::Misfold(misfold)) = recover(dir.path(), CACHE_BYTES, &journal) else {
            panic!("it folds");
        };
        assert!((first..first.plus(5)).contains(&misfold.event), "{misfold}");
        assert!(misfold.customer.is_some() && misfold.reason.contains("do not fit"), "{misfold}");
    }
}

fn draws(operation: &Operation) -> bool {
    let draws = |event: &AccountEvent| matches!(event, AccountEvent::Debited(debit) if !debit.draws.is_empty());
    operation.entities.iter().any(|entity| match entity {
        EntityEvents::Account(_, events) => events.iter().any(draws),
        EntityEvents::Tenant(_) | EntityEvents::Login(..) | EntityEvents::Voucher(..) => false,
    })
}

fn take_draws(operation: &mut Operation) {
    for entity in &mut operation.entities {
        if let EntityEvents::Account(_, events) = entity {
            for event in events {
                if let AccountEvent::Debited(debit) = event {
                    debit.draws.clear();
                }
            }
        }
    }
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
