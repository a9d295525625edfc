//! Returns, clawbacks and restorations as they are stored.

use crate::journal::codec::{BorrowDecode, CodecError, Decode, Encode};
use crate::journal::record::fields::{
    all, balance, bonus, instant, money, optional, quantity, text,
};
use crate::journal::record::lots::{StoredLotOrigin, StoredPool};
use crate::journal::record::voucher::{StoredGiftPart, StoredUsedCoupon};
use crate::ledger::{
    Clawback, Extent, PointOfSale, RecordedReturn, Redirect, Restoration, ReturnedPart, SaleKind,
    Shares, Slice,
};
use crate::values::{Bonus, LotId, Money, SaleId, Text, Timestamp, TransactionId};

/// A part of a lot.
#[derive(Debug, Encode, Decode)]
pub(in crate::journal) struct StoredSlice {
    lot: u64,
    origin: StoredLotOrigin,
    pool: StoredPool,
    made: u64,
    amount: u64,
    held: bool,
    activates_at: i64,
    expires_at: Option<i64>,
    graced: bool,
}

/// Bonuses taken back.
#[derive(Debug, Encode, Decode)]
pub(in crate::journal) struct StoredClawback {
    transaction: u64,
    sale: u64,
    amount: u64,
    draws: Vec<StoredSlice>,
    debt: u64,
    let_go: u64,
    recovered: u64,
    at: i64,
}

/// Bonuses given back.
#[derive(Debug, Encode, Decode)]
pub(in crate::journal) struct StoredRestoration {
    transaction: u64,
    sale: u64,
    amount: u64,
    debt_paid: u64,
    parts: Vec<StoredSlice>,
    redirected: Vec<StoredRedirect>,
    at: i64,
}

#[derive(Debug, Encode, Decode)]
struct StoredRedirect {
    sale: u64,
    lot: u64,
    amount: u64,
}

/// A committed return.
#[derive(Debug, Encode, BorrowDecode)]
pub(in crate::journal) struct StoredReturn<'a> {
    id: u64,
    of: u64,
    of_kind: StoredSaleKind,
    sold_at: i64,
    at: i64,
    parts: Vec<StoredPart>,
    money: u64,
    restored: u64,
    accrual: u64,
    reversed: u64,
    already_expired: u64,
    let_go: u64,
    completes: bool,
    drops_tier: bool,
    external_id: Option<&'a str>,
    store: Option<&'a str>,
    cashier: Option<&'a str>,
    reason: Option<&'a str>,
    balance_after: i64,
}

/// A committed return with what the first form of the record had no place for.
#[derive(Debug, Encode, BorrowDecode)]
pub(in crate::journal) struct StoredWholeReturn<'a> {
    returned: StoredReturn<'a>,
    extras: Vec<StoredReturnExtra<'a>>,
}

/// What a return may have besides; a later one is a new variant at the end.
#[derive(Debug, Encode, BorrowDecode)]
enum StoredReturnExtra<'a> {
    FixedBonus {
        amount: u64,
    },
    /// What went back to gift cards, and what of it each part brought back.
    GiftCards {
        cards: Vec<StoredGiftPart<'a>>,
        shares: Vec<u64>,
    },
    Coupons {
        used: Vec<StoredUsedCoupon<'a>>,
    },
}

/// What a sale record is of.
#[derive(Debug, Encode, Decode)]
pub(in crate::journal) enum StoredSaleKind {
    Purchase,
    Redemption,
    Return,
}

#[derive(Debug, Encode, Decode)]
struct StoredPart {
    line: Option<u32>,
    extent: StoredExtent,
    money: u64,
    redeem_share: u64,
    accrual: u64,
}

#[derive(Debug, Encode, Decode)]
enum StoredExtent {
    Quantity(u64),
    Amount(u64),
    Rest,
}

impl From<&Slice> for StoredSlice {
    fn from(slice: &Slice) -> Self {
        Self {
            lot: slice.lot.number(),
            origin: slice.origin.into(),
            pool: slice.pool.into(),
            made: slice.made.cents(),
            amount: slice.amount.cents(),
            held: slice.held,
            activates_at: slice.activates_at.millis(),
            expires_at: slice.expires_at.map(Timestamp::millis),
            graced: slice.graced,
        }
    }
}

impl TryFrom<StoredSlice> for Slice {
    type Error = CodecError;

    fn try_from(stored: StoredSlice) -> Result<Self, CodecError> {
        Ok(Self {
            lot: LotId(stored.lot),
            origin: stored.origin.into(),
            pool: stored.pool.into(),
            made: bonus(stored.made)?,
            amount: bonus(stored.amount)?,
            held: stored.held,
            activates_at: instant(stored.activates_at)?,
            expires_at: optional(stored.expires_at, instant)?,
            graced: stored.graced,
        })
    }
}

impl From<&Clawback> for StoredClawback {
    fn from(clawback: &Clawback) -> Self {
        Self {
            transaction: clawback.transaction.number(),
            sale: clawback.sale.number(),
            amount: clawback.amount.cents(),
            draws: clawback.draws.iter().map(StoredSlice::from).collect(),
            debt: clawback.debt.cents(),
            let_go: clawback.let_go.cents(),
            recovered: clawback.recovered.cents(),
            at: clawback.at.millis(),
        }
    }
}

impl TryFrom<StoredClawback> for Clawback {
    type Error = CodecError;

    fn try_from(stored: StoredClawback) -> Result<Self, CodecError> {
        Ok(Self {
            transaction: TransactionId(stored.transaction),
            sale: SaleId(stored.sale),
            amount: bonus(stored.amount)?,
            draws: all(stored.draws, Slice::try_from)?,
            debt: bonus(stored.debt)?,
            let_go: bonus(stored.let_go)?,
            recovered: bonus(stored.recovered)?,
            at: instant(stored.at)?,
        })
    }
}

impl From<&Restoration> for StoredRestoration {
    fn from(restoration: &Restoration) -> Self {
        let redirect = |redirect: &Redirect| StoredRedirect {
            sale: redirect.sale.number(),
            lot: redirect.lot.number(),
            amount: redirect.amount.cents(),
        };
        Self {
            transaction: restoration.transaction.number(),
            sale: restoration.sale.number(),
            amount: restoration.amount.cents(),
            debt_paid: restoration.debt_paid.cents(),
            parts: restoration.parts.iter().map(StoredSlice::from).collect(),
            redirected: restoration.redirected.iter().map(redirect).collect(),
            at: restoration.at.millis(),
        }
    }
}

impl TryFrom<StoredRestoration> for Restoration {
    type Error = CodecError;

    fn try_from(stored: StoredRestoration) -> Result<Self, CodecError> {
        let redirect = |stored: StoredRedirect| {
            let amount = bonus(stored.amount)?;
            Ok(Redirect { sale: SaleId(stored.sale), lot: LotId(stored.lot), amount })
        };
        Ok(Self {
            transaction: TransactionId(stored.transaction),
            sale: SaleId(stored.sale),
            amount: bonus(stored.amount)?,
            debt_paid: bonus(stored.debt_paid)?,
            parts: all(stored.parts, Slice::try_from)?,
            redirected: all(stored.redirected, redirect)?,
            at: instant(stored.at)?,
        })
    }
}

impl<'a> From<&'a RecordedReturn> for StoredReturn<'a> {
    fn from(returned: &'a RecordedReturn) -> Self {
        Self {
            id: returned.id.number(),
            of: returned.of.number(),
            of_kind: returned.of_kind.into(),
            sold_at: returned.sold_at.millis(),
            at: returned.at.millis(),
            parts: returned.parts.iter().map(StoredPart::from).collect(),
            money: returned.money.cents(),
            restored: returned.restored.cents(),
            accrual: returned.accrual.cents(),
            reversed: returned.reversed.cents(),
            already_expired: returned.already_expired.cents(),
            let_go: returned.let_go.cents(),
            completes: returned.completes,
            drops_tier: returned.drops_tier,
            external_id: returned.external_id.as_ref().map(Text::as_str),
            store: returned.point_of_sale.store.as_ref().map(Text::as_str),
            cashier: returned.point_of_sale.cashier.as_ref().map(Text::as_str),
            reason: returned.reason.as_ref().map(Text::as_str),
            balance_after: returned.balance_after.cents(),
        }
    }
}

impl TryFrom<StoredReturn<'_>> for RecordedReturn {
    type Error = CodecError;

    fn try_from(stored: StoredReturn<'_>) -> Result<Self, CodecError> {
        Ok(Self {
            id: SaleId(stored.id),
            of: SaleId(stored.of),
            of_kind: stored.of_kind.into(),
            sold_at: instant(stored.sold_at)?,
            at: instant(stored.at)?,
            parts: all(stored.parts, ReturnedPart::try_from)?,
            money: money(stored.money)?,
            restored: bonus(stored.restored)?,
            accrual: bonus(stored.accrual)?,
            fixed_bonus: Bonus::ZERO,
            reversed: bonus(stored.reversed)?,
            already_expired: bonus(stored.already_expired)?,
            let_go: bonus(stored.let_go)?,
            completes: stored.completes,
            drops_tier: stored.drops_tier,
            external_id: optional(stored.external_id, text)?,
            point_of_sale: PointOfSale {
                store: optional(stored.store, text)?,
                cashier: optional(stored.cashier, text)?,
            },
            reason: optional(stored.reason, text)?,
            balance_after: balance(stored.balance_after),
            gift_cards: Vec::new(),
            coupons: Vec::new(),
        })
    }
}

impl<'a> StoredWholeReturn<'a> {
    /// The return with its extras; `None`: it has none, and the first form says it all.
    pub(in crate::journal) fn with_extras(returned: &'a RecordedReturn) -> Option<Self> {
        let mut extras = Vec::new();
        if !returned.fixed_bonus.is_zero() {
            extras.push(StoredReturnExtra::FixedBonus { amount: returned.fixed_bonus.cents() });
        }
        if !returned.gift_cards.is_empty() {
            let cards = StoredGiftPart::list(&returned.gift_cards);
            let shares = returned.parts.iter().map(|part| part.shares.gift_share.cents());
            extras.push(StoredReturnExtra::GiftCards { cards, shares: shares.collect() });
        }
        if !returned.coupons.is_empty() {
            let used = StoredUsedCoupon::list(&returned.coupons);
            extras.push(StoredReturnExtra::Coupons { used });
        }
        (!extras.is_empty()).then(|| Self { returned: returned.into(), extras })
    }
}

impl TryFrom<StoredWholeReturn<'_>> for RecordedReturn {
    type Error = CodecError;

    fn try_from(stored: StoredWholeReturn<'_>) -> Result<Self, CodecError> {
        let mut returned = Self::try_from(stored.returned)?;
        for extra in stored.extras {
            match extra {
                StoredReturnExtra::FixedBonus { amount } => returned.fixed_bonus = bonus(amount)?,
                StoredReturnExtra::GiftCards { cards, shares } => {
                    returned.gift_cards = StoredGiftPart::read(cards)?;
                    for (part, cents) in returned.parts.iter_mut().zip(shares) {
                        part.shares.gift_share = money(cents)?;
                    }
                }
                StoredReturnExtra::Coupons { used } => {
                    returned.coupons = StoredUsedCoupon::read(used)?;
                }
            }
        }
        Ok(returned)
    }
}

impl From<SaleKind> for StoredSaleKind {
    fn from(kind: SaleKind) -> Self {
        match kind {
            SaleKind::Purchase => Self::Purchase,
            SaleKind::Redemption => Self::Redemption,
            SaleKind::Return => Self::Return,
        }
    }
}

impl From<StoredSaleKind> for SaleKind {
    fn from(stored: StoredSaleKind) -> Self {
        match stored {
            StoredSaleKind::Purchase => Self::Purchase,
            StoredSaleKind::Redemption => Self::Redemption,
            StoredSaleKind::Return => Self::Return,
        }
    }
}

impl From<&ReturnedPart> for StoredPart {
    fn from(part: &ReturnedPart) -> Self {
        Self {
            line: part.line,
            extent: match part.extent {
                Extent::Quantity(quantity) => StoredExtent::Quantity(quantity.millionths()),
                Extent::Amount(amount) => StoredExtent::Amount(amount.cents()),
                Extent::Rest => StoredExtent::Rest,
            },
            money: part.shares.money.cents(),
            redeem_share: part.shares.redeem_share.cents(),
            accrual: part.shares.accrual.cents(),
        }
    }
}

impl TryFrom<StoredPart> for ReturnedPart {
    type Error = CodecError;

    fn try_from(stored: StoredPart) -> Result<Self, CodecError> {
        Ok(Self {
            line: stored.line,
            extent: match stored.extent {
                StoredExtent::Quantity(millionths) => Extent::Quantity(quantity(millionths)?),
                StoredExtent::Amount(cents) => Extent::Amount(money(cents)?),
                StoredExtent::Rest => Extent::Rest,
            },
            shares: Shares {
                money: money(stored.money)?,
                redeem_share: bonus(stored.redeem_share)?,
                accrual: bonus(stored.accrual)?,
                gift_share: Money::ZERO,
            },
        })
    }
}
