//! Snapshots of a scenario, for the tests of this folder.

use crate::journal::operation::Numbered;
use crate::journal::reader::JournalReader;
use crate::journal::record::Hash;
use crate::journal::scenario::{Dice, Scenario, journal_under};
use crate::journal::snapshot::archive::{ArchivePlace, ArchiveWriter};
use crate::journal::snapshot::create::{
    CreatedSnapshot, SnapshotKind, SnapshotPlace, SnapshotSource, create_snapshot,
};
use crate::journal::snapshot::restore::{
    RestoreEnd, RestoreError, RestoreSources, RestoreWish, Restored, restore,
};
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
    /// About so large are the files of the archive.
    pub(super) archive_file_bytes: u64,
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
        Self { journal, operations, world, dir, archive_file_bytes: 6_000 }
    }

    /// When copies are made: right after the last operation.
    pub(super) fn now(&self) -> Timestamp {
        self.world.now()
    }

    pub(super) fn source(&self) -> SnapshotSource {
        let journal = self.journal.clone();
        let through = journal.cut_at_end().unwrap();
        // With a vault it lies there.
        let house_key = journal.sealing().vault().is_none().then_some(HOUSE_KEY);
        let kind = SnapshotKind::Full;
        SnapshotSource { journal, through, house_key, created_at: self.now(), kind }
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
        self.made(&self.source(), file_bytes_max)
    }

    /// A snapshot of what there was with one of the records, made after those that are there.
    pub(super) fn increment(&self, through: u64, kind: SnapshotKind) -> CreatedSnapshot {
        let made = std::fs::read_dir(self.shelf()).map_or(0, Iterator::count);
        let created_at = self.now().plus_millis(i64::try_from(made).unwrap());
        let source = SnapshotSource { through, kind, created_at, ..self.source() };
        self.made(&source, 8_000)
    }

    fn made(&self, source: &SnapshotSource, file_bytes_max: u64) -> CreatedSnapshot {
        let place = self.place(0, file_bytes_max);
        create_snapshot(source, &place, &mut |_| ControlFlow::Continue(())).unwrap()
    }

    pub(super) fn archive(&self) -> PathBuf {
        self.dir.path().join("archive")
    }

    pub(super) fn archive_place(&self) -> ArchivePlace {
        let data_dir = self.dir.path().join("ledger");
        std::fs::create_dir_all(&data_dir).unwrap();
        ArchivePlace { directory: self.archive(), data_dir, disk_free_min: 0 }
    }

    /// Goes on with the archive of a journal that is durable through a record.
    pub(super) fn archive_writer(&self, durable: u64) -> ArchiveWriter {
        let writer = ArchiveWriter::open(self.archive_place(), &self.journal, durable).unwrap();
        writer.with_files_of(self.archive_file_bytes)
    }

    /// Brings the archive to a record, durably.
    pub(super) fn archived(&self, through: u64) {
        let mut writer = self.archive_writer(through);
        if let Some(vault) = self.journal.sealing().vault() {
            writer.follow_vault(vault, &self.journal).unwrap();
        }
        let mut going_on = |_: &mut ArchiveWriter, _| Ok(ControlFlow::Continue(()));
        writer.append(&self.journal, through, &mut going_on).unwrap();
        writer.sync().unwrap();
    }

    pub(super) fn records(&self) -> u64 {
        self.journal.cut_at_end().unwrap()
    }

    pub(super) fn root(&self) -> Hash {
        self.journal.tail().unwrap().unwrap().hash
    }

    pub(super) fn wish_of(&self, from: RestoreSources, end: RestoreEnd) -> RestoreWish {
        RestoreWish { from, ..self.wish(Path::new("none"), end) }
    }

    /// The archive alone.
    pub(super) fn of_archive(&self) -> RestoreSources {
        RestoreSources { archive: Some(self.archive()), ..RestoreSources::default() }
    }

    /// Restores, looks, and removes what was restored.
    pub(super) fn try_out(&self, wish: &RestoreWish) -> Result<Restored, RestoreError> {
        let restored = restore(wish, self.now(), &mut |_| {});
        assert_eq!(restored.is_ok(), wish.to.exists());
        if restored.is_ok() {
            std::fs::remove_dir_all(&wish.to).unwrap();
        }
        restored
    }

    pub(super) fn wish(&self, from: &Path, end: RestoreEnd) -> RestoreWish {
        RestoreWish {
            from: RestoreSources::snapshot(from.to_path_buf()),
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
