//! The no-op route: the yardstick that a load of sales is measured against. Served only when it is asked
//! for, and in no contract.

use crate::api::complaint::{Complaint, FieldError};
use crate::api::error::ApiError;
use crate::api::path;
use crate::api::request::BODY_BYTES_MAX;
use crate::api::respond::failure;
use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use axum::http::{HeaderValue, Method, Response, header};
use axum::routing::post;
use http_body_util::{BodyExt, Limited};

const PATH: &str = "/bench/no-op";
/// How many bytes are answered.
const BYTES: &str = "bytes";
/// Most bytes that are answered.
const ANSWER_BYTES_MAX: usize = 64 << 10;

/// Adds the no-op route to a router.
pub(super) fn with_no_op(router: Router) -> Router {
    router.route(PATH, post(no_op))
}

/// Whether a request is for the no-op route.
pub(super) fn is_no_op<B>(request: &axum::http::Request<B>) -> bool {
    request.uri().path() == PATH && *request.method() == Method::POST
}

pub(super) async fn no_op(request: Request) -> Response<Body> {
    match answer(request).await {
        Ok(response) => response,
        Err(error) => failure(&error),
    }
}

async fn answer(request: Request) -> Result<Response<Body>, ApiError> {
    let (parts, body) = request.into_parts();
    let bytes = asked_for(parts.uri.query().unwrap_or_default())?;
    let read = Limited::new(body, BODY_BYTES_MAX).collect().await;
    read.map_err(|_| ApiError::BodyTooLarge)?;
    let mut response = Response::new(Body::from(vec![b' '; bytes]));
    let json = HeaderValue::from_static("application/json");
    response.headers_mut().insert(header::CONTENT_TYPE, json);
    Ok(response)
}

fn asked_for(query: &str) -> Result<usize, FieldError> {
    let Some(text) = path::parameter(query, BYTES)? else { return Ok(0) };
    let bytes = text.parse().ok().filter(|bytes| *bytes <= ANSWER_BYTES_MAX);
    let most = u64::try_from(ANSWER_BYTES_MAX).unwrap_or(u64::MAX);
    bytes.ok_or_else(|| FieldError::new(BYTES, Complaint::NotWhole { least: 0, most }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::routes::Routes;
    use tower::ServiceExt;

    async fn check(query: &str, body: usize, status: u16, bytes: usize) {
        let request = Request::post(format!("{PATH}{query}")).body(Body::from(vec![b'x'; body]));
        let routes = Routes::from(Router::new()).with_no_op();
        let response = routes.oneshot(request.unwrap()).await.unwrap();
        assert_eq!(response.status().as_u16(), status, "{query}");
        let answered = response.into_body().collect().await.unwrap().to_bytes();
        assert!(status != 200 || answered.len() == bytes, "{query}: {}", answered.len());
    }

    #[tokio::test]
    async fn as_much_is_answered_as_is_asked_for() {
        check("?bytes=321", 500, 200, 321).await;
        check("", 0, 200, 0).await;
        check("?bytes=65536", 1, 200, ANSWER_BYTES_MAX).await;
        check("?bytes=65537", 1, 422, 0).await;
        check("?bytes=many", 1, 422, 0).await;
        check("?bytes=1", BODY_BYTES_MAX + 1, 413, 0).await;
    }
}
