//! A vault on disk: its keys come back, and what was done to them is noticed.

use crate::journal::data_dir::DataDir;
use crate::journal::error::JournalError;
use crate::journal::scenario::journal_of;
use crate::journal::vault::copies::{HOUSE_FILE, name_of};
use crate::journal::vault::test_kit::{MASTER, sealing_in, source};
use crate::journal::vault::{
    Contents, DamagedKey, Day, Holder, KEYS_AT_ONCE, MASTER_KEY_FILE, MasterKey, Place, Sealing,
    VaultCopy, VaultMirror, VaultSource, lay_vaults,
};
use crate::values::{CustomerId, EventNumber, TenantId, Timestamp};
use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::path::Path;

const TENANT: TenantId = TenantId(1);

fn place(customer: u64) -> Place {
    Place::in_record(Holder::Customer(TENANT, CustomerId(customer)), EventNumber(9))
}

fn sealed(sealing: &Sealing, place: &Place) -> Vec<u8> {
    let Some(Contents::Readable(sealed)) = sealing.seal(place, b"Anna").unwrap() else {
        panic!("it is not sealed")
    };
    sealed
}

fn check(sealing: &Sealing) -> Result<(), JournalError> {
    sealing.vault().unwrap().check(&mut || ControlFlow::Continue(())).map(drop)
}

/// All files of a vault with their bytes.
fn files(directory: &Path) -> BTreeMap<String, Vec<u8>> {
    let entries = std::fs::read_dir(directory).unwrap().map(|entry| entry.unwrap());
    let file = |entry: std::fs::DirEntry| {
        (entry.file_name().into_string().unwrap(), std::fs::read(entry.path()).unwrap())
    };
    entries.map(file).collect()
}

#[test]
fn keys_come_back_and_are_never_seen_in_any_file() {
    let temp = tempfile::tempdir().unwrap();
    let sealing = sealing_in(temp.path(), 1);
    let kept = sealed(&sealing, &place(7));
    assert_ne!(kept, sealed(&sealing, &place(8)), "each customer has a key");
    let again = sealing_in(temp.path(), 2);
    assert_eq!(again.open(&place(7), &kept), Ok(Contents::Readable(b"Anna".to_vec())));
    assert!(again.open(&place(8), &kept).is_err());
    let elsewhere = Place::in_table(place(7).holder, EventNumber(9));
    assert!(again.open(&elsewhere, &kept).is_err());
    assert_eq!(Sealing::Blind.open(&place(7), &kept), Ok(Contents::Gone));
    assert!(Sealing::Plain.open(&place(7), &kept).is_err());
    assert_eq!(again.mask().of(&[1; 16]), sealing.mask().of(&[1; 16]));
    assert_eq!(again.vault().unwrap().house_key(), sealing.vault().unwrap().house_key());
}

#[test]
fn the_same_seed_makes_the_same_vault() {
    let (one, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    for dir in [&one, &other] {
        let sealing = sealing_in(dir.path(), 5);
        for customer in [1, 2, KEYS_AT_ONCE + 3] {
            sealed(&sealing, &place(customer));
        }
    }
    let [one, other] = [&one, &other].map(|dir| files(&dir.path().join("vault")));
    assert_eq!(one, other);
    let length = 64 * usize::try_from(2 * KEYS_AT_ONCE + 1).unwrap();
    assert_eq!(one[&name_of(TENANT)].len(), length, "keys are made ahead");
}

#[test]
fn a_missing_or_wrong_master_key_is_refused_and_changes_nothing() {
    let temp = tempfile::tempdir().unwrap();
    sealed(&sealing_in(temp.path(), 1), &place(1));
    let before = files(&temp.path().join("vault"));
    let data_dir = DataDir::open_existing(temp.path()).unwrap();
    let refusal =
        |master_key| data_dir.vault(&VaultSource { master_key, ..source(2) }).unwrap_err();
    assert_eq!(refusal(None), JournalError::MasterKeyMissing(temp.path().into()));
    let wrong = refusal(Some(MasterKey::new([1; 32])));
    assert_eq!(wrong, JournalError::MasterKeyWrong(temp.path().into()));
    assert_eq!(files(&temp.path().join("vault")), before);
    data_dir.keep_master_key(&MASTER).unwrap();
    data_dir.vault(&VaultSource { master_key: None, ..source(2) }).unwrap();
}

#[test]
fn a_vault_without_a_master_key_makes_one_beside_it() {
    let temp = tempfile::tempdir().unwrap();
    let data_dir = DataDir::create_or_open(temp.path()).unwrap();
    let none = |seed| VaultSource { master_key: None, ..source(seed) };
    let first = data_dir.vault(&none(1)).unwrap();
    assert!(temp.path().join(MASTER_KEY_FILE).exists());
    let again = data_dir.vault(&none(2)).unwrap();
    assert_eq!(again.house_key(), first.house_key());
}

#[test]
fn a_house_key_in_a_file_moves_into_the_vault() {
    let temp = tempfile::tempdir().unwrap();
    let data_dir = DataDir::create_or_open(temp.path()).unwrap();
    data_dir.house_key(|| [9; 32]).unwrap();
    assert_eq!(data_dir.vault(&source(1)).unwrap().house_key(), [9; 32]);
    assert_eq!(data_dir.kept_house_key(), Ok(None));
    assert_eq!(data_dir.vault(&source(1)).unwrap().house_key(), [9; 32]);
}

#[test]
fn a_destroyed_key_is_gone_for_good() {
    let temp = tempfile::tempdir().unwrap();
    let sealing = sealing_in(temp.path(), 1);
    let (mine, other) = (sealed(&sealing, &place(7)), sealed(&sealing, &place(8)));
    let vault = sealing.vault().unwrap();
    for _ in 0..2 {
        vault.destroy(TENANT, CustomerId(7)).unwrap();
    }
    // One that was never given, too: nothing is ever sealed under it.
    vault.destroy(TENANT, CustomerId(KEYS_AT_ONCE)).unwrap();
    for sealing in [&sealing, &sealing_in(temp.path(), 2)] {
        assert_eq!(sealing.open(&place(7), &mine), Ok(Contents::Gone));
        assert_eq!(sealing.open(&place(8), &other), Ok(Contents::Readable(b"Anna".to_vec())));
        for gone in [7, KEYS_AT_ONCE] {
            assert_eq!(sealing.seal(&place(gone), b"x"), Ok(Some(Contents::Gone)));
        }
        let vault = sealing.vault().unwrap();
        assert_eq!(vault.is_destroyed(TENANT, CustomerId(7)), Ok(true));
        assert_eq!(vault.is_destroyed(TENANT, CustomerId(8)), Ok(false));
    }
}

#[test]
fn every_flipped_bit_of_a_slot_is_noticed_and_named() {
    let temp = tempfile::tempdir().unwrap();
    let sealing = sealing_in(temp.path(), 1);
    let (mine, other) = (sealed(&sealing, &place(2)), sealed(&sealing, &place(1)));
    let vault = sealing.vault().unwrap();
    let path = temp.path().join("vault").join(name_of(TENANT));
    let whole = std::fs::read(&path).unwrap();
    for bit in 3 * 64 * 8..4 * 64 * 8_usize {
        let mut flipped = whole.clone();
        flipped[bit.div_euclid(8)] ^= 1 << bit.rem_euclid(8);
        std::fs::write(&path, &flipped).unwrap();
        // The slot of the tenant and that of the customer before it are as they were.
        let refusal = check(&sealing).unwrap_err().to_string();
        assert!(refusal.contains("the key of customer 2 of tenant 1"), "{refusal}");
        assert_eq!(sealing.open(&place(2), &mine), Ok(Contents::Gone));
        let unsealed = sealing.seal(&place(2), b"x");
        assert_eq!(unsealed, Ok(Some(Contents::Gone)), "nothing is sealed under what is damaged");
        assert_eq!(vault.can_keep(TENANT, CustomerId(2)), Ok(false));
        let damaged = DamagedKey { tenant: TENANT, customer: Some(CustomerId(2)) };
        assert_eq!(vault.damaged_keys(), Ok(vec![damaged]));
        assert_eq!(sealing.open(&place(1), &other), Ok(Contents::Readable(b"Anna".to_vec())));
    }
    assert_eq!(vault.can_keep(TENANT, CustomerId(1)), Ok(true));
    assert_eq!(vault.can_keep(TENANT, CustomerId(KEYS_AT_ONCE)), Ok(true), "still to be made");
    std::fs::write(&path, &whole).unwrap();
    check(&sealing).unwrap();
    std::fs::remove_file(&path).unwrap();
    let lost = sealing_in(temp.path(), 1).open(&place(2), &mine).unwrap_err().to_string();
    assert!(lost.contains("the key of customer 2 of tenant 1 is missing"), "{lost}");
}

#[test]
fn a_number_out_of_line_makes_no_file_of_terabytes() {
    let temp = tempfile::tempdir().unwrap();
    let refusal = sealing_in(temp.path(), 1).seal(&place(u64::MAX), b"x").unwrap_err();
    assert!(refusal.to_string().contains("out of line"), "{refusal}");
}

#[test]
fn a_day_is_readable_for_two() {
    let temp = tempfile::tempdir().unwrap();
    let sealing = sealing_in(temp.path(), 1);
    let day = |days: i64| Day::of(Timestamp::from_millis(1_767_769_000_000 + days * 86_400_000));
    let place = |days| Place::in_record(Holder::Day(TENANT, day(days)), EventNumber(1));
    let today = sealed(&sealing, &place(0));
    let readable = Ok(Contents::Readable(b"Anna".to_vec()));
    assert_eq!(sealing.open(&place(0), &today), readable);
    let tomorrow = sealed(&sealing, &place(1));
    assert_eq!(sealing.open(&place(0), &today), readable);
    sealed(&sealing, &place(2));
    assert_eq!(sealing.open(&place(0), &today), Ok(Contents::Gone));
    assert_eq!(sealing.open(&place(1), &tomorrow), readable);
    // A day that is over gets no key any more.
    assert_eq!(sealing.seal(&place(0), b"x"), Ok(Some(Contents::Gone)));
    sealing.vault().unwrap().end_days_before(day(9)).unwrap();
    assert_eq!(sealing.open(&place(1), &tomorrow), Ok(Contents::Gone));
}

#[test]
fn a_mirror_has_what_the_vault_has_and_not_what_was_destroyed() {
    let (temp, copy) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let sealing = sealing_in(temp.path(), 1);
    let vault = sealing.vault().unwrap();
    let directory = temp.path().join("vault");
    let same = || {
        let mut of_vault = files(&directory);
        of_vault.remove("days.keys");
        assert_eq!(files(copy.path()), of_vault);
        assert!(of_vault.contains_key(HOUSE_FILE));
    };
    let mut mirror = VaultMirror::new(copy.path());
    mirror.follow(vault, None).unwrap();
    same();
    sealed(&sealing, &place(1));
    mirror.follow(vault, None).unwrap();
    same();
    vault.destroy(TENANT, CustomerId(1)).unwrap();
    sealed(&sealing, &place(KEYS_AT_ONCE + 1));
    mirror.follow(vault, None).unwrap();
    same();
    // A mirror that was away, of a vault that was opened again.
    vault.destroy(TENANT, CustomerId(2)).unwrap();
    let reopened = sealing_in(temp.path(), 1);
    VaultMirror::new(copy.path()).follow(reopened.vault().unwrap(), None).unwrap();
    same();
}

#[test]
fn a_damaged_key_of_a_tenant_is_damage_to_all_of_it() {
    let temp = tempfile::tempdir().unwrap();
    let sealing = sealing_in(temp.path(), 1);
    let of_tenant = Place::in_record(Holder::Tenant(TENANT), EventNumber(9));
    let kept = sealed(&sealing, &of_tenant);
    flip(&temp.path().join("vault").join(name_of(TENANT)), 0);
    let refusal = sealing.open(&of_tenant, &kept).unwrap_err().to_string();
    assert!(refusal.contains("the key of tenant 1 itself"), "{refusal}");
    assert!(sealing.seal(&of_tenant, b"x").is_err());
}

/// Damages a slot of a file.
fn flip(path: &Path, slot: usize) {
    let mut bytes = std::fs::read(path).unwrap();
    bytes[(slot + 1) * 64 + 20] ^= 1;
    std::fs::write(path, bytes).unwrap();
}

/// As a vault is that was brought back from an older copy: what it lacks is lost, and is never made anew.
#[test]
fn a_key_that_was_lost_is_nobodys_again() {
    let temp = tempfile::tempdir().unwrap();
    let sealing = sealing_in(temp.path(), 1);
    let (early, late) = (place(3), place(KEYS_AT_ONCE + 3));
    let mine = sealed(&sealing, &early);
    let path = temp.path().join("vault").join(name_of(TENANT));
    let older = std::fs::read(&path).unwrap();
    let lost = sealed(&sealing, &late);
    std::fs::write(&path, older).unwrap();
    let sealing = sealing_in(temp.path(), 2);
    assert_eq!(sealing.open(&late, &lost), Ok(Contents::Gone));
    assert_eq!(sealing.seal(&late, b"x"), Ok(Some(Contents::Gone)));
    assert_eq!(sealing.open(&early, &mine), Ok(Contents::Readable(b"Anna".to_vec())));
    // Who comes after them has a key again.
    sealed(&sealing, &place(KEYS_AT_ONCE + 4));
    let between = u64::try_from(sealing.vault().unwrap().damaged_keys().unwrap().len());
    assert_eq!(between, Ok(4), "those that were made with it");
}

#[test]
fn a_mirror_keeps_what_is_whole_and_gets_what_was_mended() {
    let (temp, copy) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let sealing = sealing_in(temp.path(), 1);
    sealed(&sealing, &place(5));
    VaultMirror::new(copy.path()).follow(sealing.vault().unwrap(), None).unwrap();
    let (mine, mirrored) =
        (temp.path().join("vault").join(name_of(TENANT)), copy.path().join(name_of(TENANT)));
    let whole = std::fs::read(&mine).unwrap();
    flip(&mine, 5);
    let follow = || {
        let sealing = sealing_in(temp.path(), 2);
        VaultMirror::new(copy.path()).follow(sealing.vault().unwrap(), None).unwrap();
    };
    follow();
    assert!(std::fs::read(&mirrored).unwrap() == whole, "what is damaged stays where it is");
    std::fs::write(&mine, &whole).unwrap();
    flip(&mirrored, 5);
    follow();
    assert!(std::fs::read(&mirrored).unwrap() == whole);
}

#[test]
fn of_two_copies_the_key_is_taken_that_is_whole() {
    let temp = tempfile::tempdir().unwrap();
    let sealing = sealing_in(temp.path(), 1);
    let mine = sealed(&sealing, &place(5));
    let [damaged, whole] = ["damaged", "whole"].map(|name| temp.path().join(name));
    for copy in [&damaged, &whole] {
        sealing.vault().unwrap().copy_to(copy).unwrap();
    }
    flip(&damaged.join(name_of(TENANT)), 5);
    let opened = |order: [&Path; 2], into: &str, master: Option<&MasterKey>| {
        let data_dir = DataDir::create_or_open(&temp.path().join(into)).unwrap();
        let copies = order.map(|copy| VaultCopy::all_of(copy).unwrap().unwrap());
        lay_vaults(&copies, &data_dir, master, &journal_of(&[]).1).unwrap();
        data_dir.sealing(&source(3)).unwrap().open(&place(5), &mine)
    };
    let readable = Ok(Contents::Readable(b"Anna".to_vec()));
    assert_eq!(opened([&damaged, &whole], "one", Some(&MASTER)), readable);
    assert_eq!(opened([&whole, &damaged], "two", Some(&MASTER)), readable);
    assert_eq!(opened([&damaged, &whole], "three", None), Ok(Contents::Gone), "no key tells which");
    // One that any of them has destroyed stays destroyed.
    sealing.vault().unwrap().destroy(TENANT, CustomerId(5)).unwrap();
    VaultMirror::new(&whole).follow(sealing.vault().unwrap(), None).unwrap();
    assert_eq!(opened([&damaged, &whole], "four", Some(&MASTER)), Ok(Contents::Gone));
}
