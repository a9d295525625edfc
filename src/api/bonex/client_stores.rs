//! `GET /client/stores`: the stores that a customer can go to.

use super::Call;
use super::history_shapes::StoreShape;
use crate::api::error::ApiError;
use crate::api::respond::success;
use axum::body::Body;
use axum::http::{Response, StatusCode};

pub(super) async fn answer(call: &Call<'_>) -> Result<Response<Body>, ApiError> {
    call.customer().await?;
    let stores: Vec<_> = call.tenant.stores.open().map(StoreShape::of).collect();
    Ok(success(StatusCode::OK, &stores))
}
