//! `GET /account`: the chain that the key belongs to.

use super::call::Call;
use super::respond::success;
use crate::api::amount::Amount;
use axum::body::Body;
use axum::http::Response;
use serde::Serialize;

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct AccountShape<'a> {
    id: u32,
    name: &'a str,
    currency: &'a str,
    time_zone: &'static str,
    max_debit_percent: Amount,
    multiplicity_debit_bonus: Amount,
}

pub(super) fn answer(call: &Call<'_>) -> Response<Body> {
    let (tenant, rules) = (&call.tenant, call.rules());
    success(&AccountShape {
        id: tenant.id.number(),
        name: tenant.name.as_str(),
        currency: rules.currency.as_str(),
        time_zone: rules.time_zone.name(),
        max_debit_percent: rules.max_redeem_percent.into(),
        multiplicity_debit_bonus: rules.redeem_step.into(),
    })
}
