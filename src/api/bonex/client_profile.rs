//! `GET /client/profile`: the customer behind a Bearer token.

use super::Call;
use super::render::Rendering;
use crate::api::error::ApiError;
use crate::api::respond::success;
use axum::body::Body;
use axum::http::{Response, StatusCode};

pub(super) async fn answer(call: &Call<'_>) -> Result<Response<Body>, ApiError> {
    let view = call.customer().await?;
    Ok(success(StatusCode::OK, &Rendering::new(call.rules()).client(&view)))
}
