//! `GET /partner/client/{identifier}/purchases`: the same page of purchases for a partner.

use super::paging::PageAsked;
use super::{Call, client_purchases};
use crate::api::error::ApiError;
use axum::body::Body;
use axum::http::Response;

pub(super) async fn answer(call: &Call<'_>) -> Result<Response<Body>, ApiError> {
    let who = call.asked.identifier()?;
    let page = PageAsked::of_purchases(&call.asked)?;
    let customer = call.customer_named(who).await?.id;
    client_purchases::page_of(call, customer, page).await
}
