//! `POST /auth/send-otp`: a login code for a phone. The answer is the same whether a customer has the
//! phone or not.

use super::Call;
use crate::api::complaint::FieldError;
use crate::api::error::ApiError;
use crate::api::fields::Object;
use crate::api::respond::success;
use crate::values::{Country, Phone};
use axum::body::Body;
use axum::http::{Response, StatusCode};
use serde::Serialize;

const FIELDS: [&str; 1] = ["phone"];
/// Longest text that the contract takes for a phone, in characters.
const PHONE_LENGTH_MAX: usize = 20;

#[derive(Serialize)]
struct MessageShape {
    message: &'static str,
}

pub(super) async fn answer(call: &Call<'_>) -> Result<Response<Body>, ApiError> {
    let phone = read(call.asked.json()?, call.rules().default_country)?;
    call.house.send_code(call.tenant.id, call.asked.at, phone).await?;
    Ok(success(StatusCode::OK, &MessageShape { message: "OTP sent." }))
}

fn read(json: &str, country: Option<Country>) -> Result<Phone, FieldError> {
    let object = Object::parse(json, &FIELDS)?;
    object.text::<PHONE_LENGTH_MAX>("phone")?;
    super::phone(&object, "phone", country)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_phone_of_at_most_twenty_characters_is_read() {
        let check = |json: &str, expected: Result<&str, &str>| {
            let found = read(json, Some(Country::Tj));
            let found = found.map(|phone| phone.to_string());
            let found = found.map_err(|error| error.complaint.code());
            assert_eq!(found, expected.map(str::to_owned), "{json}");
        };
        check(r#"{"phone":"901234567"}"#, Ok("+992901234567"));
        check(r#"{"phone":"+992 (90) 123-45-67"}"#, Ok("+992901234567"));
        check(r#"{"phone":"+992 (90) 123 - 45-67"}"#, Err("too_long"));
        check(r#"{"phone":"12"}"#, Err("invalid_phone"));
        check("{}", Err("required"));
        check(r#"{"phone":"+992901234567","code":"1"}"#, Err("unknown_field"));
    }
}
