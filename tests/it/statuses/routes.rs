//! What the routers answer where there is no operation.

use super::operation::{Dialect, Door, Operation};
use crate::contract::assert_envelope;
use crate::house::{TestHouse, run};
use axum::Router;
use axum::body::Body;
use axum::http::Request;
use http_body_util::BodyExt as _;
use serde_json::Value;
use std::collections::BTreeSet;
use tower::ServiceExt as _;

const METHODS: [&str; 6] = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"];

/// Status, code, and the methods that the path does answer to.
async fn ask(router: &Router, method: &str, path: &str) -> (u16, String, Option<String>) {
    let request = Request::builder().method(method).uri(path).body(Body::empty()).unwrap();
    let response = router.clone().oneshot(request).await.unwrap();
    let allowed = response.headers().get("allow").map(|it| it.to_str().unwrap().to_owned());
    let status = response.status().as_u16();
    let bytes = response.into_body().collect().await.unwrap().to_bytes();
    // A HEAD has no body to look at.
    let body: Value = serde_json::from_slice(&bytes).unwrap_or_default();
    if method != "HEAD" {
        assert_envelope(&body);
    }
    (status, body["code"].as_str().unwrap_or_default().to_owned(), allowed)
}

#[test]
fn a_method_that_a_path_does_not_know_is_refused_with_those_it_knows() {
    run(async {
        let house = TestHouse::new().await;
        let all = Operation::all(Dialect::Bonex);
        for operation in &all {
            let is_operators = operation.door() == Door::Operator;
            let router = if is_operators { &house.operator } else { &house.public };
            let at_path = all.iter().filter(|other| other.path == operation.path);
            let mut known: BTreeSet<&str> = at_path.map(|other| other.method).collect();
            known.extend(known.contains("GET").then_some("HEAD"));
            for method in METHODS.into_iter().filter(|method| !known.contains(method)) {
                let (status, code, allowed) = ask(router, method, operation.path).await;
                assert_eq!(status, 405, "{method} {}", operation.path);
                assert!(method == "HEAD" || code == "method_not_allowed");
                let allowed = allowed.unwrap();
                let allowed: BTreeSet<&str> = allowed.split(',').collect();
                assert_eq!(allowed, known, "{method} {}", operation.path);
            }
        }
    });
}

#[test]
fn each_listener_knows_its_own_paths_and_no_others() {
    run(async {
        let house = TestHouse::new().await;
        for operation in Operation::all(Dialect::Bonex) {
            let is_operators = operation.door() == Door::Operator;
            let other = if is_operators { &house.public } else { &house.operator };
            let unknown = (404, "route_unknown".to_owned(), None);
            assert_eq!(ask(other, operation.method, operation.path).await, unknown);
        }
        for router in [&house.public, &house.operator] {
            for path in
                ["/", "/api/v1", "/api/v1/partner/sale/", "/api/v1//partner/sale", "/operator"]
            {
                assert_eq!(ask(router, "POST", path).await.1, "route_unknown", "{path}");
            }
        }
    });
}
