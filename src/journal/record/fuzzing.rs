//! For fuzzers: bytes that claim to be a record of the journal, or the body of one.

use crate::fuzzing::Target;
use crate::journal::operation::Numbered;
use crate::journal::record::body::{read_operations, write_operation};
use crate::journal::record::frame::{Body, Frame, mend_frame, peek_frame, read_frame, write_frame};
use crate::journal::vault::Sealing;
use crate::values::EventNumber;

const FIRST_EVENT: EventNumber = EventNumber(1);
/// Records of version 1, one a line in hexadecimal.
const RECORDS: [&str; 5] = [
    include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/data/journals/v1/records.hex")),
    include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/data/journals/v1/records-later.hex")),
    include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/data/journals/v1/records-third.hex")),
    include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/data/journals/v1/records-fourth.hex")),
    include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/data/journals/v1/records-fifth.hex")),
];

pub(in crate::journal) const TARGETS: [Target; 2] = [
    Target { name: "record", run: record, seeds: records },
    Target { name: "record_body", run: body, seeds: bodies },
];

fn records() -> Vec<Vec<u8>> {
    let lines = RECORDS.iter().flat_map(|text| text.lines());
    lines.map(|line| hex::decode(line).expect("golden records are hexadecimal")).collect()
}

fn bodies() -> Vec<Vec<u8>> {
    let records = records();
    records.iter().filter_map(|record| unpacked(&read_frame(record).ok()?)).collect()
}

fn unpacked(frame: &Frame<'_>) -> Option<Vec<u8>> {
    let mut whole = Vec::new();
    frame.body.unpack_into(&mut whole).ok().map(|()| whole)
}

/// As it came, and with its checksums made right, so that what stands behind them is reached.
fn record(bytes: &[u8]) {
    check_record(bytes);
    check_record(&mend_frame(bytes));
}

/// What is taken for a record is written in the same bytes.
fn check_record(bytes: &[u8]) {
    let peeked = peek_frame(bytes);
    let Ok(frame) = read_frame(bytes) else { return };
    assert_eq!(peeked, Some((frame.header.clone(), frame.hash)), "a glance tells the same");
    let Body { bytes: stored, compressed, length } = frame.body;
    let again = write_frame(&frame.header, Body { bytes: stored, compressed, length });
    assert!(again == (bytes.to_vec(), frame.hash), "a record is written as it was read");
    if let Some(whole) = unpacked(&frame) {
        assert_eq!(whole.len(), length);
        body(&whole);
    }
}

/// What is taken for operations means the same when it is written and read again.
fn body(bytes: &[u8]) {
    let mut leaves = Vec::new();
    let Ok(operations) = read_operations(bytes, FIRST_EVENT, &Sealing::Plain, Some(&mut leaves))
    else {
        return;
    };
    let events: u64 = operations.iter().map(|numbered| numbered.operation.count()).sum();
    assert_eq!(u64::try_from(leaves.len()), Ok(events), "every event has its hash");
    let (again, hashes) = written(&operations);
    let mut leaves = Vec::new();
    let read = read_operations(&again, FIRST_EVENT, &Sealing::Plain, Some(&mut leaves));
    assert_eq!(read, Ok(operations), "what was read is read again");
    assert_eq!(leaves, hashes);
}

fn written(operations: &[Numbered]) -> (Vec<u8>, Vec<[u8; 32]>) {
    let (mut bytes, mut leaves) = (Vec::new(), Vec::new());
    for numbered in operations {
        let written = write_operation(numbered, &Sealing::Plain, &mut bytes, &mut leaves);
        written.expect("nothing is sealed");
    }
    (bytes, leaves)
}
