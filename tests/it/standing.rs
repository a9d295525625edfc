//! Tiers through the doors: within a window, set by an operator, shown with what is missing.

use crate::house::{Ask, PHONE, Shop, TestHouse, run};
use serde_json::{Value, json};

fn tiers() -> Value {
    json!({
        "tier_window_days": 30,
        "tiers": [
            {"name": "Base", "color": "#8A8A8A", "from_total_spent": "0.00", "bonus_percent": "5"},
            {"name": "Gold", "color": "#C9A227", "from_total_spent": "1000.00", "bonus_percent": "7"},
        ],
    })
}

async fn sell(house: &TestHouse, shop: &Shop, total: u64) -> Value {
    let sold = house.sell(shop, json!({"client_phone": PHONE, "total_amount": total})).await;
    assert_eq!(sold.status, 201, "{sold:?}");
    sold.data()["bonus_accrued"].clone()
}

async fn tier(house: &TestHouse, shop: &Shop) -> String {
    house.client(shop, PHONE).await["tier"]["name"].as_str().unwrap().to_owned()
}

async fn set_tier(house: &TestHouse, shop: &Shop, tier: Value) -> (u16, Value) {
    let path = format!("/tenants/{}/customers/%2B992901234567/tier", shop.id);
    let answer = house.operate("PUT", &path, json!({"tier": tier})).await;
    (answer.status, answer.body["data"]["tier"]["name"].clone())
}

#[test]
fn a_tier_is_reached_shown_and_lost_by_the_clock() {
    run(async {
        let house = TestHouse::new().await;
        let shop = house.shop(tiers()).await;
        house.log_in(&shop, PHONE).await;
        sell(&house, &shop, 400).await;
        let shown = house.client(&shop, PHONE).await["tier_projection"].clone();
        assert_eq!((&shown["next"]["name"], &shown["to_spend"]), (&json!("Gold"), &json!(600)));
        assert_eq!((&shown["keep_until"], &shown["to_keep"]), (&Value::Null, &Value::Null));
        house.advance_days(1);
        assert_eq!(sell(&house, &shop, 600).await, json!(30));
        assert_eq!(sell(&house, &shop, 100).await, json!(7));
        // Without the 400 of 2 March there are 700: it takes 300 more to keep the tier.
        let shown = house.client(&shop, PHONE).await["tier_projection"].clone();
        assert_eq!((&shown["next"], &shown["to_keep"]), (&Value::Null, &json!(300)));
        assert_eq!(shown["keep_until"], json!("2026-04-01T23:59:59+05:00"));
        let house = house.reopen().await;
        house.advance_days(29);
        assert_eq!(tier(&house, &shop).await, "Gold");
        // 00:00 in Dushanbe.
        house.clock.set(kopilka::values::Timestamp::parse_rfc3339("2026-04-01T19:00:00Z").unwrap());
        assert_eq!(tier(&house, &shop).await, "Base");
        assert!(house.house.sweep().await.unwrap() > 0);
        assert_eq!(tier(&house, &shop).await, "Base");
        assert_eq!(sell(&house, &shop, 100).await, json!(5));
        house.close_and_verify().await;
    });
}

#[test]
fn an_operator_sets_a_tier_until_it_is_taken_away() {
    run(async {
        let house = TestHouse::new().await;
        let shop = house.shop(tiers()).await;
        house.log_in(&shop, PHONE).await;
        assert_eq!(set_tier(&house, &shop, json!("Gold")).await, (200, json!("Gold")));
        assert_eq!(sell(&house, &shop, 100).await, json!(7));
        let house = house.reopen().await;
        house.advance_days(400);
        assert_eq!(tier(&house, &shop).await, "Gold");
        assert_eq!(set_tier(&house, &shop, Value::Null).await, (200, json!("Base")));
        let path = format!("/tenants/{}/customers/%2B992901234567/tier", shop.id);
        let unknown = house.operate("PUT", &path, json!({"tier": "Platinum"})).await;
        assert_eq!(unknown.error(), (422, "tier_unknown", Some("tier")));
        let nobody = format!("/tenants/{}/customers/%2B992900000000/tier", shop.id);
        assert_eq!(house.operate("PUT", &nobody, json!({"tier": "Gold"})).await.status, 404);
        house.close_and_verify().await;
    });
}

/// A lost tier, a notice: whatever is due reaches customers who do not come by.
#[test]
fn the_sweeper_finds_what_nobody_asked_for() {
    run(async {
        let house = TestHouse::new().await;
        let shop = house
            .shop(
                json!({"expire_after_days": 10, "redeem_hold_seconds": 0, "expiry_notice_days": 3}),
            )
            .await;
        house.log_in(&shop, PHONE).await;
        sell(&house, &shop, 100).await;
        // Through 12 March; three days before, at ten.
        let at = |text: &str| kopilka::values::Timestamp::parse_rfc3339(text).unwrap();
        house.clock.set(at("2026-03-09T04:59:59Z"));
        assert_eq!(house.house.sweep().await.unwrap(), 0);
        house.clock.set(at("2026-03-09T05:00:00Z"));
        assert_eq!(house.house.sweep().await.unwrap(), 1);
        assert_eq!(house.house.sweep().await.unwrap(), 0);
        let ask = Ask::get("/partner/client/%2B992901234567");
        assert_eq!(house.ask(&shop, ask).await.data()["bonus_balance"], json!(5));
        house.close_and_verify().await;
    });
}
