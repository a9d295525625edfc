//! A lot: bonuses earned together, activating and expiring together, spent in a total order.

use crate::values::{Bonus, LotId, SaleId, Timestamp, TransactionId};
use std::cmp::Ordering;

/// Where a lot came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LotOrigin {
    Sale(SaleId),
    Registration,
    Adjustment(TransactionId),
}

/// Which purse of the customer a lot belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Pool {
    Main,
    Welcome,
    Birthday,
    Referral,
    Manual,
    Import,
}

/// What is left of bonuses earned together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lot {
    pub id: LotId,
    pub origin: LotOrigin,
    pub pool: Pool,
    pub amount: Bonus,
    pub remaining: Bonus,
    /// Spendable; otherwise held until `activates_at`.
    pub active: bool,
    pub activates_at: Timestamp,
    /// The first instant at which it can no longer be spent; `None`: never.
    pub expires_at: Option<Timestamp>,
}

impl Pool {
    /// The name in the API.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Main => "main",
            Self::Welcome => "welcome",
            Self::Birthday => "birthday",
            Self::Referral => "referral",
            Self::Manual => "manual",
            Self::Import => "import",
        }
    }
}

impl Lot {
    /// The order in which lots are spent: earliest expiry first, no expiry last, then earliest
    /// activation, then lot id (rule 14). Total, since ids are unique.
    #[must_use]
    pub fn spend_order(&self, other: &Self) -> Ordering {
        let expiry = |lot: &Self| lot.expires_at.map_or(i64::MAX, Timestamp::millis);
        expiry(self)
            .cmp(&expiry(other))
            .then(self.activates_at.cmp(&other.activates_at))
            .then(self.id.cmp(&other.id))
    }

    /// The next instant at which something happens to this lot by itself.
    #[must_use]
    pub fn next_due(&self) -> Option<Timestamp> {
        if self.active { self.expires_at } else { Some(self.activates_at) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lot(id: u64, expires: Option<i64>, activates: i64) -> Lot {
        Lot {
            id: LotId(id),
            origin: LotOrigin::Registration,
            pool: Pool::Main,
            amount: Bonus::CENT,
            remaining: Bonus::CENT,
            active: true,
            activates_at: Timestamp::from_millis(activates),
            expires_at: expires.map(Timestamp::from_millis),
        }
    }

    #[test]
    fn lots_are_spent_soonest_expiry_first() {
        let mut lots = [
            lot(1, None, 0),
            lot(2, Some(9), 5),
            lot(3, Some(9), 4),
            lot(5, Some(7), 9),
            lot(4, Some(7), 9),
        ];
        lots.sort_by(Lot::spend_order);
        assert_eq!(lots.map(|lot| lot.id.number()), [4, 5, 3, 2, 1]);
    }
}
