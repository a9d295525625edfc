//! For fuzzers: bytes that claim to be a record file, or the manifest of a snapshot.

use crate::fuzzing::Target;
use crate::journal::snapshot::block::mend_blocks;
use crate::journal::snapshot::manifest::{Manifest, mend_manifest};
use crate::journal::snapshot::record_file::RecordFileReader;
use std::io::Cursor;
use std::path::Path;

/// A file of `data/`.
macro_rules! data {
    ($path:literal) => {
        include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/data/", $path))
    };
}

const RECORD_FILES: [&[u8]; 4] = [
    data!("snapshots/v1/records-00000000000000000001.kpr"),
    data!("snapshots/v1/records-00000000000000000019.kpr"),
    data!("snapshots/v2/2026-01-23T02-58-00.002Z-event-184/records-00000000000000000009.kpr"),
    data!("archives/v1/records-00000000000000000009.kpr"),
];
const MANIFESTS: [&[u8]; 3] = [
    data!("snapshots/v1/manifest.json"),
    data!("snapshots/v2/2026-01-23T02-58-00.000Z-event-116/manifest.json"),
    data!("snapshots/v2/2026-01-23T02-58-00.002Z-event-184/manifest.json"),
];

pub(in crate::journal) const TARGETS: [Target; 2] = [
    Target { name: "record_file", run: record_file, seeds: record_files },
    Target { name: "manifest", run: manifest, seeds: manifests },
];

fn record_files() -> Vec<Vec<u8>> {
    RECORD_FILES.iter().map(|bytes| bytes.to_vec()).collect()
}

fn manifests() -> Vec<Vec<u8>> {
    MANIFESTS.iter().map(|bytes| bytes.to_vec()).collect()
}

/// As it came, and with its checksums made right, so that what stands behind them is reached.
fn record_file(bytes: &[u8]) {
    check_record_file(bytes);
    check_record_file(&mend_blocks(bytes));
}

/// Records come with numbers that follow each other, from that of the head on; those from a later number
/// on are the same whether the blocks before are read or passed over.
fn check_record_file(bytes: &[u8]) {
    let mut next = None;
    let mut last_block = None;
    each_block(bytes, 0, |first_record, records| {
        for (number, _) in &records {
            assert_eq!(*number, next.unwrap_or(first_record), "numbers follow each other");
            next = number.checked_add(1);
        }
        last_block = Some(records);
    });
    let Some(expected) = last_block.filter(|records| !records.is_empty()) else { return };
    let from = expected.first().map_or(0, |(number, _)| *number);
    let mut found = None;
    each_block(bytes, from, |_, records| found = Some(records));
    assert_eq!(found, Some(expected), "what is passed over does not matter");
}

fn each_block(bytes: &[u8], from: u64, mut take: impl FnMut(u64, Vec<(u64, Vec<u8>)>)) {
    let Ok(mut reader) = RecordFileReader::over(Cursor::new(bytes), Path::new("fuzzed")) else {
        return;
    };
    while let Ok(Some(records)) = reader.block_with(from) {
        take(reader.head().first_record, records);
    }
}

fn manifest(bytes: &[u8]) {
    check_manifest(bytes);
    if let Some(mended) = mend_manifest(bytes) {
        check_manifest(mended.as_bytes());
    }
}

/// A manifest that is believed comes back when it is written and read.
fn check_manifest(bytes: &[u8]) {
    let Ok((manifest, _)) = Manifest::parse(bytes) else { return };
    let _ = (manifest.bytes(), manifest.last_event());
    let again = Manifest::parse(manifest.text().as_bytes()).ok();
    assert_eq!(again.map(|(again, _)| again), Some(manifest));
}
