//! Settings of a tenant: all versions with their documents, and a new version.

use super::Call;
use super::render::SettingsShape;
use super::settings_document::read_settings;
use super::tenants::order;
use super::vouchers::read_instant;
use crate::api::complaint::FieldError;
use crate::api::error::ApiError;
use crate::api::fields::Object;
use crate::api::respond::success;
use crate::engine::{EngineError, TenantDone, TenantWish};
use crate::ledger::SettingsDraft;
use crate::values::Timestamp;
use axum::body::Body;
use axum::http::{Response, StatusCode};

const FIELDS: [&str; 2] = ["settings", "effective_from"];

pub(super) fn list(call: &Call<'_>) -> Result<Response<Body>, ApiError> {
    let tenant = call.tenant()?;
    let current = tenant.settings.at(call.asked.at).version;
    let versions = tenant.settings.versions().iter();
    let shapes: Vec<_> =
        versions.map(|version| SettingsShape::new(version, version.version == current)).collect();
    Ok(success(StatusCode::OK, &shapes))
}

pub(super) async fn change(call: &Call<'_>) -> Result<Response<Body>, ApiError> {
    let tenant = call.tenant()?.id;
    let (settings, effective_from) = read(call.asked.json()?)?;
    let settings = Box::new(settings);
    let wish = TenantWish::ChangeSettings { tenant, settings, effective_from };
    adopted(call, &order(call, wish).await?)
}

/// The version that was just adopted.
pub(super) fn adopted(call: &Call<'_>, done: &TenantDone) -> Result<Response<Body>, ApiError> {
    let history = &done.tenant.settings;
    let adopted = history.versions().iter().max_by_key(|version| version.version);
    let adopted = adopted.ok_or_else(|| EngineError::Broken("a tenant without settings".into()))?;
    let current = history.at(call.asked.at).version == adopted.version;
    Ok(success(StatusCode::OK, &SettingsShape::new(adopted, current)))
}

fn read(json: &str) -> Result<(SettingsDraft, Option<Timestamp>), FieldError> {
    let object = Object::parse(json, &FIELDS)?;
    let document = object.required("settings", object.raw("settings"))?;
    let effective_from = read_instant(&object, "effective_from")?;
    Ok((read_settings(Some(document))?, effective_from))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_needs_a_document_and_may_wait() {
        let (settings, from) = read(r#"{"settings":{"currency":"TJS"}}"#).unwrap();
        assert_eq!((settings.currency.as_str(), from), ("TJS", None));
        let later = r#"{"settings":{},"effective_from":"2027-01-01T00:00:00+05:00"}"#;
        let expected = Timestamp::parse_rfc3339("2026-12-31T19:00:00Z");
        assert_eq!(read(later).unwrap().1, expected);
        let check = |json: &str, field: &str, code: &str| {
            let error = read(json).unwrap_err();
            assert_eq!((error.field.as_str(), error.complaint.code()), (field, code), "{json}");
        };
        check("{}", "settings", "required");
        check(r#"{"settings":null}"#, "settings", "required");
        check(r#"{"settings":{},"effective_from":"soon"}"#, "effective_from", "invalid_date");
        check(r#"{"settings":{"min_redeem":1}}"#, "min_redeem", "wrong_type");
    }
}
