//! Copies of each version as they were first written, kept in `data/snapshots` and `data/archives`: they are
//! read, proven and restored for ever.

use crate::journal::snapshot::check::{verify_archive, verify_snapshot};
use crate::journal::snapshot::create::SnapshotKind;
use crate::journal::snapshot::opened::Snapshot;
use crate::journal::snapshot::restore::{RestoreEnd, RestoreSources, restore};
use crate::journal::snapshot::shelf::list_snapshots;
use crate::journal::snapshot::test_kit::{HOUSE_KEY, Kit};
use crate::values::EventNumber;
use std::path::Path;

const PATH: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/data/snapshots/v1");
/// The hash of its last record.
const ROOT: &str = "954c047f26704d072161ba05e73b0deba4573d6a48ea2f345c7767b5698f0100";
const OPERATIONS: u64 = 60;

/// The same of version 2: one that continues another, beside it, of a ledger with a vault.
const CHAIN_PATH: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/data/snapshots/v2");
/// An archive of version 1, of the same ledger.
const ARCHIVE_PATH: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/data/archives/v1");
/// The hash of the last record of both.
const LATER_ROOT: &str = "a4d32f9f9a271ca1fce2bafd83219b5e59871a992f285d4134b11fc5e81bdc88";
const LATER_EVENTS: u64 = 251;

#[test]
fn version_1_is_read_and_restored_as_ever() {
    let kit = Kit::new(61, 60);
    let path = Path::new(PATH);
    if !path.exists() {
        copy_dir(&kit.snapshot(8_000).path, path);
        panic!("there was no golden snapshot, and it is written now: read it, keep it");
    }
    let snapshot = Snapshot::open(path).unwrap();
    let manifest = snapshot.manifest();
    assert_eq!(hex::encode(manifest.root), ROOT);
    assert_eq!((manifest.operations, manifest.files.len()), (OPERATIONS, 3));
    assert_eq!(snapshot.house_key(), Ok(Some(HOUSE_KEY)));
    check_restored(&kit, &snapshot);
}

#[test]
fn a_chain_of_version_2_is_read_and_restored_as_ever() {
    let kit = Kit::sealed(62, 60);
    let path = Path::new(CHAIN_PATH);
    if !path.exists() {
        for cut in [8, 14, kit.records()] {
            let made = kit.increment(cut, SnapshotKind::Incremental).path;
            copy_dir(&made, &path.join(made.file_name().unwrap()));
        }
        panic!("there was no golden chain, and it is written now: read it, keep it");
    }
    let shelf = list_snapshots(path).unwrap();
    assert_eq!(shelf.len(), 3);
    let snapshot = Snapshot::open(&path.join(&shelf[2].name)).unwrap();
    let manifest = snapshot.manifest();
    assert_eq!(manifest.parent.as_ref().unwrap().name, shelf[1].name);
    assert_eq!(
        (hex::encode(manifest.root), manifest.events.last),
        (LATER_ROOT.into(), LATER_EVENTS)
    );
    assert_eq!(snapshot.house_key(), Ok(None), "it lies among the keys");
    check_restored(&kit, &snapshot);
}

#[test]
fn an_archive_of_version_1_is_read_and_restored_as_ever() {
    let kit = Kit::sealed(62, 60);
    let path = Path::new(ARCHIVE_PATH);
    if !path.exists() {
        [8, 14, kit.records()].into_iter().for_each(|through| kit.archived(through));
        std::fs::remove_file(kit.archive().join("lock")).unwrap();
        copy_dir(&kit.archive(), path);
        panic!("there was no golden archive, and it is written now: read it, keep it");
    }
    let proof = verify_archive(path, None, &mut |_, _| {}, &mut |_| {}).unwrap();
    assert_eq!(
        (hex::encode(proof.root), proof.last_event),
        (LATER_ROOT.into(), EventNumber(LATER_EVENTS))
    );
    let from = RestoreSources { archive: Some(path.into()), ..RestoreSources::default() };
    let restored = kit.try_out(&kit.wish_of(from, RestoreEnd::Whole)).unwrap();
    assert_eq!(restored.report.trial_balance, proof.report.unwrap().trial_balance);
}

/// It is proven, and restored as what was proven.
fn check_restored(kit: &Kit, snapshot: &Snapshot) {
    let proof = verify_snapshot(snapshot, &mut |_| {}, &mut |_| {}).unwrap();
    assert_eq!(proof.difference, None);
    let wish = kit.wish(snapshot.path(), RestoreEnd::Whole);
    let restored = restore(&wish, snapshot.manifest().created_at, &mut |_| {}).unwrap();
    assert_eq!(
        (restored.report.covered.root, restored.report.trial_balance),
        (proof.covered.root, proof.trial_balance)
    );
}

fn copy_dir(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let (from, to) = (entry.path(), to.join(entry.file_name()));
        if from.is_dir() {
            copy_dir(&from, &to);
        } else {
            std::fs::copy(from, to).unwrap();
        }
    }
}
