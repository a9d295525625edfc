//! What `verify` says where records or numbers are missing.

use crate::journal::scenario::{Scenario, journal_of};
use crate::journal::verify::tests::*;
use crate::journal::verify::verify;
use crate::values::{EventNumber, TenantId};

#[test]
fn a_break_in_the_numbers_is_found() {
    let gap = journal_differs(|operations| {
        for numbered in operations.iter_mut().skip(200) {
            numbered.tenant_number += 1;
        }
    });
    assert_eq!(gap.what, "the tenant's own number of an operation");
    let lost = journal_differs(|operations| drop(operations.remove(150)));
    assert!(lost.place.record.is_some(), "{lost}");
    let nobody = journal_differs(|operations| {
        let (mut event, tenant) = (EventNumber(1), TenantId(1));
        operations.retain(|one| one.operation.tenant == tenant);
        operations.remove(0);
        for (number, numbered) in (1..).zip(operations) {
            numbered.first_event = event;
            numbered.tenant_number = number;
            event = event.plus(numbered.operation.count());
        }
    });
    assert!(nobody.found.contains("no such tenant"), "{nobody}");
}

#[test]
fn a_missing_record_is_found() {
    let operations = Scenario::new(7).play(400);
    let (log, journal) = journal_of(&operations);
    let mut records = log.records();
    records.remove(57);
    log.replace(records);
    let report = verify(&journal, None, &mut |_| {});
    let difference = report.difference.unwrap();
    assert_eq!((difference.place.record, report.covered.records), (Some(58), 57), "{difference}");
}
