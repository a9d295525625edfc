//! `PUT`, `PATCH` and `DELETE /customer/{phone}`: what is sent changes, what is not stays; a customer is
//! archived, never deleted.

use super::call::Call;
use super::customer_fields::customer_change;
use super::reader::Fields;
use super::respond::success;
use crate::api::complaint::Complaint;
use crate::api::error::ApiError;
use crate::engine::{Identifier, Wish};
use crate::ledger::{AccountView, Refusal};
use axum::body::Body;
use axum::http::Response;

/// How a body may name whoever brought the customer.
const PARENT_NAMES: [&str; 2] = ["parentPhone", "parentphone"];

pub(super) async fn change(call: &Call<'_>) -> Result<Response<Body>, ApiError> {
    let who = Identifier::Phone(call.phone()?);
    let body = call.fields()?;
    let change = customer_change(&body)?;
    let known = call.customer(who).await?;
    check_phone(call, &body, &known)?;
    check_parent(call, &body, &known).await?;
    let wish = Wish::ChangeCustomer(Box::new(change));
    let view = call.changed(Identifier::Customer(known.id), wish).await?;
    Ok(success(&call.shape(&view).await?))
}

pub(super) async fn archive(call: &Call<'_>) -> Result<Response<Body>, ApiError> {
    let who = Identifier::Phone(call.phone()?);
    let view = call.changed(who, Wish::Archive).await?;
    Ok(success(&call.shape(&view).await?))
}

/// A phone is changed by an operator, who has reasons: here it may only be said again.
fn check_phone(call: &Call<'_>, body: &Fields<'_>, known: &AccountView) -> Result<(), ApiError> {
    let phone = body.phone("newPhone", call.rules().default_country)?;
    if phone.is_none() || phone == known.phone {
        return Ok(());
    }
    Err(body.complain("newPhone", Complaint::Excluded("another phone in the path")).into())
}

/// Who brought a customer is settled when they are registered: it may only be said again.
async fn check_parent(
    call: &Call<'_>,
    body: &Fields<'_>,
    known: &AccountView,
) -> Result<(), ApiError> {
    for name in PARENT_NAMES {
        let Some(parent) = body.phone(name, call.rules().default_country)? else { continue };
        let parent = call.customer(Identifier::Phone(parent)).await?;
        if parent.id == known.id {
            return Err(Refusal::ReferralCodeOwn.into());
        }
        if known.referral.inviter != Some(parent.id) {
            return Err(Refusal::ReferralTooLate.into());
        }
    }
    Ok(())
}
