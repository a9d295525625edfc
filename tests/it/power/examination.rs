//! What an operator finds after a power cut: the ledger opens, verifies and holds all that was told, its archive
//! goes on, and copies are whole or are not taken for it.

use crate::house::{Ask, Shop, TestHouse, options, sealing_of, verify};
use crate::power::facts::Facts;
use crate::power::scenario::{ARCHIVE, LEDGER, SHELF, phone};
use kopilka::engine::{Clock, HouseOptions};
use kopilka::journal::{
    DataDir, JournalError, ShelvedState, Snapshot, archive_summary, list_snapshots, verify_archive,
    verify_snapshot,
};
use serde_json::{Value, json};
use std::fs;
use std::path::Path;

/// Examines an image; panics where it is not as it must be.
pub(super) async fn examine(image: &Path, facts: &Facts) {
    examine_snapshots(&image.join(SHELF), facts);
    for copy in ["restored", "resealed"] {
        examine_copy(&image.join(copy), facts.whole.contains(copy));
    }
    examine_ledger(image, facts).await;
}

fn examine_snapshots(shelf: &Path, facts: &Facts) {
    let mut whole = Vec::new();
    for shelved in list_snapshots(shelf).unwrap() {
        match shelved.state {
            ShelvedState::Whole(_) => whole.push(shelved.name),
            ShelvedState::Unfinished => {}
            ShelvedState::Damaged(reason) => panic!("the snapshot {}: {reason}", shelved.name),
        }
    }
    let missing = facts.snapshots.iter().find(|name| !whole.contains(name));
    assert_eq!(missing, None, "a snapshot that was told of is not there");
    for name in whole {
        let snapshot = Snapshot::open(&shelf.join(&name)).unwrap();
        let report = verify_snapshot(&snapshot, &mut |_| {}, &mut |_| {}).unwrap();
        assert!(report.is_clean(), "the snapshot {name}: {report:?}");
    }
}

/// A data directory that was made of others, which nobody has opened yet.
fn examine_copy(copy: &Path, is_told: bool) {
    assert!(copy.exists() || !is_told, "{} was told of and is not there", copy.display());
    let beside = copy.with_extension("unfinished");
    for place in [copy, &beside].into_iter().filter(|place| place.exists()) {
        match DataDir::open_existing(place).map(drop) {
            Ok(()) => verify(place),
            Err(JournalError::Unfinished(_)) => assert!(place == beside),
            Err(error) => assert!(place == beside && is_empty(place), "{error}"),
        }
    }
}

/// Whether there is no file in a folder, whatever else.
fn is_empty(folder: &Path) -> bool {
    fs::read_dir(folder).unwrap().all(|entry| entry.unwrap().path().is_dir())
}

async fn examine_ledger(image: &Path, facts: &Facts) {
    let (ledger, archive) = (image.join(LEDGER), image.join(ARCHIVE));
    let Some(shop) = &facts.shop else {
        // Whoever begins again is not kept from it by what is left.
        fs::create_dir_all(&ledger).unwrap();
        let house = TestHouse::open(tempfile::tempdir().unwrap(), options(&ledger)).await;
        return house.close_and_verify_at(&ledger).await;
    };
    if let Some(token) = &facts.operator_token {
        let kept = fs::read_to_string(ledger.join("operator.token")).unwrap_or_default();
        assert_eq!(&kept, token, "the operator's token that was told");
    }
    let durable = archive_summary(&archive).map_or(0, |summary| summary.last_event.number());
    assert!(durable >= facts.archived, "{durable} of {} are in the archive", facts.archived);
    let served = facts.operator_token.is_some();
    let options = HouseOptions {
        clock: Clock::wall(),
        snapshot_dir: image.join(SHELF),
        archive_dir: served.then(|| archive.clone()),
        ..options(&ledger)
    };
    let house = TestHouse::open(tempfile::tempdir().unwrap(), options).await;
    examine_house(&house, shop, facts).await;
    house.close_and_verify_at(&ledger).await;
    if served {
        examine_archive(&archive, &ledger);
    }
}

async fn examine_house(house: &TestHouse, shop: &Shop, facts: &Facts) {
    let checked = house.check_receipts(&facts.receipts).await;
    assert_eq!(checked["holes"], json!([]), "receipts that were told");
    for (phone, name) in &facts.customers {
        let path = format!("/partner/client/{}", phone.replace('+', "%2B"));
        let shown = house.ask(shop, Ask::get(&path)).await;
        let is_gone = shown.status == 404;
        match facts.forgotten.get(phone) {
            None => assert_eq!(shown.data()["full_name"], json!(name)),
            Some(true) => assert!(is_gone, "{phone} is forgotten: {shown:?}"),
            Some(false) => assert!(is_gone || shown.data()["full_name"] == json!(name)),
        }
    }
    if facts.adjusted > 0 {
        let balance = house.client(shop, &phone(0)).await["bonus_balance"].as_u64().unwrap();
        let possible = facts.adjusted..=facts.adjusted + 1;
        assert!(possible.contains(&balance), "{balance} bonuses, not {possible:?}");
    }
    let operators = house.operate("GET", "/operators", Value::Null).await.body.to_string();
    for name in &facts.operators {
        assert!(operators.contains(name), "the operator {name}: {operators}");
    }
}

/// The archive goes on where it was cut off: once the ledger is closed, it lacks nothing.
fn examine_archive(archive: &Path, ledger: &Path) {
    let proof = verify_archive(archive, None, &mut |_, _| {}, &mut |_| {}).unwrap();
    assert_eq!(proof.torn, None);
    let report = proof.report.unwrap();
    assert!(report.is_clean(), "the archive: {report:?}");
    let data_dir = DataDir::open_existing(ledger).unwrap();
    let options = kopilka::journal::JournalOptions::new(1 << 20, Clock::wall().now());
    let options = options.under(sealing_of(&data_dir));
    let journal = kopilka::journal::open_read_only(&data_dir, &options).unwrap();
    assert_eq!(proof.root, journal.tail().unwrap().unwrap().hash, "the archive follows");
}
