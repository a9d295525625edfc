//! `POST /partner/redeem`: bonuses paid towards an order, without a sale.

use super::render::Rendering;
use super::{Call, confirmation, phone};
use crate::api::complaint::{Complaint, FieldError};
use crate::api::error::ApiError;
use crate::api::fields::Object;
use crate::api::idempotency::{KeyOwner, Meaning, mark_of};
use crate::api::respond::success;
use crate::engine::{Done, EngineError, Identifier, Order, Wish};
use crate::ledger::{Actor, Receipt, Redeem};
use crate::values::{Bonus, Country, Money, Phone, Precision};
use axum::body::Body;
use axum::http::{Response, StatusCode};

const FIELDS: [&str; 5] =
    ["client_phone", "amount", "total_amount", "external_sale_id", confirmation::FIELD];

pub(super) async fn answer(call: &Call<'_>) -> Result<Response<Body>, ApiError> {
    let (phone, redeem) = read(call.asked.json()?, call.rules().default_country)?;
    let mark = mark_of(&call.asked, KeyOwner::Partner, call.tenant.id, || meaning(phone, &redeem))?;
    let order = Order {
        tenant: call.tenant.id,
        at: call.asked.at,
        actor: Actor::Partner,
        mark,
        who: Identifier::Phone(phone),
        wish: Wish::Redeem(redeem),
    };
    match call.house.perform(order).await? {
        Done::Receipt { receipt: Receipt::Redemption(redemption), .. } => {
            Ok(success(StatusCode::OK, &Rendering::redemption(&redemption)))
        }
        Done::Receipt { .. } | Done::LoggedIn { .. } | Done::Changed(_) | Done::Quoted { .. } => {
            Err(EngineError::Broken("a redemption was answered with something else".into()).into())
        }
    }
}

fn read(json: &str, country: Option<Country>) -> Result<(Phone, Redeem), FieldError> {
    let object = Object::parse(json, &FIELDS)?;
    let phone = phone(&object, "client_phone", country)?;
    let amount = object.number("amount", |text| Bonus::parse(text, Precision::Exact))?;
    let total = object.number("total_amount", |text| Money::parse(text, Precision::Exact))?;
    let redeem = Redeem {
        amount: object.required("amount", amount)?,
        order_total: object.required("total_amount", total)?,
        external_id: object.trimmed("external_sale_id")?,
        confirmation: confirmation::read(&object)?,
    };
    for (name, is_zero) in
        [("amount", redeem.amount.is_zero()), ("total_amount", redeem.order_total.is_zero())]
    {
        if is_zero {
            return Err(object.complain(name, Complaint::TooSmall("0.01")));
        }
    }
    Ok((phone, redeem))
}

/// Every field of the redemption, for its Idempotency-Key.
fn meaning(phone: Phone, redeem: &Redeem) -> Meaning {
    let mut meaning = Meaning::default();
    meaning.field("client_phone", phone);
    meaning.field("amount", redeem.amount);
    meaning.field("total_amount", redeem.order_total);
    meaning.optional("external_sale_id", redeem.external_id.as_ref());
    meaning
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = r#"{"client_phone":"+992901234567","amount":50.0,"total_amount":200,"external_sale_id":"o-1"}"#;

    fn check(from: &str, to: &str, field: &str, code: &str) {
        let json = GOOD.replace(from, to);
        let error = read(&json, None).unwrap_err();
        assert_eq!((error.field.as_str(), error.complaint.code()), (field, code), "{json}");
    }

    #[test]
    fn a_redemption_is_read_whole() {
        let (phone, redeem) = read(GOOD, None).unwrap();
        assert_eq!(
            meaning(phone, &redeem).as_str(),
            "client_phone=+992901234567\namount=50.00\ntotal_amount=200.00\nexternal_sale_id=o-1\n"
        );
    }

    #[test]
    fn bad_input_is_refused_by_name() {
        check("+992901234567", "+99", "client_phone", "invalid_phone");
        check(r#""amount":50.0,"#, "", "amount", "required");
        check("50.0", "0", "amount", "too_small");
        check("50.0", "0.00", "amount", "too_small");
        check("50.0", "-50", "amount", "too_small");
        check("50.0", "\"50\"", "amount", "wrong_type");
        check("50.0", "50.005", "amount", "too_many_decimals");
        check("50.0", "99999999999", "amount", "too_large");
        check("200", "0", "total_amount", "too_small");
        check("200", "null", "total_amount", "required");
        check("\"o-1\"", "1", "external_sale_id", "wrong_type");
        check("external_sale_id", "order_id", "order_id", "unknown_field");
    }
}
