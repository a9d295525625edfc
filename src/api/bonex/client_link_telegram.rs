//! `POST /client/link-telegram`: links the Telegram user who opened the mini app to a customer.

use super::Call;
use super::auth_telegram::telegram_user;
use crate::api::error::ApiError;
use crate::api::respond::success;
use crate::engine::Wish;
use axum::body::Body;
use axum::http::{Response, StatusCode};
use serde::Serialize;

#[derive(Serialize)]
struct LinkedShape {
    linked: bool,
}

pub(super) async fn answer(call: &Call<'_>) -> Result<Response<Body>, ApiError> {
    let customer = call.customer().await?.id;
    let user = telegram_user(call)?;
    call.change(customer, Wish::LinkTelegram(user)).await?;
    Ok(success(StatusCode::OK, &LinkedShape { linked: true }))
}
