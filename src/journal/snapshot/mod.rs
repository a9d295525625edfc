//! Copies of a journal in a portable format, and ledgers made of them.
//!
//! A snapshot is a directory: `manifest.json`, the wrapped keys, and files of records exactly as the
//! journal has them, each bounded in size and with a checksum on every block. It is made beside its place
//! and gets its name when it is whole. `docs/backup.md` tells how it is used.

mod archive;
mod block;
mod builder;
mod check;
mod copied_log;
mod create;
mod cut;
mod increment;
mod manifest;
mod material;
mod opened;
mod record_file;
mod reseal;
mod restore;
mod salvage;
mod selection;
mod shelf;
mod totals;
mod workplace;

#[cfg(test)]
mod archive_damage_tests;
#[cfg(test)]
mod archive_tests;
#[cfg(test)]
mod damage_tests;
#[cfg(test)]
mod damaged_key_tests;
#[cfg(test)]
mod disputed_key_tests;
#[cfg(any(test, feature = "fuzzing"))]
pub(in crate::journal) mod fuzzing;
#[cfg(test)]
mod golden;
#[cfg(test)]
mod increment_tests;
#[cfg(test)]
mod restore_tests;
#[cfg(test)]
mod salvage_tests;
#[cfg(test)]
mod sealed_archive_tests;
#[cfg(test)]
mod sealed_tests;
#[cfg(test)]
mod test_kit;

pub use archive::{
    Archive, ArchivePlace, ArchiveSummary, ArchiveWriter, TornEnd, archive_of, archive_summary,
};
pub use check::{ArchiveProof, verify_archive, verify_snapshot};
pub use create::{
    CreatedSnapshot, SnapshotError, SnapshotKind, SnapshotPlace, SnapshotProgress, SnapshotSource,
    create_snapshot, snapshot_name,
};
pub use manifest::{FileEntry, Manifest, Parent, Span};
pub use opened::Snapshot;
pub use reseal::{ResealWish, Resealed, reseal};
pub use restore::{
    RestoreEnd, RestoreError, RestoreSources, RestoreStage, RestoreWish, Restored, restore,
};
pub use salvage::Lost;
pub use shelf::{Pruned, Shelved, ShelvedState, list_snapshots, prune_snapshots};
pub use totals::TenantTotals;
