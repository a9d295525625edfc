//! Memory is bounded: however many accounts are visited, no more stay than may.

use crate::house::{Shop, TestHouse, options, run};
use crate::parallel::together;
use kopilka::engine::HouseOptions;
use serde_json::json;
use std::collections::BTreeSet;

const RESIDENT_MAX: usize = 50;
const CUSTOMERS: u64 = 400;
const AT_ONCE: u64 = 16;

fn phone(customer: u64) -> String {
    format!("+99290{:07}", 1_000_000 + customer)
}

async fn small_house() -> TestHouse {
    let dir = tempfile::tempdir().unwrap();
    let options =
        HouseOptions { resident_accounts_max: RESIDENT_MAX, ..options(&dir.path().join("ledger")) };
    TestHouse::open(dir, options).await
}

fn assert_bounded(house: &TestHouse) {
    let residents = house.house.residents().unwrap();
    assert!(residents <= RESIDENT_MAX, "{residents} accounts are in memory");
}

async fn sell(house: &TestHouse, shop: &Shop, customer: u64, round: u64) {
    let id = format!("r-{round}-{customer}");
    let sale =
        json!({"client_phone": phone(customer), "total_amount": 100, "external_sale_id": id});
    let answer = house.sell(shop, sale).await;
    assert_eq!(answer.status, 201, "{answer:?}");
    assert_bounded(house);
}

#[test]
fn many_more_accounts_than_may_stay_are_served_and_bounded() {
    run(async {
        let house = small_house().await;
        let shop = house.shop(json!({"redeem_hold_seconds": 0})).await;
        let mut ids = BTreeSet::new();
        for customer in 0..CUSTOMERS {
            let opened = house.log_in(&shop, &phone(customer)).await;
            ids.insert(opened.data()["client"]["id"].as_u64());
            assert_bounded(&house);
        }
        assert_eq!(ids.len(), usize::try_from(CUSTOMERS).unwrap());
        for round in 0..2 {
            for first in (0..CUSTOMERS).step_by(usize::try_from(AT_ONCE).unwrap()) {
                let some = first..first + AT_ONCE;
                together(some.map(|customer| sell(&house, &shop, customer, round))).await;
            }
            house.advance_seconds(1);
        }
        for customer in (0..CUSTOMERS).step_by(7) {
            let client = house.client(&shop, &phone(customer)).await;
            assert_eq!(client["bonus_balance"].to_string(), "10", "customer {customer}");
            assert_bounded(&house);
        }
        house.close_and_verify().await;
    });
}
