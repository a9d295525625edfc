//! Customers of a tenant: listed, shown, blocked, unblocked, their club card set.

use super::Call;
use super::render::{CustomerPage, CustomerShape};
use crate::api::complaint::{Complaint, FieldError};
use crate::api::error::ApiError;
use crate::api::fields::Object;
use crate::api::idempotency::{KeyOwner, Meaning, mark_of};
use crate::api::respond::success;
use crate::engine::{Done, EngineError, Identifier, Order, Wish};
use crate::ledger::{CardNumber, LookUp, Tenant};
use crate::values::CustomerId;
use axum::body::Body;
use axum::http::{Response, StatusCode};

const CARD_FIELDS: [&str; 1] = ["card"];
const LIMIT_DEFAULT: u64 = 50;
const LIMIT_MAX: u64 = 200;

pub(super) async fn list(call: &Call<'_>) -> Result<Response<Body>, ApiError> {
    let tenant = call.tenant()?;
    let after = CustomerId(call.asked.whole("after", 0, u64::MAX)?.unwrap_or(0));
    let limit = call.asked.whole("limit", 1, LIMIT_MAX)?.unwrap_or(LIMIT_DEFAULT);
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    if let Some(part) = call.asked.query("name")? {
        return by_name(call, &tenant, &part, (after, limit)).await;
    }
    let views = call.house.customers(tenant.id, call.asked.at, after, limit).await?;
    let rules = &tenant.settings.at(call.asked.at).rules;
    Ok(success(StatusCode::OK, &CustomerPage::new(&views, limit, rules)))
}

/// Those whose name has a part; a page may be short and not be the last one.
async fn by_name(
    call: &Call<'_>,
    tenant: &Tenant,
    part: &str,
    (after, limit): (CustomerId, usize),
) -> Result<Response<Body>, ApiError> {
    if part.trim().is_empty() {
        return Err(FieldError::new("name", Complaint::Required).into());
    }
    let at = call.asked.at;
    let found = call.house.customers_named((tenant.id, at), part.trim(), after, limit).await?;
    let rules = &tenant.settings.at(at).rules;
    Ok(success(StatusCode::OK, &CustomerPage::of(&found.views, found.next_after, rules)))
}

pub(super) async fn show(call: &Call<'_>) -> Result<Response<Body>, ApiError> {
    let tenant = call.tenant()?;
    let who = Identifier::Text(call.asked.identifier()?);
    let at = call.asked.at;
    let view = call.house.look_up(tenant.id, at, who, LookUp::default()).await?;
    Ok(success(StatusCode::OK, &CustomerShape::new(&view, &tenant.settings.at(at).rules)))
}

pub(super) async fn block(call: &Call<'_>) -> Result<Response<Body>, ApiError> {
    change(call, Wish::Block, Meaning::default()).await
}

pub(super) async fn unblock(call: &Call<'_>) -> Result<Response<Body>, ApiError> {
    change(call, Wish::Unblock, Meaning::default()).await
}

pub(super) async fn set_card(call: &Call<'_>) -> Result<Response<Body>, ApiError> {
    let card = read_card(call.asked.json()?)?;
    let mut meaning = Meaning::default();
    meaning.optional("card", card.as_ref());
    change(call, Wish::SetCard(card), meaning).await
}

/// Changes the customer that the path names; `meaning` is what the body says, for the Idempotency-Key.
/// Under one key the change is made once, and answered with the customer as they are now.
pub(super) async fn change(
    call: &Call<'_>,
    wish: Wish,
    meaning: Meaning,
) -> Result<Response<Body>, ApiError> {
    let tenant = call.tenant()?;
    let who = call.asked.identifier()?;
    let mark = mark_of(&call.asked, KeyOwner::Operator, tenant.id, || {
        let mut whole = Meaning::default();
        whole.field("identifier", &who);
        whole.followed_by(&meaning)
    })?;
    let order = Order {
        tenant: tenant.id,
        at: call.asked.at,
        actor: call.actor.clone(),
        mark,
        who: Identifier::Text(who),
        wish,
    };
    match call.house.perform(order).await? {
        Done::Changed(view) => {
            let rules = &tenant.settings.at(call.asked.at).rules;
            Ok(success(StatusCode::OK, &CustomerShape::new(&view, rules)))
        }
        Done::Receipt { .. } | Done::LoggedIn { .. } | Done::Quoted { .. } => {
            Err(EngineError::Broken("a change was answered with something else".into()).into())
        }
    }
}

/// `{"card": "..."}` sets it, `{"card": null}` takes it away; nothing at all is neither.
fn read_card(json: &str) -> Result<Option<CardNumber>, FieldError> {
    let object = Object::parse(json, &CARD_FIELDS)?;
    if !object.mentions("card") {
        return Err(object.complain("card", Complaint::Required));
    }
    object.trimmed("card")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_card_is_set_taken_away_or_refused() {
        let card = |json: &str| {
            read_card(json)
                .map_err(|error| error.complaint.code())
                .map(|card| card.map(|card| card.as_str().to_owned()))
        };
        assert_eq!(card(r#"{"card":" 001-0000123 "}"#), Ok(Some("001-0000123".to_owned())));
        assert_eq!(card(r#"{"card":null}"#), Ok(None));
        assert_eq!(card("{}"), Err("required"));
        assert_eq!(card(r#"{"card":5}"#), Err("wrong_type"));
        let long = format!(r#"{{"card":"{}"}}"#, "x".repeat(65));
        assert_eq!(card(&long), Err("too_long"));
    }
}
