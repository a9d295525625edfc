//! Gift cards and coupons that a sale names.

use crate::api::bonusplus::reader::Fields;
use crate::api::complaint::FieldError;
use crate::api::idempotency::Meaning;
use crate::api::vouchers::complaint;
use crate::ledger::{GiftPart, VOUCHERS_PER_SALE_MAX, VoucherCode};
use crate::values::Text;

type Code = Text<64>;

/// What gift cards pay; a card that pays nothing is as good as not named.
pub(super) fn read_gift_cards(fields: &Fields<'_>) -> Result<Vec<GiftPart>, FieldError> {
    let cards = fields.entries("giftCards", VOUCHERS_PER_SALE_MAX)?.unwrap_or_default();
    let parts: Vec<GiftPart> = cards.iter().map(read_gift_card).collect::<Result<_, _>>()?;
    Ok(parts.into_iter().filter(|part| !part.amount.is_zero()).collect())
}

fn read_gift_card(fields: &Fields<'_>) -> Result<GiftPart, FieldError> {
    let id: Code = fields.required("id", fields.text("id")?)?;
    let card = VoucherCode::parse(id.as_str());
    Ok(GiftPart {
        card: card.map_err(|error| fields.complain("id", complaint(error)))?,
        amount: fields.required("paymentSum", fields.money("paymentSum")?)?,
    })
}

/// The coupons of a sale; an empty one is as good as not named.
pub(super) fn read_coupons(fields: &Fields<'_>) -> Result<Vec<VoucherCode>, FieldError> {
    let codes: Vec<Code> = fields.texts("coupons", VOUCHERS_PER_SALE_MAX)?.unwrap_or_default();
    let named = codes.iter().enumerate().filter(|(_, code)| !code.as_str().is_empty());
    let read = |(index, code): (usize, &Code)| {
        VoucherCode::parse(code.as_str())
            .map_err(|error| fields.complain(&format!("coupons[{index}]"), complaint(error)))
    };
    named.map(read).collect()
}

/// Adds what makes a sale with other ones another sale; codes in whatever case are the same.
pub(super) fn mean(meaning: &mut Meaning, gift_cards: &[GiftPart], coupons: &[VoucherCode]) {
    for (index, part) in gift_cards.iter().enumerate() {
        meaning.field(format_args!("giftCards[{index}].id"), part.card.folded());
        meaning.field(format_args!("giftCards[{index}].paymentSum"), part.amount);
    }
    for (index, code) in coupons.iter().enumerate() {
        meaning.field(format_args!("coupons[{index}]"), code.folded());
    }
}
