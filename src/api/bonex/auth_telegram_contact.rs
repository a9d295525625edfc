//! `POST /auth/telegram-contact`: the first login through Telegram, with a phone that the user shared:
//! links both, and creates the customer where the phone is new.

use super::Call;
use super::auth_register::referral_code;
use super::shapes::TokenClientShape;
use crate::api::error::ApiError;
use crate::api::fields::Object;
use crate::api::respond::success;
use crate::api::telegram::{contact_of, user_of};
use crate::engine::{Identifier, Wish};
use crate::values::Phone;
use axum::body::Body;
use axum::http::{Response, StatusCode};

const FIELDS: [&str; 3] = ["init_data", "contact", "referral_code"];

pub(super) async fn answer(call: &Call<'_>) -> Result<Response<Body>, ApiError> {
    let (phone, wish) = read(call)?;
    let done = call.log_in(Identifier::Phone(phone), wish).await?;
    let status = if done.created { StatusCode::CREATED } else { StatusCode::OK };
    Ok(success(status, &TokenClientShape::new(&done, call.rules())))
}

fn read(call: &Call<'_>) -> Result<(Phone, Wish), ApiError> {
    let object = Object::parse(call.asked.json()?, &FIELDS)?;
    let text = |name| object.required(name, object.string(name)?);
    let (init_data, contact) = (text("init_data")?, text("contact")?);
    let referral_code = referral_code(&object)?;
    let (bot, now) = (call.bot()?, call.asked.at);
    let user = user_of(&init_data, bot, now)?;
    let contact = contact_of(&contact, bot, now)?;
    if contact.user != user.id {
        // Good, but somebody else's.
        return Err(ApiError::TelegramHashInvalid);
    }
    let full_name = contact.full_name;
    Ok((contact.phone, Wish::LogInByContact { user, full_name, referral_code }))
}
