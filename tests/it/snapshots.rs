//! Snapshots of a house that is served: a consistent cut while sales go on, one at a time, and what is
//! restored of it gives the same answers to every read.

use crate::house::{Ask, Shop, TestHouse, options, run, verify};
use crate::parallel::together;
use crate::reads::every_good_read;
use kopilka::engine::{Clock, Entropy, HouseOptions};
use kopilka::journal::{
    MasterKey, RestoreEnd, RestoreSources, RestoreWish, Restored, VaultSource, restore,
};
use kopilka::values::{TenantId, Timestamp};
use serde_json::{Value, json};
use std::path::Path;

const CUSTOMERS: u64 = 12;

fn phone(customer: u64) -> String {
    format!("+99290{:07}", 1_000_000 + customer)
}

/// Of everybody in a shop that is furnished.
pub(crate) fn phones() -> Vec<String> {
    (0..CUSTOMERS).map(phone).collect()
}

pub(crate) fn sale(id: &str, customer: u64, redeem: u64) -> Value {
    json!({
        "client_phone": phone(customer), "total_amount": 100 + customer, "bonus_redeem_amount": redeem,
        "external_sale_id": id, "lines": [{"sku": "a", "line_amount": 60}, {"sku": "b", "line_amount": 20}],
    })
}

/// A shop with customers who bought, redeemed, and brought goods back.
pub(crate) async fn furnish(house: &TestHouse) -> Shop {
    let shop = house.shop(json!({"redeem_hold_seconds": 0})).await;
    for customer in 0..CUSTOMERS {
        house.log_in(&shop, &phone(customer)).await;
        house.grant(&shop, &phone(customer), "50").await;
        for number in 0..4 {
            let id = format!("f-{customer}-{number}");
            let sold = house.sell(&shop, sale(&id, customer, 5 * (number % 2))).await;
            assert_eq!(sold.status, 201, "{sold:?}");
        }
        let refund = json!({"external_sale_id": format!("f-{customer}-0"), "external_refund_id": format!("r-{customer}"),
            "lines": [{"sku": "b", "amount": 20}]});
        house.ask(&shop, Ask::post("/partner/refund", &refund)).await;
        house.advance_seconds(60);
    }
    shop
}

/// Begins a snapshot and waits until it is whole; its name.
pub(crate) async fn snapshot(house: &TestHouse) -> String {
    let begun = house.operate("POST", "/snapshots", Value::Null).await;
    assert_eq!(begun.status, 202, "{begun:?}");
    let name = begun.data()["name"].as_str().unwrap().to_owned();
    until_done(house).await;
    name
}

/// The list once nothing is under way.
async fn until_done(house: &TestHouse) -> Value {
    loop {
        let listed = house.operate("GET", "/snapshots", Value::Null).await;
        if listed.data()["under_way"].is_null() {
            assert_eq!(listed.data()["last_failure"], Value::Null);
            return listed.data()["snapshots"].clone();
        }
        tokio::task::yield_now().await;
    }
}

/// The keys of a ledger.
pub(crate) fn keys_of(ledger: &Path) -> VaultSource {
    let master_key = MasterKey::read(&ledger.join("master.key")).unwrap();
    Entropy::seeded(1).vault_source(Some(master_key), Timestamp::default())
}

fn restored(from: &Path, to: &Path, end: RestoreEnd, tenant: Option<u64>) -> Restored {
    let ledger = from.ancestors().find(|place| place.join("master.key").exists()).unwrap();
    let wish = RestoreWish {
        from: RestoreSources::snapshot(from.to_path_buf()),
        to: to.to_path_buf(),
        end,
        tenant: tenant.map(|id| TenantId(u32::try_from(id).unwrap())),
        cache_bytes: 8 << 20,
        vault: keys_of(ledger),
        keep_master_key: true,
    };
    restore(&wish, Clock::wall().now(), &mut |_| {}).unwrap()
}

/// A house over a restored directory, at the time of another one.
pub(crate) async fn house_on(ledger: &Path, clock: &Clock) -> TestHouse {
    let options = HouseOptions { clock: clock.clone(), ..options(ledger) };
    TestHouse::open(tempfile::tempdir().unwrap(), options).await
}

#[test]
fn a_restored_house_gives_the_same_answers_to_every_good_read() {
    run(async {
        let house = TestHouse::new().await;
        let shops = [furnish(&house).await, furnish(&house).await];
        let name = snapshot(&house).await;
        let all: Vec<&Shop> = shops.iter().collect();
        let phones = phones();
        let original = every_good_read(&house, &all, &phones).await;
        assert!(original.len() > 200, "{}", original.len());
        let from = house.ledger().join("snapshots").join(name);
        let (clock, dir) = (house.clock.clone(), house.close_and_verify().await);

        let whole = dir.path().join("whole");
        let report = restored(&from, &whole, RestoreEnd::Whole, None).report;
        assert!(report.is_clean());
        verify(&whole);
        let copy = house_on(&whole, &clock).await;
        assert_eq!(every_good_read(&copy, &all, &phones).await, original);
        // The second one goes on: the same ids stay taken, other sales come.
        let again = copy.sell(&shops[0], sale("f-3-1", 3, 0)).await;
        assert_eq!(again.error().1, "duplicate_sale");
        assert_eq!(copy.sell(&shops[0], sale("new", 3, 0)).await.status, 201);
        copy.close().await;

        let alone = dir.path().join("alone");
        restored(&from, &alone, RestoreEnd::Whole, Some(shops[1].id));
        let copy = house_on(&alone, &clock).await;
        let theirs = every_good_read(&copy, &[&shops[1]], &phones).await;
        assert_eq!(theirs.len(), original.len() / 2);
        assert_eq!(theirs, original[original.len() / 2..]);
        let again = copy.sell(&shops[1], sale("f-3-1", 3, 0)).await;
        assert_eq!(again.error().1, "duplicate_sale");
        assert_eq!(copy.ask(&shops[0], Ask::get("/partner/events")).await.status, 401);
        copy.close().await;
    });
}

#[test]
fn a_snapshot_under_load_holds_all_that_was_acknowledged_before() {
    run(async {
        const SALES: usize = 120;
        let house = TestHouse::new().await;
        let shop = furnish(&house).await;
        let before: Vec<String> = (0..SALES).map(|number| format!("b-{number}")).collect();
        let first = before.iter().map(|id| house.sell(&shop, sale(id, 1, 0)));
        assert!(together(first).await.iter().all(|answer| answer.status == 201));
        // Sales go on in parallel from before the snapshot begins until it is whole.
        let name = house.operate("POST", "/snapshots", Value::Null).await;
        let name = name.data()["name"].as_str().unwrap().to_owned();
        for round in 0..20 {
            let more = (0..40).map(|number| {
                let body = sale(&format!("a-{round}-{number}"), number % CUSTOMERS, 0);
                house.sell(&shop, body)
            });
            assert!(together(more).await.iter().all(|answer| answer.status == 201));
        }
        let listed = until_done(&house).await;
        let told = listed.as_array().unwrap().last().unwrap().clone();
        assert_eq!((told["name"].as_str(), told["state"].as_str()), (Some(&*name), Some("whole")));
        let from = house.ledger().join("snapshots").join(name);
        let (clock, dir) = (house.clock.clone(), house.close_and_verify().await);
        let to = dir.path().join("restored");
        let report = restored(&from, &to, RestoreEnd::Whole, None).report;
        assert_eq!(told["root"], json!(hex::encode(report.covered.root)));
        assert_eq!(told["last_event"], json!(report.covered.events));
        let copy = house_on(&to, &clock).await;
        for id in &before {
            let again = copy.sell(&shop, sale(id, 1, 0)).await;
            assert_eq!(again.error().1, "duplicate_sale", "{id}");
        }
        copy.close().await;
    });
}

#[test]
fn snapshots_are_pruned_and_a_closing_house_does_not_wait_for_one() {
    run(async {
        let house = TestHouse::new().await;
        furnish(&house).await;
        let mut names = Vec::new();
        for _ in 0..3 {
            names.push(snapshot(&house).await);
            house.advance_seconds(1);
        }
        let pruned = house.operate("DELETE", "/snapshots?keep=2", Value::Null).await;
        assert_eq!(pruned.data(), &json!({"removed": names[..1], "kept": names[1..]}));
        let begun = house.operate("POST", "/snapshots", Value::Null).await;
        assert_eq!(begun.status, 202);
        // The store is let go at once, so that it opens again.
        let house = house.reopen().await;
        let listed = until_done(&house).await;
        let states: Vec<&str> =
            listed.as_array().unwrap().iter().map(|one| one["state"].as_str().unwrap()).collect();
        assert!(states.len() >= 2 && states.iter().all(|state| *state == "whole"), "{listed}");
        house.close_and_verify().await;
    });
}
