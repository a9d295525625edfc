//! The feed through the door: every operation once, in order, without a gap, whatever lies in between;
//! and calls that wait for the next one.

use crate::house::{Ask, PHONE, Shop, TestHouse, options, run};
use kopilka::engine::HouseOptions;
use serde_json::{Value, json};

/// A page of the feed.
async fn page(house: &TestHouse, shop: &Shop, query: &str) -> Value {
    let answer = house.ask(shop, Ask::get(&format!("/partner/events{query}"))).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    answer.data().clone()
}

/// Everything behind a number, page by page.
async fn read_on(house: &TestHouse, shop: &Shop, mut after: u64, limit: u64) -> Vec<Value> {
    let mut all = Vec::new();
    loop {
        let data = page(house, shop, &format!("?after={after}&limit={limit}")).await;
        let events = data["events"].as_array().unwrap().clone();
        assert_eq!(
            data["more"],
            json!(after + (events.len() as u64) < data["last"].as_u64().unwrap())
        );
        after += events.len() as u64;
        all.extend(events);
        if data["more"] == json!(false) {
            return all;
        }
        assert_eq!(events_in(&data), limit, "a page is as long as was asked for");
    }
}

fn events_in(data: &Value) -> u64 {
    data["events"].as_array().unwrap().len() as u64
}

fn numbers(events: &[Value]) -> Vec<u64> {
    events.iter().map(|event| event["number"].as_u64().unwrap()).collect()
}

fn kinds(events: &[Value]) -> Vec<&str> {
    events.iter().map(|event| event["kind"].as_str().unwrap()).collect()
}

async fn trade(house: &TestHouse, shops: [&Shop; 2], rounds: usize) {
    for round in 0..rounds {
        for (index, shop) in shops.into_iter().enumerate() {
            let sale = json!({"client_phone": PHONE, "total_amount": 100 + round});
            if index == 0 || round % 5 == 0 {
                assert_eq!(house.sell(shop, sale).await.status, 201);
            }
        }
    }
}

#[test]
fn pages_follow_one_another_without_a_gap_over_restarts() {
    run(async {
        let house = TestHouse::new().await;
        let (shop, other) = (house.shop(json!({})).await, house.shop(json!({})).await);
        for shop in [&shop, &other] {
            house.log_in(shop, PHONE).await;
        }
        trade(&house, [&shop, &other], 40).await;
        let first = read_on(&house, &shop, 0, 7).await;
        assert_eq!(numbers(&first), (1..=42).collect::<Vec<_>>());
        house.house.checkpoint().await.unwrap();
        trade(&house, [&shop, &other], 300).await;
        let second = read_on(&house, &shop, 42, 7).await;
        assert_eq!(numbers(&second), (43..=342).collect::<Vec<_>>());
        let house = house.reopen().await;
        trade(&house, [&shop, &other], 10).await;
        let whole = read_on(&house, &shop, 0, 500).await;
        assert_eq!(numbers(&whole), (1..=352).collect::<Vec<_>>());
        assert_eq!((&whole[..42], &whole[42..342]), (first.as_slice(), second.as_slice()));
        assert_eq!(read_on(&house, &other, 0, 100).await.len(), 2 + 8 + 60 + 2);
        // Also where the tables are made again.
        let clock = house.clock.clone();
        let dir = house.close_and_verify().await;
        let data_dir = dir.path().join("ledger");
        std::fs::remove_dir_all(data_dir.join("tables")).unwrap();
        let house = TestHouse::open(dir, HouseOptions { clock, ..options(&data_dir) }).await;
        assert_eq!(read_on(&house, &shop, 0, 100).await, whole);
        house.close_and_verify().await;
    });
}

#[test]
fn an_entry_is_an_operation_with_its_figures() {
    run(async {
        let house = TestHouse::new().await;
        let shop = house.shop(json!({})).await;
        house.log_in(&shop, PHONE).await;
        house.log_in(&shop, PHONE).await;
        house.grant(&shop, PHONE, "50").await;
        let sale = json!({"client_phone": PHONE, "total_amount": 95, "gross_amount": 100,
            "bonus_redeem_amount": 5, "external_sale_id": "r-1", "receipt_number": "7"});
        house.sell(&shop, sale).await;
        house.advance_days(2);
        house.house.sweep().await.unwrap();
        house.redeem(&shop, json!({"client_phone": PHONE, "amount": 1, "total_amount": 10})).await;
        let path = format!("/tenants/{}/customers/%2B992901234567/block", shop.id);
        house.operate("POST", &path, Value::Null).await;
        let settings = json!({"settings": {"currency": "TJS"}});
        house.operate("PUT", &format!("/tenants/{}/settings", shop.id), settings).await;
        let events = read_on(&house, &shop, 0, 100).await;
        let expected = [
            "tenant_created",
            "customer_registered",
            "customer_logged_in",
            "adjustment",
            "sale",
            "settlement",
            "redemption",
            "customer_blocked",
            "settings_adopted",
        ];
        assert_eq!(kinds(&events), expected);
        assert_eq!(
            (&events[0]["client_id"], &events[0]["actor"]),
            (&Value::Null, &json!("operator"))
        );
        assert_eq!((&events[4]["client_id"], &events[4]["actor"]), (&json!(1), &json!("partner")));
        let figures = json!({"sale_id": 1, "external_sale_id": "r-1", "receipt_number": "7",
            "sale_date": "2026-03-02T09:00:00.000Z", "late": false, "total_amount": 95, "gross_amount": 100,
            "bonus_accrued": 4.75, "bonus_redeemed": 5, "new_balance": 49.75});
        assert_eq!(events[4]["figures"], figures);
        assert_eq!(events[5]["movements"][0]["type"], json!("activate"));
        assert_eq!(events[5]["actor"], json!("house"));
        // What movements say adds up to the balance.
        let movements = events.iter().flat_map(|event| event["movements"].as_array().unwrap());
        let moved = movements.filter(|movement| movement["type"] != "activate");
        let cents = |movement: &Value| {
            let text = movement["amount"].to_string();
            let (whole, part) = text.split_once('.').unwrap_or((&text, ""));
            format!("{whole}{part:0<2}").parse::<i64>().unwrap()
        };
        assert_eq!(moved.map(cents).sum::<i64>(), 4_875);
        let told = serde_json::to_string(&events).unwrap();
        assert!(!told.contains("9929012") && !told.contains(&shop.secret), "nobody is named");
        house.close_and_verify().await;
    });
}

#[test]
fn a_waiting_call_is_answered_by_the_next_operation() {
    run(async {
        let house = TestHouse::new().await;
        let (shop, other) = (house.shop(json!({})).await, house.shop(json!({})).await);
        house.log_in(&shop, PHONE).await;
        house.log_in(&other, PHONE).await;
        let sale = || json!({"client_phone": PHONE, "total_amount": 100});
        let wait = async {
            let data = page(&house, &shop, "?after=2&wait_seconds=30").await;
            (kinds(data["events"].as_array().unwrap()).join(" "), data["last"].clone())
        };
        let act = async {
            // What happens elsewhere wakes nobody here.
            assert_eq!(house.sell(&other, sale()).await.status, 201);
            assert_eq!(house.sell(&shop, sale()).await.status, 201);
        };
        let (told, ()) = tokio::join!(biased; wait, act);
        assert_eq!(told, ("sale".to_owned(), json!(3)));
        // What is there already is not waited for.
        let data = page(&house, &shop, "?after=1&wait_seconds=30").await;
        assert_eq!(data["events"].as_array().unwrap().len(), 2);
        house.close_and_verify().await;
    });
}

#[test]
fn a_call_that_waits_in_vain_is_answered_empty() {
    run(async {
        let house = TestHouse::new().await;
        let shop = house.shop(json!({})).await;
        tokio::time::pause();
        let begun = tokio::time::Instant::now();
        let data = page(&house, &shop, "?after=1&wait_seconds=30").await;
        assert_eq!(data, json!({"events": [], "last": 1, "more": false}));
        assert_eq!(begun.elapsed().as_secs(), 30);
        tokio::time::resume();
        house.close_and_verify().await;
    });
}

#[test]
fn waiting_calls_end_when_the_house_is_about_to_close() {
    run(async {
        let house = TestHouse::new().await;
        let shop = house.shop(json!({})).await;
        let wait = page(&house, &shop, "?after=1&wait_seconds=30");
        let leave = async { house.house.end_waits() };
        let (data, ()) = tokio::join!(biased; wait, leave);
        assert_eq!(data["events"], json!([]));
        house.close_and_verify().await;
    });
}
