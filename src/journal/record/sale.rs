//! Sales and redemptions as they are stored.

use crate::journal::codec::{BorrowDecode, CodecError, Decode, Encode};
use crate::journal::record::fields::{
    all, balance, bonus, instant, money, optional, percent, quantity, text, unit_price,
};
use crate::journal::record::promotion::StoredPromotedLine;
use crate::journal::record::retail::StoredRetail;
use crate::journal::record::voucher::{StoredGiftPart, StoredUsedCoupon};
use crate::ledger::{
    ExternalIdScope, LineInput, PointOfSale, PromotedLine, RecordedLine, RecordedRedemption,
    RecordedSale, RedeemMode, RedemptionFact, RetailSale, Split,
};
use crate::values::{
    Bonus, CustomerId, Money, Quantity, SaleId, SettingsVersion, Text, TierId, TransactionId,
    UnitPrice,
};

/// A committed sale.
#[derive(Debug, Encode, BorrowDecode)]
pub(in crate::journal) struct StoredSale<'a> {
    id: u64,
    at: i64,
    late: bool,
    total: u64,
    gross: Option<u64>,
    redeem_mode: StoredRedeemMode,
    redeemed: u64,
    completes: Option<StoredRedemptionFact>,
    accrued: u64,
    tier: u32,
    percent: u32,
    earned_under: u32,
    external_id: Option<&'a str>,
    receipt_number: Option<&'a str>,
    payment_method: Option<&'a str>,
    lines: Vec<StoredLine<'a>>,
    unlisted: Option<StoredSplit>,
    balance_after: i64,
}

/// A committed sale with what the first form of the record had no place for.
#[derive(Debug, Encode, BorrowDecode)]
pub(in crate::journal) struct StoredWholeSale<'a> {
    sale: StoredSale<'a>,
    extras: Vec<StoredSaleExtra<'a>>,
}

/// What a sale may have besides; a later one is a new variant at the end.
#[derive(Debug, Encode, BorrowDecode)]
enum StoredSaleExtra<'a> {
    PointOfSale {
        store: Option<&'a str>,
        cashier: Option<&'a str>,
    },
    Promotions {
        lines: Vec<StoredPromotedLine>,
    },
    Unfunded {
        amount: u64,
    },
    /// The external id is taken among the sales of the same store only.
    StoreScope,
    GiftCards {
        cards: Vec<StoredGiftPart<'a>>,
        shares: Vec<u64>,
        unlisted: u64,
    },
    Coupons {
        used: Vec<StoredUsedCoupon<'a>>,
    },
    Retail(StoredRetail<'a>),
}

#[derive(Debug, Encode, Decode)]
enum StoredRedeemMode {
    PaymentType,
    Discount,
}

#[derive(Debug, Encode, Decode)]
struct StoredRedemptionFact {
    customer: u64,
    sale: u64,
    amount: u64,
    order_total: u64,
}

#[derive(Debug, Encode, BorrowDecode)]
struct StoredLine<'a> {
    sku: Option<&'a str>,
    category_code: Option<&'a str>,
    name: Option<&'a str>,
    quantity: Option<u64>,
    unit_price: Option<u64>,
    line_amount: Option<u64>,
    split: StoredSplit,
}

#[derive(Debug, Encode, Decode)]
struct StoredSplit {
    net: u64,
    redeem_share: u64,
    base: u64,
    percent: u32,
    accrual: u64,
}

/// Bonuses paid towards an order.
#[derive(Debug, Encode, BorrowDecode)]
pub(in crate::journal) struct StoredRedemption<'a> {
    id: u64,
    transaction: u64,
    at: i64,
    amount: u64,
    order_total: u64,
    external_id: Option<&'a str>,
    balance_after: i64,
}

impl<'a> StoredWholeSale<'a> {
    /// The sale with its extras; `None`: it has none, and the first form says it all.
    pub(in crate::journal) fn with_extras(sale: &'a RecordedSale) -> Option<Self> {
        let extras = extras_of(sale);
        (!extras.is_empty()).then(|| Self { sale: sale.into(), extras })
    }
}

fn extras_of(sale: &RecordedSale) -> Vec<StoredSaleExtra<'_>> {
    let point = &sale.point_of_sale;
    let point_of_sale = || StoredSaleExtra::PointOfSale {
        store: point.store.as_ref().map(Text::as_str),
        cashier: point.cashier.as_ref().map(Text::as_str),
    };
    let promotions = || StoredSaleExtra::Promotions {
        lines: sale.promoted.iter().map(StoredPromotedLine::from).collect(),
    };
    let unfunded = || StoredSaleExtra::Unfunded { amount: sale.unfunded.cents() };
    let gift_cards = || StoredSaleExtra::GiftCards {
        cards: StoredGiftPart::list(&sale.gift_cards),
        shares: sale.lines.iter().map(|line| line.split.gift_share.cents()).collect(),
        unlisted: sale.unlisted.map_or(0, |split| split.gift_share.cents()),
    };
    let coupons = || StoredSaleExtra::Coupons { used: StoredUsedCoupon::list(&sale.coupons) };
    let extras = [
        (*point != PointOfSale::default()).then(point_of_sale),
        (!sale.promoted.is_empty()).then(promotions),
        (!sale.unfunded.is_zero()).then(unfunded),
        (sale.external_scope == ExternalIdScope::Store).then_some(StoredSaleExtra::StoreScope),
        (!sale.gift_cards.is_empty()).then(gift_cards),
        (!sale.coupons.is_empty()).then(coupons),
        sale.retail.as_deref().map(|retail| StoredSaleExtra::Retail(retail.into())),
    ];
    extras.into_iter().flatten().collect()
}

impl TryFrom<StoredWholeSale<'_>> for RecordedSale {
    type Error = CodecError;

    fn try_from(stored: StoredWholeSale<'_>) -> Result<Self, CodecError> {
        let mut sale = Self::try_from(stored.sale)?;
        for extra in stored.extras {
            match extra {
                StoredSaleExtra::PointOfSale { store, cashier } => {
                    sale.point_of_sale = PointOfSale {
                        store: optional(store, text)?,
                        cashier: optional(cashier, text)?,
                    };
                }
                StoredSaleExtra::Promotions { lines } => {
                    sale.promoted = all(lines, PromotedLine::try_from)?;
                }
                StoredSaleExtra::Unfunded { amount } => sale.unfunded = bonus(amount)?,
                StoredSaleExtra::StoreScope => sale.external_scope = ExternalIdScope::Store,
                StoredSaleExtra::GiftCards { cards, shares, unlisted } => {
                    sale.gift_cards = StoredGiftPart::read(cards)?;
                    let lines = sale.lines.iter_mut().map(|line| &mut line.split);
                    let shares = shares.into_iter().chain([unlisted]);
                    for (split, share) in lines.chain(&mut sale.unlisted).zip(shares) {
                        split.gift_share = money(share)?;
                    }
                }
                StoredSaleExtra::Coupons { used } => {
                    sale.coupons = StoredUsedCoupon::read(used)?;
                }
                StoredSaleExtra::Retail(retail) => {
                    sale.retail = Some(Box::new(RetailSale::try_from(retail)?));
                }
            }
        }
        Ok(sale)
    }
}

impl<'a> From<&'a RecordedSale> for StoredSale<'a> {
    fn from(sale: &'a RecordedSale) -> Self {
        Self {
            id: sale.id.number(),
            at: sale.at.millis(),
            late: sale.late,
            total: sale.total.cents(),
            gross: sale.gross.map(Money::cents),
            redeem_mode: sale.redeem_mode.into(),
            redeemed: sale.redeemed.cents(),
            completes: sale.completes.map(StoredRedemptionFact::from),
            accrued: sale.accrued.cents(),
            tier: sale.tier.number(),
            percent: sale.percent.millionths(),
            earned_under: sale.earned_under.number(),
            external_id: sale.external_id.as_ref().map(Text::as_str),
            receipt_number: sale.receipt_number.as_ref().map(Text::as_str),
            payment_method: sale.payment_method.as_ref().map(Text::as_str),
            lines: sale.lines.iter().map(StoredLine::from).collect(),
            unlisted: sale.unlisted.map(StoredSplit::from),
            balance_after: sale.balance_after.cents(),
        }
    }
}

impl TryFrom<StoredSale<'_>> for RecordedSale {
    type Error = CodecError;

    fn try_from(stored: StoredSale<'_>) -> Result<Self, CodecError> {
        Ok(Self {
            id: SaleId(stored.id),
            at: instant(stored.at)?,
            late: stored.late,
            total: money(stored.total)?,
            gross: optional(stored.gross, money)?,
            redeem_mode: stored.redeem_mode.into(),
            redeemed: bonus(stored.redeemed)?,
            completes: optional(stored.completes, RedemptionFact::try_from)?,
            accrued: bonus(stored.accrued)?,
            tier: TierId(stored.tier),
            percent: percent(stored.percent)?,
            earned_under: SettingsVersion(stored.earned_under),
            unfunded: Bonus::ZERO,
            external_id: optional(stored.external_id, text)?,
            receipt_number: optional(stored.receipt_number, text)?,
            payment_method: optional(stored.payment_method, text)?,
            point_of_sale: PointOfSale::default(),
            lines: all(stored.lines, RecordedLine::try_from)?,
            unlisted: optional(stored.unlisted, Split::try_from)?,
            balance_after: balance(stored.balance_after),
            promoted: Vec::new(),
            external_scope: ExternalIdScope::Tenant,
            gift_cards: Vec::new(),
            coupons: Vec::new(),
            retail: None,
        })
    }
}

impl From<RedeemMode> for StoredRedeemMode {
    fn from(mode: RedeemMode) -> Self {
        match mode {
            RedeemMode::PaymentType => Self::PaymentType,
            RedeemMode::Discount => Self::Discount,
        }
    }
}

impl From<StoredRedeemMode> for RedeemMode {
    fn from(stored: StoredRedeemMode) -> Self {
        match stored {
            StoredRedeemMode::PaymentType => Self::PaymentType,
            StoredRedeemMode::Discount => Self::Discount,
        }
    }
}

impl From<RedemptionFact> for StoredRedemptionFact {
    fn from(fact: RedemptionFact) -> Self {
        Self {
            customer: fact.customer.number(),
            sale: fact.sale.number(),
            amount: fact.amount.cents(),
            order_total: fact.order_total.cents(),
        }
    }
}

impl TryFrom<StoredRedemptionFact> for RedemptionFact {
    type Error = CodecError;

    fn try_from(stored: StoredRedemptionFact) -> Result<Self, CodecError> {
        Ok(Self {
            customer: CustomerId(stored.customer),
            sale: SaleId(stored.sale),
            amount: bonus(stored.amount)?,
            order_total: money(stored.order_total)?,
        })
    }
}

impl<'a> From<&'a RecordedLine> for StoredLine<'a> {
    fn from(line: &'a RecordedLine) -> Self {
        Self {
            sku: line.input.sku.as_ref().map(Text::as_str),
            category_code: line.input.category_code.as_ref().map(Text::as_str),
            name: line.input.name.as_ref().map(Text::as_str),
            quantity: line.input.quantity.map(Quantity::millionths),
            unit_price: line.input.unit_price.map(UnitPrice::millionths),
            line_amount: line.input.line_amount.map(Money::cents),
            split: line.split.into(),
        }
    }
}

impl TryFrom<StoredLine<'_>> for RecordedLine {
    type Error = CodecError;

    fn try_from(stored: StoredLine<'_>) -> Result<Self, CodecError> {
        Ok(Self {
            input: LineInput {
                sku: optional(stored.sku, text)?,
                category_code: optional(stored.category_code, text)?,
                name: optional(stored.name, text)?,
                quantity: optional(stored.quantity, quantity)?,
                unit_price: optional(stored.unit_price, unit_price)?,
                line_amount: optional(stored.line_amount, money)?,
            },
            split: stored.split.try_into()?,
        })
    }
}

impl From<Split> for StoredSplit {
    fn from(split: Split) -> Self {
        Self {
            net: split.net.cents(),
            redeem_share: split.redeem_share.cents(),
            base: split.base.cents(),
            percent: split.percent.millionths(),
            accrual: split.accrual.cents(),
        }
    }
}

impl TryFrom<StoredSplit> for Split {
    type Error = CodecError;

    fn try_from(stored: StoredSplit) -> Result<Self, CodecError> {
        Ok(Self {
            net: money(stored.net)?,
            redeem_share: bonus(stored.redeem_share)?,
            gift_share: Money::ZERO,
            base: money(stored.base)?,
            percent: percent(stored.percent)?,
            accrual: bonus(stored.accrual)?,
        })
    }
}

impl<'a> From<&'a RecordedRedemption> for StoredRedemption<'a> {
    fn from(redemption: &'a RecordedRedemption) -> Self {
        Self {
            id: redemption.id.number(),
            transaction: redemption.transaction.number(),
            at: redemption.at.millis(),
            amount: redemption.amount.cents(),
            order_total: redemption.order_total.cents(),
            external_id: redemption.external_id.as_ref().map(Text::as_str),
            balance_after: redemption.balance_after.cents(),
        }
    }
}

impl TryFrom<StoredRedemption<'_>> for RecordedRedemption {
    type Error = CodecError;

    fn try_from(stored: StoredRedemption<'_>) -> Result<Self, CodecError> {
        Ok(Self {
            id: SaleId(stored.id),
            transaction: TransactionId(stored.transaction),
            at: instant(stored.at)?,
            amount: bonus(stored.amount)?,
            order_total: money(stored.order_total)?,
            external_id: optional(stored.external_id, text)?,
            balance_after: balance(stored.balance_after),
        })
    }
}
