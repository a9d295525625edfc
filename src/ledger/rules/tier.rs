//! The tier of a customer: the highest threshold that the money spent has reached; a tier reached by
//! a sale counts from the next one (rule 28).

use crate::ledger::settings::{Settings, Tier};
use crate::values::Money;

/// The tier for this much money spent.
pub(in crate::ledger) fn tier_for(spent: Money, settings: &Settings) -> &Tier {
    let reached = settings.tiers.iter().rev().find(|tier| tier.from_total_spent <= spent);
    reached.or_else(|| settings.tiers.first()).expect("settings have a base tier")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ledger::settings::tests::{draft, history_of, tier};
    use crate::values::Timestamp;

    #[test]
    fn the_highest_threshold_reached_counts() {
        let mut rules = draft();
        rules.tiers = vec![
            tier("Gold", "1000.00", "7"),
            tier("Base", "0.00", "5"),
            tier("Silver", "100.00", "6"),
        ];
        let history = history_of(rules);
        let check = |cents, expected| {
            let found =
                tier_for(Money::from_cents(cents).unwrap(), history.at(Timestamp::default()));
            assert_eq!(found.name.as_str(), expected, "{cents}");
        };
        check(0, "Base");
        check(9_999, "Base");
        check(10_000, "Silver");
        check(99_999, "Silver");
        check(100_000, "Gold");
    }
}
