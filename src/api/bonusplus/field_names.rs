//! What the fields that a refusal is about are called in the bodies of this dialect.

use crate::ledger::Refusal;

/// How the house calls a field and how it is called here. None of them is part of another one that
/// stands behind it.
const NAMES: [(&str, &str); 23] = [
    ("external_sale_id", "externalId"),
    ("external_refund_id", "externalId"),
    ("external_reserve_id", "id"),
    ("bonus_redeem_amount", "bonusDebit"),
    ("confirmation_code", "bonusDebit"),
    ("total_amount", "items"),
    ("gross_amount", "items"),
    ("lines", "items"),
    ("sale_date", "date"),
    ("refund_date", "date"),
    ("birth_date", "birthDay"),
    ("reserve_id", "reserveId"),
    ("gift_cards", "giftCards"),
    ("referral_code", "parentphone"),
    ("tier", "discountCardTypeId"),
    ("card", "cardNumber"),
    ("expires", "burnsInDays"),
    ("activates_at", "activationDate"),
    ("expires_at", "expirationDate"),
    ("customer_id", "phone"),
    ("identifier", "phone"),
    ("welcome_bonus", "regBonus"),
    ("birthday_bonus", "birthDay"),
];

/// The fields of refusals that only one operation of this dialect meets, by their codes.
const FIELDS: [(&str, &str); 4] = [
    ("inventory_full", "products"),
    ("voucher_code_taken", "number"),
    ("over_return", "sum"),
    ("nothing_left_to_return", "ext"),
];

/// The field of the request that a refusal is about.
pub(super) fn field_of(refusal: &Refusal) -> Option<&str> {
    let own = FIELDS.iter().find(|(code, _)| *code == refusal.code());
    own.map(|(_, field)| *field).or_else(|| refusal.field().map(named_here))
}

/// A field of the house by its name here.
pub(super) fn named_here(field: &str) -> &str {
    NAMES.iter().find(|(theirs, _)| *theirs == field).map_or(field, |(_, ours)| ours)
}

/// A text of the house with the fields called as they are here.
pub(super) fn rename(text: &str) -> String {
    let named = NAMES.iter().filter(|(theirs, _)| theirs.contains('_'));
    named.fold(text.to_owned(), |text, (theirs, ours)| text.replace(theirs, ours))
}
