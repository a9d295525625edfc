//! `POST /auth/telegram`: logs in who opened the mini app of the store's bot.

use super::Call;
use super::shapes::TokenClientShape;
use crate::api::complaint::FieldError;
use crate::api::error::ApiError;
use crate::api::fields::Object;
use crate::api::respond::success;
use crate::api::telegram::user_of;
use crate::engine::{Identifier, Wish};
use crate::ledger::TelegramUser;
use axum::body::Body;
use axum::http::{Response, StatusCode};

const FIELDS: [&str; 1] = ["init_data"];

pub(super) async fn answer(call: &Call<'_>) -> Result<Response<Body>, ApiError> {
    let user = telegram_user(call)?;
    let who = Identifier::Telegram(user.id);
    let done = call.log_in(who, Wish::LogInByTelegram(user)).await?;
    Ok(success(StatusCode::OK, &TokenClientShape::new(&done, call.rules())))
}

/// Whom the body's `init_data` vouches for. What is malformed in it is answered with 400.
pub(super) fn telegram_user(call: &Call<'_>) -> Result<TelegramUser, ApiError> {
    let read = || {
        let object = Object::parse(call.asked.json()?, &FIELDS)?;
        let init_data = object.required("init_data", object.string("init_data")?)?;
        Ok(init_data.into_owned())
    };
    let init_data: String = read().map_err(|error: FieldError| ApiError::BadRequest(error))?;
    user_of(&init_data, call.bot()?, call.asked.at).map_err(ApiError::malformed_is_bad_request)
}
