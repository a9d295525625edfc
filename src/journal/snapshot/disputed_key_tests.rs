//! Copies of which each has another key for a customer, as restores of one of them alone leave it: the records tell
//! which is the right one, and no copy loses one that something was sealed under.

use crate::journal::data_dir::DataDir;
use crate::journal::opened::open_read_only;
use crate::journal::reader::JournalReader;
use crate::journal::scenario::journal_under;
use crate::journal::snapshot::archive::ArchiveWriter;
use crate::journal::snapshot::create::SnapshotKind;
use crate::journal::snapshot::restore::{RestoreEnd, RestoreSources, RestoreWish, restore};
use crate::journal::snapshot::sealed_tests::{events_of, names};
use crate::journal::snapshot::test_kit::Kit;
use crate::journal::test_kit::options;
use crate::journal::vault::test_kit::{
    PASSER_BY, forgetting_after, play, registration, sealing_in, source, with_forgetting,
};
use crate::journal::vault::{Contents, DamagedKey, Holder, Place, Sealing, Vault};
use crate::values::{CustomerId, EventNumber, TenantId};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

const SLOT_BYTES: usize = 64;
const TENANT: TenantId = TenantId(1);
const WHO: (TenantId, CustomerId) = (TENANT, PASSER_BY);

/// The bytes of the passer-by's slot in a copy of a vault.
fn slot_in(vault: &Path) -> Vec<u8> {
    let at = (usize::try_from(PASSER_BY.number()).unwrap() + 1) * SLOT_BYTES;
    fs::read(vault.join("tenant-1.keys")).unwrap()[at..at + SLOT_BYTES].to_vec()
}

/// Makes the keys through the passer-by's, as a registration does.
fn make_keys(sealing: &Sealing) {
    let place = Place::in_table(Holder::Customer(TENANT, PASSER_BY), EventNumber(1));
    assert!(matches!(sealing.seal(&place, b"x"), Ok(Some(Contents::Readable(_)))));
}

/// A ledger of a directory of its own.
struct Ledger {
    directory: PathBuf,
    journal: JournalReader,
    vault: Arc<Vault>,
    sealing: Sealing,
}

/// Opens what was restored; keys that it makes are others than those of the kit.
fn opened(wish: &RestoreWish) -> Ledger {
    let data_dir = DataDir::open_existing(&wish.to).unwrap();
    let vault = data_dir.vault(&source(9)).unwrap();
    let sealing = Sealing::Under(Arc::clone(&vault));
    let journal = open_read_only(&data_dir, &options(None).under(sealing.clone())).unwrap();
    Ledger { directory: wish.to.join("vault"), journal, vault, sealing }
}

impl Ledger {
    fn archive_writer(&self, kit: &Kit) -> ArchiveWriter {
        let durable = self.journal.tail().unwrap().unwrap().record;
        ArchiveWriter::open(kit.archive_place(), &self.journal, durable).unwrap()
    }
}

fn is_named(wish: &RestoreWish) -> bool {
    events_of(wish, WHO).iter().any(names)
}

/// The registration of the passer-by is behind what the archive got, and their key is destroyed in it.
fn archive_ahead_of_its_records(seed: u64) -> Kit {
    let mut kit = Kit::sealed(seed, 120);
    with_forgetting(&mut kit.operations);
    let sealing = kit.journal.sealing().clone();
    (_, kit.journal) = journal_under(&kit.operations, &sealing);
    sealing.vault().unwrap().forget_all(&kit.journal).unwrap();
    kit.archived(kit.records() - 1);
    kit
}

#[test]
fn a_restored_ledger_goes_on_with_its_archive_behind_a_destroyed_key() {
    let kit = archive_ahead_of_its_records(71);
    let wish = kit.wish_of(kit.of_archive(), RestoreEnd::Whole);
    restore(&wish, kit.now(), &mut |_| {}).unwrap();
    let archived = kit.archive().join("vault");
    let all = |vault: &Path| fs::read(vault.join("tenant-1.keys")).unwrap();
    assert!(all(&wish.to.join("vault")) == all(&archived), "no key is made anew");
    let ledger = opened(&wish);
    let mut writer = ledger.archive_writer(&kit);
    let follow = |writer: &mut ArchiveWriter| {
        writer.follow_vault(&ledger.vault, &ledger.journal).unwrap();
        assert!(all(&ledger.directory) == all(&archived));
    };
    follow(&mut writer);
    assert_eq!(ledger.vault.is_free(TENANT, PASSER_BY), Ok(false), "the number is passed over");
    assert_eq!(ledger.vault.is_free(TENANT, CustomerId(501)), Ok(true));
    let next = Place::in_table(Holder::Customer(TENANT, CustomerId(600)), EventNumber(1));
    assert!(matches!(ledger.sealing.seal(&next, b"x"), Ok(Some(Contents::Readable(_)))));
    follow(&mut writer);
}

/// The archive was ahead with its keys, and the ledger was restored of a snapshot from before.
#[test]
fn an_archive_takes_the_keys_of_customers_that_it_does_not_have() {
    for (seed, destroyed) in [(72, false), (73, true)] {
        let kit =
            if destroyed { archive_ahead_of_its_records(seed) } else { Kit::sealed(seed, 120) };
        let before = kit.increment(kit.records() - 1, SnapshotKind::Full).path;
        let other = kit.dir.path().join("other");
        let alone = kit.wish(&before, RestoreEnd::Whole);
        restore(&alone, kit.now(), &mut |_| {}).unwrap();
        // As of a vault whose slots ended before the passer-by's.
        let keys = alone.to.join("vault/tenant-1.keys");
        cut_to_64_slots(&keys, &other);
        if !destroyed {
            make_keys(kit.journal.sealing());
        }
        kit.archived(kit.records() - 1);
        let ledger = opened(&alone);
        let mut writer = ledger.archive_writer(&kit);
        writer.follow_vault(&ledger.vault, &ledger.journal).unwrap();
        make_keys(&ledger.sealing);
        assert_ne!(slot_in(&ledger.directory), slot_in(&kit.archive().join("vault")));
        writer.follow_vault(&ledger.vault, &ledger.journal).unwrap();
        assert_eq!(slot_in(&ledger.directory), slot_in(&kit.archive().join("vault")));
    }
}

/// Leaves the first slots alone, as they are in a directory whose keys were just made.
fn cut_to_64_slots(keys: &Path, scratch: &Path) {
    drop(
        sealing_in(scratch, 1)
            .seal(&Place::in_table(Holder::Customer(TENANT, CustomerId(1)), EventNumber(1)), b"x"),
    );
    let head = fs::read(scratch.join("vault/tenant-1.keys")).unwrap()[..SLOT_BYTES].to_vec();
    let slots = fs::read(keys).unwrap();
    fs::write(keys, [&head[..], &slots[SLOT_BYTES..65 * SLOT_BYTES]].concat()).unwrap();
}

#[test]
fn of_two_keys_the_one_is_laid_that_opens_the_records() {
    let mut kit = Kit::sealed(74, 120);
    let sealing = kit.journal.sealing().clone();
    let other = copy_of_vault(&kit);
    // Here the passer-by never came, and the keys for them are others than in the ledger that goes on.
    make_keys(&sealing);
    (_, kit.journal) = journal_under(&kit.operations, &sealing);
    let snapshot = kit.snapshot(1 << 20).path;
    let [came, _] = forgetting_after(kit.operations.last().unwrap().operation.at);
    play(&mut kit.operations, [came]);
    (_, kit.journal) = journal_under(&kit.operations, &sealing_in(&other, 9));
    kit.archived(kit.records());
    assert_ne!(slot_in(&snapshot), slot_in(&kit.archive().join("vault")));
    let both = RestoreSources { snapshot: Some(snapshot), ..kit.of_archive() };
    let wish = kit.wish_of(both, RestoreEnd::Whole);
    let restored = restore(&wish, kit.now(), &mut |_| {}).unwrap();
    assert_eq!(restored.report.covered.root, kit.root());
    assert!(is_named(&wish));
}

/// A data directory with the vault as it is now.
fn copy_of_vault(kit: &Kit) -> PathBuf {
    let copy = kit.dir.path().join("copy");
    drop(DataDir::create_or_open(&copy).unwrap());
    fs::create_dir_all(copy.join("vault")).unwrap();
    for entry in fs::read_dir(kit.dir.path().join("origin/vault")).unwrap() {
        let entry = entry.unwrap();
        fs::copy(entry.path(), copy.join("vault").join(entry.file_name())).unwrap();
    }
    copy
}

/// A kit with an archive that has everything, and the vault of an older copy laid over its own.
fn with_an_older_vault(seed: u64, forgets: bool) -> (Kit, Sealing) {
    let mut kit = Kit::sealed(seed, 120);
    let sealing = kit.journal.sealing().clone();
    if forgets {
        make_keys(&sealing);
    }
    let older = copy_of_vault(&kit);
    let [came, went] = forgetting_after(kit.operations.last().unwrap().operation.at);
    play(&mut kit.operations, [Some(came), forgets.then_some(went)].into_iter().flatten());
    (_, kit.journal) = journal_under(&kit.operations, &sealing);
    sealing.vault().unwrap().forget_all(&kit.journal).unwrap();
    kit.archived(kit.records());
    (kit, sealing_in(&older, 9))
}

#[test]
fn an_archive_keeps_a_key_that_its_records_were_sealed_under() {
    let (kit, older) = with_an_older_vault(75, false);
    let archived = kit.archive().join("vault");
    let before = slot_in(&archived);
    make_keys(&older);
    let mut writer = kit.archive_writer(kit.records());
    writer.follow_vault(older.vault().unwrap(), &kit.journal).unwrap();
    assert_eq!(slot_in(&archived), before);
    drop(writer);
    let wish = kit.wish_of(kit.of_archive(), RestoreEnd::Whole);
    restore(&wish, kit.now(), &mut |_| {}).unwrap();
    assert!(is_named(&wish));
}

#[test]
fn whom_the_archive_forgot_is_forgotten_by_an_older_vault_that_was_laid_back() {
    let (kit, older) = with_an_older_vault(76, true);
    let archived = kit.archive().join("vault");
    let before = slot_in(&archived);
    let vault = older.vault().unwrap();
    assert_eq!(vault.is_destroyed(TENANT, PASSER_BY), Ok(false));
    let mut writer = kit.archive_writer(kit.records());
    writer.follow_vault(vault, &kit.journal).unwrap();
    assert_eq!((vault.is_destroyed(TENANT, PASSER_BY), slot_in(&archived)), (Ok(true), before));
}

/// The only copy of the keys is older than the records, which forget somebody behind its last slot.
#[test]
fn a_forgetting_behind_the_last_slot_of_a_copy_makes_no_keys_for_others() {
    let mut kit = Kit::sealed(77, 120);
    let sealing = kit.journal.sealing().clone();
    let at = kit.operations.last().unwrap().operation.at;
    let late = CustomerId(501);
    play(&mut kit.operations, forgetting_after(at));
    play(&mut kit.operations, [registration(late, 992_977_777_778, at)]);
    (_, kit.journal) = journal_under(&kit.operations, &sealing);
    kit.archived(kit.records());
    cut_to_64_slots(&kit.archive().join("vault/tenant-1.keys"), &kit.dir.path().join("other"));
    let wish = kit.wish_of(kit.of_archive(), RestoreEnd::Whole);
    let restored = restore(&wish, kit.now(), &mut |_| {}).unwrap();
    assert_eq!(restored.report.covered.root, kit.root());
    let lost = |customer| DamagedKey { tenant: TENANT, customer: Some(customer) };
    assert!(restored.damaged_keys.contains(&lost(late)));
    assert!(!restored.damaged_keys.contains(&lost(PASSER_BY)), "a forgotten one is not lost");
    assert_eq!(opened(&wish).vault.is_destroyed(TENANT, PASSER_BY), Ok(true));
}
