//! What went through an account over the years: sums and dates that are shown, and decide nothing.

use crate::ledger::command::StoreName;
use crate::values::{Bonus, Timestamp};

/// The totals of an account beyond what its rules need.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Turnover {
    /// All that was ever credited, and all that was ever debited; each stays at the largest amount.
    pub credited: Bonus,
    pub debited: Bonus,
    /// The earliest business time of a sale.
    pub first_purchase_at: Option<Timestamp>,
    /// Where the last sale or return took place that said so.
    pub last_store: Option<StoreName>,
}

impl Turnover {
    pub(super) fn credit(&mut self, amount: Bonus) {
        self.credited = self.credited.checked_add(amount).unwrap_or(Bonus::MAX);
    }

    pub(super) fn debit(&mut self, amount: Bonus) {
        self.debited = self.debited.checked_add(amount).unwrap_or(Bonus::MAX);
    }

    pub(super) fn purchase(&mut self, at: Timestamp) {
        self.first_purchase_at = Some(self.first_purchase_at.map_or(at, |first| first.min(at)));
    }

    pub(super) fn visit(&mut self, store: Option<&StoreName>) {
        if let Some(store) = store {
            self.last_store = Some(store.clone());
        }
    }
}

impl Turnover {
    /// Takes in that of another account; where both were last, that one's store is not asked for.
    pub(super) fn join(&mut self, other: &Self) {
        self.credit(other.credited);
        self.debit(other.debited);
        if let Some(at) = other.first_purchase_at {
            self.purchase(at);
        }
        if self.last_store.is_none() {
            self.last_store.clone_from(&other.last_store);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_stay_at_the_largest_amount_and_the_first_purchase_is_the_earliest() {
        let mut turnover = Turnover::default();
        turnover.credit(Bonus::MAX);
        turnover.credit(Bonus::CENT);
        turnover.debit(Bonus::CENT);
        assert_eq!((turnover.credited, turnover.debited), (Bonus::MAX, Bonus::CENT));
        for millis in [5, 3, 9] {
            turnover.purchase(Timestamp::from_millis(millis));
        }
        assert_eq!(turnover.first_purchase_at, Some(Timestamp::from_millis(3)));
    }
}
