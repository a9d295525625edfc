//! `POST /partner/auth`: the partner vouches for a phone and gets the customer's Bearer token. A call
//! that issues a token takes no Idempotency-Key.

use super::Call;
use super::render::Rendering;
use super::shapes::LoginShape;
use crate::api::error::ApiError;
use crate::api::fields::Object;
use crate::api::respond::success;
use crate::engine::{Done, EngineError, Identifier, Order, Wish};
use crate::ledger::{Actor, FullName};
use crate::values::{Country, Phone, ReferralCode};
use axum::body::Body;
use axum::http::{Response, StatusCode};

const FIELDS: [&str; 4] = ["phone", "full_name", "create_if_missing", "referral_code"];

#[derive(Debug, PartialEq, Eq)]
struct LogIn {
    phone: Phone,
    full_name: Option<FullName>,
    create_if_missing: bool,
    /// Of whoever brought a new customer (extension).
    referral_code: Option<ReferralCode>,
}

pub(super) async fn answer(call: &Call<'_>) -> Result<Response<Body>, ApiError> {
    let log_in = read(call.asked.json()?, call.rules().default_country)?;
    let order = Order {
        tenant: call.tenant.id,
        at: call.asked.at,
        actor: Actor::Partner,
        mark: None,
        who: Identifier::Phone(log_in.phone),
        wish: Wish::LogIn {
            full_name: log_in.full_name,
            create_if_missing: log_in.create_if_missing,
            referral_code: log_in.referral_code,
        },
    };
    match call.house.perform(order).await? {
        Done::LoggedIn { token, created, view } => {
            let status = if created { StatusCode::CREATED } else { StatusCode::OK };
            let client = Rendering::new(call.rules()).client(&view);
            Ok(success(status, &LoginShape { token: &token, created, client }))
        }
        Done::Receipt { .. } | Done::Changed(_) | Done::Quoted { .. } => {
            Err(EngineError::Broken("a login was answered with something else".into()).into())
        }
    }
}

fn read(json: &str, country: Option<Country>) -> Result<LogIn, ApiError> {
    let object = Object::parse(json, &FIELDS)?;
    Ok(LogIn {
        phone: super::phone(&object, "phone", country)?,
        full_name: object.trimmed("full_name")?,
        create_if_missing: object.flag("create_if_missing")?.unwrap_or(true),
        referral_code: super::referral_code(&object, "referral_code")?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(json: &str, field: &str, code: &str) {
        let error = read(json, None).unwrap_err().row();
        assert_eq!((error.field.as_deref(), error.code), (Some(field), code), "{json}");
    }

    #[test]
    fn a_login_needs_a_phone_and_creates_unless_told_otherwise() {
        let plain = read(r#"{"phone":"+992901234567","full_name":" "}"#, None).unwrap();
        assert_eq!(plain.phone.to_string(), "+992901234567");
        assert_eq!((plain.full_name, plain.create_if_missing), (None, true));
        assert_eq!(plain.referral_code, None);
        let invited = r#"{"phone":"+992901234567","referral_code":"ref_ab12cd34"}"#;
        let code = read(invited, None).unwrap().referral_code;
        assert_eq!(code, ReferralCode::parse("AB12CD34").ok());
        let named = r#"{"phone":"901234567","full_name":" Anna ","create_if_missing":false}"#;
        let named = read(named, Some(Country::Tj)).unwrap();
        assert_eq!(named.phone.to_string(), "+992901234567");
        assert_eq!(named.full_name.unwrap().as_str(), "Anna");
        assert!(!named.create_if_missing);
    }

    #[test]
    fn bad_input_is_refused_by_name() {
        check("{", "body", "malformed_json");
        check("{}", "phone", "required");
        check(r#"{"phone":null}"#, "phone", "required");
        check(r#"{"phone":992901234567}"#, "phone", "wrong_type");
        check(r#"{"phone":"12"}"#, "phone", "invalid_phone");
        check(
            r#"{"phone":"+992901234567","create_if_missing":1}"#,
            "create_if_missing",
            "wrong_type",
        );
        check(r#"{"phone":"+992901234567","email":"a@b.c"}"#, "email", "unknown_field");
        let long = format!(r#"{{"phone":"+992901234567","full_name":"{}"}}"#, "x".repeat(256));
        check(&long, "full_name", "too_long");
        let coded = |code: &str| format!(r#"{{"phone":"+992901234567","referral_code":"{code}"}}"#);
        check(&coded("AB12"), "referral_code", "referral_code_unknown");
        check(&coded(&"A".repeat(33)), "referral_code", "too_long");
    }
}
