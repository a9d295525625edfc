//! `POST /partner/client/{identifier}/send-code`: the code with which a customer agrees to a redemption,
//! as a text message to their phone.

use super::Call;
use crate::api::error::ApiError;
use crate::api::respond::success;
use crate::engine::Identifier;
use axum::body::Body;
use axum::http::{Response, StatusCode};
use serde::Serialize;

#[derive(Serialize)]
struct MessageShape {
    message: &'static str,
}

pub(super) async fn answer(call: &Call<'_>) -> Result<Response<Body>, ApiError> {
    let who = Identifier::Text(call.asked.identifier()?);
    call.house.send_confirmation(call.tenant.id, call.asked.at, who).await?;
    Ok(success(StatusCode::OK, &MessageShape { message: "Code sent." }))
}
