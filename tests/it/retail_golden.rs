//! Requests as tills and shops of the BonusPlus dialect send them, in order, and what they are told.

use crate::house::{PHONE, TestHouse, run};
use serde_json::{Value, json};

const REQUESTS: &str = include_str!("../../data/contract/bonusplus-requests.ndjson");

#[test]
fn every_golden_request_is_answered_as_ever() {
    run(async {
        let house = TestHouse::new().await;
        let shop = house.shop(json!({"max_redeem_percent": "30"})).await;
        house.log_in(&shop, PHONE).await;
        house.grant(&shop, PHONE, "120.00").await;
        for line in REQUESTS.lines() {
            let golden: Value = serde_json::from_str(line).unwrap();
            let method = match golden["method"].as_str().unwrap() {
                "GET" => "GET",
                "PUT" => "PUT",
                _ => "POST",
            };
            let path = golden["path"].as_str().unwrap();
            let answer = house.plus(&shop, method, path, golden["body"].clone()).await;
            let what = format!("{}: {answer:?}", golden["what"]);
            assert_eq!(json!(answer.status), golden["status"], "{what}");
            if let Some(message) = golden.get("devMsg") {
                assert_eq!(answer.body["devMsg"], *message, "{what}");
            }
            for (place, expected) in golden["told"].as_object().into_iter().flatten() {
                assert_eq!(answer.body.pointer(place), Some(expected), "{place} of {what}");
            }
        }
        house.close_and_verify().await;
    });
}
