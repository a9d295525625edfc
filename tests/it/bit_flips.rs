//! Flipped bits and cut ends at random places of every file of a data directory: they are noticed when it is
//! opened, read or verified, or change nothing; a wrong figure is never served.

use crate::chance::Chance;
use crate::house::{Ask, Shop, TestHouse, options, run, sealing_of};
use crate::mains::copy_disk;
use crate::reads::{every_good_read, every_read};
use kopilka::engine::{Clock, Entropy, HouseOptions};
use kopilka::journal::{
    DataDir, JournalOptions, OperatorsFile, Tables, VerifyReport, open_read_only, rebuild_tables,
    verify,
};
use kopilka::values::Timestamp;
use serde_json::{Value, json};
use std::fs;
use std::path::{Path, PathBuf};

/// Changes of each file, unless `KOPILKA_BIT_FLIPS` says how many.
const CHANGES: usize = 5;
const CUSTOMERS: u64 = 3;

type Reads = Vec<(String, Value)>;

/// A ledger as it should be.
struct Original {
    ledger: PathBuf,
    shop: Shop,
    phones: Vec<String>,
    reads: Reads,
    clock: Clock,
    root: [u8; 32],
}

fn phone(customer: u64) -> String {
    format!("+99290{:07}", 3_000_000 + customer)
}

async fn furnish(house: &TestHouse) -> Shop {
    let shop = house.shop(json!({"redeem_hold_seconds": 0})).await;
    for customer in 0..CUSTOMERS {
        house.log_in(&shop, &phone(customer)).await;
        house.grant(&shop, &phone(customer), "50").await;
        for number in 0..6 {
            let sale = json!({"client_phone": phone(customer), "total_amount": 100 + customer,
                "bonus_redeem_amount": number % 3, "external_sale_id": format!("s-{customer}-{number}"),
                "lines": [{"sku": "a", "name": "Чай", "line_amount": 60}]});
            assert_eq!(house.sell(&shop, sale).await.status, 201);
            house.advance_seconds(60);
        }
        house.house.checkpoint().await.unwrap();
    }
    let operator = json!({"name": "anna", "role": "auditor"});
    assert_eq!(house.operate("POST", "/operators", operator).await.status, 201);
    shop
}

fn proof(data_dir: &Path) -> Result<VerifyReport, String> {
    let data_dir = DataDir::open_existing(data_dir).map_err(|error| error.to_string())?;
    let keys = Entropy::seeded(0).vault_source(None, Timestamp::default());
    let sealing = data_dir.sealing(&keys).map_err(|error| error.to_string())?;
    OperatorsFile::of(&data_dir).read().map_err(|error| error.to_string())?;
    let options = JournalOptions::new(1 << 20, Timestamp::default()).under(sealing.clone());
    let journal = open_read_only(&data_dir, &options).map_err(|error| error.to_string())?;
    let tables = Tables::open_as_they_lie(&data_dir.tables_path(), 1 << 20, &sealing);
    let tables = tables.map_err(|error| error.to_string())?;
    Ok(verify(&journal, tables.as_ref(), &mut |_| {}))
}

/// Flips a bit, where there is something rather than where there is nothing, or cuts the end off.
fn damage(file: &Path, chance: &mut Chance) -> String {
    let mut bytes = fs::read(file).unwrap();
    let used = bytes.iter().rposition(|byte| *byte != 0).map_or(1, |last| last + 1);
    let at = usize::try_from(chance.below(u64::try_from(used).unwrap())).unwrap();
    let what = if chance.below(3) == 0 {
        bytes.truncate(at);
        format!("{} cut to {at}", file.display())
    } else {
        let bit = chance.below(8);
        bytes[at] ^= 1 << bit;
        format!("{} bit {bit} of byte {at}", file.display())
    };
    fs::write(file, bytes).unwrap();
    what
}

/// Whether the damage was noticed by verifying, by opening, or by a read.
async fn examine(original: &Original, damaged: &Path, what: &str) -> [bool; 3] {
    let dir = tempfile::tempdir().unwrap();
    let closed = dir.path().join("closed");
    copy_disk(damaged, &closed);
    let verified = proof(&closed);
    let by_verify = verified.as_ref().map_or(true, |report| !report.is_clean());
    if let Some(report) = verified.ok().filter(VerifyReport::is_clean) {
        assert_eq!(report.covered.root, original.root, "{what}: another ledger verifies");
    }
    let opened = dir.path().join("opened");
    copy_disk(damaged, &opened);
    let options = HouseOptions { clock: original.clock.clone(), ..options(&opened) };
    let house = TestHouse::try_open(tempfile::tempdir().unwrap(), options).await;
    let Ok(house) = house else { return [by_verify, true, false] };
    let mut by_read = false;
    for (path, body) in every_read(&house, &[&original.shop], &original.phones).await {
        if body["success"] != json!(true) {
            by_read = true;
            continue;
        }
        let right = original.reads.iter().find(|(known, _)| *known == path);
        assert_eq!(right.map(|(_, body)| body), Some(&body), "{what}: {path} is served wrongly");
    }
    let again = Ask::get(&format!("/partner/client/{}", original.phones[0].replace('+', "%2B")));
    let shown = house.ask(&original.shop, again).await;
    assert!(matches!(shown.status, 200 | 503 | 500), "{what}: {shown:?}");
    house.abandon().await;
    [by_verify, false, by_read]
}

fn files_of(ledger: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(ledger).unwrap() {
        let path = entry.unwrap().path();
        let is_ours = path.file_name().is_some_and(|name| name != "lock" && name != "snapshots");
        if path.is_dir() && is_ours {
            files.extend(files_of(&path));
        } else if is_ours && path.metadata().unwrap().len() > 0 {
            files.push(path);
        }
    }
    files.sort();
    files
}

async fn original(house: TestHouse) -> (tempfile::TempDir, Original) {
    let shop = furnish(&house).await;
    let phones: Vec<String> = (0..CUSTOMERS).map(phone).collect();
    let reads = every_good_read(&house, &[&shop], &phones).await;
    let (ledger, clock) = (house.ledger(), house.clock.clone());
    let dir = house.close_and_verify().await;
    let root = proof(&ledger).unwrap().covered.root;
    (dir, Original { ledger, shop, phones, reads, clock, root })
}

#[test]
fn damage_in_a_data_directory_is_noticed_or_changes_nothing() {
    let mut chance = Chance::announced("bit flips");
    let changes = std::env::var("KOPILKA_BIT_FLIPS").ok().and_then(|count| count.parse().ok());
    let changes: usize = changes.unwrap_or(CHANGES);
    run(async {
        let (_dir, original) = original(TestHouse::new().await).await;
        let mut told = Vec::new();
        for file in files_of(&original.ledger) {
            let name = file.strip_prefix(&original.ledger).unwrap();
            let mut noticed = 0;
            for _ in 0..changes {
                let dir = tempfile::tempdir().unwrap();
                let damaged = dir.path().join("ledger");
                copy_disk(&original.ledger, &damaged);
                let what = damage(&damaged.join(name), &mut chance);
                let by = examine(&original, &damaged, &what).await;
                noticed += usize::from(by.contains(&true));
                // No other copy of these is there to compare with, and all of their bytes count.
                let must = ["house.keys", "master.key", "operators", "kopilka.format"];
                // The digits of a key in hexadecimal say the same in capitals.
                let says_the_same = name.ends_with("master.key")
                    && fs::read(damaged.join(name))
                        .is_ok_and(|bytes| bytes.eq_ignore_ascii_case(&fs::read(&file).unwrap()));
                let is_noticed = by.contains(&true)
                    || says_the_same
                    || !must.iter().any(|one| name.ends_with(one));
                assert!(is_noticed, "{what} went unnoticed");
            }
            told.push(format!("{}: {noticed} of {changes} noticed", name.display()));
        }
        println!("{}", told.join("\n"));
        assert!(told.len() >= 8, "{told:?}");
    });
}

/// Tables that are no good are made again, and say the same as before.
#[test]
fn damaged_tables_are_rebuilt_to_the_letter() {
    let mut chance = Chance::announced("damaged tables");
    run(async {
        let (dir, original) = original(TestHouse::new().await).await;
        let damaged = dir.path().join("damaged");
        copy_disk(&original.ledger, &damaged);
        damage(&damaged.join("tables/db"), &mut chance);
        let data_dir = DataDir::open_existing(&damaged).unwrap();
        let options_of_journal = JournalOptions::new(1 << 20, Timestamp::default());
        let journal_options = options_of_journal.under(sealing_of(&data_dir));
        let journal = open_read_only(&data_dir, &journal_options).unwrap();
        rebuild_tables(&data_dir.tables_path(), 1 << 20, &journal, &mut |_| {}).unwrap();
        drop((data_dir, journal));
        assert!(proof(&damaged).unwrap().is_clean());
        let options = HouseOptions { clock: original.clock.clone(), ..options(&damaged) };
        let house = TestHouse::open(tempfile::tempdir().unwrap(), options).await;
        let reads = every_good_read(&house, &[&original.shop], &original.phones).await;
        assert_eq!(reads, original.reads);
        house.close().await;
    });
}
