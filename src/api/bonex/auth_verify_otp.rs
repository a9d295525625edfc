//! `POST /auth/verify-otp`: logs a customer in with the code that was sent. A right code for a phone that
//! no customer has stays good for the registration that follows.

use super::Call;
use super::shapes::TokenShape;
use crate::api::complaint::FieldError;
use crate::api::error::ApiError;
use crate::api::fields::Object;
use crate::api::respond::success;
use crate::engine::{Identifier, Wish};
use crate::ledger::LoginCode;
use crate::values::{Country, Phone};
use axum::body::Body;
use axum::http::{Response, StatusCode};

const FIELDS: [&str; 2] = ["phone", "code"];

pub(super) async fn answer(call: &Call<'_>) -> Result<Response<Body>, ApiError> {
    let (phone, code) = read(call.asked.json()?, call.rules().default_country)?;
    let done = call.log_in(Identifier::Phone(phone), Wish::LogInByCode(code)).await?;
    Ok(success(StatusCode::OK, &TokenShape::new(&done)))
}

fn read(json: &str, country: Option<Country>) -> Result<(Phone, LoginCode), FieldError> {
    let object = Object::parse(json, &FIELDS)?;
    Ok((super::phone(&object, "phone", country)?, code(&object)?))
}

/// A code that must be there.
pub(super) fn code<const N: usize>(object: &Object<'_, N>) -> Result<LoginCode, FieldError> {
    let text = object.required("code", object.string("code")?)?;
    LoginCode::parse(&text).map_err(|error| object.complain("code", error))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_six_digits_in_a_string() {
        let check = |code: &str, expected: Option<&str>| {
            let found = read(&format!(r#"{{"phone":"+992901234567","code":{code}}}"#), None);
            let found = found.err().map(|error| (error.field.clone(), error.complaint.code()));
            assert_eq!(found, expected.map(|it| ("code".to_owned(), it)), "{code}");
        };
        check(r#""123456""#, None);
        check(r#""023456""#, None);
        check("123456", Some("wrong_type"));
        check(r#""12345""#, Some("invalid_code"));
        check(r#"" 12345""#, Some("invalid_code"));
        check("null", Some("required"));
    }
}
