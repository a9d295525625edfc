//! What the feed tells of bonuses that expire, are owed, and are activated: exact movements.

use crate::house::{Ask, PHONE, Shop, TestHouse, run};
use serde_json::{Value, json};

/// The kind and the movements of the last entry, without the numbers of transactions.
async fn last(house: &TestHouse, shop: &Shop) -> (String, Value) {
    let answer = house.ask(shop, Ask::get("/partner/events")).await;
    let entry = answer.data()["events"].as_array().unwrap().last().unwrap();
    let mut movements = entry["movements"].clone();
    for movement in movements.as_array_mut().unwrap() {
        let numbered = movement.as_object_mut().unwrap().remove("transaction_id").is_some();
        assert_eq!(numbered, movement["type"] != "activate", "only an activation writes no row");
    }
    (entry["kind"].as_str().unwrap().to_owned(), movements)
}

async fn sweep_after(house: &TestHouse, days: i64) {
    house.advance_days(days);
    house.house.sweep().await.unwrap();
}

#[test]
fn what_expires_is_taken_and_what_is_activated_pays_debt_first() {
    run(async {
        let house = TestHouse::new().await;
        let settings = json!({"welcome_bonus": "25.00", "welcome_expire_after_days": 5});
        let shop = house.shop(settings).await;
        house.log_in(&shop, PHONE).await;
        let path = format!("/tenants/{}/customers/%2B992901234567/adjustments", shop.id);
        let held = json!({"amount": "10.00", "reason": "later", "hold_seconds": 864_000, "expires": "2026-12-31"});
        assert_eq!(house.operate("POST", &path, held).await.status, 201);

        sweep_after(&house, 7).await;
        let expired =
            json!([{"type": "expire", "amount": -25, "lots": [{"lot_id": 1, "amount": -25}]}]);
        assert_eq!(last(&house, &shop).await, ("settlement".to_owned(), expired));

        // Held bonuses are not drawn: it is owed.
        let owed = json!({"amount": "-8.00", "reason": "fraud", "allow_debt": true});
        assert_eq!(house.operate("POST", &path, owed).await.status, 201);
        let drawn = json!([{"type": "adjust", "amount": -8, "debt": 8, "lots": []}]);
        assert_eq!(last(&house, &shop).await, ("adjustment".to_owned(), drawn));

        sweep_after(&house, 4).await;
        let activated = json!([{"type": "activate", "amount": 10, "debt": -8, "lots": [{"lot_id": 2, "amount": 2}]}]);
        assert_eq!(last(&house, &shop).await, ("settlement".to_owned(), activated));
        assert_eq!(house.client(&shop, PHONE).await["redeemable_balance"], json!(2));
        house.close_and_verify().await;
    });
}
