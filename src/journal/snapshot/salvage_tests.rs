//! A journal whose store does not open: what its file still has is taken in behind the copies, and what is
//! lost is told by its numbers.

use crate::journal::data_dir::DataDir;
use crate::journal::error::JournalError;
use crate::journal::opened::open_read_only;
use crate::journal::record::{FRAME_BEGINS, peek_frame};
use crate::journal::snapshot::manifest::Span;
use crate::journal::snapshot::restore::{RestoreEnd, RestoreError, RestoreSources, restore};
use crate::journal::snapshot::test_kit::{HOUSE_KEY, Kit};
use crate::journal::test_kit::options;
use std::fs;
use std::path::{Path, PathBuf};

/// A real ledger of what is in the kit, closed.
fn ledger_of(kit: &Kit) -> PathBuf {
    let mut wish = kit.wish(&kit.snapshot(1 << 20).path, RestoreEnd::Whole);
    wish.to = kit.dir.path().join("broken");
    restore(&wish, kit.now(), &mut |_| {}).unwrap();
    wish.to
}

/// Where the records with a number lie in the store's file.
fn places_of(bytes: &[u8], number: u64) -> Vec<usize> {
    let begins = bytes.windows(4).enumerate().filter(|(_, begins)| begins == FRAME_BEGINS);
    let is_it =
        |at: &usize| peek_frame(&bytes[*at..]).is_some_and(|(found, _)| found.number == number);
    begins.map(|(at, _)| at).filter(is_it).collect()
}

fn break_record(ledger: &Path, number: u64) {
    let path = ledger.join("journal/db");
    let mut bytes = fs::read(&path).unwrap();
    let places = places_of(&bytes, number);
    assert!(!places.is_empty());
    places.into_iter().for_each(|at| bytes[at + 30] ^= 1);
    fs::write(path, bytes).unwrap();
}

fn with_salvage(from: RestoreSources, ledger: &Path) -> RestoreSources {
    RestoreSources { salvage: Some(ledger.to_path_buf()), ..from }
}

#[test]
fn what_a_broken_store_still_has_is_taken_in_behind_the_copies() {
    let kit = Kit::new(101, 240);
    let ledger = ledger_of(&kit);
    // The head of the store's first segment: it would forget all that lies behind.
    let path = ledger.join("journal/db");
    let mut bytes = fs::read(&path).unwrap();
    bytes[3] ^= 1;
    fs::write(&path, bytes).unwrap();
    let data_dir = DataDir::open_existing(&ledger).unwrap();
    assert!(open_read_only(&data_dir, &options(None)).is_err());
    drop(data_dir);
    kit.archived(50);
    for copies in [kit.of_archive(), RestoreSources::default()] {
        let wish = kit.wish_of(with_salvage(copies, &ledger), RestoreEnd::Whole);
        let restored = restore(&wish, kit.now(), &mut |_| {}).unwrap();
        assert_eq!((restored.report.covered.root, restored.lost), (kit.root(), None));
        let data_dir = DataDir::open_existing(&wish.to).unwrap();
        assert_eq!(data_dir.kept_house_key(), Ok(Some(HOUSE_KEY)));
        drop(data_dir);
        fs::remove_dir_all(&wish.to).unwrap();
    }
}

#[test]
fn what_is_lost_is_told_by_its_numbers() {
    let kit = Kit::new(102, 240);
    let ledger = ledger_of(&kit);
    let last = kit.records();
    kit.archived(50);
    break_record(&ledger, 60);
    let from = || with_salvage(kit.of_archive(), &ledger);
    let restored = kit.try_out(&kit.wish_of(from(), RestoreEnd::Whole)).unwrap();
    assert_eq!(restored.report.covered.records, 59);
    let lost = restored.lost.unwrap();
    let end = kit.journal.tail_at(59).unwrap();
    assert_eq!(lost.records, Span { first: 60, last });
    let (first, last) = (end.last_event.number() + 1, kit.world.tail().number());
    assert_eq!(lost.events, Span { first, last });
    assert_eq!(restored.through, end.last_event);
    // Without its file, the mark alone says what there was.
    fs::write(ledger.join("journal/db"), "").unwrap();
    let restored = kit.try_out(&kit.wish_of(from(), RestoreEnd::Whole)).unwrap();
    assert_eq!(restored.lost.unwrap().records.first, 51);
    let nothing = with_salvage(RestoreSources::default(), &ledger);
    assert!(kit.try_out(&kit.wish_of(nothing, RestoreEnd::Whole)).is_err());
}

#[test]
fn a_journal_is_not_salvaged_behind_the_copies_of_another() {
    let (kit, other) = (Kit::new(103, 90), Kit::new(104, 90));
    let ledger = ledger_of(&kit);
    other.archived(20);
    let from = with_salvage(other.of_archive(), &ledger);
    let refused = other.try_out(&other.wish_of(from, RestoreEnd::Whole)).unwrap_err();
    let damaged = RestoreError::Journal(JournalError::Damaged {
        path: ledger,
        place: "its record 20 is not the one that the copies end with".into(),
    });
    assert_eq!(refused, damaged);
}
