//! A vault that is gone is told, and no other is made in its place.

use crate::journal::data_dir::DataDir;
use crate::journal::error::JournalError;
use crate::journal::scenario::Scenario;
use crate::journal::test_kit::{Kit, options};
use crate::journal::vault::Sealing;
use crate::journal::vault::test_kit::sealing_in;
use std::path::Path;

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
