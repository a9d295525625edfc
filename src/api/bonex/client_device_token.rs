//! `POST` and `DELETE /client/device-token`: the devices on which a customer's app gets pushes.

use super::Call;
use crate::api::complaint::FieldError;
use crate::api::error::ApiError;
use crate::api::fields::Object;
use crate::api::respond::success;
use crate::engine::Wish;
use crate::ledger::{Device, DeviceToken, Platform};
use axum::body::Body;
use axum::http::{Response, StatusCode};
use serde::Serialize;

const REGISTER_FIELDS: [&str; 2] = ["token", "platform"];
const FORGET_FIELDS: [&str; 1] = ["token"];

#[derive(Serialize)]
struct RegisteredShape {
    registered: bool,
}

#[derive(Serialize)]
struct DeletedShape {
    deleted: bool,
}

pub(super) async fn register(call: &Call<'_>) -> Result<Response<Body>, ApiError> {
    let customer = call.customer().await?.id;
    let device = read_device(call.asked.json()?)?;
    call.change(customer, Wish::RegisterDevice(device)).await?;
    Ok(success(StatusCode::OK, &RegisteredShape { registered: true }))
}

/// A token that is not there is deleted already.
pub(super) async fn forget(call: &Call<'_>) -> Result<Response<Body>, ApiError> {
    let customer = call.customer().await?.id;
    let token = token(&Object::parse(call.asked.json()?, &FORGET_FIELDS)?)?;
    call.change(customer, Wish::ForgetDevice(token)).await?;
    Ok(success(StatusCode::OK, &DeletedShape { deleted: true }))
}

fn read_device(json: &str) -> Result<Device, FieldError> {
    let object = Object::parse(json, &REGISTER_FIELDS)?;
    let platforms = [("android", Platform::Android), ("ios", Platform::Ios)];
    Ok(Device { token: token(&object)?, platform: object.word("platform", &platforms)? })
}

fn token<const N: usize>(object: &Object<'_, N>) -> Result<DeviceToken, FieldError> {
    object.required("token", object.trimmed("token")?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_device_has_a_token_and_perhaps_a_platform() {
        let device = read_device(r#"{"token":" abc ","platform":"ios"}"#).unwrap();
        assert_eq!((device.token.as_str(), device.platform), ("abc", Some(Platform::Ios)));
        assert_eq!(read_device(r#"{"token":"a"}"#).unwrap().platform, None);
        let check = |json: &str, field: &str, code: &str| {
            let error = read_device(json).unwrap_err();
            assert_eq!((error.field.as_str(), error.complaint.code()), (field, code), "{json}");
        };
        check("{}", "token", "required");
        check(r#"{"token":" "}"#, "token", "required");
        check(r#"{"token":5}"#, "token", "wrong_type");
        check(&format!(r#"{{"token":"{}"}}"#, "x".repeat(513)), "token", "too_long");
        check(r#"{"token":"a","platform":"windows"}"#, "platform", "unknown_value");
    }
}
