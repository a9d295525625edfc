//! What is restored is what was copied: whole, up to every boundary, and of one tenant alone.

use crate::journal::data_dir::DataDir;
use crate::journal::error::JournalError;
use crate::journal::memory_log::MemoryLog;
use crate::journal::opened::open_read_only;
use crate::journal::operation::Numbered;
use crate::journal::reader::JournalReader;
use crate::journal::record::samples::{large_sale, small_operation};
use crate::journal::scenario::{journal_of, journal_of_groups};
use crate::journal::snapshot::builder::JournalBuilder;
use crate::journal::snapshot::check::verify_snapshot;
use crate::journal::snapshot::opened::Snapshot;
use crate::journal::snapshot::restore::{
    RestoreEnd, RestoreError, RestoreSources, RestoreStage, restore,
};
use crate::journal::snapshot::selection::{copy_one_tenant, copy_records};
use crate::journal::snapshot::test_kit::{HOUSE_KEY, Kit};
use crate::journal::snapshot::totals::Totals;
use crate::journal::tables::Tables;
use crate::journal::tables::tests::assert_same;
use crate::journal::test_kit::{all_operations, opened, options};
use crate::journal::verify::{VerifyReport, verify};
use crate::values::{EventNumber, TenantId, Timestamp};

/// A journal in memory that is built anew by `copy`.
fn built(copy: impl FnOnce(&mut JournalBuilder)) -> JournalReader {
    let temp = tempfile::tempdir().unwrap();
    let log = MemoryLog::default();
    let data_dir = DataDir::create_or_open(temp.path()).unwrap();
    let options = options(Some(log.factory()));
    let mut builder = JournalBuilder::create(&data_dir, &options).unwrap();
    copy(&mut builder);
    builder.finish().unwrap();
    open_read_only(&data_dir, &options).unwrap()
}

fn copied(journal: &JournalReader, end: RestoreEnd) -> JournalReader {
    built(|builder| {
        let mut totals = Totals::default();
        copy_records(journal, end, builder, &mut totals, &mut |_| {}).unwrap();
    })
}

fn last_event(numbered: &Numbered) -> EventNumber {
    EventNumber(numbered.first_event.number() + numbered.operation.count() - 1)
}

#[test]
fn a_whole_copy_has_the_same_root_books_tables_and_answers() {
    let kit = Kit::new(41, 600);
    let created = kit.snapshot(20_000);
    assert!(created.manifest.files.len() > 3, "several files: {:?}", created.manifest.files);
    let snapshot = Snapshot::open(&created.path).unwrap();
    assert_eq!(snapshot.manifest(), &created.manifest);
    let mut checked = 0;
    let proof = verify_snapshot(&snapshot, &mut |bytes| checked = bytes, &mut |_| {}).unwrap();
    assert_eq!((proof.difference, checked), (None, created.manifest.bytes()));

    let original = verify(&kit.journal, None, &mut |_| {});
    let wish = kit.wish(&created.path, RestoreEnd::Whole);
    let mut stages = Vec::new();
    let restored = restore(&wish, kit.now(), &mut |stage| stages.push(stage)).unwrap();
    assert_eq!(restored.report.covered.root, original.covered.root);
    assert_eq!(restored.report.covered.root, created.manifest.root);
    assert_eq!(restored.report.trial_balance, original.trial_balance);
    assert_eq!((restored.through, restored.last_time), (kit.world.tail(), kit.now()));
    assert!(stages.contains(&RestoreStage::Deriving));
    assert!(matches!(stages.last(), Some(RestoreStage::Verifying(done, all)) if done == all));

    let data_dir = DataDir::open_existing(&wish.to).unwrap();
    assert_eq!(data_dir.house_key(|| [0; 32]), Ok(HOUSE_KEY));
    let tables = Tables::open_as_they_are(&data_dir.tables_path(), 8 << 20).unwrap().unwrap();
    assert_same(&tables, &kit.world);
    drop(data_dir);
    let reopened = opened(&wish.to, None).unwrap();
    assert_eq!(all_operations(&reopened.reader()), kit.operations);
}

#[test]
fn every_event_is_a_place_to_end() {
    let kit = Kit::new(42, 70);
    let snapshot = Snapshot::open(&kit.snapshot(1 << 20).path).unwrap().journal();
    let originals: Vec<_> = kit.journal.records(1).map(|record| record.unwrap().0).collect();
    for event in 1..=kit.world.tail().number() {
        let end = RestoreEnd::Event(EventNumber(event));
        let journal = copied(&snapshot, end);
        let expected: Vec<Numbered> = kit
            .operations
            .iter()
            .take_while(|numbered| last_event(numbered).number() <= event)
            .cloned()
            .collect();
        assert_eq!(all_operations(&journal), expected, "event {event}");
        let report = verify(&journal, None, &mut |_| {});
        assert_eq!(report.difference, None, "event {event}");
        // All records but the last one are those of the original.
        let records: Vec<_> = journal.records(1).map(|record| record.unwrap().0).collect();
        assert_eq!(records[..records.len() - 1], originals[..records.len() - 1], "event {event}");
    }
}

#[test]
fn every_instant_is_a_place_to_end() {
    let kit = Kit::new(43, 70);
    let snapshot = Snapshot::open(&kit.snapshot(1 << 20).path).unwrap().journal();
    for numbered in &kit.operations {
        for millis in [-1, 0] {
            let time = numbered.operation.at.plus_millis(millis);
            let journal = copied(&snapshot, RestoreEnd::Time(time));
            let expected = kit.operations.iter().take_while(|one| one.operation.at <= time);
            assert!(all_operations(&journal).iter().eq(expected), "{time}");
        }
    }
}

/// A group in parts is there with its last one, or not at all.
#[test]
fn a_group_in_parts_is_copied_whole_or_not_at_all() {
    let mut next = EventNumber(1);
    let samples = [small_operation(1, 0), large_sale(400), small_operation(2, 0)];
    let operations: Vec<Vec<Numbered>> = (1..)
        .zip(samples)
        .map(|(tenant_number, operation)| {
            let first_event = next;
            next = next.plus(operation.count());
            // A group of its own, since three go into one.
            vec![Numbered { operation, first_event, tenant_number }]
        })
        .collect();
    let (_, journal) = journal_of_groups(operations.iter().map(Vec::as_slice));
    let whole = copied(&journal, RestoreEnd::Whole);
    let records = |journal: &JournalReader| -> Vec<_> {
        journal.records(1).map(|record| record.unwrap().0).collect()
    };
    assert_eq!(records(&whole), records(&journal));
    assert!(records(&whole).len() > 4, "there are parts");
    let large = &operations[1][0];
    let before = EventNumber(large.first_event.number() - 1);
    let journal = copied(&journal, RestoreEnd::Event(before));
    assert!(all_operations(&journal) == operations[0], "the first one alone");
    assert_eq!(records(&journal).len(), 2, "the opening and the first one");
}

#[test]
fn one_tenant_alone_keeps_its_own_numbers_balances_and_history() {
    let kit = Kit::new(44, 300);
    let created = kit.snapshot(1 << 20);
    let original = verify(&kit.journal, None, &mut |_| {});
    for tenant in kit.world.tenants.keys().copied() {
        let mut wish = kit.wish(&created.path, RestoreEnd::Whole);
        wish.tenant = Some(tenant);
        wish.to = kit.dir.path().join(format!("tenant-{tenant}"));
        let restored = restore(&wish, kit.now(), &mut |_| {}).unwrap();
        let books = |report: &VerifyReport| {
            report
                .trial_balance
                .iter()
                .filter(|line| line.tenant == tenant)
                .copied()
                .collect::<Vec<_>>()
        };
        assert_eq!(books(&restored.report), books(&original));
        let reopened = opened(&wish.to, None).unwrap();
        let found = all_operations(&reopened.reader());
        let theirs: Vec<_> =
            kit.operations.iter().filter(|one| one.operation.tenant == tenant).collect();
        assert_eq!(found.len(), theirs.len());
        for (found, original) in found.iter().zip(theirs) {
            assert_eq!(found.operation, original.operation);
            assert_eq!(found.tenant_number, original.tenant_number);
        }
    }
}

#[test]
fn one_tenant_ends_where_all_would() {
    let kit = Kit::new(45, 120);
    let tenant = *kit.world.tenants.keys().next().unwrap();
    for event in (1..=kit.world.tail().number()).step_by(7) {
        let end = RestoreEnd::Event(EventNumber(event));
        let mut through = EventNumber::default();
        let journal = built(|builder| {
            through = copy_one_tenant(&kit.journal, (tenant, end), builder, &mut |_| {}).unwrap();
        });
        let theirs: Vec<_> = kit
            .operations
            .iter()
            .take_while(|one| last_event(one).number() <= event)
            .filter(|one| one.operation.tenant == tenant)
            .collect();
        assert_eq!(through, theirs.last().map_or(EventNumber(0), |one| last_event(one)));
        let numbers: Vec<u64> =
            all_operations(&journal).iter().map(|one| one.tenant_number).collect();
        assert_eq!(numbers, theirs.iter().map(|one| one.tenant_number).collect::<Vec<_>>());
        assert_eq!(verify(&journal, None, &mut |_| {}).difference, None, "event {event}");
    }
}

#[test]
fn what_cannot_be_restored_is_said_and_leaves_nothing() {
    let kit = Kit::new(46, 60);
    let created = kit.snapshot(1 << 20);
    let check = |end: RestoreEnd, tenant: Option<u32>, expected: fn(&RestoreError) -> bool| {
        let mut wish = kit.wish(&created.path, end);
        wish.tenant = tenant.map(TenantId);
        let error = restore(&wish, kit.now(), &mut |_| {}).unwrap_err();
        assert!(expected(&error), "{error}");
        let left: Vec<_> = std::fs::read_dir(kit.dir.path()).unwrap().collect();
        assert_eq!(left.len(), 1, "the snapshots alone: {left:?}");
    };
    let beyond = RestoreEnd::Event(kit.world.tail().plus(1));
    check(beyond, None, |error| matches!(error, RestoreError::EventBeyond { .. }));
    let later = RestoreEnd::Time(kit.now().plus_millis(1));
    check(later, None, |error| matches!(error, RestoreError::TimeBeyond { .. }));
    let before = RestoreEnd::Time(Timestamp::parse_rfc3339("2025-12-31T00:00:00Z").unwrap());
    check(before, None, |error| *error == RestoreError::NothingYet);
    check(RestoreEnd::Whole, Some(99), |error| *error == RestoreError::TenantUnknown(TenantId(99)));
    let mut wish = kit.wish(&created.path, RestoreEnd::Whole);
    wish.to = kit.shelf();
    let error = restore(&wish, kit.now(), &mut |_| {}).unwrap_err();
    assert_eq!(error, RestoreError::Journal(JournalError::Exists(kit.shelf())));
    wish.from = RestoreSources::snapshot(kit.shelf());
    let error = restore(&wish, kit.now(), &mut |_| {}).unwrap_err();
    assert_eq!(error, RestoreError::Journal(JournalError::NoSnapshot(kit.shelf())));
}

/// A journal of nothing but its opening can be copied and restored too.
#[test]
fn an_empty_ledger_is_copied_as_well() {
    let kit = Kit { journal: journal_of(&[]).1, ..Kit::new(47, 1) };
    let created = kit.snapshot(1 << 20);
    assert_eq!((created.manifest.records.last, created.manifest.events.last), (1, 0));
    let wish = kit.wish(&created.path, RestoreEnd::Whole);
    let restored = restore(&wish, kit.now(), &mut |_| {}).unwrap();
    assert_eq!(restored.report.covered.root, created.manifest.root);
}
