//! `PUT`, `PATCH` and `DELETE /customer/{phone}`: what is sent changes, what is not stays; a customer is
//! archived, never deleted.

use super::call::Call;
use super::customer_fields::customer_change;
use super::reader::Fields;
use super::respond::success;
use crate::api::complaint::FieldError;
use crate::api::error::ApiError;
use crate::engine::{Identifier, Wish};
use crate::ledger::{AccountView, PhoneChange, Reason, Refusal};
use crate::values::Phone;
use axum::body::Body;
use axum::http::Response;

/// How a body may name another phone; the first that is given counts.
const PHONE_NAMES: [&str; 2] = ["newPhone", "phone"];
/// Why the phone was changed, as the history of the account has it.
const REASON: &str = "BonusPlus";
/// How a body may name whoever brought the customer.
const PARENT_NAMES: [&str; 2] = ["parentPhone", "parentphone"];

pub(super) async fn change(call: &Call<'_>) -> Result<Response<Body>, ApiError> {
    let named = call.phone()?;
    let body = call.fields()?;
    let mut change = customer_change(&body, call.tiers())?;
    change.phone = phone_change(call, &body, named)?;
    let known = call.customer(Identifier::Phone(named)).await?;
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

/// Another phone than the one that names the customer: `newPhone`, or `phone` where it says another one.
fn phone_change(
    call: &Call<'_>,
    body: &Fields<'_>,
    named: Phone,
) -> Result<Option<PhoneChange>, FieldError> {
    for name in PHONE_NAMES {
        let Some(phone) = body.phone(name, call.rules().default_country)? else { continue };
        if name == "phone" && phone == named {
            return Ok(None);
        }
        let reason = Reason::parse(REASON).map_err(|error| body.complain(name, error))?;
        return Ok(Some(PhoneChange { phone, marks: Vec::new(), reason }));
    }
    Ok(None)
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
