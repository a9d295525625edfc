//! What an operator says of a customer: works for the chain, may not redeem.

use super::Call;
use super::customers::change;
use crate::api::complaint::FieldError;
use crate::api::error::ApiError;
use crate::api::fields::Object;
use crate::api::idempotency::Meaning;
use crate::engine::Wish;
use crate::ledger::AccountFlag;
use axum::body::Body;
use axum::http::Response;

const STAFF_FIELDS: [&str; 1] = ["staff"];
const DEBIT_FIELDS: [&str; 1] = ["denied"];

pub(super) async fn set_staff(call: &Call<'_>) -> Result<Response<Body>, ApiError> {
    set(call, AccountFlag::Staff, &STAFF_FIELDS).await
}

pub(super) async fn set_debit(call: &Call<'_>) -> Result<Response<Body>, ApiError> {
    set(call, AccountFlag::DebitDenied, &DEBIT_FIELDS).await
}

async fn set(
    call: &Call<'_>,
    flag: AccountFlag,
    fields: &'static [&'static str; 1],
) -> Result<Response<Body>, ApiError> {
    let on = read(call.asked.json()?, fields)?;
    let mut meaning = Meaning::default();
    meaning.field(fields[0], on);
    change(call, Wish::SetFlag { flag, on }, meaning).await
}

/// A flag is set or taken away; nothing at all is neither.
fn read(json: &str, fields: &'static [&'static str; 1]) -> Result<bool, FieldError> {
    let object = Object::parse(json, fields)?;
    object.required(fields[0], object.flag(fields[0])?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flag_is_true_or_false() {
        let flag = |json: &str| read(json, &STAFF_FIELDS).map_err(|error| error.complaint.code());
        assert_eq!(flag(r#"{"staff":true}"#), Ok(true));
        assert_eq!(flag(r#"{"staff":false}"#), Ok(false));
        assert_eq!(flag(r#"{"staff":null}"#), Err("required"));
        assert_eq!(flag(r#"{"staff":1}"#), Err("wrong_type"));
        assert_eq!(flag(r#"{"denied":true}"#), Err("unknown_field"));
    }
}
