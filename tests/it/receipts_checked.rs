//! `verify`, with and without receipts, and `rebuild`, as an operator runs them: on a closed directory,
//! on a running server, on one that was brought back to an earlier state, and on broken tables.

use crate::house::{Ask, PHONE, Shop, TestHouse, options, run, verify};
use crate::process::{Server, kopilka, stderr, stdout};
use crate::receipts::Receipt;
use kopilka::engine::HouseOptions;
use serde_json::{Value, json};
use std::fs;
use std::path::Path;

/// Every record is read without a pause.
const WHOLE: u8 = 100;

async fn house_at(share_percent: u8) -> TestHouse {
    let dir = tempfile::tempdir().unwrap();
    let options =
        HouseOptions { verify_share_percent: share_percent, ..options(&dir.path().join("ledger")) };
    TestHouse::open(dir, options).await
}

async fn sell(house: &TestHouse, shop: &Shop, ids: std::ops::Range<u32>) -> Vec<Receipt> {
    let mut receipts = Vec::new();
    for id in ids {
        let sale = json!({"client_phone": PHONE, "total_amount": 100, "external_sale_id": format!("s-{id}")});
        let told = house.prove(shop, Ask::post("/partner/sale", &sale)).await;
        receipts.push(told.receipt.unwrap());
    }
    receipts
}

async fn shop_with_customer(house: &TestHouse) -> Shop {
    let shop = house.shop(json!({})).await;
    house.log_in(&shop, PHONE).await;
    shop
}

fn list(path: &Path, receipts: &[Receipt]) {
    let lines: Vec<String> =
        receipts.iter().map(|(event, hash)| format!("{event},{hash}")).collect();
    fs::write(path, format!("event,hash\n{}\n", lines.join("\n"))).unwrap();
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap().map(Result::unwrap) {
        let to = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &to);
        } else {
            fs::copy(entry.path(), to).unwrap();
        }
    }
}

/// Waits for the verification that is running; its document.
async fn verified(house: &TestHouse) -> Value {
    loop {
        let standing = house.operate("GET", "/verification", Value::Null).await.data().clone();
        if standing["state"] != "running" {
            return standing;
        }
        tokio::task::yield_now().await;
    }
}

#[test]
fn a_running_ledger_verifies_as_it_does_once_it_is_closed() {
    run(async {
        let house = house_at(WHOLE).await;
        let idle = house.operate("GET", "/verification", Value::Null).await;
        assert_eq!(idle.data()["state"], "none");
        let shop = shop_with_customer(&house).await;
        sell(&house, &shop, 0..40).await;
        let started = house.operate("POST", "/verification", Value::Null).await;
        assert_eq!((started.status, &started.data()["state"]), (202, &json!("running")));
        let online = verified(&house).await;
        assert_eq!(online["state"], "done", "{online}");
        // What is written later changes nothing of what was found.
        sell(&house, &shop, 40..45).await;
        assert_eq!(verified(&house).await, online);
        house.operate("POST", "/verification", Value::Null).await;
        let online = verified(&house).await["report"].clone();
        let dir = house.close().await;
        let data_dir = dir.path().join("ledger");
        let closed = kopilka(&["verify", "--json", "--data-dir", data_dir.to_str().unwrap()]);
        assert_eq!(closed.status.code(), Some(0), "{closed:?}");
        let mut closed: Value = serde_json::from_str(&stdout(&closed)).unwrap();
        assert_eq!(closed["root"].as_str().unwrap().len(), 64);
        // Beside the traffic the tables are not looked at.
        closed["tables_cover"] = Value::Null;
        closed["covered"]["accounts_compared"] = json!(0);
        assert_eq!(online, closed);
    });
}

#[test]
fn a_verification_under_way_does_not_hold_a_house_up() {
    run(async {
        let house = house_at(1).await;
        let shop = shop_with_customer(&house).await;
        sell(&house, &shop, 0..30).await;
        for _ in 0..3 {
            let started = house.operate("POST", "/verification", Value::Null).await;
            assert_eq!(started.status, 202);
        }
        house.close_and_verify().await;
    });
}

#[test]
fn what_a_ledger_lost_when_it_was_brought_back_shows_as_holes() {
    run(async {
        let house = TestHouse::new().await;
        let shop = shop_with_customer(&house).await;
        let mut receipts = sell(&house, &shop, 0..7).await;
        let dir = house.close().await;
        let (whole, earlier) = (dir.path().join("ledger"), dir.path().join("earlier"));
        copy(&whole, &earlier);
        let house = TestHouse::open(dir, options(&whole)).await;
        receipts.extend(sell(&house, &shop, 7..12).await);
        let dir = house.close().await;
        let file = dir.path().join("till-7.csv");
        let asked = |data_dir: &Path, more: &[&str]| {
            let (data_dir, file) = (data_dir.to_str().unwrap(), file.to_str().unwrap());
            kopilka(&[&["verify", "--data-dir", data_dir, "--receipts", file], more].concat())
        };
        list(&file, &receipts);
        let all = asked(&whole, &[]);
        assert_eq!(all.status.code(), Some(0), "{all:?}");
        let told = stdout(&all);
        assert!(told.contains("everything agrees"), "{told}");
        assert!(told.contains("12 receipts: 12 are in the ledger, 0 are not;"), "{told}");
        let lost = asked(&earlier, &["--receipts-only"]);
        assert_eq!(lost.status.code(), Some(1), "{lost:?}");
        let told = stdout(&lost);
        assert!(told.contains("12 receipts: 7 are in the ledger, 5 are not;"), "{told}");
        let last = receipts[6].0;
        let hole = format!(
            "line 9: not in the ledger: event {}: the journal ends with event {last}",
            receipts[7].0
        );
        assert!(told.contains(&hole), "{told}");
        assert!(stderr(&lost).contains("5 of 12 receipts are not in the ledger"), "{lost:?}");
        // Served again, the ledger that was brought back writes something else under those numbers.
        let house = TestHouse::open(dir, options(&earlier)).await;
        sell(&house, &shop, 20..26).await;
        let found = house.check_receipts(&receipts).await;
        let holes = found["holes"].as_array().unwrap();
        assert_eq!((&found["present"], holes.len()), (&json!(7), 5));
        assert!(holes.iter().all(|hole| hole["hole"] == "other_hash"), "{holes:?}");
        let dir = house.close().await;
        list(&dir.path().join("till-7.csv"), &[]);
        let none =
            kopilka(&["verify", "--data-dir", earlier.to_str().unwrap(), "--receipts", "nowhere"]);
        assert_eq!(none.status.code(), Some(2), "{none:?}");
    });
}

#[test]
fn a_running_server_verifies_and_looks_for_receipts() {
    run(async {
        let house = TestHouse::new().await;
        let shop = shop_with_customer(&house).await;
        let mut receipts = sell(&house, &shop, 0..9).await;
        let dir = house.close().await;
        let data_dir = dir.path().join("ledger");
        let file = dir.path().join("receipts.csv");
        let server = Server::start(&data_dir, &["--verify-share-percent", "100"]);
        let token = data_dir.join("operator.token");
        let (token, file_name) = (token.to_str().unwrap(), file.to_str().unwrap());
        let way_in = ["--url", &server.operator, "--token-file", token];
        list(&file, &receipts);
        let whole = kopilka(&[&["verify", "--receipts", file_name][..], &way_in].concat());
        assert_eq!(whole.status.code(), Some(0), "{whole:?}");
        let told = stdout(&whole);
        assert!(told.contains("9 receipts: 9 are in the ledger, 0 are not;"), "{told}");
        assert!(told.contains("there were no tables to compare with"), "{told}");
        receipts[3].1 = "0".repeat(64);
        list(&file, &receipts);
        let asked = ["verify", "--json", "--receipts-only", "--receipts", file_name];
        let flipped = kopilka(&[&asked[..], &way_in].concat());
        assert_eq!(flipped.status.code(), Some(1), "{flipped:?}");
        let found: Value = serde_json::from_str(&stdout(&flipped)).unwrap();
        assert_eq!((&found["present"], &found["missing"]), (&json!(8), &json!(1)));
        let hole = &found["holes"][0];
        assert_eq!((&hole["line"], &hole["hole"]), (&json!(5), &json!("other_hash")));
        assert_eq!(server.terminate(), Some(0));
    });
}

#[test]
fn tables_are_rebuilt_from_a_closed_directory_alone() {
    run(async {
        let house = TestHouse::new().await;
        let shop = shop_with_customer(&house).await;
        sell(&house, &shop, 0..20).await;
        let dir = house.close().await;
        let data_dir = dir.path().join("ledger");
        let asked = ["rebuild", "--data-dir", data_dir.to_str().unwrap()];
        let server = Server::start(&data_dir, &[]);
        let refused = kopilka(&asked);
        assert_eq!(refused.status.code(), Some(3), "{refused:?}");
        assert!(stderr(&refused).contains("in use by another"), "{refused:?}");
        assert_eq!(server.terminate(), Some(0));
        let tables = data_dir.join("tables");
        for file in ["db", "conf"] {
            fs::write(tables.join(file), b"nothing of ours").unwrap();
        }
        let rebuilt = kopilka(&asked);
        assert_eq!(rebuilt.status.code(), Some(0), "{rebuilt:?}");
        let told = stdout(&rebuilt);
        assert!(told.contains("were made anew from 22 operations"), "{told}");
        assert!(told.contains("everything agrees, every trial balance is zero"), "{told}");
        verify(&data_dir);
    });
}

#[test]
fn a_journal_that_does_not_open_is_the_affair_of_a_restore() {
    run(async {
        let house = TestHouse::new().await;
        shop_with_customer(&house).await;
        let dir = house.close().await;
        let data_dir = dir.path().join("ledger");
        let store = data_dir.join("journal").join("db");
        let bytes = fs::read(&store).unwrap();
        fs::write(&store, &bytes[..bytes.len() / 64]).unwrap();
        for command in ["rebuild", "verify"] {
            let refused = kopilka(&[command, "--data-dir", data_dir.to_str().unwrap()]);
            assert_eq!(refused.status.code(), Some(1), "{refused:?}");
            assert!(stderr(&refused).contains("kopilka restore"), "{refused:?}");
        }
        assert!(data_dir.join("tables").join("db").exists(), "the tables were not touched");
    });
}
