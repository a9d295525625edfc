//! `POST /customer/list` and `GET /customer/stat`: the customers in the order in which they came, and how
//! many there are.

use super::call::Call;
use super::respond::success;
use crate::api::error::ApiError;
use crate::engine::{EngineError, Identifier};
use crate::ledger::{AccountView, Refusal};
use axum::body::Body;
use axum::http::Response;
use serde::Serialize;

/// Most customers of one answer, and how many there are without a word about it.
const ROWS_MAX: u64 = 1_000;
/// Furthest a list begins.
const START_MAX: u64 = 1_000_000;

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct StatShape {
    all_count: usize,
}

pub(super) async fn list(call: &Call<'_>) -> Result<Response<Body>, ApiError> {
    let body = call.fields()?;
    let start = body.whole("startRow", 0, START_MAX)?.unwrap_or(1).max(1);
    let count = body.whole("rowCount", 0, ROWS_MAX)?.unwrap_or(ROWS_MAX);
    let phone = body.phone("phone", call.rules().default_country)?;
    let ean = body.text::<64>("ean")?;
    let who = match (phone, ean) {
        (Some(phone), _) => Some(Identifier::Phone(phone)),
        (None, Some(ean)) => Some(Identifier::Text(ean.as_str().to_owned())),
        (None, None) => None,
    };
    let views = match who {
        Some(who) => one(call, who).await?,
        None => {
            let (skip, limit) = (at_most(start.saturating_sub(1)), at_most(count));
            call.house.customers_from(call.tenant.id, call.asked.at, skip, limit).await?
        }
    };
    let mut shapes = Vec::with_capacity(views.len());
    for view in &views {
        shapes.push(call.shape(view).await?);
    }
    Ok(success(&shapes))
}

pub(super) async fn stat(call: &Call<'_>) -> Result<Response<Body>, ApiError> {
    let all_count = call.house.customer_count(call.tenant.id, call.asked.at).await?;
    Ok(success(&StatShape { all_count }))
}

async fn one(call: &Call<'_>, who: Identifier) -> Result<Vec<AccountView>, ApiError> {
    match call.customer(who).await {
        Ok(view) => Ok(vec![view]),
        Err(ApiError::Engine(EngineError::Refused(Refusal::CustomerNotFound))) => Ok(Vec::new()),
        Err(error) => Err(error),
    }
}

/// Both are bounded by what is read.
fn at_most(number: u64) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}
