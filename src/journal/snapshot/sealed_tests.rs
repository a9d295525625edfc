//! Snapshots of a journal under a vault: they open with its master key alone, and forget whom they saw
//! forgotten wherever they are restored to.

use crate::journal::data_dir::DataDir;
use crate::journal::error::JournalError;
use crate::journal::opened::open_read_only;
use crate::journal::operation::EntityEvents;
use crate::journal::scenario::journal_under;
use crate::journal::snapshot::check::verify_snapshot;
use crate::journal::snapshot::opened::Snapshot;
use crate::journal::snapshot::restore::{RestoreEnd, RestoreError, RestoreWish, restore};
use crate::journal::snapshot::test_kit::Kit;
use crate::journal::test_kit::{all_operations, options};
use crate::journal::vault::test_kit::{MASTER, source, with_forgetting};
use crate::journal::vault::{MasterKey, VaultSource};
use crate::journal::verify::verify;
use crate::ledger::{AccountEvent, PersonEvent};
use crate::values::{CustomerId, EventNumber, TenantId};

/// The events of a customer in a restored directory.
pub(super) fn events_of(wish: &RestoreWish, who: (TenantId, CustomerId)) -> Vec<AccountEvent> {
    let data_dir = DataDir::open_existing(&wish.to).unwrap();
    let sealing = data_dir.sealing(&source(3)).unwrap();
    let journal = open_read_only(&data_dir, &options(None).under(sealing)).unwrap();
    let mut found = Vec::new();
    for numbered in all_operations(&journal) {
        for entity in numbered.operation.entities {
            if let EntityEvents::Account(customer, events) = entity
                && (numbered.operation.tenant, customer) == who
            {
                found.extend(events);
            }
        }
    }
    found
}

pub(super) fn names(event: &AccountEvent) -> bool {
    matches!(event, AccountEvent::PhoneAssigned { .. })
}

#[test]
fn a_sealed_snapshot_comes_back_whole_with_its_master_key_and_not_without() {
    let kit = Kit::sealed(51, 200);
    let created = kit.snapshot(20_000);
    let names_of_files: Vec<&str> =
        created.manifest.files.iter().map(|file| file.name.as_str()).collect();
    assert!(names_of_files.contains(&"house.keys") && names_of_files.contains(&"tenant-1.keys"));
    let snapshot = Snapshot::open(&created.path).unwrap();
    let proof = verify_snapshot(&snapshot, &mut |_| {}, &mut |_| {}).unwrap();
    assert_eq!(proof.difference, None, "figures are proven without a key");

    let wish = kit.wish(&created.path, RestoreEnd::Whole);
    let refused = |master_key| {
        let vault = VaultSource { master_key, ..source(0) };
        let wish = RestoreWish { vault, ..wish.clone() };
        let refusal = restore(&wish, kit.now(), &mut |_| {}).unwrap_err();
        assert!(!wish.to.exists());
        refusal
    };
    let missing = refused(None);
    assert!(matches!(missing, RestoreError::Journal(JournalError::MasterKeyMissing(_))));
    let wrong = refused(Some(MasterKey::new([1; 32])));
    assert!(matches!(wrong, RestoreError::Journal(JournalError::MasterKeyWrong(_))));

    let wish = RestoreWish { keep_master_key: true, ..wish };
    let restored = restore(&wish, kit.now(), &mut |_| {}).unwrap();
    let original = verify(&kit.journal, None, &mut |_| {});
    assert_eq!(restored.report.covered.root, original.covered.root);
    assert_eq!(restored.report.trial_balance, original.trial_balance);
    assert_eq!(MasterKey::read(&wish.to.join("master.key")), Ok(MASTER));
}

#[test]
fn a_restore_forgets_whom_its_snapshot_forgets_beyond_where_it_ends() {
    let mut kit = Kit::sealed(52, 120);
    let forgotten = (TenantId(1), with_forgetting(&mut kit.operations));
    // As a copy that was made before the key was destroyed.
    let (_, journal) = journal_under(&kit.operations, kit.journal.sealing());
    kit.journal = journal;
    let created = kit.snapshot(1 << 20);
    let last = kit.operations.last().unwrap();
    let before = EventNumber(last.first_event.number() - 1);
    for end in [RestoreEnd::Event(before), RestoreEnd::Whole] {
        let wish = kit.wish(&created.path, end);
        restore(&wish, last.operation.at, &mut |_| {}).unwrap();
        let events = events_of(&wish, forgotten);
        assert!(events.contains(&AccountEvent::Person(PersonEvent::Unreadable)));
        assert!(!events.iter().any(names));
        std::fs::remove_dir_all(&wish.to).unwrap();
    }
}

/// As of somebody who came after the moment at which the restore ends, and was forgotten.
#[test]
fn a_number_whose_key_was_destroyed_is_never_given_again() {
    let mut kit = Kit::sealed(54, 60);
    let until = kit.operations.last().unwrap();
    let until = EventNumber(until.first_event.number() + until.operation.count() - 1);
    let (tenant, customer) = (TenantId(1), with_forgetting(&mut kit.operations));
    let (_, journal) = journal_under(&kit.operations, kit.journal.sealing());
    kit.journal = journal;
    let created = kit.snapshot(1 << 20);
    let is_free = |end, customer| {
        let wish = kit.wish(&created.path, end);
        restore(&wish, kit.operations.last().unwrap().operation.at, &mut |_| {}).unwrap();
        let data_dir = DataDir::open_existing(&wish.to).unwrap();
        let sealing = data_dir.sealing(&source(3)).unwrap();
        let is_free = sealing.vault().unwrap().is_free(tenant, customer).unwrap();
        drop(data_dir);
        std::fs::remove_dir_all(&wish.to).unwrap();
        is_free
    };
    let next = CustomerId(customer.number() + 1);
    for end in [RestoreEnd::Whole, RestoreEnd::Event(until)] {
        assert_eq!((is_free(end, customer), is_free(end, next)), (false, true));
    }
}

#[test]
fn one_tenant_takes_its_own_keys_along() {
    let kit = Kit::sealed(53, 200);
    let created = kit.snapshot(1 << 20);
    let wish =
        RestoreWish { tenant: Some(TenantId(1)), ..kit.wish(&created.path, RestoreEnd::Whole) };
    restore(&wish, kit.now(), &mut |_| {}).unwrap();
    assert!(wish.to.join("vault/tenant-1.keys").exists());
    assert!(!wish.to.join("vault/tenant-2.keys").exists());
    let named =
        (1..=20).any(|id| events_of(&wish, (TenantId(1), CustomerId(id))).iter().any(names));
    assert!(named, "their data can be read");
}
