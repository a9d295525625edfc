//! A copy that is not as it was written is refused with the file named, and what was never finished is
//! never taken for a copy.

use crate::journal::error::JournalError;
use crate::journal::scenario::journal_of;
use crate::journal::snapshot::check::verify_snapshot;
use crate::journal::snapshot::create::{SnapshotError, SnapshotPlace, create_snapshot};
use crate::journal::snapshot::opened::Snapshot;
use crate::journal::snapshot::restore::{RestoreEnd, RestoreError, restore};
use crate::journal::snapshot::shelf::{
    ShelvedState, list_snapshots, prune_snapshots, remove_leftovers,
};
use crate::journal::snapshot::test_kit::{Kit, announced_dice};
use crate::journal::snapshot::workplace::Workplace;
use std::fs;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

/// Random changes of each file of a snapshot.
const CHANGES: u64 = 12;

fn files_of(path: &Path) -> Vec<PathBuf> {
    let mut files: Vec<_> =
        fs::read_dir(path).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    files
}

/// Both `verify` and `restore` refuse, and say which file it is.
fn check_refused(kit: &Kit, snapshot: &Path, file: &Path, how: &str) {
    let opened = Snapshot::open(snapshot);
    let verified = opened.and_then(|snapshot| {
        verify_snapshot(&snapshot, &mut |_| {}, &mut |_| {}).map(|report| report.difference)
    });
    let Err(JournalError::Damaged { path, .. }) = &verified else {
        panic!("{how}: {verified:?}");
    };
    assert_eq!(path, file, "{how}");
    let wish = kit.wish(snapshot, RestoreEnd::Whole);
    let error = restore(&wish, kit.now(), &mut |_| {}).unwrap_err();
    assert!(
        matches!(&error, RestoreError::Journal(JournalError::Damaged { path, .. }) if path == file)
    );
    assert!(error.to_string().contains(file.to_str().unwrap()), "{error}");
    assert!(!wish.to.exists(), "{how}");
}

#[test]
fn flipped_bits_and_cuts_are_noticed_with_the_file_named() {
    let mut dice = announced_dice("flipped_bits_and_cuts_are_noticed_with_the_file_named");
    let kit = Kit::new(51, 200);
    let snapshot = kit.snapshot(20_000).path;
    let files = files_of(&snapshot);
    assert!(files.len() >= 4, "{files:?}");
    for file in &files {
        let whole = fs::read(file).unwrap();
        let length = u64::try_from(whole.len()).unwrap();
        for _ in 0..CHANGES {
            let at = usize::try_from(dice.below(length)).unwrap();
            let mut flipped = whole.clone();
            flipped[at] ^= 1 << dice.below(8);
            fs::write(file, &flipped).unwrap();
            check_refused(&kit, &snapshot, file, &format!("{} byte {at}", file.display()));
            let cut = usize::try_from(dice.below(length)).unwrap();
            fs::write(file, &whole[..cut]).unwrap();
            check_refused(&kit, &snapshot, file, &format!("{} cut to {cut}", file.display()));
        }
        fs::write(file, [&whole[..], &[0]].concat()).unwrap();
        check_refused(&kit, &snapshot, file, "longer");
        fs::write(file, &whole).unwrap();
    }
    let wish = kit.wish(&snapshot, RestoreEnd::Whole);
    restore(&wish, kit.now(), &mut |_| {}).unwrap();
}

#[test]
fn a_file_that_is_missing_is_named() {
    let kit = Kit::new(52, 60);
    let snapshot = kit.snapshot(20_000).path;
    for file in files_of(&snapshot) {
        if file.ends_with("manifest.json") {
            continue;
        }
        let whole = fs::read(&file).unwrap();
        fs::remove_file(&file).unwrap();
        check_refused(&kit, &snapshot, &file, "missing");
        fs::write(&file, whole).unwrap();
    }
    fs::remove_file(snapshot.join("manifest.json")).unwrap();
    let refused = Snapshot::open(&snapshot).map(drop);
    assert_eq!(refused, Err(JournalError::NoSnapshot(snapshot)));
}

#[test]
fn a_damaged_journal_is_not_copied() {
    let kit = Kit::new(53, 60);
    let mut source = kit.source();
    source.through += 1;
    let refused =
        create_snapshot(&source, &kit.place(0, 1 << 20), &mut |_| ControlFlow::Continue(()));
    assert!(matches!(refused, Err(SnapshotError::Journal(JournalError::Damaged { .. }))));
    assert_eq!(list_snapshots(&kit.shelf()), Ok(Vec::new()));
}

#[test]
fn a_copy_that_is_stopped_or_lacks_room_leaves_nothing() {
    let kit = Kit::new(54, 200);
    let mut blocks = 0;
    let stopped = create_snapshot(&kit.source(), &kit.place(0, 10_000), &mut |_| {
        blocks += 1;
        ControlFlow::Break(())
    });
    assert_eq!((stopped, blocks), (Err(SnapshotError::Stopped), 1));
    let lock = vec![kit.shelf().join("lock")];
    assert_eq!(files_of(&kit.shelf()), lock);
    let place = kit.place(u64::MAX, 10_000);
    let second = SnapshotPlace::claim(&kit.shelf(), 0).map(drop);
    assert_eq!(second, Err(SnapshotError::UnderWay(kit.shelf())), "one at a time");
    let full = create_snapshot(&kit.source(), &place, &mut |_| ControlFlow::Continue(()));
    assert!(matches!(full, Err(SnapshotError::Journal(JournalError::Full { .. }))), "{full:?}");
    assert_eq!(files_of(&kit.shelf()), lock);
}

#[test]
fn what_a_crash_leaves_is_told_and_removed() {
    let kit = Kit::new(55, 60);
    let first = kit.snapshot(1 << 20);
    // As SIGKILL leaves it: everything is there but its name, and the mark.
    let left = kit.shelf().join("2026-01-01-event-1.unfinished");
    fs::create_dir(&left).unwrap();
    for file in files_of(&first.path) {
        fs::copy(&file, left.join(file.file_name().unwrap())).unwrap();
    }
    fs::write(left.join("unfinished"), "").unwrap();
    assert_eq!(Snapshot::open(&left).map(drop), Err(JournalError::NoSnapshot(left.clone())));
    let listed = list_snapshots(&kit.shelf()).unwrap();
    let states: Vec<_> =
        listed.iter().map(|one| matches!(one.state, ShelvedState::Whole(_))).collect();
    assert_eq!(states, [true, false]);
    assert_eq!(listed[1].state, ShelvedState::Unfinished);
    assert_eq!(remove_leftovers(&kit.shelf()).unwrap().len(), 1);
    assert!(!left.exists());

    let alive = Workplace::begin(&kit.shelf().join("being-made")).unwrap();
    assert_eq!(remove_leftovers(&kit.shelf()), Ok(Vec::new()), "its maker is alive");
    assert!(alive.path().exists());
}

#[test]
fn pruning_keeps_the_newest() {
    let mut kit = Kit::new(56, 30);
    let mut names = Vec::new();
    for _ in 0..4 {
        let path = kit.snapshot(1 << 20).path;
        names.push(path.file_name().unwrap().to_str().unwrap().to_owned());
        kit.operations.extend(kit.world.play(10));
        kit.journal = journal_of(&kit.operations).1;
    }
    fs::create_dir(kit.shelf().join("photos")).unwrap();
    let pruned = prune_snapshots(&kit.shelf(), 2).unwrap();
    assert_eq!((&pruned.removed[..], &pruned.kept[..]), (&names[..2], &names[2..]));
    let pruned = prune_snapshots(&kit.shelf(), 0).unwrap();
    assert_eq!(pruned.kept, names[3..], "one always stays");
    assert!(kit.shelf().join("photos").exists());
}
