//! What imports did to accounts, as it is stored.

use crate::journal::codec::{CodecError, Decode, Encode};
use crate::journal::record::fields::{bonus, instant, money, optional};
use crate::journal::record::referral::StoredTakenBack;
use crate::ledger::{BatchKey, Carried, ImportEvent, RowKey};
use crate::values::{SaleId, Timestamp};

/// Something that an import did to an account.
#[derive(Debug, Encode, Decode)]
pub(in crate::journal) enum StoredImportEvent {
    CustomerTaken {
        batch: BatchKey,
        row: RowKey,
        carried: StoredCarried,
        at: i64,
    },
    SaleTaken {
        batch: BatchKey,
        sale: u64,
        redeemed: u64,
    },
    CustomerReversed {
        batch: BatchKey,
        row: RowKey,
        carried: StoredCarried,
        taken: Option<StoredTakenBack>,
        at: i64,
    },
}

#[derive(Debug, Encode, Decode)]
pub(in crate::journal) struct StoredCarried {
    total_spent: u64,
    purchases: u64,
    last_purchase_at: Option<i64>,
}

impl From<&Carried> for StoredCarried {
    fn from(carried: &Carried) -> Self {
        Self {
            total_spent: carried.total_spent.cents(),
            purchases: carried.purchases,
            last_purchase_at: carried.last_purchase_at.map(Timestamp::millis),
        }
    }
}

impl TryFrom<StoredCarried> for Carried {
    type Error = CodecError;

    fn try_from(stored: StoredCarried) -> Result<Self, CodecError> {
        Ok(Self {
            total_spent: money(stored.total_spent)?,
            purchases: stored.purchases,
            last_purchase_at: optional(stored.last_purchase_at, instant)?,
        })
    }
}

impl From<&ImportEvent> for StoredImportEvent {
    fn from(event: &ImportEvent) -> Self {
        match event {
            ImportEvent::CustomerTaken { batch, row, carried, at } => Self::CustomerTaken {
                batch: *batch,
                row: *row,
                carried: carried.into(),
                at: at.millis(),
            },
            ImportEvent::SaleTaken { batch, sale, redeemed } => {
                Self::SaleTaken { batch: *batch, sale: sale.number(), redeemed: redeemed.cents() }
            }
            ImportEvent::CustomerReversed { batch, row, carried, taken, at } => {
                Self::CustomerReversed {
                    batch: *batch,
                    row: *row,
                    carried: carried.into(),
                    taken: taken.as_deref().map(StoredTakenBack::from),
                    at: at.millis(),
                }
            }
        }
    }
}

impl TryFrom<StoredImportEvent> for ImportEvent {
    type Error = CodecError;

    fn try_from(stored: StoredImportEvent) -> Result<Self, CodecError> {
        Ok(match stored {
            StoredImportEvent::CustomerTaken { batch, row, carried, at } => {
                Self::CustomerTaken { batch, row, carried: carried.try_into()?, at: instant(at)? }
            }
            StoredImportEvent::SaleTaken { batch, sale, redeemed } => {
                Self::SaleTaken { batch, sale: SaleId(sale), redeemed: bonus(redeemed)? }
            }
            StoredImportEvent::CustomerReversed { batch, row, carried, taken, at } => {
                Self::CustomerReversed {
                    batch,
                    row,
                    carried: carried.try_into()?,
                    taken: optional(taken, |taken| taken.try_into().map(Box::new))?,
                    at: instant(at)?,
                }
            }
        })
    }
}
