//! Idempotency-Keys of what operators change without a receipt: done once, answered as it is now, over a
//! restart and whether the tables know the key or not; another meaning under the same key is refused.

use crate::house::{Answer, PHONE, Shop, TestHouse, run};
use serde_json::{Value, json};

/// A change, and one that takes it back.
struct Case {
    key: &'static str,
    method: &'static str,
    path: &'static str,
    body: Value,
    back: (&'static str, &'static str, Value),
    /// Where the answer shows which of the two came last.
    shown: &'static str,
}

fn case(
    key: &'static str,
    (method, path, body): (&'static str, &'static str, Value),
    back: (&'static str, &'static str, Value),
    shown: &'static str,
) -> Case {
    Case { key, method, path, body, back, shown }
}

fn cases() -> Vec<Case> {
    let none = Value::Null;
    vec![
        case(
            "block",
            ("POST", "customers/%2B992901234567/block", none.clone()),
            ("POST", "customers/%2B992901234567/unblock", none.clone()),
            "/data/is_blocked",
        ),
        case(
            "card",
            ("PUT", "customers/%2B992901234567/card", json!({"card": "C-1"})),
            ("PUT", "customers/%2B992901234567/card", json!({"card": null})),
            "/data/club_card_number",
        ),
        case(
            "staff",
            ("PUT", "customers/%2B992901234567/staff", json!({"staff": true})),
            ("PUT", "customers/%2B992901234567/staff", json!({"staff": false})),
            "/data/staff",
        ),
        case(
            "gift",
            ("POST", "gift-cards/G-1/block", none.clone()),
            ("POST", "gift-cards/G-1/unblock", none),
            "/data/status",
        ),
    ]
}

async fn ask(
    house: &TestHouse,
    shop: &Shop,
    (method, path, body): (&str, &str, &Value),
    key: Option<&str>,
) -> Answer {
    let headers: Vec<_> = key.map(|key| ("idempotency-key", key)).into_iter().collect();
    let path = format!("/tenants/{}/{path}", shop.id);
    house.operate_with(method, &path, body.clone(), &headers).await
}

async fn opened() -> (TestHouse, Shop) {
    let house = TestHouse::new().await;
    let shop = house.shop(json!({})).await;
    house.log_in(&shop, PHONE).await;
    let card = json!({"code": "G-1", "nominal": "100.00"});
    assert_eq!(ask(&house, &shop, ("POST", "gift-cards", &card), Some("issue")).await.status, 201);
    (house, shop)
}

#[test]
fn a_change_under_a_key_is_made_once() {
    run(async {
        let (mut house, shop) = opened().await;
        for Case { key, method, path, body, back, shown } in cases() {
            let asked = (method, path, &body);
            let first = ask(&house, &shop, asked, Some(key)).await;
            assert_eq!(first.status, 200, "{first:?}");
            let back = ask(&house, &shop, (back.0, back.1, &back.2), None).await;
            assert_ne!(first.body.pointer(shown), back.body.pointer(shown), "{key} {back:?}");
            for _ in 0..2 {
                let again = ask(&house, &shop, asked, Some(key)).await;
                assert_eq!((again.status, &again.body), (200, &back.body), "{key}");
                house = house.reopen().await;
            }
            let other =
                ask(&house, &shop, ("POST", "gift-cards/G-1/void", &Value::Null), Some(key));
            assert_eq!(other.await.error().1, "idempotency_key_reused", "{key}");
        }
        let other =
            ask(&house, &shop, ("POST", "gift-cards/G-1/void", &Value::Null), Some("issue"));
        assert_eq!(other.await.error().1, "idempotency_key_reused");
        house.close_and_verify().await;
    });
}

#[test]
fn a_promotion_is_set_once_and_ended_once() {
    run(async {
        let (house, shop) = opened().await;
        let document = json!({
            "name": "Double", "type": "category_multiplier",
            "condition": {"categories": ["milk"]}, "reward": {"multiplier": "2"},
        });
        let create = ("POST", "promotions", &document);
        let first = ask(&house, &shop, create, Some("promo")).await;
        assert_eq!(first.status, 201, "{first:?}");
        let second = ask(&house, &shop, create, None).await;
        assert_ne!(first.data()["promotion_id"], second.data()["promotion_id"]);
        let again = ask(&house, &shop, create, Some("promo")).await;
        assert_eq!((again.status, &again.body), (201, &first.body));
        let house = house.reopen().await;
        let again = ask(&house, &shop, create, Some("promo")).await;
        assert_eq!((again.status, &again.body), (201, &first.body));
        let path = format!("promotions/{}/end", first.data()["promotion_id"]);
        let ended = ask(&house, &shop, ("POST", &path, &Value::Null), Some("end")).await;
        assert_eq!(ended.status, 200);
        let again = ask(&house, &shop, ("POST", &path, &Value::Null), Some("end")).await;
        assert_eq!(again.body, ended.body);
        let mut other = document.clone();
        other["reward"]["multiplier"] = json!("3");
        let other = ask(&house, &shop, ("POST", "promotions", &other), Some("promo")).await;
        assert_eq!(other.error().1, "idempotency_key_reused");
        house.close_and_verify().await;
    });
}

#[test]
fn a_coupon_is_ended_and_a_card_is_voided_once() {
    run(async {
        let (house, shop) = opened().await;
        let void = ("POST", "gift-cards/G-1/void", &Value::Null);
        let first = ask(&house, &shop, void, Some("void")).await;
        assert_eq!((first.status, &first.data()["status"]), (200, &json!("void")));
        let house = house.reopen().await;
        let again = ask(&house, &shop, void, Some("void")).await;
        assert_eq!((again.status, &again.body), (200, &first.body));
        crate::vouchers::coupons(&house, &shop, json!({"codes": ["K-1"]})).await;
        let end = ("POST", "coupons/K-1/end", &Value::Null);
        let first = ask(&house, &shop, end, Some("end")).await;
        let again = ask(&house, &shop, end, Some("end")).await;
        assert_eq!((first.status, &again.body), (200, &first.body));
        house.close_and_verify().await;
    });
}
