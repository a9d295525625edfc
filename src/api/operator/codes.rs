//! `POST .../customers/{identifier}/code`: a login code to a customer's phone, as if they had asked.

use super::Call;
use crate::api::error::ApiError;
use crate::api::respond::success;
use crate::engine::Identifier;
use crate::ledger::{LookUp, Refusal};
use axum::body::Body;
use axum::http::{Response, StatusCode};
use serde::Serialize;

#[derive(Debug, Serialize)]
struct SentShape {
    client_id: u64,
    phone: String,
}

pub(super) async fn send(call: &Call<'_>) -> Result<Response<Body>, ApiError> {
    let (tenant, at) = (call.tenant()?.id, call.asked.at);
    let who = Identifier::Text(call.asked.identifier()?);
    let view = call.house.look_up(tenant, at, who, LookUp::default()).await?;
    let phone = view.phone.ok_or(Refusal::CustomerNotFound)?;
    call.house.send_code_for((tenant, at), phone, call.actor.clone()).await?;
    let shape = SentShape { client_id: view.id.number(), phone: phone.to_string() };
    Ok(success(StatusCode::OK, &shape))
}
