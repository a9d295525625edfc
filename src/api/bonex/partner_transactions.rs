//! `GET /partner/client/{identifier}/transactions`: the same page of history for a partner.

use super::paging::PageAsked;
use super::{Call, client_transactions};
use crate::api::error::ApiError;
use axum::body::Body;
use axum::http::Response;

pub(super) async fn answer(call: &Call<'_>) -> Result<Response<Body>, ApiError> {
    let who = call.asked.identifier()?;
    let page = PageAsked::of_transactions(&call.asked)?;
    let customer = call.customer_named(who).await?.id;
    client_transactions::page_of(call, customer, page).await
}
