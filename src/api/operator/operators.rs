//! Operators of the house: listed with how they came about, added, their tokens rotated, revoked.

use super::Call;
use super::denial::OperatorDenial;
use crate::api::complaint::{Complaint, FieldError};
use crate::api::error::ApiError;
use crate::api::fields::Object;
use crate::api::respond::success;
use crate::engine::{OperatorDone, OperatorError, OperatorOrder, OperatorWish};
use crate::ledger::{KnownOperator, OperatorEvent, OperatorName, OperatorRefusal, Operators, Role};
use axum::body::Body;
use axum::http::{Response, StatusCode};
use serde::Serialize;

const FIELDS: [&str; 2] = ["name", "role"];

#[derive(Debug, Serialize)]
struct OperatorShape<'a> {
    name: &'a str,
    role: &'static str,
    added_at: String,
    revoked_at: Option<String>,
    history: Vec<ChangeShape<'a>>,
}

#[derive(Debug, Serialize)]
struct ChangeShape<'a> {
    what: &'static str,
    at: String,
    by: &'a str,
}

/// The token that was just made: shown in this answer and never again. Not `Debug`, so that it cannot be
/// logged.
#[derive(Serialize)]
struct TokenShape<'a> {
    name: &'a str,
    role: &'static str,
    token: &'a str,
}

pub(super) fn list(call: &Call<'_>) -> Response<Body> {
    let operators = call.house.operators();
    let shapes: Vec<_> =
        operators.all().map(|(name, known)| OperatorShape::new(name, known, &operators)).collect();
    success(StatusCode::OK, &shapes)
}

pub(super) async fn add(call: &Call<'_>) -> Result<Response<Body>, ApiError> {
    let (name, role) = read(call.asked.json()?)?;
    let done = change(call, &name, OperatorWish::Add(role)).await?;
    with_token(StatusCode::CREATED, &name, &done)
}

pub(super) async fn rotate(call: &Call<'_>) -> Result<Response<Body>, ApiError> {
    let name = name_of(call)?;
    let done = change(call, &name, OperatorWish::Rotate).await?;
    with_token(StatusCode::OK, &name, &done)
}

pub(super) async fn revoke(call: &Call<'_>) -> Result<Response<Body>, ApiError> {
    let name = name_of(call)?;
    let done = change(call, &name, OperatorWish::Revoke).await?;
    let known = known(&done.operators, &name)?;
    Ok(success(StatusCode::OK, &OperatorShape::new(&name, known, &done.operators)))
}

async fn change(
    call: &Call<'_>,
    name: &OperatorName,
    wish: OperatorWish,
) -> Result<OperatorDone, ApiError> {
    let by = call.caller.name.clone();
    let order = OperatorOrder { name: name.clone(), wish, at: call.asked.at, by };
    Ok(call.house.change_operator(order).await?)
}

fn with_token(
    status: StatusCode,
    name: &OperatorName,
    done: &OperatorDone,
) -> Result<Response<Body>, ApiError> {
    let role = known(&done.operators, name)?.role.name();
    let token = done.token.as_deref().unwrap_or_default();
    Ok(success(status, &TokenShape { name: name.as_str(), role, token }))
}

fn known<'a>(operators: &'a Operators, name: &OperatorName) -> Result<&'a KnownOperator, ApiError> {
    operators.get(name).ok_or_else(|| unknown().into())
}

fn unknown() -> OperatorDenial {
    OperatorRefusal::NotFound.into()
}

/// The operator in the path; what is no name leads to nobody.
fn name_of(call: &Call<'_>) -> Result<OperatorName, ApiError> {
    let text = call.asked.segment("operator")?;
    OperatorName::parse(&text).ok_or_else(|| unknown().into())
}

fn read(json: &str) -> Result<(OperatorName, Role), FieldError> {
    let object = Object::parse(json, &FIELDS)?;
    let name = object.required("name", object.string("name")?)?;
    let name = OperatorName::parse(&name);
    let name = name.ok_or_else(|| object.complain("name", Complaint::NotOperatorName))?;
    let role = object.word("role", &Role::ALL.map(|role| (role.name(), role)))?;
    Ok((name, object.required("role", role)?))
}

impl<'a> OperatorShape<'a> {
    fn new(name: &'a OperatorName, known: &KnownOperator, operators: &'a Operators) -> Self {
        let own = |event: &&OperatorEvent| event.name == *name;
        Self {
            name: name.as_str(),
            role: known.role.name(),
            added_at: known.added_at.to_string(),
            revoked_at: known.revoked_at.map(|at| at.to_string()),
            history: operators.history().iter().filter(own).map(ChangeShape::new).collect(),
        }
    }
}

impl<'a> ChangeShape<'a> {
    fn new(event: &'a OperatorEvent) -> Self {
        Self { what: event.change.name(), at: event.at.to_string(), by: event.by.as_str() }
    }
}

impl From<OperatorError> for ApiError {
    fn from(error: OperatorError) -> Self {
        match error {
            OperatorError::Refused(refusal) => OperatorDenial::from(refusal).into(),
            OperatorError::Engine(error) => error.into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_operator_has_a_name_and_a_role() {
        let anna = OperatorName::parse("anna").unwrap();
        assert_eq!(read(r#"{"name":"anna","role":"support"}"#), Ok((anna, Role::Support)));
        let check = |json: &str, field: &str, code: &str| {
            let error = read(json).unwrap_err();
            assert_eq!((error.field.as_str(), error.complaint.code()), (field, code), "{json}");
        };
        check("{}", "name", "required");
        check(r#"{"name":"anna"}"#, "role", "required");
        check(r#"{"name":"Anna B","role":"support"}"#, "name", "invalid_name");
        check(r#"{"name":"anna","role":"root"}"#, "role", "unknown_value");
        check(r#"{"name":"anna","role":"owner","token":"x"}"#, "token", "unknown_field");
    }
}
