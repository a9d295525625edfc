//! A journal and its tables under a vault: they say what they said, nobody reads them without it, and whom
//! they forget is forgotten however often they are read again.

use crate::journal::error::JournalError;
use crate::journal::log::LogReader;
use crate::journal::memory_log::MemoryLog;
use crate::journal::misfold::FoldError;
use crate::journal::operation::{EntityEvents, Numbered, Operation};
use crate::journal::reader::JournalReader;
use crate::journal::record::read_frame;
use crate::journal::recovery::{recover, replay_journal};
use crate::journal::scenario::{Dice, Scenario, journal_of, journal_under};
use crate::journal::tables::tests::broken_off::obstruct;
use crate::journal::tables::{TablesMemory, TablesWriter};
use crate::journal::test_kit::{Kit, all_operations};
use crate::journal::vault::Sealing;
use crate::journal::vault::test_kit::{forgetting_after, sealing_in, with_forgetting};
use crate::journal::verify::verify;
use crate::ledger::{AccountEvent, LoginEvent, PersonEvent};
use crate::values::{CustomerId, Phone, TenantId, Timestamp};
use std::path::Path;

const CACHE_BYTES: u64 = 8 << 20;

/// The operations as whoever lost the keys of all days reads them.
fn without_phones_of_logins(operations: &[Numbered]) -> Vec<Numbered> {
    let mut operations = operations.to_vec();
    for entity in operations.iter_mut().flat_map(|one| &mut one.operation.entities) {
        if let EntityEvents::Login(_, events) = entity {
            for event in events {
                if let LoginEvent::CodeSent { phone, .. } = event {
                    *phone = None;
                }
            }
        }
    }
    operations
}

/// Every phone that the operations name, as a record spells it.
fn phones(operations: &[Numbered]) -> Vec<Vec<u8>> {
    let events = operations.iter().flat_map(|one| &one.operation.entities);
    let phones = events.flat_map(|entity| match entity {
        EntityEvents::Account(_, events) => events.iter().filter_map(phone_of).collect(),
        EntityEvents::Tenant(_) | EntityEvents::Login(..) | EntityEvents::Voucher(..) => Vec::new(),
    });
    phones.map(|phone: Phone| phone.number().to_le_bytes().to_vec()).collect()
}

fn phone_of(event: &AccountEvent) -> Option<Phone> {
    if let AccountEvent::PhoneAssigned { phone } = event { Some(*phone) } else { None }
}

/// Every record as it lies in the log.
fn records(log: &MemoryLog) -> Vec<Vec<u8>> {
    let (first, last) = log.bounds().unwrap().unwrap();
    (first..=last).map(|number| log.read(number, number).unwrap().remove(0).1).collect()
}

fn bodies(log: &MemoryLog) -> Vec<u8> {
    let mut all = Vec::new();
    for record in records(log) {
        read_frame(&record).unwrap().body.unpack_into(&mut all).unwrap();
    }
    all
}

fn contains(bytes: &[u8], part: &[u8]) -> bool {
    bytes.windows(part.len()).any(|window| window == part)
}

fn check_clean(journal: &JournalReader, tables: &Path, operations: u64) {
    let (writer, recovered) = recover(tables, CACHE_BYTES, journal).unwrap();
    let report = verify(journal, Some(&writer.reader()), &mut |_| {});
    assert!(report.is_clean(), "{report:?}");
    assert_eq!(
        (report.covered.operations, recovered.covers),
        (operations, report.covered.tables_cover.unwrap())
    );
}

#[test]
fn a_sealed_journal_says_what_it_said_and_names_nobody() {
    let dir = tempfile::tempdir().unwrap();
    let operations = Scenario::new(21).play(400);
    let sealing = sealing_in(dir.path(), 1);
    let (log, journal) = journal_under(&operations, &sealing);
    let read = without_phones_of_logins(&all_operations(&journal));
    assert_eq!(read, without_phones_of_logins(&operations));
    let tables = dir.path().join("tables");
    check_clean(&journal, &tables, 400);
    check_clean(&journal, &tables, 400);
    let (plain, _) = journal_of(&operations);
    let (sealed, plain) = (bodies(&log), bodies(&plain));
    let mut stored = std::fs::read(tables.join("db")).unwrap();
    let (writer, _) = recover(&tables, CACHE_BYTES, &journal).unwrap();
    stored.extend(writer.reader().bytes_of_runs());
    drop(writer);
    let phones = phones(&operations);
    assert!(phones.len() > 5);
    for phone in &phones {
        assert!(contains(&plain, phone), "the search finds what is there");
        assert!(!contains(&sealed, phone) && !contains(&stored, phone));
    }
    // The chain is that of the sealed bytes; figures are told without any key.
    let blind = verify(&journal.clone().under(Sealing::Blind), None, &mut |_| {});
    let report = verify(&journal, None, &mut |_| {});
    assert!(blind.is_clean(), "{blind:?}");
    assert_eq!(
        (blind.covered.root, &blind.trial_balance),
        (report.covered.root, &report.trial_balance)
    );
    let refused = verify(&journal.under(Sealing::Plain), None, &mut |_| {});
    assert!(refused.difference.unwrap().to_string().contains("the vault of"));
}

#[test]
fn the_same_operations_under_the_same_vault_give_the_same_bytes() {
    let operations = Scenario::new(22).play(200);
    let written = [(); 2].map(|()| {
        let dir = tempfile::tempdir().unwrap();
        let (log, _) = journal_under(&operations, &sealing_in(dir.path(), 1));
        records(&log)
    });
    let [one, other] = written;
    assert!(one == other);
}

/// Whatever keys are gone, and in the middle of whatever: all figures stand.
#[test]
fn books_and_proof_go_on_without_any_number_of_keys() {
    for seed in 31..34 {
        let dir = tempfile::tempdir().unwrap();
        let operations = Scenario::new(seed).play(400);
        let sealing = sealing_in(dir.path(), seed);
        let (_, journal) = journal_under(&operations, &sealing);
        let before = verify(&journal, None, &mut |_| {});
        let tables = dir.path().join("tables");
        check_clean(&journal, &tables, 400);
        let mut dice = Dice::new(seed);
        for _ in 0..6 {
            let customer = CustomerId(1 + dice.below(20));
            sealing.vault().unwrap().destroy(TenantId(1), customer).unwrap();
        }
        // Tables that were written before, and tables made anew.
        check_clean(&journal, &tables, 400);
        check_clean(&journal, &dir.path().join("anew"), 400);
        let after = verify(&journal, None, &mut |_| {});
        assert_eq!(after.covered.root, before.covered.root);
        assert_eq!(after.trial_balance, before.trial_balance);
    }
}

#[test]
fn who_is_forgotten_is_so_before_anybody_is_told() {
    let dir = tempfile::tempdir().unwrap();
    let sealing = sealing_in(dir.path(), 1);
    let kit = Kit::sealed(dir.path(), &sealing);
    let [opened, forgotten] = forgetting_after(Timestamp::from_millis(1_767_769_000_000));
    let customer = customer_of(&forgotten);
    kit.submit_and_wait(opened);
    let vault = sealing.vault().unwrap();
    let read = all_operations(&kit.reader);
    assert!(events_of(&read).iter().any(|event| phone_of(event).is_some()));
    assert_eq!(vault.is_destroyed(TenantId(1), customer), Ok(false));
    kit.submit_and_wait(forgotten);
    assert_eq!(vault.is_destroyed(TenantId(1), customer), Ok(true));
    let read = all_operations(&kit.reader);
    assert!(events_of(&read).contains(&AccountEvent::Person(PersonEvent::Unreadable)));
    assert!(events_of(&read).iter().all(|event| phone_of(event).is_none()));
}

fn events_of(operations: &[Numbered]) -> Vec<AccountEvent> {
    let entities = operations.iter().flat_map(|one| &one.operation.entities);
    let events = entities.filter_map(|entity| match entity {
        EntityEvents::Account(_, events) => Some(events.clone()),
        EntityEvents::Tenant(_) | EntityEvents::Login(..) | EntityEvents::Voucher(..) => None,
    });
    events.flatten().collect()
}

fn customer_of(operation: &Operation) -> CustomerId {
    let EntityEvents::Account(customer, _) = &operation.entities[0] else { panic!("an account") };
    *customer
}

/// As a crash leaves it between the event and the destroyed key, and right after that.
#[test]
fn opening_ends_what_a_crash_left_of_a_forgetting() {
    for destroyed_before in [false, true] {
        let dir = tempfile::tempdir().unwrap();
        let mut operations = Scenario::new(41).play(200);
        let forgotten = with_forgetting(&mut operations);
        let sealing = sealing_in(dir.path(), 1);
        let tables = dir.path().join("tables");
        // The tables know the customer, and not yet that they are forgotten.
        let (_, journal) = journal_under(&operations[..operations.len() - 1], &sealing);
        check_clean(&journal, &tables, 201);
        let (_, journal) = journal_under(&operations, &sealing);
        let vault = sealing.vault().unwrap();
        if destroyed_before {
            vault.destroy(TenantId(1), forgotten).unwrap();
        }
        let (writer, recovered) = recover(&tables, CACHE_BYTES, &journal).unwrap();
        assert_eq!(recovered.replayed, 1);
        assert_eq!(vault.is_destroyed(TenantId(1), forgotten), Ok(true));
        let mut last = None;
        let mut leads = Vec::new();
        while let Ok(page) = writer.reader().identifiers_after(last, 100)
            && let Some((end, _)) = page.last()
        {
            last = Some(*end);
            leads.extend(page.iter().map(|(_, lead)| (lead.tenant, lead.customer)));
        }
        assert!(!leads.is_empty() && !leads.contains(&(TenantId(1), forgotten)));
        drop(writer);
        check_clean(&journal, &tables, 202);
        check_clean(&journal, &dir.path().join("anew"), 202);
    }
}

/// What the tables cover is not replayed again: the key must be gone before they cover its forgetting, wherever
/// their writing breaks off.
#[test]
fn a_key_is_destroyed_before_the_tables_cover_it() {
    let (mut destroyed, mut kept, mut covered) = (0, 0, 0);
    for spared in 0..8 {
        let dir = tempfile::tempdir().unwrap();
        let mut operations = Scenario::new(42).play(100);
        let forgotten = with_forgetting(&mut operations);
        let sealing = sealing_in(dir.path(), 1);
        let tables = dir.path().join("tables");
        let (_, journal) = journal_under(&operations[..operations.len() - 1], &sealing);
        check_clean(&journal, &tables, 101);
        let last = operations.last().unwrap();
        let memory = TablesMemory::with_whole_filter(CACHE_BYTES);
        let far = last.first_event;
        let mut writer = TablesWriter::open_under(&tables, memory, far, &sealing).unwrap();
        let (_, whole) = journal_under(&operations, &sealing);
        obstruct(&tables, spared);
        let rest = (far, whole.tail().unwrap().unwrap().last_event);
        let replayed = replay_journal(&mut writer, &whole, rest, &mut |_| ());
        let covers = writer.reader().checkpoint().unwrap().covers >= last.first_event;
        let is_destroyed = sealing.vault().unwrap().is_destroyed(TenantId(1), forgotten).unwrap();
        assert_eq!(replayed.is_ok(), covers, "{spared} spared");
        match replayed {
            Ok(_) => {
                assert!(is_destroyed);
                covered += 1;
            }
            Err(FoldError::Journal(JournalError::Io { .. })) if is_destroyed => destroyed += 1,
            Err(FoldError::Journal(JournalError::Io { .. })) => kept += 1,
            Err(other) => panic!("{other}"),
        }
    }
    assert!(destroyed > 0 && kept > 0 && covered > 0, "{destroyed}, {kept}, {covered}");
}
