//! Reserves, undone expiries and payments of debt as they are stored.

use crate::journal::codec::{BorrowDecode, CodecError, Decode, Encode};
use crate::journal::record::account::StoredDraw;
use crate::journal::record::fields::{all, balance, bonus, instant, optional, text};
use crate::ledger::{
    AccountEvent, Draw, ExpiryRevert, RecordedReserve, ReleaseReason, ReserveRelease,
};
use crate::values::{Bonus, LotId, Text, Timestamp, TransactionId};

/// What happened to reserves and to debt; a later event is a new variant at the end.
#[derive(Debug, Encode, BorrowDecode)]
pub(in crate::journal) enum StoredReserveOrDebt<'a> {
    Reserved(StoredReserve<'a>),
    Released(StoredRelease<'a>),
    LotKept { lot: u64, amount: u64, at: i64 },
    ExpiryReverted(StoredExpiryRevert),
    DebtPaid { draws: Vec<StoredDraw>, at: i64 },
    DebtDated { write_off_at: i64, at: i64 },
    DebtWrittenOff { transaction: u64, amount: u64, at: i64 },
}

/// Value set aside.
#[derive(Debug, Encode, BorrowDecode)]
pub(in crate::journal) struct StoredReserve<'a> {
    reserve: &'a str,
    external_id: Option<&'a str>,
    amount: u64,
    total: u64,
    deadline: i64,
    redeemable_after: u64,
    balance_after: i64,
    at: i64,
}

/// Value that left a reserve.
#[derive(Debug, Encode, BorrowDecode)]
pub(in crate::journal) struct StoredRelease<'a> {
    reserve: &'a str,
    amount: u64,
    left: u64,
    why: StoredReleaseReason,
    freed: Vec<StoredDraw>,
    freed_until: i64,
    at: i64,
}

/// Part of an expiry that was undone.
#[derive(Debug, Encode, Decode)]
pub(in crate::journal) struct StoredExpiryRevert {
    transaction: u64,
    lot: u64,
    amount: u64,
    expired_at: i64,
    at: i64,
}

stored_words! {
    StoredReleaseReason is ReleaseReason { Committed, Rest, Released, Lapsed }
}

impl StoredReserveOrDebt<'_> {
    pub(super) fn kept(lot: LotId, amount: Bonus, at: Timestamp) -> Self {
        Self::LotKept { lot: lot.number(), amount: amount.cents(), at: at.millis() }
    }

    pub(super) fn paid(draws: &[Draw], at: Timestamp) -> Self {
        Self::DebtPaid { draws: draws.iter().map(StoredDraw::from).collect(), at: at.millis() }
    }

    pub(super) const fn dated(write_off_at: Timestamp, at: Timestamp) -> Self {
        Self::DebtDated { write_off_at: write_off_at.millis(), at: at.millis() }
    }

    pub(super) fn written_off(transaction: TransactionId, amount: Bonus, at: Timestamp) -> Self {
        let transaction = transaction.number();
        Self::DebtWrittenOff { transaction, amount: amount.cents(), at: at.millis() }
    }
}

impl TryFrom<StoredReserveOrDebt<'_>> for AccountEvent {
    type Error = CodecError;

    fn try_from(stored: StoredReserveOrDebt<'_>) -> Result<Self, CodecError> {
        Ok(match stored {
            StoredReserveOrDebt::Reserved(recorded) => {
                Self::Reserved(Box::new(recorded.try_into()?))
            }
            StoredReserveOrDebt::Released(release) => {
                Self::ReserveReleased(Box::new(release.try_into()?))
            }
            StoredReserveOrDebt::LotKept { lot, amount, at } => {
                Self::LotKept { lot: LotId(lot), amount: bonus(amount)?, at: instant(at)? }
            }
            StoredReserveOrDebt::ExpiryReverted(revert) => Self::ExpiryReverted(revert.try_into()?),
            StoredReserveOrDebt::DebtPaid { draws, at } => {
                Self::DebtPaid { draws: all(draws, Draw::try_from)?, at: instant(at)? }
            }
            StoredReserveOrDebt::DebtDated { write_off_at, at } => {
                Self::DebtDated { write_off_at: instant(write_off_at)?, at: instant(at)? }
            }
            StoredReserveOrDebt::DebtWrittenOff { transaction, amount, at } => {
                Self::DebtWrittenOff {
                    transaction: TransactionId(transaction),
                    amount: bonus(amount)?,
                    at: instant(at)?,
                }
            }
        })
    }
}

impl<'a> From<&'a RecordedReserve> for StoredReserveOrDebt<'a> {
    fn from(recorded: &'a RecordedReserve) -> Self {
        Self::Reserved(recorded.into())
    }
}

impl<'a> From<&'a ReserveRelease> for StoredReserveOrDebt<'a> {
    fn from(release: &'a ReserveRelease) -> Self {
        Self::Released(release.into())
    }
}

impl From<&ExpiryRevert> for StoredReserveOrDebt<'_> {
    fn from(revert: &ExpiryRevert) -> Self {
        Self::ExpiryReverted(revert.into())
    }
}

impl<'a> From<&'a RecordedReserve> for StoredReserve<'a> {
    fn from(recorded: &'a RecordedReserve) -> Self {
        Self {
            reserve: recorded.reserve.as_str(),
            external_id: recorded.external_id.as_ref().map(Text::as_str),
            amount: recorded.amount.cents(),
            total: recorded.total.cents(),
            deadline: recorded.deadline.millis(),
            redeemable_after: recorded.redeemable_after.cents(),
            balance_after: recorded.balance_after.cents(),
            at: recorded.at.millis(),
        }
    }
}

impl TryFrom<StoredReserve<'_>> for RecordedReserve {
    type Error = CodecError;

    fn try_from(stored: StoredReserve<'_>) -> Result<Self, CodecError> {
        Ok(Self {
            reserve: text(stored.reserve)?,
            external_id: optional(stored.external_id, text)?,
            amount: bonus(stored.amount)?,
            total: bonus(stored.total)?,
            deadline: instant(stored.deadline)?,
            redeemable_after: bonus(stored.redeemable_after)?,
            balance_after: balance(stored.balance_after),
            at: instant(stored.at)?,
        })
    }
}

impl<'a> From<&'a ReserveRelease> for StoredRelease<'a> {
    fn from(release: &'a ReserveRelease) -> Self {
        Self {
            reserve: release.reserve.as_str(),
            amount: release.amount.cents(),
            left: release.left.cents(),
            why: release.why.into(),
            freed: release.freed.iter().map(StoredDraw::from).collect(),
            freed_until: release.freed_until.millis(),
            at: release.at.millis(),
        }
    }
}

impl TryFrom<StoredRelease<'_>> for ReserveRelease {
    type Error = CodecError;

    fn try_from(stored: StoredRelease<'_>) -> Result<Self, CodecError> {
        Ok(Self {
            reserve: text(stored.reserve)?,
            amount: bonus(stored.amount)?,
            left: bonus(stored.left)?,
            why: stored.why.into(),
            freed: all(stored.freed, Draw::try_from)?,
            freed_until: instant(stored.freed_until)?,
            at: instant(stored.at)?,
        })
    }
}

impl From<&ExpiryRevert> for StoredExpiryRevert {
    fn from(revert: &ExpiryRevert) -> Self {
        Self {
            transaction: revert.transaction.number(),
            lot: revert.lot.number(),
            amount: revert.amount.cents(),
            expired_at: revert.expired_at.millis(),
            at: revert.at.millis(),
        }
    }
}

impl TryFrom<StoredExpiryRevert> for ExpiryRevert {
    type Error = CodecError;

    fn try_from(stored: StoredExpiryRevert) -> Result<Self, CodecError> {
        Ok(Self {
            transaction: TransactionId(stored.transaction),
            lot: LotId(stored.lot),
            amount: bonus(stored.amount)?,
            expired_at: instant(stored.expired_at)?,
            at: instant(stored.at)?,
        })
    }
}
