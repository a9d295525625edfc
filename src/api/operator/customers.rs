//! Customers of a tenant: listed, shown, blocked, unblocked, their club card set.

use super::Call;
use super::render::{CustomerPage, CustomerShape};
use crate::api::complaint::{Complaint, FieldError};
use crate::api::error::ApiError;
use crate::api::fields::Object;
use crate::api::request::Asked;
use crate::api::respond::success;
use crate::engine::{Done, EngineError, Identifier, Order, Wish};
use crate::ledger::{CardNumber, LookUp};
use crate::values::CustomerId;
use axum::body::Body;
use axum::http::{Response, StatusCode};

const CARD_FIELDS: [&str; 1] = ["card"];
const LIMIT_DEFAULT: u64 = 50;
const LIMIT_MAX: u64 = 200;

pub(super) async fn list(call: &Call<'_>) -> Result<Response<Body>, ApiError> {
    let tenant = call.tenant()?;
    let after = CustomerId(parameter(&call.asked, "after", 0, u64::MAX)?.unwrap_or(0));
    let limit = parameter(&call.asked, "limit", 1, LIMIT_MAX)?.unwrap_or(LIMIT_DEFAULT);
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    let views = call.house.customers(tenant.id, call.asked.at, after, limit).await?;
    let rules = &tenant.settings.at(call.asked.at).rules;
    Ok(success(StatusCode::OK, &CustomerPage::new(&views, limit, rules)))
}

pub(super) async fn show(call: &Call<'_>) -> Result<Response<Body>, ApiError> {
    let tenant = call.tenant()?;
    let who = Identifier::Text(call.asked.identifier()?);
    let at = call.asked.at;
    let view = call.house.look_up(tenant.id, at, who, LookUp::default()).await?;
    Ok(success(StatusCode::OK, &CustomerShape::new(&view, &tenant.settings.at(at).rules)))
}

pub(super) async fn block(call: &Call<'_>) -> Result<Response<Body>, ApiError> {
    change(call, Wish::Block).await
}

pub(super) async fn unblock(call: &Call<'_>) -> Result<Response<Body>, ApiError> {
    change(call, Wish::Unblock).await
}

pub(super) async fn set_card(call: &Call<'_>) -> Result<Response<Body>, ApiError> {
    let card = read_card(call.asked.json()?)?;
    change(call, Wish::SetCard(card)).await
}

pub(super) async fn change(call: &Call<'_>, wish: Wish) -> Result<Response<Body>, ApiError> {
    let tenant = call.tenant()?;
    let order = Order {
        tenant: tenant.id,
        at: call.asked.at,
        actor: call.actor.clone(),
        mark: None,
        who: Identifier::Text(call.asked.identifier()?),
        wish,
    };
    match call.house.perform(order).await? {
        Done::Changed(view) => {
            let rules = &tenant.settings.at(call.asked.at).rules;
            Ok(success(StatusCode::OK, &CustomerShape::new(&view, rules)))
        }
        Done::Receipt { .. } | Done::LoggedIn { .. } => {
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

fn parameter(asked: &Asked, name: &str, least: u64, most: u64) -> Result<Option<u64>, FieldError> {
    let Some(text) = asked.query(name)? else { return Ok(None) };
    let digits_only = text.bytes().all(|byte| byte.is_ascii_digit());
    let number = text.parse().ok().filter(|_| digits_only);
    let number = number.filter(|number| (least..=most).contains(number));
    let complaint = || Complaint::NotWhole { least, most };
    number.map(Some).ok_or_else(|| FieldError::new(name, complaint()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::request::tests::asked;
    use crate::values::Timestamp;

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

    #[test]
    fn parameters_are_whole_numbers_within_bounds() {
        let check = |query: &str, expected: Result<Option<u64>, &str>| {
            let line = ("GET", "/c", &*format!("/c{query}"));
            let found = parameter(&asked(Timestamp::default(), line, &[], ""), "limit", 1, 200);
            assert_eq!(found.map_err(|error| error.complaint.code()), expected, "{query}");
        };
        check("", Ok(None));
        check("?limit=200", Ok(Some(200)));
        for wrong in ["?limit=0", "?limit=201", "?limit=", "?limit=-1", "?limit=%2B5", "?limit=1.0"]
        {
            check(wrong, Err("not_whole_number"));
        }
    }
}
