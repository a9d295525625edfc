//! Checkpoints that break off: a run that cannot be written, damage that somebody met meanwhile.

use super::{CACHE_BYTES, assert_same, open};
use crate::journal::error::JournalError;
use crate::journal::scenario::Scenario;
use crate::journal::tables::account_entries::LOTS_PER_PIECE_MAX;
use crate::journal::tables::tests::checkpoint::grow_lots;
use crate::journal::tables::{Checkpoint, Tables, TablesWriter};
use std::fs;
use std::path::{Path, PathBuf};

/// More than the runs of one checkpoint.
const RUNS: u64 = 16;

fn runs(tables: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(tables.join("runs")).unwrap();
    let mut runs: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    runs.sort();
    runs
}

/// What would be the next run but so many, and cannot be written.
fn obstacle(tables: &Path, ahead: u64) -> PathBuf {
    let number =
        |last: PathBuf| -> u64 { last.file_name().unwrap().to_str().unwrap().parse().unwrap() };
    let last = runs(tables).pop().map_or(0, number);
    let obstacle = tables.join("runs").join(format!("{:010}", last + 1 + ahead));
    fs::create_dir(&obstacle).unwrap();
    obstacle
}

/// So many more runs can be written from now on, and none behind them.
pub(in crate::journal) fn obstruct(tables: &Path, spared: u64) {
    (0..RUNS).for_each(|ahead| drop(obstacle(tables, if ahead == 0 { spared } else { 0 })));
}

/// All can be written again.
pub(in crate::journal) fn clear_obstacles(tables: &Path) {
    for run in runs(tables).iter().filter(|run| run.is_dir()) {
        fs::remove_dir(run).unwrap();
    }
}

impl Tables {
    /// All keys and values that lie in runs, as whoever reads the files has them.
    pub(in crate::journal) fn bytes_of_runs(&self) -> Vec<u8> {
        let rack = &self.shelf.rack;
        let tables = [
            &rack.accounts,
            &rack.identifiers,
            &rack.operations,
            &rack.history,
            &rack.sales,
            &rack.trails,
        ];
        let mut bytes = Vec::new();
        for table in tables {
            for entry in table.range::<&[u8]>(..).unwrap() {
                let (key, value) = entry.unwrap();
                bytes.extend(key);
                bytes.extend(value);
            }
        }
        bytes
    }
}

/// Whichever run it is: what the tables say that they cover is what they have.
#[test]
fn a_checkpoint_that_breaks_off_at_any_run_covers_nothing() {
    let mut broken_off = 0;
    for ahead in 0..RUNS {
        let dir = tempfile::tempdir().unwrap();
        let mut world = Scenario::new(5);
        let mut writer = open(dir.path());
        world.play(150);
        writer.write_checkpoint(&world.batch()).unwrap();
        let before = writer.reader().checkpoint().unwrap();
        let obstacle = obstacle(dir.path(), ahead);
        world.play(150);
        let batch = world.batch();
        let written = writer.write_checkpoint(&batch);
        drop(writer);
        fs::remove_dir(obstacle).unwrap();
        let mut writer = open(dir.path());
        let covered = writer.reader().checkpoint().unwrap();
        if written.is_ok() {
            assert_same(&writer.reader(), &world);
            continue;
        }
        broken_off += 1;
        assert_eq!(covered, before, "run {ahead}");
        writer.write_checkpoint(&batch).unwrap();
        assert_same(&writer.reader(), &world);
    }
    assert!((2..RUNS).contains(&broken_off), "{broken_off}");
}

/// Whoever reads an account while its new state is being written still finds the old one whole.
#[test]
fn pieces_of_lots_stay_until_their_account_is_read_anew() {
    let dir = tempfile::tempdir().unwrap();
    let mut world = Scenario::new(3);
    world.play(200);
    let mut batch = world.batch();
    batch.captures.truncate(1);
    grow_lots(&mut batch.captures[0], 2 * LOTS_PER_PIECE_MAX);
    let mut writer = open(dir.path());
    writer.write_checkpoint(&batch).unwrap();
    let old = batch.captures[0].clone();
    batch.captures[0].as_of = old.as_of.plus(1);
    let captures: Vec<_> = batch.captures.iter().collect();
    writer.tables.shelf.write_account_states(&captures).unwrap();
    let found = writer.reader().account(old.tenant, old.account.id).unwrap();
    assert_eq!(found, Some((old.account, old.as_of)));
}

/// A checkpoint must not wipe out what a reader noted.
#[test]
fn a_checkpoint_of_condemned_tables_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let mut world = Scenario::new(7);
    world.play(100);
    let mut writer = open(dir.path());
    writer.write_checkpoint(&world.batch()).unwrap();
    let ((tenant, customer), _) = world.accounts.first_key_value().unwrap();
    writer.damage_account(*tenant, *customer);
    writer.reader().account(*tenant, *customer).unwrap_err();
    let refused = writer.write_checkpoint(&world.batch());
    assert!(matches!(refused, Err(JournalError::Damaged { .. })), "{refused:?}");
    drop(writer);
    let writer = TablesWriter::open(dir.path(), CACHE_BYTES, super::FAR).unwrap();
    assert_eq!(writer.reader().checkpoint(), Ok(Checkpoint::default()));
}
