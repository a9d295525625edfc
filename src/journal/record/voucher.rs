//! What happened to gift cards and coupons, as it is stored, and what sales and returns say of them. The
//! order of variants and fields is the format.

use crate::journal::codec::{BorrowDecode, CodecError, Decode, Encode};
use crate::journal::record::fields::{all, instant, money, optional};
use crate::ledger::{
    CouponEvent, CouponTerms, GiftCardEvent, GiftPart, UsedCoupon, VoucherCode, VoucherEvent,
};
use crate::values::{CustomerId, PromotionId, SaleId, Timestamp, VoucherId};

/// Something that happened to a voucher.
#[derive(Debug, Encode, BorrowDecode)]
pub(in crate::journal) enum StoredVoucherEvent<'a> {
    CardIssued {
        card: u64,
        code: &'a str,
        nominal: u64,
        activates_at: i64,
        expires_at: Option<i64>,
        owner: Option<u64>,
        meaning: Option<[u8; 16]>,
        at: i64,
    },
    CardSpent {
        sale: u64,
        customer: u64,
        amount: u64,
        at: i64,
    },
    CardRestored {
        sale: u64,
        customer: u64,
        amount: u64,
        expires_at: Option<i64>,
        at: i64,
    },
    CardExpired {
        amount: u64,
        at: i64,
    },
    CardBlocked {
        at: i64,
    },
    CardUnblocked {
        at: i64,
    },
    CardExpiryMoved {
        expires_at: Option<i64>,
        at: i64,
    },
    CardVoided {
        amount: u64,
        at: i64,
    },
    CouponIssued {
        coupon: u64,
        code: &'a str,
        terms: StoredCouponTerms,
        meaning: Option<[u8; 16]>,
        at: i64,
    },
    CouponUsed {
        sale: u64,
        customer: u64,
        at: i64,
    },
    CouponGivenBack {
        sale: u64,
        customer: u64,
        at: i64,
    },
    CouponEnded {
        at: i64,
    },
}

/// What a coupon gives, when and how often.
#[derive(Debug, Encode, Decode)]
pub(in crate::journal) struct StoredCouponTerms {
    promotion: u32,
    uses_max: Option<u32>,
    per_customer: Option<u32>,
    starts_at: Option<i64>,
    ends_at: Option<i64>,
}

/// What a gift card paid, or got back.
#[derive(Debug, Encode, BorrowDecode)]
pub(in crate::journal) struct StoredGiftPart<'a> {
    card: &'a str,
    amount: u64,
}

/// A coupon that a sale used.
#[derive(Debug, Encode, BorrowDecode)]
pub(in crate::journal) struct StoredUsedCoupon<'a> {
    coupon: u64,
    code: &'a str,
    promotion: u32,
    counted: bool,
}

pub(in crate::journal) fn voucher_code(text: &str) -> Result<VoucherCode, CodecError> {
    VoucherCode::parse(text).map_err(|_| CodecError::OutOfRange("the code of a voucher"))
}

impl<'a> From<&'a VoucherEvent> for StoredVoucherEvent<'a> {
    fn from(event: &'a VoucherEvent) -> Self {
        match event {
            VoucherEvent::GiftCard(event) => Self::of_card(event),
            VoucherEvent::Coupon(event) => Self::of_coupon(event),
        }
    }
}

impl<'a> StoredVoucherEvent<'a> {
    fn of_card(event: &'a GiftCardEvent) -> Self {
        match event {
            GiftCardEvent::Issued {
                card,
                code,
                nominal,
                activates_at,
                expires_at,
                owner,
                meaning,
                at,
            } => Self::CardIssued {
                card: card.number(),
                code: code.as_str(),
                nominal: nominal.cents(),
                activates_at: activates_at.millis(),
                expires_at: expires_at.map(Timestamp::millis),
                owner: owner.map(CustomerId::number),
                meaning: *meaning,
                at: at.millis(),
            },
            GiftCardEvent::Spent { sale, customer, amount, at } => Self::CardSpent {
                sale: sale.number(),
                customer: customer.number(),
                amount: amount.cents(),
                at: at.millis(),
            },
            GiftCardEvent::Restored { sale, customer, amount, expires_at, at } => {
                Self::CardRestored {
                    sale: sale.number(),
                    customer: customer.number(),
                    amount: amount.cents(),
                    expires_at: expires_at.map(Timestamp::millis),
                    at: at.millis(),
                }
            }
            GiftCardEvent::Expired { amount, at } => {
                Self::CardExpired { amount: amount.cents(), at: at.millis() }
            }
            GiftCardEvent::Blocked { at } => Self::CardBlocked { at: at.millis() },
            GiftCardEvent::Unblocked { at } => Self::CardUnblocked { at: at.millis() },
            GiftCardEvent::ExpiryMoved { expires_at, at } => Self::CardExpiryMoved {
                expires_at: expires_at.map(Timestamp::millis),
                at: at.millis(),
            },
            GiftCardEvent::Voided { amount, at } => {
                Self::CardVoided { amount: amount.cents(), at: at.millis() }
            }
        }
    }

    fn of_coupon(event: &'a CouponEvent) -> Self {
        match event {
            CouponEvent::Issued { coupon, code, terms, meaning, at } => Self::CouponIssued {
                coupon: coupon.number(),
                code: code.as_str(),
                terms: terms.into(),
                meaning: *meaning,
                at: at.millis(),
            },
            CouponEvent::Used { sale, customer, at } => Self::CouponUsed {
                sale: sale.number(),
                customer: customer.number(),
                at: at.millis(),
            },
            CouponEvent::GivenBack { sale, customer, at } => Self::CouponGivenBack {
                sale: sale.number(),
                customer: customer.number(),
                at: at.millis(),
            },
            CouponEvent::Ended { at } => Self::CouponEnded { at: at.millis() },
        }
    }
}

impl TryFrom<StoredVoucherEvent<'_>> for VoucherEvent {
    type Error = CodecError;

    #[expect(clippy::too_many_lines, reason = "a table with a row for each of a closed list")]
    fn try_from(stored: StoredVoucherEvent<'_>) -> Result<Self, CodecError> {
        Ok(match stored {
            StoredVoucherEvent::CardIssued {
                card,
                code,
                nominal,
                activates_at,
                expires_at,
                owner,
                meaning,
                at,
            } => Self::GiftCard(GiftCardEvent::Issued {
                card: VoucherId(card),
                code: voucher_code(code)?,
                nominal: money(nominal)?,
                activates_at: instant(activates_at)?,
                expires_at: optional(expires_at, instant)?,
                owner: owner.map(CustomerId),
                meaning,
                at: instant(at)?,
            }),
            StoredVoucherEvent::CardSpent { sale, customer, amount, at } => {
                Self::GiftCard(GiftCardEvent::Spent {
                    sale: SaleId(sale),
                    customer: CustomerId(customer),
                    amount: money(amount)?,
                    at: instant(at)?,
                })
            }
            StoredVoucherEvent::CardRestored { sale, customer, amount, expires_at, at } => {
                Self::GiftCard(GiftCardEvent::Restored {
                    sale: SaleId(sale),
                    customer: CustomerId(customer),
                    amount: money(amount)?,
                    expires_at: optional(expires_at, instant)?,
                    at: instant(at)?,
                })
            }
            StoredVoucherEvent::CardExpired { amount, at } => {
                Self::GiftCard(GiftCardEvent::Expired { amount: money(amount)?, at: instant(at)? })
            }
            StoredVoucherEvent::CardBlocked { at } => {
                Self::GiftCard(GiftCardEvent::Blocked { at: instant(at)? })
            }
            StoredVoucherEvent::CardUnblocked { at } => {
                Self::GiftCard(GiftCardEvent::Unblocked { at: instant(at)? })
            }
            StoredVoucherEvent::CardExpiryMoved { expires_at, at } => {
                let expires_at = optional(expires_at, instant)?;
                Self::GiftCard(GiftCardEvent::ExpiryMoved { expires_at, at: instant(at)? })
            }
            StoredVoucherEvent::CardVoided { amount, at } => {
                Self::GiftCard(GiftCardEvent::Voided { amount: money(amount)?, at: instant(at)? })
            }
            StoredVoucherEvent::CouponIssued { coupon, code, terms, meaning, at } => {
                Self::Coupon(CouponEvent::Issued {
                    coupon: VoucherId(coupon),
                    code: voucher_code(code)?,
                    terms: terms.try_into()?,
                    meaning,
                    at: instant(at)?,
                })
            }
            StoredVoucherEvent::CouponUsed { sale, customer, at } => {
                let (sale, customer) = (SaleId(sale), CustomerId(customer));
                Self::Coupon(CouponEvent::Used { sale, customer, at: instant(at)? })
            }
            StoredVoucherEvent::CouponGivenBack { sale, customer, at } => {
                let (sale, customer) = (SaleId(sale), CustomerId(customer));
                Self::Coupon(CouponEvent::GivenBack { sale, customer, at: instant(at)? })
            }
            StoredVoucherEvent::CouponEnded { at } => {
                Self::Coupon(CouponEvent::Ended { at: instant(at)? })
            }
        })
    }
}

impl From<&CouponTerms> for StoredCouponTerms {
    fn from(terms: &CouponTerms) -> Self {
        Self {
            promotion: terms.promotion.number(),
            uses_max: terms.uses_max,
            per_customer: terms.per_customer,
            starts_at: terms.starts_at.map(Timestamp::millis),
            ends_at: terms.ends_at.map(Timestamp::millis),
        }
    }
}

impl TryFrom<StoredCouponTerms> for CouponTerms {
    type Error = CodecError;

    fn try_from(stored: StoredCouponTerms) -> Result<Self, CodecError> {
        Ok(Self {
            promotion: PromotionId(stored.promotion),
            uses_max: stored.uses_max,
            per_customer: stored.per_customer,
            starts_at: optional(stored.starts_at, instant)?,
            ends_at: optional(stored.ends_at, instant)?,
        })
    }
}

impl<'a> StoredGiftPart<'a> {
    pub(in crate::journal) fn list(parts: &'a [GiftPart]) -> Vec<Self> {
        let stored =
            |part: &'a GiftPart| Self { card: part.card.as_str(), amount: part.amount.cents() };
        parts.iter().map(stored).collect()
    }

    pub(in crate::journal) fn read(list: Vec<Self>) -> Result<Vec<GiftPart>, CodecError> {
        all(list, |part| {
            Ok(GiftPart { card: voucher_code(part.card)?, amount: money(part.amount)? })
        })
    }
}

impl<'a> StoredUsedCoupon<'a> {
    pub(in crate::journal) fn list(used: &'a [UsedCoupon]) -> Vec<Self> {
        let stored = |used: &'a UsedCoupon| Self {
            coupon: used.coupon.number(),
            code: used.code.as_str(),
            promotion: used.promotion.number(),
            counted: used.counted,
        };
        used.iter().map(stored).collect()
    }

    pub(in crate::journal) fn read(list: Vec<Self>) -> Result<Vec<UsedCoupon>, CodecError> {
        all(list, |used| {
            Ok(UsedCoupon {
                coupon: VoucherId(used.coupon),
                code: voucher_code(used.code)?,
                promotion: PromotionId(used.promotion),
                counted: used.counted,
            })
        })
    }
}
