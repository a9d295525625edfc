//! Most requests do not go through the router: what they are answered is what they would be answered there.

use crate::house::{Ask, PHONE, TestHouse, request, run};
use axum::body::Body;
use axum::http::{HeaderMap, Response, StatusCode};
use http_body_util::BodyExt;
use kopilka::api::{DoorState, Routes, public_router, routes};
use serde_json::json;
use tower::ServiceExt;

/// Headers that differ from answer to answer, and one that is written later where it is not there.
const LEFT_OUT: [&str; 2] = ["x-request-id", "content-length"];

async fn taken_apart(response: Response<Body>) -> (StatusCode, HeaderMap, Vec<u8>) {
    let (parts, body) = response.into_parts();
    let mut headers = parts.headers;
    for name in LEFT_OUT {
        headers.remove(name);
    }
    (parts.status, headers, body.collect().await.unwrap().to_bytes().to_vec())
}

/// Asks both ways; what both answer.
async fn both(routes: &Routes, ask: Ask) -> (StatusCode, HeaderMap, Vec<u8>) {
    let router = routes.clone().without_shortcut();
    let short = taken_apart(routes.clone().oneshot(request(ask.clone())).await.unwrap()).await;
    let long = taken_apart(router.oneshot(request(ask.clone())).await.unwrap()).await;
    assert_eq!(short, long, "{ask:?}");
    short
}

#[test]
fn every_fixed_path_is_answered_as_by_the_router() {
    run(async {
        let house = TestHouse::new().await;
        let shop = house.shop(json!({})).await;
        let doors = public_router(DoorState::new(house.house.clone()));
        let fixed = routes().into_iter().filter(|(_, path)| !path.contains('{'));
        let mut count = 0;
        for (method, path) in fixed.filter(|(_, path)| !path.starts_with("/operator")) {
            for method in [method, "HEAD", "OPTIONS", "DELETE"] {
                for path in [path.to_owned(), format!("{path}?a=b"), format!("{path}/")] {
                    for body in ["", "{}", "{\"client_phone\":5}"] {
                        let body = body.to_owned();
                        let ask = Ask { method, path: path.clone(), body, headers: Vec::new() };
                        both(&doors, ask.clone()).await;
                        both(&doors, house.signed(&shop, ask)).await;
                        count += 1;
                    }
                }
            }
        }
        assert!(count > 500, "{count}");
        house.close_and_verify().await;
    });
}

#[test]
fn a_sale_is_repeated_by_the_router_as_it_was_made_without_it() {
    run(async {
        let house = TestHouse::new().await;
        let shop = house.shop(json!({})).await;
        house.log_in(&shop, PHONE).await;
        let doors = public_router(DoorState::new(house.house.clone()));
        let sale = json!({
            "client_phone": PHONE,
            "total_amount": 95.5,
            "external_sale_id": "s-1",
            "lines": [{"sku": "A", "quantity": 2, "line_amount": 95.5}],
        });
        let ask = Ask::post("/partner/sale", &sale).with("idempotency-key", "k-1");
        let (status, headers, body) = both(&doors, house.signed(&shop, ask)).await;
        assert_eq!(status, StatusCode::CREATED, "{}", String::from_utf8_lossy(&body));
        assert!(headers.contains_key("x-ledger-event") && headers.contains_key("x-ledger-hash"));
        house.close_and_verify().await;
    });
}
