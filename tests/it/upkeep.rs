//! What the house does for itself: accounts leave memory and come back, clocks that step back are noticed,
//! several arbiters are one house.

use crate::house::{Ask, PHONE, Shop, TestHouse, options, run};
use crate::parallel::together;
use kopilka::engine::HouseOptions;
use serde_json::{Value, json};

async fn house_with(change: impl FnOnce(&mut HouseOptions)) -> TestHouse {
    let dir = tempfile::tempdir().unwrap();
    let mut options = options(&dir.path().join("ledger"));
    change(&mut options);
    TestHouse::open(dir, options).await
}

async fn balance(house: &TestHouse, shop: &Shop, phone: &str) -> String {
    house.client(shop, phone).await["bonus_balance"].to_string()
}

#[test]
fn idle_accounts_leave_memory_and_come_back_as_they_were() {
    run(async {
        let house = house_with(|options| options.idle_seconds = 60).await;
        let shop = house.shop(json!({})).await;
        for customer in 0..50 {
            let phone = format!("+99290{:07}", 1_000_000 + customer);
            house.log_in(&shop, &phone).await;
            house.grant(&shop, &phone, "10").await;
        }
        house.log_in(&shop, PHONE).await;
        assert_eq!(house.house.residents().unwrap(), 51);
        house.advance_seconds(61);
        house.grant(&shop, PHONE, "5").await;
        house.house.checkpoint().await.unwrap();
        // Departures are turns of the accounts themselves: the next answer comes after them.
        while house.house.residents().unwrap() > 1 {
            tokio::task::yield_now().await;
        }
        assert_eq!(balance(&house, &shop, "+992901000007").await, "10");
        assert_eq!(balance(&house, &shop, PHONE).await, "5");
        assert_eq!(house.house.residents().unwrap(), 2);
        house.close_and_verify().await;
    });
}

#[test]
fn requests_that_meet_a_departing_account_are_served_all_the_same() {
    run(async {
        let house = house_with(|options| options.idle_seconds = 0).await;
        let shop = house.shop(json!({"redeem_hold_seconds": 0})).await;
        house.log_in(&shop, PHONE).await;
        for _ in 0..40 {
            house.advance_seconds(1);
            let sale = house.sell(&shop, json!({"client_phone": PHONE, "total_amount": 100}));
            let again = house.sell(&shop, json!({"client_phone": PHONE, "total_amount": 100}));
            let checkpoint = async {
                house.house.checkpoint().await.unwrap();
                house.client(&shop, PHONE).await;
                house.sell(&shop, json!({"client_phone": PHONE, "total_amount": 100})).await
            };
            type Boxed<'a> = std::pin::Pin<Box<dyn Future<Output = crate::house::Answer> + 'a>>;
            let all: [Boxed<'_>; 3] = [Box::pin(sale), Box::pin(again), Box::pin(checkpoint)];
            for answer in together(all).await {
                assert_eq!(answer.status, 201, "{answer:?}");
            }
        }
        assert_eq!(balance(&house, &shop, PHONE).await, "600");
        house.close_and_verify().await;
    });
}

#[test]
fn a_clock_that_steps_back_is_told_and_a_little_is_bridged() {
    run(async {
        let house = TestHouse::new().await;
        let shop = house.shop(json!({})).await;
        house.log_in(&shop, PHONE).await;
        let sale = json!({"client_phone": PHONE, "total_amount": 100});
        house.advance_seconds(-5);
        let bridged = house.sell(&shop, sale.clone()).await;
        assert_eq!(bridged.data()["sale_date"], json!("2026-03-02T14:00:00+05:00"));
        house.advance_seconds(-1);
        let told = house.sell(&shop, sale.clone()).await;
        assert_eq!(told.error(), (503, "clock_stepped_back", None));
        let ready = house.raw(Ask { path: "/readyz".to_owned(), ..Ask::get("") }).await;
        assert_eq!(ready.status, 503);
        // Also across a restart: what was written is known again.
        let house = house.reopen().await;
        assert_eq!(house.sell(&shop, sale.clone()).await.status, 503);
        house.advance_seconds(6);
        assert_eq!(house.sell(&shop, sale).await.status, 201);
        house.close_and_verify().await;
    });
}

#[test]
fn several_arbiters_are_one_house() {
    run(async {
        let house = house_with(|options| options.arbiters = 3).await;
        let shop = house.shop(json!({"redeem_hold_seconds": 0})).await;
        let phones: Vec<String> =
            (0..30).map(|customer| format!("+99290{:07}", 1_000_000 + customer)).collect();
        let all = together(phones.iter().map(|phone| house.log_in(&shop, phone))).await;
        let mut ids: Vec<Value> =
            all.iter().map(|answer| answer.data()["client"]["id"].clone()).collect();
        ids.sort_by_key(Value::as_u64);
        ids.dedup();
        assert_eq!(ids.len(), 30);
        for round in 0..5 {
            let sales = phones.iter().enumerate().map(|(index, phone)| {
                let id = format!("r-{round}-{}", index / 2);
                house.sell(
                    &shop,
                    json!({"client_phone": phone, "total_amount": 100, "external_sale_id": id}),
                )
            });
            let answers = together(sales).await;
            assert_eq!(answers.iter().filter(|answer| answer.status == 201).count(), 15);
        }
        let house = house.reopen().await;
        let mut sum = 0;
        for phone in &phones {
            sum += house.client(&shop, phone).await["bonus_balance"].as_u64().unwrap();
        }
        assert_eq!(sum, 15 * 5 * 5);
        house.close_and_verify().await;
    });
}

#[test]
fn a_house_without_its_tables_makes_them_again() {
    run(async {
        let house = TestHouse::new().await;
        let shop = house.shop(json!({})).await;
        house.log_in(&shop, PHONE).await;
        for number in 0..20 {
            let sale = json!({"client_phone": PHONE, "total_amount": 100, "external_sale_id": format!("r-{number}")});
            assert_eq!(house.sell(&shop, sale).await.status, 201);
        }
        let before = house.client(&shop, PHONE).await;
        let clock = house.clock.clone();
        let dir = house.close().await;
        let data_dir = dir.path().join("ledger");
        std::fs::remove_dir_all(data_dir.join("tables")).unwrap();
        let house = TestHouse::open(dir, HouseOptions { clock, ..options(&data_dir) }).await;
        assert_eq!(house.client(&shop, PHONE).await, before);
        let again = json!({"client_phone": PHONE, "total_amount": 100, "external_sale_id": "r-7"});
        assert_eq!(house.sell(&shop, again).await.error().1, "duplicate_sale");
        house.close_and_verify().await;
    });
}
