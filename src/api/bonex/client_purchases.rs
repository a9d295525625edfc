//! `GET /client/purchases`: a customer's purchases and redemptions with their lines, newest first.

use super::Call;
use super::paging::PageAsked;
use super::render::Rendering;
use crate::api::error::ApiError;
use crate::api::respond::success;
use crate::values::CustomerId;
use axum::body::Body;
use axum::http::{Response, StatusCode};

pub(super) async fn answer(call: &Call<'_>) -> Result<Response<Body>, ApiError> {
    let customer = call.customer().await?.id;
    let page = PageAsked::of_purchases(&call.asked)?;
    page_of(call, customer, page).await
}

/// A page of the purchases of any customer.
pub(super) async fn page_of(
    call: &Call<'_>,
    customer: CustomerId,
    page: PageAsked,
) -> Result<Response<Body>, ApiError> {
    let window = page.window();
    let found = call.house.sales(call.tenant.id, call.asked.at, customer, window).await?;
    let rendering = Rendering::new(call.rules());
    let stores = &call.tenant.stores;
    let records = found.entries.iter().map(|record| rendering.purchase(record, stores)).collect();
    Ok(success(StatusCode::OK, &page.frame(records, found.total)))
}
