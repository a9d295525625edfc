//! `PUT /tenants/{tenant}/telegram`: the bot that vouches for a tenant's customers. Its token is a secret:
//! it is set and never shown.

use super::Call;
use super::render::TenantShape;
use super::tenants::order;
use crate::api::complaint::{Complaint, FieldError};
use crate::api::error::ApiError;
use crate::api::fields::Object;
use crate::api::respond::success;
use crate::engine::TenantWish;
use crate::ledger::{BotToken, TelegramBot, TelegramName};
use crate::values::Text;
use axum::body::Body;
use axum::http::{Response, StatusCode};

const FIELDS: [&str; 2] = ["bot_token", "bot_username"];
const TOKEN_LENGTH_MAX: usize = 128;

pub(super) async fn answer(call: &Call<'_>) -> Result<Response<Body>, ApiError> {
    let tenant = call.tenant()?.id;
    let bot = read(call.asked.json()?)?;
    let done = order(call, TenantWish::SetTelegramBot { tenant, bot }).await?;
    Ok(success(StatusCode::OK, &TenantShape::new(&done.tenant, call.asked.at)))
}

fn read(json: &str) -> Result<TelegramBot, FieldError> {
    let object = Object::parse(json, &FIELDS)?;
    let token: Text<TOKEN_LENGTH_MAX> =
        object.required("bot_token", object.trimmed("bot_token")?)?;
    if !is_bot_token(token.as_str()) {
        return Err(object.complain("bot_token", Complaint::NotBotToken));
    }
    let name: TelegramName = object.required("bot_username", object.trimmed("bot_username")?)?;
    let bare = name.as_str().strip_prefix('@').unwrap_or(name.as_str());
    let is_name =
        !bare.is_empty() && bare.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    let username = TelegramName::parse(bare).ok().filter(|_| is_name);
    let username =
        username.ok_or_else(|| object.complain("bot_username", Complaint::NotBotUsername))?;
    Ok(TelegramBot { token: BotToken::new(token.as_str()), username })
}

/// The number of the bot, a colon, and its secret.
fn is_bot_token(text: &str) -> bool {
    text.split_once(':').is_some_and(|(number, secret)| {
        let of_secret = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-';
        !number.is_empty()
            && number.bytes().all(|byte| byte.is_ascii_digit())
            && !secret.is_empty()
            && secret.bytes().all(of_secret)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bot_has_a_token_and_a_name() {
        let bot = read(r#"{"bot_token":" 57:AAH5-_x ","bot_username":"@shop_bot"}"#).unwrap();
        assert_eq!((bot.token.as_str(), bot.username.as_str()), ("57:AAH5-_x", "shop_bot"));
        let check = |json: &str, field: &str, code: &str| {
            let error = read(json).unwrap_err();
            assert_eq!((error.field.as_str(), error.complaint.code()), (field, code), "{json}");
        };
        check("{}", "bot_token", "required");
        check(r#"{"bot_token":"1:a"}"#, "bot_username", "required");
        for token in ["1", "1:", ":a", "x:a", "1:a b"] {
            let json = format!(r#"{{"bot_token":"{token}","bot_username":"b"}}"#);
            check(&json, "bot_token", "invalid_bot_token");
        }
        let named = r#"{"bot_token":"1:a","bot_username":"my bot"}"#;
        check(named, "bot_username", "invalid_bot_username");
        check(r#"{"bot_token":"1:a","bot_username":"@"}"#, "bot_username", "invalid_bot_username");
    }
}
