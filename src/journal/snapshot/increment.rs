//! Where an incremental snapshot begins: behind the newest snapshot beside it that is of the same journal.

use crate::journal::error::JournalError;
use crate::journal::record::Tail;
use crate::journal::snapshot::create::SnapshotSource;
use crate::journal::snapshot::opened::{CHAIN_MAX, Snapshot};
use crate::journal::snapshot::shelf::list_snapshots;
use crate::journal::snapshot::totals::Totals;
use std::path::Path;

/// The snapshot in a directory that one of this source can continue; `None`: it needs everything itself.
pub(super) fn parent_in(
    directory: &Path,
    source: &SnapshotSource,
) -> Result<Option<Snapshot>, JournalError> {
    for shelved in list_snapshots(directory)?.into_iter().rev() {
        let Some(manifest) = shelved.manifest() else { continue };
        let last = manifest.records.last;
        if last > source.through || source.journal.tail_at(last)?.hash != manifest.root {
            continue;
        }
        // One whose chain is not whole is passed over.
        match Snapshot::open(&directory.join(&shelved.name)) {
            Ok(parent) if parent.length() < CHAIN_MAX => return Ok(Some(parent)),
            Ok(_) => return Ok(None),
            Err(JournalError::Damaged { .. }) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(None)
}

/// Where the journal ends, and what its figures are, before the first record of the copy.
pub(super) fn beginning(
    parent: Option<&Snapshot>,
    source: &SnapshotSource,
) -> Result<(Tail, Totals), JournalError> {
    let Some(parent) = parent else { return Ok((Tail::nothing(), Totals::default())) };
    let manifest = parent.manifest();
    let tail = source.journal.tail_at(manifest.records.last)?;
    let no_figures = || JournalError::damaged(parent.path(), "its books are no amounts");
    let totals = Totals::from_told(&manifest.tenants).ok_or_else(no_figures)?;
    Ok((tail, totals))
}
