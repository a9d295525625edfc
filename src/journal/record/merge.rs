//! Merges and changed phones as they are stored.

use crate::journal::codec::{BorrowDecode, CodecError, Decode, Encode};
use crate::journal::record::estate::{StoredPart, estate_of, parts_of};
use crate::journal::record::fields::{all, balance, bonus, instant, text};
use crate::ledger::{AccountEvent, Forfeit, LotDraw, MergedIn, MergedOut, MovedParts, PhoneMark};
use crate::values::{CustomerId, LotId, TransactionId};

/// What happened in merges and by changed phones; a later event is a new variant at the end.
#[derive(Debug, Encode, BorrowDecode)]
pub(in crate::journal) enum StoredMergeEvent<'a> {
    PhoneMarked { mark: PhoneMark },
    MergedOut(StoredMergedOut),
    MergedIn(StoredMergedIn<'a>),
    GiftForfeited(StoredForfeit),
}

#[derive(Debug, Encode, Decode)]
pub(in crate::journal) struct StoredMergedOut {
    transaction: u64,
    into: u64,
    amount: i64,
    active: u64,
    held: u64,
    reserved: u64,
    debt: u64,
    at: i64,
}

#[derive(Debug, Encode, BorrowDecode)]
pub(in crate::journal) struct StoredMergedIn<'a> {
    transaction: u64,
    from: u64,
    amount: i64,
    estate: Vec<StoredPart<'a>>,
    reason: &'a str,
    at: i64,
}

/// What was left of a gift; each draw with its lot, its amount and whether it was held.
#[derive(Debug, Encode, Decode)]
pub(in crate::journal) struct StoredForfeit {
    transaction: u64,
    amount: u64,
    draws: Vec<(u64, u64, bool)>,
    at: i64,
}

impl From<&MergedOut> for StoredMergeEvent<'_> {
    fn from(out: &MergedOut) -> Self {
        let MovedParts { active, held, reserved, debt } = out.parts;
        Self::MergedOut(StoredMergedOut {
            transaction: out.transaction.number(),
            into: out.into.number(),
            amount: out.amount.cents(),
            active: active.cents(),
            held: held.cents(),
            reserved: reserved.cents(),
            debt: debt.cents(),
            at: out.at.millis(),
        })
    }
}

impl<'a> From<&'a MergedIn> for StoredMergeEvent<'a> {
    fn from(merged: &'a MergedIn) -> Self {
        Self::MergedIn(StoredMergedIn {
            transaction: merged.transaction.number(),
            from: merged.from.number(),
            amount: merged.amount.cents(),
            estate: parts_of(&merged.estate),
            reason: merged.reason.as_str(),
            at: merged.at.millis(),
        })
    }
}

impl From<&Forfeit> for StoredMergeEvent<'_> {
    fn from(forfeit: &Forfeit) -> Self {
        let draw = |draw: &LotDraw| (draw.lot.number(), draw.amount.cents(), draw.held);
        Self::GiftForfeited(StoredForfeit {
            transaction: forfeit.transaction.number(),
            amount: forfeit.amount.cents(),
            draws: forfeit.draws.iter().map(draw).collect(),
            at: forfeit.at.millis(),
        })
    }
}

impl TryFrom<StoredMergeEvent<'_>> for AccountEvent {
    type Error = CodecError;

    fn try_from(stored: StoredMergeEvent<'_>) -> Result<Self, CodecError> {
        Ok(match stored {
            StoredMergeEvent::PhoneMarked { mark } => Self::PhoneMarked { mark },
            StoredMergeEvent::MergedOut(out) => Self::MergedOut(MergedOut {
                transaction: TransactionId(out.transaction),
                into: CustomerId(out.into),
                amount: balance(out.amount),
                parts: MovedParts {
                    active: bonus(out.active)?,
                    held: bonus(out.held)?,
                    reserved: bonus(out.reserved)?,
                    debt: bonus(out.debt)?,
                },
                at: instant(out.at)?,
            }),
            StoredMergeEvent::MergedIn(merged) => Self::MergedIn(Box::new(MergedIn {
                transaction: TransactionId(merged.transaction),
                from: CustomerId(merged.from),
                amount: balance(merged.amount),
                estate: estate_of(merged.estate)?,
                reason: text(merged.reason)?,
                at: instant(merged.at)?,
            })),
            StoredMergeEvent::GiftForfeited(forfeit) => Self::GiftForfeited(Forfeit {
                transaction: TransactionId(forfeit.transaction),
                amount: bonus(forfeit.amount)?,
                draws: all(forfeit.draws, |(lot, amount, held)| {
                    Ok(LotDraw { lot: LotId(lot), amount: bonus(amount)?, held })
                })?,
                at: instant(forfeit.at)?,
            }),
        })
    }
}
