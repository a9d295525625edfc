//! Codes, balances and reserves of the BonusPlus dialect.

use crate::house::{Answer, Ask, Shop, TestHouse, run};
use serde_json::{Value, json};

const ANNA: &str = "992901234567";
const BORIS: &str = "992901234568";

async fn shop_with_anna(house: &TestHouse, bonuses: &str) -> Shop {
    let shop = house.shop(json!({})).await;
    house.plus(&shop, "POST", "/customer", json!({"phone": ANNA})).await;
    house.grant(&shop, ANNA, bonuses).await;
    shop
}

async fn customer(house: &TestHouse, shop: &Shop) -> Value {
    house.plus(shop, "GET", &format!("/customer?phone={ANNA}"), Value::Null).await.body
}

async fn reserve(house: &TestHouse, shop: &Shop, phone: &str, body: Value) -> Answer {
    house.plus(shop, "PATCH", &format!("/customer/{phone}/balance/reserve"), body).await
}

#[test]
fn a_code_is_sent_checked_once_and_confirms_the_phone() {
    run(async {
        let house = TestHouse::new().await;
        let shop = shop_with_anna(&house, "1.00").await;
        let send = format!("/customer/{ANNA}/sendCode");
        assert_eq!(house.plus(&shop, "PUT", &send, Value::Null).await.status, 204);
        let throttled =
            house.plus(&shop, "PUT", "/customer/sendCode", json!({"phone": ANNA})).await;
        assert_eq!(throttled.plus_error(), (412, "CODE_THROTTLED"));
        assert_eq!(throttled.retry_after.as_deref(), Some("60"));
        assert_eq!(customer(&house, &shop).await["confirmed"], json!(false));
        let check = |code: &str| format!("/customer/{ANNA}/checkCode/{code}");
        let code = house.last_code(&format!("+{ANNA}")).await;
        for wrong in ["1", "000000"] {
            let refused = house.plus(&shop, "PUT", &check(wrong), Value::Null).await;
            assert_eq!(refused.plus_error(), (412, "CODE_INVALID"), "{wrong}");
        }
        assert_eq!(house.plus(&shop, "PUT", &check(&code), Value::Null).await.status, 204);
        assert_eq!(customer(&house, &shop).await["confirmed"], json!(true));
        let again = house.plus(&shop, "PUT", &check(&code), Value::Null).await;
        assert_eq!(again.plus_error(), (412, "CODE_INVALID"));
        house.close_and_verify().await;
    });
}

#[test]
fn a_code_works_before_there_is_a_customer() {
    run(async {
        let house = TestHouse::new().await;
        let shop = house.shop(json!({})).await;
        house.plus(&shop, "PUT", "/customer/sendCode", json!({"phone": BORIS})).await;
        let code = house.last_code(&format!("+{BORIS}")).await;
        let body = json!({"phone": BORIS, "code": code.parse::<u32>().unwrap()});
        let checked = house.plus(&shop, "PUT", "/customer/checkCode", body.clone()).await;
        assert_eq!(checked.status, 204);
        let again = house.plus(&shop, "PUT", "/customer/checkCode", body).await;
        assert_eq!(again.plus_error(), (412, "CODE_INVALID"));
        let house = house.reopen().await;
        let created = house.plus(&shop, "POST", "/customer", json!({"phone": BORIS})).await;
        assert_eq!(created.body["confirmed"], json!(true));
        // Long after a code nobody knows whose phone it is.
        house.advance_seconds(60);
        house.plus(&shop, "PUT", "/customer/sendCode", json!({"phone": ANNA})).await;
        let code = house.last_code(&format!("+{ANNA}")).await;
        let path = format!("/customer/{ANNA}/checkCode/{code}");
        assert_eq!(house.plus(&shop, "PUT", &path, Value::Null).await.status, 204);
        house.advance_seconds(3_600);
        let created = house.plus(&shop, "POST", "/customer", json!({"phone": ANNA})).await;
        assert_eq!(created.body["confirmed"], json!(false));
        house.close_and_verify().await;
    });
}

#[test]
fn a_balance_is_changed_with_dates_of_its_own() {
    run(async {
        let house = TestHouse::new().await;
        let shop = shop_with_anna(&house, "10.00").await;
        let path = format!("/customer/{ANNA}/balance");
        let body = json!({
            "amount": "50.005", "transactionType": "Gift", "activatedInDays": 1, "burnsInDays": "30",
        });
        let given = house.plus(&shop, "PATCH", &path, body).await;
        assert_eq!(
            given.body,
            json!({
                "phoneNumber": ANNA, "cardNumber": null, "amount": 50.01, "transactionType": "Gift",
                "availableBonuses": 10, "notActiveBonuses": 50.01,
            })
        );
        house.advance_days(1);
        let shown = customer(&house, &shop).await;
        assert_eq!(shown["availableBonuses"], json!(60.01));
        assert_eq!(shown["nearestBonusesExpirationDate"], "2026-04-02T23:59:59+05:00");
        let taken = house.plus(&shop, "PATCH", &path, json!({"amount": -60})).await;
        assert_eq!((taken.status, &taken.body["amount"]), (200, &json!(-60)));
        assert_eq!(customer(&house, &shop).await["totalBonusDebit"], json!(60));
        for (body, status, code) in [
            (json!({"amount": -1}), 412, "ADJUSTMENT_BELOW_BALANCE"),
            (json!({"amount": ""}), 412, "ADJUSTMENT_OF_NOTHING"),
            (json!({}), 412, "REQUIRED"),
            (json!({"amount": "much"}), 400, "WRONG_TYPE"),
        ] {
            let refused = house.plus(&shop, "PATCH", &path, body).await;
            assert_eq!(refused.plus_error(), (status, code));
        }
        house.close_and_verify().await;
    });
}

#[test]
fn a_key_makes_a_change_happen_once() {
    run(async {
        let house = TestHouse::new().await;
        let shop = shop_with_anna(&house, "10.00").await;
        let path = format!("/customer/{ANNA}/balance");
        let ask = async |key: &str, body: Value| {
            let ask = Ask::plus("PATCH", &path, &body).with_key(&shop.key);
            house.raw(ask.with("idempotency-key", key)).await
        };
        let first = ask("k-1", json!({"amount": 5})).await;
        let again = ask("k-1", json!({"amount": "5.00"})).await;
        assert_eq!((first.status, &again.body["amount"]), (200, &json!(5)));
        assert_eq!(customer(&house, &shop).await["availableBonuses"], json!(15));
        let other = ask("k-1", json!({"amount": 6})).await;
        assert_eq!(other.plus_error(), (412, "IDEMPOTENCY_KEY_REUSED"));
        assert_eq!(ask("a b", json!({"amount": 6})).await.plus_error(), (412, "INVALID_KEY"));
        house.close_and_verify().await;
    });
}

#[test]
fn bonuses_are_set_aside_released_and_lapse() {
    run(async {
        let house = TestHouse::new().await;
        let shop = shop_with_anna(&house, "100.00").await;
        let aside = async |id: Value, amount: Value| {
            let answer = reserve(&house, &shop, ANNA, json!({"id": id, "amount": amount})).await;
            assert_eq!((answer.status, answer.body), (204, Value::Null));
        };
        let available = async || customer(&house, &shop).await["availableBonuses"].clone();
        let left = async |id: &str| {
            let path = format!("/customer/{ANNA}/balance/reserve/{id}");
            house.plus(&shop, "GET", &path, Value::Null).await
        };
        aside(json!(17), json!("60")).await;
        aside(json!("17"), json!(10)).await;
        assert_eq!(available().await, json!(30));
        assert_eq!(left("17").await.body, json!({"phone": ANNA, "id": "17", "amount": 70}));
        aside(json!("17"), json!(-20)).await;
        aside(json!("17"), json!(0)).await;
        aside(json!("no-such"), json!(-5)).await;
        assert_eq!(available().await, json!(50));
        // More than there is: what there is.
        aside(json!("17"), json!(-500)).await;
        assert_eq!(available().await, json!(100));
        assert_eq!(left("17").await.plus_error(), (404, "RESERVE_NOT_FOUND"));
        let much = reserve(&house, &shop, ANNA, json!({"id": "18", "amount": 100.01})).await;
        assert_eq!(much.plus_error(), (412, "BALANCE_TOO_LOW"));
        aside(json!("18"), json!(40)).await;
        house.advance_seconds(86_399);
        assert_eq!(available().await, json!(60));
        house.advance_seconds(1);
        assert_eq!(available().await, json!(100));
        house.close_and_verify().await;
    });
}

#[test]
fn a_reserve_is_of_one_customer_and_is_removed_by_its_id() {
    run(async {
        let house = TestHouse::new().await;
        let shop = shop_with_anna(&house, "100.00").await;
        house.plus(&shop, "POST", "/customer", json!({"phone": BORIS})).await;
        house.grant(&shop, BORIS, "10.00").await;
        reserve(&house, &shop, ANNA, json!({"id": "17", "amount": 60})).await;
        let foreign = reserve(&house, &shop, BORIS, json!({"id": "17", "amount": 1})).await;
        assert_eq!(foreign.plus_error(), (412, "RESERVE_OF_ANOTHER_CUSTOMER"));
        let unharmed = reserve(&house, &shop, BORIS, json!({"id": "17", "amount": -1})).await;
        assert_eq!(unharmed.status, 204);
        assert_eq!(customer(&house, &shop).await["availableBonuses"], json!(40));
        let remove =
            async |path: &'static str, body: Value| house.plus(&shop, "DELETE", path, body).await;
        let path = "/customer/balance/reserve";
        assert_eq!(remove(path, Value::Null).await.plus_error(), (412, "REQUIRED"));
        assert_eq!(remove(path, json!({"id": 17})).await.status, 204);
        assert_eq!(remove(path, json!({"id": 17})).await.status, 204);
        assert_eq!(customer(&house, &shop).await["availableBonuses"], json!(100));
        reserve(&house, &shop, ANNA, json!({"id": "18", "amount": 60})).await;
        assert_eq!(remove("/customer/balance/reserve?id=18", Value::Null).await.status, 204);
        assert_eq!(customer(&house, &shop).await["availableBonuses"], json!(100));
        let blocked = format!("/tenants/{}/customers/%2B{ANNA}/block", shop.id);
        house.operate("POST", &blocked, Value::Null).await;
        let refused = reserve(&house, &shop, ANNA, json!({"id": "19", "amount": 1})).await;
        assert_eq!(refused.plus_error(), (412, "CUSTOMER_BLOCKED"));
        house.close_and_verify().await;
    });
}
