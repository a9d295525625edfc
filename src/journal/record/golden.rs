//! The bytes of format version 1, kept in `data/journals/v1`: they decode to the same operations for
//! ever, and as long as version 1 is written, it is written like this.

use crate::journal::operation::{Numbered, Operation};
use crate::journal::record::frame::Body;
use crate::journal::record::group::Tail;
use crate::journal::record::samples::{
    every_event, fifth_events, fourth_events, large_sale, later_events, sixth_events,
    small_operation, third_events,
};
use crate::journal::record::{Framed, GroupEncoder, check_link, read_frame, read_operations, root};
use crate::journal::vault::Sealing;
use crate::values::{EventNumber, Timestamp};

/// A file of records, one a line, in hexadecimal.
struct Golden {
    path: &'static str,
    kept: &'static str,
    groups: fn() -> Vec<Vec<Operation>>,
    /// Which of its records are compressed.
    compressed: &'static [bool],
}

/// What the first release wrote: a small group (stored as it is), one of every event (compressed), a
/// group of two parts.
const FIRST: Golden = Golden {
    path: concat!(env!("CARGO_MANIFEST_DIR"), "/data/journals/v1/records.hex"),
    kept: include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/data/journals/v1/records.hex")),
    groups: || vec![vec![small_operation(1, 0)], every_event(), vec![large_sale(400)]],
    compressed: &[false, false, true, true, true, false],
};

/// Events and forms of events that came later.
const LATER: Golden = Golden {
    path: concat!(env!("CARGO_MANIFEST_DIR"), "/data/journals/v1/records-later.hex"),
    kept: include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/data/journals/v1/records-later.hex")),
    groups: || vec![later_events()],
    compressed: &[false, true, false],
};

/// What came with merges, the guard against abuse and pushes.
const THIRD: Golden = Golden {
    path: concat!(env!("CARGO_MANIFEST_DIR"), "/data/journals/v1/records-third.hex"),
    kept: include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/data/journals/v1/records-third.hex")),
    groups: || vec![third_events()],
    compressed: &[false, true, false],
};

/// What came with the BonusPlus dialect, gift cards and coupons.
const FOURTH: Golden = Golden {
    path: concat!(env!("CARGO_MANIFEST_DIR"), "/data/journals/v1/records-fourth.hex"),
    kept: include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/data/journals/v1/records-fourth.hex")),
    groups: || vec![fourth_events()],
    compressed: &[false, true, false],
};

/// What came with operators' roles, limits of rates, and imports.
const FIFTH: Golden = Golden {
    path: concat!(env!("CARGO_MANIFEST_DIR"), "/data/journals/v1/records-fifth.hex"),
    kept: include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/data/journals/v1/records-fifth.hex")),
    groups: || vec![fifth_events()],
    compressed: &[false, true, false],
};

/// What came with the forgetting of customers, and with keys that are destroyed.
const SIXTH: Golden = Golden {
    path: concat!(env!("CARGO_MANIFEST_DIR"), "/data/journals/v1/records-sixth.hex"),
    kept: include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/data/journals/v1/records-sixth.hex")),
    groups: || vec![sixth_events()],
    compressed: &[false, false, false],
};

/// An opening, the groups, and a second opening.
fn written(golden: &Golden) -> (Vec<Framed>, Vec<Numbered>) {
    let groups = (golden.groups)();
    let mut encoder = GroupEncoder::new().unwrap();
    let mut records =
        vec![Framed::opening(&Tail::nothing(), Timestamp::from_millis(1_767_769_000_000))];
    let mut operations = Vec::new();
    let mut next = EventNumber(1);
    for group in groups {
        for operation in group {
            let count = operation.count();
            let tenant_number = u64::try_from(operations.len()).unwrap() + 1;
            let numbered = Numbered { operation, first_event: next, tenant_number };
            assert!(encoder.add(&numbered).unwrap());
            operations.push(numbered);
            next = next.plus(count);
        }
        records.extend(encoder.finish(&records.last().unwrap().tail).unwrap());
    }
    let tail = records.last().unwrap().tail;
    records.push(Framed::opening(&tail, Timestamp::from_millis(0)));
    (records, operations)
}

fn in_hex(records: &[Framed]) -> String {
    records.iter().map(|record| hex::encode(&record.bytes) + "\n").collect()
}

fn check_written(golden: &Golden) {
    let now = in_hex(&written(golden).0);
    if golden.kept.is_empty() {
        std::fs::write(golden.path, &now).unwrap();
        panic!("the golden file was empty and is written now: read it, keep it");
    }
    assert_eq!(now.lines().count(), golden.kept.lines().count());
    for (index, (now, then)) in now.lines().zip(golden.kept.lines()).enumerate() {
        assert!(now == then, "record {} of {} is written differently now", index + 1, golden.path);
    }
}

fn check_read(golden: &Golden) {
    let mut tail = Tail::nothing();
    let mut read = Vec::new();
    let mut whole = Vec::new();
    let mut compressed = Vec::new();
    for line in golden.kept.lines() {
        let bytes = hex::decode(line).unwrap();
        let frame = read_frame(&bytes).unwrap();
        check_link(&frame.header, &tail).unwrap();
        tail = Tail::of(&frame.header, frame.hash);
        compressed.push(frame.body.compressed);
        Body::unpack_into(frame.body, &mut whole).unwrap();
        if frame.header.is_last_part() {
            let mut leaves = Vec::new();
            let first_event = frame.header.first_event;
            read.extend(
                read_operations(&whole, first_event, &Sealing::Plain, Some(&mut leaves)).unwrap(),
            );
            assert_eq!(root(&leaves), frame.header.root);
            whole.clear();
        }
    }
    assert_eq!(compressed, golden.compressed);
    assert_eq!(read, written(golden).1);
}

#[test]
fn version_1_is_written_as_ever() {
    check_written(&FIRST);
    check_written(&LATER);
    check_written(&THIRD);
    check_written(&FOURTH);
    check_written(&FIFTH);
    check_written(&SIXTH);
}

#[test]
fn version_1_is_read_as_ever() {
    check_read(&FIRST);
    check_read(&LATER);
    check_read(&THIRD);
    check_read(&FOURTH);
    check_read(&FIFTH);
    check_read(&SIXTH);
}
