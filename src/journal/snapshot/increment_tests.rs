//! Incremental snapshots: a chain is restored as one snapshot is, and one whose parent is missing or another
//! one is refused with that named.

use crate::journal::error::JournalError;
use crate::journal::snapshot::check::verify_snapshot;
use crate::journal::snapshot::create::SnapshotKind;
use crate::journal::snapshot::opened::Snapshot;
use crate::journal::snapshot::restore::RestoreEnd;
use crate::journal::snapshot::shelf::{ShelvedState, list_snapshots, prune_snapshots};
use crate::journal::snapshot::test_kit::Kit;
use crate::journal::verify::verify;
use std::fs;
use std::path::Path;

/// A full snapshot and those that continue it, at these records.
fn chain(kit: &Kit, cuts: &[u64]) -> Vec<std::path::PathBuf> {
    cuts.iter().map(|cut| kit.increment(*cut, SnapshotKind::Incremental).path).collect()
}

#[test]
fn a_chain_is_restored_as_one_snapshot_is() {
    let kit = Kit::new(91, 300);
    let last = kit.records();
    let cuts = [30, 30, 31, 80, last];
    let chain = chain(&kit, &cuts);
    for (index, (path, cut)) in chain.iter().zip(cuts).enumerate() {
        let snapshot = Snapshot::open(path).unwrap();
        let manifest = snapshot.manifest();
        let parent = manifest.parent.as_ref().map(|parent| parent.name.as_str());
        let before =
            index.checked_sub(1).map(|index| chain[index].file_name().unwrap().to_str().unwrap());
        assert_eq!((parent, manifest.records.last), (before, cut));
        let proof = verify_snapshot(&snapshot, &mut |_| {}, &mut |_| {}).unwrap();
        assert_eq!(proof.difference, None, "{}", path.display());
        // The same as a full one at the same place, but for its files.
        let restored = kit.try_out(&kit.wish(path, RestoreEnd::Whole)).unwrap();
        assert_eq!(restored.report.covered.root, manifest.root);
        assert_eq!(kit.journal.tail_at(cut).unwrap().hash, manifest.root);
    }
    let wish = kit.wish(&chain[4], RestoreEnd::Whole);
    let original = verify(&kit.journal, None, &mut |_| {});
    assert_eq!(kit.try_out(&wish).unwrap().report.trial_balance, original.trial_balance);
    let full = kit.snapshot(1 << 20).manifest;
    let continued = Snapshot::open(&chain[4]).unwrap();
    assert_eq!(continued.manifest().tenants, full.tenants);
    let early = kit.wish(&chain[4], RestoreEnd::Time(kit.operations[9].operation.at));
    assert!(kit.try_out(&early).unwrap().report.is_clean());
}

fn check_refused(kit: &Kit, path: &Path, named: &Path) {
    let refused = kit.try_out(&kit.wish(path, RestoreEnd::Whole)).unwrap_err().to_string();
    assert!(refused.contains(named.to_str().unwrap()), "{refused}");
    let opened = Snapshot::open(path).and_then(|snapshot| {
        verify_snapshot(&snapshot, &mut |_| {}, &mut |_| {}).map(|report| report.is_clean())
    });
    assert!(matches!(opened, Err(JournalError::Damaged { .. })), "{opened:?}");
}

#[test]
fn a_parent_that_is_missing_altered_or_another_one_is_named() {
    let kit = Kit::new(92, 200);
    let chain = chain(&kit, &[20, 40, 60]);
    let files = |path: &Path| -> Vec<_> {
        fs::read_dir(path).unwrap().map(|entry| entry.unwrap().path()).collect()
    };
    for path in &chain[..2] {
        for file in files(path) {
            let whole = fs::read(&file).unwrap();
            for (at, bit) in [(whole.len().div_euclid(2), 1), (whole.len() - 1, 128)] {
                let mut flipped = whole.clone();
                flipped[at] ^= bit;
                fs::write(&file, flipped).unwrap();
                check_refused(&kit, &chain[2], &file);
            }
            fs::remove_file(&file).unwrap();
            check_refused(&kit, &chain[2], &file);
            fs::write(&file, &whole).unwrap();
        }
    }
    // Another snapshot under the name of the parent.
    let (away, manifest) = (kit.dir.path().join("away"), chain[1].join("manifest.json"));
    fs::rename(&chain[1], &away).unwrap();
    check_refused(&kit, &chain[2], &manifest);
    let states = |kit: &Kit| -> Vec<bool> {
        let shelf = list_snapshots(&kit.shelf()).unwrap();
        shelf.iter().map(|one| matches!(one.state, ShelvedState::Whole(_))).collect()
    };
    assert_eq!(states(&kit), [true, false], "an orphan cannot be read");
    let other = kit.increment(41, SnapshotKind::Full).path;
    fs::rename(&other, &chain[1]).unwrap();
    check_refused(&kit, &chain[2], &manifest);
    assert_eq!(states(&kit), [true, true, false]);
    fs::rename(&chain[1], &other).unwrap();
    fs::rename(&away, &chain[1]).unwrap();
    kit.try_out(&kit.wish(&chain[2], RestoreEnd::Whole)).unwrap();
}

#[test]
fn pruning_keeps_what_a_kept_one_needs() {
    let kit = Kit::new(93, 200);
    let mut names: Vec<String> = Vec::new();
    let mut make = |cut: u64, kind: SnapshotKind| {
        let path = kit.increment(cut, kind).path;
        names.push(path.file_name().unwrap().to_str().unwrap().to_owned());
    };
    let (full, more) = (SnapshotKind::Full, SnapshotKind::Incremental);
    for (cut, kind) in [(10, full), (20, more), (30, full), (40, more), (50, more)] {
        make(cut, kind);
    }
    let pruned = prune_snapshots(&kit.shelf(), 2).unwrap();
    assert_eq!((&pruned.removed[..], &pruned.kept[..]), (&names[..2], &names[2..]));
    let pruned = prune_snapshots(&kit.shelf(), 1).unwrap();
    assert_eq!((pruned.removed.len(), pruned.kept), (0, names[2..].to_vec()));
    kit.try_out(&kit.wish(&kit.shelf().join(&names[4]), RestoreEnd::Whole)).unwrap();
}

/// One that would continue a snapshot of another journal holds everything itself.
#[test]
fn a_snapshot_of_another_journal_is_no_parent() {
    let kit = Kit::new(94, 90);
    kit.snapshot(1 << 20);
    let other = Kit { journal: Kit::new(95, 200).journal, ..kit };
    let made = other.increment(40, SnapshotKind::Incremental);
    assert_eq!((made.manifest.parent, made.manifest.records.first), (None, 1));
}
