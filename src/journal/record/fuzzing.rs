//! For fuzzers: bytes that claim to be a record of the journal, or the body of one.

use crate::fuzzing::Target;
use crate::journal::operation::Numbered;
use crate::journal::record::body::{read_operations, write_operation};
use crate::journal::record::frame::{Body, Frame, mend_frame, peek_frame, read_frame, write_frame};
use crate::journal::vault::Sealing;
use crate::values::EventNumber;

const FIRST_EVENT: EventNumber = EventNumber(1);
/// Records of version 1, one a line in hexadecimal.
const RECORDS: [&str; 6] = [
    include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/data/journals/v1/records.hex")),
    include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/data/journals/v1/records-later.hex")),
    include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/data/journals/v1/records-third.hex")),
    include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/data/journals/v1/records-fourth.hex")),
    include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/data/journals/v1/records-fifth.hex")),
    include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/data/journals/v1/records-sixth.hex")),
];

pub(in crate::journal) const TARGETS: [Target; 2] = [
    Target { name: "record", run: record, seeds: records },
    Target { name: "record_body", run: body, seeds: bodies },
];

fn records() -> Vec<Vec<u8>> {
    let lines = RECORDS.iter().flat_map(|text| text.lines());
    lines.map(|line| hex::decode(line).expect("golden records are hexadecimal")).collect()
}

/// Of a group of several parts, what they are together.
fn bodies() -> Vec<Vec<u8>> {
    let (mut bodies, mut parts) = (Vec::new(), Vec::new());
    for record in records() {
        let frame = read_frame(&record).expect("golden records are whole");
        parts.extend(unpacked(&frame).expect("golden records decompress"));
        if frame.header.is_last_part() {
            bodies.push(std::mem::take(&mut parts));
        }
    }
    bodies
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

/// Whoever has no key reads at least what stands there plainly, and means the same by it.
fn body(bytes: &[u8]) {
    let plainly = check_body(bytes, &Sealing::Plain);
    let blindly = check_body(bytes, &Sealing::Blind);
    assert!(plainly.is_none() || plainly == blindly, "what is plain is plain without a key");
}

/// What is taken for operations means the same when it is written and read again.
fn check_body(bytes: &[u8], sealing: &Sealing) -> Option<Vec<Numbered>> {
    let mut leaves = Vec::new();
    let operations = read_operations(bytes, FIRST_EVENT, sealing, Some(&mut leaves)).ok()?;
    let events: u64 = operations.iter().map(|numbered| numbered.operation.count()).sum();
    assert_eq!(u64::try_from(leaves.len()), Ok(events), "every event has its hash");
    let (again, hashes) = written(&operations);
    let mut leaves = Vec::new();
    let read = read_operations(&again, FIRST_EVENT, sealing, Some(&mut leaves));
    assert_eq!(read.as_ref(), Ok(&operations), "what was read is read again");
    assert_eq!(leaves, hashes);
    Some(operations)
}

fn written(operations: &[Numbered]) -> (Vec<u8>, Vec<[u8; 32]>) {
    let (mut bytes, mut leaves) = (Vec::new(), Vec::new());
    for numbered in operations {
        let written = write_operation(numbered, &Sealing::Plain, &mut bytes, &mut leaves);
        written.expect("nothing is sealed");
    }
    (bytes, leaves)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::journal::codec::{BorrowDecode, CodecError, Encode, decode_front, encode};
    use crate::journal::operation::EntityEvents;
    use crate::journal::record::account::StoredAccountEvent;
    use crate::journal::record::login::StoredLoginEvent;
    use crate::journal::record::sealing::StoredPersonal;
    use crate::journal::record::tenant::StoredTenantEvent;
    use crate::journal::record::voucher::StoredVoucherEvent;

    /// Where the kind of an event stands, this is none.
    const NO_KIND: u8 = 250;
    /// How a personal event begins; the length of its contents is one byte, then they follow.
    const PERSONAL: [u8; 2] = [1, 0];

    /// The events of all seeds, as they are written.
    #[derive(Default)]
    struct Seeds {
        tenant: Vec<Vec<u8>>,
        account: Vec<Vec<u8>>,
        login: Vec<Vec<u8>>,
        voucher: Vec<Vec<u8>>,
    }

    impl Seeds {
        fn add(&mut self, entity: &EntityEvents) {
            fn add<'a, E, T: From<&'a E> + Encode>(to: &mut Vec<Vec<u8>>, events: &'a [E]) {
                to.extend(events.iter().map(|event| encode(&T::from(event))));
            }
            match entity {
                EntityEvents::Tenant(events) => {
                    add::<_, StoredTenantEvent<'_>>(&mut self.tenant, events);
                }
                EntityEvents::Account(_, events) => {
                    add::<_, StoredAccountEvent<'_>>(&mut self.account, events);
                }
                EntityEvents::Login(_, events) => {
                    add::<_, StoredLoginEvent>(&mut self.login, events);
                }
                EntityEvents::Voucher(_, _, events) => {
                    add::<_, StoredVoucherEvent<'_>>(&mut self.voucher, events);
                }
            }
        }
    }

    /// The last of the kinds that may follow `begins`; `None`: no kind stands there.
    fn last_kind<T: BorrowDecode<'static, ()>>(begins: &[u8]) -> Option<u8> {
        let bytes = [begins, &[NO_KIND]].concat().leak();
        let Err(CodecError::Malformed(error)) = decode_front::<T>(bytes) else { return None };
        let kinds = error.split_once("type_name: \"Stored")?.1;
        let last = kinds.split_once("max: ")?.1.split_once(' ')?.0;
        last.parse().ok()
    }

    /// Every kind that a type has, and every kind within a kind, is in the seeds.
    fn check<T: BorrowDecode<'static, ()>>(seeds: &[Vec<u8>], begins: &[u8]) {
        match last_kind::<T>(begins) {
            Some(last) => {
                (0..=last).for_each(|kind| check::<T>(seeds, &[begins, &[kind]].concat()))
            }
            None => assert!(
                seeds.iter().any(|seed| seed.starts_with(begins)),
                "no seed has {begins:?} of {}",
                std::any::type_name::<T>()
            ),
        }
    }

    #[test]
    fn the_seeds_have_every_kind_of_event() {
        let mut seeds = Seeds::default();
        for body in bodies() {
            let operations = read_operations(&body, FIRST_EVENT, &Sealing::Plain, None).unwrap();
            let entities = operations.iter().flat_map(|numbered| &numbered.operation.entities);
            entities.for_each(|entity| seeds.add(entity));
        }
        check::<StoredTenantEvent<'_>>(&seeds.tenant, &[]);
        check::<StoredAccountEvent<'_>>(&seeds.account, &[]);
        check::<StoredLoginEvent>(&seeds.login, &[]);
        check::<StoredVoucherEvent<'_>>(&seeds.voucher, &[]);
        let personal = seeds.account.iter().filter_map(|event| event.strip_prefix(&PERSONAL));
        let personal: Vec<Vec<u8>> = personal.map(|event| event[1..].to_vec()).collect();
        check::<StoredPersonal<'_>>(&personal, &[]);
    }
}
