//! The archive of a house that is served: it follows, says what keeps it from following while sales go on,
//! and what is restored of it gives the same answers to every read.

use crate::house::{Shop, TestHouse, options, run, verify};
use crate::metrics::value;
use crate::process::kopilka;
use crate::process::{stderr, stdout};
use crate::reads::every_good_read;
use crate::snapshots::{furnish, house_on, keys_of, phones, sale};
use kopilka::engine::{Clock, HouseOptions};
use kopilka::journal::{RestoreEnd, RestoreSources, RestoreWish, list_snapshots, restore};
use serde_json::{Value, json};
use std::fs;
use std::path::Path;
use tempfile::TempDir;

/// A house whose archive lies beside its ledger.
async fn house_with_archive(dir: TempDir, clock: Option<&Clock>) -> TestHouse {
    let mut options = options(&dir.path().join("ledger"));
    options.archive_dir = Some(dir.path().join("archive"));
    let clock = clock.cloned().unwrap_or_else(|| options.clock.clone());
    TestHouse::open(dir, HouseOptions { clock, ..options }).await
}

async fn standing(house: &TestHouse) -> Value {
    house.operate("GET", "/archive", Value::Null).await.data().clone()
}

/// Waits until it stands so.
async fn until(house: &TestHouse, reached: impl Fn(&Value) -> bool) -> Value {
    loop {
        let standing = standing(house).await;
        if reached(&standing) {
            return standing;
        }
        tokio::task::yield_now().await;
    }
}

fn follows(standing: &Value) -> bool {
    standing["state"] == "following" && standing["lag_events"] == 0
}

fn restored(ledger: &Path, from: RestoreSources, to: &Path) -> [u8; 32] {
    let wish = RestoreWish {
        from,
        to: to.to_path_buf(),
        end: RestoreEnd::Whole,
        tenant: None,
        cache_bytes: 8 << 20,
        vault: keys_of(ledger),
        keep_master_key: true,
    };
    restore(&wish, Clock::wall().now(), &mut |_| {}).unwrap().report.covered.root
}

fn root_of(ledger: &Path) -> String {
    let verified = kopilka(&["verify", "--json", "--data-dir", ledger.to_str().unwrap()]);
    let report: Value = serde_json::from_str(&stdout(&verified)).unwrap();
    report["root"].as_str().unwrap().to_owned()
}

#[test]
fn an_archive_follows_over_restarts_and_its_copy_answers_every_read_as_the_original() {
    run(async {
        // A ledger with a history begins one.
        let house = TestHouse::new().await;
        assert_eq!(standing(&house).await["state"], "off");
        assert_eq!(value(&house.metrics().await, "kopilka_archive_lag_events"), None);
        let first = furnish(&house).await;
        let clock = house.clock.clone();
        let house = house_with_archive(house.close().await, Some(&clock)).await;
        until(&house, follows).await;
        let second = furnish(&house).await;
        let told = until(&house, follows).await;
        assert!(told["directory"].as_str().unwrap().ends_with("archive"), "{told}");
        assert_eq!(value(&house.metrics().await, "kopilka_archive_lag_events"), Some(0));
        let all: [&Shop; 2] = [&first, &second];
        let original = every_good_read(&house, &all, &phones()).await;
        let dir = house.close().await;
        let (archive, copy) = (dir.path().join("archive"), dir.path().join("copy"));
        let from = RestoreSources { archive: Some(archive), ..RestoreSources::default() };
        let root = restored(&dir.path().join("ledger"), from, &copy);
        verify(&copy);
        assert_eq!(hex::encode(root), root_of(&dir.path().join("ledger")), "closing adds the last");
        let copy = house_on(&copy, &clock).await;
        assert_eq!(every_good_read(&copy, &all, &phones()).await, original);
        let again = copy.sell(&first, sale("f-3-1", 3, 0)).await;
        assert_eq!(again.error().1, "duplicate_sale");
        copy.close().await;
    });
}

#[test]
fn an_archive_that_cannot_follow_says_why_and_sales_go_on() {
    run(async {
        let dir = tempfile::tempdir().unwrap();
        let thesis = dir.path().join("archive/thesis.txt");
        fs::create_dir(dir.path().join("archive")).unwrap();
        fs::write(&thesis, "years of work").unwrap();
        let house = house_with_archive(dir, None).await;
        let shop = furnish(&house).await;
        let told = until(&house, |told| told["state"] == "failing").await;
        assert_eq!(told["trouble"]["cause"], "refused");
        let reason = told["trouble"]["reason"].as_str().unwrap();
        assert!(reason.contains("it holds something else"), "{reason}");
        assert_eq!(house.sell(&shop, sale("on", 1, 0)).await.status, 201);
        let metrics = house.metrics().await;
        assert_eq!(value(&metrics, "kopilka_archive_failing{cause=\"refused\"}"), Some(1));
        assert!(value(&metrics, "kopilka_archive_lag_events") > Some(0));
        assert_eq!(value(&metrics, "kopilka_ready"), Some(1));
        fs::remove_file(thesis).unwrap();
        until(&house, follows).await;
        let dir = house.close_and_verify().await;
        let archive = dir.path().join("archive");
        let verified = kopilka(&["verify", "--archive", archive.to_str().unwrap()]);
        assert!(verified.status.success(), "{}", stderr(&verified));
        assert!(stdout(&verified).contains("everything agrees"), "{}", stdout(&verified));
        let told = kopilka(&["archive", "status", "--in", archive.to_str().unwrap()]);
        assert!(stdout(&told).contains("last_event"), "{}", stdout(&told));
    });
}

#[test]
fn incremental_snapshots_of_a_served_house_make_a_chain() {
    run(async {
        let house = TestHouse::new().await;
        let shop = furnish(&house).await;
        let mut names: Vec<String> = Vec::new();
        for number in 0..3 {
            house.advance_seconds(1);
            house.sell(&shop, sale(&format!("s-{number}"), 1, 0)).await;
            let begun = house.operate("POST", "/snapshots?incremental=true", Value::Null).await;
            assert_eq!(begun.status, 202, "{begun:?}");
            names.push(begun.data()["name"].as_str().unwrap().to_owned());
            while !house.operate("GET", "/snapshots", Value::Null).await.data()["under_way"]
                .is_null()
            {
                tokio::task::yield_now().await;
            }
        }
        let listed = house.operate("GET", "/snapshots", Value::Null).await;
        let listed = listed.data()["snapshots"].as_array().unwrap().clone();
        let parents: Vec<&Value> = listed.iter().map(|one| &one["parent"]).collect();
        assert_eq!(parents, [&Value::Null, &json!(names[0]), &json!(names[1])]);
        let pruned = house.operate("DELETE", "/snapshots?keep=1", Value::Null).await;
        assert_eq!(pruned.data(), &json!({"removed": [], "kept": names}));
        let clock = house.clock.clone();
        let original = every_good_read(&house, &[&shop], &phones()).await;
        let dir = house.close_and_verify().await;
        let newest = dir.path().join("ledger/snapshots").join(&names[2]);
        let copy = dir.path().join("copy");
        let root = restored(&dir.path().join("ledger"), RestoreSources::snapshot(newest), &copy);
        assert_eq!(listed[2]["root"], json!(hex::encode(root)));
        let copy = house_on(&copy, &clock).await;
        assert_eq!(every_good_read(&copy, &[&shop], &phones()).await, original);
        copy.close().await;
    });
}

/// Nothing but the command that is printed is needed.
#[test]
fn a_journal_that_does_not_open_names_the_command_that_brings_it_back() {
    run(async {
        let house = house_with_archive(tempfile::tempdir().unwrap(), None).await;
        furnish(&house).await;
        house.operate("POST", "/snapshots", Value::Null).await;
        while !house.operate("GET", "/snapshots", Value::Null).await.data()["under_way"].is_null() {
            tokio::task::yield_now().await;
        }
        let dir = house.close_and_verify().await;
        let ledger = dir.path().join("ledger");
        assert_eq!(list_snapshots(&ledger.join("snapshots")).unwrap().len(), 1);
        let root = root_of(&ledger);
        let store = ledger.join("journal/db");
        let mut bytes = fs::read(&store).unwrap();
        bytes[3] ^= 1;
        fs::write(&store, bytes).unwrap();
        for command in ["verify", "rebuild"] {
            let refused = kopilka(&[command, "--data-dir", ledger.to_str().unwrap()]);
            let told = stderr(&refused);
            assert_eq!(refused.status.code(), Some(1), "{told}");
            let (_, way_back) = told.trim_end().split_once("of it: kopilka ").unwrap();
            assert!(
                ["--from", "--archive", "--salvage"].iter().all(|flag| way_back.contains(flag))
            );
            let words: Vec<&str> = way_back.split(' ').collect();
            let restored = kopilka(&words);
            assert!(restored.status.success(), "{}", stderr(&restored));
            assert_eq!(stderr(&restored), "", "nothing is lost");
            let made = dir.path().join("ledger.restored");
            assert_eq!(root_of(&made), root);
            fs::remove_dir_all(made).unwrap();
        }
    });
}
