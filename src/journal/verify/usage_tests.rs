//! Uses of promotions that are not those of the journal are found.

use crate::journal::tables::CheckpointBatch;
use crate::journal::usage::UsageChange;
use crate::journal::verify::report::Difference;
use crate::journal::verify::tests::with_tables;
use crate::values::PromotionId;

/// A world in which promotions were used.
const SEED: u64 = 8;

fn usage_differs(tamper: impl FnOnce(&mut CheckpointBatch)) -> Difference {
    with_tables(SEED, 0, tamper).difference.expect("the tables were tampered with")
}

#[test]
fn a_changed_number_of_uses_is_found() {
    let more = usage_differs(|batch| {
        let usage = batch.usage.values_mut().next().unwrap();
        usage.count(
            &UsageChange { used: vec![PromotionId(1)], ..UsageChange::default() },
            batch.covers,
        );
    });
    assert_eq!(more.what, "the uses of promotion 1 in the tables");
    let none = usage_differs(|batch| batch.usage.clear());
    assert!(none.what.starts_with("the uses of promotion "), "{none}");
}
