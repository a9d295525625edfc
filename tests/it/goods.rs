//! Goods that are to be sold off, and goods that come back: who is told of promotions, and what a return
//! gives back of their limits.

use crate::crash::house_on;
use crate::house::{Answer, Ask, PHONE, Shop, TestHouse, run};
use crate::stores::{FailsAt, Harm};
use kopilka::journal::EntityEvents;
use kopilka::ledger::AccountEvent;
use kopilka::values::Timestamp;
use serde_json::{Value, json};
use std::sync::Arc;

const OTHER: &str = "+992900000002";

fn at(text: &str) -> Timestamp {
    Timestamp::parse_rfc3339(text).unwrap()
}

fn dairy(changes: &Value) -> Value {
    let mut document = json!({
        "name": "Double dairy", "type": "category_multiplier",
        "condition": {"categories": ["dairy"]}, "reward": {"multiplier": "2"},
    });
    for (name, value) in changes.as_object().unwrap() {
        document[name] = value.clone();
    }
    document
}

async fn set(house: &TestHouse, shop: &Shop, document: Value) {
    let path = format!("/tenants/{}/promotions", shop.id);
    let answer = house.operate("POST", &path, document).await;
    assert_eq!(answer.status, 201, "{answer:?}");
}

async fn uses(house: &TestHouse, shop: &Shop) -> Value {
    let path = format!("/tenants/{}/promotions", shop.id);
    house.operate("GET", &path, json!(null)).await.data()[0]["uses"].clone()
}

async fn buy(house: &TestHouse, shop: &Shop, phone: &str) -> Answer {
    let lines = json!([{"category_code": "dairy", "line_amount": 100}]);
    let sold =
        house.sell(shop, json!({"client_phone": phone, "total_amount": 100, "lines": lines}));
    let sold = sold.await;
    assert_eq!(sold.status, 201, "{sold:?}");
    sold
}

async fn give_back(house: &TestHouse, shop: &Shop, phone: &str, refund: Value) -> Answer {
    let mut body = json!({"client_phone": phone});
    for (name, value) in refund.as_object().unwrap() {
        body[name] = value.clone();
    }
    let returned = house.ask(shop, Ask::post("/partner/refund", &body)).await;
    assert_eq!(returned.status, 201, "{returned:?}");
    returned
}

async fn listed(house: &TestHouse, shop: &Shop, bearer: Option<&str>) -> usize {
    let ask = Ask::get("/client/promotions").with("x-tenant-token", &shop.token);
    let ask = match bearer {
        Some(token) => ask.with("authorization", &format!("Bearer {token}")),
        None => ask,
    };
    house.raw(ask).await.data().as_array().unwrap().len()
}

/// Too much of an article in dairy.
async fn pile_up(house: &TestHouse, shop: &Shop, sku: &str) {
    let items = json!({"items": [{"sku": sku, "category_code": "dairy",
        "quantity_on_hand": 50, "overstock_threshold": 10}]});
    let ask = Ask::post("/integration/inventory/sync", &items);
    let synced = house.raw(ask.with("x-tenant-token", &shop.token)).await;
    assert_eq!(synced.status, 200, "{synced:?}");
}

async fn customer(house: &TestHouse, shop: &Shop, phone: &str, device: Option<&str>) -> String {
    let bearer = house.bearer(shop, phone).await;
    if let Some(token) = device {
        let ask =
            Ask::post("/client/device-token", &json!({"token": token, "platform": "android"}));
        let registered = house.app(shop, &bearer, ask).await;
        assert!(registered.status < 300, "{registered:?}");
    }
    bearer
}

/// The customers who were told, in order.
async fn told(house: &TestHouse) -> Vec<u64> {
    let mut told = Vec::new();
    for numbered in house.operations().await {
        for entity in numbered.operation.entities {
            let EntityEvents::Account(customer, events) = entity else { continue };
            let notices = events
                .iter()
                .filter(|event| matches!(event, AccountEvent::OverstockNoticed { .. }));
            told.extend(notices.map(|_| customer.number()));
        }
    }
    told
}

#[test]
fn who_buys_such_goods_is_told_of_them_once_and_by_day() {
    run(async {
        let house = TestHouse::new().await;
        let shop = house.shop(json!({"overstock_push": true})).await;
        set(&house, &shop, dairy(&json!({}))).await;
        // Customer 1 buys dairy and has the app, 2 has no app, 3 buys nothing.
        customer(&house, &shop, PHONE, Some("device-1")).await;
        customer(&house, &shop, OTHER, None).await;
        customer(&house, &shop, "+992900000003", Some("device-3")).await;
        buy(&house, &shop, PHONE).await;
        buy(&house, &shop, OTHER).await;
        assert_eq!(house.house.advance_campaigns().await.unwrap(), 0);
        // 21:00 in Dushanbe.
        house.clock.set(at("2026-03-05T16:00:00Z"));
        pile_up(&house, &shop, "M-1").await;
        assert_eq!(house.house.advance_campaigns().await.unwrap(), 0);
        house.clock.set(at("2026-03-06T04:59:59Z"));
        assert_eq!(house.house.advance_campaigns().await.unwrap(), 0);
        let house = house.reopen().await;
        house.clock.set(at("2026-03-06T05:00:00Z"));
        assert_eq!(house.house.advance_campaigns().await.unwrap(), 1);
        assert_eq!(told(&house).await, [1]);
        // The campaign is over; the same goods again are no news, others on the same day are not told.
        pile_up(&house, &shop, "M-1").await;
        pile_up(&house, &shop, "M-2").await;
        assert_eq!(house.house.advance_campaigns().await.unwrap(), 1);
        assert_eq!(told(&house).await, [1]);
        house.clock.set(at("2026-03-07T05:00:00Z"));
        assert_eq!(house.house.advance_campaigns().await.unwrap(), 0);
        pile_up(&house, &shop, "M-3").await;
        house.house.advance_campaigns().await.unwrap();
        assert_eq!(told(&house).await, [1, 1]);
        house.close_and_verify().await;
    });
}

/// A campaign on a store that fails at an append; whoever is told is told once.
async fn interrupted(count: usize, harm: Harm) {
    let house = house_on(Arc::new(FailsAt { count, harm })).await;
    let shop = house.shop(json!({"overstock_push": true})).await;
    set(&house, &shop, dairy(&json!({}))).await;
    customer(&house, &shop, PHONE, Some("device-1")).await;
    buy(&house, &shop, PHONE).await;
    house.clock.set(at("2026-03-06T05:00:00Z"));
    pile_up(&house, &shop, "M-1").await;
    let mut failures = 0;
    while house.house.tenants().is_ok_and(|all| all[0].campaign.is_some())
        || house.house.not_ready().is_some()
    {
        failures += usize::from(house.house.advance_campaigns().await.is_err());
        tokio::task::yield_now().await;
    }
    assert!(failures > 0, "{harm:?} at append {count}");
    assert_eq!(told(&house).await, [1], "{harm:?} at append {count}");
    house.close_and_verify().await;
}

#[test]
fn whichever_write_of_a_campaign_fails_everybody_is_told_once() {
    // The tenant, the promotion, the customer, the device, the sale and the goods come before; then the
    // notice, and the cursor.
    run(async {
        for harm in [Harm::BeforeTheWrite, Harm::AfterTheWrite] {
            for count in 7..=8 {
                interrupted(count, harm).await;
            }
        }
    });
}

#[test]
fn without_the_setting_nobody_is_told() {
    run(async {
        let house = TestHouse::new().await;
        let shop = house.shop(json!({})).await;
        set(&house, &shop, dairy(&json!({}))).await;
        customer(&house, &shop, PHONE, Some("device-1")).await;
        buy(&house, &shop, PHONE).await;
        house.clock.set(at("2026-03-06T05:00:00Z"));
        pile_up(&house, &shop, "M-1").await;
        assert_eq!(house.house.advance_campaigns().await.unwrap(), 0);
        assert_eq!(told(&house).await, Vec::<u64>::new());
        house.close_and_verify().await;
    });
}

#[test]
fn what_is_used_up_is_not_shown_and_comes_back_with_its_sale() {
    run(async {
        let house = TestHouse::new().await;
        let shop = house.shop(json!({})).await;
        let mine = customer(&house, &shop, PHONE, None).await;
        let other = customer(&house, &shop, OTHER, None).await;
        set(&house, &shop, dairy(&json!({"limit_per_day": 1, "limit_total": 2}))).await;
        let shown = async |house: &TestHouse| {
            [
                listed(house, &shop, None).await,
                listed(house, &shop, Some(&mine)).await,
                listed(house, &shop, Some(&other)).await,
            ]
        };
        assert_eq!(shown(&house).await, [1, 1, 1]);
        let first = buy(&house, &shop, PHONE).await.data()["id"].clone();
        assert_eq!(shown(&house).await, [1, 0, 1]);
        buy(&house, &shop, OTHER).await;
        assert_eq!((shown(&house).await, uses(&house, &shop).await), ([0, 0, 0], json!(2)));
        // A part of it changes nothing, the rest of it gives the use back: to all, and for the day.
        give_back(
            &house,
            &shop,
            PHONE,
            json!({"sale_id": first, "lines": [{"line": 1, "amount": 40}]}),
        )
        .await;
        assert_eq!(shown(&house).await, [0, 0, 0]);
        give_back(&house, &shop, PHONE, json!({"sale_id": first})).await;
        assert_eq!((shown(&house).await, uses(&house, &shop).await), ([1, 1, 0], json!(1)));
        let house = house.reopen().await;
        house.house.checkpoint().await.unwrap();
        assert_eq!((shown(&house).await, uses(&house, &shop).await), ([1, 1, 0], json!(1)));
        assert_eq!(buy(&house, &shop, PHONE).await.data()["bonus_accrued"], json!(10));
        assert_eq!(shown(&house).await, [0, 0, 0]);
        house.advance_days(1);
        assert_eq!(shown(&house).await, [0, 0, 0]);
        house.close_and_verify().await;
    });
}

#[test]
fn a_gift_for_a_large_receipt_goes_back_with_half_of_it() {
    run(async {
        let house = TestHouse::new().await;
        let shop = house.shop(json!({"redeem_hold_seconds": 0})).await;
        house.log_in(&shop, PHONE).await;
        let gift = json!({
            "name": "Ten for a hundred", "type": "fixed_bonus",
            "condition": {"min_amount": "100.00"}, "reward": {"bonus": "10.00"},
        });
        set(&house, &shop, gift).await;
        let lines = json!([{"line_amount": 60}, {"line_amount": 60}]);
        let sold = house
            .sell(&shop, json!({"client_phone": PHONE, "total_amount": 120, "lines": lines}))
            .await;
        assert_eq!(sold.data()["bonus_accrued"], json!(16));
        let sale = json!({"sale_id": sold.data()["id"], "lines": [{"line": 1}]});
        let half = give_back(&house, &shop, PHONE, sale).await;
        let half = half.data();
        let figures =
            (&half["accrual_reversed"], &half["fixed_bonus"], &half["lines"][0]["accrual"]);
        assert_eq!(figures, (&json!(13), &json!(5), &json!(8)));
        let rest = give_back(&house, &shop, PHONE, json!({"sale_id": sold.data()["id"]})).await;
        assert_eq!(
            (&rest.data()["accrual_reversed"], &rest.data()["fixed_bonus"]),
            (&json!(3), &Value::Null)
        );
        assert_eq!(rest.data()["new_balance"], json!(0));
        let house = house.reopen().await;
        assert_eq!(house.client(&shop, PHONE).await["bonus_balance"], json!(0));
        house.close_and_verify().await;
    });
}
