//! `POST /customer/list` and `GET /customer/stat`: the customers in the order in which they came, and how
//! many there are.

use super::call::Call;
use super::customer_filter::CustomerFilter;
use super::respond::success;
use crate::api::error::ApiError;
use crate::engine::{EngineError, Identifier};
use crate::ledger::{AccountView, Refusal};
use axum::body::Body;
use axum::http::Response;
use serde::Serialize;
use std::collections::BTreeMap;

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
    let filter = CustomerFilter::read(call, &body)?;
    let part = (at_most(start.saturating_sub(1)), at_most(count));
    let views = listed(call, &filter, part).await?;
    let mut shapes = Vec::with_capacity(views.len());
    for view in &views {
        shapes.push(call.shape(view).await?);
    }
    Ok(success(&shapes))
}

async fn listed(
    call: &Call<'_>,
    filter: &CustomerFilter,
    (skip, limit): (usize, usize),
) -> Result<Vec<AccountView>, ApiError> {
    let (tenant, at) = (call.tenant.id, call.asked.at);
    if filter.is_open() {
        return Ok(call.house.customers_from(tenant, at, skip, limit).await?);
    }
    let Some(named) = &filter.named else {
        let accepts = |view: &AccountView| filter.accepts(view);
        return Ok(call.house.customers_where((tenant, at), (skip, limit), &accepts).await?);
    };
    let mut found = BTreeMap::new();
    for who in named {
        let view = one(call, who.clone()).await?.filter(|view| filter.accepts(view));
        found.extend(view.map(|view| (view.id, view)));
    }
    Ok(found.into_values().skip(skip).take(limit).collect())
}

pub(super) async fn stat(call: &Call<'_>) -> Result<Response<Body>, ApiError> {
    let all_count = call.house.customer_count(call.tenant.id, call.asked.at).await?;
    Ok(success(&StatShape { all_count }))
}

async fn one(call: &Call<'_>, who: Identifier) -> Result<Option<AccountView>, ApiError> {
    match call.customer(who).await {
        Ok(view) => Ok(Some(view)),
        Err(ApiError::Engine(EngineError::Refused(Refusal::CustomerNotFound))) => Ok(None),
        Err(error) => Err(error),
    }
}

/// Both are bounded by what is read.
fn at_most(number: u64) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}
