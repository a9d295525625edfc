//! When a lot becomes spendable: business time (or arrival) plus the hold (rule 11).

use crate::ledger::settings::{HoldFrom, SettingsDraft};
use crate::values::Timestamp;

/// When the accrual of a sale becomes spendable.
pub(in crate::ledger) fn activates_at(
    business: Timestamp,
    arrival: Timestamp,
    rules: &SettingsDraft,
) -> Timestamp {
    let from = match rules.hold_from {
        HoldFrom::Business => business,
        HoldFrom::Arrival => arrival,
    };
    from.plus_seconds(i64::from(rules.redeem_hold_seconds))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ledger::settings::tests::draft;

    #[test]
    fn the_hold_counts_from_business_time_or_arrival() {
        let check = |hold_from, seconds, expected| {
            let mut rules = draft();
            rules.hold_from = hold_from;
            rules.redeem_hold_seconds = seconds;
            let found =
                activates_at(Timestamp::from_millis(1_000), Timestamp::from_millis(9_000), &rules);
            assert_eq!(found.millis(), expected);
        };
        check(HoldFrom::Business, 0, 1_000);
        check(HoldFrom::Business, 86_400, 86_401_000);
        check(HoldFrom::Arrival, 86_400, 86_409_000);
    }
}
