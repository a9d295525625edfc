//! Credits, debits and the slices they draw, as they are stored.

use crate::journal::codec::{CodecError, Decode, Encode};
use crate::journal::record::fields::{all, bonus, instant, optional};
use crate::ledger::{Credit, CreditKind, Debit, DebitKind, Draw, LotOrigin, Pool};
use crate::values::{CustomerId, LotId, SaleId, Timestamp, TransactionId};

/// A new lot.
#[derive(Debug, Encode, Decode)]
pub(in crate::journal) struct StoredCredit {
    transaction: u64,
    kind: StoredCreditKind,
    lot: u64,
    origin: StoredLotOrigin,
    pool: StoredPool,
    amount: u64,
    debt_paid: u64,
    held: bool,
    activates_at: i64,
    expires_at: Option<i64>,
    at: i64,
}

#[derive(Debug, Encode, Decode)]
enum StoredCreditKind {
    Accrual,
    Welcome,
    Adjust,
    Birthday,
    ReferralInviter,
    ReferralInvitee,
    Import,
}

/// Where a lot came from.
#[derive(Debug, Encode, Decode)]
pub(in crate::journal) enum StoredLotOrigin {
    Sale(u64),
    Registration,
    Adjustment(u64),
    Birthday,
    Referral(u64),
    Import([u8; 16]),
}

/// Which purse a lot belongs to.
#[derive(Debug, Encode, Decode)]
pub(in crate::journal) enum StoredPool {
    Main,
    Welcome,
    Birthday,
    Referral,
    Manual,
    Import,
}

/// Bonuses taken.
#[derive(Debug, Encode, Decode)]
pub(in crate::journal) struct StoredDebit {
    transaction: u64,
    kind: StoredDebitKind,
    sale: Option<u64>,
    amount: u64,
    draws: Vec<StoredDraw>,
    debt: u64,
    at: i64,
}

#[derive(Debug, Encode, Decode)]
enum StoredDebitKind {
    Redeem,
    Adjust,
}

/// A slice of a lot.
#[derive(Debug, Encode, Decode)]
pub(in crate::journal) struct StoredDraw {
    lot: u64,
    amount: u64,
}

impl From<&Credit> for StoredCredit {
    fn from(credit: &Credit) -> Self {
        Self {
            transaction: credit.transaction.number(),
            kind: match credit.kind {
                CreditKind::Accrual => StoredCreditKind::Accrual,
                CreditKind::Welcome => StoredCreditKind::Welcome,
                CreditKind::Adjust => StoredCreditKind::Adjust,
                CreditKind::Birthday => StoredCreditKind::Birthday,
                CreditKind::ReferralInviter => StoredCreditKind::ReferralInviter,
                CreditKind::ReferralInvitee => StoredCreditKind::ReferralInvitee,
                CreditKind::Import => StoredCreditKind::Import,
            },
            lot: credit.lot.number(),
            origin: credit.origin.into(),
            pool: credit.pool.into(),
            amount: credit.amount.cents(),
            debt_paid: credit.debt_paid.cents(),
            held: credit.held,
            activates_at: credit.activates_at.millis(),
            expires_at: credit.expires_at.map(Timestamp::millis),
            at: credit.at.millis(),
        }
    }
}

impl TryFrom<StoredCredit> for Credit {
    type Error = CodecError;

    fn try_from(stored: StoredCredit) -> Result<Self, CodecError> {
        Ok(Self {
            transaction: TransactionId(stored.transaction),
            kind: match stored.kind {
                StoredCreditKind::Accrual => CreditKind::Accrual,
                StoredCreditKind::Welcome => CreditKind::Welcome,
                StoredCreditKind::Adjust => CreditKind::Adjust,
                StoredCreditKind::Birthday => CreditKind::Birthday,
                StoredCreditKind::ReferralInviter => CreditKind::ReferralInviter,
                StoredCreditKind::ReferralInvitee => CreditKind::ReferralInvitee,
                StoredCreditKind::Import => CreditKind::Import,
            },
            lot: LotId(stored.lot),
            origin: stored.origin.into(),
            pool: stored.pool.into(),
            amount: bonus(stored.amount)?,
            debt_paid: bonus(stored.debt_paid)?,
            held: stored.held,
            activates_at: instant(stored.activates_at)?,
            expires_at: optional(stored.expires_at, instant)?,
            at: instant(stored.at)?,
        })
    }
}

impl From<LotOrigin> for StoredLotOrigin {
    fn from(origin: LotOrigin) -> Self {
        match origin {
            LotOrigin::Sale(sale) => Self::Sale(sale.number()),
            LotOrigin::Registration => Self::Registration,
            LotOrigin::Adjustment(transaction) => Self::Adjustment(transaction.number()),
            LotOrigin::Birthday => Self::Birthday,
            LotOrigin::Referral(other) => Self::Referral(other.number()),
            LotOrigin::Import(batch) => Self::Import(batch),
        }
    }
}

impl From<StoredLotOrigin> for LotOrigin {
    fn from(stored: StoredLotOrigin) -> Self {
        match stored {
            StoredLotOrigin::Sale(sale) => Self::Sale(SaleId(sale)),
            StoredLotOrigin::Registration => Self::Registration,
            StoredLotOrigin::Adjustment(number) => Self::Adjustment(TransactionId(number)),
            StoredLotOrigin::Birthday => Self::Birthday,
            StoredLotOrigin::Referral(number) => Self::Referral(CustomerId(number)),
            StoredLotOrigin::Import(batch) => Self::Import(batch),
        }
    }
}

impl From<Pool> for StoredPool {
    fn from(pool: Pool) -> Self {
        match pool {
            Pool::Main => Self::Main,
            Pool::Welcome => Self::Welcome,
            Pool::Birthday => Self::Birthday,
            Pool::Referral => Self::Referral,
            Pool::Manual => Self::Manual,
            Pool::Import => Self::Import,
        }
    }
}

impl From<StoredPool> for Pool {
    fn from(stored: StoredPool) -> Self {
        match stored {
            StoredPool::Main => Self::Main,
            StoredPool::Welcome => Self::Welcome,
            StoredPool::Birthday => Self::Birthday,
            StoredPool::Referral => Self::Referral,
            StoredPool::Manual => Self::Manual,
            StoredPool::Import => Self::Import,
        }
    }
}

impl From<&Draw> for StoredDraw {
    fn from(draw: &Draw) -> Self {
        Self { lot: draw.lot.number(), amount: draw.amount.cents() }
    }
}

impl TryFrom<StoredDraw> for Draw {
    type Error = CodecError;

    fn try_from(stored: StoredDraw) -> Result<Self, CodecError> {
        Ok(Self { lot: LotId(stored.lot), amount: bonus(stored.amount)? })
    }
}

impl From<&Debit> for StoredDebit {
    fn from(debit: &Debit) -> Self {
        Self {
            transaction: debit.transaction.number(),
            kind: match debit.kind {
                DebitKind::Redeem => StoredDebitKind::Redeem,
                DebitKind::Adjust => StoredDebitKind::Adjust,
            },
            sale: debit.sale.map(SaleId::number),
            amount: debit.amount.cents(),
            draws: debit.draws.iter().map(StoredDraw::from).collect(),
            debt: debit.debt.cents(),
            at: debit.at.millis(),
        }
    }
}

impl TryFrom<StoredDebit> for Debit {
    type Error = CodecError;

    fn try_from(stored: StoredDebit) -> Result<Self, CodecError> {
        Ok(Self {
            transaction: TransactionId(stored.transaction),
            kind: match stored.kind {
                StoredDebitKind::Redeem => DebitKind::Redeem,
                StoredDebitKind::Adjust => DebitKind::Adjust,
            },
            sale: stored.sale.map(SaleId),
            amount: bonus(stored.amount)?,
            draws: all(stored.draws, Draw::try_from)?,
            debt: bonus(stored.debt)?,
            at: instant(stored.at)?,
        })
    }
}
