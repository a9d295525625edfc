//! The archive of a journal under a vault: it has the keys of its records and destroys those that are destroyed,
//! and what is restored forgets whom any of the copies forgets.

use crate::journal::data_dir::DataDir;
use crate::journal::error::JournalError;
use crate::journal::scenario::journal_under;
use crate::journal::snapshot::create::SnapshotKind;
use crate::journal::snapshot::restore::{
    RestoreEnd, RestoreError, RestoreSources, RestoreWish, restore,
};
use crate::journal::snapshot::sealed_tests::{events_of, names};
use crate::journal::snapshot::test_kit::Kit;
use crate::journal::vault::test_kit::{MASTER, source, with_forgetting};
use crate::journal::vault::{MasterKey, VaultSource};
use crate::ledger::{AccountEvent, PersonEvent};
use crate::values::{CustomerId, EventNumber, TenantId};
use std::fs;
use std::path::Path;

const SLOT_BYTES: usize = 64;

/// A kit whose last operation forgets a customer, whose key is not destroyed yet.
fn with_a_forgotten(seed: u64) -> (Kit, (TenantId, CustomerId)) {
    let mut kit = Kit::sealed(seed, 120);
    let forgotten = (TenantId(1), with_forgetting(&mut kit.operations));
    let (_, journal) = journal_under(&kit.operations, kit.journal.sealing());
    kit.journal = journal;
    (kit, forgotten)
}

fn destroy_keys(kit: &Kit) {
    kit.journal.sealing().vault().unwrap().forget_all(&kit.journal).unwrap();
}

/// The bytes of a customer's slot in a file.
fn slot_in(file: &Path, customer: CustomerId) -> Vec<u8> {
    let at = (usize::try_from(customer.number()).unwrap() + 1) * SLOT_BYTES;
    fs::read(file).unwrap()[at..at + SLOT_BYTES].to_vec()
}

fn is_forgotten(events: &[AccountEvent]) -> bool {
    events.contains(&AccountEvent::Person(PersonEvent::Unreadable)) && !events.iter().any(names)
}

#[test]
fn an_archive_comes_back_with_its_master_key_and_not_without() {
    let kit = Kit::sealed(55, 200);
    [20, kit.records()].into_iter().for_each(|through| kit.archived(through));
    assert!(!kit.archive().join("house-key").exists());
    let wish = kit.wish_of(kit.of_archive(), RestoreEnd::Whole);
    let without = VaultSource { master_key: None, ..source(0) };
    let refused = kit.try_out(&RestoreWish { vault: without, ..wish.clone() });
    assert!(matches!(refused, Err(RestoreError::Journal(JournalError::MasterKeyMissing(_)))));
    restore(&wish, kit.now(), &mut |_| {}).unwrap();
    let named =
        (1..=20).any(|id| events_of(&wish, (TenantId(1), CustomerId(id))).iter().any(names));
    assert!(named, "their data can be read");
    assert!(!wish.to.join("house-key").exists() && !wish.to.join("master.key").exists());
    // Those of customers to come as well: the server that goes on writes into this very archive.
    let keys = |of: &Path| fs::read(of.join("vault/tenant-1.keys")).unwrap();
    assert_eq!(keys(&wish.to), keys(&kit.archive()));
}

#[test]
fn a_key_that_is_destroyed_is_destroyed_in_the_archive() {
    let (kit, (_, customer)) = with_a_forgotten(56);
    let vault = kit.journal.sealing().vault().unwrap();
    let file = kit.archive().join("vault/tenant-1.keys");
    kit.archived(kit.records());
    let key = slot_in(&file, customer);
    let mut writer = kit.archive_writer(kit.records());
    writer.follow_vault(vault, &kit.journal).unwrap();
    assert_eq!(slot_in(&file, customer), key);
    destroy_keys(&kit);
    // Nothing is added, and it follows all the same.
    writer.follow_vault(vault, &kit.journal).unwrap();
    assert_ne!(slot_in(&file, customer), key);
    let bytes = fs::read(&file).unwrap();
    assert!(!bytes.windows(SLOT_BYTES).any(|slot| slot == key));
}

#[test]
fn what_any_copy_forgets_is_forgotten_wherever_the_restore_ends() {
    let (kit, forgotten) = with_a_forgotten(57);
    let last = kit.operations.last().unwrap();
    let before = EventNumber(last.first_event.number() - 1);
    // The snapshot does not know of it, and has the key; the event is in the archive alone.
    let known = kit.journal.tail_at(kit.records()).unwrap().record - 1;
    let snapshot = kit.increment(known, SnapshotKind::Full).path;
    kit.archived(kit.records());
    for end in [RestoreEnd::Event(before), RestoreEnd::Whole] {
        let both = RestoreSources { snapshot: Some(snapshot.clone()), ..kit.of_archive() };
        for from in [both, kit.of_archive()] {
            let wish = kit.wish_of(from, end);
            let restored = restore(&wish, last.operation.at, &mut |_| {}).unwrap();
            assert!(is_forgotten(&events_of(&wish, forgotten)));
            // Who is to be forgotten again is told.
            let told = if end == RestoreEnd::Whole { Vec::new() } else { vec![forgotten] };
            assert_eq!(restored.forgotten_later, told);
            fs::remove_dir_all(&wish.to).unwrap();
        }
    }
}

#[test]
fn a_broken_directory_gives_its_keys_and_its_master_key() {
    let (kit, forgotten) = with_a_forgotten(58);
    let at = kit.operations.last().unwrap().operation.at;
    let mut wish = kit.wish(&kit.snapshot(1 << 20).path, RestoreEnd::Whole);
    (wish.to, wish.keep_master_key) = (kit.dir.path().join("broken"), true);
    restore(&wish, at, &mut |_| {}).unwrap();
    let broken = wish.to;
    // Keys that were damaged there come from the archive.
    kit.archived(20);
    for damaged in [None, Some("vault/tenant-1.keys")] {
        if let Some(name) = damaged {
            fs::write(broken.join(name), [7; 100]).unwrap();
        }
        let from = RestoreSources { salvage: Some(broken.clone()), ..kit.of_archive() };
        let mut wish = kit.wish_of(from, RestoreEnd::Whole);
        wish.vault = VaultSource { master_key: None, ..source(0) };
        let restored = restore(&wish, at, &mut |_| {}).unwrap();
        assert_eq!((restored.report.covered.root, restored.lost), (kit.root(), None));
        assert_eq!(MasterKey::read(&wish.to.join("master.key")), Ok(MASTER));
        assert!(is_forgotten(&events_of(&wish, forgotten)));
        let data_dir = DataDir::open_existing(&wish.to).unwrap();
        let vault = data_dir.vault(&wish.vault).unwrap();
        assert_eq!(vault.is_destroyed(forgotten.0, forgotten.1), Ok(true));
        drop(data_dir);
        fs::remove_dir_all(&wish.to).unwrap();
    }
}
