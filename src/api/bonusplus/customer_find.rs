//! `GET /customer`: a customer by id, bar code or card, or phone.

use super::call::Call;
use super::guid::customer_in;
use super::respond::success;
use crate::api::complaint::{Complaint, FieldError};
use crate::api::error::ApiError;
use crate::engine::Identifier;
use crate::ledger::Refusal;
use axum::body::Body;
use axum::http::Response;

/// Longest text that names a customer, in characters.
const IDENTIFIER_MAX: usize = 64;

pub(super) async fn answer(call: &Call<'_>) -> Result<Response<Body>, ApiError> {
    let view = call.customer(named(call)?).await?;
    Ok(success(&call.shape(&view).await?))
}

/// The first of the three that is given; an empty one is not.
fn named(call: &Call<'_>) -> Result<Identifier, ApiError> {
    let given = |name: &str| {
        let text = call.asked.query(name)?;
        Ok::<_, FieldError>(text.filter(|text| !text.trim().is_empty()))
    };
    if let Some(id) = given("id")? {
        let customer = customer_in(call.tenant.id, id.trim());
        return Ok(Identifier::Customer(customer.ok_or(Refusal::CustomerNotFound)?));
    }
    if let Some(ean) = given("ean")? {
        let text = ean.trim();
        if text.chars().nth(IDENTIFIER_MAX).is_some() || text.starts_with('+') {
            return Err(Refusal::CustomerNotFound.into());
        }
        return Ok(Identifier::Text(text.to_owned()));
    }
    match given("phone")? {
        Some(phone) => Ok(Identifier::Phone(call.phone_in(&phone, "phone")?)),
        None => Err(FieldError::new("phone", Complaint::Required).into()),
    }
}
