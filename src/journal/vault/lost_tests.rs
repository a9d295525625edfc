//! A vault that is gone, or an older one that was laid back: what lacks is told, and nothing is made in its place.

use crate::journal::data_dir::DataDir;
use crate::journal::error::JournalError;
use crate::journal::reader::JournalReader;
use crate::journal::recovery::recover;
use crate::journal::scenario::{Scenario, journal_under};
use crate::journal::test_kit::{Kit, options};
use crate::journal::vault::test_kit::{
    PASSER_BY, forgetting_after, play, sealing_in, with_forgetting,
};
use crate::journal::vault::{Contents, Holder, Place, Sealing};
use crate::values::{CustomerId, EventNumber, TenantId};
use std::path::Path;
use std::sync::Arc;

/// Writes a journal into a directory, sealed or not.
fn written(directory: &Path, sealing: &Sealing) {
    let kit = Kit::sealed(directory, sealing);
    for numbered in Scenario::new(61).play(40) {
        kit.journal.submit(numbered.operation, |_| None).unwrap();
    }
    kit.journal.close().unwrap();
}

#[test]
fn a_vault_that_is_gone_is_told_and_one_that_never_was_is_not_missed() {
    let (temp, plain) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let asked = |directory: &Path| {
        DataDir::open_existing(directory).unwrap().refuse_lost_vault(&options(None))
    };
    drop(DataDir::create_or_open(temp.path()).unwrap());
    assert_eq!(asked(temp.path()), Ok(()), "nothing was written yet");
    let sealing = sealing_in(temp.path(), 1);
    written(temp.path(), &sealing);
    drop(sealing);
    assert_eq!(asked(temp.path()), Ok(()));
    std::fs::rename(temp.path().join("vault"), temp.path().join("away")).unwrap();
    let refusal = JournalError::VaultMissing(temp.path().to_path_buf());
    assert_eq!(asked(temp.path()), Err(refusal.clone()));
    assert!(!temp.path().join("vault").exists());
    let said = refusal.to_string();
    let vault = temp.path().join("vault").display().to_string();
    assert!(said.contains(&vault) && said.contains("--archive"), "{said}");
    std::fs::rename(temp.path().join("away"), temp.path().join("vault")).unwrap();
    assert_eq!(asked(temp.path()), Ok(()));

    written(plain.path(), &Sealing::Plain);
    assert_eq!(asked(plain.path()), Ok(()), "as a release before sealing left it");
}

/// The numbers of customers whose keys are damaged or lost.
fn damaged(sealing: &Sealing) -> Vec<u64> {
    let keys = sealing.vault().unwrap().damaged_keys().unwrap();
    keys.iter().filter_map(|key| key.customer).map(CustomerId::number).collect()
}

fn copy_keys(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for name in ["house.keys", "tenant-1.keys", "tenant-2.keys"] {
        std::fs::copy(from.join(name), to.join(name)).unwrap();
    }
}

/// An older copy of the vault was laid back, and nobody who lost a key is read before somebody else comes.
#[test]
fn keys_that_an_older_vault_lacks_are_lost_and_never_made_anew() {
    let (dir, tables) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let vault = dir.path().join("vault");
    let mut operations = Scenario::new(62).play(60);
    let sealing = sealing_in(dir.path(), 1);
    drop(journal_under(&operations, &sealing));
    copy_keys(&vault, &dir.path().join("older"));
    let [came, _] = forgetting_after(operations.last().unwrap().operation.at);
    play(&mut operations, [came]);
    let (log, journal) = journal_under(&operations, &sealing);
    drop(recover(tables.path(), 8 << 20, &journal).unwrap());
    let made = std::fs::read(vault.join("tenant-1.keys")).unwrap();
    drop(sealing);
    copy_keys(&dir.path().join("older"), &vault);
    // The tables cover all of the journal: nothing of it is read.
    let sealing = sealing_in(dir.path(), 2);
    let journal = JournalReader::new(Arc::new(log), dir.path()).under(sealing.clone());
    let (writer, recovered) = recover(tables.path(), 8 << 20, &journal).unwrap();
    assert_eq!(recovered.replayed, 0);
    let lost: Vec<u64> = (64..=PASSER_BY.number()).collect();
    assert_eq!(damaged(&sealing), lost);
    let next = Place::in_table(Holder::Customer(TenantId(1), CustomerId(501)), EventNumber(1));
    assert!(matches!(sealing.seal(&next, b"x"), Ok(Some(Contents::Readable(_)))));
    assert_eq!(damaged(&sealing), lost, "who comes next has a key, and nobody between");
    let lost = Place::in_table(Holder::Customer(TenantId(1), CustomerId(100)), EventNumber(1));
    assert_eq!(sealing.seal(&lost, b"x"), Ok(Some(Contents::Gone)));
    drop(writer);
    // As long as the one before, and with other keys behind it.
    assert_eq!(std::fs::read(vault.join("tenant-1.keys")).unwrap().len(), 566 * 64);
    assert_eq!(made.len(), 513 * 64);
}

/// Whoever came behind the last slot of the vault that was laid back was forgotten since, and the tables know it.
#[test]
fn whom_the_journal_forgot_is_not_lost_with_an_older_vault() {
    let (dir, tables) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let mut operations = Scenario::new(65).play(60);
    let sealing = sealing_in(dir.path(), 1);
    drop(journal_under(&operations, &sealing));
    copy_keys(&dir.path().join("vault"), &dir.path().join("older"));
    with_forgetting(&mut operations);
    let (log, journal) = journal_under(&operations, &sealing);
    drop(recover(tables.path(), 8 << 20, &journal).unwrap());
    drop(sealing);
    copy_keys(&dir.path().join("older"), &dir.path().join("vault"));
    let sealing = sealing_in(dir.path(), 2);
    let journal = JournalReader::new(Arc::new(log), dir.path()).under(sealing.clone());
    let (_, recovered) = recover(tables.path(), 8 << 20, &journal).unwrap();
    assert_eq!(recovered.replayed, 0);
    let vault = sealing.vault().unwrap();
    assert_eq!(vault.is_destroyed(TenantId(1), PASSER_BY), Ok(true));
    assert_eq!(vault.can_keep(TenantId(1), PASSER_BY), Ok(true), "their phone is free");
    assert_eq!(damaged(&sealing), (64..PASSER_BY.number()).collect::<Vec<_>>());
}

#[test]
fn customers_from_before_there_was_a_vault_get_keys_and_nobody_lost_one() {
    let (dir, tables) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let mut operations = Scenario::new(63).play(60);
    let [came, _] = forgetting_after(operations.last().unwrap().operation.at);
    play(&mut operations, [came]);
    let (log, _) = journal_under(&operations, &Sealing::Plain);
    let sealing = sealing_in(dir.path(), 1);
    let journal = JournalReader::new(Arc::new(log), dir.path()).under(sealing.clone());
    drop(recover(tables.path(), 8 << 20, &journal).unwrap());
    assert_eq!(damaged(&sealing), Vec::<u64>::new());
    let vault = sealing.vault().unwrap();
    assert_eq!(vault.is_free(TenantId(1), PASSER_BY), Ok(true), "there is a key");
    std::fs::remove_file(dir.path().join("vault/tenant-1.keys")).unwrap();
    let anew = sealing_in(dir.path(), 2);
    drop(recover(tables.path(), 8 << 20, &journal.under(anew.clone())).unwrap());
    assert_eq!(damaged(&anew), Vec::<u64>::new(), "nothing was sealed under those that are gone");
}

#[test]
fn all_keys_of_a_tenant_gone_are_not_made_anew() {
    let (dir, tables) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let operations = Scenario::new(64).play(60);
    let (log, journal) = journal_under(&operations, &sealing_in(dir.path(), 1));
    drop(recover(tables.path(), 8 << 20, &journal).unwrap());
    drop(journal);
    std::fs::remove_file(dir.path().join("vault/tenant-1.keys")).unwrap();
    let sealing = sealing_in(dir.path(), 2);
    let journal = JournalReader::new(Arc::new(log), dir.path()).under(sealing);
    let refusal = recover(tables.path(), 8 << 20, &journal).err().unwrap().to_string();
    assert!(refusal.contains("tenant-1.keys") && refusal.contains("bring it back"), "{refusal}");
    assert!(!dir.path().join("vault/tenant-1.keys").exists());
}
