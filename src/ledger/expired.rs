//! What expired lately, so that a sale that arrives late may still draw what could be spent when it took
//! place (rule 20). Kept in the account, since a decision then needs no look at the past; bounded, since
//! accounts are copied at every step.

use crate::ledger::account::{Account, Misfit};
use crate::ledger::lot::{Kept, Lot};
use crate::ledger::row::{Row, RowKind};
use crate::values::{Bonus, LotId, Timestamp, TransactionId};

/// Most expired slices that an account remembers; the oldest leaves.
pub const EXPIRED_SLICES_MAX: usize = 32;
/// Slices that expired longer ago than this leave with the next expiry: three months, three times what
/// `backdate_days_max` is by default.
const REMEMBERED_SECONDS: i64 = 92 * 86_400;

/// A slice that expired.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExpiredSlice {
    /// As it was, with what it lost.
    pub lot: Lot,
    pub at: Timestamp,
}

/// Part of an expiry that is undone because a late debit draws it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExpiryRevert {
    pub transaction: TransactionId,
    pub lot: LotId,
    pub amount: Bonus,
    pub expired_at: Timestamp,
    pub at: Timestamp,
}

impl Account {
    pub(super) fn remember_expired(&mut self, lot: Lot, at: Timestamp) {
        let oldest = at.plus_seconds(REMEMBERED_SECONDS.saturating_neg());
        self.expired.retain(|slice| slice.at >= oldest);
        if self.expired.len() >= EXPIRED_SLICES_MAX {
            self.expired.remove(0);
        }
        self.expired.push(ExpiredSlice { lot, at });
    }

    pub(super) fn revert_expiry(&mut self, revert: &ExpiryRevert) -> Result<Row, Misfit> {
        let ExpiryRevert { transaction, lot: id, amount, expired_at, at } = *revert;
        let matching = |slice: &ExpiredSlice| {
            slice.lot.id == id && slice.at == expired_at && slice.has(amount)
        };
        let index = self.expired.iter().position(matching).ok_or(Misfit::NoSuchLot(id))?;
        let lot = &mut self.expired[index].lot;
        lot.remaining = lot.remaining.checked_sub(amount).ok_or(Misfit::LotFigures(id))?;
        let revived = Lot { remaining: amount, kept: Some(Kept::Until(at)), ..*lot };
        if lot.remaining.is_zero() {
            self.expired.remove(index);
        }
        self.insert(revived)?;
        self.row(transaction, RowKind::ExpireRevert, amount.as_balance(), None, at)
    }
}

impl ExpiredSlice {
    fn has(&self, amount: Bonus) -> bool {
        self.lot.remaining >= amount && !amount.is_zero()
    }
}
