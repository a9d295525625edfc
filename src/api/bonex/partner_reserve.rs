//! `POST /partner/reserve`: bonuses set aside for a checkout.

use super::render::Rendering;
use super::{Call, phone};
use crate::api::complaint::{Complaint, FieldError};
use crate::api::error::ApiError;
use crate::api::fields::Object;
use crate::api::idempotency::{KeyOwner, Meaning, mark_of};
use crate::api::request::Asked;
use crate::api::respond::success;
use crate::engine::{Done, EngineError, Identifier, Order, SetAsideWish, Wish};
use crate::ledger::{Actor, Receipt, ReserveId};
use crate::values::{Bonus, Country, Money, Phone, Precision};
use axum::body::Body;
use axum::http::{Response, StatusCode};

const FIELDS: [&str; 4] = ["client_phone", "amount", "total_amount", "external_reserve_id"];

pub(super) async fn answer(call: &Call<'_>) -> Result<Response<Body>, ApiError> {
    let (phone, wish) = read(call.asked.json()?, call.rules().default_country)?;
    let mark = mark_of(&call.asked, KeyOwner::Partner, call.tenant.id, || meaning(phone, &wish))?;
    let order = Order {
        tenant: call.tenant.id,
        at: call.asked.at,
        actor: Actor::Partner,
        mark,
        who: Identifier::Phone(phone),
        wish: Wish::SetAside(wish),
    };
    match call.house.perform(order).await? {
        Done::Receipt { receipt: Receipt::Reserve(recorded), .. } => {
            let shape = Rendering::new(call.rules()).reserve(&recorded);
            Ok(success(StatusCode::CREATED, &shape))
        }
        Done::Receipt { .. } | Done::LoggedIn { .. } | Done::Changed(_) | Done::Quoted { .. } => {
            Err(EngineError::Broken("a reserve was answered with something else".into()).into())
        }
    }
}

/// The reserve that the path names.
pub(super) fn named(asked: &Asked) -> Result<ReserveId, FieldError> {
    let text = asked.segment("id")?;
    ReserveId::parse(&text).map_err(|error| FieldError::new("id", error))
}

fn read(json: &str, country: Option<Country>) -> Result<(Phone, SetAsideWish), FieldError> {
    let object = Object::parse(json, &FIELDS)?;
    let phone = phone(&object, "client_phone", country)?;
    let amount = object.number("amount", |text| Bonus::parse(text, Precision::Exact))?;
    let wish = SetAsideWish {
        by_plus: false,
        reserve: None,
        amount: object.required("amount", amount)?,
        order_total: object.number("total_amount", |text| Money::parse(text, Precision::Exact))?,
        external_id: object.trimmed("external_reserve_id")?,
    };
    let empty_order = wish.order_total.is_some_and(Money::is_zero);
    for (name, is_zero) in [("amount", wish.amount.is_zero()), ("total_amount", empty_order)] {
        if is_zero {
            return Err(object.complain(name, Complaint::TooSmall("0.01")));
        }
    }
    Ok((phone, wish))
}

/// Every field of the reserve, for its Idempotency-Key.
fn meaning(phone: Phone, wish: &SetAsideWish) -> Meaning {
    let mut meaning = Meaning::default();
    meaning.field("client_phone", phone);
    meaning.field("amount", wish.amount);
    meaning.optional("total_amount", wish.order_total);
    meaning.optional("external_reserve_id", wish.external_id.as_ref());
    meaning
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = r#"{"client_phone":"+992901234567","amount":50.0,"total_amount":200,"external_reserve_id":" c-1 "}"#;

    fn check(from: &str, to: &str, field: &str, code: &str) {
        let json = GOOD.replace(from, to);
        let error = read(&json, None).unwrap_err();
        assert_eq!((error.field.as_str(), error.complaint.code()), (field, code), "{json}");
    }

    #[test]
    fn a_reserve_is_read_whole() {
        let (phone, wish) = read(GOOD, None).unwrap();
        assert_eq!(
            meaning(phone, &wish).as_str(),
            "client_phone=+992901234567\namount=50.00\ntotal_amount=200.00\nexternal_reserve_id=c-1\n"
        );
        let bare = r#"{"client_phone":"+992901234567","amount":50,"total_amount":null}"#;
        let (phone, wish) = read(bare, None).unwrap();
        assert_eq!(meaning(phone, &wish).as_str(), "client_phone=+992901234567\namount=50.00\n");
    }

    #[test]
    fn bad_input_is_refused_by_name() {
        check("+992901234567", "+99", "client_phone", "invalid_phone");
        check(r#""amount":50.0,"#, "", "amount", "required");
        check("50.0", "0", "amount", "too_small");
        check("50.0", "-50", "amount", "too_small");
        check("50.0", "\"50\"", "amount", "wrong_type");
        check("50.0", "50.005", "amount", "too_many_decimals");
        check("200", "0", "total_amount", "too_small");
        check("\" c-1 \"", "1", "external_reserve_id", "wrong_type");
        check("external_reserve_id", "reserve", "reserve", "unknown_field");
    }
}
