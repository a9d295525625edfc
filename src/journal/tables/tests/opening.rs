//! Tables that are no good are wiped, those that are good are kept.

use super::{CACHE_BYTES, FAR, assert_same, assert_same_as_nothing, open};
use crate::journal::JournalError;
use crate::journal::codec::encode;
use crate::journal::scenario::Scenario;
use crate::journal::tables::{FOLD_VERSION, Tables, TablesWriter, layout};
use crate::values::EventNumber;
use std::fs;
use std::path::{Path, PathBuf};

/// Tables with something in them, closed again.
fn written(dir: &Path) -> (PathBuf, Scenario) {
    let (path, mut world) = (dir.join("tables"), Scenario::new(5));
    let mut writer = open(&path);
    world.play(200);
    writer.write_checkpoint(&world.batch()).unwrap();
    (path, world)
}

#[test]
fn good_tables_are_kept() {
    let dir = tempfile::tempdir().unwrap();
    let (path, world) = written(dir.path());
    let writer = TablesWriter::open(&path, CACHE_BYTES, world.tail()).unwrap();
    assert_same(&writer.reader(), &world);
    drop(writer);
    let looked_at = Tables::open_as_they_are(&path, CACHE_BYTES).unwrap().unwrap();
    assert_same(&looked_at, &world);
}

#[test]
fn tables_of_another_fold_version_are_wiped() {
    let dir = tempfile::tempdir().unwrap();
    let (path, _) = written(dir.path());
    let writer = open(&path);
    let shelf = &writer.tables.shelf;
    shelf.put(&shelf.meta, layout::META_FOLD_VERSION, encode(&(FOLD_VERSION + 1))).unwrap();
    drop(writer);
    assert!(Tables::open_as_they_are(&path, CACHE_BYTES).unwrap().is_none());
    assert_same_as_nothing(&open(&path).reader());
    assert_same_as_nothing(&Tables::open_as_they_are(&path, CACHE_BYTES).unwrap().unwrap());
}

#[test]
fn tables_ahead_of_the_journal_are_wiped() {
    let dir = tempfile::tempdir().unwrap();
    let (path, world) = written(dir.path());
    let shorter = EventNumber(world.tail().number() - 1);
    let writer = TablesWriter::open(&path, CACHE_BYTES, shorter).unwrap();
    assert_same_as_nothing(&writer.reader());
}

#[test]
fn damaged_tables_are_wiped() {
    let dir = tempfile::tempdir().unwrap();
    let (path, _) = written(dir.path());
    let log = path.join("db");
    let length = fs::metadata(&log).unwrap().len();
    fs::OpenOptions::new().write(true).open(&log).unwrap().set_len(length >> 1).unwrap();
    assert!(Tables::open_as_they_are(&path, CACHE_BYTES).is_err());
    assert_same_as_nothing(&open(&path).reader());
}

/// Whatever is flipped, what opens says all or nothing.
#[test]
fn tables_with_flipped_bytes_are_wiped() {
    let dir = tempfile::tempdir().unwrap();
    for part in 0..6 {
        let (path, world) = written(&dir.path().join(part.to_string()));
        let log = path.join("db");
        let mut bytes = fs::read(&log).unwrap();
        let at = 100 + (bytes.len() >> part >> 1);
        bytes.get_mut(at..at + 400).unwrap().fill(0x5a);
        fs::write(&log, bytes).unwrap();
        remove_snapshots(&path);
        let tables = open(&path).reader();
        if tables.checkpoint().unwrap().covers == EventNumber(0) {
            assert_same_as_nothing(&tables);
        } else {
            assert_same(&tables, &world);
        }
    }
}

/// Without its end the log opens without a complaint, and only our note tells.
#[test]
fn tables_that_lost_their_last_checkpoint_are_wiped() {
    let dir = tempfile::tempdir().unwrap();
    let (path, mut world) = written(dir.path());
    let before = fs::read(path.join("db")).unwrap();
    let mut writer = open(&path);
    world.play(50);
    writer.write_checkpoint(&world.batch()).unwrap();
    drop(writer);
    drop(open(&path));
    fs::write(path.join("db"), before).unwrap();
    remove_snapshots(&path);
    assert!(Tables::open_as_they_are(&path, CACHE_BYTES).is_err());
    assert_same_as_nothing(&open(&path).reader());
}

/// Damage that is met later is dealt with at the next opening.
#[test]
fn condemned_tables_are_wiped() {
    let dir = tempfile::tempdir().unwrap();
    let (path, world) = written(dir.path());
    let ((tenant, customer), _) = world.accounts.first_key_value().unwrap();
    let writer = open(&path);
    writer.damage_account(*tenant, *customer);
    let met = writer.reader().account(*tenant, *customer).unwrap_err();
    assert!(met.to_string().contains("table accounts"), "{met}");
    drop(writer);
    assert_same_as_nothing(&open(&path).reader());
}

fn remove_snapshots(path: &Path) {
    for entry in fs::read_dir(path).unwrap().map(|entry| entry.unwrap().path()) {
        if entry.file_name().unwrap().to_string_lossy().starts_with("snap.") {
            fs::remove_file(entry).unwrap();
        }
    }
}

#[test]
fn what_is_no_store_at_all_is_wiped() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("tables");
    fs::create_dir_all(&path).unwrap();
    fs::write(path.join("conf"), "not ours").unwrap();
    fs::write(path.join("db"), [7; 100]).unwrap();
    assert_same_as_nothing(&open(&path).reader());
}

#[test]
fn tables_in_use_are_left_alone() {
    let dir = tempfile::tempdir().unwrap();
    let (path, world) = written(dir.path());
    let writer = TablesWriter::open(&path, CACHE_BYTES, world.tail()).unwrap();
    let again = TablesWriter::open(&path, CACHE_BYTES, FAR).err();
    assert_eq!(again, Some(JournalError::InUse(path)));
    assert_same(&writer.reader(), &world);
}

#[test]
fn a_half_made_snapshot_costs_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let (path, world) = written(dir.path());
    fs::write(path.join("snap.0000000000000000.generating"), "").unwrap();
    assert_same(&open(&path).reader(), &world);
}

#[test]
fn missing_tables_are_not_made_by_looking() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("tables");
    assert!(Tables::open_as_they_are(&path, CACHE_BYTES).unwrap().is_none());
    assert!(!path.exists());
}
