//! Webhooks of the BonusPlus dialect from the door to the receiver: every change of a balance arrives in
//! order, in the form asked for, whatever the receiver does; what it refuses is counted.

use crate::house::{Answer, Ask, PHONE, Shop, TestHouse, run};
use crate::receiver::{Act, Received, Receiver};
use crate::webhooks::Couriers;
use serde_json::{Value, json};
use std::time::Duration;

const EVENT: &str = "ChangeCustomerBonusBalanceEvent";
const SECRET: &str = "Bearer a-secret-of-the-receiver";

impl Received {
    /// Phone, amount and why, of a delivery in JSON.
    fn change(&self) -> (String, String, String) {
        let body: Value = serde_json::from_str(&self.body).unwrap();
        assert_eq!(body.as_object().unwrap().len(), 3, "{body}");
        let text = |name: &str| body[name].as_str().unwrap().to_owned();
        (text("phoneNumber"), body["amount"].to_string(), text("transactionType"))
    }

    /// What of it tells one change from another.
    fn told(&self) -> (String, String) {
        let (phone, amount, why) = self.change();
        assert_eq!(phone, "992901234567");
        (amount, why)
    }
}

async fn subscribe(house: &TestHouse, shop: &Shop, body: Value) -> Answer {
    house.plus(shop, "POST", "/webhook/subscription/", body).await
}

/// Subscribes with all that a plug-in sends; the id.
async fn subscribe_to(house: &TestHouse, shop: &Shop, url: &str) -> u64 {
    let body = json!({"eventId": EVENT, "url": url, "httpMethod": "POST",
        "contentType": "application/json", "authorization": SECRET});
    let answer = subscribe(house, shop, body).await;
    assert_eq!((answer.status, &answer.body["eventId"]), (200, &json!(EVENT)), "{answer:?}");
    answer.body["id"].as_u64().unwrap()
}

/// A shop whose bonuses can be spent at once, and a customer.
async fn shop_with_customer(house: &TestHouse) -> Shop {
    let shop = house.shop(json!({"redeem_hold_seconds": 0})).await;
    house.log_in(&shop, PHONE).await;
    shop
}

async fn sell(house: &TestHouse, shop: &Shop, total: u64, redeem: u64) {
    let sale = match redeem {
        0 => json!({"client_phone": PHONE, "total_amount": total}),
        _ => json!({"client_phone": PHONE, "total_amount": total, "bonus_redeem_amount": redeem,
            "gross_amount": total + redeem}),
    };
    let answer = house.sell(shop, sale).await;
    assert_eq!(answer.status, 201, "{answer:?}");
}

/// What operators see of the first webhook.
async fn shown(house: &TestHouse, shop: &Shop) -> Value {
    let path = format!("/tenants/{}/webhooks", shop.id);
    house.operate("GET", &path, Value::Null).await.data()[0].clone()
}

/// Asks until operators see it; every question lets the couriers go on.
async fn until(house: &TestHouse, shop: &Shop, seen: impl Fn(&Value) -> bool) -> Value {
    loop {
        let hook = shown(house, shop).await;
        if seen(&hook) {
            return hook;
        }
        tokio::task::yield_now().await;
    }
}

fn pair(amount: &str, why: &str) -> (String, String) {
    (amount.to_owned(), why.to_owned())
}

#[test]
fn changes_arrive_in_order_however_the_receiver_behaves() {
    run(async {
        let house = TestHouse::new().await;
        let shop = shop_with_customer(&house).await;
        let script = [
            Act::Answer(500),
            Act::BreakOff,
            Act::NeverAnswer,
            Act::Answer(429),
            Act::Answer(200),
            Act::Answer(503),
        ];
        let mut receiver = Receiver::start(&script, Act::Answer(200)).await;
        let id = subscribe_to(&house, &shop, &receiver.url).await;
        sell(&house, &shop, 1000, 0).await;
        sell(&house, &shop, 200, 50).await;
        let couriers = Couriers::start(&house);
        let mut taken = Vec::new();
        let mut deliveries = Vec::new();
        while taken.len() < 3 {
            let received = receiver.next().await;
            assert_eq!(received.headers["authorization"], SECRET);
            assert_eq!(received.headers["content-type"], "application/json");
            assert_eq!(received.method, "POST");
            if received.act == Act::Answer(200) {
                taken.push(received.told());
            }
            deliveries.push(received.delivery().to_owned());
        }
        assert_eq!(taken, [pair("50", "accrual"), pair("-50", "redeem"), pair("10", "accrual")]);
        // Every attempt at a delivery is the same delivery: the subscription is entry 3, the sales 4 and 5.
        let (first, second) = (format!("{id}-4-1"), format!("{id}-5-1"));
        assert!(deliveries[..5].iter().all(|it| *it == first), "{deliveries:?}");
        assert_eq!(deliveries[5..], [second.clone(), second, format!("{id}-5-2")]);
        let pauses = couriers.pauses.lock().unwrap()[..5].to_vec();
        assert_eq!(pauses, [1, 2, 4, 8, 1].map(Duration::from_secs));
        let hook = until(&house, &shop, |hook| hook["after"].as_u64() >= Some(5)).await;
        assert_eq!((&hook["state"], &hook["skipped"]), (&json!("active"), &json!(0)));
        couriers.running.stop().await;
        house.close_and_verify().await;
    });
}

#[test]
fn what_a_receiver_refuses_for_good_is_counted_and_skipped() {
    run(async {
        let house = TestHouse::new().await;
        let shop = shop_with_customer(&house).await;
        let script = [Act::Answer(404), Act::Redirect, Act::Answer(200), Act::Answer(410)];
        let mut receiver = Receiver::start(&script, Act::Answer(200)).await;
        subscribe_to(&house, &shop, &receiver.url).await;
        for total in [100, 200, 300, 400, 500] {
            sell(&house, &shop, total, 0).await;
        }
        let couriers = Couriers::start(&house);
        let mut seen = Vec::new();
        for _ in 0..5 {
            let received = receiver.next().await;
            seen.push((received.told().0, received.act));
        }
        let expected = [
            ("5", Act::Answer(404)),
            ("10", Act::Redirect),
            ("15", Act::Answer(200)),
            ("20", Act::Answer(410)),
            ("25", Act::Answer(200)),
        ];
        assert_eq!(seen, expected.map(|(amount, act)| (amount.to_owned(), act)));
        let hook = until(&house, &shop, |hook| hook["after"].as_u64() >= Some(8)).await;
        assert_eq!((&hook["skipped"], &hook["state"]), (&json!(3), &json!("active")));
        assert!(hook["last_skipped_at"].is_string());
        couriers.running.stop().await;
        let house = house.reopen().await;
        assert_eq!(shown(&house, &shop).await["skipped"], json!(3));
        house.close_and_verify().await;
    });
}

#[test]
fn a_form_is_sent_where_one_is_asked_for() {
    run(async {
        let house = TestHouse::new().await;
        let shop = shop_with_customer(&house).await;
        let mut receiver = Receiver::start(&[], Act::Answer(204)).await;
        let body = json!({"eventId": 1, "url": receiver.url, "httpMethod": "put",
            "contentType": "application/x-www-form-urlencoded; charset=utf-8"});
        assert_eq!(subscribe(&house, &shop, body).await.status, 200);
        sell(&house, &shop, 955, 0).await;
        let couriers = Couriers::start(&house);
        let received = receiver.next().await;
        assert_eq!(received.method, "PUT");
        assert_eq!(received.headers["content-type"], "application/x-www-form-urlencoded");
        assert_eq!(received.headers.get("authorization"), None);
        let expected = "phoneNumber=992901234567&amount=47.75&transactionType=accrual";
        assert_eq!(received.body, expected);
        couriers.running.stop().await;
        house.close_and_verify().await;
    });
}

#[test]
fn what_was_delivered_before_a_stop_is_not_delivered_again() {
    run(async {
        let house = TestHouse::new().await;
        let shop = shop_with_customer(&house).await;
        let mut receiver = Receiver::start(&[], Act::Answer(200)).await;
        subscribe_to(&house, &shop, &receiver.url).await;
        for total in [100, 200, 300] {
            sell(&house, &shop, total, 0).await;
        }
        // How far it has got is not written down before it is stopped.
        let couriers = Couriers::start_with(&house, |pause| pause < Duration::from_secs(10));
        for amount in ["5", "10"] {
            assert_eq!(receiver.next().await.told(), pair(amount, "accrual"));
        }
        assert_eq!(receiver.next().await.told(), pair("15", "accrual"));
        couriers.running.stop().await;
        let house = house.reopen().await;
        sell(&house, &shop, 400, 0).await;
        let couriers = Couriers::start(&house);
        let mut next = receiver.next().await.told();
        if next == pair("15", "accrual") {
            // The courier was stopped before it read the last answer.
            next = receiver.next().await.told();
        }
        assert_eq!(next, pair("20", "accrual"));
        couriers.running.stop().await;
        house.close_and_verify().await;
    });
}

#[test]
fn a_receiver_that_fails_for_days_is_paused_until_an_operator_begins_it_anew() {
    run(async {
        let house = TestHouse::new().await;
        let shop = shop_with_customer(&house).await;
        let mut receiver = Receiver::start(&[], Act::Answer(500)).await;
        let id = subscribe_to(&house, &shop, &receiver.url).await;
        sell(&house, &shop, 100, 0).await;
        let couriers = Couriers::start(&house);
        let paused = until(&house, &shop, |hook| hook["state"] == json!("paused")).await;
        assert_eq!(paused["failing_since"], json!("2026-03-02T09:00:00.000Z"));
        assert_eq!((&paused["after"], &paused["skipped"]), (&json!(2), &json!(0)));
        while !receiver.is_quiet() {}
        receiver.now(Act::Answer(200));
        let replay = |webhook: &str| format!("/tenants/{}/webhooks/{webhook}/replay", shop.id);
        let body = || json!({"after": 2});
        for unknown in ["9", "x"] {
            let answer = house.operate("POST", &replay(unknown), body()).await;
            assert_eq!(answer.error(), (404, "webhook_not_found", None));
        }
        let ahead = house.operate("POST", &replay("1"), json!({"after": 1_000})).await;
        assert_eq!(ahead.error(), (422, "not_whole_number", Some("after")));
        let replayed = house.operate("POST", &replay(&id.to_string()), body()).await;
        let data = replayed.data();
        assert_eq!((&data["state"], &data["kind"]), (&json!("active"), &json!("balance_changes")));
        assert_eq!(receiver.next().await.told(), pair("5", "accrual"));
        couriers.running.stop().await;
        house.close_and_verify().await;
    });
}

#[test]
fn subscriptions_are_made_once_and_removed_and_show_no_secret() {
    run(async {
        let house = TestHouse::new().await;
        let (shop, other) = (shop_with_customer(&house).await, shop_with_customer(&house).await);
        let url = "https://shop.example/bonusplus/user/";
        assert_eq!(subscribe_to(&house, &shop, url).await, 1);
        assert_eq!(subscribe_to(&house, &shop, url).await, 1, "the same again is the same");
        assert_eq!(subscribe_to(&house, &shop, "https://shop.example/other").await, 2);
        // A webhook of the feed is none of them, and they are none of the feed's.
        let feed = Ask::post("/partner/webhooks", &json!({"url": url}));
        assert_eq!(house.ask(&shop, feed).await.data()["id"], json!(3));
        let listed = house.ask(&shop, Ask::get("/partner/webhooks")).await;
        assert_eq!(listed.data().as_array().unwrap().len(), 1);
        let replay = Ask::post("/partner/webhooks/1/replay", &json!({"after": 0}));
        assert_eq!(house.ask(&shop, replay).await.error().1, "webhook_not_found");
        let remove = async |shop: &Shop, id: &str| {
            house.plus(shop, "DELETE", &format!("/webhook/subscription/{id}"), Value::Null).await
        };
        for (shop, id) in [(&shop, "3"), (&other, "1"), (&shop, "9"), (&shop, "x")] {
            let answer = remove(shop, id).await;
            assert_eq!(answer.plus_error(), (404, "WEBHOOK_NOT_FOUND"), "{id}");
        }
        let path = format!("/tenants/{}/webhooks", shop.id);
        let all = house.operate("GET", &path, Value::Null).await;
        let kinds: Vec<&Value> =
            all.data().as_array().unwrap().iter().map(|hook| &hook["kind"]).collect();
        assert_eq!(kinds, ["balance_changes", "balance_changes", "feed"]);
        let events = house.ask(&shop, Ask::get("/partner/events")).await;
        for told in [&all.body, &events.body] {
            assert!(!told.to_string().contains("a-secret"), "{told}");
        }
        assert_eq!(remove(&shop, "1").await.status, 204);
        assert_eq!(remove(&shop, "1").await.plus_error(), (404, "WEBHOOK_NOT_FOUND"));
        assert_eq!(subscribe_to(&house, &shop, url).await, 4, "an id is never used again");
        house.close_and_verify().await;
    });
}

#[test]
fn bad_subscriptions_are_refused_by_name() {
    run(async {
        let house = TestHouse::new().await;
        let shop = house.shop(json!({})).await;
        let check = async |body: Value, status: u16, code: &str, field: &str| {
            let answer = subscribe(&house, &shop, body.clone()).await;
            assert_eq!(answer.plus_error(), (status, code), "{body}");
            assert!(answer.body["devMsg"].as_str().unwrap().ends_with(field), "{answer:?}");
        };
        let url = "https://shop.example/hook";
        check(Value::Null, 412, "REQUIRED", "eventId").await;
        check(json!({"eventId": "Other", "url": url}), 412, "UNKNOWN_VALUE", "eventId").await;
        check(json!({"eventId": EVENT}), 412, "REQUIRED", "url").await;
        check(json!({"eventId": EVENT, "url": "shop"}), 412, "INVALID_URL", "url").await;
        let with = |name: &str, value: Value| json!({"eventId": EVENT, "url": url, name: value});
        check(with("httpMethod", json!("GET")), 412, "UNKNOWN_VALUE", "httpMethod").await;
        check(with("contentType", json!("text/xml")), 412, "UNKNOWN_VALUE", "contentType").await;
        let header = "authorization";
        check(with(header, json!("a\r\nb: c")), 412, "INVALID_HEADER", header).await;
        check(with(header, json!(["a"])), 400, "WRONG_TYPE", header).await;
        for number in 0..16 {
            subscribe_to(&house, &shop, &format!("{url}/{number}")).await;
        }
        let one_more = with("httpMethod", json!("PUT"));
        check(one_more, 412, "TOO_MANY_WEBHOOKS", "too_many_webhooks").await;
        house.close_and_verify().await;
    });
}
