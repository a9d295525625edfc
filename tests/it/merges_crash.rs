//! A merge is all or nothing, whichever write fails.

use crate::crash::{house_on, persist};
use crate::house::{Ask, PHONE, Shop, TestHouse, run};
use crate::merges::{OTHER, path_of};
use crate::stores::{FailsAt, Harm};
use serde_json::json;
use std::sync::Arc;

/// Appends of the scenario that may fail after the two registrations.
const APPENDS: std::ops::RangeInclusive<usize> = 4..=9;

/// Asks until the house serves.
async fn operate(
    house: &TestHouse,
    path: &str,
    body: serde_json::Value,
    key: &str,
) -> serde_json::Value {
    loop {
        let headers = [("idempotency-key", key)];
        let answer = house.operate_with("POST", path, body.clone(), &headers).await;
        if answer.status != 503 {
            return answer.data().clone();
        }
        tokio::task::yield_now().await;
    }
}

async fn scenario(house: &TestHouse, shop: &Shop) -> String {
    let grant = json!({"amount": "30.00", "reason": "test"});
    operate(house, &path_of(shop, OTHER, "adjustments"), grant, "g-1").await;
    let sale = |phone: &str, id: &str| {
        let sale = json!({"client_phone": phone, "total_amount": 100, "external_sale_id": id});
        Ask::post("/partner/sale", &sale).with("idempotency-key", id)
    };
    for ask in [sale(OTHER, "r-1"), sale(PHONE, "r-2")] {
        assert_eq!(persist(house, shop, &ask).await.0.status, 201);
    }
    let body = json!({"into": PHONE, "reason": "two cards"});
    let merged = operate(house, &path_of(shop, OTHER, "merge"), body, "m-1").await;
    assert_eq!((&merged["moved"], &merged["merged_client_id"]), (&json!(35), &json!(1)));
    assert_eq!(persist(house, shop, &sale(OTHER, "r-3")).await.0.status, 201);
    house.client(shop, PHONE).await["bonus_balance"].to_string()
}

#[test]
fn a_merge_is_all_or_nothing() {
    run(async {
        for harm in [Harm::BeforeTheWrite, Harm::AfterTheWrite] {
            for count in APPENDS {
                let house = house_on(Arc::new(FailsAt { count, harm })).await;
                let shop = house.shop(json!({})).await;
                for phone in [OTHER, PHONE] {
                    let log_in = Ask::post("/partner/auth", &json!({"phone": phone}));
                    persist(&house, &shop, &log_in).await;
                }
                assert_eq!(scenario(&house, &shop).await, "45", "{harm:?} at append {count}");
                let client = house.client(&shop, OTHER).await;
                assert_eq!((&client["id"], &client["total_spent"]), (&json!(2), &json!(300)));
                house.close_and_verify().await;
            }
        }
    });
}
