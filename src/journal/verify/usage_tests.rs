//! Uses of promotions that are not those of the journal are found.

use crate::journal::verify::tests::tables_differ;
use crate::values::PromotionId;

#[test]
fn a_changed_number_of_uses_is_found() {
    let more = tables_differ(|batch| {
        let usage = batch.usage.values_mut().next().unwrap();
        usage.count(&[PromotionId(1)], batch.covers);
    });
    assert_eq!(more.what, "the uses of promotion 1 in the tables");
    let none = tables_differ(|batch| batch.usage.clear());
    assert!(none.what.starts_with("the uses of promotion "), "{none}");
}
