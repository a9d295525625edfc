//! The reserves of a customer: bonuses set aside for a checkout under the shop's own id (rule 12).

use super::call::Call;
use super::customer_shape::digits;
use super::respond::{done, success};
use crate::api::amount::Amount;
use crate::api::complaint::{Complaint, FieldError};
use crate::api::error::ApiError;
use crate::api::idempotency::Meaning;
use crate::engine::{EngineError, Identifier, Order, SetAsideWish, Wish};
use crate::ledger::{OperationMark, Refusal, ReleaseReserve, ReserveId};
use crate::values::{Balance, Bonus, Phone};
use axum::body::Body;
use axum::http::Response;
use serde::Serialize;

#[derive(Debug, Serialize)]
struct ReserveShape<'a> {
    phone: String,
    id: &'a str,
    amount: Amount,
}

/// `PATCH /customer/{phone}/balance/reserve`: a positive amount is set aside, a negative one released.
pub(super) async fn change(call: &Call<'_>) -> Result<Response<Body>, ApiError> {
    let phone = call.phone()?;
    let body = call.fields()?;
    let id = body.required("id", body.text("id")?)?;
    let amount = body.required("amount", body.balance("amount")?)?;
    let mark = call.mark(|| meaning(phone, &id, amount))?;
    let Some(magnitude) = amount.magnitude().filter(|magnitude| !magnitude.is_zero()) else {
        return Ok(done());
    };
    let who = Identifier::Phone(phone);
    if amount.is_negative() {
        release(call, who, (id, Some(magnitude)), mark).await
    } else {
        let wish = SetAsideWish {
            reserve: Some(id),
            amount: magnitude,
            order_total: None,
            external_id: None,
            by_plus: true,
        };
        let order = Order { mark, ..call.order(who, Wish::SetAside(wish)) };
        call.house.perform(order).await?;
        Ok(done())
    }
}

/// `GET /customer/{phone}/balance/reserve/{id}`
pub(super) async fn show(call: &Call<'_>) -> Result<Response<Body>, ApiError> {
    let view = call.customer(Identifier::Phone(call.phone()?)).await?;
    let id = id_of(&call.asked.segment("id")?)?;
    let found = view.reserves.iter().find(|reserve| reserve.id == id);
    let reserve = found.ok_or(Refusal::ReserveNotFound)?;
    Ok(success(&ReserveShape {
        phone: view.phone.map(digits).unwrap_or_default(),
        id: reserve.id.as_str(),
        amount: reserve.amount.into(),
    }))
}

/// `DELETE /customer/balance/reserve {id}`; where a body cannot be sent, `?id=` is as good.
pub(super) async fn remove(call: &Call<'_>) -> Result<Response<Body>, ApiError> {
    let body = call.fields()?;
    let id = match (body.text("id")?, call.asked.query("id")?) {
        (Some(id), _) => id,
        (None, Some(id)) => id_of(&id)?,
        (None, None) => return Err(body.complain("id", Complaint::Required).into()),
    };
    let mark = call.mark(|| {
        let mut meaning = Meaning::default();
        meaning.field("id", &id);
        meaning
    })?;
    release(call, Identifier::Reserve(id.clone()), (id, None), mark).await
}

/// What is not there is released already.
async fn release(
    call: &Call<'_>,
    who: Identifier,
    (reserve, amount): (ReserveId, Option<Bonus>),
    mark: Option<OperationMark>,
) -> Result<Response<Body>, ApiError> {
    let wish = Wish::ReleaseReserve(ReleaseReserve { reserve, amount });
    match call.house.perform(Order { mark, ..call.order(who, wish) }).await {
        Ok(_) | Err(EngineError::Refused(Refusal::ReserveNotFound)) => Ok(done()),
        Err(error) => Err(error.into()),
    }
}

fn id_of(text: &str) -> Result<ReserveId, FieldError> {
    ReserveId::parse(text.trim()).map_err(|error| FieldError::new("id", error))
}

fn meaning(phone: Phone, id: &ReserveId, amount: Balance) -> Meaning {
    let mut meaning = Meaning::default();
    meaning.field("phone", phone);
    meaning.field("id", id);
    meaning.field("amount", amount);
    meaning
}
