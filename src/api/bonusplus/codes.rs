//! `PUT .../sendCode` and `PUT .../checkCode`: whoever has the code has the phone. Both work before there
//! is a customer.

use super::call::Call;
use super::respond::done;
use crate::api::error::ApiError;
use crate::ledger::{LoginCode, Refusal};
use crate::values::Phone;
use axum::body::Body;
use axum::http::Response;

/// `PUT /customer/{phone}/sendCode`
pub(super) async fn send(call: &Call<'_>) -> Result<Response<Body>, ApiError> {
    send_to(call, call.phone()?).await
}

/// `PUT /customer/sendCode {phone}`
pub(super) async fn send_by_body(call: &Call<'_>) -> Result<Response<Body>, ApiError> {
    send_to(call, phone_of_body(call)?).await
}

/// `PUT /customer/{phone}/checkCode/{code}`
pub(super) async fn check(call: &Call<'_>) -> Result<Response<Body>, ApiError> {
    let code = call.asked.segment("code")?;
    check_of(call, call.phone()?, &code).await
}

/// `PUT /customer/checkCode {phone, code}`
pub(super) async fn check_by_body(call: &Call<'_>) -> Result<Response<Body>, ApiError> {
    let body = call.fields()?;
    let code = body.required("code", body.string("code")?)?;
    check_of(call, phone_of_body(call)?, &code).await
}

fn phone_of_body(call: &Call<'_>) -> Result<Phone, ApiError> {
    let body = call.fields()?;
    let phone = body.phone("phone", call.rules().default_country)?;
    Ok(body.required("phone", phone)?)
}

async fn send_to(call: &Call<'_>, phone: Phone) -> Result<Response<Body>, ApiError> {
    call.house.send_code(call.tenant.id, call.asked.at, phone).await?;
    Ok(done())
}

async fn check_of(call: &Call<'_>, phone: Phone, code: &str) -> Result<Response<Body>, ApiError> {
    let code = LoginCode::parse(code.trim()).map_err(|_| Refusal::CodeInvalid)?;
    call.house.check_code(call.tenant.id, call.asked.at, phone, code).await?;
    Ok(done())
}
