//! Tenants: created with their secrets, listed, shown, suspended, resumed, their secrets rotated.

use super::Call;
use super::render::{SecretsShape, TenantShape};
use super::settings_document::read_settings;
use crate::api::complaint::{Complaint, FieldError};
use crate::api::error::ApiError;
use crate::api::fields::Object;
use crate::api::respond::success;
use crate::engine::{TenantDone, TenantOrder, TenantWish};
use crate::ledger::{SettingsDraft, TenantName};
use crate::values::TenantId;
use axum::body::Body;
use axum::http::{Response, StatusCode};

/// How long a token or secret may stay good beside its successor: a year.
const GRACE_SECONDS_MAX: u32 = 31_536_000;

const CREATE_FIELDS: [&str; 2] = ["name", "settings"];
const ROTATE_FIELDS: [&str; 2] = ["what", "grace_seconds"];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(clippy::enum_variant_names, reason = "the second is called so in the contract")]
enum Secret {
    Token,
    Secret,
    PlusKey,
}

pub(super) async fn create(call: &Call<'_>) -> Result<Response<Body>, ApiError> {
    let (name, settings) = read_create(call.asked.json()?)?;
    let done = order(call, TenantWish::Create { name, settings: Box::new(settings) }).await?;
    Ok(success(StatusCode::CREATED, &SecretsShape::new(&done)))
}

pub(super) fn list(call: &Call<'_>) -> Result<Response<Body>, ApiError> {
    let tenants = call.house.tenants()?;
    let shapes: Vec<_> =
        tenants.iter().map(|tenant| TenantShape::new(tenant, call.asked.at)).collect();
    Ok(success(StatusCode::OK, &shapes))
}

pub(super) fn show(call: &Call<'_>) -> Result<Response<Body>, ApiError> {
    Ok(success(StatusCode::OK, &TenantShape::new(&*call.tenant()?, call.asked.at)))
}

pub(super) async fn rotate(call: &Call<'_>) -> Result<Response<Body>, ApiError> {
    let tenant = call.tenant()?.id;
    let (what, grace_seconds) = read_rotate(call.asked.json()?)?;
    let wish = match what {
        Secret::Token => TenantWish::RotateToken { tenant, grace_seconds },
        Secret::Secret => TenantWish::RotateSecret { tenant, grace_seconds },
        Secret::PlusKey => TenantWish::RotatePlusKey { tenant, grace_seconds },
    };
    let done = order(call, wish).await?;
    Ok(success(StatusCode::OK, &SecretsShape::new(&done)))
}

pub(super) async fn suspend(call: &Call<'_>) -> Result<Response<Body>, ApiError> {
    changed(call, |tenant| TenantWish::Suspend { tenant }).await
}

pub(super) async fn resume(call: &Call<'_>) -> Result<Response<Body>, ApiError> {
    changed(call, |tenant| TenantWish::Resume { tenant }).await
}

async fn changed(
    call: &Call<'_>,
    wish: impl FnOnce(TenantId) -> TenantWish,
) -> Result<Response<Body>, ApiError> {
    let done = order(call, wish(call.tenant()?.id)).await?;
    Ok(success(StatusCode::OK, &TenantShape::new(&done.tenant, call.asked.at)))
}

pub(super) async fn order(call: &Call<'_>, wish: TenantWish) -> Result<TenantDone, ApiError> {
    let order = TenantOrder { at: call.asked.at, actor: call.actor.clone(), wish };
    Ok(call.house.change_tenant(order).await?)
}

fn read_create(json: &str) -> Result<(TenantName, SettingsDraft), FieldError> {
    let object = Object::parse(json, &CREATE_FIELDS)?;
    let name = object.required("name", object.trimmed("name")?)?;
    Ok((name, read_settings(object.raw("settings"))?))
}

fn read_rotate(json: &str) -> Result<(Secret, u32), FieldError> {
    let object = Object::parse(json, &ROTATE_FIELDS)?;
    let words =
        [("token", Secret::Token), ("secret", Secret::Secret), ("bonusplus_key", Secret::PlusKey)];
    let what = object.word("what", &words)?;
    let what = what.ok_or_else(|| object.complain("what", Complaint::Required))?;
    Ok((what, object.whole("grace_seconds", GRACE_SECONDS_MAX)?.unwrap_or(0)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check<T: std::fmt::Debug>(found: Result<T, FieldError>, field: &str, code: &str) {
        let error = found.unwrap_err();
        assert_eq!((error.field.as_str(), error.complaint.code()), (field, code));
    }

    #[test]
    fn a_tenant_needs_a_name_and_may_bring_settings() {
        let (name, settings) = read_create(r#"{"name":" Demo "}"#).unwrap();
        assert_eq!((name.as_str(), settings.currency.as_str()), ("Demo", "USD"));
        let (_, settings) =
            read_create(r#"{"name":"Demo","settings":{"currency":"TJS"}}"#).unwrap();
        assert_eq!(settings.currency.as_str(), "TJS");
        check(read_create("{}"), "name", "required");
        check(read_create(r#"{"name":"  "}"#), "name", "required");
        check(read_create(r#"{"name":"a","settings":[]}"#), "settings", "wrong_type");
        check(
            read_create(r#"{"name":"a","settings":{"curency":"TJS"}}"#),
            "curency",
            "unknown_field",
        );
    }

    #[test]
    fn a_rotation_says_what_and_how_long_the_old_one_stays_good() {
        assert_eq!(read_rotate(r#"{"what":"token"}"#), Ok((Secret::Token, 0)));
        let read = read_rotate(r#"{"what":"secret","grace_seconds":60}"#);
        assert_eq!(read, Ok((Secret::Secret, 60)));
        assert_eq!(read_rotate(r#"{"what":"bonusplus_key"}"#), Ok((Secret::PlusKey, 0)));
        check(read_rotate("{}"), "what", "required");
        check(read_rotate(r#"{"what":"phone"}"#), "what", "unknown_value");
        let negative = read_rotate(r#"{"what":"token","grace_seconds":-1}"#);
        check(negative, "grace_seconds", "not_whole_number");
        let long = read_rotate(r#"{"what":"token","grace_seconds":31536001}"#);
        check(long, "grace_seconds", "not_whole_number");
    }
}
