//! Snapshots of a scenario, for the tests of this folder.

use crate::journal::operation::Numbered;
use crate::journal::reader::JournalReader;
use crate::journal::scenario::{Dice, Scenario, journal_under};
use crate::journal::snapshot::create::{
    CreatedSnapshot, SnapshotPlace, SnapshotSource, create_snapshot,
};
use crate::journal::snapshot::restore::{RestoreEnd, RestoreWish};
use crate::journal::vault::Sealing;
use crate::journal::vault::test_kit::{sealing_in, source};
use crate::values::Timestamp;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

pub(super) const HOUSE_KEY: [u8; 32] = [42; 32];

/// A journal, what happened in it, and a directory for its copies.
pub(super) struct Kit {
    pub(super) journal: JournalReader,
    pub(super) operations: Vec<Numbered>,
    pub(super) world: Scenario,
    pub(super) dir: TempDir,
}

impl Kit {
    pub(super) fn new(seed: u64, operations: usize) -> Self {
        Self::under(seed, operations, |_| Sealing::Plain)
    }

    /// The same of a journal that is sealed under a vault.
    pub(super) fn sealed(seed: u64, operations: usize) -> Self {
        Self::under(seed, operations, |dir| sealing_in(&dir.join("origin"), seed))
    }

    fn under(seed: u64, operations: usize, sealing: impl Fn(&Path) -> Sealing) -> Self {
        let mut world = Scenario::new(seed);
        let operations = world.play(operations);
        let dir = tempfile::tempdir().unwrap();
        let (_, journal) = journal_under(&operations, &sealing(dir.path()));
        Self { journal, operations, world, dir }
    }

    /// When copies are made: right after the last operation.
    pub(super) fn now(&self) -> Timestamp {
        self.world.now()
    }

    pub(super) fn source(&self) -> SnapshotSource {
        let journal = self.journal.clone();
        let through = journal.cut_at_end().unwrap();
        SnapshotSource { journal, through, house_key: Some(HOUSE_KEY), created_at: self.now() }
    }

    pub(super) fn shelf(&self) -> PathBuf {
        self.dir.path().join("snapshots")
    }

    pub(super) fn place(&self, disk_free_min: u64, file_bytes_max: u64) -> SnapshotPlace {
        let place = SnapshotPlace::claim(&self.shelf(), disk_free_min).unwrap();
        place.with_files_of(file_bytes_max)
    }

    /// A snapshot in files of about so many bytes.
    pub(super) fn snapshot(&self, file_bytes_max: u64) -> CreatedSnapshot {
        create_snapshot(&self.source(), &self.place(0, file_bytes_max), &mut |_| {
            ControlFlow::Continue(())
        })
        .unwrap()
    }

    pub(super) fn wish(&self, from: &Path, end: RestoreEnd) -> RestoreWish {
        RestoreWish {
            from: from.to_path_buf(),
            to: self.dir.path().join("restored"),
            end,
            tenant: None,
            cache_bytes: 8 << 20,
            vault: source(0),
            keep_master_key: false,
        }
    }
}

/// Dice whose seed is said, and can be given.
pub(super) fn announced_dice(test: &str) -> Dice {
    let given = std::env::var("KOPILKA_TEST_SEED").ok().and_then(|seed| seed.parse().ok());
    let seed = given.unwrap_or_else(|| u64::from(std::process::id()));
    println!("{test}: KOPILKA_TEST_SEED={seed}");
    Dice::new(seed)
}
