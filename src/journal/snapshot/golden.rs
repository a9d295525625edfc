//! A snapshot of version 1 as the first release wrote it, kept in `data/snapshots/v1`: it is read, proven and
//! restored for ever.

use crate::journal::snapshot::check::verify_snapshot;
use crate::journal::snapshot::opened::Snapshot;
use crate::journal::snapshot::restore::{RestoreEnd, restore};
use crate::journal::snapshot::test_kit::{HOUSE_KEY, Kit};
use std::path::Path;

const PATH: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/data/snapshots/v1");
/// The hash of its last record.
const ROOT: &str = "954c047f26704d072161ba05e73b0deba4573d6a48ea2f345c7767b5698f0100";
const OPERATIONS: u64 = 60;

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
    let proof = verify_snapshot(&snapshot, &mut |_| {}, &mut |_| {}).unwrap();
    assert_eq!(proof.difference, None);
    let wish = kit.wish(path, RestoreEnd::Whole);
    let restored = restore(&wish, manifest.created_at, &mut |_| {}).unwrap();
    assert_eq!(
        (restored.report.covered.root, restored.report.trial_balance),
        (proof.covered.root, proof.trial_balance)
    );
}

fn copy_dir(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        std::fs::copy(entry.path(), to.join(entry.file_name())).unwrap();
    }
}
