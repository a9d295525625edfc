//! The same request again, at once or much later, in another's name or with another meaning: one effect.

use crate::house::{Answer, Ask, PHONE, Shop, TestHouse, run};
use serde_json::{Value, json};

const OTHER: &str = "+992907654321";

async fn shop_with_two() -> (TestHouse, Shop) {
    let house = TestHouse::new().await;
    let shop = house.shop(json!({"redeem_hold_seconds": 0})).await;
    for phone in [PHONE, OTHER] {
        house.log_in(&shop, phone).await;
        house.grant(&shop, phone, "500").await;
    }
    (house, shop)
}

async fn keyed(house: &TestHouse, shop: &Shop, path: &str, body: &Value, key: &str) -> Answer {
    house.ask(shop, Ask::post(path, body).with("idempotency-key", key)).await
}

#[test]
fn an_external_id_is_taken_for_ever_and_by_what_was_committed_only() {
    run(async {
        let (house, shop) = shop_with_two().await;
        let sale = |phone: &str, total: u32| json!({"client_phone": phone, "total_amount": total, "external_sale_id": "r-1"});
        let over = json!({"client_phone": PHONE, "total_amount": 10, "bonus_redeem_amount": 90, "external_sale_id": "r-1"});
        assert_eq!(house.sell(&shop, over).await.error().1, "redeem_over_cap");
        let first = house.sell(&shop, sale(PHONE, 100)).await;
        let id = first.data()["id"].clone();
        let check = async |house: &TestHouse| {
            for phone in [PHONE, OTHER] {
                let again = house.sell(&shop, sale(phone, 100)).await;
                assert_eq!(again.error(), (422, "duplicate_sale", Some("external_sale_id")));
                assert!(again.body["error"].as_str().unwrap().contains(&id.to_string()));
            }
        };
        check(&house).await;
        house.house.checkpoint().await.unwrap();
        check(&house).await;
        let house = house.reopen().await;
        check(&house).await;
        // A redemption has ids of its own, and so has another tenant.
        let redemption = json!({"client_phone": OTHER, "amount": 5, "total_amount": 100, "external_sale_id": "r-1"});
        assert_eq!(house.redeem(&shop, redemption.clone()).await.status, 200);
        assert_eq!(house.redeem(&shop, redemption).await.error().1, "duplicate_redemption");
        let elsewhere = house.shop(json!({})).await;
        house.log_in(&elsewhere, PHONE).await;
        assert_eq!(house.sell(&elsewhere, sale(PHONE, 100)).await.status, 201);
        house.close_and_verify().await;
    });
}

#[test]
fn an_idempotency_key_gives_the_original_answer_again() {
    run(async {
        let (house, shop) = shop_with_two().await;
        let sale = json!({"client_phone": PHONE, "total_amount": 200.00, "bonus_redeem_amount": 20, "external_sale_id": "r-1",
            "lines": [{"sku": "a", "line_amount": 150}, {"sku": "b", "quantity": 2, "unit_price": 35}]});
        let first = keyed(&house, &shop, "/partner/sale", &sale, "key-1").await;
        assert_eq!(first.status, 201);
        let redemption = json!({"client_phone": PHONE, "amount": 10, "total_amount": 100});
        let redeemed = keyed(&house, &shop, "/partner/redeem", &redemption, "key-2").await;
        assert_eq!(redeemed.status, 200);
        let balance = house.client(&shop, PHONE).await["bonus_balance"].clone();
        let mut same_meaning = sale.clone();
        same_meaning["total_amount"] = json!(200);
        let mut other_meaning = sale.clone();
        other_meaning["total_amount"] = json!(201);
        let check = async |house: &TestHouse| {
            let again = keyed(house, &shop, "/partner/sale", &same_meaning, "key-1").await;
            assert_eq!((again.status, &again.body), (201, &first.body));
            let again = keyed(house, &shop, "/partner/redeem", &redemption, "key-2").await;
            assert_eq!((again.status, &again.body), (200, &redeemed.body));
            let other = keyed(house, &shop, "/partner/sale", &other_meaning, "key-1").await;
            assert_eq!(other.error(), (422, "idempotency_key_reused", Some("Idempotency-Key")));
            let other = keyed(house, &shop, "/partner/redeem", &redemption, "key-1").await;
            assert_eq!(other.error().1, "idempotency_key_reused");
            assert_eq!(house.client(&shop, PHONE).await["bonus_balance"], balance);
        };
        check(&house).await;
        house.advance_days(20);
        house.house.checkpoint().await.unwrap();
        check(&house).await;
        let house = house.reopen().await;
        check(&house).await;
        // Without the key the receipt is a duplicate.
        assert_eq!(house.sell(&shop, sale).await.error().1, "duplicate_sale");
        house.close_and_verify().await;
    });
}

#[test]
fn a_refused_request_does_not_burn_its_key() {
    run(async {
        let (house, shop) = shop_with_two().await;
        let redemption = json!({"client_phone": PHONE, "amount": 600, "total_amount": 9000});
        let refused = keyed(&house, &shop, "/partner/redeem", &redemption, "key").await;
        assert_eq!(refused.error().1, "balance_too_low");
        house.grant(&shop, PHONE, "100").await;
        assert_eq!(keyed(&house, &shop, "/partner/redeem", &redemption, "key").await.status, 200);
        house.close_and_verify().await;
    });
}

#[test]
fn an_adjustment_with_a_key_happens_once() {
    run(async {
        let (house, shop) = shop_with_two().await;
        let path = format!("/tenants/{}/customers/%2B992901234567/adjustments", shop.id);
        let body = json!({"amount": "120.00", "reason": "apology"});
        let headers = [("idempotency-key", "case-17")];
        let first = house.operate_with("POST", &path, body.clone(), &headers).await;
        let again = house.operate_with("POST", &path, body, &headers).await;
        assert_eq!((first.status, &first.body), (201, &again.body));
        assert_eq!(house.client(&shop, PHONE).await["bonus_balance"].to_string(), "620");
        house.close_and_verify().await;
    });
}

#[test]
fn of_concurrent_twins_exactly_one_is_created() {
    run(async {
        let (house, shop) = shop_with_two().await;
        for round in 0..20 {
            let twins = (0..32).map(|twin| {
                let phone = if twin % 2 == 0 { PHONE } else { OTHER };
                let sale = json!({"client_phone": phone, "total_amount": 100, "external_sale_id": format!("twin-{round}")});
                let (house, shop) = (&house, &shop);
                async move { house.sell(shop, sale).await }
            });
            let answers = crate::parallel::together(twins).await;
            let created = answers.iter().filter(|answer| answer.status == 201).count();
            let duplicates = answers.iter().filter(|answer| answer.status == 422).count();
            assert_eq!((created, duplicates), (1, 31));
        }
        house.close_and_verify().await;
    });
}

#[test]
fn a_phone_registered_by_many_at_once_is_one_customer() {
    run(async {
        let house = TestHouse::new().await;
        let shop = house.shop(json!({"welcome_bonus": "10.00"})).await;
        let twins = (0..64).map(|_| house.log_in(&shop, PHONE));
        let answers = crate::parallel::together(twins).await;
        assert_eq!(answers.iter().filter(|answer| answer.status == 201).count(), 1);
        assert_eq!(answers.iter().filter(|answer| answer.status == 200).count(), 63);
        assert_eq!(house.client(&shop, PHONE).await["bonus_balance"], json!(10));
        house.close_and_verify().await;
    });
}
