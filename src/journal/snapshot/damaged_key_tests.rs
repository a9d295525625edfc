//! A key that is damaged, in the vault, in a snapshot or in an archive: it harms one customer, it is named, and
//! any copy that has it brings it back.

use crate::journal::error::JournalError;
use crate::journal::snapshot::check::{ArchiveProof, verify_archive, verify_snapshot};
use crate::journal::snapshot::opened::Snapshot;
use crate::journal::snapshot::restore::{RestoreEnd, RestoreSources, Restored, restore};
use crate::journal::snapshot::sealed_tests::{events_of, names};
use crate::journal::snapshot::test_kit::{Kit, announced_dice};
use crate::journal::vault::test_kit::MASTER;
use crate::journal::vault::{DamagedKey, MasterKey};
use crate::values::{CustomerId, TenantId};
use std::fs;
use std::path::{Path, PathBuf};

const SLOT_BYTES: usize = 64;
/// Random changes of each file.
const CHANGES: u64 = 12;
const WHO: (TenantId, CustomerId) = (TenantId(1), CustomerId(1));
const DAMAGED: DamagedKey = DamagedKey { tenant: WHO.0, customer: Some(WHO.1) };

fn damage_in(file: &Path) {
    let mut bytes = fs::read(file).unwrap();
    bytes[2 * SLOT_BYTES + 30] ^= 1;
    fs::write(file, bytes).unwrap();
}

fn keys_of(kit: &Kit) -> PathBuf {
    kit.dir.path().join("origin/vault/tenant-1.keys")
}

/// Whether what a customer told can be read in what was restored.
fn restored_from(kit: &Kit, from: RestoreSources) -> (Restored, bool) {
    let wish = kit.wish_of(from, RestoreEnd::Whole);
    let restored = restore(&wish, kit.now(), &mut |_| {}).unwrap();
    let named = events_of(&wish, WHO).iter().any(names);
    fs::remove_dir_all(&wish.to).unwrap();
    (restored, named)
}

#[test]
fn a_snapshot_is_made_and_restored_beside_a_damaged_key_and_an_archive_mends_it() {
    let kit = Kit::sealed(91, 200);
    kit.archived(kit.records());
    damage_in(&keys_of(&kit));
    let path = kit.snapshot(1 << 20).path;
    let proof = verify_snapshot(&Snapshot::open(&path).unwrap(), &mut |_| {}, &mut |_| {}).unwrap();
    assert_eq!(proof.difference, None);

    let (restored, named) = restored_from(&kit, RestoreSources::snapshot(path.clone()));
    assert_eq!((restored.damaged_keys, named), (vec![DAMAGED], false));
    assert_eq!(restored.report.covered.root, kit.root());

    let both = RestoreSources { snapshot: Some(path), ..kit.of_archive() };
    let (restored, named) = restored_from(&kit, both);
    assert_eq!((restored.damaged_keys, named), (Vec::new(), true));
}

fn proof(kit: &Kit, master: Option<&MasterKey>) -> Result<ArchiveProof, JournalError> {
    verify_archive(&kit.archive(), master, &mut |_, _| {}, &mut |_| {})
}

#[test]
fn every_change_of_the_keys_of_an_archive_is_noticed_with_the_file_named() {
    let mut dice = announced_dice("damaged_key::every_change_of_the_keys_of_an_archive");
    let kit = Kit::sealed(92, 150);
    kit.archived(kit.records());
    let vault = kit.archive().join("vault");
    for name in ["house.keys", "tenant-1.keys", "tenant-2.keys"] {
        let file = vault.join(name);
        let whole = fs::read(&file).unwrap();
        let length = u64::try_from(whole.len()).unwrap();
        for _ in 0..CHANGES {
            let at = usize::try_from(dice.below(length)).unwrap();
            let mut flipped = whole.clone();
            flipped[at] ^= 1 << dice.below(8);
            let cut = usize::try_from(dice.below(length)).unwrap();
            for (bytes, how) in [(&flipped[..], "flip"), (&whole[..cut], "cut")] {
                fs::write(&file, bytes).unwrap();
                let said = proof(&kit, Some(&MASTER)).unwrap_err().to_string();
                assert!(said.contains(file.to_str().unwrap()), "{how} at {at}, {cut}: {said}");
            }
        }
        fs::remove_file(&file).unwrap();
        for master in [None, Some(&MASTER)] {
            let said = proof(&kit, master).unwrap_err().to_string();
            assert!(said.contains(file.to_str().unwrap()) && said.contains("missing"), "{said}");
        }
        fs::write(&file, &whole).unwrap();
    }
    assert_eq!(proof(&kit, Some(&MASTER)).unwrap().root, kit.root());
    assert_eq!(proof(&kit, None).unwrap().root, kit.root());
    let wrong = proof(&kit, Some(&MasterKey::new([1; 32]))).unwrap_err();
    assert!(matches!(wrong, JournalError::MasterKeyWrong(_)), "{wrong}");
    fs::remove_dir_all(vault).unwrap();
    assert!(proof(&kit, None).is_err(), "its records cannot be read without them");
}

#[test]
fn an_archive_of_a_journal_without_a_vault_needs_none() {
    let kit = Kit::new(93, 100);
    kit.archived(kit.records());
    assert_eq!(proof(&kit, None).unwrap().root, kit.root());
}
