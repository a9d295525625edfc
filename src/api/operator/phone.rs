//! Another phone for a customer; the one before leads to them a while longer.

use super::Call;
use super::customers::change;
use crate::api::complaint::{Complaint, FieldError};
use crate::api::error::ApiError;
use crate::api::fields::Object;
use crate::api::idempotency::Meaning;
use crate::engine::Wish;
use crate::ledger::Reason;
use crate::values::{Country, Phone};
use axum::body::Body;
use axum::http::Response;

const FIELDS: [&str; 2] = ["phone", "reason"];

pub(super) async fn set(call: &Call<'_>) -> Result<Response<Body>, ApiError> {
    let tenant = call.tenant()?;
    let country = tenant.settings.at(call.asked.at).rules.default_country;
    let (phone, reason) = read(call.asked.json()?, country)?;
    let mut meaning = Meaning::default();
    meaning.field("phone", phone);
    meaning.field("reason", &reason);
    change(call, Wish::ChangePhone { phone, reason }, meaning).await
}

fn read(json: &str, country: Option<Country>) -> Result<(Phone, Reason), FieldError> {
    let object = Object::parse(json, &FIELDS)?;
    let text = object.string("phone")?;
    let text = text.ok_or_else(|| object.complain("phone", Complaint::Required))?;
    let phone = Phone::parse(&text, country).map_err(|error| object.complain("phone", error))?;
    let reason = object.trimmed("reason")?;
    Ok((phone, object.required("reason", reason)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_phone_needs_its_reason() {
        let phone = |json: &str| {
            read(json, None)
                .map_err(|error| (error.field.clone(), error.complaint.code()))
                .map(|(phone, reason)| format!("{phone} {}", reason.as_str()))
        };
        let good = r#"{"phone":"+992 90 123-45-69","reason":" lost "}"#;
        assert_eq!(phone(good), Ok("+992901234569 lost".to_owned()));
        let refused = |field: &str, code| Err((field.to_owned(), code));
        assert_eq!(phone(r#"{"reason":"lost"}"#), refused("phone", "required"));
        assert_eq!(phone(r#"{"phone":"+992901234569"}"#), refused("reason", "required"));
        let unknown = r#"{"phone":"+992901234569","reason":"r","until":1}"#;
        assert_eq!(phone(unknown), refused("until", "unknown_field"));
    }
}
