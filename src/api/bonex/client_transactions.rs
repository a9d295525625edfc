//! `GET /client/transactions`: a customer's bonus history, newest first.

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
    let page = PageAsked::of_transactions(&call.asked)?;
    page_of(call, customer, page).await
}

/// A page of the history of any customer.
pub(super) async fn page_of(
    call: &Call<'_>,
    customer: CustomerId,
    page: PageAsked,
) -> Result<Response<Body>, ApiError> {
    let window = page.window();
    let found = call.house.history(call.tenant.id, call.asked.at, customer, window).await?;
    let rendering = Rendering::new(call.rules());
    let rows = found.entries.iter().map(|row| rendering.transaction(row)).collect();
    Ok(success(StatusCode::OK, &page.frame(rows, found.total)))
}
