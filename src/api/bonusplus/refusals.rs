//! Every refusal of the business in this dialect: its code and its text in English.

pub(super) use super::refusals_ru::russian;

use super::field_names::{named_here, rename};
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
    if let Refusal::AmountTooLarge { field } = refusal {
        let field = named_here(field);
        return format!("{field} would take the customer's figures above the largest amount.");
    }
    if let Refusal::AdjustmentBelowBalance { asked, redeemable } = refusal {
        return format!("A change of {asked} is not possible: {redeemable} bonuses are available.");
    }
    if let Refusal::ConfirmationMissing { from } = refusal {
        return format!(
            "The customer's code is needed for bonusDebit of {from} or more, and this request cannot carry it."
        );
    }
    if *refusal == Refusal::ExpiresTooEarly {
        return "burnsInDays must not let the bonuses expire before they are active.".to_owned();
    }
    rename(&refusal.to_string())
}
