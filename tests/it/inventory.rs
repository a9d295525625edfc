//! The inventory of a chain: whole or not at all, larger than a record of the journal, the same after
//! every way to open it.

use crate::house::{Answer, Ask, Shop, TestHouse, run};
use serde_json::{Value, json};

const SYNC: &str = "/integration/inventory/sync";

async fn sync(house: &TestHouse, shop: &Shop, body: Value) -> Answer {
    let ask = Ask::post(SYNC, &body).with("X-Tenant-Token", &shop.token);
    house.raw(ask).await
}

fn counts(answer: &Answer) -> [u64; 4] {
    let data = answer.data();
    ["received", "created", "updated", "deactivated"].map(|name| data[name].as_u64().unwrap())
}

/// Items with every field filled as far as it goes.
fn items(numbers: std::ops::Range<u32>, on_hand: u32) -> Vec<Value> {
    let item = |number| {
        json!({
            "sku": format!("SKU-{number:0>60}"), "name": "Молоко ".repeat(36),
            "category_code": format!("category {number:0>55}"),
            "interest_tag": format!("tag {number:0>60}"), "quantity": 0.123456,
            "quantity_on_hand": on_hand, "overstock_threshold": 1_000, "days_without_sale": number
        })
    };
    numbers.map(item).collect()
}

#[test]
fn five_thousand_items_are_taken_and_found_again() {
    run(async {
        let house = TestHouse::new().await;
        let shop = house.shop(json!({})).await;
        let all = items(0..5_000, 5);
        let first = sync(&house, &shop, json!({"items": &all})).await;
        assert_eq!(counts(&first), [5_000, 5_000, 0, 0]);
        // From the journal alone, then from the tables, then from the journal once more.
        let house = house.reopen().await;
        let again = sync(&house, &shop, json!({"items": &all[..10], "deactivate_missing": true}));
        assert_eq!(counts(&again.await), [10, 0, 10, 4_990]);
        house.house.checkpoint().await.unwrap();
        let house = house.reopen().await;
        let again = sync(&house, &shop, json!({"items": &all[..5], "deactivate_missing": true}));
        assert_eq!(counts(&again.await), [5, 0, 5, 5]);
        let dir = house.close_and_verify().await;
        std::fs::remove_dir_all(dir.path().join("ledger/tables")).unwrap();
        let options = crate::house::options(&dir.path().join("ledger"));
        let house = TestHouse::open(dir, options).await;
        let again = sync(&house, &shop, json!({"items": [], "deactivate_missing": true})).await;
        assert_eq!(counts(&again), [0, 0, 0, 5]);
        house.close_and_verify().await;
    });
}

#[test]
fn one_bad_item_and_nothing_is_taken() {
    run(async {
        let house = TestHouse::new().await;
        let shop = house.shop(json!({})).await;
        let mut list = items(0..3, 5);
        list[2]["quantity"] = json!("3");
        let refused = sync(&house, &shop, json!({"items": &list})).await;
        assert_eq!(refused.error(), (422, "wrong_type", Some("items[2].quantity")));
        list[2]["quantity"] = json!(3);
        assert_eq!(counts(&sync(&house, &shop, json!({"items": &list})).await), [3, 3, 0, 0]);
        let too_many =
            sync(&house, &shop, json!({"items": vec![json!({"sku": "a"}); 5_001]})).await;
        assert_eq!(too_many.error(), (422, "too_many_entries", Some("items")));
        let padded = json!({"items": [{"sku": "a", "name": " ".repeat(8 << 20)}]});
        assert_eq!(sync(&house, &shop, padded).await.error(), (413, "body_too_large", None));
        let stranger = Shop { token: "0".repeat(64), ..shop.clone() };
        let unknown = sync(&house, &stranger, json!({"items": []})).await;
        assert_eq!(unknown.error(), (401, "tenant_token_invalid", None));
        house.close_and_verify().await;
    });
}
