//! `GET /client/settings`: how the store shows itself in its app, before anybody logs in.

use super::Call;
use crate::api::respond::success;
use axum::body::Body;
use axum::http::{Response, StatusCode};
use serde::Serialize;

/// The contract's `Settings`.
#[derive(Debug, Serialize)]
struct SettingsShape<'a> {
    store_name: &'a str,
    logo_url: Option<&'a str>,
    primary_color: Option<&'a str>,
    currency: &'a str,
    bonus_unit: &'a str,
}

pub(super) fn answer(call: &Call<'_>) -> Response<Body> {
    let rules = call.rules();
    let brand = &rules.policy.brand;
    let shape = SettingsShape {
        store_name: brand.store_name.as_ref().unwrap_or(&call.tenant.name).as_str(),
        logo_url: brand.logo_url.as_ref().map(|url| url.as_str()),
        primary_color: brand.primary_color.as_ref().map(|color| color.as_str()),
        currency: rules.currency.as_str(),
        bonus_unit: rules.bonus_unit.as_str(),
    };
    success(StatusCode::OK, &shape)
}
