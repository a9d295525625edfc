//! The archive follows a journal, goes on where it ended, and comes back as the journal was, alone or behind
//! a snapshot.

use crate::journal::error::JournalError;
use crate::journal::snapshot::archive::{ArchiveWriter, archive_summary};
use crate::journal::snapshot::check::verify_archive;
use crate::journal::snapshot::create::SnapshotKind;
use crate::journal::snapshot::restore::{RestoreEnd, RestoreError, RestoreSources, restore};
use crate::journal::snapshot::test_kit::{Kit, announced_dice};
use crate::journal::test_kit::{all_operations, opened};
use crate::journal::verify::verify;
use crate::values::{EventNumber, TenantId};
use std::fs;
use std::ops::ControlFlow;
use std::path::Path;

#[test]
fn an_archive_that_grew_in_many_steps_is_the_journal() {
    let mut dice = announced_dice("an_archive_that_grew_in_many_steps_is_the_journal");
    let kit = Kit::new(71, 400);
    let (mut through, last) = (0, kit.records());
    while through < last {
        through = last.min(through + 1 + dice.below(30));
        kit.archived(through);
        let proof = verify_archive(&kit.archive(), None, &mut |_, _| {}, &mut |_| {}).unwrap();
        assert_eq!((proof.records.first, proof.records.last), (1, through));
        assert_eq!((proof.torn, proof.report.unwrap().difference), (None, None));
    }
    let summary = archive_summary(&kit.archive()).unwrap();
    assert!(summary.files > 3, "{summary:?}");
    assert_eq!((summary.last_record, summary.last_event), (last, kit.world.tail()));
    let original = verify(&kit.journal, None, &mut |_| {});
    let wish = kit.wish_of(kit.of_archive(), RestoreEnd::Whole);
    let restored = restore(&wish, kit.now(), &mut |_| {}).unwrap();
    assert_eq!(restored.report.covered.root, original.covered.root);
    assert_eq!(restored.report.trial_balance, original.trial_balance);
    assert_eq!((restored.through, restored.torn, restored.lost), (kit.world.tail(), None, None));
    let reopened = opened(&wish.to, None).unwrap();
    assert_eq!(all_operations(&reopened.reader()), kit.operations);
}

#[test]
fn a_snapshot_and_the_archive_behind_it_are_one_journal() {
    let kit = Kit::new(72, 300);
    let last = kit.records();
    kit.archived(last);
    for cut in [1, 40, last - 1, last] {
        let snapshot = kit.increment(cut, SnapshotKind::Full).path;
        let both = || RestoreSources { snapshot: Some(snapshot.clone()), ..kit.of_archive() };
        let restored = kit.try_out(&kit.wish_of(both(), RestoreEnd::Whole)).unwrap();
        assert_eq!(restored.report.covered.root, kit.root(), "cut at {cut}");
        let event = EventNumber(kit.world.tail().number().div_euclid(2));
        let wish = kit.wish_of(both(), RestoreEnd::Event(event));
        assert!(kit.try_out(&wish).unwrap().through <= event);
        let wish = kit.wish_of(both(), RestoreEnd::Time(kit.now().plus_seconds(1_000_000)));
        assert!(matches!(kit.try_out(&wish), Err(RestoreError::TimeBeyond { .. })));
        let mut wish = kit.wish_of(both(), RestoreEnd::Whole);
        wish.tenant = kit.world.tenants.keys().next().copied();
        assert!(kit.try_out(&wish).unwrap().report.is_clean());
        wish.tenant = Some(TenantId(99));
        assert_eq!(kit.try_out(&wish), Err(RestoreError::TenantUnknown(TenantId(99))));
    }
}

#[test]
fn an_archive_that_lost_its_first_files_needs_a_snapshot_that_reaches_the_rest() {
    let kit = Kit::new(73, 300);
    kit.archived(kit.records());
    let first = kit.archive().join("records-00000000000000000001.kpr");
    fs::remove_file(&first).unwrap();
    let proof = verify_archive(&kit.archive(), None, &mut |_, _| {}, &mut |_| {}).unwrap();
    let begins = proof.records.first;
    assert!(begins > 1 && proof.report.is_none());
    let wish = kit.wish_of(kit.of_archive(), RestoreEnd::Whole);
    let refused = kit.try_out(&wish).unwrap_err();
    assert_eq!(refused, RestoreError::BeginsLater { archive: kit.archive(), first: begins });
    let with = |through| RestoreSources {
        snapshot: Some(kit.increment(through, SnapshotKind::Full).path),
        ..kit.of_archive()
    };
    for through in [begins - 1, begins, begins + 7] {
        let wish = kit.wish_of(with(through), RestoreEnd::Whole);
        assert_eq!(kit.try_out(&wish).unwrap().report.covered.root, kit.root());
    }
    let gap = kit.try_out(&kit.wish_of(with(begins - 2), RestoreEnd::Whole)).unwrap_err();
    let said = gap.to_string();
    assert!(said.contains("archive") && said.contains("-event-"), "both are named: {said}");
    kit.archived(kit.records()); // and it goes on
}

#[test]
fn copies_of_two_journals_do_not_join() {
    let (kit, other) = (Kit::new(74, 90), Kit::new(75, 90));
    kit.archived(kit.records());
    for through in [5, other.records()] {
        let snapshot = other.increment(through, SnapshotKind::Full).path;
        let both = RestoreSources { snapshot: Some(snapshot.clone()), ..kit.of_archive() };
        let refused = kit.try_out(&kit.wish_of(both, RestoreEnd::Whole)).unwrap_err();
        assert!(matches!(refused, RestoreError::Unjoined { .. }), "{refused}");
        let said = refused.to_string();
        let named = [kit.archive(), snapshot];
        assert!(named.iter().all(|path| said.contains(path.to_str().unwrap())), "{said}");
    }
}

/// Why an archive cannot be gone on with; it is as it was.
fn refused(kit: &Kit, durable: u64) -> String {
    let refused = ArchiveWriter::open(kit.archive_place(), &kit.journal, durable).map(drop);
    refused.unwrap_err().to_string()
}

#[test]
fn an_archive_goes_on_with_its_own_journal_alone() {
    let kit = Kit::new(76, 90);
    kit.archived(kit.records());
    let said = refused(&kit, 10);
    assert!(said.contains("the journal ends with 10"), "{said}");
    let other = Kit { journal: Kit::new(77, 90).journal, ..kit };
    let said = refused(&other, other.records());
    assert!(said.contains("is of another journal"), "{said}");
    let held = other.archive().join("lock");
    let lock = fs::File::open(held).unwrap();
    lock.try_lock().unwrap();
    assert!(refused(&other, other.records()).contains("in use"));
    drop(lock);
    // A disk that is not mounted is an empty directory.
    fs::rename(other.archive(), other.dir.path().join("elsewhere")).unwrap();
    fs::create_dir(other.archive()).unwrap();
    let said = refused(&other, other.records());
    assert!(said.contains("is gone") && said.contains("archive-dir"), "{said}");
    assert_eq!(fs::read_dir(other.archive()).unwrap().count(), 0);
    fs::remove_file(other.dir.path().join("ledger/archive-dir")).unwrap();
    other.archived(other.records());
    fs::write(other.dir.path().join("ledger/archive-dir"), "/mnt/another\n").unwrap();
    fs::remove_dir_all(other.archive()).unwrap();
    fs::create_dir(other.archive()).unwrap();
    fs::write(other.archive().join("thesis.txt"), "years of work").unwrap();
    assert!(refused(&other, other.records()).contains("something else"));
}

#[test]
fn a_full_disk_stops_an_archive_and_room_lets_it_go_on() {
    let kit = Kit::new(78, 60);
    kit.archived(8);
    let place = || super::archive::ArchivePlace { disk_free_min: u64::MAX, ..kit.archive_place() };
    let mut writer = ArchiveWriter::open(place(), &kit.journal, kit.records()).unwrap();
    let mut going_on = |_: &mut ArchiveWriter, _| Ok(ControlFlow::Continue(()));
    let full = writer.append(&kit.journal, kit.records(), &mut going_on).unwrap_err();
    assert!(matches!(full, JournalError::Full { .. }), "{full}");
    drop(writer);
    kit.archived(kit.records());
    let proof = verify_archive(&kit.archive(), None, &mut |_, _| {}, &mut |_| {}).unwrap();
    assert_eq!(proof.root, kit.root());
}

#[test]
fn nothing_named_is_nothing_restored() {
    let kit = Kit::new(79, 10);
    let refused = kit.try_out(&kit.wish_of(RestoreSources::default(), RestoreEnd::Whole));
    assert_eq!(refused, Err(RestoreError::NoSource));
    let nowhere = RestoreSources { archive: Some("/nowhere".into()), ..RestoreSources::default() };
    let refused = kit.try_out(&kit.wish_of(nowhere, RestoreEnd::Whole)).unwrap_err().to_string();
    assert!(refused.contains("/nowhere") && refused.contains("there is none"), "{refused}");
    assert!(archive_summary(Path::new("/nowhere")).is_err());
}
