//! What the house counts, for Prometheus.

use crate::api::telemetry::Telemetry;
use axum::body::Body;
use axum::http::{HeaderValue, Response, header};

/// The text format of OpenMetrics, which Prometheus reads.
const CONTENT_TYPE: HeaderValue =
    HeaderValue::from_static("application/openmetrics-text; version=1.0.0; charset=utf-8");

/// Everything counted so far.
pub(super) fn answer(telemetry: &Telemetry) -> Response<Body> {
    let mut response = Response::new(Body::from(telemetry.text()));
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, CONTENT_TYPE);
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}
