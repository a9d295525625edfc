//! The contract and its page through the public door, and not through the operator's.

use crate::house::{TestHouse, run};
use axum::Router;
use axum::body::Body;
use axum::http::Request;
use http_body_util::BodyExt as _;
use tower::ServiceExt as _;

/// Status, content type, how long it may be kept, and the text.
async fn fetch(router: &Router, path: &str) -> (u16, String, String, Vec<u8>) {
    let request = Request::builder().uri(path).body(Body::empty()).unwrap();
    let response = router.clone().oneshot(request).await.unwrap();
    let header = |name: &str| response.headers()[name].to_str().unwrap().to_owned();
    let (kind, kept) = (header("content-type"), header("cache-control"));
    let status = response.status().as_u16();
    (status, kind, kept, response.into_body().collect().await.unwrap().to_bytes().to_vec())
}

#[test]
fn whoever_can_call_the_api_can_read_about_it() {
    run(async {
        let house = TestHouse::new().await;
        for (path, kind) in [
            ("/openapi.yaml", "application/yaml"),
            ("/docs", "text/html; charset=utf-8"),
            ("/docs/swagger-ui.css", "text/css; charset=utf-8"),
            ("/docs/swagger-ui-bundle.js", "text/javascript; charset=utf-8"),
        ] {
            let (status, told, kept, text) = fetch(&house.public, path).await;
            assert_eq!((status, told.as_str()), (200, kind), "{path}");
            assert_eq!(kept, "public, max-age=3600", "{path}");
            assert!(!text.is_empty());
            assert_eq!(fetch(&house.operator, path).await.0, 404, "{path}");
        }
        let (.., text) = fetch(&house.public, "/openapi.yaml").await;
        assert_eq!(text, include_bytes!("../../openapi.yaml"));
    });
}
