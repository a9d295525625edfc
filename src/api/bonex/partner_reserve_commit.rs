//! `POST /partner/reserve/{id}/commit`: an order paid from a reserve, without a sale.

use super::render::Rendering;
use super::{Call, confirmation, partner_reserve};
use crate::api::complaint::{Complaint, FieldError};
use crate::api::error::ApiError;
use crate::api::fields::Object;
use crate::api::idempotency::{KeyOwner, Meaning, mark_of};
use crate::api::respond::success;
use crate::engine::{Done, EngineError, Identifier, Order, Wish};
use crate::ledger::{Actor, CommitReserve, Receipt, Redeem, ReserveId};
use crate::values::{Bonus, Money, Precision};
use axum::body::Body;
use axum::http::{Response, StatusCode};

const FIELDS: [&str; 4] = ["amount", "total_amount", "external_sale_id", confirmation::FIELD];

pub(super) async fn answer(call: &Call<'_>) -> Result<Response<Body>, ApiError> {
    let reserve = partner_reserve::named(&call.asked)?;
    let redeem = read(call.asked.json()?)?;
    let mark =
        mark_of(&call.asked, KeyOwner::Partner, call.tenant.id, || meaning(&reserve, &redeem))?;
    let order = Order {
        tenant: call.tenant.id,
        at: call.asked.at,
        actor: Actor::Partner,
        mark,
        who: Identifier::Reserve(reserve.clone()),
        wish: Wish::CommitReserve(Box::new(CommitReserve { reserve, redeem })),
    };
    match call.house.perform(order).await? {
        Done::Receipt { receipt: Receipt::Commit(commit), .. } => {
            Ok(success(StatusCode::OK, &Rendering::commit(&commit)))
        }
        Done::Receipt { .. } | Done::LoggedIn { .. } | Done::Changed(_) | Done::Quoted { .. } => {
            Err(EngineError::Broken("a commit was answered with something else".into()).into())
        }
    }
}

fn read(json: &str) -> Result<Redeem, FieldError> {
    let object = Object::parse(json, &FIELDS)?;
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
    Ok(redeem)
}

/// Every field of the commit, for its Idempotency-Key.
fn meaning(reserve: &ReserveId, redeem: &Redeem) -> Meaning {
    let mut meaning = Meaning::default();
    meaning.field("id", reserve);
    meaning.field("amount", redeem.amount);
    meaning.field("total_amount", redeem.order_total);
    meaning.optional("external_sale_id", redeem.external_id.as_ref());
    meaning
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = r#"{"amount":50.0,"total_amount":200,"external_sale_id":"o-1"}"#;

    fn check(from: &str, to: &str, field: &str, code: &str) {
        let json = GOOD.replace(from, to);
        let error = read(&json).unwrap_err();
        assert_eq!((error.field.as_str(), error.complaint.code()), (field, code), "{json}");
    }

    #[test]
    fn a_commit_is_read_whole() {
        let redeem = read(GOOD).unwrap();
        assert_eq!(
            meaning(&ReserveId::parse("r").unwrap(), &redeem).as_str(),
            "id=r\namount=50.00\ntotal_amount=200.00\nexternal_sale_id=o-1\n"
        );
    }

    #[test]
    fn bad_input_is_refused_by_name() {
        check(r#""amount":50.0,"#, "", "amount", "required");
        check("50.0", "0", "amount", "too_small");
        check("50.0", "50.005", "amount", "too_many_decimals");
        check("200", "0", "total_amount", "too_small");
        check("200", "null", "total_amount", "required");
        check("\"o-1\"", "1", "external_sale_id", "wrong_type");
        check("external_sale_id", "client_phone", "client_phone", "unknown_field");
    }
}
