//! Copies of a journal in a portable format, and ledgers made of them.
//!
//! A snapshot is a directory: `manifest.json`, the wrapped keys, and files of records exactly as the
//! journal has them, each bounded in size and with a checksum on every block. It is made beside its place
//! and gets its name when it is whole. `docs/backup.md` tells how it is used.

mod block;
mod builder;
mod check;
mod create;
mod cut;
mod manifest;
mod opened;
mod record_file;
mod reseal;
mod restore;
mod selection;
mod shelf;
mod totals;
mod workplace;

#[cfg(test)]
mod damage_tests;
#[cfg(any(test, feature = "fuzzing"))]
pub(in crate::journal) mod fuzzing;
#[cfg(test)]
mod golden;
#[cfg(test)]
mod restore_tests;
#[cfg(test)]
mod sealed_tests;
#[cfg(test)]
mod test_kit;

pub use check::verify_snapshot;
pub use create::{
    CreatedSnapshot, SnapshotError, SnapshotPlace, SnapshotProgress, SnapshotSource,
    create_snapshot, snapshot_name,
};
pub use manifest::{FileEntry, Manifest, Span};
pub use opened::Snapshot;
pub use reseal::{ResealWish, Resealed, reseal};
pub use restore::{RestoreEnd, RestoreError, RestoreStage, RestoreWish, Restored, restore};
pub use shelf::{Pruned, Shelved, ShelvedState, list_snapshots, prune_snapshots};
pub use totals::TenantTotals;
