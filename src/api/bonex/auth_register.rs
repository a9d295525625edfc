//! `POST /auth/register`: a new customer with the code that was sent. A registration that is refused for
//! another reason leaves the code good.

use super::Call;
use super::auth_verify_otp::code;
use super::shapes::TokenShape;
use crate::api::error::ApiError;
use crate::api::fields::Object;
use crate::api::respond::success;
use crate::engine::{Identifier, Wish};
use crate::ledger::Refusal;
use crate::values::{Country, Phone, ReferralCode};
use axum::body::Body;
use axum::http::{Response, StatusCode};

const FIELDS: [&str; 4] = ["phone", "code", "full_name", "referral_code"];
/// Longest text that the contract takes for a referral code, in characters.
const REFERRAL_LENGTH_MAX: usize = 32;

pub(super) async fn answer(call: &Call<'_>) -> Result<Response<Body>, ApiError> {
    let (phone, wish) = read(call.asked.json()?, call.rules().default_country)?;
    let done = call.log_in(Identifier::Phone(phone), wish).await?;
    Ok(success(StatusCode::CREATED, &TokenShape::new(&done)))
}

fn read(json: &str, country: Option<Country>) -> Result<(Phone, Wish), ApiError> {
    let object = Object::parse(json, &FIELDS)?;
    let wish = Wish::RegisterByCode {
        code: code(&object)?,
        full_name: object.trimmed("full_name")?,
        referral_code: referral_code(&object)?,
    };
    Ok((super::phone(&object, "phone", country)?, wish))
}

/// What cannot be a referral code is one that leads to nobody.
pub(super) fn referral_code<const N: usize>(
    object: &Object<'_, N>,
) -> Result<Option<ReferralCode>, ApiError> {
    let text = object.trimmed::<REFERRAL_LENGTH_MAX>("referral_code")?;
    let code = text.map(|text| ReferralCode::parse(text.as_str())).transpose();
    code.map_err(|_| Refusal::ReferralCodeUnknown.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(referral_code: &str, expected: Result<Option<&str>, &str>) {
        let json = format!(
            r#"{{"phone":"+992901234567","code":"123456","full_name":" ","referral_code":{referral_code}}}"#
        );
        let found = read(&json, None).map_err(|error| error.row().code);
        let found = found.map(|(_, wish)| {
            let Wish::RegisterByCode { referral_code, full_name: None, .. } = wish else {
                panic!("{wish:?}");
            };
            referral_code
        });
        let found = found.map(|code| code.map(|code| code.to_string()));
        assert_eq!(found, expected.map(|code| code.map(str::to_owned)), "{referral_code}");
    }

    #[test]
    fn a_referral_code_is_read_or_unknown() {
        check("null", Ok(None));
        check(r#"" ""#, Ok(None));
        check(r#""ref_ab12cd34""#, Ok(Some("AB12CD34")));
        check(r#""AB12""#, Err("referral_code_unknown"));
        check("5", Err("wrong_type"));
        check(&format!("\"{}\"", "A".repeat(33)), Err("too_long"));
    }
}
