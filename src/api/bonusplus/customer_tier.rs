//! The discount card that a body gives a customer: a tier of the chain, by its number or its name.

use super::reader::Fields;
use crate::api::complaint::{Complaint, FieldError};
use crate::ledger::Tier;
use crate::values::TierId;

/// What names a tier by its name or by its number.
const NAMES: [&str; 2] = ["newCard", "discountCardName"];

/// The tier that a body names; the first field that does counts. 0 and "" name none.
pub(super) fn tier_in(body: &Fields<'_>, tiers: &[Tier]) -> Result<Option<TierId>, FieldError> {
    let number = body.whole("discountCardTypeId", 0, u64::from(u32::MAX))?;
    if let Some(number) = number.filter(|number| *number > 0) {
        let found = by_number(&number.to_string(), tiers);
        return found.map(Some).ok_or_else(|| unknown(body, "discountCardTypeId", tiers));
    }
    for name in NAMES {
        let Some(text) = body.string(name)?.filter(|text| !text.is_empty()) else { continue };
        let found = by_name(&text, tiers).or_else(|| by_number(&text, tiers));
        return found.map(Some).ok_or_else(|| unknown(body, name, tiers));
    }
    tier_in_card(body, tiers)
}

/// Whether `card` is the number of a card; otherwise it is the name of a tier.
pub(super) fn is_card_number(text: &str, tiers: &[Tier]) -> bool {
    text.bytes().any(|byte| byte.is_ascii_digit()) && by_name(text, tiers).is_none()
}

fn tier_in_card(body: &Fields<'_>, tiers: &[Tier]) -> Result<Option<TierId>, FieldError> {
    let text = body.string("card")?.filter(|text| !text.is_empty());
    let Some(text) = text.filter(|text| !is_card_number(text, tiers)) else { return Ok(None) };
    by_name(&text, tiers).map(Some).ok_or_else(|| unknown(body, "card", tiers))
}

fn by_name(name: &str, tiers: &[Tier]) -> Option<TierId> {
    let folded = name.to_lowercase();
    let found = tiers.iter().find(|tier| tier.name.as_str().to_lowercase() == folded);
    found.map(|tier| tier.id)
}

fn by_number(number: &str, tiers: &[Tier]) -> Option<TierId> {
    tiers.iter().map(|tier| tier.id).find(|id| id.number().to_string() == number)
}

/// Says which there are.
fn unknown(body: &Fields<'_>, name: &str, tiers: &[Tier]) -> FieldError {
    let tiers = tiers.iter().map(|tier| format!("{} ({})", tier.id.number(), tier.name.as_str()));
    let known = tiers.collect::<Vec<_>>().join(", ");
    body.complain(name, Complaint::NotOneOf(known))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::values::{Money, Percent, Text};

    fn tier(number: u32, name: &str) -> Tier {
        Tier {
            id: TierId(number),
            name: Text::parse(name).unwrap(),
            color: Text::parse("#000").unwrap(),
            from_total_spent: Money::ZERO,
            bonus_percent: Percent::ZERO,
        }
    }

    #[test]
    fn a_tier_is_named_in_many_ways() {
        let tiers = [tier(1, "Базовая"), tier(3, "Gold 7%")];
        let check = |json: &str, expected: Result<Option<u32>, &str>| {
            let fields = Fields::parse(json.as_bytes()).unwrap();
            let found = tier_in(&fields, &tiers).map(|tier| tier.map(|tier| tier.number()));
            assert_eq!(
                found.map_err(|error| error.field),
                expected.map_err(str::to_owned),
                "{json}"
            );
        };
        check("{}", Ok(None));
        check(r#"{"discountCardTypeId": "3"}"#, Ok(Some(3)));
        check(r#"{"discountCardTypeId": 0, "newCard": "базовая"}"#, Ok(Some(1)));
        check(r#"{"newCard": 3}"#, Ok(Some(3)));
        check(r#"{"newCard": "", "discountCardName": "gold 7%"}"#, Ok(Some(3)));
        check(r#"{"card": "Gold 7%"}"#, Ok(Some(3)));
        check(r#"{"card": "B-1"}"#, Ok(None));
        check(r#"{"card": 3}"#, Ok(None));
        check(r#"{"discountCardTypeId": 2}"#, Err("discountCardTypeId"));
        check(r#"{"newCard": "Silver"}"#, Err("newCard"));
        check(r#"{"card": "Silver"}"#, Err("card"));
    }
}
