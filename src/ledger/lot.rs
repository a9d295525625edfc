//! A lot: bonuses earned together, activating and expiring together, spent in a total order.

use crate::ledger::import::BatchKey;
use crate::values::{Bonus, CustomerId, LotId, SaleId, Timestamp, TransactionId};
use std::cmp::Ordering;

/// Where a lot came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LotOrigin {
    Sale(SaleId),
    Registration,
    Adjustment(TransactionId),
    Birthday,
    /// A referral; the other side of it.
    Referral(CustomerId),
    /// A batch of an import.
    Import(BatchKey),
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
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
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
    /// Whether a return has put off its expiry already; that happens once (rule 24).
    pub graced: bool,
    /// Why this is still here although `expires_at` has passed; `None`: it has not.
    pub kept: Option<Kept>,
}

/// A part of a lot, with all it takes to make it a lot again where its own is gone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Slice {
    pub lot: LotId,
    pub origin: LotOrigin,
    pub pool: Pool,
    /// What its lot was made with.
    pub made: Bonus,
    pub amount: Bonus,
    /// Whether its lot waits for `activates_at`.
    pub held: bool,
    pub activates_at: Timestamp,
    pub expires_at: Option<Timestamp>,
    pub graced: bool,
}

/// Why a slice outlives the end of its lot (rule 12).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kept {
    /// A reserve covered it when the end came, and reserves cover it still: only a commit draws it.
    Covered,
    /// Its cover is gone: any debit may draw it before this instant.
    Until(Timestamp),
}

/// The place of a lot in the order in which lots are spent; field by field, in this order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::ledger) struct SpendKey {
    /// What is kept comes first.
    kind: u8,
    end: i64,
    expiry: i64,
    activates_at: Timestamp,
    id: LotId,
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
    /// A part of this lot.
    #[must_use]
    pub fn slice(&self, amount: Bonus) -> Slice {
        Slice {
            lot: self.id,
            origin: self.origin,
            pool: self.pool,
            made: self.amount,
            amount,
            held: !self.active,
            activates_at: self.activates_at,
            expires_at: self.expires_at,
            graced: self.graced,
        }
    }

    /// A lot that has nothing but this slice.
    #[must_use]
    pub fn of_slice(slice: &Slice) -> Self {
        Self {
            id: slice.lot,
            origin: slice.origin,
            pool: slice.pool,
            amount: slice.made,
            remaining: slice.amount,
            active: !slice.held,
            activates_at: slice.activates_at,
            expires_at: slice.expires_at,
            graced: slice.graced,
            kept: None,
        }
    }

    /// The order in which lots are spent: earliest expiry first, no expiry last, then earliest
    /// activation, then lot id (rule 14). What is kept beyond its end comes before everything else, of
    /// it what ends first, then what expired first. Total, since ids are unique and a lot has one slice of each end.
    #[must_use]
    pub fn spend_order(&self, other: &Self) -> Ordering {
        self.spend_key().cmp(&other.spend_key())
    }

    /// Its place in the order in which lots are spent.
    pub(in crate::ledger) fn spend_key(&self) -> SpendKey {
        let expiry = self.expires_at.map_or(i64::MAX, Timestamp::millis);
        let (kind, end) = match self.kept {
            Some(Kept::Until(end)) => (0, end.millis()),
            Some(Kept::Covered) => (1, expiry),
            None => (2, expiry),
        };
        SpendKey { kind, end, expiry, activates_at: self.activates_at, id: self.id }
    }

    /// The instant at which it is lost by itself; `None`: never, or not while it is covered.
    #[must_use]
    pub const fn ends_at(&self) -> Option<Timestamp> {
        match self.kept {
            Some(Kept::Covered) => None,
            Some(Kept::Until(end)) => Some(end),
            None => self.expires_at,
        }
    }

    /// The next instant at which something happens to this lot by itself.
    #[must_use]
    pub const fn next_due(&self) -> Option<Timestamp> {
        if self.active { self.ends_at() } else { Some(self.activates_at) }
    }

    /// Something is left of it, and no more than it was made with.
    pub(in crate::ledger) fn has_fitting_size(&self) -> bool {
        !self.remaining.is_zero() && self.remaining <= self.amount
    }

    /// It does not end before it begins.
    pub(in crate::ledger) fn has_fitting_dates(&self) -> bool {
        self.expires_at.is_none_or(|end| end > self.activates_at)
    }

    /// Active and not past its end: what reserves can cover.
    #[must_use]
    pub const fn is_unexpired(&self) -> bool {
        self.active && self.kept.is_none()
    }

    /// Whether a debit that names no reserve may draw it, as far as reserves leave something.
    #[must_use]
    pub const fn is_spendable(&self) -> bool {
        self.active && !matches!(self.kept, Some(Kept::Covered))
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
            graced: false,
            kept: None,
        }
    }

    fn kept(id: u64, expired: i64, kept: Kept) -> Lot {
        Lot { kept: Some(kept), ..lot(id, Some(expired), 0) }
    }

    #[test]
    fn what_is_kept_is_spent_before_everything_else() {
        let until = |millis| Kept::Until(Timestamp::from_millis(millis));
        let mut lots = [
            lot(1, Some(7), 0),
            kept(2, 3, Kept::Covered),
            kept(2, 3, until(12)),
            kept(3, 2, Kept::Covered),
            kept(3, 2, until(11)),
            kept(2, 3, until(11)),
        ];
        lots.sort_by(Lot::spend_order);
        let told = lots.map(|lot| (lot.id.number(), lot.next_due().map(Timestamp::millis)));
        let expected =
            [(3, Some(11)), (2, Some(11)), (2, Some(12)), (3, None), (2, None), (1, Some(7))];
        assert_eq!(told, expected);
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
