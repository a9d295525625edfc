//! Quotes over the API: what a sale would do and why; the sale that follows has the same figures.

use crate::house::{Answer, Ask, PHONE, Shop, TestHouse, run};
use serde_json::{Value, json};

pub(crate) async fn quote(house: &TestHouse, shop: &Shop, sale: &Value) -> Answer {
    house.ask(shop, Ask::post("/partner/quote", sale)).await
}

/// A shop with a customer who has so many bonuses.
pub(crate) async fn shop_with(house: &TestHouse, settings: Value, bonuses: &str) -> Shop {
    let shop = house.shop(settings).await;
    house.log_in(&shop, PHONE).await;
    house.grant(&shop, PHONE, bonuses).await;
    shop
}

/// Quotes a sale, then makes it: both say the same.
pub(crate) async fn quote_and_sell(house: &TestHouse, shop: &Shop, sale: Value) -> Value {
    let before = house.client(shop, PHONE).await;
    let quoted = quote(house, shop, &sale).await;
    assert_eq!(quoted.status, 200, "{quoted:?}");
    assert_eq!(house.client(shop, PHONE).await, before, "a quote changes nothing");
    let sold = house.sell(shop, sale).await;
    assert_eq!(sold.status, 201, "{sold:?}");
    let (quoted, sold) = (quoted.data(), sold.data());
    for figure in
        ["client_id", "sale_date", "total_amount", "bonus_accrued", "bonus_redeemed", "new_balance"]
    {
        assert_eq!(quoted[figure], sold[figure], "{figure}");
    }
    for (quoted, sold) in quoted["lines"].as_array().unwrap().iter().zip(lines_of(sold)) {
        for figure in ["redeem_share", "net", "accrual"] {
            assert_eq!(quoted[figure], sold[figure], "{figure}");
        }
        let promotions = sold.get("promotions").cloned().unwrap_or_else(|| json!([]));
        assert_eq!(quoted["promotions"], promotions);
    }
    assert_eq!(quoted["lines"].as_array().unwrap().len(), lines_of(sold).len());
    quoted.clone()
}

fn lines_of(sale: &Value) -> &[Value] {
    sale["lines"].as_array().map_or(&[], Vec::as_slice)
}

#[test]
fn a_quote_equals_the_sale_that_follows_with_the_reason_of_every_figure() {
    run(async {
        let house = TestHouse::new().await;
        let shop = shop_with(&house, json!({}), "150.00").await;
        let sale = json!({
            "client_phone": PHONE, "gross_amount": 1000.00, "total_amount": 955.00,
            "redeem_mode": "payment_type", "bonus_redeem_amount": 45.00, "external_sale_id": "order-1",
            "lines": [{"sku": "SKU-001", "quantity": 2, "unit_price": 20}, {"line_amount": 960}],
        });
        let told = quote_and_sell(&house, &shop, sale).await;
        assert_eq!(told["new_balance"].to_string(), "152.75");
        assert_eq!(told["max_redeem_amount"], json!(150));
        assert_eq!(told["tier"]["name"], json!("Base"));
        let limit = &told["redeem_limit"];
        assert_eq!(
            (&limit["reason"], &limit["by_percent"]),
            (&json!("redeemable_balance"), &json!(300))
        );
        let accrual = &told["accrual"];
        assert_eq!((&accrual["unrounded"], &accrual["capped_by"]), (&json!("47.75"), &json!(null)));
        assert_eq!(accrual["activates_at"], json!("2026-03-03T14:00:00+05:00"));
        assert_eq!(accrual["expires_at"], json!("2027-03-03T23:59:59+05:00"));
        assert_eq!(told["lines"][1]["accrual"].to_string(), "45.84");
        assert_eq!(told["unlisted"], json!(null));
        house.close_and_verify().await;
    });
}

#[test]
fn limits_and_goods_are_named() {
    run(async {
        let house = TestHouse::new().await;
        let settings = json!({
            "earn_max_per_day": "3.00", "redeem_max_per_day": "20.00", "accrual_step": "1",
            "category_rules": [{"category": "tobacco", "effect": "both"}],
        });
        let shop = shop_with(&house, settings, "90.00").await;
        let sale = |redeem: u32| {
            json!({
                "client_phone": PHONE, "total_amount": 100 - redeem, "bonus_redeem_amount": redeem,
                "lines": [{"category_code": "tobacco", "line_amount": 20}, {"line_amount": 50}],
            })
        };
        let told = quote_and_sell(&house, &shop, sale(5)).await;
        assert_eq!(told["accrual"]["capped_by"], json!("earn_max_per_day"));
        assert_eq!(told["accrual"]["rounding"], json!("half_up 0.01, floor 1"));
        assert_eq!(told["redeem_limit"]["reason"], json!("redeem_max_per_day"));
        assert_eq!(told["max_redeem_amount"], json!(20));
        assert_eq!(told["lines"][0]["reason"], json!("no_earn"));
        assert_eq!(told["lines"][0]["redeem_reason"], json!("no_redeem"));
        assert_eq!(told["unlisted"]["reason"], json!("tier"));
        let told = quote_and_sell(&house, &shop, sale(0)).await;
        assert_eq!(told["redeem_limit"]["max_per_day_left"], json!(15));
        assert_eq!(told["bonus_accrued"], json!(0));
        assert_eq!(told["accrual"]["activates_at"], json!(null));
        house.close_and_verify().await;
    });
}

#[test]
fn what_the_sale_would_be_refused_for_the_quote_is_refused_for() {
    run(async {
        let house = TestHouse::new().await;
        let shop = shop_with(&house, json!({}), "50.00").await;
        let body = |changes: Value| {
            let mut sale = json!({"client_phone": PHONE, "total_amount": 100});
            for (name, value) in changes.as_object().unwrap() {
                sale[name] = value.clone();
            }
            sale
        };
        house.sell(&shop, body(json!({"external_sale_id": "o-1"}))).await;
        for changes in [
            json!({"total_amount": 0}),
            json!({"total_amount": "100"}),
            json!({"client_phone": "+992999999999"}),
            json!({"external_sale_id": "o-1"}),
            json!({"bonus_redeem_amount": 50}),
            json!({"bonus_redeem_amount": 50, "total_amount": 900, "gross_amount": 900}),
            json!({"sale_date": "2026-01-01T00:00:00Z"}),
        ] {
            let sale = body(changes);
            let quoted = quote(&house, &shop, &sale).await;
            let sold = house.sell(&shop, sale.clone()).await;
            assert_eq!(quoted.body, sold.body, "{sale}");
            assert_eq!(quoted.status, sold.status, "{sale}");
            assert!(quoted.status >= 400, "{sale}");
        }
        let path = format!("/tenants/{}/customers/%2B992901234567/block", shop.id);
        house.operate("POST", &path, json!(null)).await;
        let blocked = quote(&house, &shop, &body(json!({}))).await;
        assert_eq!(blocked.error(), (403, "customer_blocked", None));
        let unsigned = house.raw(Ask::post("/partner/quote", &body(json!({})))).await;
        assert_eq!(unsigned.status, 401);
        house.close_and_verify().await;
    });
}

/// The last use of a promotion is quoted to as many as ask, and stays there for who buys.
#[test]
fn a_quote_takes_no_id_and_uses_no_promotion() {
    run(async {
        let house = TestHouse::new().await;
        let shop = shop_with(&house, json!({}), "50.00").await;
        let promotion = json!({
            "name": "Double dairy", "type": "category_multiplier", "limit_total": 1,
            "condition": {"categories": ["dairy"]}, "reward": {"multiplier": "2"},
        });
        let path = format!("/tenants/{}/promotions", shop.id);
        let set = house.operate("POST", &path, promotion).await;
        assert_eq!(set.status, 201, "{set:?}");
        let sale = |id: &str| {
            json!({"client_phone": PHONE, "total_amount": 100, "external_sale_id": id, "lines": [
                {"category_code": "dairy", "line_amount": 100},
            ]})
        };
        let before = house.operations().await.len();
        for _ in 0..3 {
            let told = quote(&house, &shop, &sale("o-1")).await;
            assert_eq!(told.data()["bonus_accrued"], json!(10));
        }
        assert_eq!(house.operations().await.len(), before, "nothing is journaled");
        let told = quote_and_sell(&house, &shop, sale("o-1")).await;
        let line = &told["lines"][0];
        assert_eq!((&line["multiplier"], &line["reason"]), (&json!(2), &json!("promotion")));
        let told = quote_and_sell(&house, &shop, sale("o-2")).await;
        assert_eq!(told["bonus_accrued"], json!(5));
        house.close_and_verify().await;
    });
}

/// A sale out of order earns by the tier of its time; so does its quote.
#[test]
fn a_backdated_quote_knows_the_tier_of_its_time() {
    run(async {
        let house = TestHouse::new().await;
        let tiers = json!([
            {"name": "Base", "color": "#1", "from_total_spent": "0.00", "bonus_percent": "5"},
            {"name": "Gold", "color": "#2", "from_total_spent": "100.00", "bonus_percent": "10"},
        ]);
        let shop = shop_with(&house, json!({"tiers": tiers}), "50.00").await;
        house.advance_days(2);
        let sale =
            |date: &str| json!({"client_phone": PHONE, "total_amount": 100, "sale_date": date});
        house.sell(&shop, sale("2026-03-03T12:00:00Z")).await;
        house.checkpoint_and_advance(60).await;
        let told = quote_and_sell(&house, &shop, sale("2026-03-03T11:00:00Z")).await;
        assert_eq!((&told["tier"]["name"], &told["percent"]), (&json!("Base"), &json!(5)));
        assert_eq!(told["redeem_limit"]["reason"], json!("late_sale"));
        let told = quote_and_sell(&house, &shop, sale("2026-03-03T13:00:00Z")).await;
        assert_eq!(told["tier"]["name"], json!("Gold"));
        house.close_and_verify().await;
    });
}
