//! An archive that is not as it was written is refused with the file named; only what had not become
//! durable is cut off.

use crate::journal::error::JournalError;
use crate::journal::snapshot::archive::ArchiveWriter;
use crate::journal::snapshot::check::{ArchiveProof, verify_archive};
use crate::journal::snapshot::restore::{RestoreEnd, RestoreError};
use crate::journal::snapshot::test_kit::{Kit, announced_dice};
use crate::values::EventNumber;
use std::fs;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

/// Random changes of each file.
const CHANGES: u64 = 8;

fn proof(kit: &Kit) -> Result<ArchiveProof, JournalError> {
    verify_archive(&kit.archive(), None, &mut |_, _| {}, &mut |_| {})
}

fn files_of(kit: &Kit) -> Vec<PathBuf> {
    let mut files: Vec<_> =
        fs::read_dir(kit.archive()).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.retain(|path| !path.ends_with("lock"));
    files.sort();
    files
}

/// Those with records.
fn record_files_of(kit: &Kit) -> Vec<PathBuf> {
    let mut files = files_of(kit);
    files.retain(|path| path.extension().is_some_and(|extension| extension == "kpr"));
    files
}

fn newest(kit: &Kit) -> PathBuf {
    record_files_of(kit).pop().unwrap()
}

/// Whoever verifies, restores or goes on is refused, and told which file it is; or what is read is the whole
/// archive all the same.
fn check_noticed(kit: &Kit, file: &Path, how: &str) {
    let named = |said: String| {
        let stem = file.to_str().unwrap().trim_end_matches(".sha256");
        let refused = said.contains("something else") || said.contains("a newer Kopilka");
        let format = file.ends_with("kopilka.archive") && refused;
        assert!(said.contains(stem) || format, "{how} of {}: {said}", file.display());
    };
    let whole = match proof(kit) {
        Err(error) => {
            named(error.to_string());
            false
        }
        Ok(proof) => {
            assert!(file.ends_with("high-water"), "{how} of {} unnoticed", file.display());
            assert_eq!((proof.root, proof.torn), (kit.root(), None));
            true
        }
    };
    match kit.try_out(&kit.wish_of(kit.of_archive(), RestoreEnd::Whole)) {
        Err(error) => named(error.to_string()),
        Ok(restored) => assert!(whole && restored.report.covered.root == kit.root()),
    }
}

#[test]
fn flipped_bits_and_cuts_are_noticed_with_the_file_named() {
    let mut dice = announced_dice("archive::flipped_bits_and_cuts_are_noticed");
    let kit = Kit::new(81, 150);
    kit.archived(kit.records());
    let files = files_of(&kit);
    assert!(files.len() >= 8, "{files:?}");
    for file in &files {
        let whole = fs::read(file).unwrap();
        let length = u64::try_from(whole.len()).unwrap();
        for _ in 0..CHANGES {
            let at = usize::try_from(dice.below(length)).unwrap();
            let mut flipped = whole.clone();
            flipped[at] ^= 1 << dice.below(8);
            fs::write(file, &flipped).unwrap();
            check_noticed(&kit, file, &format!("flip at {at}"));
            let cut = usize::try_from(dice.below(length)).unwrap();
            fs::write(file, &whole[..cut]).unwrap();
            check_noticed(&kit, file, &format!("cut to {cut}"));
        }
        fs::remove_file(file).unwrap();
        check_missing(&kit, file);
        fs::write(file, &whole).unwrap();
    }
    assert_eq!(proof(&kit).unwrap().root, kit.root());
}

/// Without its first file it can only follow a snapshot; without any other it is refused.
fn check_missing(kit: &Kit, file: &Path) {
    let first = record_files_of(kit).first().is_none_or(|first| file < first.as_path());
    let is_first = first && file.extension().is_some_and(|extension| extension == "kpr");
    match proof(kit) {
        Ok(proof) => assert!(is_first && proof.report.is_none(), "{}", file.display()),
        Err(error) => {
            let said = error.to_string();
            assert!(said.contains(kit.archive().to_str().unwrap()), "{said}");
        }
    }
    kit.try_out(&kit.wish_of(kit.of_archive(), RestoreEnd::Whole)).unwrap_err();
}

#[test]
fn a_torn_end_is_cut_off_and_written_anew() {
    let kit = Kit { archive_file_bytes: 1 << 20, ..Kit::new(82, 120) };
    kit.archived(20);
    let (file, durable) = (newest(&kit), fs::read(newest(&kit)).unwrap());
    // Written, and the machine went down before it was durable.
    let mark = kit.archive().join("high-water");
    let before = fs::read(&mark).unwrap();
    kit.archived(28);
    assert_eq!(newest(&kit), file, "still the same file");
    let longer = fs::read(&file).unwrap();
    fs::write(&mark, &before).unwrap();
    let between = (durable.len()..longer.len()).step_by(29);
    for length in between.chain([longer.len() - 1, longer.len()]) {
        let mut torn = longer[..length].to_vec();
        if length < longer.len() {
            // The file has its length, and its bytes never came.
            torn.resize(length + (length % 3) * 40, 0);
        }
        fs::write(&file, &torn).unwrap();
        let found = proof(&kit).unwrap();
        let whole = [20, 28][usize::from(length == longer.len())];
        assert_eq!(found.records.last, whole, "{length}");
        assert_eq!(found.torn.is_none(), torn.len() == durable.len() || whole == 28, "{length}");
        if let Some(torn) = found.torn {
            assert_eq!((torn.file, torn.whole_through), (file.clone(), 20));
        }
        if length % 4 == 0 {
            kit.archived(28);
            assert_eq!(proof(&kit).unwrap().records.last, 28, "{length}");
            fs::write(&mark, &before).unwrap();
        }
    }
    fs::write(&file, &longer[..durable.len()]).unwrap();
    kit.archived(kit.records());
    assert_eq!(proof(&kit).unwrap().root, kit.root());
}

/// Ended and not yet checksummed, begun and not yet durable: as a crash leaves a change of files.
#[test]
fn a_crash_between_two_files_is_put_right() {
    let kit = Kit::new(83, 200);
    kit.archived(kit.records() - 40);
    let mark = fs::read(kit.archive().join("high-water")).unwrap();
    let known = files_of(&kit);
    kit.archived(kit.records());
    let born: Vec<PathBuf> =
        files_of(&kit).into_iter().filter(|file| !known.contains(file)).collect();
    assert!(born.len() >= 2, "{born:?}");
    fs::write(kit.archive().join("high-water"), mark).unwrap();
    let last = newest(&kit);
    let whole = fs::read(&last).unwrap();
    for length in [0, 10, 56, 60, whole.len()] {
        fs::write(&last, &whole[..length]).unwrap();
        assert!(proof(&kit).is_ok(), "{length}");
        assert!(kit.try_out(&kit.wish_of(kit.of_archive(), RestoreEnd::Whole)).is_ok());
    }
    fs::write(&last, &whole[..10]).unwrap();
    kit.archived(kit.records());
    assert_eq!(proof(&kit).unwrap().root, kit.root());
}

#[test]
fn what_comes_before_the_damage_can_be_restored_by_its_end() {
    let kit = Kit::new(84, 200);
    kit.archived(kit.records());
    let files = record_files_of(&kit);
    let third = &files[2];
    let mut bytes = fs::read(third).unwrap();
    let middle = bytes.len().div_euclid(2);
    bytes[middle] ^= 1;
    fs::write(third, bytes).unwrap();
    let check = |end: RestoreEnd| kit.try_out(&kit.wish_of(kit.of_archive(), end));
    for end in [RestoreEnd::Whole, RestoreEnd::Event(kit.world.tail()), RestoreEnd::Time(kit.now())]
    {
        let refused = check(end).unwrap_err();
        assert!(
            matches!(&refused, RestoreError::Journal(JournalError::Damaged { path, .. }) if path == third)
        );
    }
    assert!(check(RestoreEnd::Event(EventNumber(20))).unwrap().report.is_clean());
    let early = kit.operations[10].operation.at;
    assert!(check(RestoreEnd::Time(early)).unwrap().report.is_clean());
    // Whoever writes it notices only what it goes on from; `verify` reads all of it.
    let writer = ArchiveWriter::open(kit.archive_place(), &kit.journal, kit.records());
    let mut going_on = |_: &mut ArchiveWriter, _| Ok(ControlFlow::Continue(()));
    writer.unwrap().append(&kit.journal, kit.records(), &mut going_on).unwrap();
}
