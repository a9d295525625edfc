//! Writes a ledger anew with all that is personal or secret sealed, into a directory of its own. Every
//! operation keeps its numbers; the hashes are new ones, since they are those of other bytes.

use crate::journal::data_dir::DataDir;
use crate::journal::error::JournalError;
use crate::journal::opened::{JournalOptions, open_read_only};
use crate::journal::operators_file::OperatorsFile;
use crate::journal::reader::JournalReader;
use crate::journal::record::{Framed, Hash, Tail};
use crate::journal::records::Records;
use crate::journal::snapshot::builder::JournalBuilder;
use crate::journal::snapshot::restore::{Proven, RestoreError, RestoreStage, prove};
use crate::journal::snapshot::workplace::Workplace;
use crate::journal::vault::{Sealing, VaultSource};
use crate::journal::verify::{VerifyReport, verify};
use crate::values::Timestamp;
use std::collections::BTreeSet;
use std::path::PathBuf;

/// What is written anew, and where to.
#[derive(Debug, Clone)]
pub struct ResealWish {
    /// A data directory that nobody has open; nothing in it is changed.
    pub from: PathBuf,
    /// The data directory to be; it must not exist.
    pub to: PathBuf,
    /// Memory for the pages of each store, in bytes (soft).
    pub cache_bytes: u64,
    /// Opens the keys of the old directory where it has some, and makes those of the new one where not.
    pub vault: VaultSource,
}

/// A ledger that was written anew.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Resealed {
    /// The hash of the last record before.
    pub root_before: Hash,
    /// The proof of the new ledger, tables included.
    pub report: VerifyReport,
    /// The newest operation in it.
    pub last_time: Timestamp,
}

/// Writes a ledger anew. `progress` is told after every piece of work.
///
/// # Errors
/// `Journal` with `Exists` if there is something at the place already, or as the old directory cannot be
/// opened; `Differs` if either does not verify; `NotAsTold` if the two do not say the same.
pub fn reseal(
    wish: &ResealWish,
    now: Timestamp,
    progress: &mut dyn FnMut(RestoreStage),
) -> Result<Resealed, RestoreError> {
    let old = DataDir::open_existing(&wish.from)?;
    let options = JournalOptions::new(wish.cache_bytes, now);
    let old_journal = open_read_only(&old, &options.clone().under(old.sealing(&wish.vault)?))?;
    let workplace = Workplace::begin(&wish.to)?;
    let before = proven(&old_journal, progress)?;
    let new = DataDir::begin(workplace.path())?;
    let vault = new.vault_like(&old, &wish.vault)?;
    vault.forget_all(&old_journal)?;
    OperatorsFile::of(&old).copy_into(&new)?;
    let options = options.under(Sealing::Under(vault));
    let mut builder = JournalBuilder::create(&new, &options)?;
    copy(&old_journal, before.covered.records, &mut builder, progress)?;
    builder.finish()?;
    let Proven { report, last_time, .. } = prove(&new, &options, &BTreeSet::new(), progress)?;
    hold_against(&before, &report)?;
    drop((old_journal, new));
    workplace.commit()?;
    Ok(Resealed { root_before: before.covered.root, report, last_time })
}

fn proven(
    journal: &JournalReader,
    progress: &mut dyn FnMut(RestoreStage),
) -> Result<VerifyReport, RestoreError> {
    let records = journal.tail()?.map_or(0, |tail| tail.record);
    let report = verify(journal, None, &mut |covered| {
        progress(RestoreStage::Checking(covered.records, records));
    });
    match &report.difference {
        None => Ok(report),
        Some(difference) => Err(RestoreError::Differs(difference.to_string())),
    }
}

/// Group by group, as the operations were written together; a record that opened the journal opens it
/// again.
fn copy(
    journal: &JournalReader,
    records: u64,
    builder: &mut JournalBuilder,
    progress: &mut dyn FnMut(RestoreStage),
) -> Result<(), JournalError> {
    for next in Records::new(journal, 1, true) {
        let (record, operations) = next?;
        if record.number == record.epoch {
            let before = if record.number == 1 { Tail::nothing() } else { *builder.tail() };
            let Framed { bytes, tail } = Framed::opening(&before, record.time);
            builder.push(bytes, tail)?;
        }
        let mut gathered = false;
        for numbered in &operations {
            if !builder.gather(numbered)? {
                builder.push_group()?;
                builder.gather(numbered)?;
            }
            gathered = true;
        }
        if gathered {
            builder.push_group()?;
        }
        progress(RestoreStage::Copying(record.number, records));
    }
    Ok(())
}

fn hold_against(before: &VerifyReport, after: &VerifyReport) -> Result<(), RestoreError> {
    let same = |what: &'static str, same: bool| {
        if same { Ok(()) } else { Err(RestoreError::NotAsTold(what)) }
    };
    let (old, new) = (&before.covered, &after.covered);
    same("the number of operations", old.operations == new.operations)?;
    same("the number of events", old.events == new.events)?;
    same("the number of accounts", old.accounts == new.accounts)?;
    same("the trial balance", before.trial_balance == after.trial_balance)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::journal::house_key_file::KEY_FILE;
    use crate::journal::operation::{EntityEvents, Numbered};
    use crate::journal::scenario::Scenario;
    use crate::journal::test_kit::{Kit, all_operations, options};
    use crate::journal::vault::MASTER_KEY_FILE;
    use crate::journal::vault::test_kit::{source, with_forgetting};
    use crate::ledger::{AccountEvent, PersonEvent};
    use crate::values::{CustomerId, TenantId};
    use std::collections::HashMap;
    use std::path::Path;

    /// A closed directory with these operations, written plainly.
    fn plain(path: &Path, operations: &[Numbered]) {
        let kit = Kit::with_numbers(path, None, &HashMap::new());
        for numbered in operations {
            kit.submit_and_wait(numbered.operation.clone());
        }
        kit.journal.close().unwrap();
        drop(kit);
        DataDir::open_existing(path).unwrap().house_key(|| [9; 32]).unwrap();
    }

    #[test]
    fn a_plain_ledger_becomes_a_sealed_one_that_says_the_same() {
        let temp = tempfile::tempdir().unwrap();
        let (from, to) = (temp.path().join("old"), temp.path().join("new"));
        let mut operations = Scenario::new(61).play(150);
        let forgotten = with_forgetting(&mut operations);
        plain(&from, &operations);
        let wish = ResealWish {
            from: from.clone(),
            to: to.clone(),
            cache_bytes: 8 << 20,
            vault: VaultSource { master_key: None, ..source(1) },
        };
        let now = operations.last().unwrap().operation.at;
        let done = reseal(&wish, now, &mut |_| {}).unwrap();
        assert_ne!(done.root_before, done.report.covered.root);
        assert!(from.join(KEY_FILE).exists() && !from.join(MASTER_KEY_FILE).exists());
        let data_dir = DataDir::open_existing(&to).unwrap();
        let sealing = data_dir.sealing(&wish.vault).unwrap();
        assert_eq!(sealing.vault().unwrap().house_key(), [9; 32]);
        let journal = open_read_only(&data_dir, &options(None).under(sealing)).unwrap();
        for (read, written) in all_operations(&journal).iter().zip(&operations) {
            assert_eq!(read.first_event, written.first_event);
            assert_eq!(read.tenant_number, written.tenant_number);
            let theirs = |entity: &EntityEvents| match entity {
                EntityEvents::Account(customer, events) => {
                    (read.operation.tenant, *customer) == (TenantId(1), forgotten)
                        && events.contains(&AccountEvent::Person(PersonEvent::Unreadable))
                }
                EntityEvents::Tenant(_) | EntityEvents::Login(..) | EntityEvents::Voucher(..) => {
                    false
                }
            };
            let login = |entity: &EntityEvents| matches!(entity, EntityEvents::Login(..));
            if !read.operation.entities.iter().any(|it| theirs(it) || login(it)) {
                assert_eq!(read, written);
            }
        }
        assert_eq!(all_operations(&journal).len(), operations.len());
        drop((journal, data_dir));
        assert!(matches!(
            reseal(&wish, now, &mut |_| {}),
            Err(RestoreError::Journal(JournalError::Exists(_)))
        ));
        // Again, of a ledger that has a vault: whoever was forgotten stays so.
        let again = ResealWish { from: to, to: temp.path().join("third"), ..wish };
        let repeated = reseal(&again, now, &mut |_| {}).unwrap();
        assert_eq!(repeated.root_before, done.report.covered.root);
        let third = DataDir::open_existing(&again.to).unwrap();
        let vault = third.vault(&again.vault).unwrap();
        assert_eq!(vault.is_destroyed(TenantId(1), forgotten), Ok(true));
        assert_eq!(vault.is_destroyed(TenantId(1), CustomerId(1)), Ok(false));
    }
}
