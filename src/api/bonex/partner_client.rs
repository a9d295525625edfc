//! `GET /partner/client/{identifier}`: a customer by phone, EAN-13 or club card, as a cashier sees them.

use super::Call;
use super::render::Rendering;
use crate::api::complaint::FieldError;
use crate::api::error::ApiError;
use crate::api::request::Asked;
use crate::api::respond::success;
use crate::engine::Identifier;
use crate::ledger::LookUp;
use crate::values::{Money, Precision};
use axum::body::Body;
use axum::http::{Response, StatusCode};

pub(super) async fn answer(call: &Call<'_>) -> Result<Response<Body>, ApiError> {
    let who = call.asked.identifier()?;
    let look_up = LookUp { check_amount: check_amount(&call.asked)? };
    let view =
        call.house.look_up(call.tenant.id, call.asked.at, Identifier::Text(who), look_up).await?;
    Ok(success(StatusCode::OK, &Rendering::new(call.rules()).cashier_client(&view)))
}

fn check_amount(asked: &Asked) -> Result<Option<Money>, FieldError> {
    let Some(text) = asked.query("check_amount")? else { return Ok(None) };
    Money::parse(&text, Precision::Exact)
        .map(Some)
        .map_err(|error| FieldError::new("check_amount", error))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::request::tests::asked;
    use crate::values::Timestamp;

    const TEMPLATE: &str = "/api/v1/partner/client/{identifier}";

    fn get(uri: &str) -> Asked {
        asked(Timestamp::default(), ("GET", TEMPLATE, uri), &[], "")
    }

    #[test]
    fn the_amount_asked_about_is_money() {
        let check = |query: &str, expected: Result<Option<u64>, &str>| {
            let found = check_amount(&get(&format!("/api/v1/partner/client/1{query}")));
            let found = found.map(|amount| amount.map(Money::cents));
            assert_eq!(found.map_err(|error| error.complaint.code()), expected, "{query}");
        };
        check("", Ok(None));
        check("?check_amount=200", Ok(Some(20_000)));
        check("?check_amount=200.50&x=1", Ok(Some(20_050)));
        check("?check_amount=0", Ok(Some(0)));
        check("?check_amount=", Err("wrong_type"));
        check("?check_amount=abc", Err("wrong_type"));
        check("?check_amount=-1", Err("too_small"));
        check("?check_amount=1.005", Err("too_many_decimals"));
        check("?check_amount=99999999999", Err("too_large"));
    }
}
