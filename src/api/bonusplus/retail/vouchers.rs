//! Gift cards and coupons that a sale names.

use crate::api::bonusplus::reader::Fields;
use crate::api::complaint::FieldError;
use crate::api::error::ApiError;
use crate::api::idempotency::Meaning;
use crate::ledger::Refusal;
use crate::values::{Money, Text};

/// Most of either in one sale.
const VOUCHERS_MAX: usize = 20;

type Code = Text<64>;

/// What a sale is to be paid or made cheaper with.
#[derive(Debug, Default)]
pub(super) struct Vouchers {
    gift_cards: Vec<(Code, Money)>,
    coupons: Vec<Code>,
}

impl Vouchers {
    pub(super) fn read(fields: &Fields<'_>) -> Result<Self, FieldError> {
        let cards = fields.entries("giftCards", VOUCHERS_MAX)?.unwrap_or_default();
        let card = |card: &Fields<'_>| {
            let id = card.required("id", card.text("id")?)?;
            Ok((id, card.required("paymentSum", card.money("paymentSum")?)?))
        };
        let coupons: Vec<Code> = fields.texts("coupons", VOUCHERS_MAX)?.unwrap_or_default();
        Ok(Self {
            gift_cards: cards.iter().map(card).collect::<Result<_, FieldError>>()?,
            coupons: coupons.into_iter().filter(|code| !code.as_str().is_empty()).collect(),
        })
    }

    /// Adds what makes a sale with other ones another sale.
    pub(super) fn mean(&self, meaning: &mut Meaning) {
        for (index, (id, sum)) in self.gift_cards.iter().enumerate() {
            meaning.field(format_args!("giftCards[{index}].id"), id);
            meaning.field(format_args!("giftCards[{index}].paymentSum"), sum);
        }
        for (index, code) in self.coupons.iter().enumerate() {
            meaning.field(format_args!("coupons[{index}]"), code);
        }
    }

    /// Refuses all of them: no such gift cards and coupons exist.
    pub(super) fn accept(&self) -> Result<(), ApiError> {
        if let Some((card, _)) = self.gift_cards.first() {
            return Err(Refusal::GiftCardNotFound { card: card.clone() }.into());
        }
        match self.coupons.first() {
            Some(coupon) => Err(Refusal::CouponNotFound { coupon: coupon.clone() }.into()),
            None => Ok(()),
        }
    }

    /// The coupons that nobody knows; a calculation tells of them.
    pub(super) fn unknown_coupons(&self) -> &[Code] {
        &self.coupons
    }

    /// As [`Self::accept`], of gift cards alone.
    pub(super) fn accept_gift_cards(&self) -> Result<(), ApiError> {
        match self.gift_cards.first() {
            Some((card, _)) => Err(Refusal::GiftCardNotFound { card: card.clone() }.into()),
            None => Ok(()),
        }
    }
}
