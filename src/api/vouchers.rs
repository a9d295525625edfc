//! Gift cards and coupons of a sale as tills write them.

use crate::api::amount::Amount;
use crate::api::complaint::{Complaint, FieldError};
use crate::api::fields::Object;
use crate::api::idempotency::Meaning;
use crate::api::scan::Raw;
use crate::ledger::{GiftPart, Sell, VOUCHERS_PER_SALE_MAX, VoucherCode, VoucherCodeError};
use crate::values::{Money, Precision};
use serde::Serialize;

const CARD_FIELDS: [&str; 2] = ["code", "amount"];

/// What a gift card paid, or got back.
#[derive(Debug, Serialize)]
pub(super) struct GiftPartShape<'a> {
    pub(super) code: &'a str,
    pub(super) amount: Amount,
}

impl<'a> GiftPartShape<'a> {
    pub(super) fn list(parts: &'a [GiftPart]) -> Vec<Self> {
        let shape =
            |part: &'a GiftPart| Self { code: part.card.as_str(), amount: part.amount.into() };
        parts.iter().map(shape).collect()
    }
}

/// What gift cards paid of a line; left out where they paid nothing.
pub(super) fn gift_share(amount: Money) -> Option<Amount> {
    (!amount.is_zero()).then(|| amount.into())
}

pub(super) fn read_gift_cards<const N: usize>(
    object: &Object<'_, N>,
) -> Result<Vec<GiftPart>, FieldError> {
    let parts = object.list("gift_cards", VOUCHERS_PER_SALE_MAX)?.unwrap_or_default();
    parts.into_iter().enumerate().map(|(index, raw)| read_gift_part(raw, index)).collect()
}

fn read_gift_part(raw: Raw<'_>, index: usize) -> Result<GiftPart, FieldError> {
    let part = Object::entry(raw, &CARD_FIELDS, "gift_cards", index)?;
    let complain = |error: VoucherCodeError| part.complain("code", complaint(error));
    let code = part.string("code")?.map(|text| VoucherCode::parse(&text)).transpose();
    let card = part.required("code", code.map_err(complain)?)?;
    let amount = part.number("amount", |text| Money::parse(text, Precision::Exact))?;
    let amount = part.required("amount", amount)?;
    if amount.is_zero() {
        return Err(part.complain("amount", Complaint::TooSmall("0.01")));
    }
    Ok(GiftPart { card, amount })
}

pub(super) fn read_coupons<const N: usize>(
    object: &Object<'_, N>,
) -> Result<Vec<VoucherCode>, FieldError> {
    let codes = object.list("coupons", VOUCHERS_PER_SALE_MAX)?.unwrap_or_default();
    let read = |(index, raw): (usize, Raw<'_>)| {
        let complain =
            |complaint: Complaint| FieldError::new(format!("coupons[{index}]"), complaint);
        let text: String =
            serde_json::from_str(raw.get()).map_err(|_| complain(Complaint::NotText))?;
        VoucherCode::parse(&text).map_err(|error| complain(complaint(error)))
    };
    codes.into_iter().enumerate().map(read).collect()
}

/// What is wrong with a code.
pub(super) fn complaint(error: VoucherCodeError) -> Complaint {
    match error {
        VoucherCodeError::Empty => Complaint::Required,
        VoucherCodeError::Text(error) => error.into(),
    }
}

/// Their part of what a sale means; codes in whatever case mean the same.
pub(super) fn add_meaning(meaning: &mut Meaning, sell: &Sell) {
    for (index, part) in sell.gift_cards.iter().enumerate() {
        meaning.field(format!("gift_cards[{index}].code"), part.card.folded());
        meaning.field(format!("gift_cards[{index}].amount"), part.amount);
    }
    for (index, code) in sell.coupons.iter().enumerate() {
        meaning.field(format!("coupons[{index}]"), code.folded());
    }
}
