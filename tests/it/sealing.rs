//! Personal data and secrets in a whole house: no file of its directory says them, and only the master key
//! that it was made with opens it.

use crate::house::{Ask, PHONE, TestHouse, options, run, verify};
use kopilka::engine::{House, HouseOptions};
use kopilka::journal::MasterKey;
use serde_json::{Value, json};
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

const NAME: &str = "Zuhro Nazarzoda";
const OWN_KEY: [u8; 32] = [5; 32];

/// The files below a directory that have one of these bytes in them.
fn files_with(folder: &Path, words: &[&[u8]]) -> Vec<String> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files_with(&path, words));
            continue;
        }
        let bytes = fs::read(&path).unwrap();
        let has = |word: &&[u8]| bytes.windows(word.len()).any(|part| part == *word);
        if words.iter().any(has) {
            found.push(path.display().to_string());
        }
    }
    found
}

#[test]
fn no_file_of_a_house_names_its_customers_or_says_its_secrets() {
    run(async {
        let house = TestHouse::new().await;
        let shop = house.shop(json!({})).await;
        let bearer = house.bearer(&shop, PHONE).await;
        let named = json!({ "full_name": NAME, "birth_date": "1990-05-17" });
        let answer = house.app(&shop, &bearer, Ask::put("/client/profile", &named)).await;
        assert_eq!(answer.status, 200, "{answer:?}");
        house.checkpoint_and_advance(0).await;
        let house = house.reopen().await;
        assert_eq!(house.client(&shop, PHONE).await["full_name"], json!(NAME));
        let dir = house.close_and_verify().await;
        let number = 992_901_234_567_u64;
        let (little, big) = (number.to_le_bytes(), number.to_be_bytes());
        let digits = number.to_string();
        let words: [&[u8]; 5] =
            [NAME.as_bytes(), shop.secret.as_bytes(), digits.as_bytes(), &little, &big];
        assert_eq!(files_with(&dir.path().join("ledger"), &words), Vec::<String>::new());
    });
}

#[test]
fn a_house_opens_with_its_own_master_key_alone() {
    run(async {
        let dir = tempfile::tempdir().unwrap();
        let data_dir = dir.path().join("ledger");
        let with = |master_key| HouseOptions { master_key, ..options(&data_dir) };
        let own = Some(MasterKey::new(OWN_KEY));
        let house = TestHouse::open(dir, with(own.clone())).await;
        let shop = house.shop(json!({})).await;
        house.log_in(&shop, PHONE).await;
        let dir = house.close().await;
        assert!(!data_dir.join("master.key").exists(), "what comes from outside is laid nowhere");
        for (master_key, said) in [
            (None, "wrapped by a master key that is not there"),
            (Some(MasterKey::new([6; 32])), "wrapped by another master key"),
        ] {
            let refusal = House::open(with(master_key)).await.err().unwrap().to_string();
            assert!(refusal.contains(said), "{refusal}");
        }
        let house = TestHouse::open(dir, with(own)).await;
        assert_ne!(house.client(&shop, PHONE).await, Value::Null);
        let dir = house.close().await;
        fs::write(data_dir.join("master.key"), hex::encode(OWN_KEY)).unwrap();
        let private = fs::Permissions::from_mode(0o600);
        fs::set_permissions(data_dir.join("master.key"), private).unwrap();
        verify(&data_dir);
        drop(dir);
    });
}

/// Before anybody needs the key, and until its customer is forgotten.
#[test]
fn a_damaged_key_is_met_and_counted() {
    run(async {
        let house = TestHouse::new().await;
        let shop = house.shop(json!({})).await;
        house.bearer(&shop, PHONE).await;
        house.checkpoint_and_advance(0).await;
        assert!(house.metrics().await.contains("kopilka_damaged_keys 0\n"));
        let dir = house.close().await;
        let data_dir = dir.path().join("ledger");
        let keys = data_dir.join("vault/tenant-1.keys");
        let mut bytes = fs::read(&keys).unwrap();
        bytes[2 * 64 + 30] ^= 1;
        fs::write(&keys, bytes).unwrap();
        let house = TestHouse::open(dir, options(&data_dir)).await;
        while !house.metrics().await.contains("kopilka_damaged_keys 1\n") {
            tokio::task::yield_now().await;
        }
        drop(house.close().await);
    });
}
