//! Every refusal of the business in this dialect: its code and its text in English.

pub(super) use super::refusals_ru::russian;

use crate::ledger::Refusal;

/// The code: the vendor's where it has one, otherwise the stable code of the house in capitals.
pub(super) fn code_of(refusal: &Refusal) -> String {
    let vendors =
        [("phone_taken", "CUSTOMER_ALREADY_EXISTS"), ("duplicate_sale", "DUPLICATE_EXTERNAL_ID")];
    let code = refusal.code();
    let found = vendors.iter().find(|(ours, _)| *ours == code);
    found.map_or_else(|| code.to_ascii_uppercase(), |(_, vendors)| (*vendors).to_owned())
}

/// The text, with the fields called as they are here.
pub(super) fn english(refusal: &Refusal) -> String {
    let renamed = [
        ("external_sale_id", "externalId"),
        ("external_refund_id", "externalId"),
        ("sale_date", "date"),
        ("refund_date", "date"),
        ("birth_date", "birthDay"),
    ];
    let text = refusal.to_string();
    renamed.iter().fold(text, |text, (theirs, ours)| text.replace(theirs, ours))
}
