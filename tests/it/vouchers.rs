//! Gift cards and coupons through the real doors: issued, spent in sales, given back, never overspent.

use crate::crash::{house_on, persist};
use crate::house::{Answer, Ask, PHONE, Shop, TestHouse, run};
use crate::parallel::together;
use crate::stores::{FailsAt, Harm};
use serde_json::{Value, json};
use std::sync::Arc;

pub(crate) async fn issue(house: &TestHouse, shop: &Shop, code: &str, nominal: &str) -> Value {
    let path = format!("/tenants/{}/gift-cards", shop.id);
    let answer = house.operate("POST", &path, json!({"code": code, "nominal": nominal})).await;
    assert_eq!(answer.status, 201, "{answer:?}");
    answer.data().clone()
}

pub(crate) async fn card(house: &TestHouse, shop: &Shop, code: &str) -> Value {
    let path = format!("/tenants/{}/gift-cards/{code}", shop.id);
    house.operate("GET", &path, json!(null)).await.data().clone()
}

async fn change(house: &TestHouse, shop: &Shop, path: &str) -> Answer {
    let path = format!("/tenants/{}/{path}", shop.id);
    house.operate("POST", &path, json!(null)).await
}

pub(crate) async fn coupon(house: &TestHouse, shop: &Shop, code: &str) -> Value {
    let path = format!("/tenants/{}/coupons/{code}", shop.id);
    house.operate("GET", &path, json!(null)).await.data().clone()
}

/// A promotion of 7 bonuses for coupons, and one coupon for it.
pub(crate) async fn coupons(house: &TestHouse, shop: &Shop, terms: Value) -> Answer {
    let document = json!({
        "name": "Coupons", "type": "fixed_bonus", "condition": {"coupon": true},
        "reward": {"bonus": "7.00"},
    });
    let path = format!("/tenants/{}/promotions", shop.id);
    let promotion = house.operate("POST", &path, document).await;
    let mut terms = terms;
    terms["promotion_id"] = promotion.data()["promotion_id"].clone();
    house.operate("POST", &format!("/tenants/{}/coupons", shop.id), terms).await
}

fn sale(total: u64, parts: &Value) -> Value {
    json!({"client_phone": PHONE, "total_amount": total, "gift_cards": parts})
}

async fn opened() -> (TestHouse, Shop) {
    let house = TestHouse::new().await;
    let shop = house.shop(json!({})).await;
    house.log_in(&shop, PHONE).await;
    (house, shop)
}

#[test]
fn a_gift_card_pays_and_gets_back() {
    run(async {
        let (house, shop) = opened().await;
        issue(&house, &shop, "Gift-1", "100.00").await;
        let sold = json!({"client_phone": PHONE, "total_amount": 20, "gross_amount": 80,
            "gift_cards": [{"code": "GIFT-1", "amount": 60}],
            "lines": [{"line_amount": 30}, {"line_amount": 50}]});
        let quote = house.ask(&shop, Ask::post("/partner/quote", &sold)).await;
        let sold = house.sell(&shop, sold).await;
        assert_eq!(sold.status, 201, "{sold:?}");
        assert_eq!(sold.data()["bonus_accrued"], json!(1));
        assert_eq!(quote.data()["bonus_accrued"], json!(1));
        assert_eq!(sold.data()["gift_cards"], json!([{"code": "GIFT-1", "amount": 60}]));
        let line = &sold.data()["lines"][0];
        assert_eq!((&line["gift_share"], &line["net"]), (&json!(22.5), &json!(7.5)));
        assert_eq!(quote.data()["lines"][0]["gift_share"], json!(22.5));
        let shown = card(&house, &shop, "gift-1").await;
        assert_eq!((&shown["balance"], &shown["rows_total"]), (&json!(40), &json!(2)));
        let refund = json!({"client_phone": PHONE, "sale_id": sold.data()["id"],
            "lines": [{"line": 1, "quantity": 1}]});
        let back = house.ask(&shop, Ask::post("/partner/refund", &refund)).await;
        assert_eq!(back.status, 201, "{back:?}");
        assert_eq!(back.data()["gift_cards"], json!([{"code": "GIFT-1", "amount": 22.5}]));
        assert_eq!(back.data()["money"], json!(7.5));
        let shown = card(&house, &shop, "Gift-1").await;
        let types: Vec<&Value> =
            shown["rows"].as_array().unwrap().iter().map(|row| &row["type"]).collect();
        assert_eq!(types, [&json!("restored"), &json!("spent"), &json!("issued")]);
        assert_eq!(shown["balance"], json!(62.5));
        let house = house.reopen().await;
        assert_eq!(card(&house, &shop, "Gift-1").await, shown);
        house.close_and_verify().await;
    });
}

#[test]
fn what_is_wrong_with_a_card_is_said_and_nothing_happens() {
    run(async {
        let (house, shop) = opened().await;
        for code in ["a", "b", "c"] {
            issue(&house, &shop, code, "10.00").await;
        }
        let refused = async |code: &str, amount: u64| {
            let answer = house
                .sell(
                    &shop,
                    sale(5, &json!([{"code": "a", "amount": 1}, {"code": code, "amount": amount}])),
                )
                .await;
            let (status, code, field) = answer.error();
            assert_eq!((status, field), (422, Some("gift_cards")));
            code.to_owned()
        };
        assert_eq!(refused("x", 1).await, "gift_card_not_found");
        assert_eq!(refused("b", 11).await, "gift_card_balance_too_low");
        change(&house, &shop, "gift-cards/b/block").await;
        assert_eq!(refused("b", 1).await, "gift_card_blocked");
        change(&house, &shop, "gift-cards/b/unblock").await;
        assert_eq!(change(&house, &shop, "gift-cards/c/void").await.data()["lost"], json!(10));
        assert_eq!(refused("c", 1).await, "gift_card_void");
        assert_eq!(change(&house, &shop, "gift-cards/c/block").await.error().1, "gift_card_void");
        assert_eq!(change(&house, &shop, "gift-cards/x/void").await.error().0, 404);
        let path = format!("/tenants/{}/gift-cards/b/expiry", shop.id);
        let moved = json!({"expires_at": "2026-03-04T00:00:00Z"});
        assert_eq!(house.operate("PUT", &path, moved.clone()).await.status, 200);
        house.advance_days(3);
        let shown = card(&house, &shop, "b").await;
        assert_eq!((&shown["status"], &shown["balance"]), (&json!("expired"), &json!(0)));
        assert_eq!(refused("b", 1).await, "gift_card_expired");
        assert_eq!(house.operate("PUT", &path, moved).await.error().1, "gift_card_expired");
        assert_eq!(card(&house, &shop, "a").await["balance"], json!(10));
        let taken = json!({"code": "A", "nominal": "5"});
        let taken = house.operate("POST", &format!("/tenants/{}/gift-cards", shop.id), taken).await;
        assert_eq!(taken.error(), (422, "voucher_code_taken", Some("code")));
        house.close_and_verify().await;
    });
}

#[test]
fn cards_are_listed_and_issued_once_under_a_key() {
    run(async {
        let (house, shop) = opened().await;
        let path = format!("/tenants/{}/gift-cards", shop.id);
        let issued = async |key: &str, nominal: &str| {
            let body = json!({"nominal": nominal});
            house.operate_with("POST", &path, body, &[("idempotency-key", key)]).await
        };
        let first = issued("k-1", "10.00").await;
        let code = first.data()["code"].as_str().unwrap().to_owned();
        assert_eq!((code.len(), &code[..2]), (13, "29"));
        assert_eq!(issued("k-1", "10").await.data(), first.data());
        assert_eq!(issued("k-1", "11").await.error().1, "idempotency_key_reused");
        for number in 2..=5 {
            issue(&house, &shop, &format!("c-{number}"), "5.00").await;
        }
        change(&house, &shop, "gift-cards/c-3/block").await;
        house.house.checkpoint().await.unwrap();
        assert_eq!(house.house.vouchers_in_memory().unwrap(), 0);
        issue(&house, &shop, "c-6", "5.00").await;
        let list = async |query: &str| {
            let page = house.operate("GET", &format!("{path}?{query}"), json!(null)).await;
            let cards = page.data()["gift_cards"].as_array().unwrap().iter();
            let codes: Vec<String> =
                cards.map(|card| card["code"].as_str().unwrap().to_owned()).collect();
            (codes.join(" "), page.data()["next_after"].clone())
        };
        assert_eq!(list("limit=2").await, (format!("{code} c-2"), json!(2)));
        assert_eq!(list("limit=10&after=2").await, ("c-3 c-4 c-5 c-6".to_owned(), json!(null)));
        assert_eq!(list("status=blocked").await, ("c-3".to_owned(), json!(null)));
        let wrong = house.operate("GET", &format!("{path}?status=odd"), json!(null)).await;
        assert_eq!(wrong.error().2, Some("status"));
        house.close_and_verify().await;
    });
}

#[test]
fn a_coupon_gives_its_promotion_once_and_comes_back_with_the_whole_sale() {
    run(async {
        let (house, shop) = opened().await;
        let issued = coupons(&house, &shop, json!({"codes": ["Summer"], "uses_max": 1})).await;
        assert_eq!(issued.status, 201, "{issued:?}");
        let sold = json!({"client_phone": PHONE, "total_amount": 100, "coupons": ["SUMMER"]});
        let bought = house.sell(&shop, sold.clone()).await;
        assert_eq!(bought.data()["bonus_accrued"], json!(12));
        assert_eq!(bought.data()["coupons"], json!(["Summer"]));
        assert_eq!(coupon(&house, &shop, "summer").await["status"], json!("used_up"));
        assert_eq!(
            house.sell(&shop, sold.clone()).await.error(),
            (422, "coupon_used_up", Some("coupons"))
        );
        let quote = house.ask(&shop, Ask::post("/partner/quote", &sold)).await;
        assert_eq!(quote.data()["messages"][0]["code"], json!("coupon_used_up"));
        assert_eq!(quote.data()["bonus_accrued"], json!(5));
        let refund = json!({"client_phone": PHONE, "sale_id": bought.data()["id"]});
        let back = house.ask(&shop, Ask::post("/partner/refund", &refund)).await;
        assert_eq!(back.status, 201, "{back:?}");
        assert_eq!(coupon(&house, &shop, "Summer").await["uses"], json!(0));
        assert_eq!(change(&house, &shop, "coupons/summer/end").await.status, 200);
        assert_eq!(house.sell(&shop, sold).await.error().1, "coupon_ended");
        house.close_and_verify().await;
    });
}

#[test]
fn coupons_are_made_in_batches_all_or_none() {
    run(async {
        let (house, shop) = opened().await;
        let issued = coupons(&house, &shop, json!({"count": 1000, "per_customer": 1})).await;
        assert_eq!(issued.data().as_array().unwrap().len(), 1_000);
        let path = format!("/tenants/{}/coupons", shop.id);
        let chosen = async |codes: Value| {
            let body = json!({"promotion_id": 1, "codes": codes});
            house.operate("POST", &path, body).await
        };
        assert_eq!(chosen(json!(["x", "y"])).await.status, 201);
        assert_eq!(chosen(json!(["z", "Y"])).await.error().1, "voucher_code_taken");
        assert_eq!(change(&house, &shop, "coupons/z/end").await.error().0, 404);
        let plain = json!({"name": "Plain", "type": "fixed_bonus", "reward": {"bonus": "1"}});
        house.operate("POST", &format!("/tenants/{}/promotions", shop.id), plain).await;
        let other = house.operate("POST", &path, json!({"promotion_id": 2})).await;
        assert_eq!(other.error(), (422, "voucher_invalid", Some("promotion_id")));
        let listed = house.operate("GET", &format!("{path}?limit=200"), json!(null)).await;
        assert_eq!(listed.data()["next_after"], json!(200));
        house.close_and_verify().await;
    });
}

#[test]
fn parallel_sales_with_one_card_never_spend_more_than_it_holds() {
    const SENT: usize = 32;
    run(async {
        let (house, shop) = opened().await;
        issue(&house, &shop, "one", "100.00").await;
        let other = "+992907654321";
        house.log_in(&shop, other).await;
        let sales = (0..SENT).map(|number| {
            let phone = if number % 2 == 0 { PHONE } else { other };
            let parts = json!([{"code": "one", "amount": 7}]);
            house
                .sell(&shop, json!({"client_phone": phone, "total_amount": 1, "gift_cards": parts}))
        });
        let answers = together(sales).await;
        let sold = answers.iter().filter(|answer| answer.status == 201).count();
        let short =
            answers.iter().filter(|it| it.body["code"] == json!("gift_card_balance_too_low"));
        assert_eq!((sold, short.count()), (14, SENT - 14));
        assert_eq!(card(&house, &shop, "one").await["balance"], json!(2));
        house.close_and_verify().await;
    });
}

#[test]
fn the_sweeper_writes_off_what_expired() {
    run(async {
        let (house, shop) = opened().await;
        let path = format!("/tenants/{}/gift-cards", shop.id);
        let body = json!({"code": "x", "nominal": "9", "expires_at": "2026-03-05T00:00:00Z"});
        house.operate("POST", &path, body).await;
        house.advance_days(4);
        assert!(house.house.sweep().await.unwrap() >= 1);
        assert_eq!(house.house.sweep().await.unwrap(), 0);
        let feed = house.ask(&shop, Ask::get("/partner/events?after=0")).await;
        let kinds: Vec<&Value> =
            feed.data()["events"].as_array().unwrap().iter().map(|event| &event["kind"]).collect();
        assert!(kinds.contains(&&json!("gift_card_issued")), "{kinds:?}");
        assert!(kinds.contains(&&json!("gift_card_expired")), "{kinds:?}");
        assert_eq!(card(&house, &shop, "x").await["lost"], json!(9));
        house.close_and_verify().await;
    });
}

/// Sales with a card and a coupon, of which one meets a failing write and is sent again.
async fn spend(count: usize, harm: Harm) {
    let house = house_on(Arc::new(FailsAt { count, harm })).await;
    let shop = house.shop(json!({})).await;
    house.log_in(&shop, PHONE).await;
    issue(&house, &shop, "one", "25.00").await;
    coupons(&house, &shop, json!({"codes": ["c"], "uses_max": 2})).await;
    let mut failures = 0;
    for number in 0..3 {
        let key = format!("k-{number}");
        let sold = json!({"client_phone": PHONE, "total_amount": 1, "coupons": ["c"],
            "gift_cards": [{"code": "one", "amount": 10}]});
        let ask = Ask::post("/partner/sale", &sold).with("idempotency-key", &key);
        let (answer, failed) = persist(&house, &shop, &ask).await;
        failures += usize::from(failed);
        assert_eq!(answer.status, if number < 2 { 201 } else { 422 }, "{answer:?}");
    }
    assert!(failures <= 1, "{harm:?} at append {count}");
    assert_eq!(card(&house, &shop, "one").await["balance"], json!(5));
    assert_eq!(coupon(&house, &shop, "c").await["uses"], json!(2));
    assert_eq!(house.client(&shop, PHONE).await["total_spent"], json!(2));
    house.close_and_verify().await;
}

#[test]
fn whichever_write_fails_all_of_a_sale_happens_or_nothing() {
    // The tenant, the customer, the card, the promotion and the coupon come before the sales.
    run(async {
        for harm in [Harm::BeforeTheWrite, Harm::AfterTheWrite] {
            for count in 6..=7 {
                spend(count, harm).await;
            }
        }
    });
}
